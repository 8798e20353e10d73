//! This library as a contender, whatever the provider.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream;
use storage::Container;

use crate::{Result, Source, Store};

/// A container, used as the documentation of the library shows.
#[derive(Debug)]
pub struct Own(pub Container);

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
