//! The command `storage`: one command line over every object store.

mod arguments;
mod config;
mod context;
mod exit;
mod location;
mod output;
mod progress;
mod signals;
mod stdin;
mod transfer;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match arguments::parse() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    context::run(cli).into()
}
