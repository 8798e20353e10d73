//! What the tests of this folder share.
#![allow(dead_code, clippy::unwrap_used, reason = "helpers of tests, not all of which every file needs")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use storage_core::{Container, Storage};
use storage_local::{Durability, LocalConfig};
use tempfile::TempDir;

/// A store in a directory that goes with it.
pub(crate) struct Store {
    pub(crate) directory: TempDir,
    pub(crate) storage: Storage,
}

impl Store {
    pub(crate) fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage = open(directory.path());
        Self { directory, storage }
    }

    /// Makes the container `c`.
    pub(crate) async fn container(&self) -> Container {
        let container = self.storage.container("c").unwrap();
        container.create().await.unwrap();
        container
    }

    /// Returns a path below the container `c`.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join("c").join(below)
    }
}

/// Opens a store that does not wait for the device, which no test of the process can tell.
pub(crate) fn open(root: &Path) -> Storage {
    LocalConfig::new(root).durability(Durability::None).open().unwrap()
}

pub(crate) async fn keys(container: &Container) -> Vec<String> {
    let listed: Vec<_> = container.list().try_collect::<Vec<_>>().await.unwrap();
    listed.iter().map(|it| it.name().as_str().to_owned()).collect()
}

/// Names the files that a write has left in `%staging` of a container.
pub(crate) fn left_over(container: &Path) -> Vec<String> {
    match std::fs::read_dir(container.join("%staging")) {
        Ok(entries) => entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => Vec::new(),
    }
}

/// Starts this test binary once more, for a test that only works when it is told to.
pub(crate) fn child(test: &str, told: &[(&str, &str)]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.envs(told.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}
