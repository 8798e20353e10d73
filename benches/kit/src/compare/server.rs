//! The server, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Result;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    ca: Option<(tempfile::TempDir, PathBuf)>,
}

impl Server {
    /// Starts one on the second core, of this program, which has to serve when its first word says so.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(options: &[&str], tls: bool) -> Result<Self> {
        let ca = match tls {
            true => {
                let dir = tempfile::tempdir()?;
                let path = dir.path().join("ca.pem");
                Some((dir, path))
            }
            false => None,
        };
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").args(options).args(["--core", "1"]);
        if let Some((_, path)) = &ca {
            command.arg("--ca").arg(path);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        match line.trim().parse() {
            Ok(port) => Ok(Self { child, port, ca }),
            Err(_) => {
                child.wait()?;
                Err("the server did not start".into())
            }
        }
    }

    /// Returns the arguments that lead a contender here.
    pub fn arguments(&self) -> Vec<String> {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        let mut words = vec!["--endpoint".to_owned(), format!("{scheme}://127.0.0.1:{}", self.port)];
        if let Some((_, path)) = &self.ca {
            words.extend(["--ca".to_owned(), path.display().to_string()]);
        }
        words
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input, which waiting closes.
        drop(self.child.wait());
    }
}
