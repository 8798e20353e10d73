//! The conformance cases, pointed at this provider.

#![cfg(test)]

use async_trait::async_trait;
use storage_core::{Result, Storage};
use storage_skeleton::SkeletonConfig;
use storage_testkit::conformance::{self, Harness};

struct Server;

#[async_trait]
impl Harness for Server {
    fn name(&self) -> &str {
        "skeleton"
    }

    async fn open(&self) -> Result<Storage> {
        SkeletonConfig::new().endpoint("http://127.0.0.1:1").open()
    }
}

#[tokio::test]
async fn the_contract_is_kept() {
    conformance::run(Server).await.assert_green();
}
