//! The error document: [status and error codes](https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2).

use serde_json::Value;
use storage_http::xml;

/// How much of an error body is looked at.
const LONGEST: usize = 64 * 1024;

/// What a detail says in front of what was signed, in lower case.
const SIGNED: [&str; 2] = ["string to sign", "mac signature found"];

/// What an error document says, as far as anybody acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    /// The code, such as `BlobNotFound`.
    pub(crate) code: Option<String>,
    /// The sentence for people, as it came; request id and time stand in lines of their own behind it.
    pub(crate) message: Option<String>,
    /// Why credentials were refused, without what was signed and the signature.
    pub(crate) detail: Option<String>,
}

impl ErrorBody {
    /// Reads whatever came; what can't be read is missing, since the status says already that it failed.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let read = if text.starts_with('{') { json(text) } else { document(text) };
        read.unwrap_or_default()
    }
}

fn document(text: &str) -> Option<ErrorBody> {
    let root = xml::salvage(text)?;
    let field = |name| own(root.text_of(name));
    let code = field("Code");
    // A page of HTML has neither.
    let said = root.name() == "Error" || code.is_some();
    said.then(|| ErrorBody {
        code,
        message: field("Message"),
        detail: field("AuthenticationErrorDetail").as_deref().and_then(unsigned),
    })
}

/// Reads `{"error":{"code":…,"message":…}}` and its kin.
fn json(text: &str) -> Option<ErrorBody> {
    let root: Value = serde_json::from_str(text).ok()?;
    let error = root.get("error").or_else(|| root.get("odata.error")).unwrap_or(&root);
    let message = error.get("message").or_else(|| error.get("Message"));
    // Some wrap it once more, with a language.
    let message = message.map(|it| it.get("value").unwrap_or(it));
    let code = error.get("code").or_else(|| error.get("Code"));
    Some(ErrorBody {
        code: own(code.and_then(Value::as_str)),
        message: own(message.and_then(Value::as_str)),
        detail: None,
    })
}

/// Returns the sentences in front of the one that echoes what was signed: that may hold a key of the customer's.
fn unsigned(detail: &str) -> Option<String> {
    let folded = detail.to_ascii_lowercase();
    let Some(echo) = SIGNED.iter().filter_map(|it| folded.find(it)).min() else {
        return Some(detail.to_owned());
    };
    let before = detail.get(..echo)?;
    let end = before.rfind(". ").or_else(|| before.rfind(".\n"))?;
    own(before.get(..end))
}

fn own(text: Option<&str>) -> Option<String> {
    text.map(str::trim_ascii).filter(|it| !it.is_empty()).map(Into::into)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn code_message_and_detail_are_read() {
        let error = ErrorBody::parse(
            b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.\nRequestId:7f3c\nTime:2026-11-20T08:30:00.1234567Z</Message><AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [Fri, 20 Nov 2026 08:45:00 GMT] - Expiry [Fri, 20 Nov 2026 09:00:00 GMT] - Current [Fri, 20 Nov 2026 08:30:00 GMT]</AuthenticationErrorDetail></Error>",
        );
        assert_eq!(error.code.as_deref(), Some("AuthenticationFailed"));
        assert!(error.message.unwrap().starts_with("Server failed to authenticate the request.\n"));
        assert!(error.detail.unwrap().contains("Current [Fri, 20 Nov 2026 08:30:00 GMT]"));
    }

    #[test]
    fn fault_114_other_forms_and_missing_codes_are_survived() {
        for (body, code, message) in [
            (
                "{\"error\":{\"code\":\"PathNotFound\",\"message\":\"Gone.\"}}",
                Some("PathNotFound"),
                Some("Gone."),
            ),
            (
                "\u{feff} {\"odata.error\":{\"code\":\"X\",\"message\":{\"lang\":\"en\",\"value\":\"Y\"}}}",
                Some("X"),
                Some("Y"),
            ),
            ("{\"Code\":\"X\",\"Message\":7}", Some("X"), None),
            ("{\"error\":\"text\"}", None, None),
            ("{\"error\":", None, None),
            (
                "<Error><Code>ServerBusy</Code><Message>cut in the mid",
                Some("ServerBusy"),
                Some("cut in the mid"),
            ),
            ("<Failure><Code>Odd</Code></Failure>", Some("Odd"), None),
            ("<Error><Message>only words</Message></Error>", None, Some("only words")),
            ("<Error><Code> \n</Code></Error>", None, None),
            ("<html><head><title>502 Bad Gateway</title></head></html>", None, None),
            ("gateway timeout", None, None),
            ("", None, None),
        ] {
            let error = ErrorBody::parse(body.as_bytes());
            assert_eq!((error.code.as_deref(), error.message.as_deref()), (code, message), "{body}");
        }
    }

    #[test]
    fn fault_128_what_was_signed_is_not_kept() {
        for (detail, want) in [
            (
                "Signature did not match. String to sign used was r\n\ncanary\n",
                Some("Signature did not match"),
            ),
            (
                "The MAC signature found in the HTTP request 'canary=' is not the same as any computed signature. Server used following string to sign: 'GET\ncanary'.",
                None,
            ),
            (
                "Issuer validation failed. Issuer did not match.",
                Some("Issuer validation failed. Issuer did not match."),
            ),
        ] {
            let body = format!(
                "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
            );
            let error = ErrorBody::parse(body.as_bytes());
            assert_eq!(error.detail.as_deref(), want);
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn fault_109_other_encodings_are_read_as_far_as_they_go() {
        let error = ErrorBody::parse(b"<Error><Code>BlobNotFound</Code><Message>caf\xe9</Message></Error>");
        assert_eq!(error.code.as_deref(), Some("BlobNotFound"));
        assert_eq!(error.message.as_deref(), Some("caf\u{fffd}"));
        assert_eq!(ErrorBody::parse(b"\xff\xfe<\0E\0"), ErrorBody::default());
    }

    #[test]
    fn fault_108_a_long_body_is_cut() {
        let body = format!("<Error><Code>A</Code><Message>{}</Message></Error>", "x".repeat(1 << 20));
        let error = ErrorBody::parse(body.as_bytes());
        assert_eq!(error.code.as_deref(), Some("A"));
        assert!(error.message.is_none_or(|it| it.len() <= LONGEST));
        let _ = ErrorBody::parse("[{".repeat(1 << 16).as_bytes());
        assert_eq!(ErrorBody::parse("{\"a\":".repeat(1 << 13).as_bytes()), ErrorBody::default());
    }

    proptest! {
        #[test]
        fn fault_174_no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ErrorBody::parse(&body);
        }

        #[test]
        fn fault_174_no_detail_panics(detail in "(\\. |string to sign|MAC signature found|\\PC){0,8}") {
            let _ = unsigned(&detail);
        }
    }
}
