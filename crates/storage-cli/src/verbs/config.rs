//! `storage config`: remotes under names of one's own.

use clap::{Args, Subcommand};
use serde_json::json;
use storage::normalize;

use crate::arguments::parse_pair;
use crate::config::Remote;
use crate::context::Context;
use crate::exit::{Failure, Result};

/// Shows and changes the file with the remotes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints where the file is.
    Path,
    /// Prints the remotes; what may be a secret is masked.
    Show,
    /// Sets a remote: `storage config set photos provider=local root=/srv/photos`.
    Set {
        /// Its name.
        name: String,
        /// Its provider and settings.
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_pair)]
        settings: Vec<(String, String)>,
    },
    /// Removes a remote.
    Remove {
        /// Its name.
        name: String,
    },
}

pub(crate) fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let mut config = context.config.clone();
    match arguments.what {
        What::Path => {
            let path = config.path.to_string_lossy().into_owned();
            context.output.result(json!({ "type": "path", "path": path }), || path.clone())
        }
        What::Show => {
            for (name, settings) in config.shown() {
                context.output.result(
                    json!({ "type": "remote", "name": name, "settings": settings }),
                    || {
                        let settings: Vec<_> =
                            settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
                        format!("{name}: {}", settings.join(" "))
                    },
                )?;
            }
            Ok(())
        }
        What::Set { name, settings } => {
            let remote = remote(&name, settings, context)?;
            config.change(&name, Some(remote))
        }
        What::Remove { name } => config.change(&name, None),
    }
}

fn remote(name: &str, settings: Vec<(String, String)>, context: &Context) -> Result<Remote> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    if name.len() < 2 || !name.bytes().all(plain) {
        return Err(Failure::usage("a remote has a name of two or more letters, digits, `-` and `_`"));
    }
    let mut settings: std::collections::BTreeMap<_, _> =
        settings.into_iter().map(|(key, value)| (normalize(&key), value)).collect();
    let provider = settings.remove("provider").ok_or_else(|| {
        Failure::usage("`provider` is missing").with_hint("`storage providers` lists what can stand there")
    })?;
    // A setting that the provider does not know is told now and not at the first use.
    context.registry.open(&provider, settings.iter())?;
    Ok(Remote { provider, settings })
}
