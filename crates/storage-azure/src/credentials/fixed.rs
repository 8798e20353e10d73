//! Credentials that the settings hold themselves.

use std::time::SystemTime;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::dates::parse_iso;
use storage_http::decode_percent;

use super::{SasToken, SharedKey};

/// Reads what others write, which may have bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

impl SharedKey {
    /// Reads a key in base64; `given` says where it stands, such as "`account_key` is given".
    ///
    /// # Errors
    /// `Configuration`; the key is not shown.
    pub(crate) fn parse(account: &str, key: &Secret, given: &str) -> Result<Self> {
        let bytes = BASE64.decode(key.expose()).map(Secret::new);
        let bytes =
            bytes.map_err(|_| refused(given, "and is no base64; copy the whole key, with its `=`"))?;
        if bytes.expose().is_empty() {
            return Err(refused(given, "and is empty"));
        }
        Ok(Self { account: account.to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, bytes.expose()) })
    }
}

impl SasToken {
    /// Takes a signed query over as it is, without the `?` or the whole address in front; `given` says where it stands.
    ///
    /// Nothing is written anew: the signature is about the very characters, those of times above all.
    ///
    /// # Errors
    /// `Configuration`; the query is not shown.
    pub(crate) fn parse(text: &Secret, given: &str) -> Result<Self> {
        let text = text.expose().trim();
        let query = match text.split_once("://") {
            Some((_, rest)) => rest.split_once('?').map(|(_, query)| query).unwrap_or_default(),
            None => text.strip_prefix('?').unwrap_or(text),
        };
        if !query.bytes().all(|it| it.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&it)) {
            let what = "and holds what can't stand in a query; copy it as it was given, percent-encoded";
            return Err(refused(given, what));
        }
        let value = |name: &str| query.split('&').filter_map(|it| it.split_once('=')).find(|it| it.0 == name);
        if value("sig").is_none_or(|(_, it)| it.is_empty()) {
            return Err(refused(given, "and has no signature; it should hold `sig=`"));
        }
        Ok(Self { query: Secret::from(query), expires: value("se").and_then(|(_, it)| expiry(it)) })
    }
}

/// Reads the forms of times that a signed query may have.
fn expiry(text: &str) -> Option<SystemTime> {
    let text = decode_percent(text)?;
    let text = std::str::from_utf8(&text).ok()?;
    let whole = match text.len() {
        // 2026-01-01
        10 => format!("{text}T00:00:00Z"),
        // 2026-01-01T00:00Z
        17 => format!("{}:00Z", text.strip_suffix('Z')?),
        _ => text.to_owned(),
    };
    parse_iso(&whole).map(SystemTime::from)
}

fn refused(given: &str, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("{given} {what}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn parse(text: &str) -> Result<SasToken> {
        SasToken::parse(&Secret::from(text), "`sas_token` is given")
    }

    #[test]
    fn pitfall_6_a_signed_query_is_kept_byte_for_byte() {
        let query = "sv=2026-02-06&se=2026-01-01T00%3a00%3A00Z&sp=r&sr=c&sig=a%2Bb%2fc%3D&x=+y";
        for text in [
            query.to_owned(),
            format!("?{query}"),
            format!(" ?{query}\n"),
            format!("https://acme.blob.core.windows.net/container?{query}"),
            format!("https://acme.blob.core.windows.net/?{query}"),
        ] {
            let sas = parse(&text).unwrap();
            assert_eq!(sas.query.expose(), query);
            assert_eq!(sas.expires, Some(UNIX_EPOCH + Duration::from_secs(1_767_225_600)));
            assert!(!format!("{sas:?}").contains("sig"));
        }
    }

    #[test]
    fn every_form_of_an_end_is_understood() {
        let day = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        for (text, want) in [
            ("2026-01-01", Some(day)),
            ("2026-01-01T00:00Z", Some(day)),
            ("2026-01-01T00:00:00Z", Some(day)),
            ("2026-01-01T00%3A00%3A00.0000000Z", Some(day)),
            ("2026-01-01T02:00:00%2B02:00", Some(day)),
            ("soon", None),
            ("2026-13-01", None),
            ("%", None),
            ("", None),
        ] {
            assert_eq!(parse(&format!("se={text}&sig=s")).unwrap().expires, want, "{text}");
        }
    }

    #[test]
    fn what_is_no_signed_query_is_refused_without_being_shown() {
        for (text, want) in [
            ("", "no signature"),
            ("canary", "no signature"),
            ("sv=1&sp=canary", "no signature"),
            ("sv=1&sig=", "no signature"),
            ("https://canary.example.com/", "no signature"),
            ("sv=1&sig=canary canary", "percent-encoded"),
            ("sv=1&sig=canary\r\nx: y", "percent-encoded"),
            ("sv=1&sig=canary#x", "percent-encoded"),
            ("sv=1&sig=canär", "percent-encoded"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(want), "{text}: {error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_key_is_base64() {
        let key = |text: &str| SharedKey::parse("acme", &Secret::from(text), "`account_key` is given");
        assert_eq!(format!("{:?}", key("Y2FuYXJ5").unwrap()), "SharedKey { account: \"acme\", .. }");
        // As .NET reads it: with bits behind the last byte.
        assert!(key("Y2FuYXJ5YR==").is_ok());
        for text in ["canary!", "Y2FuYXJ5YQ", "Y2Fu\nYXJ5", "Y2FuYXJ5YQ=", "="] {
            let error = key(text).unwrap_err();
            assert!(error.to_string().contains("`account_key` is given and is no base64"), "{text}: {error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
