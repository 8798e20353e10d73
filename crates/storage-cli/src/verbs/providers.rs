//! `storage providers`: every store that is known.

use clap::Args;
use serde_json::{Value, json};
use storage::{KNOWN, Known, Storage, normalize};

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::facts::{facts, groups};

/// Lists every provider that is known, which of them this build opens, and what they can do.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Only those that this build opens.
    #[arg(long)]
    available: bool,
    /// Shows what each one can do, as far as it says so without a connection.
    #[arg(long, short)]
    long: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let named = chosen(&arguments.ids)?;
    if !context.output.json {
        context.output.text(&format!("{:<24} {:<22} {:<11} {}", "ID", "PROTOCOL", "AVAILABLE", "ALSO"))?;
    }
    for known in named {
        let available = context.registry.provider(known.id).is_ok();
        if !arguments.available || available {
            show(known, available, arguments.long, context).await?;
        }
    }
    Ok(())
}

/// The rows that are meant: all, or those of the ids in their order.
fn chosen(ids: &[String]) -> Result<Vec<&'static Known>> {
    if ids.is_empty() {
        return Ok(KNOWN.iter().collect());
    }
    let find = |id: &String| {
        let found = KNOWN.iter().find(|it| it.names().any(|name| normalize(name) == normalize(id)));
        found.ok_or_else(|| {
            let message = format!("no provider has the id `{}`", storage::Escaped(id));
            Failure::new(Exit::NotFound, message).with_hint("`storage providers` lists all")
        })
    };
    ids.iter().map(find).collect()
}

async fn show(known: &Known, available: bool, long: bool, context: &Context) -> Result<()> {
    // The protocol is there, or only its feature is off, or it is yet to be written.
    let state = match (available, known.protocol.is_built()) {
        (true, _) => "yes",
        (false, true) => "feature off",
        (false, false) => "not yet",
    };
    let line =
        format!("{:<24} {:<22} {state:<11} {}", known.id, known.protocol.title(), known.aliases.join(", "));
    let opened = if available && (long || context.output.json) { open(known, context) } else { None };
    let mut value = json!({
        "type": "provider", "id": known.id, "aliases": known.aliases, "protocol": known.protocol.title(),
        "feature": known.protocol.feature(), "built": known.protocol.is_built(), "available": available,
    });
    if context.output.json
        && let Ok((provider, _)) = context.registry.provider(known.id)
        && let Some(fields) = value.as_object_mut()
    {
        let capabilities = match &opened {
            Some(storage) => capabilities(storage).await,
            None => Value::Null,
        };
        fields.insert("capabilities".to_owned(), capabilities);
        fields.insert("settings".to_owned(), json!(provider.keys));
    }
    context.output.result(value, || line.trim_end().to_owned())?;
    if let (Some(storage), false) = (opened, context.output.json) {
        for (name, value) in facts(&storage).await {
            context.output.result((), || format!("  {name:<10} {value}"))?;
        }
    }
    Ok(())
}

/// Opens a provider without settings, where it needs none to say what it can do; nothing is sent.
fn open(known: &Known, context: &Context) -> Option<Storage> {
    let settings = [("root", crate::location::default_root().unwrap_or_default())];
    let settings = settings.into_iter().filter(|_| known.id == "local");
    context.registry.open(known.id, settings).ok()
}

/// What a provider can do, as far as it says so without a connection.
async fn capabilities(storage: &Storage) -> Value {
    let driver = storage.driver();
    let Ok(it) = driver.capabilities(None).await else { return Value::Null };
    let mut value = json!({
        "put_if_absent": it.put_if_absent, "put_if_match": it.put_if_match, "delete_if_match": it.delete_if_match,
        "ordered_listing": it.ordered_listing, "server_copy": it.server_copy, "max_object_bytes": it.max_object_bytes,
        "max_put_bytes": it.max_put_bytes, "max_key_bytes": it.max_key_bytes,
        "max_metadata_bytes": it.max_metadata_bytes, "storage_classes": it.storage_classes,
        "checksums": it.checksums.iter().map(|it| it.name()).collect::<Vec<_>>(),
        "acls": it.acls.iter().map(|it| it.name()).collect::<Vec<_>>(),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(groups(driver).into_iter().map(|(name, has)| (name.to_owned(), has.into())));
    }
    value
}
