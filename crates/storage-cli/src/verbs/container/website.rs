//! `storage container website`: the documents of a static site.

use clap::{Args, Subcommand};
use serde_json::json;
use storage::groups::WebsiteConfig;
use storage::{Container, ErrorKind, Escaped};

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::shown;

/// Serves a container as a static website; to upload one as well use `storage website deploy`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the documents and the address.
    Get {
        /// The container.
        location: String,
    },
    /// Makes the container a website and prints its address.
    Set {
        /// The container.
        location: String,
        /// The document of a directory.
        #[arg(long, value_name = "NAME", default_value = "index.html")]
        index: String,
        /// The document for what is not there.
        #[arg(long, value_name = "KEY")]
        error: Option<String>,
    },
    /// Stops serving the container as a website.
    Rm {
        /// The container.
        location: String,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => {
            let container = super::container(&location, context)?;
            let Some(config) = container.website_config().await? else {
                let message = format!("`{}` is no website", Escaped(shown(&location)));
                let hint =
                    format!("make it one: `storage container website set {}`", Escaped(shown(&location)));
                return Err(Failure::new(Exit::NotFound, message).with_hint(hint));
            };
            show(&config, url(&container).await?.as_deref(), context)
        }
        What::Set { location, index, error } => {
            let container = super::container(&location, context)?;
            let mut config = WebsiteConfig::new(index);
            config.error = error;
            container.website(&config).await?;
            show(&config, url(&container).await?.as_deref(), context)
        }
        What::Rm { location } => {
            super::container(&location, context)?.remove_website().await?;
            context.note(&format!("{} is no website any more", Escaped(shown(&location))));
            Ok(())
        }
    }
}

/// The address of a website; none where only whoever runs the service knows it.
pub(crate) async fn url(container: &Container) -> Result<Option<String>> {
    match container.website_url().await {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        other => Ok(Some(other?)),
    }
}

fn show(config: &WebsiteConfig, url: Option<&str>, context: &Context) -> Result<()> {
    let value = json!({ "type": "website", "url": url, "index": config.index, "error": config.error });
    context.output.result(value, || {
        let error = config.error.as_ref().map(|it| format!("\nerror {it}")).unwrap_or_default();
        let url = url.unwrap_or("not known; ask whoever runs the service");
        format!("url   {url}\nindex {}{error}", config.index)
    })
}
