//! The chores of this workspace: `cargo xtask COMMAND`. One file for each command.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod api;
mod bench;
mod ci;
mod conformance;
mod demo;
mod deny;
mod new_provider;
mod outside;
mod release;
mod servers;
mod shell;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use crate::shell::Result;

struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        usage: "",
        about: "install what is needed, then run every check",
        run: test::run,
    },
    Command {
        name: "ci",
        usage: "[--only PHASE]... [--skip PHASE]... [--keep-going] [--list]",
        about: "run every check",
        run: ci::run,
    },
    Command {
        name: "tidy",
        usage: "",
        about: "check sizes, crate graph and forbidden words",
        run: tidy::run,
    },
    Command { name: "demo", usage: "", about: "back up, check and restore a real directory", run: demo::run },
    Command { name: "api", usage: "[--bless]", about: "compare the public API with docs/api", run: api::run },
    Command {
        name: "deny",
        usage: "",
        about: "check licences, bans and sources of dependencies",
        run: deny::run,
    },
    Command {
        name: "outside",
        usage: "",
        about: "build a stranger's project from the packages",
        run: outside::run,
    },
    Command {
        name: "conformance",
        usage: "[--check] [--full | --servers NAME,NAME] [--live [PROVIDER]] [--vendor NAME] [--filter TEXT]",
        about: "run the conformance tests of every provider and write docs/conformance.md",
        run: conformance::run,
    },
    Command {
        name: "new-provider",
        usage: "NAME",
        about: "write the skeleton of a provider crate",
        run: new_provider::run,
    },
    Command {
        name: "servers",
        usage: "[list | install | start | check | env | stop] [NAME]... [--port N] [--max-seconds N] [--set KNOB=VALUE]",
        about: "install, start and stop test servers below target/servers",
        run: servers::run,
    },
    Command { name: "bench", usage: "[NAME [ARGUMENT]...]", about: "run a benchmark", run: bench::run },
    Command {
        name: "release",
        usage: "[--dry-run]",
        about: "check versions, changelog and packages, in the order of publishing",
        run: release::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os(api::AS_RUSTDOC).is_some() {
        return finish("rustdoc", api::rustdoc(&arguments));
    }
    let Some((name, rest)) = arguments.split_first() else {
        return usage();
    };
    let Some(command) = COMMANDS.iter().find(|it| it.name == name) else {
        return usage();
    };
    finish(name, (command.run)(rest))
}

fn finish(name: &str, result: Result) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask COMMAND\n");
    for it in COMMANDS {
        eprintln!("  {:<14}{}", it.name, it.about);
        if !it.usage.is_empty() {
            eprintln!("  {:<14}{}", "", it.usage);
        }
    }
    ExitCode::from(2)
}
