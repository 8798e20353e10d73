//! Programs that hand out credentials.

use std::ffi::OsString;
use std::io::ErrorKind as IoKind;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::{Either, select};
use storage_core::{Error, ErrorKind, Result, Runtime, Secret};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::answer::LIMIT_BYTES;

/// A program that prints credentials, run without a shell, for a limited time and with limited output.
#[derive(Clone, Debug)]
pub struct Program {
    /// How messages call it, such as ``the program of `credential_process` ``.
    pub title: &'static str,
    /// Its name or path.
    pub program: OsString,
    /// What it is given.
    pub arguments: Vec<OsString>,
    /// How long it may take.
    pub limit: Duration,
}

impl Program {
    /// Runs it to its end and returns what it prints; `None` when there is no such program.
    ///
    /// # Errors
    /// `Configuration` when it can't be started or fails, and `Timeout`. Nothing that it prints is shown.
    ///
    /// # Cancel safety
    /// The program is ended with the future.
    pub async fn output(&self, runtime: &dyn Runtime) -> Result<Option<Secret<Vec<u8>>>> {
        match select(std::pin::pin!(self.run()), runtime.sleep(self.limit)).await {
            Either::Left((output, _)) => output,
            // Dropping the work ends the program.
            Either::Right(_) => {
                let message = format!("{} took longer than {} seconds", self.title, self.limit.as_secs());
                Err(Error::new(ErrorKind::Timeout, message))
            }
        }
    }

    async fn run(&self) -> Result<Option<Secret<Vec<u8>>>> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "there is no tokio runtime to work on; call this inside one",
            ));
        }
        let mut child = match self.command().spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == IoKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("can't be started").with_source(Error::from_io(error))),
        };
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let read = stdout.take(LIMIT_BYTES as u64 + 1).read_to_end(&mut output).await;
            read.map_err(|_| self.failed("broke off in what it prints"))?;
        }
        let output = Secret::new(output);
        if output.expose().len() > LIMIT_BYTES {
            return Err(self.failed("prints far more than credentials"));
        }
        let status = child.wait().await.map_err(|_| self.failed("can't be waited for"))?;
        match status.code() {
            Some(0) => Ok(Some(output)),
            Some(code) => Err(self.failed(&format!("fails with status {code}; run it by hand to see why"))),
            None => Err(self.failed("was ended by a signal")),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it complains about may hold secrets as well.
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn failed(&self, what: &str) -> Error {
        Error::new(ErrorKind::Configuration, format!("{} {what}", self.title))
    }
}
