//! `storage mb`: makes containers.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::exit::Result;
use crate::location::Location;

/// Makes containers.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The containers, such as local://photos.
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
    /// Where the service shall keep them.
    #[arg(long)]
    region: Option<String>,
    /// Succeeds for a container that exists.
    #[arg(long)]
    if_missing: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    for word in &arguments.containers {
        let place = Location::parse(word, context)?.store("what is made")?;
        let container = place.container()?;
        let mut create = match arguments.if_missing {
            true => container.create_if_missing(),
            false => container.create(),
        };
        if let Some(region) = &arguments.region {
            create = create.region(region);
        }
        create.await?;
        let shown = place.shown();
        context.output.result(json!({ "type": "made", "container": container.name().as_str() }), || {
            format!("made {shown}")
        })?;
    }
    Ok(())
}
