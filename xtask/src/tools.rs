//! Programs that the checks need, installed below `target/tools` and kept there.

use std::path::PathBuf;

use crate::shell::{Result, Run};
use crate::workspace::Workspace;

/// A program from the registry.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2" };

/// Every program that `cargo xtask test` installs before it starts.
pub(crate) const ALL: &[Tool] = &[DENY];

impl Tool {
    /// Returns the path of the program, and installs it unless this version is there.
    pub(crate) fn ensure(&self, workspace: &Workspace) -> Result<PathBuf> {
        let root = workspace.target.join("tools");
        let binary = root.join("bin").join(format!("{}{}", self.package, std::env::consts::EXE_SUFFIX));
        if !self.is_installed(&binary) {
            println!("installing {} {} into {}", self.package, self.version, root.display());
            let package = format!("{}@{}", self.package, self.version);
            Run::cargo()
                // Built without optimisation: that takes half the time, and what it does takes a second.
                .args(["install", "--locked", "--quiet", "--force", "--debug", "--root"])
                .args([root.as_os_str()])
                .args([package])
                .status()?;
        }
        Ok(binary)
    }

    fn is_installed(&self, binary: &PathBuf) -> bool {
        let shown =
            binary.is_file().then(|| Run::program(binary).args(["--version"]).output().ok()).flatten();
        shown.is_some_and(|it| it.split_whitespace().any(|word| word == self.version))
    }
}
