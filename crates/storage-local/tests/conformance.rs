//! The local driver keeps every promise of the contract that it can be asked, wherever attributes are kept.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use storage_core::{Result, Storage};
use storage_local::{AttributeStore, Durability, LocalConfig};
use storage_testkit::conformance::{self, Harness};
use tempfile::TempDir;

struct Local {
    attributes: AttributeStore,
    durability: Durability,
    root: TempDir,
}

impl Local {
    fn new(attributes: AttributeStore, durability: Durability) -> Self {
        Self { attributes, durability, root: tempfile::tempdir().unwrap() }
    }
}

#[async_trait::async_trait]
impl Harness for Local {
    fn name(&self) -> &str {
        "local"
    }

    async fn open(&self) -> Result<Storage> {
        LocalConfig::new(self.root.path()).attributes(self.attributes).durability(self.durability).open()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_driver_keeps_the_contract() {
    conformance::run(Local::new(AttributeStore::Auto, Durability::Durable)).await.assert_green();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_driver_keeps_the_contract_with_sidecars() {
    conformance::run(Local::new(AttributeStore::Sidecar, Durability::None)).await.assert_green();
}
