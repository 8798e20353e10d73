//! `opendal`, as its documentation uses it. It never signs content.

use std::ops::Range;

use bench_kit::{Arguments, Bytes, Result, Source, Store};
use futures_util::TryStreamExt as _;
use opendal::Operator;
use opendal::services::S3;

struct Peer(Operator);

impl Store for Peer {
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<u64> {
        let reader = self.0.reader(key).await?;
        let mut body = match range {
            Some(range) => reader.into_bytes_stream(range).await?,
            None => reader.into_bytes_stream(..).await?,
        };
        let mut total = 0;
        while let Some(chunk) = body.try_next().await? {
            total += chunk.len() as u64;
        }
        Ok(total)
    }

    async fn get_small(&self, key: &str) -> Result<u64> {
        Ok(self.0.read(key).await?.len() as u64)
    }

    async fn put_small(&self, key: &str, data: Bytes) -> Result<()> {
        self.0.write(key, data).await?;
        Ok(())
    }

    async fn put(&self, key: &str, source: Source, part: usize, at_once: usize) -> Result<()> {
        let mut writer = self.0.writer_with(key).chunk(part).concurrent(at_once).await?;
        for chunk in source {
            writer.write(chunk).await?;
        }
        writer.close().await?;
        Ok(())
    }

    async fn list(&self) -> Result<u64> {
        let mut entries = self.0.lister_with("").recursive(true).await?;
        let mut found = 0;
        while let Some(entry) = entries.try_next().await? {
            found += u64::from(entry.metadata().is_file());
        }
        Ok(found)
    }
}

fn main() -> Result<()> {
    bench_kit::run(std::env::args().skip(1), async |arguments: &Arguments| {
        let service = S3::default()
            .endpoint(&arguments.endpoint)
            .region("us-east-1")
            .bucket(&arguments.bucket)
            .access_key_id("AKIDEXAMPLE")
            .secret_access_key("secretsecretsecret")
            .disable_config_load();
        let operator = Operator::new(service)?;
        let Some(path) = &arguments.ca else { return Ok(Peer(operator)) };
        let certificate = reqwest::Certificate::from_pem(&std::fs::read(path)?)?;
        let client = reqwest::Client::builder().tls_certs_merge([certificate]).build()?;
        let transport = opendal_http_transport_reqwest::ReqwestTransport::new(client);
        let context = operator.context().with_http_transport(opendal::HttpTransporter::new(transport));
        Ok(Peer(operator.with_context(context)))
    })
}
