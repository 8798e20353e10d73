//! The error document: [REST error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).

use storage_http::xml::{self, Element};

/// How much of an error body is looked at.
const LONGEST: usize = 64 * 1024;

/// How deep an error may lie in the documents of other services, such as `Response/Errors/Error`.
const DEEPEST: usize = 3;

/// What an error document says, as far as anybody acts on it.
///
/// `StringToSign`, `CanonicalRequest`, `SignatureProvided` and the like are never kept: they echo what was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    /// The code, such as `NoSuchKey`.
    pub(crate) code: Option<String>,
    /// The sentence for people, as it came.
    pub(crate) message: Option<String>,
    /// The id of the request.
    pub(crate) request_id: Option<String>,
    /// The second id of the request.
    pub(crate) host_id: Option<String>,
    /// The region that the request belongs to.
    pub(crate) region: Option<String>,
    /// The host that the request belongs to.
    pub(crate) endpoint: Option<String>,
    /// The bucket.
    pub(crate) bucket: Option<String>,
    /// The condition that did not hold.
    pub(crate) condition: Option<String>,
    /// The time of the service, as it came.
    pub(crate) server_time: Option<String>,
}

impl ErrorBody {
    /// Reads whatever came; what can't be read is missing, since the status says already that it failed.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
        xml::salvage(&text).map(|root| Self::from_element(&root)).unwrap_or_default()
    }

    /// Reads an error, or a document of another service that holds one.
    pub(super) fn from_element(root: &Element<'_>) -> Self {
        let Some(error) = find(root) else { return Self::default() };
        let field = |name| own(error.text_of(name));
        let outer = |name| field(name).or_else(|| own(root.text_of(name)));
        Self {
            code: field("Code"),
            message: field("Message"),
            request_id: outer("RequestId").or_else(|| outer("RequestID")),
            host_id: outer("HostId"),
            region: field("Region"),
            endpoint: field("Endpoint"),
            bucket: field("Bucket").or_else(|| field("BucketName")),
            condition: field("Condition"),
            server_time: field("ServerTime"),
        }
    }
}

/// The first element called `Error`, or the root if it has a code all the same.
fn find<'e, 'a>(root: &'e Element<'a>) -> Option<&'e Element<'a>> {
    let mut at = Some(root);
    for _ in 0..DEEPEST {
        match at {
            Some(it) if it.name() == "Error" => return at,
            Some(it) => at = it.child("Error").or_else(|| it.child("Errors")),
            None => break,
        }
    }
    root.child("Code").is_some().then_some(root)
}

fn own(text: Option<&str>) -> Option<String> {
    text.map(str::trim_ascii).filter(|it| !it.is_empty()).map(Into::into)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_redirect_names_region_and_endpoint() {
        let body = br#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message><Endpoint>photos.s3-eu-west-1.amazonaws.com</Endpoint><Bucket>photos</Bucket><RequestId>4442587FB7D0A2F9</RequestId><HostId>d2hhdA==</HostId></Error>"#;
        let error = ErrorBody::parse(body);
        assert_eq!(error.code.as_deref(), Some("PermanentRedirect"));
        assert_eq!(error.endpoint.as_deref(), Some("photos.s3-eu-west-1.amazonaws.com"));
        assert_eq!(error.bucket.as_deref(), Some("photos"));
        assert_eq!(error.request_id.as_deref(), Some("4442587FB7D0A2F9"));
        assert_eq!(error.host_id.as_deref(), Some("d2hhdA=="));
        let wrong = ErrorBody::parse(
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-1</Region></Error>",
        );
        assert_eq!(wrong.region.as_deref(), Some("eu-1"));
    }

    #[test]
    fn fault_114_other_roots_and_missing_codes_are_survived() {
        for (body, code, id) in [
            (
                "<ErrorResponse xmlns='u'><Error><Type>Sender</Type><Code>ExpiredToken</Code></Error><RequestId>7</RequestId></ErrorResponse>",
                Some("ExpiredToken"),
                Some("7"),
            ),
            (
                "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors><RequestID>8</RequestID></Response>",
                Some("AuthFailure"),
                Some("8"),
            ),
            ("<Failure><Code>Odd</Code></Failure>", Some("Odd"), None),
            ("<Error><Message>only words</Message><RequestId>9</RequestId></Error>", None, Some("9")),
            ("<Error><Code> \n</Code></Error>", None, None),
            ("<Error><Code>SlowDown</Code><Message>cut in the mid", Some("SlowDown"), None),
            ("<Error/>", None, None),
            ("<html><head><title>502 Bad Gateway</title></head></html>", None, None),
            ("{\"code\":1}", None, None),
            ("", None, None),
            ("gateway timeout", None, None),
        ] {
            let error = ErrorBody::parse(body.as_bytes());
            assert_eq!((error.code.as_deref(), error.request_id.as_deref()), (code, id), "{body}");
        }
    }

    #[test]
    fn fault_128_what_was_signed_is_not_kept() {
        let secrets = [
            "StringToSign",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
            "SignatureProvided",
            "AWSAccessKeyId",
        ];
        let fields: String = secrets.iter().map(|it| format!("<{it}>canary</{it}>")).collect();
        let body = format!("<Error><Code>SignatureDoesNotMatch</Code>{fields}</Error>");
        assert!(!format!("{:?}", ErrorBody::parse(body.as_bytes())).contains("canary"));
    }

    #[test]
    fn fault_109_other_encodings_are_read_as_far_as_they_go() {
        let error =
            ErrorBody::parse(b"\xef\xbb\xbf<Error><Code>NoSuchKey</Code><Message>caf\xe9</Message></Error>");
        assert_eq!(error.code.as_deref(), Some("NoSuchKey"));
        assert_eq!(error.message.as_deref(), Some("caf\u{fffd}"));
        assert_eq!(ErrorBody::parse(b"\xff\xfe<\0E\0"), ErrorBody::default());
    }

    #[test]
    fn fault_108_a_long_body_is_cut() {
        let body = format!(
            "<Error><Code>A</Code><Message>{}</Message><RequestId>1</RequestId></Error>",
            "x".repeat(1 << 20)
        );
        let error = ErrorBody::parse(body.as_bytes());
        assert_eq!((error.code.as_deref(), error.request_id), (Some("A"), None));
        assert!(error.message.is_none_or(|it| it.len() <= LONGEST));
    }

    proptest! {
        #[test]
        fn fault_174_no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ErrorBody::parse(&body);
        }
    }
}
