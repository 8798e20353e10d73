//! `storage stat`: what is known of an object, container or file.

use clap::Args;
use serde_json::{Value, json};
use storage::{ContainerInfo, ObjectInfo};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::unreadable;
use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::Location;

/// Shows what is known of objects, containers and files.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to look at.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    for word in &arguments.locations {
        let value = match Location::parse(word, context)? {
            Location::Stdio => return Err(Failure::usage("`-` is a stream, of which nothing is known")),
            Location::Files(path) => {
                let meta = path.symlink_metadata().map_err(|error| unreadable(&path, error))?;
                file(&path, &meta)
            }
            Location::Store(place) if place.key.is_empty() => container(&place.container()?.info().await?),
            Location::Store(place) => object(&place.object()?.head().await?),
        };
        show(&value, context)?;
    }
    Ok(())
}

fn show(value: &Value, context: &Context) -> Result<()> {
    if context.output.json {
        return context.output.result(value, String::new);
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (field, value) in fields {
                    line(&format!("{name}.{field}"), value, context)?;
                }
            }
            value => line(name, value, context)?,
        }
    }
    Ok(())
}

fn line(name: &str, value: &Value, context: &Context) -> Result<()> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // One line for each thing that is known, whatever stands in it.
    context.output.text(&format!("{name:<20} {}", storage::Escaped(&text)))
}

fn object(info: &ObjectInfo) -> Value {
    let checksums: serde_json::Map<_, _> =
        info.checksums.iter().map(|it| (it.algorithm().name().to_owned(), hex(it.value()).into())).collect();
    let metadata: serde_json::Map<_, _> =
        info.metadata.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "type": "object",
        "key": info.key.as_str(),
        "size": info.size,
        "etag": info.etag.as_ref().map(|it| it.as_str()),
        "checksums": checksums,
        "content_type": info.content_type,
        "content_encoding": info.content_encoding,
        "content_disposition": info.content_disposition,
        "content_language": info.content_language,
        "cache_control": info.cache_control,
        "created": info.created.map(rfc3339),
        "last_modified": info.last_modified.map(rfc3339),
        "storage_class": info.storage_class,
        "version": info.version.as_ref().map(|it| it.as_str()),
        "metadata": metadata,
        "service_fields": info.service_fields,
    })
}

fn container(info: &ContainerInfo) -> Value {
    let metadata: serde_json::Map<_, _> =
        info.metadata.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "type": "container",
        "name": info.name.as_str(),
        "created": info.created.map(rfc3339),
        "modified": info.modified.map(rfc3339),
        "region": info.region,
        "objects": info.object_count,
        "bytes": info.total_bytes,
        "metadata": metadata,
        "service_fields": info.service_fields,
    })
}

fn file(path: &std::path::Path, meta: &std::fs::Metadata) -> Value {
    let kind = match meta.file_type() {
        it if it.is_file() => "file",
        it if it.is_dir() => "directory",
        it if it.is_symlink() => "symlink",
        _ => "special",
    };
    json!({
        "type": kind,
        "path": path.to_string_lossy(),
        "size": meta.len(),
        "last_modified": meta.modified().ok().map(|it| rfc3339(it.into())),
    })
}

/// Writes a time as in RFC 3339.
pub(super) fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// Writes bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
