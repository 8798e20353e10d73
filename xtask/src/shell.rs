//! Programs that commands run, and the arguments that commands take.

use std::error::Error;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The result of every command: what went wrong is for a person to read.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A program that is about to run.
pub(crate) struct Run(Command);

impl Run {
    /// Prepares cargo, the same that runs this program.
    pub(crate) fn cargo() -> Self {
        Self::program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn program(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(name);
        // Set by the cargo that runs this program; the ones below start afresh.
        for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PRIMARY_PACKAGE"] {
            command.env_remove(name);
        }
        Self(command)
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn directory(mut self, path: &Path) -> Self {
        self.0.current_dir(path);
        self
    }

    /// Runs it with the terminal of this program.
    pub(crate) fn status(mut self) -> Result {
        println!("$ {}", self.shown());
        let status = self.0.status().map_err(|error| format!("`{}` can't be run: {error}", self.shown()))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", self.shown()).into()) }
    }

    /// Runs it and returns what it printed.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self.0.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("`{}` can't be run: {error}", self.shown()))?;
        if !output.status.success() {
            return Err(format!("`{}` failed: {}", self.shown(), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Tells whether it can be run and succeeds; shows nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.0.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    }

    fn shown(&self) -> String {
        let mut words =
            vec![Path::new(self.0.get_program()).file_name().unwrap_or_default().to_string_lossy()];
        words.extend(self.0.get_args().map(OsStr::to_string_lossy));
        words.join(" ")
    }
}

/// The arguments of a command, taken one by one; what is left over is an error.
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn new(arguments: &[String]) -> Self {
        Self(arguments.to_vec())
    }

    /// Takes a flag.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|it| it != name);
        self.0.len() < before
    }

    /// Takes the value behind a flag.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(at) = self.0.iter().position(|it| it == name) else { return Ok(None) };
        if at + 1 >= self.0.len() {
            return Err(format!("`{name}` needs a value").into());
        }
        self.0.remove(at);
        Ok(Some(self.0.remove(at)))
    }

    /// Takes every value of a flag that may come more than once.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let mut all = Vec::new();
        while let Some(value) = self.value(name)? {
            all.push(value);
        }
        Ok(all)
    }

    /// Takes the next word that is no flag.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.0.iter().position(|it| !it.starts_with('-'))?;
        Some(self.0.remove(at))
    }

    /// Ends the taking.
    pub(crate) fn end(self) -> Result {
        match self.0.first() {
            None => Ok(()),
            Some(it) => Err(format!("unknown argument `{it}`; `cargo xtask` lists the commands").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_one_by_one_and_nothing_is_ignored() {
        let all: Vec<String> =
            ["--only", "fmt", "name", "--check", "--only", "tidy"].map(String::from).into();
        let mut arguments = Arguments::new(&all);
        assert!(arguments.flag("--check"));
        assert_eq!(arguments.values("--only").unwrap(), ["fmt", "tidy"]);
        assert_eq!(arguments.word().as_deref(), Some("name"));
        arguments.end().unwrap();
        assert!(Arguments::new(&all).end().is_err());
        assert!(Arguments::new(&all[..1]).value("--only").is_err());
    }
}
