//! What goes wrong on a command line.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use support::{Run, World};

fn photos() -> World {
    let world = World::new();
    world.ok(&["mb", "local://photos"]);
    world
}

#[test]
fn fault_136_the_configuration_is_for_its_owner_alone() {
    let world = World::new();
    let store = world.path("store");
    fs::create_dir(&store).unwrap();
    let root = format!("root={}", store.display());
    world.ok(&["config", "set", "pics", "provider=local", &root]);
    let path = world.ok(&["config", "path"]);
    let path = path.trim();
    assert_eq!(path, world.home().join(".config/storage/config.toml").to_str().unwrap());
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    world.ok(&["mb", "pics:box"]);
    world.feed("x", &["put", "pics:box/100%?#.txt"]);
    assert_eq!(world.ok(&["ls", "pics:box"]), "100%?#.txt\n");
    assert_eq!(world.run(&["ls", "pics:"]).stderr, "");

    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let run = world.run(&["cp", "-r", "pics:box", "pics:box/../"]);
    assert_eq!(run.stderr.matches("others can read").count(), 1, "{run:?}");
    assert!(run.stderr.contains("chmod 600"));

    world.fails(2, &["config", "set", "x", "provider=local"]);
    world.fails(2, &["config", "set", "bad"]);
    world.fails(10, &["config", "set", "bad", "provider=local", "rooot=x"]);
    world.ok(&["config", "remove", "pics"]);
    world.fails(3, &["config", "remove", "pics"]);
    world.fails(10, &["ls", "pics:box"]);
}

#[test]
fn fault_126_secrets_of_the_configuration_are_never_shown() {
    let world = World::new();
    let folder = world.home().join(".config/storage");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("config.toml");
    let text = "[remote.work]\nprovider = \"local\"\nroot = \"/srv\"\nsecret_access_key = \"canary-1234\"\ntoken = \"canary-5678\"\n";
    fs::write(&path, text).unwrap();
    let shown = world.run(&["config", "show"]);
    assert_eq!(
        shown.stdout,
        "work: provider=local root=/srv secret_access_key=[redacted] token=[redacted]\n"
    );
    let json = world.run(&["--json", "config", "show"]);
    let used = world.run(&["-vv", "ls", "work:box"]);
    assert_eq!(used.code, 10);
    fs::write(&path, "[remote.work]\nprovider = \"local\"\ntoken = \"canary\" junk\n").unwrap();
    let broken = world.fails(10, &["ls", "work:box"]);
    fs::write(&path, "[remote.work]\ntoken = [\"canary\"]\n").unwrap();
    let list = world.fails(10, &["ls", "work:box"]);
    let url = world.fails(10, &["ls", "local://x?token=canary"]);
    for run in [shown, json, used, broken, list, url] {
        assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run:?}");
    }
}

#[test]
fn fault_157_keys_that_would_leave_the_destination_fail_by_name() {
    let world = photos();
    for key in ["..%2F..%2Fevil", "%2Fetc%2Fevil", "a%2F%2Fb", "good"] {
        assert_eq!(world.feed("x", &["put", &format!("local://photos/{key}")]).code, 0);
    }
    let run = world.fails(1, &["cp", "-r", "local://photos", "out/deep"]);
    for name in ["failed `../../evil`", "failed `/etc/evil`", "failed `a//b`"] {
        assert!(run.stderr.contains(name), "{run:?}");
    }
    assert!(run.stderr.contains("copied 1 item"), "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "."]), "out/deep/good\n");
    assert!(!world.folder().join("evil").exists());
}

#[test]
fn fault_157_a_link_in_the_destination_is_not_followed() {
    let world = photos();
    world.feed("x", &["put", "local://photos/link/file"]);
    fs::create_dir_all(world.path("outside")).unwrap();
    fs::create_dir_all(world.path("out")).unwrap();
    symlink(world.path("outside"), world.path("out/link")).unwrap();
    let run = world.fails(1, &["cp", "-r", "local://photos", "out"]);
    assert!(run.stderr.contains("link` is a symbolic link"), "{run:?}");
    assert_eq!(fs::read_dir(world.path("outside")).unwrap().count(), 0);
}

#[test]
fn fault_160_a_download_that_fails_leaves_the_old_file() {
    let world = photos();
    world.write("new", "new content");
    world.ok(&["cp", "new", "local://photos/a"]);
    world.write("old", "old content");
    // Damage behind the store's back: the checksum no longer holds.
    let data = find(&world.home(), "a");
    let mut bytes = fs::read(&data).unwrap();
    bytes[0] ^= 1;
    let keep = fs::metadata(&data).unwrap().modified().unwrap();
    fs::write(&data, bytes).unwrap();
    fs::File::options().write(true).open(&data).unwrap().set_modified(keep).unwrap();
    let run = world.run(&["cp", "local://photos/a", "old"]);
    assert_ne!(run.code, 0, "{run:?}");
    assert_eq!(world.read("old"), "old content");
    assert_eq!(world.ok(&["ls", "."]), "new\nold\n");
}

fn find(root: &std::path::Path, name: &str) -> std::path::PathBuf {
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            } else if entry.file_name() == name {
                return entry.path();
            }
        }
    }
    panic!("{name} is not there");
}

/// A command that does not end by itself, with the signal sent once it listens and has printed so much.
fn interrupt(world: &World, words: &[&str], after: &str, times: usize) -> Run {
    let mut child = world
        .command(&[&["-vv"], words].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    // The command says when it listens to signals, so that no signal comes before.
    let mut text = String::new();
    while !text.contains("listening for signals") {
        assert_ne!(stderr.read_line(&mut text).unwrap(), 0, "{text}");
    }
    // It may have to come some way before there is anything to stop.
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains(after) {
        assert_ne!(stdout.read_line(&mut printed).unwrap(), 0, "{printed}");
    }
    for time in 0..times {
        kill_process(pid, Signal::INT).unwrap();
        while time == 0 && !text.contains("press Ctrl-C again") {
            assert_ne!(stderr.read_line(&mut text).unwrap(), 0, "{text}");
        }
    }
    let status = child.wait().unwrap();
    drop(stdin);
    stderr.read_to_string(&mut text).unwrap();
    Run { code: status.code().unwrap_or(-1), stdout: String::new(), stderr: text }
}

#[test]
fn fault_161_ctrl_c_stops_in_order_and_leaves_no_object() {
    let world = photos();
    let run = interrupt(&world, &["put", "local://photos/half"], "", 1);
    assert_eq!(run.code, 130, "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
}

#[test]
fn fault_161_ctrl_c_leaves_nothing_of_a_measurement() {
    let world = photos();
    let endless = ["bench", "local://photos", "--size", "1m", "--count", "1000000000"];
    let run = interrupt(&world, &endless, "download", 1);
    assert_eq!(run.code, 130, "{run:?}");
    let removed =
        run.stderr.lines().find_map(|it| it.strip_prefix("removed what the measurement had written: "));
    assert!(removed.is_some_and(|it| it != "0 objects"), "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
}

#[test]
fn fault_161_ctrl_c_twice_stops_at_once() {
    let world = photos();
    let run = interrupt(&world, &["put", "local://photos/half"], "", 2);
    assert_eq!(run.code, 130, "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "");
}

#[test]
fn fault_162_a_reader_that_goes_away_ends_the_command_quietly() {
    let world = photos();
    // More than a pipe and the buffers before it hold.
    for number in 0..1500 {
        world.write(&format!("tree/{number:04}{}", "x".repeat(200)), "content");
    }
    world.write("large", vec![b'x'; 4 << 20]);
    world.ok(&["cp", "large", "local://photos/large"]);
    for words in [
        &["ls", "-R", "tree"][..],
        &["ls", "tree"],
        &["ls", "-lR", "tree"],
        &["--json", "ls", "-R", "tree"],
        &["hash", "-r", "tree"],
        &["cat", "local://photos/large"],
        &["cp", "-rn", "tree", "local://photos"],
    ] {
        let mut child = world.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The reader takes one byte and leaves.
        let mut byte = [0];
        child.stdout.take().unwrap().read_exact(&mut byte).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    }
}

/// Runs a command with a terminal as its standard output and returns what it showed.
fn on_terminal(world: &World, words: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut child =
        world.command(words).stdout(slave.try_clone().unwrap()).stderr(Stdio::null()).spawn().unwrap();
    drop(slave);
    let mut shown = Vec::new();
    // The terminal reports an error when nobody is left on its other side: that is its end.
    let mut master = fs::File::from(master);
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = master.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..read]);
    }
    assert!(child.wait().unwrap().success(), "{words:?}");
    String::from_utf8(shown).unwrap()
}

#[test]
fn fault_163_control_characters_are_escaped_on_a_terminal_only() {
    let world = photos();
    world.write("tree/evil\u{1b}[2Jname\nline", "x");
    world.ok(&["cp", "-r", "tree", "local://photos"]);
    for place in ["tree", "local://photos"] {
        for words in [&["ls", place][..], &["ls", "-R", place], &["hash", "-r", place]] {
            let shown = on_terminal(&world, words);
            assert!(shown.contains("evil\\u{1b}[2Jname\\nline"), "{words:?}: {shown:?}");
            assert!(!shown.contains('\u{1b}'), "{words:?}: {shown:?}");
        }
        assert_eq!(world.ok(&["ls", place]), "evil\u{1b}[2Jname\nline\n");
        assert_eq!(world.ok(&["ls", "-0", place]), "evil\u{1b}[2Jname\nline\0");
        let json = world.ok(&["--json", "ls", place]);
        let line: serde_json::Value = serde_json::from_str(&json).unwrap();
        let name = line.get("key").or(line.get("name")).unwrap();
        assert_eq!(name, "evil\u{1b}[2Jname\nline");
    }
    // Messages are for people wherever they go.
    let failed = world.fails(3, &["stat", "local://photos/no%1b[2J"]);
    assert!(failed.stderr.contains("no\\u{1b}[2J") && !failed.stderr.contains('\u{1b}'), "{failed:?}");
}

#[test]
fn fault_164_lists_of_names_end_in_nul() {
    let world = photos();
    world.write("tree/new\nline", "1");
    world.write("tree/a b", "2");
    world.write("tree/other", "3");
    let run = world.feed("new\nline\0a b\0", &["cp", "-r", "--files-from0", "-", "tree", "local://photos"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(world.ok(&["ls", "-0", "local://photos"]), "a b\0new\nline\0");
    let names = world.ok(&["ls", "-R0", "local://photos"]);
    world.write("list", names + "missing\0");
    let run = world.fails(1, &["cp", "-r", "--files-from0", "list", "local://photos", "out"]);
    assert!(run.stderr.contains("failed `missing`"), "{run:?}");
    assert_eq!(world.ok(&["ls", "-0", "out"]), "a b\0new\nline\0");
}

#[test]
fn fault_165_trees_that_overlap_are_refused() {
    let world = photos();
    world.write("tree/a", "1");
    world.ok(&["cp", "-r", "tree", "local://photos/t"]);
    let home = world.home();
    let root = world.home().join(".local/share/storage/photos");
    for (from, to) in [
        ("tree", "tree/sub"),
        ("tree", "tree"),
        (".", "tree"),
        ("local://photos", "local://photos/copy"),
        ("local://photos/t/sub", "local://photos/t"),
        (home.to_str().unwrap(), "local://photos/home"),
        ("local://photos", root.join("inside").to_str().unwrap()),
    ] {
        let run = world.fails(2, &["cp", "-r", from, to]);
        assert!(run.stderr.contains("overlap"), "{run:?}");
    }
    world.fails(2, &["backup", home.to_str().unwrap(), "local://photos"]);
    world.fails(2, &["cp", "tree/a", "tree/a"]);
    world.fails(2, &["cp", "local://photos/t/a", "local://photos/t/"]);
    world.fails(2, &["mv", "tree/a", "tree/"]);
    assert_eq!(world.ok(&["ls", "-R", "local://photos"]), "t/a\n");
    assert_eq!(world.read("tree/a"), "1");
    // A store that is left out of the source is no part of it.
    let run = world.run(&["backup", "--exclude", "/.local/", home.to_str().unwrap(), "local://photos"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn fault_143_pipes_and_links_are_named_and_never_block() {
    let world = photos();
    world.write("tree/a", "1");
    symlink("a", world.path("tree/link")).unwrap();
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, world.path("tree/pipe"), rustix::fs::FileType::Fifo, mode, 0)
        .unwrap();
    let run = world.run(&["cp", "-r", "tree", "local://photos"]);
    assert_eq!(run.code, 0);
    assert!(
        run.stderr.contains("skipped `link`: a symbolic link") && run.stderr.contains("skipped `pipe`"),
        "{run:?}"
    );
    let run = world.run(&["cp", "-r", "--links", "tree", "local://photos/followed"]);
    assert!(!run.stderr.contains("`link`"), "{run:?}");
    assert_eq!(world.ok(&["cat", "local://photos/followed/link"]), "1");
    world.fails(2, &["cp", "tree/pipe", "local://photos"]);
}

#[test]
fn fault_170_few_open_files_make_it_slower_and_nothing_else() {
    let world = photos();
    for number in 0..400 {
        world.write(&format!("tree/d{}/e{}/{number}", number % 20, number % 3), "content");
    }
    let limited = |words: &[&str]| {
        let program = env!("CARGO_BIN_EXE_storage");
        let script = ["-c", "ulimit -n 48 && exec \"$0\" \"$@\"", program];
        let all: Vec<&str> = script.into_iter().chain(words.iter().copied()).collect();
        let run = Run::of(&world.command_of(std::path::Path::new("/bin/sh"), &all).output().unwrap());
        assert_eq!(run.code, 0, "{words:?}: {run:?}");
        assert!(run.stderr.contains("copied 400 items"), "{run:?}");
    };
    limited(&["cp", "-r", "tree", "local://photos/t"]);
    limited(&["cp", "-r", "local://photos/t", "back"]);
    limited(&["cp", "-r", "tree", "other"]);
    assert_eq!(world.ok(&["check", "--content", "tree", "local://photos/t"]), "");
    assert_eq!(world.ok(&["check", "tree", "back"]), "");
}
