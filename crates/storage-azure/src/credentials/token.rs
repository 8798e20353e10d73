//! Tokens as services and programs hand them out: JSON, checked before anything believes it.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;
use storage_core::{Result, Secret};
use storage_http::sources::{is_word, since_epoch, unexpected};

use super::Bearer;

/// A token as it came, with nothing checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawToken {
    #[serde(alias = "accessToken")]
    access_token: Option<Secret>,
    #[serde(alias = "tokenType")]
    token_type: Option<String>,
    /// Seconds from now on, as number or text.
    expires_in: Option<Value>,
    /// Seconds since 1970, as number or text.
    expires_on: Option<Value>,
}

impl RawToken {
    /// Makes a credential of it.
    ///
    /// # Errors
    /// `UnexpectedResponse` saying what is missing or what is wrong with the time, never with a value.
    pub(super) fn check(self, source: &'static str, now: SystemTime) -> Result<Bearer> {
        let expires = self.expires(now)?;
        let token = self.access_token.ok_or_else(|| unexpected("the answer lacks `access_token`"))?;
        if !is_word(token.expose()) {
            return Err(unexpected("`access_token` is empty or holds blanks or signs beyond ASCII"));
        }
        if self.token_type.is_some_and(|it| !it.eq_ignore_ascii_case("bearer")) {
            return Err(unexpected("`token_type` is not `Bearer`"));
        }
        if expires <= now {
            return Err(unexpected(
                "the token has ended already; if it is new, the clock of this machine is wrong",
            ));
        }
        Ok(Bearer { token, expires: Some(expires), source })
    }

    /// Tells when it ends: where it says so twice, the sooner time.
    fn expires(&self, now: SystemTime) -> Result<SystemTime> {
        let bad = |name: &str| unexpected(format!("`{name}` is no time"));
        let on = self
            .expires_on
            .as_ref()
            .map(|it| seconds(it).and_then(since_epoch).ok_or_else(|| bad("expires_on")));
        let within = self.expires_in.as_ref().map(|it| {
            let end = seconds(it).and_then(|it| now.checked_add(it));
            let sane = end.and_then(|it| it.duration_since(SystemTime::UNIX_EPOCH).ok());
            sane.and_then(since_epoch).ok_or_else(|| bad("expires_in"))
        });
        match (on.transpose()?, within.transpose()?) {
            (Some(one), Some(other)) => Ok(one.min(other)),
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => Err(unexpected("the answer lacks `expires_in` and `expires_on`")),
        }
    }

    /// Tells whether it says when it ends in seconds.
    pub(super) fn ends(&self) -> bool {
        self.expires_on.is_some() || self.expires_in.is_some()
    }
}

fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_u64().or_else(|| storage_http::headers::number(value.as_str()?));
    number.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use storage_core::ErrorKind;
    use storage_http::sources::read_json;

    use super::*;

    const NOW: u64 = 1_767_225_600;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn read(json: &str) -> Result<Bearer> {
        read_json::<RawToken>(json.as_bytes())?.check("a test", now())
    }

    #[test]
    fn tokens_are_read_in_every_form() {
        let later = now() + Duration::from_secs(60);
        for json in [
            r#"{"token_type":"Bearer","expires_in":60,"ext_expires_in":3599,"access_token":"ey.J"}"#
                .to_owned(),
            format!(
                r#"{{"access_token":"ey.J","expires_in":"60","expires_on":"{}","resource":"x"}}"#,
                NOW + 90
            ),
            format!(r#"{{"access_token":"ey.J","expires_in":"90","expires_on":"{}"}}"#, NOW + 60),
            format!(
                r#"{{"accessToken":"ey.J","expires_on":{},"expiresOn":"2026-01-01 08:00","tokenType":"bearer"}}"#,
                NOW + 60
            ),
        ] {
            let token = read(&json).unwrap();
            assert_eq!((token.token.expose().as_str(), token.expires), ("ey.J", Some(later)), "{json}");
        }
    }

    #[test]
    fn fault_139_ends_that_are_no_ends_are_errors() {
        for end in [
            "0",
            "\"0\"",
            "-1",
            "\"-1\"",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "1e400",
            "1.5",
            "\"9223372036854775808\"",
            "\"\"",
            "[]",
            "{}",
            "\"soon\"",
            "true",
        ] {
            for name in ["expires_in", "expires_on"] {
                let json = format!(r#"{{"access_token":"canary","{name}":{end}}}"#);
                let error = read(&json).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{json}");
                assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            }
        }
        for on in [NOW, NOW - 1, 1] {
            let error = read(&format!(r#"{{"access_token":"canary","expires_on":{on}}}"#)).unwrap_err();
            assert!(error.to_string().contains("has ended already"), "{error}");
        }
    }

    #[test]
    fn fault_139_what_is_no_token_is_an_error_without_its_content() {
        let long = format!(r#"{{"access_token":"{}","expires_in":60}}"#, "canary".repeat(20_000));
        for json in [
            "<!DOCTYPE html><html>canary</html>",
            "",
            "{",
            "null",
            "[]",
            "\"canary\"",
            "{}",
            r#"{"access_token":"canary"}"#,
            r#"{"expires_in":60}"#,
            r#"{"access_token":"","expires_in":60}"#,
            r#"{"access_token":"canary canary","expires_in":60}"#,
            r#"{"access_token":"canary\r\nx: y","expires_in":60}"#,
            r#"{"access_token":{"x":"canary"},"expires_in":60}"#,
            r#"{"access_token":"canary","access_token":"canary","expires_in":60}"#,
            r#"{"access_token":"canary","expires_in":60,"token_type":"pop"}"#,
            long.as_str(),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{json}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
