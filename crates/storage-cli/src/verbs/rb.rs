//! `storage rb`: removes empty containers.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::{Location, shown};

/// Removes containers that are empty.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The containers, such as local://photos.
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    for word in &arguments.containers {
        let place = Location::parse(word, context)?.store("what is removed")?;
        if !place.key.is_empty() {
            return Err(Failure::usage(format!(
                "`{}` is no container; to delete objects use `storage rm`",
                shown(word)
            )));
        }
        let container = place.container()?;
        container.delete().await?;
        let shown = place.shown();
        context
            .output
            .result(json!({ "type": "removed", "container": container.name().as_str() }), || {
                format!("removed {shown}")
            })?;
    }
    Ok(())
}
