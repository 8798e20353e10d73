//! Files with keys and tokens, as the AWS tools name them.

use std::path::{Path, PathBuf};

pub(super) use storage_http::sources::files::{Text, read, read_token, refused};

/// Puts the home of the user in the place of a leading `~`.
pub(super) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home() {
        let home = Some(Path::new("/home/jo"));
        assert_eq!(expand(Path::new("~/.aws/x"), home), Path::new("/home/jo/.aws/x"));
        assert_eq!(expand(Path::new("/a/~"), home), Path::new("/a/~"));
        assert_eq!(expand(Path::new("~/x"), None), Path::new("~/x"));
    }
}
