//! `storage website`: a directory becomes a static site.

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;
use storage::groups::WebsiteConfig;
use storage::{CannedAcl, Container, Escaped};
use storage_transfer::{TransferOptions, Tree, copy};

use super::{make_in_memory, unreadable};
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, Place};
use crate::transfer::{self, PutFlags, TransferFlags};

/// Publishes static websites.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Deploy(Box<Deploy>),
}

/// Uploads a directory with the right types, makes the container a website and prints its address.
///
/// What the target has and the directory has not stays where it is. A store that serves no websites, or has no access
/// lists, gets the files and says so.
#[derive(Args)]
struct Deploy {
    /// The directory.
    directory: String,
    /// The container, such as s3://www.example.com.
    target: String,
    /// The document of a directory.
    #[arg(long, value_name = "NAME", default_value = "index.html")]
    index: String,
    /// The document for what is not there; 404.html if the directory has one.
    #[arg(long, value_name = "KEY")]
    error: Option<String>,
    /// Lets anybody read the container and all that is uploaded.
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    transfer: TransferFlags,
    #[command(flatten)]
    put: PutFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let What::Deploy(it) = arguments.what;
    let Location::Files(directory) = Location::parse(&it.directory, context)? else {
        return Err(Failure::usage("a website is made of a directory of ordinary files"));
    };
    let place = Location::parse(&it.target, context)?.store("the target of a website")?;
    if it.transfer.names()?.is_some() {
        return Err(Failure::usage("a website takes a whole directory; choose with --include and --exclude"));
    }
    let config = documents(&it, &directory)?;
    make_in_memory(&place).await?;
    let options = options(&it, &place, context).await?;
    let container = place.container()?;
    let copy = copy(Tree::directory(directory), Tree::prefix(container, place.prefix()));
    if it.transfer.dry_run {
        transfer::dry_run(copy.options(options).plan().await?, context).await?;
        let line = json!({
            "type": "website", "container": container.name().as_str(), "index": config.index, "error": config.error,
            "public": it.public,
        });
        return context.output.text(&line.to_string());
    }
    let report = transfer::run(copy, options, context).await?;
    // A site with holes is not put in the place of a whole one.
    transfer::judge(&report, false)?;
    context.guard(publish(&it, &place, &config, context)).await
}

/// The documents of the site, which must be there.
fn documents(arguments: &Deploy, directory: &Path) -> Result<WebsiteConfig> {
    let meta = directory.metadata().map_err(|error| unreadable(directory, error))?;
    if !meta.is_dir() {
        return Err(Failure::usage(format!("`{}` is no directory", Escaped(&arguments.directory))));
    }
    let mut config = WebsiteConfig::new(&arguments.index);
    match &arguments.error {
        Some(error) => config.error = Some(error.clone()),
        None => config.error = directory.join("404.html").is_file().then(|| "404.html".to_owned()),
    }
    let named = [("--index", Some(&config.index)), ("--error", config.error.as_ref())];
    for (flag, name) in named.into_iter().filter_map(|(flag, name)| Some((flag, name?))) {
        if !directory.join(name).is_file() {
            let message = format!("`{}` holds no file `{}`", Escaped(&arguments.directory), Escaped(name));
            return Err(
                Failure::new(Exit::NotFound, message).with_hint(format!("name another one with {flag}"))
            );
        }
    }
    Ok(config)
}

/// Options of the upload; where single objects can be made public, they are.
async fn options(arguments: &Deploy, place: &Place, context: &Context) -> Result<TransferOptions> {
    let mut options = arguments.transfer.options(context)?;
    options.put = arguments.put.options(place, context)?;
    if arguments.public {
        let name = place.container()?.name();
        let known = place.storage.driver().capabilities(Some(name)).await?;
        let put = options.put.get_or_insert_default();
        if put.acl.is_none() && known.acls.contains(&CannedAcl::PublicRead) {
            put.acl = Some(CannedAcl::PublicRead);
        }
    }
    Ok(options)
}

/// Makes the container what was asked for, as far as the store can, and prints where it is.
async fn publish(arguments: &Deploy, place: &Place, config: &WebsiteConfig, context: &Context) -> Result<()> {
    let (container, driver) = (place.container()?, place.storage.driver());
    let id = &place.storage.provider().id;
    let public = arguments.public && driver.acl().is_some();
    if public {
        container.set_canned_acl(CannedAcl::PublicRead).await?;
    } else if arguments.public {
        context.note(&format!("{id} has no access lists: who may read is left as it is"));
    }
    let website = driver.website().is_some();
    if website {
        // Documents of the site stand at the top of the container, wherever the target is.
        let mut config = config.clone();
        config.error = config.error.map(|it| format!("{}{it}", place.prefix()));
        container.website(&config).await?;
    } else {
        context.note(&format!("{id} has no static websites: the files are there, and that is all"));
    }
    let url = address(container, place, config, website).await?;
    if website && url.is_none() {
        context.note(&format!("it is a website now; only whoever runs {id} knows its address"));
    }
    let value = json!({
        "type": "website", "url": url, "website": website, "public": public, "index": config.index,
        "error": config.error,
    });
    context.output.result(value, || url.clone().unwrap_or_else(|| place.shown()))
}

/// The address of the site, else that of its first document, else none.
async fn address(
    container: &Container,
    place: &Place,
    config: &WebsiteConfig,
    website: bool,
) -> Result<Option<String>> {
    if website {
        let url = super::container::website::url(container).await?;
        return Ok(url.map(|url| match &*place.prefix() {
            "" => url,
            prefix => format!("{}/{}", url.trim_end_matches('/'), encoded(prefix)),
        }));
    }
    if place.storage.driver().public_url().is_none() {
        return Ok(None);
    }
    let index = container.object(format!("{}{}", place.prefix(), config.index))?;
    Ok(Some(index.public_url().await?))
}

/// A prefix as it stands in an address.
fn encoded(prefix: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let each = prefix.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    each.collect()
}
