//! The body of an answer that is no success.

/// What such a body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Option<String>,
}

/// Reads the body; one that can't be read says nothing, and the status decides.
pub(crate) fn parse(body: &[u8]) -> Failure {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let code = text.lines().find_map(|it| it.strip_prefix("code: "));
    Failure { code: code.map(ToOwned::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_captured_body_is_read() {
        assert_eq!(parse(b"code: NoSuchKey\n").code.as_deref(), Some("NoSuchKey"));
        assert_eq!(parse(b"<html>"), Failure::default());
        assert_eq!(parse(b"\xff"), Failure::default());
    }
}
