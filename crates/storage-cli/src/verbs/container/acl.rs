//! `storage container acl`: who may do what.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use storage::groups::{Acl, Grantee, Permission};
use storage::{CannedAcl, Escaped};

use crate::arguments::parse_acl;
use crate::context::Context;
use crate::exit::Result;
use crate::location::{Location, Place, shown};

/// Shows and replaces the access list of a container or an object.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the owner and what is granted to others.
    Get {
        /// The container or object.
        location: String,
    },
    /// Replaces the list by one of the store's own, such as public-read.
    Set {
        /// The container or object.
        location: String,
        /// The list: private, public-read, public-read-write, authenticated-read, bucket-owner-read or
        /// bucket-owner-full-control; not every store has all.
        #[arg(value_name = "LIST", value_parser = parse_acl)]
        acl: CannedAcl,
    },
    /// Takes back what is granted: only the owner is left.
    Rm {
        /// The container or object.
        location: String,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => {
            let place = place(&location, context)?;
            let acl = match place.key.is_empty() {
                true => place.container()?.acl().await?,
                false => place.object()?.acl().await?,
            };
            show(&acl, context)
        }
        What::Set { location, acl } => set(&location, acl, context).await,
        What::Rm { location } => set(&location, CannedAcl::Private, context).await,
    }
}

fn place(word: &str, context: &Context) -> Result<Place> {
    Location::parse(word, context)?.store("what has an access list")
}

async fn set(word: &str, acl: CannedAcl, context: &Context) -> Result<()> {
    let place = place(word, context)?;
    match place.key.is_empty() {
        true => place.container()?.set_canned_acl(acl).await?,
        false => place.object()?.set_canned_acl(acl).await?,
    }
    context.note(&format!("{} is {} now", Escaped(shown(word)), acl.name()));
    Ok(())
}

fn show(acl: &Acl, context: &Context) -> Result<()> {
    if context.output.json {
        let grants: Vec<Value> = acl
            .grants
            .iter()
            .map(|it| {
                let (kind, name) = grantee(&it.grantee);
                json!({ "grantee": kind, "name": name, "permission": permission(it.permission) })
            })
            .collect();
        let value = json!({ "type": "acl", "owner": acl.owner, "grants": grants });
        return context.output.result(value, String::new);
    }
    if let Some(owner) = &acl.owner {
        context.output.result((), || format!("{:<10} owner {owner}", "full"))?;
    }
    acl.grants.iter().try_for_each(|it| {
        let (kind, name) = grantee(&it.grantee);
        let line = format!("{:<10} {kind} {}", permission(it.permission), name.unwrap_or_default());
        context.output.result((), || line.trim_end().to_owned())
    })
}

fn grantee(grantee: &Grantee) -> (&'static str, Option<&str>) {
    match grantee {
        Grantee::Account(id) => ("account", Some(id)),
        Grantee::Email(address) => ("email", Some(address)),
        Grantee::Everyone => ("everyone", None),
        Grantee::Authenticated => ("authenticated", None),
        Grantee::Named(name) => ("named", Some(name)),
        _ => ("other", None),
    }
}

fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "read",
        Permission::Write => "write",
        Permission::ReadAcl => "read-acl",
        Permission::WriteAcl => "write-acl",
        Permission::Full => "full",
        _ => "other",
    }
}
