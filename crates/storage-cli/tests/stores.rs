//! Verbs for the stores themselves: what was set, what was left behind, what a store is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use serde_json::{Value, json};
use storage::ObjectRef;
use support::World;

fn photos() -> World {
    let world = World::new();
    world.ok(&["mb", "local://photos"]);
    world.feed("hello", &["put", "local://photos/a.txt", "--metadata", "author=jo"]);
    world
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[test]
fn metadata_is_replaced_merged_and_removed() {
    let world = photos();
    let place = "local://photos/a.txt";
    assert_eq!(world.ok(&["meta", "get", place]), "author=jo\n");
    let run = world.run(&["meta", "set", place, "--merge", "Kind=test"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "local://photos/a.txt has 2 entries of metadata now\n"));
    assert_eq!(world.ok(&["meta", "get", place]), "author=jo\nkind=test\n");
    // A flag alone leaves the entries as they are.
    world.ok(&["meta", "set", place, "--content-type", "text/html", "--cache-control", "no-store"]);
    let stat = world.ok(&["stat", place]);
    for line in
        ["content_type         text/html\n", "cache_control        no-store\n", "metadata.kind        test\n"]
    {
        assert!(stat.contains(line), "{stat}");
    }
    world.ok(&["meta", "rm", place, "KIND"]);
    assert_eq!(world.ok(&["meta", "get", place]), "author=jo\n");
    let printed = world.ok(&["--json", "meta", "set", place, "x=a=b", "y="]);
    let value = json!({ "type": "metadata", "location": place, "metadata": { "x": "a=b", "y": "" } });
    assert_eq!(lines(&printed)[0], value);
    assert_eq!(lines(&world.ok(&["--json", "meta", "get", place])), [value]);
    world.fails(4, &["meta", "set", place, "z=1", "--if-match", "\"other\""]);
    world.ok(&["meta", "rm", place]);
    assert_eq!(world.ok(&["meta", "get", place]), "");
    assert_eq!(world.ok(&["cat", place]), "hello");
    let empty = world.fails(2, &["meta", "set", place]);
    assert!(empty.stderr.contains("next: to remove all metadata use `storage meta rm`"), "{empty:?}");
    world.fails(2, &["meta", "set", place, "nothing"]);
    world.fails(3, &["meta", "set", "local://photos/missing", "a=b"]);
    world.ok(&["meta", "set", "local://photos", "owner=me"]);
    assert_eq!(world.ok(&["meta", "get", "local://photos"]), "owner=me\n");
    world.fails(2, &["meta", "set", "local://photos", "--content-type", "text/html"]);
}

#[test]
fn tags_are_replaced_merged_and_removed() {
    let world = photos();
    let place = "local://photos/a.txt";
    assert_eq!(world.ok(&["tag", "get", place]), "");
    let run = world.run(&["tag", "set", place, "a=1", "b=2"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "local://photos/a.txt has 2 tags now\n"));
    world.ok(&["tag", "set", place, "--merge", "B=3"]);
    assert_eq!(world.ok(&["tag", "get", place]), "B=3\na=1\nb=2\n");
    world.ok(&["tag", "rm", place, "a", "B"]);
    let printed = world.ok(&["--json", "tag", "get", place]);
    assert_eq!(lines(&printed), [json!({ "type": "tags", "location": place, "tags": { "b": "2" } })]);
    world.ok(&["tag", "set", place, "c=4"]);
    assert_eq!(world.ok(&["tag", "get", place]), "c=4\n");
    world.ok(&["tag", "rm", place]);
    assert_eq!(world.ok(&["tag", "get", place]), "");
    world.fails(3, &["tag", "get", "local://photos/missing"]);
    world.fails(2, &["tag", "get", "local://photos"]);
    world.fails(2, &["tag", "set", place]);
}

/// Begins uploads that nobody ends.
fn begin(world: &World, keys: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let root = world.home().join(".local/share/storage");
    let photos =
        storage::open("local", [("root", root.to_str().unwrap())]).unwrap().container("photos").unwrap();
    for key in keys {
        let object = photos.object(*key).unwrap();
        let driver = photos.storage().driver().multipart().unwrap();
        let target = ObjectRef::new(photos.name(), object.key());
        runtime.block_on(driver.create_upload(target, &storage::PutOptions::new())).unwrap();
    }
}

#[test]
fn uploads_that_never_ended_are_found_and_dropped() {
    let world = photos();
    begin(&world, &["big/a", "big/b", "bigger", "big"]);
    assert_eq!(world.ok(&["uploads", "ls", "local://photos"]), "big\nbig/a\nbig/b\nbigger\n");
    assert_eq!(world.ok(&["uploads", "ls", "local://photos/big"]), "big\nbig/a\nbig/b\n");
    assert_eq!(world.ok(&["uploads", "ls", "local://photos/big/"]), "big/a\nbig/b\n");
    let found = lines(&world.ok(&["--json", "uploads", "ls", "local://photos/bigger"]));
    assert_eq!((&found[0]["type"], &found[0]["key"]), (&json!("upload"), &json!("bigger")));
    let id = found[0]["upload"].as_str().unwrap();
    let long = world.ok(&["uploads", "ls", "-l", "local://photos/bigger"]);
    assert!(long.starts_with("20") && long.ends_with(&format!("s  {id}  bigger\n")), "{long}");
    // What was begun today stays unless its age is named.
    let run = world.run(&["uploads", "abort", "local://photos"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "dropped 0 uploads in local://photos\n"));
    let refused = world.fails(2, &["uploads", "abort", "--older-than", "0", "local://photos/big"]);
    assert_eq!(
        refused.stderr,
        "error: drop 3 uploads in local://photos/big with all parts? nobody can be asked here\n  next: add --yes\n"
    );
    let plan = lines(&world.ok(&["uploads", "abort", "-n", "--older-than", "0", "local://photos/big"]));
    assert_eq!(plan.iter().map(|it| &it["key"]).collect::<Vec<_>>(), ["big", "big/a", "big/b"]);
    let run = world.run(&["uploads", "abort", "--yes", "--older-than", "0", "local://photos/big"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "dropped 3 uploads in local://photos/big\n"));
    assert_eq!(world.ok(&["uploads", "ls", "local://photos"]), "bigger\n");
    let dropped =
        lines(&world.ok(&["--json", "uploads", "abort", "--older-than", "0s", "-y", "local://photos"]));
    assert_eq!((&dropped[0]["type"], &dropped[0]["upload"]), (&json!("aborted"), &json!(id)));
    assert_eq!(world.ok(&["uploads", "ls", "local://photos"]), "");
    assert_eq!(world.ok(&["cat", "local://photos/a.txt"]), "hello");
}

#[test]
fn what_a_store_lacks_is_said_with_its_name() {
    let world = photos();
    world.write("file", "x");
    for (words, want) in [
        (&["presign", "local://photos/a.txt"][..], "local has no signed addresses"),
        (&["versions", "ls", "local://photos"], "local has no versions of objects"),
        (&["versions", "restore", "local://photos/a.txt", "1"], "local has no versions of objects"),
        (&["container", "website", "get", "local://photos"], "local has no static websites"),
        (&["container", "website", "set", "local://photos"], "local has no static websites"),
        (&["container", "acl", "get", "local://photos"], "local has no access lists"),
        (&["container", "acl", "set", "local://photos", "private"], "local has no access lists"),
        (&["container", "cors", "get", "local://photos"], "local has no rules for other sites (CORS)"),
        (&["container", "cdn", "set", "local://photos"], "local has no content delivery network"),
        (&["cp", "file", "local://photos/x", "--acl", "private"], "local has no canned ACLs"),
    ] {
        let run = world.fails(2, &[&["--json"], words].concat());
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains(want) && told.contains(r#""kind":"Unsupported""#), "{words:?}: {run:?}");
    }
}

#[test]
fn a_site_is_deployed_where_no_websites_are_served() {
    let world = photos();
    world.write("site/index.html", "<h1>");
    world.write("site/a b/c.svg", "<svg/>");
    let run = world.run(&["website", "deploy", "site", "local://photos/www", "--public"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        format!("file://{}/.local/share/storage/photos/www%25/index.html\n", world.home().display())
    );
    let notes: Vec<_> = run.stderr.lines().skip(1).collect();
    assert_eq!(
        notes,
        [
            "local has no access lists: who may read is left as it is",
            "local has no static websites: the files are there, and that is all",
        ]
    );
    assert!(
        world
            .ok(&["stat", "local://photos/www/a%20b/c.svg"])
            .contains("content_type         image/svg+xml\n")
    );
    let missing = world.fails(3, &["website", "deploy", "site", "local://photos", "--error", "404.html"]);
    assert!(missing.stderr.contains("`site` holds no file `404.html`"), "{missing:?}");
    world.fails(3, &["website", "deploy", "nowhere", "local://photos"]);
    world.fails(2, &["website", "deploy", "site/index.html", "local://photos"]);
    world.fails(2, &["website", "deploy", "local://photos", "local://photos"]);
}

#[test]
fn the_doctor_says_which_source_won() {
    let world = photos();
    let root = world.home().join(".local/share/storage");
    let root = root.to_str().unwrap();
    world.ok(&["config", "set", "pics", "provider=local", &format!("root={root}"), "durability=durable"]);
    let output = world.command(&["doctor", "pics:photos"]).env("STORAGE_LOCAL_ROOT", root).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let head = "location     pics:photos\nprovider     local (Local directories)\nroot         ";
    assert!(shown.starts_with(head) && shown.contains("\nchecksums    crc64nvme, "), "{shown}");
    let over = "from the variable STORAGE_LOCAL_ROOT, over the remote `pics` of the configuration";
    assert!(shown.contains(&format!("setting      root = {root}, {over}\n")), "{shown}");
    assert!(
        shown.contains("setting      durability = durable, from the remote `pics` of the configuration\n")
    );
    assert!(shown.contains("round trip   list one object: ok, "), "{shown}");
    assert!(shown.lines().count() <= 12, "{shown}");
    let missing = world.fails(3, &["--json", "doctor", "local://missing"]);
    let found = lines(&missing.stdout);
    assert_eq!((&found[0]["ok"], &found[0]["settings"][0]["source"]), (&json!(false), &json!("the default")));
    assert_eq!(lines(&missing.stderr)[0]["code"], "not_found");
    world.fails(10, &["doctor", "nope://x"]);
    world.fails(10, &["doctor", "local://x?rooot=y"]);
    world.fails(2, &["doctor", "."]);
}

#[test]
fn a_measurement_is_a_table() {
    let world = photos();
    let table = world.ok(&["bench", "local://photos", "--size", "0", "--count", "4", "--small-size", "10"]);
    let words: Vec<Vec<&str>> = table.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["PHASE", "COUNT", "BYTES/S", "PER", "S", "P50", "P90", "P99", "MAX"]);
    let phases: Vec<_> = table.lines().skip(1).map(|it| (it[..12].trim_end(), it[12..20].trim())).collect();
    assert_eq!(phases, [("put", "4"), ("get", "4"), ("list", "20"), ("delete", "2"), ("delete many", "2")]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "a.txt\n");
    world.fails(3, &["bench", "local://missing"]);
}

#[test]
fn time_that_is_up_ends_the_command() {
    let world = photos();
    let endless = ["--max-duration", "0", "bench", "local://photos", "--size", "0", "--count", "1000000000"];
    let run = world.fails(8, &endless);
    assert!(run.stderr.ends_with("error: stopped: the time of --max-duration is up\n"), "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "a.txt\n");
    let json = world.fails(8, &[&["--json"], &endless[..]].concat());
    assert_eq!(lines(&json.stderr).last().unwrap()["code"], "limit_reached");
    world.fails(2, &["--max-duration", "soon", "ls", "local://photos"]);
}

#[test]
fn fault_126_settings_of_an_address_are_never_shown() {
    let world = photos();
    let root = world.home().join(".local/share/storage");
    let place = format!("local://photos/a.txt?root={}", root.display());
    let container = format!("local://photos?root={}", root.display());
    for words in [
        &["doctor", &container][..],
        &["meta", "set", &place, "a=b"],
        &["--json", "tag", "set", &place, "a=b"],
        &["tag", "set", &place, "a=b"],
        &["du", &place],
        &["hash", &place],
        &["rb", &place],
        &["cp", &container, "x"],
        &["container", "acl", "get", &container],
        &["container", "cors", "set", &place, "--origin", "*"],
    ] {
        let run = world.run(words);
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(!told.contains("?root"), "{words:?}: {run:?}");
    }
}
