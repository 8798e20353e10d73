//! Every verb, as a person uses it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use support::World;

fn photos() -> World {
    let world = World::new();
    assert_eq!(world.ok(&["mb", "local://photos"]), "made local://photos\n");
    world
}

#[test]
fn containers_are_made_listed_and_removed() {
    let world = photos();
    world.fails(4, &["mb", "local://photos"]);
    world.ok(&["mb", "--if-missing", "local://photos"]);
    assert_eq!(world.ok(&["ls", "local://"]), "photos\n");
    world.feed("x", &["put", "local://photos/a"]);
    let refused = world.fails(4, &["rb", "local://photos"]);
    assert!(refused.stderr.contains("next: empty it first: `storage rm -r local://photos`"), "{refused:?}");
    world.ok(&["rm", "local://photos/a"]);
    assert_eq!(world.ok(&["rb", "local://photos"]), "removed local://photos\n");
    world.fails(3, &["rb", "local://photos"]);
}

#[test]
fn a_pipe_goes_in_and_out() {
    let world = photos();
    let run = world.feed("hello world", &["put", "local://photos/notes/a.txt", "--metadata", "author=jo"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "wrote local://photos/notes/a.txt, 11 B\n"));
    assert_eq!(world.ok(&["cat", "local://photos/notes/a.txt"]), "hello world");
    assert_eq!(world.ok(&["cat", "--range", "6..", "local://photos/notes/a.txt"]), "world");
    assert_eq!(world.ok(&["cat", "--range", "0..5", "local://photos/notes/a.txt"]), "hello");
    assert_eq!(world.ok(&["cat", "--range", "..3", "local://photos/notes/a.txt"]), "rld");
    world.fails(2, &["cat", "--range", "50..60", "local://photos/notes/a.txt"]);
    let stat = world.ok(&["stat", "local://photos/notes/a.txt"]);
    assert!(stat.contains("content_type         text/plain\n"), "{stat}");
    assert!(stat.contains("metadata.author      jo\n"), "{stat}");
    assert!(stat.contains("size                 11\n"), "{stat}");
    let exists = world.feed("new", &["put", "--no-clobber", "local://photos/notes/a.txt"]);
    assert_eq!(exists.code, 4);
    let other = world.feed("new", &["put", "--if-match", "\"other\"", "local://photos/notes/a.txt"]);
    assert_eq!(other.code, 4);
    assert_eq!(world.ok(&["cat", "local://photos/notes/a.txt"]), "hello world");
    assert_eq!(world.feed("via cp", &["cp", "-", "local://photos/b"]).code, 0);
    assert_eq!(world.ok(&["cp", "local://photos/b", "-"]), "via cp");
}

#[test]
fn listings_have_every_shape() {
    let world = photos();
    for (name, text) in [("a.txt", "a"), ("d/b.txt", "bb"), ("d/e/c.txt", "ccc"), ("z", "")] {
        world.write(&format!("tree/{name}"), text);
    }
    world.ok(&["cp", "-r", "tree", "local://photos/t"]);
    assert_eq!(world.ok(&["ls", "local://photos"]), "t/\n");
    for place in ["local://photos/t", "local://photos/t/", "tree"] {
        assert_eq!(world.ok(&["ls", place]), "a.txt\nd/\nz\n");
        assert_eq!(world.ok(&["ls", "-R", place]), "a.txt\nd/b.txt\nd/e/c.txt\nz\n");
        assert_eq!(world.ok(&["ls", "--tree", place]), "a.txt\nd/\n  b.txt\n  e/\n    c.txt\nz\n");
        assert_eq!(world.ok(&["ls", "-R0", place]), "a.txt\0d/b.txt\0d/e/c.txt\0z\0");
        assert_eq!(world.ok(&["ls", "-R", "--exclude", "e/", place]), "a.txt\nd/b.txt\nz\n");
        assert_eq!(
            world.ok(&["ls", "-R", "--include", "*.txt", "--exclude", "/a.txt", place]),
            "d/b.txt\nd/e/c.txt\n"
        );
    }
    assert_eq!(world.ok(&["ls", "local://photos/t/a.txt"]), "t/a.txt\n");
    let long = world.ok(&["ls", "-lb", "local://photos/t/a.txt"]);
    assert!(long.starts_with("           1  20") && long.ends_with("  t/a.txt\n"), "{long}");
    world.fails(3, &["ls", "local://photos/nothing"]);
    world.fails(3, &["ls", "local://photos/nothing/"]);
    world.fails(3, &["ls", "-R", "local://photos/nothing"]);
    world.fails(3, &["ls", "no-such-directory"]);
    let json = world.ok(&["--json", "ls", "local://photos/t"]);
    let kinds: Vec<serde_json::Value> = json.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(
        kinds.iter().map(|it| it["type"].as_str().unwrap()).collect::<Vec<_>>(),
        ["object", "prefix", "object"]
    );
    assert_eq!(kinds[0]["key"], "t/a.txt");
    assert_eq!(kinds[0]["size"], 1);
}

#[test]
fn single_things_are_copied_to_where_the_words_say() {
    let world = photos();
    world.write("a.txt", "text");
    world.ok(&["cp", "a.txt", "local://photos/dir/"]);
    world.ok(&["cp", "a.txt", "local://photos/b.txt"]);
    world.ok(&["cp", "a.txt", "local://photos"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "a.txt\nb.txt\ndir/a.txt\n");
    world.ok(&["cp", "local://photos/b.txt", "new/"]);
    world.ok(&["cp", "local://photos/b.txt", "new/c.txt"]);
    world.ok(&["cp", "a.txt", "local://photos/b.txt", "new"]);
    assert_eq!(world.ok(&["ls", "-R", "new"]), "a.txt\nb.txt\nc.txt\n");
    world.ok(&["cp", "file:a.txt", "file:d.txt"]);
    assert_eq!(world.read("d.txt"), "text");
    world.fails(2, &["cp", "new", "local://photos/x"]);
    world.fails(2, &["cp", "local://photos/", "x"]);
    world.fails(2, &["cp", "a.txt", "d.txt", "not-a-directory"]);
    world.fails(3, &["cp", "missing", "local://photos/x"]);
    world.fails(3, &["cp", "local://photos/missing", "x"]);
    world.fails(3, &["cp", "a.txt", "local://no-such-container/x"]);
    world.fails(2, &["cp", "--content-type", "text/html", "local://photos/b.txt", "x"]);
    assert!(!world.path("x").exists());
}

#[test]
fn objects_move_and_leave_nothing_behind() {
    let world = photos();
    world.write("tree/a/b", "1");
    world.write("tree/c", "2");
    world.ok(&["mv", "-r", "tree", "local://photos/t"]);
    assert!(!world.path("tree").exists());
    world.ok(&["mv", "local://photos/t/c", "local://photos/t/d"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "t/a/b\nt/d\n");
    world.ok(&["mv", "-r", "local://photos/t", "back"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
    assert_eq!(world.ok(&["ls", "-R", "back"]), "a/b\nd\n");
}

#[test]
fn a_dry_run_prints_the_plan_and_does_nothing() {
    let world = photos();
    world.write("tree/a", "1");
    let plan = world.ok(&["cp", "-rn", "tree", "local://photos/t"]);
    let line: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!((line["type"].as_str(), line["to"].as_str()), (Some("copy"), Some("local://photos/t/a")));
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
    world.ok(&["cp", "-r", "tree", "local://photos/t"]);
    world.ok(&["rm", "-rn", "local://photos/t"]);
    world.ok(&["mv", "-rn", "tree", "local://photos/u"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "t/a\n");
    assert_eq!(world.read("tree/a"), "1");
}

#[test]
fn deletes_ask_before_they_empty_a_container() {
    let world = photos();
    world.write("tree/a", "1");
    world.write("tree/b/c", "1");
    world.ok(&["cp", "-r", "tree", "local://photos"]);
    world.fails(2, &["rm", "local://photos"]);
    let refused = world.fails(2, &["rm", "-r", "local://photos"]);
    assert!(refused.stderr.contains("add --yes"), "{refused:?}");
    world.ok(&["rm", "-r", "local://photos/b"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "a\n");
    world.ok(&["rm", "-r", "--exclude", "a", "--yes", "local://photos"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "a\n");
    world.ok(&["rm", "-r", "--yes", "local://photos"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
    world.fails(2, &["rm", "tree"]);
    world.fails(2, &["rm", "-r", "tree"]);
    world.ok(&["rm", "tree/a"]);
    world.ok(&["rm", "-ry", "tree"]);
    assert!(!world.path("tree").exists());
}

#[test]
fn usage_hashes_and_checks_agree() {
    let world = photos();
    world.write("tree/a", "hello\n");
    world.write("tree/d/b", "world\n");
    world.ok(&["cp", "-r", "tree", "local://photos/t"]);
    assert_eq!(
        world.ok(&["du", "-b", "--depth", "1", "local://photos/t"]),
        "           6          1  d\n          12          2  local://photos/t\n"
    );
    let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    assert_eq!(world.ok(&["hash", "tree/a"]), format!("{sum}  tree/a\n"));
    assert_eq!(world.ok(&["hash", "local://photos/t/a"]), format!("{sum}  local://photos/t/a\n"));
    assert_eq!(
        world.ok(&["hash", "-r", "-a", "md5", "tree"]),
        world.ok(&["hash", "-r", "-a", "MD5", "local://photos/t"])
    );
    assert_eq!(world.ok(&["check", "tree", "local://photos/t"]), "");
    world.write("tree/a", "HELLO\n");
    world.write("tree/new", "");
    let differ = world.fails(7, &["check", "tree", "local://photos/t"]);
    assert_eq!(differ.stdout, "content        a\nonly in first  new\n");
    let differ = world.fails(7, &["check", "--content", "local://photos/t", "tree"]);
    assert_eq!(differ.stdout, "content        a\nonly in second new\n");
}

#[test]
fn files_are_left_alone_where_the_flags_say() {
    let world = photos();
    world.write("tree/a", "new");
    world.feed("old", &["put", "local://photos/a"]);
    let run = world.run(&["cp", "-r", "--no-clobber", "tree", "local://photos"]);
    assert!(run.code == 0 && run.stderr.contains("skipped `a`: the destination has it already"), "{run:?}");
    assert_eq!(world.ok(&["cat", "local://photos/a"]), "old");
    world.ok(&["cp", "-r", "tree", "local://photos"]);
    assert_eq!(world.ok(&["cat", "local://photos/a"]), "new");
    let etag = world.ok(&["stat", "local://photos/a"]);
    let etag = etag.lines().find_map(|it| it.strip_prefix("etag ")).unwrap().trim();
    world.ok(&["cp", "--if-match", etag, "tree/a", "local://photos/a"]);
    world.fails(4, &["cp", "--if-match", etag, "tree/a", "local://photos/a"]);
}

#[test]
fn a_line_can_be_kept_narrow() {
    let world = photos();
    world.write("tree/a", vec![b'x'; 3 << 20]);
    world.write("tree/b", "b");
    world.ok(&["--bwlimit", "1g", "cp", "-r", "tree", "local://photos/t", "--part-size", "1m"]);
    // Copies inside a store stay there, and content is what it was.
    world.ok(&["--bwlimit", "1g", "cp", "-r", "local://photos/t", "local://photos/u"]);
    world.ok(&["--bwlimit", "1g", "check", "--content", "tree", "local://photos/u"]);
    world.fails(2, &["--bwlimit", "0", "ls", "local://photos"]);
}

#[test]
fn stores_in_memory_live_as_long_as_the_command() {
    let world = World::new();
    world.write("tree/a", "x");
    world.ok(&["cp", "-r", "tree", "memory://box/t"]);
    world.fails(3, &["ls", "memory://box"]);
}

#[test]
fn providers_are_listed_with_what_they_can_do() {
    let world = World::new();
    let table = world.ok(&["providers"]);
    for id in ["memory", "local", "s3", "azure", "gcs", "swift", "digitalocean", "minio"] {
        assert!(table.lines().any(|it| it.split_whitespace().next() == Some(id)), "{id}");
    }
    let json = world.ok(&["--json", "providers", "--available"]);
    let lines: Vec<serde_json::Value> = json.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let local = lines.iter().find(|it| it["id"] == "local").unwrap();
    assert_eq!(local["capabilities"]["put_if_absent"], true);
    assert_eq!(
        (&local["capabilities"]["tags"], &local["capabilities"]["presign"]),
        (&true.into(), &false.into())
    );
    assert!(lines.iter().all(|it| it["available"] == true && it["id"] != "swift"));
    let swift = "swift                    OpenStack Swift        not yet     openstack_swift\n";
    assert!(world.ok(&["providers", "openstack-swift"]).ends_with(swift));
    let long = world.ok(&["providers", "-l", "memory"]);
    assert!(long.contains("  lacks      presign, versions, acl, website, public_url\n"), "{long}");
    world.fails(3, &["providers", "nope"]);
}

#[test]
fn shells_and_manuals_are_served() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(world.ok(&["completion", shell]).contains("backup"), "{shell}");
    }
    let page = world.ok(&["man"]);
    assert!(page.contains(".TH storage 1") && page.contains("Exit codes"), "{page}");
    assert!(world.ok(&["man", "cp"]).contains("recursive"));
    assert!(world.ok(&["man", "container", "cors", "set"]).contains("origin"));
    world.fails(3, &["man", "fly"]);
    world.fails(3, &["man", "container", "fly"]);
    let help = world.ok(&["--help"]);
    for line in ["7  content and checksum disagree", "130  interrupted", "141  standard output was closed"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn mistakes_are_told_with_the_way_out() {
    let world = World::new();
    for (code, words, want) in [
        (10, &["ls", "nope://x"][..], "unknown provider `nope`"),
        (2, &["ls", "swift://x"], "`swift` needs the OpenStack Swift protocol"),
        (10, &["ls", "remote:x"], "there is no remote `remote`"),
        (10, &["ls", "local://x?rooot=y"], "did you mean `root`?"),
        (2, &["ls"], "required"),
        (2, &["fly"], "unrecognized subcommand"),
        (3, &["stat", "local://photos/x"], "next: make it with `storage mb local://photos`"),
        (2, &["stat", "local://"], "names no container"),
        (2, &["cat", "local://photos"], "names no object"),
        (3, &["du", "local://photos"], "there is no such container"),
        (3, &["hash", "-r", "local://photos"], "there is no such container"),
        (3, &["check", "local://photos", "."], "there is no such container"),
        (3, &["cp", "-r", "local://photos", "out"], "there is no such container"),
        (3, &["cp", "-r", ".", "local://photos"], "there is no such container"),
        (3, &["backup", ".", "local://photos"], "there is no such container"),
        (2, &["mb", "local://.."], "can't start with a dot"),
        (2, &["cp", "-r", "--include", "a{b", ".", "memory://x"], "the pattern `a{b` can't be read"),
    ] {
        let run = world.fails(code, words);
        assert!(run.stderr.contains(want), "{words:?}: {run:?}");
        assert_eq!(run.stdout, "", "{words:?}");
    }
}

#[test]
fn errors_are_objects_where_json_is_asked_for() {
    let world = World::new();
    let run = world.fails(3, &["--json", "stat", "local://photos/x"]);
    let line: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(line["type"], "error");
    assert_eq!((line["exit"].as_u64(), line["code"].as_str()), (Some(3), Some("not_found")));
    assert_eq!(
        (line["kind"].as_str(), line["container"].as_str()),
        (Some("ContainerNotFound"), Some("photos"))
    );
}

#[test]
fn variables_stand_for_flags() {
    let world = photos();
    world.write("tree/a.txt", "1");
    world.write("tree/b.log", "2");
    let run = Run::with(
        &world,
        &["cp", "-r", "tree", "local://photos"],
        &[("STORAGE_EXCLUDE", "*.log"), ("STORAGE_QUIET", "1")],
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(world.ok(&["ls", "local://photos"]), "a.txt\n");
    let run = Run::with(&world, &["ls", "local://photos"], &[("STORAGE_JSON", "yes")]);
    assert!(run.stdout.starts_with('{'), "{run:?}");
    let run =
        Run::with(&world, &["ls", "local://photos"], &[("STORAGE_JSON", "0"), ("STORAGE_VERBOSE", "2")]);
    assert_eq!(run.stdout, "a.txt\n", "{run:?}");
    let elsewhere = world.path("elsewhere");
    let run =
        Run::with(&world, &["mb", "local://box"], &[("STORAGE_LOCAL_ROOT", elsewhere.to_str().unwrap())]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(elsewhere.join("box").is_dir());
}

use support::Run;

impl Run {
    fn with(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(&world.command(arguments).envs(variables.iter().copied()).output().unwrap())
    }
}
