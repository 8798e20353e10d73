//! Keys from a program: `credential_process` of a profile.

use std::time::{Duration, SystemTime};

use storage_core::{Error, ErrorKind, Result, Runtime};
use storage_http::sources::Program;

use super::Credentials;
use super::answer::{self, End, RawKeys};
use super::words;

/// How long a program may take; some ask their user.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What the keys are said to come from.
const SOURCE: &str = "credential process";
const TITLE: &str = "the program of `credential_process`";

/// Runs a program, without a shell, and reads keys from what it prints.
///
/// # Errors
/// `Configuration` when the line is none or the program can't be started or fails, `Timeout`, and
/// `UnexpectedResponse` when it prints something else than keys. Nothing that it prints is shown.
///
/// # Cancel safety
/// The program is ended with the future.
pub(super) async fn run(runtime: &dyn Runtime, line: &str, now: SystemTime) -> Result<Credentials> {
    let words = words::split(line).map_err(failed)?;
    let Some((program, arguments)) = words.split_first() else { return Err(failed("names no program")) };
    let program = Program {
        title: TITLE,
        program: program.into(),
        arguments: arguments.iter().map(Into::into).collect(),
        limit: TIMEOUT,
    };
    let output = program.output(runtime).await?;
    let output = output.ok_or_else(|| failed("can't be started; there is none of that name"))?;
    let keys: RawKeys = answer::read_json(output.expose())?;
    if keys.version != Some(1) {
        return Err(answer::unexpected("the answer lacks `Version` 1"));
    }
    keys.check(SOURCE, End::Optional, now)
}

fn failed(what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("{TITLE} {what}"))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::UNIX_EPOCH;

    use storage_core::TokioRuntime;
    use storage_testkit::TestRuntime;
    use tempfile::TempDir;

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    /// Writes a script and returns the line that runs it.
    fn script(folder: &TempDir, text: &str) -> String {
        let path = folder.path().join("it's a script");
        // Written elsewhere and renamed: a file that is open for writing can't be run.
        let new = folder.path().join("new");
        std::fs::write(&new, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::rename(&new, &path).unwrap();
        format!("/bin/sh \"{}\"", path.display())
    }

    async fn run_script(text: &str, arguments: &str) -> Result<Credentials> {
        let folder = tempfile::tempdir().unwrap();
        let line = script(&folder, text);
        run(&TokioRuntime, &format!("{line} {arguments}"), NOW).await
    }

    #[tokio::test]
    async fn keys_are_read_from_what_a_program_prints() {
        let text = r#"test "$#" = 2 && test "$2" = '$HOME *' || exit 9
            echo '{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":"T","Expiration":"2026-01-01T00:00:00Z"}'
            echo noise >&2"#;
        let keys = run_script(text, "one '$HOME *'").await.unwrap();
        assert_eq!(keys.access_key_id, "AK");
        assert_eq!(keys.expires, Some(UNIX_EPOCH + Duration::from_secs(1_767_225_600)));
        assert_eq!(keys.source, SOURCE);
        let text = r#"echo '{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK"}'"#;
        assert!(run_script(text, "").await.unwrap().expires.is_none());
    }

    #[tokio::test]
    async fn fault_132_a_program_that_fails_is_an_error_without_its_output() {
        for (text, kind, want) in [
            ("echo canary; echo canary >&2; exit 3", ErrorKind::Configuration, "fails with status 3"),
            ("echo canary; kill -9 $$", ErrorKind::Configuration, "ended by a signal"),
            ("echo canary", ErrorKind::UnexpectedResponse, "not the JSON"),
            ("true", ErrorKind::UnexpectedResponse, "not the JSON"),
            ("printf '\\377\\000canary'", ErrorKind::UnexpectedResponse, "not the JSON"),
            ("yes canary", ErrorKind::Configuration, "far more"),
            (
                r#"echo '{"Version":2,"AccessKeyId":"canary","SecretAccessKey":"canary"}'"#,
                ErrorKind::UnexpectedResponse,
                "`Version` 1",
            ),
            (
                r#"echo '{"AccessKeyId":"canary","SecretAccessKey":"canary"}'"#,
                ErrorKind::UnexpectedResponse,
                "`Version` 1",
            ),
            (
                r#"echo '{"Version":1,"AccessKeyId":"canary"}'"#,
                ErrorKind::UnexpectedResponse,
                "lacks `SecretAccessKey`",
            ),
            (
                r#"echo '{"Version":1,"AccessKeyId":"canary","SecretAccessKey":"canary","Expiration":"1969-01-01T00:00:00Z"}'"#,
                ErrorKind::UnexpectedResponse,
                "`Expiration` is no time",
            ),
        ] {
            let error = run_script(text, "").await.unwrap_err();
            assert_eq!(error.kind(), kind, "{text}: {error}");
            assert!(error.to_string().contains(want), "{error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let error = run(&TokioRuntime, "/nowhere/canary --x", NOW).await.unwrap_err();
        assert!(
            error.to_string().contains("can't be started") && !error.to_string().contains("canary"),
            "{error}"
        );
        let error = run(&TokioRuntime, "'canary", NOW).await.unwrap_err();
        assert!(error.to_string().contains("a quote that is not closed"), "{error}");
    }

    #[tokio::test]
    async fn fault_132_a_program_that_hangs_is_ended() {
        use std::io::Read as _;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // It becomes what hangs, so that no child of it is left behind, and holds the pipe as long as it lives.
        let line = script(&folder, &format!("exec 3> '{}'; echo >&3; exec sleep 1000", pipe.display()));
        let runtime = TestRuntime::new(1);
        let waiting = tokio::spawn({
            let runtime = runtime.clone();
            async move { run(&runtime, &line, NOW).await }
        });
        let blocking = tokio::task::spawn_blocking(move || {
            let mut pipe = std::fs::File::open(pipe).unwrap();
            pipe.read_exact(&mut [0]).unwrap();
            pipe
        });
        let mut pipe = blocking.await.unwrap();
        runtime.sleeping(1).await;
        runtime.advance(TIMEOUT);
        let error = waiting.await.unwrap().unwrap_err();
        // The pipe ends with the program.
        tokio::task::spawn_blocking(move || pipe.read_to_end(&mut Vec::new()).unwrap()).await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }
}
