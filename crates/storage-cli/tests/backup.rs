//! The main job: a directory with everything in it is backed up, and comes back.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::tree::{LINKS, Seed, UNREADABLE, contents};
use support::{Run, World};

/// Nobody: root may read every file, so as root the command runs as somebody else.
const OTHER: u32 = 65534;

struct Somebody {
    program: PathBuf,
    is_root: bool,
}

impl Somebody {
    fn new(world: &World) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        // The folder of the build may be closed to others.
        let program = world.folder().join("storage");
        // By another process: a program that this one writes can't be run while a fork of another test still has it open.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_storage")).arg(&program).status().unwrap();
        assert!(copied.success());
        if is_root {
            give_away(world.folder());
        }
        Self { program, is_root }
    }

    fn run(&self, world: &World, words: &[&str]) -> Run {
        use std::os::unix::process::CommandExt as _;

        let mut command: Command = world.command_of(&self.program, words);
        if self.is_root {
            command.uid(OTHER).gid(OTHER);
        }
        Run::of(&command.output().unwrap())
    }
}

fn give_away(path: &Path) {
    std::os::unix::fs::lchown(path, Some(OTHER), Some(OTHER)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

fn backup_and_restore(seed: &Seed) {
    let world = World::new();
    let tree = world.path("tree");
    seed.make(&tree);
    fs::create_dir(world.path("locked")).unwrap();
    fs::rename(world.path("locked"), tree.join("locked")).unwrap();
    world.write("tree/locked/inside", "x");
    fs::set_permissions(tree.join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    let somebody = Somebody::new(&world);
    let run = somebody.run(&world, &["mb", "local://backups"]);
    assert_eq!(run.code, 0, "{run:?}");

    let run = somebody.run(&world, &["backup", "tree", "local://backups/tree"]);
    assert_eq!(run.code, 1, "{run:?}");
    for link in LINKS {
        assert!(run.stderr.contains(&format!("skipped `{link}`: a symbolic link")), "{run:?}");
    }
    assert!(run.stderr.contains(&format!("failed `{UNREADABLE}`: ")), "{run:?}");
    assert!(run.stderr.contains("failed `locked`: "), "{run:?}");
    assert!(run.stderr.contains("Permission denied"), "{run:?}");
    assert!(run.stderr.contains("3 skipped, 2 failed"), "{run:?}");
    let place = run.stdout.trim().to_owned();
    assert!(place.starts_with("local://backups/tree/20") && place.ends_with("Z/"), "{place}");

    let summary = somebody.run(&world, &["cat", &format!("{}.json", place.trim_end_matches('/'))]);
    let summary: serde_json::Value = serde_json::from_str(&summary.stdout).unwrap();
    assert_eq!((summary["state"].as_str(), summary["failed"].as_u64()), (Some("partial"), Some(2)));

    let run = somebody.run(&world, &["restore", &place, "back"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("the backup is partial"), "{run:?}");

    // As root, or their owner, the test may look at everything.
    fs::set_permissions(tree.join("locked"), fs::Permissions::from_mode(0o700)).unwrap();
    let (mut before, after) = (contents(&tree), contents(&world.path("back")));
    assert!(before.remove(UNREADABLE).is_some() && before.remove("locked/inside").is_some());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before == after, "contents or times differ");

    let run = somebody.run(&world, &["check", &place, "back"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
}

#[test]
fn fault_151_a_tree_of_everything_comes_back_but_for_what_is_named() {
    backup_and_restore(&Seed { seed: 42, files: 200, large_bytes: (20 << 20) + 3 });
}

#[test]
fn another_seed_comes_back_too() {
    backup_and_restore(&Seed { seed: 7, files: 20, large_bytes: 0 });
}

/// The size comes from the environment, so that a long run can ask for more.
#[test]
#[ignore = "writes gigabytes; run with `--ignored`, TREE_BYTES and TREE_FILES say how many"]
fn a_large_tree_comes_back() {
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |it| it.parse().unwrap());
    let files = u32::try_from(number("TREE_FILES", 10_000)).unwrap();
    backup_and_restore(&Seed { seed: 1, files, large_bytes: number("TREE_BYTES", 1 << 30) });
}

#[test]
fn a_backup_that_is_made_twice_in_a_second_is_refused_or_dated_otherwise() {
    let world = World::new();
    world.write("tree/a", "1");
    world.ok(&["mb", "local://b"]);
    world.ok(&["backup", "--snapshot", "one", "tree", "local://b/p"]);
    let run = world.fails(4, &["backup", "--snapshot", "one", "tree", "local://b/p"]);
    assert!(run.stderr.contains("there is a backup of this name already"), "{run:?}");
    assert_eq!(world.ok(&["ls", "-R", "local://b"]), "p/one.json\np/one/a\n");
    world.fails(3, &["restore", "local://b/p/two", "back"]);
    world.ok(&["rm", "local://b/p/one/a"]);
    world.fails(7, &["restore", "local://b/p/one", "back"]);
    let plan = world.ok(&["backup", "-n", "--snapshot", "x", "tree", "local://b"]);
    assert!(plan.contains("local://b/x/a"), "{plan}");
}
