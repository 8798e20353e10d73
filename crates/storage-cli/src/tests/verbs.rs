//! What the verbs print and do.

use serde_json::json;
use storage::CannedAcl;

use super::World;
use crate::exit::Exit;

#[test]
fn addresses_are_signed() {
    let mut world = World::new();
    assert_eq!(world.ok(&["presign", "full://c/k"]), "https://full.example/c/k?expires=900\n");
    let words = ["presign", "full://c/k", "--expires", "1h", "--query", "a=b", "--version-id", "v1"];
    assert_eq!(world.ok(&words), "https://full.example/c/k?expires=3600&version=v1&a=b\n");
    let mut value =
        world.json(&["presign", "full://c/k", "--method", "put", "--header", "content-type=text/plain"]);
    let until = value.as_object_mut().unwrap().remove("expires_at").unwrap();
    assert!(until.as_str().unwrap().ends_with('Z'), "{until}");
    assert_eq!(
        value,
        json!({
            "type": "presigned", "method": "PUT", "url": "https://full.example/c/k?expires=900",
            "headers": { "content-type": "text/plain" }, "expires": 900,
        })
    );
    let late = world.fails(Exit::Usage, &["presign", "full://c/k", "--expires", "8d"]);
    assert_eq!(late, "presign object `c/k`: a signed address lasts 7 days at most");
    world.fails(Exit::Usage, &["presign", "full://c"]);
    world.fails(Exit::Usage, &["presign", "memory://c/k"]);
}

#[test]
fn versions_are_listed_and_restored() {
    let mut world = World::new();
    assert_eq!(
        world.ok(&["versions", "ls", "full://c"]),
        "latest   v2  a\n         v1  a\ndeleted  v3  ab\n"
    );
    assert_eq!(world.ok(&["versions", "ls", "full://c/a"]), "latest   v2  a\n         v1  a\n");
    let long = world.ok(&["versions", "ls", "-l", "full://c/a"]);
    assert_eq!(long.lines().next(), Some("        20 B                       latest   v2  a"));
    let value = world.json(&["versions", "restore", "full://c/a", "v1"]);
    assert_eq!(value, json!({ "type": "restored", "key": "a", "version": "v1", "new_version": "v4" }));
    assert_eq!(world.set(|it| it.restored.clone()).as_deref(), Some("a"));
    assert_eq!(
        world.fails(Exit::NotFound, &["versions", "restore", "full://c/a", "v9"]),
        "restore version `c/a`: there is no such version"
    );
}

#[test]
fn access_lists_are_shown_and_replaced() {
    let mut world = World::new();
    let private = "full       owner jo\nwrite-acl  account 17\n";
    assert_eq!(world.ok(&["container", "acl", "get", "full://c"]), private);
    world.ok(&["container", "acl", "set", "full://c", "public-read"]);
    assert_eq!(world.ok(&["container", "acl", "get", "full://c"]), format!("{private}read       everyone\n"));
    assert_eq!(world.ok(&["container", "acl", "get", "full://c/k"]), private);
    world.ok(&["container", "acl", "set", "full://c/k", "PUBLIC_READ"]);
    assert_eq!(
        world.json(&["container", "acl", "get", "full://c/k"]),
        json!({ "type": "acl", "owner": "jo", "grants": [
            { "grantee": "account", "name": "17", "permission": "write-acl" },
            { "grantee": "everyone", "name": null, "permission": "read" },
        ] })
    );
    world.ok(&["container", "acl", "rm", "full://c"]);
    assert_eq!(world.set(|it| it.acls.get("").copied()), Some(CannedAcl::Private));
}

#[test]
fn rules_for_other_sites_go_in_and_out() {
    let mut world = World::new();
    assert_eq!(world.ok(&["container", "cors", "get", "full://c"]), "");
    let words = ["container", "cors", "set", "full://c", "--origin", "https://a.example", "--max-age", "90"];
    world.ok(&[&words[..], &["--expose", "etag", "--header", "x-a", "--header", "x-b"]].concat());
    let line = "GET,HEAD from https://a.example; sends x-a,x-b; sees etag; kept 1m 30s\n";
    assert_eq!(world.ok(&["container", "cors", "get", "full://c"]), line);
    // What is printed can be given back.
    let printed = world.ok(&["--json", "container", "cors", "get", "full://c"]);
    world.ok(&["container", "cors", "rm", "full://c"]);
    assert_eq!(world.ok(&["container", "cors", "get", "full://c"]), "");
    world.write("rules", &format!("{printed}[{}]", r#"{"origins":["*"],"methods":["PUT"]}"#));
    let rules = world.path("rules");
    world.ok(&["container", "cors", "set", "full://c", "--rules", &rules]);
    assert_eq!(world.ok(&["container", "cors", "get", "full://c"]), format!("{line}PUT from *\n"));
    world.write("rules", r#"{"origins":["*"],"methods":["PUT"],"age":1}"#);
    let refused = world.fails(Exit::Usage, &["container", "cors", "set", "full://c", "--rules", &rules]);
    assert!(refused.contains("unknown field `age`"), "{refused}");
    world.write("rules", "[]");
    world.fails(Exit::Usage, &["container", "cors", "set", "full://c", "--rules", &rules]);
    world.fails(Exit::NotFound, &["container", "cors", "set", "full://c", "--rules", "/no/such/file"]);
    assert_eq!(world.set(|it| it.cors.len()), 2);
}

#[test]
fn the_delivery_network_is_switched() {
    let mut world = World::new();
    assert_eq!(world.ok(&["container", "cdn", "get", "full://c"]), "off\n");
    let on = "on, keeps objects 1h\nhttps https://c.cdn.example\n";
    assert_eq!(world.ok(&["container", "cdn", "set", "full://c", "--ttl", "1h"]), on);
    assert_eq!(
        world.json(&["container", "cdn", "get", "full://c"]),
        json!({ "type": "cdn", "enabled": true, "ttl_seconds": 3600, "urls": { "https": "https://c.cdn.example" } })
    );
    world.ok(&["container", "cdn", "rm", "full://c"]);
    assert_eq!(world.ok(&["container", "cdn", "get", "full://c"]), "off\n");
}

#[test]
fn containers_become_websites() {
    let mut world = World::new();
    assert_eq!(
        world.fails(Exit::NotFound, &["container", "website", "get", "full://c"]),
        "`full://c` is no website"
    );
    let set = ["container", "website", "set", "full://c", "--error", "404.html"];
    assert_eq!(world.ok(&set), "url   http://c.full.example\nindex index.html\nerror 404.html\n");
    assert_eq!(
        world.json(&["container", "website", "get", "full://c"]),
        json!({ "type": "website", "url": "http://c.full.example", "index": "index.html", "error": "404.html" })
    );
    world.ok(&["container", "website", "rm", "full://c"]);
    world.fails(Exit::NotFound, &["container", "website", "get", "full://c"]);
    world.fails(Exit::Usage, &["container", "website", "set", "full://c/k"]);
}

#[test]
fn a_directory_is_deployed_with_types_and_access() {
    let mut world = World::new();
    for (name, text) in [("site/index.html", "<h1>"), ("site/404.html", "?"), ("site/a/b.css", "{}")] {
        world.write(name, text);
    }
    let site = world.path("site");
    let words = ["website", "deploy", &site, "full://c", "--public", "--cache-control", "max-age=60"];
    assert_eq!(world.ok(&words), "http://c.full.example\n");
    let stat = world.json(&["stat", "full://c/a/b.css"]);
    assert_eq!((&stat["content_type"], &stat["cache_control"]), (&json!("text/css"), &json!("max-age=60")));
    assert_eq!(world.json(&["stat", "full://c/index.html"])["content_type"], "text/html");
    let (website, acls) = world.set(|it| (it.website.clone().unwrap(), it.acls.clone()));
    assert_eq!((website.index.as_str(), website.error.as_deref()), ("index.html", Some("404.html")));
    let public: Vec<_> = acls.iter().map(|(key, acl)| (key.as_str(), acl.name())).collect();
    let all = ["", "404.html", "a/b.css", "index.html"].map(|it| (it, "public-read"));
    assert_eq!(public, all);
    // Below a prefix the address is that of the prefix, and nothing is made public unasked.
    assert_eq!(
        world.ok(&["website", "deploy", &site, "full://c/new%20site"]),
        "http://c.full.example/new%20site/\n"
    );
    assert_eq!(world.set(|it| it.website.clone().unwrap().error), Some("new site/404.html".to_owned()));
    assert_eq!(world.set(|it| it.acls.len()), 4);
    // Nothing is uploaded when a document is missing or the plan alone is wanted.
    world.fails(Exit::NotFound, &["website", "deploy", &site, "full://c/x", "--index", "main.html"]);
    let plan = world.ok(&["website", "deploy", &site, "full://c/x", "-n"]);
    assert_eq!(plan.lines().count(), 4, "{plan}");
    world.fails(Exit::NotFound, &["ls", "full://c/x"]);
}

#[test]
fn the_doctor_tells_where_settings_come_from_and_masks_secrets() {
    let mut world = World::new();
    let words = ["doctor", "full://c?region=us-1&secret_key=canary-1234"];
    // Another setting is another store, in which the container is not.
    let failed = world.run(&words);
    assert_eq!(failed.failure.as_ref().map(|it| it.exit), Some(Exit::NotFound), "{failed:?}");
    assert!(!failed.stdout.contains("canary-1234"), "{}", failed.stdout);
    for line in [
        "location     full://c\n",
        "provider     full (Full store)\n",
        "setting      region = us-1, from the address, over the id `full`\n",
        "setting      secret_key = [redacted], from the address\n",
        "lacks        none\n",
        "round trip   head container `c`: ContainerNotFound, ",
    ] {
        assert!(failed.stdout.contains(line), "{line}: {}", failed.stdout);
    }
    let mut value = world.json(&["doctor", "full://c"]);
    for trip in value["round_trips"].as_array_mut().unwrap() {
        assert!(trip.as_object_mut().unwrap().remove("milliseconds").unwrap().is_f64());
    }
    assert_eq!(
        value["settings"],
        json!([{ "name": "region", "value": "eu-1", "source": "the id `full`", "over": [] }])
    );
    assert_eq!(
        value["round_trips"],
        json!([{ "request": "head container `c`", "error": null }, { "request": "list one object", "error": null }])
    );
    assert_eq!((&value["ok"], &value["facts"]["provider"]), (&json!(true), &json!("full (Full store)")));
}

#[test]
fn a_measurement_cleans_up_behind_itself() {
    let mut world = World::new();
    let words = ["--json", "bench", "full://c/here", "--size", "3m", "--count", "25", "--jobs", "3"];
    let printed = world.ok(&words);
    let lines: Vec<serde_json::Value> = printed.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let phases = lines.iter().map(|it| {
        (it["phase"].as_str().unwrap(), it["count"].as_u64().unwrap(), it["bytes"].as_u64().unwrap())
    });
    assert_eq!(
        phases.collect::<Vec<_>>(),
        [
            ("upload", 1, 3 << 20),
            ("download", 1, 3 << 20),
            ("put", 25, 25 << 12),
            ("get", 25, 25 << 12),
            ("list", 125, 0),
            ("delete", 12, 0),
            ("delete many", 13, 0),
        ]
    );
    assert!(lines[3]["latency_ms"]["p99"].as_f64() <= lines[3]["latency_ms"]["max"].as_f64());
    assert_eq!(world.ok(&["ls", "-R", "full://c"]), "");
    world.fails(Exit::NotFound, &["bench", "full://missing"]);
}

#[test]
fn an_interrupted_measurement_cleans_up_too() {
    let mut world = World::new();
    world.context.cancel.cancel();
    world.fails(Exit::Interrupted, &["bench", "full://c", "--size", "0", "--count", "5"]);
    world.context.cancel = storage::CancelToken::new();
    assert_eq!(world.ok(&["ls", "-R", "full://c"]), "");
}

#[test]
fn a_measurement_that_fails_leaves_nothing_behind() {
    let mut world = World::new();
    world.set(|it| it.refused = Some("small/00000007"));
    let words = ["bench", "full://c", "--size", "1m", "--count", "1000", "--jobs", "4"];
    let failed = world.fails(Exit::Temporary, &words);
    assert!(failed.ends_with("small/00000007`: the store is out for lunch"), "{failed}");
    assert_eq!(world.ok(&["ls", "-R", "full://c"]), "");
}
