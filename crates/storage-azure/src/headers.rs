//! Options to headers, and headers to what is known of a blob.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue};
use ring::digest;
use storage_core::groups::Tags;
use storage_core::{
    Checksum, ChecksumAlgorithm, Checksums, ETag, Error, ErrorKind, GetOptions, Key, Metadata, ObjectInfo,
    PutOptions, PutOutcome, Result, Secret, ServiceFields, VersionId, WriteCondition,
};
use storage_http::encode_query;
use storage_http::headers::{owned, set, set_extra, set_opt, text};
use time::OffsetDateTime;

use crate::config::{AzurePutOptions, ImmutabilityMode};
use crate::limits::metadata_problem;
use crate::names;

/// The content headers under which a blob keeps them, each with the one by which it is read.
const CONTENT: [(HeaderName, HeaderName); 5] = [
    (names::BLOB_CONTENT_TYPE, CONTENT_TYPE),
    (names::BLOB_CONTENT_ENCODING, CONTENT_ENCODING),
    (names::BLOB_CONTENT_DISPOSITION, CONTENT_DISPOSITION),
    (names::BLOB_CONTENT_LANGUAGE, CONTENT_LANGUAGE),
    (names::BLOB_CACHE_CONTROL, CACHE_CONTROL),
];

/// The headers of a write that stay with the blob: type, metadata, tags, tier.
pub(crate) fn of_content(headers: &mut HeaderMap, options: &PutOptions) -> Result<()> {
    let values = [
        &options.content_type,
        &options.content_encoding,
        &options.content_disposition,
        &options.content_language,
        &options.cache_control,
    ];
    for ((name, _), value) in CONTENT.into_iter().zip(values) {
        set_opt(headers, name, value.as_deref())?;
    }
    of_metadata(headers, &options.metadata)?;
    if !options.tag.is_empty() {
        set(headers, names::TAGS, &tagging(&options.tag))?;
    }
    set_opt(headers, names::ACCESS_TIER, options.storage_class.as_deref())
}

/// The headers that only Azure has, and that stay with the blob.
pub(crate) fn of_azure(headers: &mut HeaderMap, options: &AzurePutOptions) -> Result<()> {
    let until = options.immutability_until.map(|it| httpdate::fmt_http_date(it.0.into()));
    let hold = options.legal_hold.map(|it| if it { "true" } else { "false" });
    for (name, value) in [
        (names::ACCESS_TIER, options.tier.as_deref()),
        (names::IMMUTABILITY_UNTIL, until.as_deref()),
        (names::IMMUTABILITY_MODE, options.immutability_mode.map(ImmutabilityMode::name)),
        (names::LEGAL_HOLD, hold),
    ] {
        set_opt(headers, name, value)?;
    }
    Ok(())
}

/// The headers of metadata.
///
/// # Errors
/// `InvalidInput` for entries that the service refuses or changes.
pub(crate) fn of_metadata(headers: &mut HeaderMap, metadata: &Metadata) -> Result<()> {
    for (name, value) in metadata.iter() {
        if let Some(problem) = metadata_problem(name, value) {
            let message = format!("the metadata `{name}` can't be kept: {problem}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        storage_http::headers::set_named(headers, &format!("{}{name}", names::META), value)?;
    }
    Ok(())
}

/// Writes tags as a query, the form in which a put takes them.
pub(crate) fn tagging(tags: &Tags) -> String {
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

/// Keeps the checksum of a blob whose content headers are replaced: what is left out is cleared.
pub(crate) fn keep_md5(headers: &mut HeaderMap, known: &Checksums) -> Result<()> {
    match known.get(ChecksumAlgorithm::Md5) {
        Some(md5) => set(headers, names::BLOB_CONTENT_MD5, &BASE64.encode(md5.value())),
        None => Ok(()),
    }
}

/// The headers that carry a key of the caller's.
pub(crate) fn of_customer_key(headers: &mut HeaderMap, key: &Secret<[u8; 32]>) -> Result<()> {
    let secret = |text: String| {
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| Error::new(ErrorKind::InvalidInput, "the key of the encryption can't be sent"))?;
        value.set_sensitive(true);
        Ok::<_, Error>(value)
    };
    headers.insert(names::ENCRYPTION_KEY, secret(BASE64.encode(key.expose()))?);
    let sum = digest::digest(&digest::SHA256, key.expose());
    headers.insert(names::ENCRYPTION_KEY_SHA256, secret(BASE64.encode(sum))?);
    headers.insert(names::ENCRYPTION_ALGORITHM, HeaderValue::from_static("AES256"));
    Ok(())
}

/// The headers of a condition of a write.
pub(crate) fn of_condition(headers: &mut HeaderMap, condition: &WriteCondition) -> Result<()> {
    match condition {
        WriteCondition::IfAbsent => set(headers, IF_NONE_MATCH, "*"),
        WriteCondition::IfMatch(etag) => set(headers, IF_MATCH, &quoted(etag)),
        _ => Ok(()),
    }
}

/// Writes an entity tag as a condition.
pub(crate) fn quoted(etag: &ETag) -> String {
    format!("\"{}\"", etag.unquoted())
}

/// The headers of a read.
pub(crate) fn of_read(headers: &mut HeaderMap, options: &GetOptions) -> Result<()> {
    if let Some(etag) = &options.if_match {
        set(headers, IF_MATCH, &quoted(etag))?;
    }
    if let Some(etag) = &options.if_none_match {
        set(headers, IF_NONE_MATCH, &quoted(etag))?;
    }
    if let Some(time) = options.if_modified_since {
        set(headers, IF_MODIFIED_SINCE, &httpdate::fmt_http_date(time.into()))?;
    }
    if let Some(time) = options.if_unmodified_since {
        set(headers, IF_UNMODIFIED_SINCE, &httpdate::fmt_http_date(time.into()))?;
    }
    set_extra(headers, &options.headers)
}

/// What the headers of an answer tell of a blob.
pub(crate) fn info(key: &Key, size: u64, headers: &HeaderMap) -> ObjectInfo {
    let date = |name: &HeaderName| {
        text(headers, name).and_then(|it| httpdate::parse_http_date(it).ok()).map(OffsetDateTime::from)
    };
    let mut info = ObjectInfo::new(key.clone(), size);
    info.etag = etag(headers);
    info.checksums = checksums(headers);
    info.content_type = owned(headers, &CONTENT_TYPE);
    info.content_encoding = owned(headers, &CONTENT_ENCODING);
    info.content_disposition = owned(headers, &CONTENT_DISPOSITION);
    info.content_language = owned(headers, &CONTENT_LANGUAGE);
    info.cache_control = owned(headers, &CACHE_CONTROL);
    info.created = date(&names::CREATION_TIME);
    info.last_modified = date(&LAST_MODIFIED);
    info.storage_class = owned(headers, &names::ACCESS_TIER);
    info.version = version(headers);
    read_metadata(headers, &mut info.metadata, &mut info.service_fields);
    info
}

/// Reads metadata.
pub(crate) fn metadata(headers: &HeaderMap) -> Metadata {
    let mut found = Metadata::new();
    read_metadata(headers, &mut found, &mut ServiceFields::new());
    found
}

/// Reads metadata; what somebody wrote in another encoding is shown as what it is, beside the text.
fn read_metadata(headers: &HeaderMap, found: &mut Metadata, odd: &mut ServiceFields) {
    for (full, value) in headers {
        let Some(name) = full.as_str().strip_prefix(names::META) else { continue };
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            odd.insert(full.as_str().to_owned(), value.as_bytes().escape_ascii().to_string());
            continue;
        };
        // As HTTP joins what is sent twice.
        let all = match found.get(name) {
            Some(before) => format!("{before},{text}"),
            None => text.to_owned(),
        };
        found.insert(name, all);
    }
}

/// What the service says beside what [`ObjectInfo`] has fields for.
pub(crate) fn service_fields(headers: &HeaderMap, fields: &mut ServiceFields) {
    const KNOWN: [HeaderName; 8] = [
        names::REQUEST_ID,
        names::CLIENT_REQUEST_ID,
        names::X_MS_VERSION,
        names::CREATION_TIME,
        names::ACCESS_TIER,
        names::VERSION_ID,
        names::BLOB_CONTENT_MD5,
        names::CONTENT_CRC64,
    ];
    for (name, value) in headers {
        let own = name.as_str().starts_with("x-ms-")
            && !name.as_str().starts_with(names::META)
            && !KNOWN.contains(name);
        if own && let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            fields.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
}

pub(crate) fn etag(headers: &HeaderMap) -> Option<ETag> {
    let etag = ETag::new(text(headers, &ETAG)?);
    (!etag.unquoted().is_empty()).then_some(etag)
}

pub(crate) fn version(headers: &HeaderMap) -> Option<VersionId> {
    text(headers, &names::VERSION_ID).map(VersionId::new)
}

/// The checksums of the whole blob: the one that it keeps, under the name that it has in answers to ranges, or in others.
pub(crate) fn checksums(headers: &HeaderMap) -> Checksums {
    let whole = text(headers, &names::BLOB_CONTENT_MD5).or_else(|| {
        let ranged = headers.contains_key(http::header::CONTENT_RANGE);
        text(headers, &names::CONTENT_MD5).filter(|_| !ranged)
    });
    let md5 = whole
        .and_then(|it| BASE64.decode(it.trim()).ok())
        .and_then(|it| Checksum::new(ChecksumAlgorithm::Md5, &it));
    md5.map_or_else(Checksums::new, Checksums::from)
}

/// What the headers of an answer to a write tell.
pub(crate) fn outcome(headers: &HeaderMap) -> PutOutcome {
    let mut outcome = PutOutcome::default();
    outcome.etag = etag(headers);
    outcome.version = version(headers);
    service_fields(headers, &mut outcome.service_fields);
    outcome
}
