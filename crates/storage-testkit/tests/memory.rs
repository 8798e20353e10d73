//! The memory driver keeps every promise of the contract that it can be asked.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_driver_keeps_the_contract() {
    conformance::run(Memory).await.assert_green();
}
