//! `storage presign`: a signed address for somebody without credentials.

use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Map, Value, json};
use storage::{VersionId, groups::PresignOptions};

use super::stat::rfc3339;
use crate::arguments::{parse_duration, parse_pair};
use crate::context::Context;
use crate::exit::Result;
use crate::location::Location;
use crate::output::human_time;

/// Prints a signed address: whoever has it may do one thing with one object until it expires.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The object, which need not exist.
    #[arg(value_name = "LOCATION")]
    location: String,
    /// What the address is good for.
    #[arg(long, value_name = "METHOD", default_value = "GET", ignore_case = true)]
    method: Verb,
    /// How long it is good.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_duration)]
    expires: Duration,
    /// A header that must be sent exactly so, such as content-type=image/png; may be given again.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    header: Vec<(String, String)>,
    /// A parameter of the query, such as response-content-disposition=attachment; may be given again.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    query: Vec<(String, String)>,
    /// The version that is read or deleted.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Verb {
    Get,
    Put,
    Delete,
    Head,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let Arguments { location, method, expires, header, query, version_id } = arguments;
    let object = Location::parse(&location, context)?.store("what is signed")?.object()?;
    let method = match method {
        Verb::Get => Method::GET,
        Verb::Put => Method::PUT,
        Verb::Delete => Method::DELETE,
        Verb::Head => Method::HEAD,
    };
    let mut options = PresignOptions::new(method, expires);
    options.headers = header;
    options.query = query;
    options.version = version_id.map(VersionId::from);
    let until = SystemTime::now().checked_add(expires).map(|it| rfc3339(it.into()));
    let signed = object.presign_with(&options).await?;
    let headers: Map<String, Value> =
        signed.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let value = json!({
        "type": "presigned", "method": signed.method.as_str(), "url": signed.url.expose(), "headers": headers,
        "expires": expires.as_secs(), "expires_at": until,
    });
    context.output.result(value, || signed.url.expose().clone())?;
    for (name, value) in &signed.headers {
        context.note(&format!("send with it: `{name}: {value}`"));
    }
    if context.global.verbose > 0 {
        context.note(&format!("good for {} and {}", signed.method, human_time(expires)));
    }
    Ok(())
}
