//! Calls about the blocks of block blobs.

use http::{HeaderMap, Method};
use storage_core::{ChecksumMode, Checksums, Idempotency, ObjectRef, Operation, Payload, PutOutcome, Result};
use storage_http::Patience;

use crate::client::Client;
use crate::client::blobs::{push, written};
use crate::client::proven;
use crate::protect::{confirm, protect};
use crate::wire;
use crate::wire::block_list::BlockList;

impl Client {
    /// Sends a block: [Put Block](https://learn.microsoft.com/rest/api/storageservices/put-block).
    ///
    /// Sending a block of the same id again replaces it, so the request counts as idempotent.
    pub(crate) async fn put_block(
        &self,
        target: ObjectRef<'_>,
        id: &str,
        headers: HeaderMap,
        payload: Payload,
        mode: ChecksumMode,
    ) -> Result<Checksums> {
        let mut query = String::from("comp=block");
        push(&mut query, "blockid", id);
        let mut request = self
            .blob("PutBlock", Method::PUT, target.container, target.key, &query)
            .operation(Operation::PutPart, false)
            .payload(payload);
        request.headers.extend(headers);
        // What the caller expects is about the whole object.
        let known = protect(&mut request, mode, &Checksums::new(), false, self.http.runtime()).await?;
        self.send(request, |answer| {
            proven(answer)?;
            confirm(answer, &known)?;
            Ok(known.clone())
        })
        .await
    }

    /// Joins blocks: [Put Block List](https://learn.microsoft.com/rest/api/storageservices/put-block-list).
    pub(crate) async fn put_block_list(
        &self,
        target: ObjectRef<'_>,
        ids: &[String],
        headers: HeaderMap,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut request = self
            .blob("PutBlockList", Method::PUT, target.container, target.key, "comp=blocklist")
            .patience(Patience::Long)
            .payload(wire::block_list::write(ids));
        request.idempotency = idempotency;
        request.headers.extend(headers);
        let (mode, expected) = (ChecksumMode::Auto, Checksums::new());
        // The checksum is that of the document.
        let known = protect(&mut request, mode, &expected, false, self.http.runtime()).await?;
        self.send(request, |answer| {
            confirm(answer, &known)?;
            written(answer)
        })
        .await
    }

    /// Lists blocks: [Get Block List](https://learn.microsoft.com/rest/api/storageservices/get-block-list).
    pub(crate) async fn get_block_list(&self, target: ObjectRef<'_>) -> Result<BlockList> {
        let query = "blocklisttype=all&comp=blocklist";
        let request = self.blob("GetBlockList", Method::GET, target.container, target.key, query);
        self.read(request, |body| wire::block_list::parse(body)).await
    }
}
