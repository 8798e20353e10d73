//! Files with keys and tokens, read whole and within bounds.

use std::fs::File;
use std::io::{ErrorKind as IoKind, Read as _};
use std::path::{Path, PathBuf};

use storage_core::{Error, ErrorKind, Result, Runtime, Secret, blocking};

/// More than any file of settings or tokens has.
const LIMIT_BYTES: u64 = 1024 * 1024;

/// A file as it was read.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) text: Secret,
    /// Others than its owner may read it.
    pub(super) open_to_others: bool,
}

/// Reads a file; `None` when it is not there.
///
/// # Errors
/// `Configuration` naming the file when it can't be read, is too long or no text.
pub(super) async fn read(runtime: &dyn Runtime, path: &Path) -> Result<Option<Text>> {
    let path = path.to_owned();
    blocking(runtime, move || read_now(&path)).await
}

/// Reads a file that has to be there and holds one token.
///
/// # Errors
/// As [`read`], and when the file is missing or empty or holds more than one word.
pub(super) async fn read_token(runtime: &dyn Runtime, path: &Path) -> Result<Secret> {
    let Some(text) = read(runtime, path).await? else {
        return Err(refused(path, "is not there"));
    };
    let token = text.text.expose().trim();
    if !super::answer::is_word(token) {
        return Err(refused(path, "does not hold one token"));
    }
    Ok(Secret::from(token))
}

/// Puts the home of the user in the place of a leading `~`.
pub(super) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn read_now(path: &Path) -> Result<Option<Text>> {
    let failed = |error| refused(path, "can't be read").with_source(Error::from_io(error));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), IoKind::NotFound | IoKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let open_to_others = open_to_others(&file.metadata().map_err(failed)?);
    let mut text = String::new();
    let read = file.take(LIMIT_BYTES + 1).read_to_string(&mut text);
    let text = Secret::new(text);
    match read {
        Ok(_) if text.expose().len() as u64 > LIMIT_BYTES => Err(refused(path, "is longer than 1 MiB")),
        Ok(_) => Ok(Some(Text { text, open_to_others })),
        Err(error) if error.kind() == IoKind::InvalidData => Err(refused(path, "is not UTF-8 text")),
        Err(error) => Err(failed(error)),
    }
}

pub(super) fn refused(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("the file `{}` {what}", path.display()))
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    // Devices such as `/dev/null` are nobody's secret.
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> bool {
    // Access lists say who reads there; a home is closed by default.
    false
}

#[cfg(test)]
mod tests {
    use storage_core::TokioRuntime;

    use super::*;

    #[tokio::test]
    async fn files_are_bounded_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("good"), " token\n").unwrap();
        std::fs::write(path("two"), "canary canary").unwrap();
        std::fs::write(path("empty"), "\n").unwrap();
        std::fs::write(path("binary"), b"canary\xff").unwrap();
        std::fs::write(path("long"), "canary".repeat(200_000)).unwrap();
        assert_eq!(read_token(&TokioRuntime, &path("good")).await.unwrap().expose(), "token");
        assert!(read(&TokioRuntime, &path("missing")).await.unwrap().is_none());
        assert!(read(&TokioRuntime, &path("good/below")).await.unwrap().is_none());
        for (name, want) in [
            ("two", "one token"),
            ("empty", "one token"),
            ("binary", "UTF-8"),
            ("long", "1 MiB"),
            ("missing", "not there"),
            ("", "can't be read"),
        ] {
            let error = read_token(&TokioRuntime, &path(name)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(want), "{error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn fault_136_a_file_open_to_others_is_told_apart() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, want) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let text = read(&TokioRuntime, file.path()).await.unwrap().unwrap();
            assert_eq!(text.open_to_others, want, "{mode:o}");
        }
        assert!(!read(&TokioRuntime, Path::new("/dev/null")).await.unwrap().unwrap().open_to_others);
    }

    #[test]
    fn a_tilde_is_the_home() {
        let home = Some(Path::new("/home/jo"));
        assert_eq!(expand(Path::new("~/.aws/x"), home), Path::new("/home/jo/.aws/x"));
        assert_eq!(expand(Path::new("/a/~"), home), Path::new("/a/~"));
        assert_eq!(expand(Path::new("~/x"), None), Path::new("~/x"));
    }
}
