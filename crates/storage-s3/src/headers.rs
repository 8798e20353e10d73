//! Options to headers, and headers to what is known of an object.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderValue};
use storage_core::groups::Tags;
use storage_core::{
    ByteRange, ChecksumAlgorithm, ETag, Encryption, Error, ErrorKind, GetOptions, Key, ObjectInfo,
    PutOptions, PutOutcome, Result, ServiceFields, VersionId, WriteCondition,
};
use storage_http::headers::{owned, set, set_extra, set_named, set_opt, text};
use storage_http::{encode_query, range_header};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::config::{ObjectLockMode, S3PutOptions};
use crate::names;
use crate::sign::checksum::of_headers as checksums;
use crate::vendors::Quirks;

/// The headers of a write that stay with the object: type, metadata, tags, class, encryption.
pub(crate) fn of_content(headers: &mut HeaderMap, options: &PutOptions) -> Result<()> {
    for (name, value) in [
        (CONTENT_TYPE, &options.content_type),
        (CONTENT_ENCODING, &options.content_encoding),
        (CONTENT_DISPOSITION, &options.content_disposition),
        (CONTENT_LANGUAGE, &options.content_language),
        (CACHE_CONTROL, &options.cache_control),
        (names::STORAGE_CLASS, &options.storage_class),
    ] {
        set_opt(headers, name, value.as_deref())?;
    }
    for (name, value) in options.metadata.iter() {
        // A header loses them on its way, and the object would have another value than the one given.
        if value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']) {
            let message = format!("the value of the metadata `{name}` can't start or end with a blank");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        set_named(headers, &format!("{}{name}", names::META), value)?;
    }
    if !options.tag.is_empty() {
        set(headers, names::TAGGING, &tagging(&options.tag))?;
    }
    set_opt(headers, names::ACL, options.acl.map(storage_core::CannedAcl::name))?;
    if let Some(own) = options.extensions.get::<S3PutOptions>() {
        of_s3(headers, own)?;
    }
    set_extra(headers, &options.headers)
}

/// The headers that only S3 has.
fn of_s3(headers: &mut HeaderMap, options: &S3PutOptions) -> Result<()> {
    let until = options.object_lock_retain_until.map(|it| it.0.format(&Rfc3339)).transpose();
    let until = until
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "`object_lock_retain_until` is out of range"))?;
    let hold = options.object_lock_legal_hold.map(|it| if it { "ON" } else { "OFF" });
    let bucket_key = options.bucket_key.map(|it| if it { "true" } else { "false" });
    let payer = options.requester_pays.then_some("requester");
    for (name, value) in [
        ("x-amz-object-lock-mode", options.object_lock_mode.map(ObjectLockMode::name)),
        ("x-amz-object-lock-retain-until-date", until.as_deref()),
        ("x-amz-object-lock-legal-hold", hold),
        ("x-amz-website-redirect-location", options.website_redirect.as_deref()),
        ("x-amz-request-payer", payer),
        ("x-amz-expected-bucket-owner", options.expected_bucket_owner.as_deref()),
        ("x-amz-grant-full-control", options.grant_full_control.as_deref()),
        ("x-amz-grant-read", options.grant_read.as_deref()),
        ("x-amz-grant-read-acp", options.grant_read_acp.as_deref()),
        ("x-amz-grant-write-acp", options.grant_write_acp.as_deref()),
        ("x-amz-server-side-encryption-context", options.sse_kms_context.as_deref()),
        ("x-amz-server-side-encryption-bucket-key-enabled", bucket_key),
        ("expires", options.expires.as_deref()),
    ] {
        set_opt(headers, HeaderName::from_static(name), value)?;
    }
    Ok(())
}

/// Writes tags as a query, the form in which a put takes them.
fn tagging(tags: &Tags) -> String {
    let mut text = String::new();
    for (name, value) in tags {
        if !text.is_empty() {
            text.push('&');
        }
        encode_query(name, &mut text);
        text.push('=');
        encode_query(value, &mut text);
    }
    text
}

/// The headers that say how a new object is encrypted.
pub(crate) fn of_encryption(headers: &mut HeaderMap, encryption: &Encryption) -> Result<()> {
    match encryption {
        Encryption::ServiceManaged => set(headers, names::SSE, "AES256"),
        Encryption::KeyService { key_id } => {
            set(headers, names::SSE, "aws:kms")?;
            set_opt(headers, names::SSE_KMS_KEY_ID, key_id.as_deref())
        }
        Encryption::CustomerKey(_) => {
            of_customer_key(headers, Some(encryption), [names::SSE_C, names::SSE_C_KEY, names::SSE_C_KEY_MD5])
        }
        _ => Err(Error::unsupported("s3", "that kind of encryption")),
    }
}

/// The headers that carry a key of the caller's; other kinds of encryption need none to be read.
pub(crate) fn of_customer_key(
    headers: &mut HeaderMap,
    encryption: Option<&Encryption>,
    [algorithm, key_name, digest]: [HeaderName; 3],
) -> Result<()> {
    let Some(Encryption::CustomerKey(key)) = encryption else { return Ok(()) };
    headers.insert(algorithm, HeaderValue::from_static("AES256"));
    let mut value = HeaderValue::try_from(BASE64.encode(key.expose()))
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the key of the encryption can't be sent"))?;
    value.set_sensitive(true);
    headers.insert(key_name, value);
    let md5 = ChecksumAlgorithm::Md5.of(key.expose());
    let mut value = HeaderValue::try_from(BASE64.encode(md5.value()))
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the key of the encryption can't be sent"))?;
    value.set_sensitive(true);
    headers.insert(digest, value);
    Ok(())
}

/// The headers of a condition of a write.
pub(crate) fn of_condition(
    headers: &mut HeaderMap,
    condition: &WriteCondition,
    quirks: &Quirks,
) -> Result<()> {
    match condition {
        WriteCondition::IfAbsent => set(headers, IF_NONE_MATCH, "*"),
        WriteCondition::IfMatch(etag) => set(headers, IF_MATCH, &if_match(etag, quirks)),
        _ => Ok(()),
    }
}

/// Writes an entity tag as a condition: quoted, unless the service compares it without.
pub(crate) fn if_match(etag: &ETag, quirks: &Quirks) -> String {
    match quirks.unquoted_if_match {
        true => etag.unquoted().to_owned(),
        false => format!("\"{}\"", etag.unquoted()),
    }
}

/// The headers of the entity tag that the source of a copy must have.
pub(crate) fn of_source(headers: &mut HeaderMap, etag: &ETag, quirks: &Quirks) -> Result<()> {
    let value = format!("\"{}\"", etag.unquoted());
    if quirks.copy_if_match {
        set(headers, names::COPY_IF_MATCH, &value)?;
    }
    set(headers, names::COPY_SOURCE_IF_MATCH, &value)
}

/// The headers of a read.
pub(crate) fn of_read(headers: &mut HeaderMap, options: &GetOptions) -> Result<()> {
    if let Some(etag) = &options.if_match {
        set(headers, IF_MATCH, &format!("\"{}\"", etag.unquoted()))?;
    }
    if let Some(etag) = &options.if_none_match {
        set(headers, IF_NONE_MATCH, &format!("\"{}\"", etag.unquoted()))?;
    }
    if let Some(time) = options.if_modified_since {
        set(headers, IF_MODIFIED_SINCE, &http_date(time))?;
    }
    if let Some(time) = options.if_unmodified_since {
        set(headers, IF_UNMODIFIED_SINCE, &http_date(time))?;
    }
    set_extra(headers, &options.headers)
}

fn http_date(time: OffsetDateTime) -> String {
    httpdate::fmt_http_date(time.into())
}

/// The header of a range.
pub(crate) fn of_range(headers: &mut HeaderMap, range: ByteRange) -> Result<()> {
    set(headers, RANGE, &range_header(range))
}

/// What the headers of an answer tell of an object.
pub(crate) fn info(key: &Key, size: u64, headers: &HeaderMap) -> ObjectInfo {
    let mut info = ObjectInfo::new(key.clone(), size);
    info.etag = etag(headers);
    info.checksums = checksums(headers);
    info.content_type = owned(headers, &CONTENT_TYPE);
    info.content_encoding = content_encoding(headers);
    info.content_disposition = owned(headers, &CONTENT_DISPOSITION);
    info.content_language = owned(headers, &CONTENT_LANGUAGE);
    info.cache_control = owned(headers, &CACHE_CONTROL);
    info.last_modified = text(headers, &http::header::LAST_MODIFIED)
        .and_then(|it| httpdate::parse_http_date(it).ok())
        .map(OffsetDateTime::from);
    info.storage_class = owned(headers, &names::STORAGE_CLASS);
    info.version = version(headers);
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(names::META) else { continue };
        match std::str::from_utf8(value.as_bytes()) {
            Ok(value) => {
                let value = decode_word(value).unwrap_or_else(|| value.to_owned());
                // What comes twice is one list, as HTTP has it; nothing that somebody stored is lost.
                let all = match info.metadata.get(name) {
                    Some(before) => format!("{before},{value}"),
                    None => value,
                };
                info.metadata.insert(name, all);
            }
            // Somebody wrote it in another encoding: it is shown, but not as text that it is not.
            Err(_) => {
                let value = value.as_bytes().escape_ascii().to_string();
                info.service_fields.insert(format!("{}{name}", names::META), value);
            }
        }
    }
    info
}

/// What the service says beside what [`ObjectInfo`] has fields for.
pub(crate) fn service_fields(headers: &HeaderMap, fields: &mut ServiceFields) {
    const KNOWN: &[&str] = &["x-amz-request-id", "x-amz-id-2", "x-amz-storage-class", "x-amz-version-id"];
    for (name, value) in headers {
        let name = name.as_str();
        let own = name.starts_with("x-amz-") && !name.starts_with(names::META) && !KNOWN.contains(&name);
        let checksum = name.starts_with("x-amz-checksum-") && name != names::CHECKSUM_TYPE.as_str();
        if (own && !checksum || name == "expires")
            && let Ok(value) = std::str::from_utf8(value.as_bytes())
        {
            fields.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The encoding of the content, without the framing of an upload, which some services keep.
fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let all = text(headers, &CONTENT_ENCODING)?;
    let own: Vec<_> =
        all.split(',').map(str::trim).filter(|it| !it.is_empty() && *it != "aws-chunked").collect();
    (!own.is_empty()).then(|| own.join(","))
}

/// The entity tag; some services send an empty one where they mean none.
pub(crate) fn etag(headers: &HeaderMap) -> Option<ETag> {
    let etag = ETag::new(text(headers, &http::header::ETAG)?);
    (!etag.unquoted().is_empty()).then_some(etag)
}

pub(crate) fn version(headers: &HeaderMap) -> Option<VersionId> {
    // Objects from before versions were kept have the version `null`.
    text(headers, &names::VERSION_ID).map(VersionId::new)
}

/// What the headers of an answer to a write tell.
pub(crate) fn outcome(headers: &HeaderMap) -> PutOutcome {
    let mut outcome = PutOutcome::default();
    outcome.etag = etag(headers);
    outcome.version = version(headers);
    outcome.checksums = checksums(headers);
    service_fields(headers, &mut outcome.service_fields);
    outcome
}

/// Decodes a value that the service wrote as an encoded word (RFC 2047), as Amazon S3 does with what is not ASCII.
fn decode_word(value: &str) -> Option<String> {
    if !value.starts_with("=?") {
        return None;
    }
    let mut all = Vec::new();
    for word in value.split_ascii_whitespace() {
        let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
        let (charset, rest) = inner.split_once('?')?;
        let (encoding, text) = rest.split_once('?')?;
        if !charset.eq_ignore_ascii_case("utf-8") {
            return None;
        }
        match encoding {
            "B" | "b" => all.extend(BASE64.decode(text).ok()?),
            "Q" | "q" => all.extend(decode_q(text)?),
            _ => return None,
        }
    }
    String::from_utf8(all).ok()
}

fn decode_q(text: &str) -> Option<Vec<u8>> {
    let plain = text.replace('%', "%25").replace('=', "%").replace('_', " ");
    storage_http::decode_percent(&plain).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_112_encoded_words_are_text_and_other_bytes_are_shown() {
        for (value, want) in [
            ("=?UTF-8?B?w6kg8J+YgA==?=", Some("é 😀")),
            ("=?UTF-8?Q?a=C3=A9_b%?=", Some("aé b%")),
            ("=?UTF-8?B?w6k=?= =?UTF-8?B?w6k=?=", Some("éé")),
            ("=?ISO-8859-1?Q?a?=", None),
            ("=?UTF-8?B?!!?=", None),
            ("plain", None),
        ] {
            assert_eq!(decode_word(value).as_deref(), want, "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.append("x-amz-meta-good", HeaderValue::from_static("yes"));
        headers.append("x-amz-meta-bad", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
        let info = info(&Key::parse("k").unwrap(), 1, &headers);
        assert_eq!(info.metadata.get("good"), Some("yes"));
        assert_eq!(info.service_fields.get("x-amz-meta-bad").map(String::as_str), Some("\\xff\\xfe"));
    }

    #[test]
    fn fault_057_composite_checksums_are_not_compared() {
        let key = Key::parse("k").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-checksum-crc32c", HeaderValue::from_static("AAAAAA==-7"));
        assert!(info(&key, 1, &headers).checksums.is_empty());
        headers.insert("x-amz-checksum-crc32c", HeaderValue::from_static("AAAAAA=="));
        assert!(!info(&key, 1, &headers).checksums.is_empty());
        headers.insert("x-amz-checksum-type", HeaderValue::from_static("COMPOSITE"));
        assert!(info(&key, 1, &headers).checksums.is_empty());
    }
}
