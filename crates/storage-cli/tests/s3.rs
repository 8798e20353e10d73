//! The command on stores behind a network: what it prints, what it hides, and how it ends.
#![cfg(feature = "s3")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use support::World;

const SECRET: &str = "a-secret-that-nobody-may-see";

/// Answers every request alike, until the test ends; returns where.
fn service(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let body = if head.starts_with(b"HEAD ") { "" } else { body };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            // A client that has what it needs may be gone.
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    format!("http://{address}")
}

/// Runs the command with keys of a service at this address.
fn run(world: &World, endpoint: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = world
        .command(arguments)
        .envs([("AWS_ENDPOINT_URL_S3", endpoint), ("AWS_REGION", "eu-own-1")])
        .envs([("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", SECRET), ("NO_PROXY", "*")])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stdout.contains(SECRET) && !stderr.contains(SECRET), "{stdout}{stderr}");
    (output.status.code().unwrap(), stdout, stderr)
}

#[test]
fn an_address_is_signed_without_asking_anybody() {
    let world = World::new();
    // Nobody listens on this port of the loopback.
    let (code, stdout, stderr) = run(&world, "http://127.0.0.1:9", &["presign", "s3://photos/a b.jpg"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.starts_with("http://127.0.0.1:9/photos/a%20b.jpg?"), "{stdout}");
    for part in ["X-Amz-Credential=AKIDEXAMPLE%2F", "%2Feu-own-1%2Fs3%2F", "X-Amz-Signature="] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

#[test]
fn doctor_tells_where_settings_come_from_and_no_secret() {
    let world = World::new();
    let endpoint = service("200 OK", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
    let (code, stdout, stderr) = run(&world, &endpoint, &["doctor", "s3://photos"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for part in
        [endpoint.as_str(), "eu-own-1, from the variable AWS_REGION", "secret_access_key = [redacted], from"]
    {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

#[test]
fn codes_tell_what_is_missing_from_what_is_forbidden_and_what_will_pass() {
    let world = World::new();
    let cases = [
        ("404 Not Found", "NoSuchKey", 3, "there is no such object"),
        ("403 Forbidden", "AccessDenied", 6, "does not permit"),
        ("403 Forbidden", "SignatureDoesNotMatch", 6, "SignatureDoesNotMatch"),
        ("503 Slow Down", "SlowDown", 5, "asks to slow down"),
    ];
    for (status, error, expected, words) in cases {
        let body = format!("<Error><Code>{error}</Code><Message>m</Message></Error>");
        let endpoint = service(status, body.leak());
        let location = format!("ceph://photos/cat.jpg?endpoint={endpoint}&http.max_attempts=1");
        let (code, stdout, stderr) = run(&world, &endpoint, &["cat", &location]);
        assert_eq!((code, stdout.as_str()), (expected, ""), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(words), "{stderr}");
        assert!(stderr.contains("photos/cat.jpg"), "{stderr}");
    }
}
