//! The store in memory keeps the contract.

use storage_core::{Result, Storage};
use storage_testkit::conformance::{self, Harness};

struct Memory;

#[async_trait::async_trait]
impl Harness for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    async fn open(&self) -> Result<Storage> {
        Ok(storage_core::memory::open())
    }
}

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    conformance::run(Memory).await.assert_green();
}
