//! `storage container cdn`: the delivery network before a container.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use storage::Escaped;
use storage::groups::{CdnInfo, CdnOptions};

use crate::arguments::parse_duration;
use crate::context::Context;
use crate::exit::Result;
use crate::location::shown;
use crate::output::human_time;

/// Shows and switches the content delivery network.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints whether it is on, how long it keeps objects, and its addresses.
    Get {
        /// The container.
        location: String,
    },
    /// Switches it on and prints its addresses.
    Set {
        /// The container.
        location: String,
        /// How long it keeps objects.
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        ttl: Option<Duration>,
    },
    /// Switches it off.
    Rm {
        /// The container.
        location: String,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => show(&super::container(&location, context)?.cdn().await?, context),
        What::Set { location, ttl } => {
            let container = super::container(&location, context)?;
            let mut options = CdnOptions::new(true);
            options.ttl = ttl;
            container.set_cdn(&options).await?;
            show(&container.cdn().await?, context)
        }
        What::Rm { location } => {
            super::container(&location, context)?.set_cdn(&CdnOptions::new(false)).await?;
            context.note(&format!("{} has no delivery network any more", Escaped(shown(&location))));
            Ok(())
        }
    }
}

fn show(info: &CdnInfo, context: &Context) -> Result<()> {
    let urls: Map<String, Value> =
        info.urls.iter().map(|(name, url)| (name.clone(), url.as_str().into())).collect();
    let ttl = info.ttl.map(|it| it.as_secs());
    let value = json!({ "type": "cdn", "enabled": info.enabled, "ttl_seconds": ttl, "urls": urls });
    context.output.result(value, || {
        let kept = info.ttl.map(|it| format!(", keeps objects {}", human_time(it))).unwrap_or_default();
        let state = if info.enabled { "on" } else { "off" };
        let urls: String = info.urls.iter().map(|(name, url)| format!("\n{name} {url}")).collect();
        format!("{state}{kept}{urls}")
    })
}
