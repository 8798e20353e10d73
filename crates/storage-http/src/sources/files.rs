//! Files with keys and tokens, read whole and within bounds.

use std::fs::File;
use std::io::{ErrorKind as IoKind, Read as _};
use std::path::Path;

use storage_core::{Error, ErrorKind, Result, Runtime, Secret, blocking};

use super::answer::is_word;

/// More than any file of settings or tokens has.
const LIMIT_BYTES: u64 = 1024 * 1024;

/// A file of text as it was read.
#[derive(Debug)]
pub struct Text {
    /// What it holds.
    pub text: Secret,
    /// Others than its owner may read it.
    pub open_to_others: bool,
}

/// Reads a file of text; `None` when it is not there.
///
/// # Errors
/// `Configuration` naming the file when it can't be read, is too long or no text.
pub async fn read(runtime: &dyn Runtime, path: &Path) -> Result<Option<Text>> {
    let path = path.to_owned();
    blocking(runtime, move || {
        let Some((bytes, open_to_others)) = read_now(&path)? else { return Ok(None) };
        let text = std::str::from_utf8(bytes.expose()).map_err(|_| refused(&path, "is not UTF-8 text"))?;
        Ok(Some(Text { text: Secret::from(text), open_to_others }))
    })
    .await
}

/// Reads a file that has to be there, whatever it holds.
///
/// # Errors
/// As [`read`], and when the file is missing.
pub async fn read_bytes(runtime: &dyn Runtime, path: &Path) -> Result<Secret<Vec<u8>>> {
    let path = path.to_owned();
    blocking(runtime, move || {
        read_now(&path)?.map(|(bytes, _)| bytes).ok_or_else(|| refused(&path, "is not there"))
    })
    .await
}

/// Reads a file that has to be there and holds one token.
///
/// # Errors
/// As [`read`], and when the file is missing or empty or holds more than one word.
pub async fn read_token(runtime: &dyn Runtime, path: &Path) -> Result<Secret> {
    let Some(text) = read(runtime, path).await? else {
        return Err(refused(path, "is not there"));
    };
    let token = text.text.expose().trim();
    if !is_word(token) {
        return Err(refused(path, "does not hold one token"));
    }
    Ok(Secret::from(token))
}

/// Makes the error of a file that is no good.
pub fn refused(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("the file `{}` {what}", path.display()))
}

fn read_now(path: &Path) -> Result<Option<(Secret<Vec<u8>>, bool)>> {
    let failed = |error| refused(path, "can't be read").with_source(Error::from_io(error));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), IoKind::NotFound | IoKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let open_to_others = open_to_others(&file.metadata().map_err(failed)?);
    let mut bytes = Vec::new();
    let read = file.take(LIMIT_BYTES + 1).read_to_end(&mut bytes);
    let bytes = Secret::new(bytes);
    read.map_err(failed)?;
    if bytes.expose().len() as u64 > LIMIT_BYTES {
        return Err(refused(path, "is longer than 1 MiB"));
    }
    Ok(Some((bytes, open_to_others)))
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
        assert_eq!(read_bytes(&TokioRuntime, &path("binary")).await.unwrap().expose(), b"canary\xff");
        assert!(read(&TokioRuntime, &path("missing")).await.unwrap().is_none());
        assert!(read(&TokioRuntime, &path("good/below")).await.unwrap().is_none());
        assert!(
            read_bytes(&TokioRuntime, &path("missing")).await.unwrap_err().to_string().contains("not there")
        );
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
}
