//! `object_store`, as its documentation uses it.

use std::ops::Range;
use std::sync::Arc;

use bench_kit::{Arguments, Bytes, Result, Source, Store};
use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{Certificate, ClientOptions, GetOptions, ObjectStore as _, ObjectStoreExt as _};
use tokio::io::AsyncWriteExt as _;

struct Peer(Arc<AmazonS3>);

impl Store for Peer {
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<u64> {
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let mut body = self.0.get_opts(&Path::from(key), options).await?.into_stream();
        let mut total = 0;
        while let Some(chunk) = body.next().await {
            total += chunk?.len() as u64;
        }
        Ok(total)
    }

    async fn get_small(&self, key: &str) -> Result<u64> {
        Ok(self.0.get(&Path::from(key)).await?.bytes().await?.len() as u64)
    }

    async fn put_small(&self, key: &str, data: Bytes) -> Result<()> {
        self.0.put(&Path::from(key), data.into()).await?;
        Ok(())
    }

    async fn put(&self, key: &str, source: Source, part: usize, at_once: usize) -> Result<()> {
        let store: Arc<dyn object_store::ObjectStore> = Arc::clone(&self.0) as _;
        let mut writer = BufWriter::with_capacity(store, Path::from(key), part).with_max_concurrency(at_once);
        for chunk in source {
            writer.put(chunk).await?;
        }
        writer.shutdown().await?;
        Ok(())
    }

    async fn list(&self) -> Result<u64> {
        let mut entries = self.0.list(None);
        let mut found = 0;
        while let Some(entry) = entries.next().await {
            drop(entry?);
            found += 1;
        }
        Ok(found)
    }
}

fn main() -> Result<()> {
    bench_kit::run(std::env::args().skip(1), async |arguments: &Arguments| {
        let mut options = ClientOptions::new().with_allow_http(true).with_timeout_disabled();
        if let Some(path) = &arguments.ca {
            options = options.with_root_certificate(Certificate::from_pem(&std::fs::read(path)?)?);
        }
        let store = AmazonS3Builder::new()
            .with_endpoint(&arguments.endpoint)
            .with_region("us-east-1")
            .with_bucket_name(&arguments.bucket)
            .with_access_key_id("AKIDEXAMPLE")
            .with_secret_access_key("secretsecretsecret")
            .with_unsigned_payload(arguments.unsigned)
            .with_client_options(options)
            .build()?;
        Ok(Peer(Arc::new(store)))
    })
}
