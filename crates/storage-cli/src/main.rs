//! The command `storage`: one command line over every object store.

mod arguments;
mod bandwidth;
mod config;
mod confirm;
mod context;
mod exit;
mod facts;
mod location;
mod output;
mod progress;
mod settings;
mod signals;
mod stdin;
#[cfg(test)]
mod tests;
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
