//! `aws-sdk-s3`, as its documentation uses it.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use bench_kit::{Arguments, Bytes, Error, Result, Source, Store};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

struct Peer {
    client: Client,
    bucket: String,
}

impl Store for Peer {
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<u64> {
        let range = range.map(|it| format!("bytes={}-{}", it.start, it.end - 1));
        let get = self.client.get_object().bucket(&self.bucket).key(key).set_range(range);
        let mut body = get.send().await?.body;
        let mut total = 0;
        while let Some(chunk) = body.try_next().await? {
            total += chunk.len() as u64;
        }
        Ok(total)
    }

    async fn get_small(&self, key: &str) -> Result<u64> {
        let body = self.client.get_object().bucket(&self.bucket).key(key).send().await?.body;
        Ok(body.collect().await?.into_bytes().len() as u64)
    }

    async fn put_small(&self, key: &str, data: Bytes) -> Result<()> {
        self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(data)).send().await?;
        Ok(())
    }

    async fn put(&self, key: &str, source: Source, part: usize, at_once: usize) -> Result<()> {
        let (client, bucket) = (&self.client, &self.bucket);
        let created = client.create_multipart_upload().bucket(bucket).key(key).send().await?;
        let id = created.upload_id().ok_or("the answer has no id of an upload")?;
        let parts: Vec<CompletedPart> = stream::iter((1..).zip(gathered(source, part)))
            .map(|(number, body)| {
                let put = client.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
                async move {
                    let done = put.body(ByteStream::from(body)).send().await?;
                    let part = CompletedPart::builder().part_number(number).set_e_tag(done.e_tag);
                    Ok::<_, Error>(part.set_checksum_crc32(done.checksum_crc32).build())
                }
            })
            .buffered(at_once)
            .try_collect()
            .await?;
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = client.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
        complete.multipart_upload(all).send().await?;
        Ok(())
    }

    async fn list(&self) -> Result<u64> {
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).into_paginator().send();
        let mut found = 0;
        while let Some(page) = pages.next().await {
            found += page?.contents().len() as u64;
        }
        Ok(found)
    }
}

/// Gathers chunks into parts; one has to be one buffer for the SDK to send it twice.
fn gathered(source: Source, part: usize) -> impl Iterator<Item = Bytes> {
    let mut source = source.peekable();
    std::iter::from_fn(move || {
        source.peek()?;
        let mut whole = Vec::with_capacity(part);
        while whole.len() < part {
            let Some(chunk) = source.next() else { break };
            whole.extend_from_slice(&chunk);
        }
        Some(whole.into())
    })
}

fn main() -> Result<()> {
    bench_kit::run(std::env::args().skip(1), async |arguments: &Arguments| {
        let mut config = Builder::new()
            .behavior_version_latest()
            .endpoint_url(&arguments.endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secretsecretsecret", None, None, "bench"))
            .force_path_style(true);
        if let Some(path) = &arguments.ca {
            let trust = TrustStore::empty().with_pem_certificate(std::fs::read(path)?);
            let context = TlsContext::builder().with_trust_store(trust).build()?;
            let http = aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context);
            config = config.http_client(http.build_https());
        }
        Ok(Peer { client: Client::from_conf(config.build()), bucket: arguments.bucket.clone() })
    })
}
