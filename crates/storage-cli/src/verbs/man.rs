//! `storage man`: the manual page.

use clap::Args;

use crate::arguments;
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};

/// Prints the manual page of the command or of a verb: `storage man cp | man -l -`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The verb, and what is below it: `container cors`.
    #[arg(value_name = "VERB")]
    verbs: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, context: &Context) -> Result<()> {
    let mut command = arguments::command();
    command.build();
    for verb in &arguments.verbs {
        command = command.find_subcommand(verb).cloned().ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("there is no verb `{}`", arguments.verbs.join(" ")))
        })?;
    }
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::new(Exit::SomeFailed, "can't write the page").with_source(error))?;
    context.output.bytes(&page)
}
