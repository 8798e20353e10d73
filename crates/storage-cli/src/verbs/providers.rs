//! `storage providers`: every store that is known.

use clap::Args;
use serde_json::json;
use storage::{KNOWN, Known};

use crate::context::Context;
use crate::exit::Result;

/// Lists every provider that is known, and which of them this build opens.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only those that this build opens.
    #[arg(long)]
    available: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    if !context.output.json {
        context.output.text(&format!("{:<24} {:<22} {:<10} {}", "ID", "PROTOCOL", "AVAILABLE", "ALSO"))?;
    }
    for known in KNOWN {
        let available = context.registry.provider(known.id).is_ok();
        if arguments.available && !available {
            continue;
        }
        show(known, available, context).await?;
    }
    Ok(())
}

async fn show(known: &Known, available: bool, context: &Context) -> Result<()> {
    let yes = if available { "yes" } else { "no" };
    let line =
        format!("{:<24} {:<22} {yes:<10} {}", known.id, known.protocol.title(), known.aliases.join(", "));
    let mut value = json!({
        "type": "provider", "id": known.id, "aliases": known.aliases, "protocol": known.protocol.title(),
        "feature": known.protocol.feature(), "available": available,
    });
    if context.output.json
        && available
        && let Some(fields) = value.as_object_mut()
    {
        fields.insert("capabilities".to_owned(), capabilities(known, context).await);
        if let Ok((provider, _)) = context.registry.provider(known.id) {
            fields.insert("settings".to_owned(), json!(provider.keys));
        }
    }
    context.output.result(value, || line.trim_end().to_owned())
}

/// What a provider can do, as far as it says so without a connection.
async fn capabilities(known: &Known, context: &Context) -> serde_json::Value {
    let settings = [("root", crate::location::default_root().unwrap_or_default())];
    let settings = settings.into_iter().filter(|_| known.id == "local");
    let Ok(storage) = context.registry.open(known.id, settings) else { return serde_json::Value::Null };
    let driver = storage.driver();
    let Ok(it) = driver.capabilities(None).await else { return serde_json::Value::Null };
    json!({
        "put_if_absent": it.put_if_absent, "put_if_match": it.put_if_match, "delete_if_match": it.delete_if_match,
        "ordered_listing": it.ordered_listing, "server_copy": it.server_copy, "max_object_bytes": it.max_object_bytes,
        "max_key_bytes": it.max_key_bytes, "max_metadata_bytes": it.max_metadata_bytes,
        "checksums": it.checksums.iter().map(|it| it.name()).collect::<Vec<_>>(),
        "multipart": driver.multipart().is_some(), "presign": driver.presign().is_some(),
        "versions": driver.versions().is_some(), "tags": driver.tags().is_some(), "acl": driver.acl().is_some(),
        "website": driver.website().is_some(), "public_url": driver.public_url().is_some(),
        "rename": driver.rename().is_some(), "incomplete_uploads": driver.incomplete_uploads().is_some(),
    })
}
