//! What tests that span several providers share. The tests stand in `tests/`, and each one runs on every store.

use storage::{Container, NO_SETTINGS, Result, Storage};
use tempfile::TempDir;

/// A store of one provider, opened through the registry as an application does it.
pub struct Store {
    /// The id of the provider.
    pub id: &'static str,
    /// The storage.
    pub storage: Storage,
    // Kept, because the store is gone with it.
    _root: Option<TempDir>,
}

/// Opens an empty store of every provider that needs no server.
///
/// # Errors
/// What opening a store reports.
pub fn stores() -> Result<Vec<Store>> {
    let root = tempfile::tempdir()?;
    let local = storage::open("local", [("root", root.path().display().to_string())])?;
    Ok(vec![
        Store { id: "memory", storage: storage::open("memory", NO_SETTINGS)?, _root: None },
        Store { id: "local", storage: local, _root: Some(root) },
    ])
}

impl Store {
    /// Creates a container.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn container(&self, name: &str) -> Result<Container> {
        let container = self.storage.container(name)?;
        container.create().await?;
        Ok(container)
    }
}

/// The code in the documents is compiled and run.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/cookbook.md")]
    struct Cookbook;

    #[doc = include_str!("../../docs/azure.md")]
    struct Azure;

    #[doc = include_str!("../../docs/s3.md")]
    struct S3;

    #[doc = include_str!("../../docs/errors.md")]
    struct Errors;
}
