//! Questions, deletes and copies of one object, on their way.

use std::future::IntoFuture;

use super::Object;
use crate::check;
use crate::error::{Error, Result};
use crate::idempotency::Operation;
use crate::info::{ObjectInfo, PutOutcome};
use crate::name::{ETag, VersionId};
use crate::options::{CopyOptions, DeleteOptions, GetOptions, PutOptions, WriteCondition};
use crate::runtime::BoxFuture;

/// A question for what is known of an object.
#[derive(Debug)]
#[must_use = "nothing is asked until it is awaited"]
pub struct Head {
    object: Object,
    options: GetOptions,
}

impl Head {
    pub(super) fn new(object: Object) -> Self {
        Self { object, options: GetOptions::default() }
    }

    /// Takes all options at once.
    pub fn options(mut self, options: GetOptions) -> Self {
        self.options = options;
        self
    }

    /// Asks for a version.
    pub fn version(mut self, version: impl Into<VersionId>) -> Self {
        self.options = self.options.version(version);
        self
    }

    /// Fails with `PreconditionFailed` unless the object has this entity tag.
    pub fn if_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.if_match(etag);
        self
    }

    /// Fails with `NotModified` if the object has this entity tag.
    pub fn if_none_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.if_none_match(etag);
        self
    }
}

impl IntoFuture for Head {
    type Output = Result<ObjectInfo>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { object, options } = self;
            let limits = object.capabilities().await?;
            let checked = check::check_headers(&options.headers)
                .and_then(|()| check::check_version(options.version.as_ref(), &limits, object.driver()));
            checked.map_err(|error| object.explain(error, Operation::HeadObject))?;
            let info = object.driver().head_object(object.target(), &options).await;
            info.map_err(|error| object.explain(error, Operation::HeadObject))
        })
    }
}

/// A delete of one object.
#[derive(Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct Delete {
    object: Object,
    options: DeleteOptions,
}

impl Delete {
    pub(super) fn new(object: Object) -> Self {
        Self { object, options: DeleteOptions::default() }
    }

    /// Takes all options at once.
    pub fn options(mut self, options: DeleteOptions) -> Self {
        self.options = options;
        self
    }

    /// Deletes only if the object still has this entity tag; else `PreconditionFailed`.
    pub fn if_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.if_match(etag);
        self
    }

    /// Deletes a version for good.
    pub fn version(mut self, version: impl Into<VersionId>) -> Self {
        self.options = self.options.version(version);
        self
    }

    async fn run(self) -> Result<()> {
        let Self { object, options } = self;
        let capabilities = object.capabilities().await?;
        let explain = |error| object.explain(error, Operation::DeleteObject);
        check::check_headers(&options.headers).map_err(explain)?;
        check::check_version(options.version.as_ref(), &capabilities, object.driver()).map_err(explain)?;
        if options.if_match.is_some() && !capabilities.delete_if_match {
            return Err(explain(Error::unsupported(
                object.provider().id.clone(),
                "deletes that need a known ETag",
            )));
        }
        object.driver().delete_object(object.target(), &options).await.map_err(explain)
    }
}

impl IntoFuture for Delete {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A copy of one object, content and metadata.
#[derive(Debug)]
#[must_use = "nothing is copied until it is awaited"]
pub struct Copy {
    from: Object,
    to: Object,
    options: CopyOptions,
}

impl Copy {
    pub(super) fn new(from: Object, to: Object) -> Self {
        Self { from, to, options: CopyOptions::default() }
    }

    /// Takes all options at once.
    pub fn options(mut self, options: CopyOptions) -> Self {
        self.options = options;
        self
    }

    /// Gives the copy content headers, metadata and tags of its own.
    pub fn replace(mut self, options: PutOptions) -> Self {
        self.options.replace = Some(Box::new(options));
        self
    }

    /// Copies only if there is no object at the destination; else `AlreadyExists`.
    pub fn if_absent(mut self) -> Self {
        self.options.condition = WriteCondition::IfAbsent;
        self
    }

    /// Copies only if the source has this entity tag; else `PreconditionFailed`.
    pub fn source_if_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.source_if_match(etag);
        self
    }

    async fn run(self) -> Result<PutOutcome> {
        let Self { from, to, options } = self;
        let (source, target) = (from.capabilities().await?, to.capabilities().await?);
        let explain = |error| to.explain(error, Operation::CopyObject);
        check::check_headers(&options.headers).map_err(explain)?;
        check::check_version(options.source_version.as_ref(), &source, from.driver()).map_err(explain)?;
        check::check_condition(&options.condition, &target, to.provider()).map_err(explain)?;
        if let Some(replace) = &options.replace {
            check::check_put(replace, &target, to.provider()).map_err(explain)?;
        }
        let on_server = from.storage().same_store(to.storage()) && source.server_copy;
        if on_server && options.condition != WriteCondition::None && !target.copy_conditions {
            let error = Error::unsupported(to.provider().id.clone(), "conditions on copies");
            return Err(explain(error));
        }
        if on_server {
            if source.max_copy_bytes >= source.max_object_bytes {
                return from
                    .driver()
                    .copy_object(from.target(), to.target(), &options)
                    .await
                    .map_err(explain);
            }
            return crate::copy::on_server(&from, &to, &options, &target).await.map_err(explain);
        }
        crate::copy::through_here(&from, &to, options).await
    }
}

impl IntoFuture for Copy {
    type Output = Result<PutOutcome>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
