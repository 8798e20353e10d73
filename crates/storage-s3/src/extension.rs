//! What only S3 has, for users of an S3 storage.

use std::time::Duration;

use storage_core::{Container, Error, ErrorKind, Result, Storage};

use crate::driver::S3Driver;
use crate::sign::policy::{PostForm, PostPolicy};
use crate::wire::lifecycle::AbortRule;

/// What only S3 has: forms that browsers post, and rules that abort abandoned uploads.
///
/// ```no_run
/// # async fn example() -> storage_core::Result<()> {
/// use std::time::Duration;
/// use storage_s3::{PostPolicy, S3, S3Config};
///
/// let storage = S3Config::new().region("eu-west-1").open()?;
/// let uploads = storage.container("uploads")?;
/// let policy = PostPolicy::for_prefix("incoming/", Duration::from_secs(3600)).length_bytes(1..=10 << 20);
/// let form = S3::of(&storage)?.post_form(&uploads, &policy).await?;
/// println!("post to {}", form.url);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct S3 {
    storage: Storage,
}

/// The rule that this library writes; rules of other names are left alone.
const RULE: &str = "storage-abort-incomplete-uploads";

impl S3 {
    /// Takes a storage that speaks S3.
    ///
    /// # Errors
    /// `Unsupported` when it speaks another protocol.
    pub fn of(storage: &Storage) -> Result<Self> {
        match storage.driver_as::<S3Driver>() {
            Some(_) => Ok(Self { storage: storage.clone() }),
            None => Err(Error::unsupported(storage.provider().id.clone(), "features of the S3 protocol")),
        }
    }

    /// Signs a form by which a browser uploads an object:
    /// [POST Object](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html).
    ///
    /// # Errors
    /// `InvalidInput` when the policy can't be signed, `Unauthenticated` without credentials.
    pub async fn post_form(&self, container: &Container, policy: &PostPolicy) -> Result<PostForm> {
        self.driver()?.client.post_form(container.name(), policy).await
    }

    /// Has the service abort uploads that are not completed within some days, from 1 on; other rules of the bucket stay.
    ///
    /// # Errors
    /// `Unsupported` when the service has no such rules, and those of any request.
    pub async fn abort_uploads_after(&self, container: &Container, prefix: &str, days: u32) -> Result<()> {
        if days == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "a rule needs 1 day or more"));
        }
        let rule = AbortRule { id: RULE.to_owned(), prefix: prefix.to_owned(), days, enabled: true };
        self.lifecycle()?.client.put_abort_rule(container.name(), &rule).await
    }

    /// Takes back what [`abort_uploads_after`](Self::abort_uploads_after) set; other rules of the bucket stay.
    ///
    /// # Errors
    /// As [`abort_uploads_after`](Self::abort_uploads_after).
    pub async fn keep_uploads(&self, container: &Container) -> Result<()> {
        self.lifecycle()?.client.remove_abort_rule(container.name(), RULE).await
    }

    /// Returns after how many days the service aborts uploads, with the prefix of each rule, whoever wrote it.
    ///
    /// # Errors
    /// As [`abort_uploads_after`](Self::abort_uploads_after).
    pub async fn abort_rules(&self, container: &Container) -> Result<Vec<(String, Duration)>> {
        let rules = self.lifecycle()?.client.get_abort_rules(container.name()).await?;
        let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        Ok(rules.into_iter().filter(|it| it.enabled).map(|it| (it.prefix, days(it.days))).collect())
    }

    /// Returns the region of a bucket, as the service tells it.
    ///
    /// # Errors
    /// Those of any request.
    pub async fn region_of(&self, container: &Container) -> Result<String> {
        self.driver()?.client.get_location(container.name()).await
    }

    fn driver(&self) -> Result<&S3Driver> {
        self.storage.driver_as::<S3Driver>().ok_or_else(|| {
            Error::unsupported(self.storage.provider().id.clone(), "features of the S3 protocol")
        })
    }

    fn lifecycle(&self) -> Result<&S3Driver> {
        let driver = self.driver()?;
        if driver.client.quirks.lifecycle { Ok(driver) } else { Err(driver.lacks("rules of expiry")) }
    }
}
