//! What handles check before anything is sent.

use crate::capabilities::Capabilities;
use crate::checksum::ChecksumAlgorithm;
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Key, VersionId};
use crate::options::{ChecksumMode, ListQuery, Metadata, PutOptions, WriteCondition, check_header};
use crate::provider::ProviderInfo;

/// Checks a key against the limits of the store.
pub(crate) fn check_key(key: &Key, it: &Capabilities) -> Result<()> {
    if key.len() > it.max_key_bytes {
        return Err(invalid(format!(
            "the key has {} bytes, but the store takes at most {}",
            key.len(),
            it.max_key_bytes
        )));
    }
    if it.max_key_units < key.len() && key.encode_utf16().count() > it.max_key_units {
        let most = it.max_key_units;
        return Err(invalid(format!("the key has more than the {most} characters that the store takes")));
    }
    if let Some(problem) = (it.key_rule)(key) {
        return Err(invalid(format!("the store would keep the object under another key: {problem}")));
    }
    if !it.key_line_breaks && key.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(invalid("the key holds a line break, which the store does not take".into()));
    }
    Ok(())
}

/// Checks the options of a write against what the store can do.
pub(crate) fn check_put(options: &PutOptions, it: &Capabilities, provider: &ProviderInfo) -> Result<()> {
    check_condition(&options.condition, it, provider)?;
    check_content(options)?;
    check_metadata(&options.metadata, it)?;
    let bytes = options.metadata.byte_len();
    if bytes > it.max_metadata_bytes {
        return Err(invalid(format!(
            "the metadata has {bytes} bytes, but the store takes at most {}",
            it.max_metadata_bytes
        )));
    }
    if !options.tag.is_empty() && !it.put_tags {
        return Err(unsupported(provider, "tags that are set by a put"));
    }
    if options.storage_class.is_some() && !it.storage_classes {
        return Err(unsupported(provider, "storage classes"));
    }
    if let Some(acl) = options.acl.filter(|acl| !it.acls.contains(acl)) {
        let known: Vec<_> = it.acls.iter().map(|it| it.name()).collect();
        return Err(match known.as_slice() {
            [] => unsupported(provider, "canned ACLs"),
            _ => invalid(format!("the store has no ACL `{}`; it takes {}", acl.name(), known.join(", "))),
        });
    }
    if let ChecksumMode::Algorithm(algorithm) = options.checksum {
        check_algorithm(algorithm, it, provider)?;
    }
    Ok(())
}

/// Checks metadata against what the store keeps.
pub(crate) fn check_metadata(metadata: &Metadata, it: &Capabilities) -> Result<()> {
    for (name, value) in metadata.iter() {
        if let Some(problem) = (it.metadata_rule)(name, value) {
            return Err(invalid(format!("the metadata `{name}` can't be kept: {problem}")));
        }
    }
    Ok(())
}

/// Checks the condition of a write.
pub(crate) fn check_condition(
    condition: &WriteCondition,
    it: &Capabilities,
    provider: &ProviderInfo,
) -> Result<()> {
    match condition {
        WriteCondition::IfAbsent if !it.put_if_absent => {
            Err(unsupported(provider, "writes that need an absent object"))
        }
        WriteCondition::IfMatch(_) if !it.put_if_match => {
            Err(unsupported(provider, "writes that need a known ETag"))
        }
        _ => Ok(()),
    }
}

/// Checks that a version is asked for only where there are any: a store without them would give the newest instead.
pub(crate) fn check_version(
    version: Option<&VersionId>,
    it: &Capabilities,
    driver: &dyn Driver,
) -> Result<()> {
    match version {
        Some(_) if !it.read_versions && driver.versions().is_none() => {
            Err(unsupported(driver.provider(), "versions of objects"))
        }
        _ => Ok(()),
    }
}

/// Checks a list of extra headers.
pub(crate) fn check_headers(headers: &[(String, String)]) -> Result<()> {
    headers.iter().try_for_each(|(name, value)| check_header("header", name, value))
}

/// Checks the texts of a listing.
pub(crate) fn check_query(query: &ListQuery) -> Result<()> {
    let texts = [("prefix", &query.prefix), ("delimiter", &query.delimiter), ("start", &query.start_after)];
    if let Some((name, _)) =
        texts.iter().find(|(_, text)| text.as_deref().is_some_and(|it| it.contains('\0')))
    {
        return Err(invalid(format!("the {name} of a listing can't hold a NUL character")));
    }
    if query.delimiter.as_deref() == Some("") {
        return Err(invalid("a delimiter can't be empty; leave it out to list every key".into()));
    }
    if query.limit == Some(0) {
        return Err(invalid("a page of 0 entries can't be asked for".into()));
    }
    Ok(())
}

fn check_content(options: &PutOptions) -> Result<()> {
    options.metadata.check()?;
    check_headers(&options.headers)?;
    let headers = [
        ("content-type", &options.content_type),
        ("content-encoding", &options.content_encoding),
        ("content-disposition", &options.content_disposition),
        ("content-language", &options.content_language),
        ("cache-control", &options.cache_control),
        ("storage-class", &options.storage_class),
        ("nonce", &options.nonce),
    ];
    headers
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .try_for_each(|(name, value)| check_header("header", name, value))
}

fn check_algorithm(algorithm: ChecksumAlgorithm, it: &Capabilities, provider: &ProviderInfo) -> Result<()> {
    if it.checksums.contains(&algorithm) {
        return Ok(());
    }
    Err(unsupported(provider, &format!("checksum {algorithm} on upload")))
}

fn unsupported(provider: &ProviderInfo, feature: &str) -> Error {
    Error::unsupported(provider.id.clone(), feature)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
