//! `storage container`: settings of containers, where the service has them.

mod acl;
mod cdn;
mod cors;
pub(super) mod website;

use clap::{Args, Subcommand};
use storage::{Container, Escaped};

use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::{Location, shown};

/// Shows and changes settings of containers: website, access list, rules for other sites, delivery network.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Website(website::Arguments),
    Acl(acl::Arguments),
    Cors(cors::Arguments),
    Cdn(cdn::Arguments),
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Website(it) => website::run(it, context).await,
        What::Acl(it) => acl::run(it, context).await,
        What::Cors(it) => cors::run(it, context).await,
        What::Cdn(it) => cdn::run(it, context).await,
    }
}

/// The container that a word names, and nothing in it.
fn container(word: &str, context: &Context) -> Result<Container> {
    let place = Location::parse(word, context)?.store("what is set up")?;
    match place.key.is_empty() {
        true => place.container().cloned(),
        false => Err(Failure::usage(format!("`{}` is no container", Escaped(shown(word))))),
    }
}
