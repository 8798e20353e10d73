//! What only Azure has, for users of an Azure storage.

use std::ops::Range;
use std::time::Duration;

use http::HeaderMap;
use storage_core::{
    ChecksumAlgorithm, Container, Error, ErrorKind, GetOptions, Object, ObjectRef, Payload, PutOptions,
    PutOutcome, Result, Secret, Storage, VersionId, WriteCondition,
};
use storage_core::{Driver as _, Operation};
use storage_http::ended_as;
use storage_http::headers::{set, set_opt};
use time::OffsetDateTime;

use crate::client::blobs::SNAPSHOT_MARK;
use crate::client::leases::Leased;
use crate::client::lists::Markers;
use crate::config::ImmutabilityMode;
use crate::driver::{AzureDriver, conditioned};
use crate::headers;
use crate::names;

/// What only Azure has: leases, snapshots, append and page blobs, tiers, immutability.
///
/// ```no_run
/// # async fn example() -> storage_core::Result<()> {
/// use std::time::Duration;
/// use storage_azure::{Azure, AzureConfig, AzurePutOptions};
///
/// let storage = AzureConfig::new().account("acme").account_key("a2V5").open()?;
/// let report = storage.container("reports")?.object("2026.csv")?;
/// let azure = Azure::of(&storage)?;
/// let lease = azure.acquire_lease(&report, Some(Duration::from_secs(60)), None).await?;
/// report.put("a;b\n").extension(AzurePutOptions::new().lease_id(&lease)).await?;
/// azure.release_lease(&report, &lease).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Azure {
    storage: Storage,
}

/// What can be leased: an object, or a container against its deletion.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Leasable<'a> {
    /// An object: it can be neither written nor deleted without the lease.
    Object(&'a Object),
    /// A container: it can't be deleted without the lease.
    Container(&'a Container),
}

impl<'a> From<&'a Object> for Leasable<'a> {
    fn from(object: &'a Object) -> Self {
        Self::Object(object)
    }
}

impl<'a> From<&'a Container> for Leasable<'a> {
    fn from(container: &'a Container) -> Self {
        Self::Container(container)
    }
}

/// How soon an archived object is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RehydratePriority {
    /// Within 15 hours.
    Standard,
    /// Small ones within an hour, at a higher price.
    High,
}

impl Azure {
    /// Takes a storage that speaks Azure Blob.
    ///
    /// # Errors
    /// `Unsupported` when it speaks another protocol.
    pub fn of(storage: &Storage) -> Result<Self> {
        match storage.driver_as::<AzureDriver>() {
            Some(_) => Ok(Self { storage: storage.clone() }),
            None => Err(Error::unsupported(storage.provider().id.clone(), "features of Azure Blob")),
        }
    }

    /// Acquires a lease for 15 to 60 seconds, or without `duration` until it is released, and returns its id; `id` proposes
    /// one, a UUID, which makes the call safe to repeat:
    /// [Lease Blob](https://learn.microsoft.com/rest/api/storageservices/lease-blob).
    ///
    /// # Errors
    /// `PreconditionFailed` when somebody else holds one, `InvalidInput` for another duration.
    pub async fn acquire_lease<'a>(
        &self,
        what: impl Into<Leasable<'a>>,
        duration: Option<Duration>,
        id: Option<&str>,
    ) -> Result<String> {
        let seconds = match duration {
            None => "-1".to_owned(),
            Some(it) if (15..=60).contains(&it.as_secs()) => it.as_secs().to_string(),
            Some(_) => {
                let message = "a lease holds for 15 to 60 seconds, or until it is released";
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        };
        let mut set_headers = HeaderMap::new();
        set(&mut set_headers, names::LEASE_DURATION, &seconds)?;
        set_opt(&mut set_headers, names::PROPOSED_LEASE_ID, id)?;
        let (id, _) = self.lease(what.into(), "acquire", set_headers).await?;
        id.ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "the answer does not name the lease"))
    }

    /// Lets a lease begin again.
    ///
    /// # Errors
    /// `PreconditionFailed` when it has ended and the object was written since, or somebody else holds one.
    pub async fn renew_lease<'a>(&self, what: impl Into<Leasable<'a>>, lease: &str) -> Result<()> {
        self.lease(what.into(), "renew", held(lease)?).await.map(drop)
    }

    /// Gives a lease another id, a UUID, and returns it.
    ///
    /// # Errors
    /// `PreconditionFailed` when it is not the one that holds.
    pub async fn change_lease<'a>(
        &self,
        what: impl Into<Leasable<'a>>,
        lease: &str,
        to: &str,
    ) -> Result<String> {
        let mut set_headers = held(lease)?;
        set(&mut set_headers, names::PROPOSED_LEASE_ID, to)?;
        let (id, _) = self.lease(what.into(), "change", set_headers).await?;
        Ok(id.unwrap_or_else(|| to.to_owned()))
    }

    /// Ends a lease.
    ///
    /// # Errors
    /// `PreconditionFailed` when it is not the one that holds.
    pub async fn release_lease<'a>(&self, what: impl Into<Leasable<'a>>, lease: &str) -> Result<()> {
        match self.lease(what.into(), "release", held(lease)?).await {
            // An attempt whose answer was lost has ended it.
            Err(error) if ended_as(&error, ErrorKind::PreconditionFailed) => Ok(()),
            done => done.map(drop),
        }
    }

    /// Ends a lease without knowing its id, after at most `period`, and returns how long it still holds.
    ///
    /// # Errors
    /// `PreconditionFailed` when there is none.
    pub async fn break_lease<'a>(
        &self,
        what: impl Into<Leasable<'a>>,
        period: Option<Duration>,
    ) -> Result<Duration> {
        let mut set_headers = HeaderMap::new();
        let seconds = period.map(|it| it.as_secs().min(60).to_string());
        set_opt(&mut set_headers, names::LEASE_BREAK_PERIOD, seconds.as_deref())?;
        let (_, left) = self.lease(what.into(), "break", set_headers).await?;
        Ok(Duration::from_secs(left.unwrap_or_default()))
    }

    /// Keeps an object as it is now, and returns by which version it is read:
    /// [Snapshot Blob](https://learn.microsoft.com/rest/api/storageservices/snapshot-blob).
    ///
    /// # Errors
    /// `ObjectNotFound`, and those of any request.
    pub async fn snapshot(&self, object: &Object) -> Result<VersionId> {
        let snapshot = self.driver()?.client.snapshot_blob(target(object), HeaderMap::new()).await?;
        Ok(VersionId::new(format!("{SNAPSHOT_MARK}{snapshot}")))
    }

    /// Lists the snapshots of an object, the oldest first.
    ///
    /// # Errors
    /// Those of a listing.
    pub async fn snapshots(&self, object: &Object) -> Result<Vec<VersionId>> {
        let driver = self.driver()?;
        let (name, key) = (object.container().name(), object.key());
        let (mut all, mut next, mut markers) = (Vec::new(), None, Markers::default());
        loop {
            let page = driver.client.list_items(name, "snapshots", Some(key), None, next.as_ref()).await?;
            let found = page.items.into_iter().filter(|it| it.entry.key == *key);
            all.extend(
                found.filter_map(|it| it.snapshot).map(|it| VersionId::new(format!("{SNAPSHOT_MARK}{it}"))),
            );
            match page.next {
                Some(token) => {
                    markers.check(&token)?;
                    next = Some(token);
                }
                None => return Ok(all),
            }
        }
    }

    /// Moves an object to another tier, such as `Cool` or `Archive`; out of the archive it takes hours:
    /// [Set Blob Tier](https://learn.microsoft.com/rest/api/storageservices/set-blob-tier).
    ///
    /// # Errors
    /// `ObjectNotFound`, `InvalidInput` for a tier that the account does not have.
    pub async fn set_tier(
        &self,
        object: &Object,
        tier: &str,
        priority: Option<RehydratePriority>,
    ) -> Result<()> {
        let priority = priority.map(|it| match it {
            RehydratePriority::Standard => "Standard",
            RehydratePriority::High => "High",
        });
        self.driver()?.client.set_tier(target(object), tier, priority).await
    }

    /// Has the service fetch content from an address that it can read without more credentials, up to 5,000 MiB, in one
    /// step; what is not given in the options comes from there:
    /// [Put Blob From URL](https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url).
    ///
    /// # Errors
    /// `PermissionDenied` or `ObjectNotFound` when the service can't read the address, and those of a put.
    pub async fn put_from_url(
        &self,
        object: &Object,
        source: &Secret,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let driver = self.driver()?;
        let mut set_headers = driver.content(options)?;
        headers::of_condition(&mut set_headers, &options.condition)?;
        let mut source = storage_http::headers::value(names::COPY_SOURCE.as_str(), source.expose())?;
        source.set_sensitive(true);
        let idempotency = Operation::PutObject.idempotency(options.condition != WriteCondition::None);
        driver.client.put_blob_from_url(target(object), set_headers, source, idempotency).await
    }

    /// Brings back an object that was deleted, with its snapshots, in accounts that keep them for a while.
    ///
    /// # Errors
    /// `ObjectNotFound`, `Unsupported`.
    pub async fn undelete(&self, object: &Object) -> Result<()> {
        self.driver()?.client.undelete_blob(object.container().name(), object.key()).await
    }

    /// Sets until when an object can be neither replaced nor deleted.
    ///
    /// # Errors
    /// `Unsupported` in accounts without versions, `PreconditionFailed` when a locked time would become shorter.
    pub async fn set_immutability(
        &self,
        object: &Object,
        until: OffsetDateTime,
        mode: ImmutabilityMode,
    ) -> Result<()> {
        let mut set_headers = HeaderMap::new();
        set(&mut set_headers, names::IMMUTABILITY_UNTIL, &httpdate::fmt_http_date(until.into()))?;
        set(&mut set_headers, names::IMMUTABILITY_MODE, mode.name())?;
        self.driver()?.client.set_immutability(target(object), set_headers).await
    }

    /// Keeps an object from being replaced and deleted until this is taken back.
    ///
    /// # Errors
    /// `Unsupported` in accounts without versions.
    pub async fn set_legal_hold(&self, object: &Object, hold: bool) -> Result<()> {
        self.driver()?.client.set_legal_hold(target(object), hold).await
    }

    /// Makes an append blob without content; what is there is replaced unless the options forbid it.
    ///
    /// # Errors
    /// Those of a put.
    pub async fn create_append(&self, object: &Object, options: &PutOptions) -> Result<PutOutcome> {
        self.create(object, options, None).await
    }

    /// Adds content at the end of an append blob, up to 100 MiB, and returns where it went.
    ///
    /// With `at`, the size that the object has, it goes there or nowhere, and the call is repeated when its answer is lost;
    /// without, an answer that is lost is `Ambiguous`.
    ///
    /// # Errors
    /// `PreconditionFailed` when the object does not end at `at`, `Ambiguous`, and those of a put.
    pub async fn append(
        &self,
        object: &Object,
        content: impl Into<Payload>,
        at: Option<u64>,
        options: &PutOptions,
    ) -> Result<u64> {
        let driver = self.driver()?;
        let payload = content.into();
        let mut set_headers = HeaderMap::new();
        driver.written_with(&mut set_headers, options)?;
        match driver.client.append_block(target(object), set_headers, payload.clone(), at).await {
            Ok((at, _)) => Ok(at),
            // The request may have met its own success; then just this content is just there.
            Err(error) if ended_as(&error, ErrorKind::PreconditionFailed) => match at {
                Some(at) if self.holds(object, at, &payload).await? => Ok(at),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Makes a page blob of a size in bytes, a multiple of 512, that reads as zeros.
    ///
    /// # Errors
    /// Those of a put.
    pub async fn create_pages(
        &self,
        object: &Object,
        bytes: u64,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        self.create(object, options, Some(bytes)).await
    }

    /// Writes whole pages of 512 bytes, up to 4 MiB at once, from an offset on.
    ///
    /// # Errors
    /// `InvalidInput` when offset or length are no multiples of 512, and those of a put.
    pub async fn put_pages(
        &self,
        object: &Object,
        offset: u64,
        content: impl Into<Payload>,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let driver = self.driver()?;
        let payload = content.into();
        let mut set_headers = HeaderMap::new();
        driver.written_with(&mut set_headers, options)?;
        headers::of_condition(&mut set_headers, &options.condition)?;
        let range = offset..offset.saturating_add(payload.len());
        driver.client.put_pages(target(object), set_headers, range, Some(payload)).await
    }

    /// Makes whole pages read as zeros again.
    ///
    /// # Errors
    /// As [`put_pages`](Self::put_pages).
    pub async fn clear_pages(
        &self,
        object: &Object,
        range: Range<u64>,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let driver = self.driver()?;
        let mut set_headers = HeaderMap::new();
        driver.written_with(&mut set_headers, options)?;
        driver.client.put_pages(target(object), set_headers, range, None).await
    }

    /// Lists the pages of a page blob that have content.
    ///
    /// # Errors
    /// `ObjectNotFound`, and those of any request.
    pub async fn page_ranges(&self, object: &Object) -> Result<Vec<Range<u64>>> {
        self.driver()?.client.page_ranges(target(object)).await
    }

    async fn create(&self, object: &Object, options: &PutOptions, pages: Option<u64>) -> Result<PutOutcome> {
        let driver = self.driver()?;
        let mut set_headers = driver.content(options)?;
        headers::of_condition(&mut set_headers, &options.condition)?;
        let idempotency = Operation::PutObject.idempotency(options.condition != WriteCondition::None);
        let done = driver.client.create_blob(target(object), set_headers, pages, idempotency).await;
        done.map_err(|error| conditioned(error, &options.condition))
    }

    async fn holds(&self, object: &Object, at: u64, payload: &Payload) -> Result<bool> {
        let driver = self.driver()?;
        let options = GetOptions::new().range(at..at.saturating_add(payload.len()));
        let crc = [ChecksumAlgorithm::Crc64Nvme];
        let wanted = payload.checksums(driver.client.http.runtime(), crc).await?;
        let outcome = driver.get_object(target(object), &options).await?;
        let mut found = storage_core::Hasher::new(ChecksumAlgorithm::Crc64Nvme);
        let (mut body, mut size) = (outcome.body, 0);
        while let Some(piece) = body.next().await.transpose()? {
            size += piece.len() as u64;
            found.update(&piece);
        }
        Ok(size == payload.len() && wanted.get(ChecksumAlgorithm::Crc64Nvme) == Some(found.finish()))
    }

    async fn lease(
        &self,
        what: Leasable<'_>,
        action: &'static str,
        set_headers: HeaderMap,
    ) -> Result<(Option<String>, Option<u64>)> {
        let what = match what {
            Leasable::Object(it) => Leased::Blob(target(it)),
            Leasable::Container(it) => Leased::Container(it.name()),
        };
        self.driver()?.client.lease(what, action, set_headers).await
    }

    pub(crate) fn driver(&self) -> Result<&AzureDriver> {
        self.storage
            .driver_as::<AzureDriver>()
            .ok_or_else(|| Error::unsupported(self.storage.provider().id.clone(), "features of Azure Blob"))
    }
}

fn target(object: &Object) -> ObjectRef<'_> {
    ObjectRef::new(object.container().name(), object.key())
}

fn held(lease: &str) -> Result<HeaderMap> {
    let mut set_headers = HeaderMap::new();
    set(&mut set_headers, names::LEASE_ID, lease)?;
    Ok(set_headers)
}
