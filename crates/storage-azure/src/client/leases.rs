//! Calls about leases, snapshots and tiers.

use http::{HeaderMap, HeaderValue, Method};
use storage_core::{ContainerName, Idempotency, Key, ObjectRef, PutOutcome, Result};
use storage_http::headers::{owned, set};
use storage_http::{Answer, Failure, Request};

use crate::client::Client;
use crate::client::blobs::written;
use crate::client::proven;
use crate::names;

/// What a lease is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leased<'a> {
    Container(&'a ContainerName),
    Blob(ObjectRef<'a>),
}

impl Client {
    /// Acts on a lease: [Lease Blob](https://learn.microsoft.com/rest/api/storageservices/lease-blob) and
    /// [Lease Container](https://learn.microsoft.com/rest/api/storageservices/lease-container). Returns its id and, of one
    /// that is broken, the seconds it still holds.
    pub(crate) async fn lease(
        &self,
        what: Leased<'_>,
        action: &'static str,
        headers: HeaderMap,
    ) -> Result<(Option<String>, Option<u64>)> {
        let mut request = match what {
            Leased::Container(name) => {
                self.container("LeaseContainer", Method::PUT, name, "comp=lease&restype=container")
            }
            Leased::Blob(it) => self.blob("LeaseBlob", Method::PUT, it.container, it.key, "comp=lease"),
        };
        // A lease that was had by an attempt whose answer was lost is in the way of the next one, unless the id was given.
        let named = headers.contains_key(&names::PROPOSED_LEASE_ID);
        if action == "acquire" && !named {
            request.idempotency = Idempotency::Never;
        }
        // The second one finds no lease.
        if action == "release" {
            request.idempotency = Idempotency::VerifyState;
        }
        request.headers.extend(headers);
        request.headers.insert(names::ACTION, HeaderValue::from_static(action));
        self.send(request, |answer| {
            proven(answer)?;
            let left = answer.header("x-ms-lease-time").and_then(storage_http::headers::number);
            Ok((owned(&answer.headers, &names::LEASE_ID), left))
        })
        .await
    }

    /// Keeps a blob as it is now: [Snapshot Blob](https://learn.microsoft.com/rest/api/storageservices/snapshot-blob).
    pub(crate) async fn snapshot_blob(&self, target: ObjectRef<'_>, headers: HeaderMap) -> Result<String> {
        let mut request =
            self.blob("SnapshotBlob", Method::PUT, target.container, target.key, "comp=snapshot");
        request.headers.extend(headers);
        self.send(request, |answer| {
            proven(answer)?;
            owned(&answer.headers, &names::SNAPSHOT)
                .ok_or_else(|| Failure::unexpected("the answer does not name the snapshot"))
        })
        .await
    }

    /// Moves a blob to another tier: [Set Blob Tier](https://learn.microsoft.com/rest/api/storageservices/set-blob-tier).
    pub(crate) async fn set_tier(
        &self,
        target: ObjectRef<'_>,
        tier: &str,
        priority: Option<&'static str>,
    ) -> Result<()> {
        let mut request = self.blob("SetBlobTier", Method::PUT, target.container, target.key, "comp=tier");
        set(&mut request.headers, names::ACCESS_TIER, tier)?;
        if let Some(priority) = priority {
            request.headers.insert("x-ms-rehydrate-priority", HeaderValue::from_static(priority));
        }
        self.send(request, proven).await
    }

    /// Brings back what was deleted, where the account keeps that for a while:
    /// [Undelete Blob](https://learn.microsoft.com/rest/api/storageservices/undelete-blob).
    pub(crate) async fn undelete_blob(&self, container: &ContainerName, key: &Key) -> Result<()> {
        let request = self.blob("UndeleteBlob", Method::PUT, container, key, "comp=undelete");
        self.send(request, proven).await
    }

    /// Sets until when a blob can't be deleted:
    /// [Set Blob Immutability Policy](https://learn.microsoft.com/rest/api/storageservices/set-blob-immutability-policy).
    pub(crate) async fn set_immutability(&self, target: ObjectRef<'_>, headers: HeaderMap) -> Result<()> {
        let query = "comp=immutabilityPolicies";
        let mut request =
            self.blob("SetBlobImmutabilityPolicy", Method::PUT, target.container, target.key, query);
        request.headers.extend(headers);
        self.send(request, proven).await
    }

    /// Keeps a blob from being deleted, or no longer:
    /// [Set Blob Legal Hold](https://learn.microsoft.com/rest/api/storageservices/set-blob-legal-hold).
    pub(crate) async fn set_legal_hold(&self, target: ObjectRef<'_>, hold: bool) -> Result<()> {
        let mut request =
            self.blob("SetBlobLegalHold", Method::PUT, target.container, target.key, "comp=legalhold");
        set(&mut request.headers, names::LEGAL_HOLD, if hold { "true" } else { "false" })?;
        self.send(request, proven).await
    }

    /// Sends a request that writes, whose answer names the new entity tag.
    pub(crate) async fn write(&self, request: Request) -> Result<PutOutcome> {
        self.send(request, written).await
    }

    /// Sends a request that writes at a place, and returns that place with the outcome.
    pub(crate) async fn write_at(&self, request: Request) -> Result<(u64, PutOutcome)> {
        self.send(request, |answer: &Answer| {
            let at = answer.header(names::APPEND_OFFSET.as_str()).and_then(storage_http::headers::number);
            let at =
                at.ok_or_else(|| Failure::unexpected("the answer does not say where the content went"))?;
            Ok((at, written(answer)?))
        })
        .await
    }
}
