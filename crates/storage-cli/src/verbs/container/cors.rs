//! `storage container cors`: which pages of other sites may read a container.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Deserializer, Value, json};
use storage::Escaped;
use storage::groups::CorsRule;

use super::super::unreadable;
use crate::arguments::parse_duration;
use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::shown;
use crate::output::{count, human_time};

/// Shows and replaces the rules for pages of other sites (CORS).
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the rules; what --json prints can be given to `set --rules`.
    Get {
        /// The container.
        location: String,
    },
    /// Replaces all rules: by the one that the flags make, or by those of a file.
    Set {
        /// The container.
        location: String,
        #[command(flatten)]
        rule: Flags,
        /// A file with rules as JSON, one after the other or in a list; `-` is standard input.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["origin", "method", "header", "expose", "max_age"])]
        rules: Option<String>,
    },
    /// Removes all rules.
    Rm {
        /// The container.
        location: String,
    },
}

#[derive(Args)]
struct Flags {
    /// An origin, such as https://example.com, or `*`; may be given again.
    #[arg(long, value_name = "ORIGIN", required_unless_present = "rules")]
    origin: Vec<String>,
    /// A method; GET and HEAD unless given; may be given again.
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
    /// A header that pages may send; may be given again.
    #[arg(long, value_name = "NAME")]
    header: Vec<String>,
    /// A header that pages may see; may be given again.
    #[arg(long, value_name = "NAME")]
    expose: Vec<String>,
    /// How long browsers may keep the answer.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_age: Option<Duration>,
}

/// A rule as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    origins: Vec<String>,
    methods: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    expose: Vec<String>,
    #[serde(default)]
    max_age_seconds: Option<u64>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => {
            let rules = super::container(&location, context)?.cors().await?;
            rules.iter().try_for_each(|rule| show(rule, context))
        }
        What::Set { location, rule, rules } => {
            let container = super::container(&location, context)?;
            let rules = match rules {
                Some(path) => read(&path)?,
                None => vec![rule.into()],
            };
            container.set_cors(&rules).await?;
            let many = count(rules.len() as u64, "rule", "rules");
            context.note(&format!("{} has {many} for other sites now", Escaped(shown(&location))));
            Ok(())
        }
        What::Rm { location } => {
            super::container(&location, context)?.set_cors(&[]).await?;
            context.note(&format!("{} has no rules for other sites any more", Escaped(shown(&location))));
            Ok(())
        }
    }
}

impl From<Flags> for CorsRule {
    fn from(flags: Flags) -> Self {
        let mut rule = Self::default();
        rule.origins = flags.origin;
        rule.methods = match flags.method.is_empty() {
            true => vec!["GET".to_owned(), "HEAD".to_owned()],
            false => flags.method.iter().map(|it| it.to_ascii_uppercase()).collect(),
        };
        rule.headers = flags.header;
        rule.expose = flags.expose;
        rule.max_age = flags.max_age;
        rule
    }
}

fn read(path: &str) -> Result<Vec<CorsRule>> {
    let mut text = String::new();
    let read = match path {
        "-" => std::io::stdin().read_to_string(&mut text),
        path => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|error| unreadable(Path::new(path), error))?;
    let rules = parse(&text).map_err(|error| {
        const FORM: &str = r#"[{"origins": ["*"], "methods": ["GET"], "max_age_seconds": 60}]"#;
        let message = format!("the rules in `{}` can't be read", Escaped(path));
        Failure::usage(message).with_source(error).with_hint(format!("write them as {FORM}"))
    })?;
    match rules.is_empty() {
        true => Err(Failure::usage(format!("`{}` holds no rule", Escaped(path)))
            .with_hint("to remove all rules use `storage container cors rm`")),
        false => Ok(rules),
    }
}

/// Reads rules that follow one another, or lists of them.
fn parse(text: &str) -> serde_json::Result<Vec<CorsRule>> {
    let mut rules = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        let values = match value? {
            Value::Array(values) => values,
            value => vec![value],
        };
        for mut value in values {
            // What `get` prints says of itself what it is.
            if let Some(fields) = value.as_object_mut() {
                fields.remove("type");
            }
            rules.push(Rule::deserialize(value)?.into());
        }
    }
    Ok(rules)
}

impl From<Rule> for CorsRule {
    fn from(it: Rule) -> Self {
        let mut rule = Self::default();
        rule.origins = it.origins;
        rule.methods = it.methods;
        rule.headers = it.headers;
        rule.expose = it.expose;
        rule.max_age = it.max_age_seconds.map(Duration::from_secs);
        rule
    }
}

fn show(rule: &CorsRule, context: &Context) -> Result<()> {
    let value = json!({
        "type": "cors", "origins": rule.origins, "methods": rule.methods, "headers": rule.headers,
        "expose": rule.expose, "max_age_seconds": rule.max_age.map(|it| it.as_secs()),
    });
    context.output.result(value, || line(rule))
}

fn line(rule: &CorsRule) -> String {
    let mut line = format!("{} from {}", rule.methods.join(","), rule.origins.join(" "));
    for (word, names) in [("sends", &rule.headers), ("sees", &rule.expose)] {
        if !names.is_empty() {
            line += &format!("; {word} {}", names.join(","));
        }
    }
    if let Some(time) = rule.max_age {
        line += &format!("; kept {}", human_time(time));
    }
    line
}
