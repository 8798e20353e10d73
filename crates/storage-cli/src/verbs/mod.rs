//! The verbs, one file each.

mod backup;
mod bench;
mod cat;
mod check;
mod completion;
mod config;
mod container;
mod cp;
mod doctor;
mod du;
mod hash;
mod ls;
mod man;
mod mb;
mod meta;
mod mv;
mod presign;
mod providers;
mod put;
mod rb;
mod restore;
mod rm;
mod stat;
mod tag;
mod uploads;
mod versions;
mod website;

use std::path::Path;

use clap::Subcommand;
use storage::Escaped;

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::Place;

/// What the command can do.
#[derive(Subcommand)]
pub(crate) enum Verb {
    Ls(ls::Arguments),
    Cp(cp::Arguments),
    Mv(mv::Arguments),
    Rm(rm::Arguments),
    Cat(cat::Arguments),
    Put(put::Arguments),
    Stat(stat::Arguments),
    Du(du::Arguments),
    Mb(mb::Arguments),
    Rb(rb::Arguments),
    Hash(hash::Arguments),
    Check(check::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Presign(presign::Arguments),
    Meta(meta::Arguments),
    Tag(tag::Arguments),
    Versions(versions::Arguments),
    Uploads(uploads::Arguments),
    Container(container::Arguments),
    Website(website::Arguments),
    Doctor(doctor::Arguments),
    Bench(bench::Arguments),
    Providers(providers::Arguments),
    Config(config::Arguments),
    Completion(completion::Arguments),
    Man(man::Arguments),
}

/// Runs a verb.
pub(crate) async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Ls(it) => context.guard(ls::run(it, context)).await,
        Verb::Cp(it) => cp::run(it, context).await,
        Verb::Mv(it) => mv::run(it, context).await,
        Verb::Rm(it) => context.guard(rm::run(it, context)).await,
        Verb::Cat(it) => context.guard(cat::run(it, context)).await,
        Verb::Put(it) => put::run(it, context).await,
        Verb::Stat(it) => context.guard(stat::run(it, context)).await,
        Verb::Du(it) => context.guard(du::run(it, context)).await,
        Verb::Mb(it) => context.guard(mb::run(it, context)).await,
        Verb::Rb(it) => context.guard(rb::run(it, context)).await,
        Verb::Hash(it) => context.guard(hash::run(it, context)).await,
        Verb::Check(it) => context.guard(check::run(it, context)).await,
        Verb::Backup(it) => backup::run(it, context).await,
        Verb::Restore(it) => restore::run(it, context).await,
        Verb::Presign(it) => context.guard(presign::run(it, context)).await,
        Verb::Meta(it) => context.guard(meta::run(it, context)).await,
        Verb::Tag(it) => context.guard(tag::run(it, context)).await,
        Verb::Versions(it) => context.guard(versions::run(it, context)).await,
        Verb::Uploads(it) => context.guard(uploads::run(it, context)).await,
        Verb::Container(it) => context.guard(container::run(it, context)).await,
        Verb::Website(it) => website::run(it, context).await,
        Verb::Doctor(it) => context.guard(doctor::run(it, context)).await,
        Verb::Bench(it) => bench::run(it, context).await,
        Verb::Providers(it) => context.guard(providers::run(it, context)).await,
        Verb::Config(it) => config::run(it, context),
        Verb::Completion(it) => completion::run(&it, context),
        Verb::Man(it) => man::run(&it, context),
    }
}

/// A file that can't be read, with the code that fits.
fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        std::io::ErrorKind::PermissionDenied => Exit::NotPermitted,
        _ => Exit::SomeFailed,
    };
    Failure::new(exit, format!("can't read `{}`", Escaped(&path.to_string_lossy()))).with_source(error)
}

/// Makes the container in a store in memory, if the place names one.
async fn make_in_memory_if_named(place: &Place) -> Result<()> {
    if place.container.is_some() { make_in_memory(place).await } else { Ok(()) }
}

/// Makes the container in a store in memory: such a store is empty whenever the command starts.
async fn make_in_memory(place: &Place) -> Result<()> {
    if place.storage.provider().scheme == "memory" {
        place.container()?.create_if_missing().await?;
    }
    Ok(())
}
