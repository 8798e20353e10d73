//! Keys as services and programs hand them out: JSON, checked before anything believes it.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use storage_core::{Error, Result, Secret};
use storage_http::sources::since_epoch;
pub(super) use storage_http::sources::{LIMIT_BYTES, is_word, read_json, unexpected};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Credentials;

/// Keys as they came, with nothing checked.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawKeys {
    /// `Success`, where the metadata service speaks.
    pub(super) code: Option<String>,
    /// 1, where a program speaks.
    pub(super) version: Option<u64>,
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<Secret>,
    #[serde(alias = "Token")]
    pub(super) session_token: Option<Secret>,
    pub(super) expiration: Option<String>,
}

/// Whether keys come with their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Required,
    Optional,
}

impl RawKeys {
    /// Makes credentials of them.
    ///
    /// # Errors
    /// `UnexpectedResponse` saying what is missing or what is wrong with the time, never with a value.
    pub(super) fn check(self, source: &'static str, end: End, now: SystemTime) -> Result<Credentials> {
        let expires = match self.expiration.as_deref() {
            Some(text) => Some(read_time(text).ok_or_else(|| unexpected("`Expiration` is no time"))?),
            None if end == End::Required => return Err(missing("Expiration")),
            None => None,
        };
        assemble(self.access_key_id, self.secret_access_key, self.session_token, expires, source, now)
    }
}

/// Puts checked credentials together.
///
/// # Errors
/// As [`RawKeys::check`].
pub(super) fn assemble(
    id: Option<String>,
    secret: Option<Secret>,
    token: Option<Secret>,
    expires: Option<SystemTime>,
    source: &'static str,
    now: SystemTime,
) -> Result<Credentials> {
    let access_key_id = id.ok_or_else(|| missing("AccessKeyId"))?;
    let secret_access_key = secret.ok_or_else(|| missing("SecretAccessKey"))?;
    let session_token = token.filter(|it| !it.expose().is_empty());
    if expires.is_some_and(|it| it <= now) {
        return Err(unexpected(
            "the keys have ended already; if they are new, the clock of this machine is wrong",
        ));
    }
    for (name, value) in [
        ("AccessKeyId", access_key_id.as_str()),
        ("SecretAccessKey", secret_access_key.expose()),
        ("SessionToken", session_token.as_ref().map_or("-", |it| it.expose())),
    ] {
        if !is_word(value) {
            return Err(unexpected(format!("`{name}` is empty or holds blanks or signs beyond ASCII")));
        }
    }
    Ok(Credentials { access_key_id, secret_access_key, session_token, expires, source })
}

/// Reads a time such as `2026-01-01T00:00:00Z`, with the old spelling `UTC` of the AWS tools too.
pub(super) fn read_time(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let time = match text.strip_suffix("UTC") {
        Some(text) => OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339),
        None => OffsetDateTime::parse(text, &Rfc3339),
    };
    since_epoch(Duration::from_secs(u64::try_from(time.ok()?.unix_timestamp()).ok()?))
}

/// Reads a time in milliseconds since 1970.
pub(super) fn read_millis(millis: i64) -> Option<SystemTime> {
    since_epoch(Duration::from_millis(u64::try_from(millis).ok()?))
}

fn missing(name: &str) -> Error {
    unexpected(format!("the answer lacks `{name}`"))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use storage_core::ErrorKind;

    use super::*;

    const NOW: u64 = 1_767_225_600;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn read(json: &str, end: End) -> Result<Credentials> {
        read_json::<RawKeys>(json.as_bytes())?.check("a test", end, now())
    }

    #[test]
    fn keys_are_read_with_either_name_of_the_token() {
        let json = r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T/+=",
            "Expiration":"2026-01-01T00:00:01Z","LastUpdated":"x","Endpoint":"http://evil","Location":"http://evil"}"#;
        let keys = read(json, End::Required).unwrap();
        assert_eq!(keys.access_key_id, "AK");
        assert_eq!(keys.secret_access_key.expose(), "SK");
        assert_eq!(keys.session_token.unwrap().expose(), "T/+=");
        assert_eq!(keys.expires, Some(now() + Duration::from_secs(1)));
        let json = r#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":""}"#;
        let keys = read(json, End::Optional).unwrap();
        assert!(keys.session_token.is_none() && keys.expires.is_none());
    }

    #[test]
    fn fault_139_ends_that_are_no_ends_are_errors() {
        for end in [
            "\"\"",
            "0",
            "\"0\"",
            "-1",
            "9223372036854775808",
            "1e400",
            "\"9223372036854775808\"",
            "\"1970-01-01T00:00:00Z\"",
            "\"1969-12-31T23:59:59Z\"",
            "\"-9999-01-01T00:00:00Z\"",
            "\"0000-01-01T00:00:00Z\"",
            "\"99999-01-01T00:00:00Z\"",
            "\"2026-01-01T00:00:00Z\"",
            "\"2025-12-31T23:59:59Z\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-01-01\"",
            "null",
            "[]",
        ] {
            let json =
                format!(r#"{{"AccessKeyId":"canary1","SecretAccessKey":"canary2","Expiration":{end}}}"#);
            let error = read(&json, End::Required).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{end}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        assert!(
            read_millis(i64::MAX).is_none() && read_millis(i64::MIN).is_none() && read_millis(-1).is_none()
        );
        assert_eq!(read_millis(1_767_225_600_000), Some(now()));
        assert_eq!(read_time("2026-01-01T00:00:00UTC"), Some(now()));
        assert_eq!(read_time("2026-01-01T02:00:00+02:00"), Some(now()));
    }

    #[test]
    fn fault_139_what_is_not_keys_is_an_error_without_its_content() {
        let long = format!("{{\"AccessKeyId\":\"{}\"}}", "canary".repeat(20_000));
        for json in [
            "<!DOCTYPE html><html>canary</html>",
            "",
            "{",
            "null",
            "[]",
            "\"canary\"",
            "{}",
            r#"{"AccessKeyId":"canary"}"#,
            r#"{"SecretAccessKey":"canary"}"#,
            r#"{"AccessKeyId":{"x":"canary"},"SecretAccessKey":"canary"}"#,
            r#"{"AccessKeyId":"","SecretAccessKey":"canary"}"#,
            r#"{"AccessKeyId":"a","SecretAccessKey":""}"#,
            r#"{"AccessKeyId":"canary\r\nx: y","SecretAccessKey":"canary"}"#,
            r#"{"AccessKeyId":"a","SecretAccessKey":"canary","Token":"canary\n"}"#,
            r#"{"AccessKeyId":"a","AccessKeyId":"canary","SecretAccessKey":"canary"}"#,
            long.as_str(),
        ] {
            let error = read(json, End::Optional).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{json}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
