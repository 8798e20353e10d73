//! Servers for as long as some tests take.

use std::path::PathBuf;

use super::install::{may_install, obstacle};
use super::launch::Wishes;
use super::row::Server;
use super::rows::find;
use super::{environment, home, install, is_running, start, stop};
use crate::shell::Result;
use crate::workspace::Workspace;

/// Servers that run; those that were started for it stop with it.
pub(crate) struct Session {
    place: PathBuf,
    all: Vec<&'static Server>,
    started: Vec<&'static Server>,
}

impl Session {
    /// Installs servers. Says why this machine can't have them; where packages may be installed, that is an error.
    pub(crate) fn install(workspace: &Workspace, names: &[&str]) -> Result<Option<String>> {
        let place = workspace.target.join("servers");
        let servers = find(names)?;
        if let Some(reason) = servers.iter().find_map(|it| obstacle(it)) {
            return Ok(Some(reason));
        }
        match servers.into_iter().try_for_each(|it| install(it, &place)) {
            Err(error) if !may_install() => Ok(Some(error.to_string())),
            other => other.map(|()| None),
        }
    }

    /// Installs servers and starts those that do not run.
    pub(crate) fn start(workspace: &Workspace, names: &[impl AsRef<str>]) -> Result<Self> {
        let place = workspace.target.join("servers");
        let mut session = Self { place, all: find(names)?, started: Vec::new() };
        for server in session.all.clone() {
            install(server, &session.place)?;
        }
        for server in session.all.clone() {
            if !is_running(server, &session.place) {
                // Before it starts, so that one that fails half-way is stopped as well.
                session.started.push(server);
                start(server, &session.place, &Wishes::default())?;
            }
        }
        Ok(session)
    }

    /// Has another client try them.
    pub(crate) fn check(&self) -> Result {
        super::check(&self.place, &self.all)
    }

    /// Returns the variables that tests find the servers by.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        environment(&self.place, &self.all)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for server in self.started.iter().rev() {
            if let Err(error) = stop(server, &self.place) {
                println!(
                    "`{}` does not stop: {error}; its logs are in {}",
                    server.name,
                    home(server, &self.place).display()
                );
            }
        }
    }
}
