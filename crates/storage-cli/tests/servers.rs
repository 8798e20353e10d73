//! The command on servers that others wrote.
//!
//! `cargo xtask servers start radosgw` starts what is needed, and `cargo xtask servers env` prints the variables by which
//! it is found; a test whose variables are not set says so and passes.
#![cfg(feature = "s3")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod support;

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Run, World};

const PART: usize = 5 << 20;
/// How long the command may take to send two parts over the loopback.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs, and its keys.
struct Server {
    endpoint: String,
    key: String,
    secret: String,
}

impl Server {
    fn find(name: &str) -> Option<Self> {
        let variable = |rest: &str| env::var(format!("STORAGE_TEST_{name}{rest}")).ok();
        let Some(endpoint) = variable("") else {
            println!("skipped: STORAGE_TEST_{name} is not set; `cargo xtask servers start` starts servers");
            return None;
        };
        let key = |rest: &str, other: &str| variable(rest).unwrap_or_else(|| other.to_owned());
        Some(Self { endpoint, key: key("_KEY", "testkey"), secret: key("_SECRET", "testsecret") })
    }

    fn command(&self, world: &World, arguments: &[&str]) -> Command {
        let mut command = world.command(arguments);
        command.envs([("AWS_ENDPOINT_URL_S3", &*self.endpoint), ("AWS_REGION", "us-east-1")]);
        command.envs([("AWS_ACCESS_KEY_ID", &self.key), ("AWS_SECRET_ACCESS_KEY", &self.secret)]);
        command.env("NO_PROXY", "*");
        command
    }

    fn run(&self, world: &World, arguments: &[&str]) -> Run {
        Run::of(&self.command(world, arguments).output().unwrap())
    }

    /// Runs the command and expects that it succeeds.
    fn done(&self, world: &World, arguments: &[&str]) -> String {
        let run = self.run(world, arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
        run.stdout
    }
}

#[test]
fn fault_074_what_a_killed_upload_leaves_is_found_and_removed() {
    let Some(server) = Server::find("RADOSGW") else { return };
    let world = World::new();
    let bucket = format!("s3://killed-{}", std::process::id());
    let object = format!("{bucket}/large");
    server.done(&world, &["mb", &bucket]);

    let mut upload = server
        .command(&world, &["put", &object, "--part-size", "5m", "--part-jobs", "1"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = upload.stdin.take().unwrap();
    input.write_all(&vec![b'x'; 2 * PART + 1]).unwrap();
    let begun = Instant::now();
    while server.done(&world, &["uploads", "ls", &bucket]) != "large\n" {
        assert!(begun.elapsed() < PATIENCE, "the upload did not begin");
        thread::sleep(Duration::from_millis(50));
    }
    // SIGKILL: the command has no chance to tidy up.
    upload.kill().unwrap();
    upload.wait().unwrap();
    drop(input);

    assert_eq!(server.done(&world, &["ls", &bucket]), "", "nothing is visible");
    assert_eq!(server.done(&world, &["uploads", "ls", &bucket]), "large\n");
    // Another may still be at it: what is young stays, unless it is asked for.
    server.done(&world, &["uploads", "abort", &bucket, "--yes"]);
    assert_eq!(server.done(&world, &["uploads", "ls", &bucket]), "large\n");
    server.done(&world, &["uploads", "abort", &bucket, "--older-than", "0", "--yes"]);
    assert_eq!(server.done(&world, &["uploads", "ls", &bucket]), "");
    server.done(&world, &["rb", &bucket]);
}
