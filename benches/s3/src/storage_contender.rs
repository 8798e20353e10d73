//! This library as a contender.

use std::ops::Range;

use bench_kit::{Arguments, Bytes, Result, Source, Store};
use futures_util::stream;
use storage::Container;
use storage::s3::S3Config;

struct Own(Container);

impl Store for Own {
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<u64> {
        let get = self.0.object(key)?.get();
        let mut body = match range {
            Some(range) => get.range(range).await?,
            None => get.await?,
        };
        let mut total = 0;
        while let Some(chunk) = body.next().await {
            total += chunk?.len() as u64;
        }
        Ok(total)
    }

    async fn get_small(&self, key: &str) -> Result<u64> {
        Ok(self.0.object(key)?.get().bytes().await?.len() as u64)
    }

    async fn put_small(&self, key: &str, data: Bytes) -> Result<()> {
        self.0.object(key)?.put(data).await?;
        Ok(())
    }

    async fn put(&self, key: &str, source: Source, part: usize, at_once: usize) -> Result<()> {
        let chunks = stream::iter(source.map(Ok::<_, std::io::Error>));
        self.0.object(key)?.upload_stream(chunks).part_size(part as u64).concurrency(at_once).await?;
        Ok(())
    }

    async fn list(&self) -> Result<u64> {
        let mut entries = self.0.list();
        let mut found = 0;
        while let Some(entry) = entries.next().await {
            drop(entry?);
            found += 1;
        }
        Ok(found)
    }
}

/// Does one workload.
pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<()> {
    bench_kit::run(words, async |arguments: &Arguments| {
        let mut config = S3Config::new()
            .endpoint(arguments.endpoint.clone())
            .region("us-east-1")
            .path_style(true)
            .access_key_id("AKIDEXAMPLE")
            .secret_access_key("secretsecretsecret");
        if arguments.unsigned {
            config = config.unsigned_payload(true);
        }
        if let Some(path) = &arguments.ca {
            config.http.ca = Some(std::fs::read_to_string(path)?);
        }
        Ok(Own(config.open()?.container(&arguments.bucket)?))
    })
}
