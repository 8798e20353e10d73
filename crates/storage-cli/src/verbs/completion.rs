//! `storage completion`: what shells complete.

use clap::Args;
use clap_complete::Shell;

use crate::arguments;
use crate::context::Context;
use crate::exit::Result;

/// Prints what a shell needs to complete the command: `storage completion bash > FILE`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, context: &Context) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "storage", &mut script);
    context.output.bytes(&script)
}
