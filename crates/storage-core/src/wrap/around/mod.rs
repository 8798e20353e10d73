//! One driver around another, with a hook before and behind every call.

mod driver;
mod groups;

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::body::Body;
use crate::driver::Driver;
use crate::error::{Error, Result};
use crate::idempotency::Operation;
use crate::name::{ContainerName, Key, ObjectRef, PartNumber};
use crate::runtime::BoxFuture;
use crate::storage::Storage;

/// Puts an interceptor around a storage, on the same runtime.
///
/// ```
/// use storage_core::wrap::{self, Call, Interceptor};
/// use storage_core::{Error, ErrorKind, Result, memory};
///
/// /// Lets nobody write.
/// #[derive(Debug)]
/// struct ReadOnly;
///
/// #[async_trait::async_trait]
/// impl Interceptor for ReadOnly {
///     type Permit = ();
///
///     async fn enter(&self, call: &Call<'_>) -> Result<()> {
///         match wrap::Class::of(call.operation) {
///             wrap::Class::Write => Err(Error::new(ErrorKind::PermissionDenied, "this storage is read-only")),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let storage = wrap::around(&memory::open(), ReadOnly);
/// let error = storage.container("a")?.create().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::PermissionDenied);
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn around<I: Interceptor>(storage: &Storage, interceptor: I) -> Storage {
    let driver = Around::new(storage.shared_driver(), interceptor);
    storage.with_driver(Arc::new(driver))
}

/// What happens before and behind every call of a driver.
///
/// `capabilities` is no call: drivers keep the answer, and handles ask for it all the time.
#[async_trait]
pub trait Interceptor: Debug + Send + Sync + 'static {
    /// What a call holds while it runs. It is dropped when the call has ended in any way, and also when its future is
    /// dropped.
    type Permit: Send + 'static;

    /// Lets a call in, or refuses it with an error; then nothing is sent.
    ///
    /// # Cancel safety
    /// The future is dropped when the caller no longer waits, and must leave nothing behind then.
    async fn enter(&self, call: &Call<'_>) -> Result<Self::Permit>;

    /// Sees the outcome of a call, before its caller does; an error takes the place of a success.
    fn leave(&self, call: &Call<'_>, permit: &mut Self::Permit, outcome: Result<(), &Error>) -> Result<()> {
        let _ = (call, permit, outcome);
        Ok(())
    }

    /// Takes over the body of a read, which has so many bytes; the call lasts until it is read or dropped.
    ///
    /// Unless told otherwise the permit is held so long.
    fn body(&self, call: &Call<'_>, permit: Self::Permit, body: Body, body_bytes: u64) -> Body {
        let _ = (call, body_bytes);
        hold(body, permit, |_, _| ())
    }
}

/// A call of the driver contract, as an interceptor sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What is done.
    pub operation: Operation,
    /// The container, where there is one; that of the destination for copies.
    pub container: Option<&'a ContainerName>,
    /// The key, where there is one; that of the destination for copies and renames.
    pub key: Option<&'a Key>,
    /// The number of the part, where there is one.
    pub part: Option<PartNumber>,
    /// How many bytes of content go to the store.
    pub payload_bytes: u64,
    /// Tells that the write happens only under a condition, which its own success may break.
    pub conditional: bool,
}

impl<'a> Call<'a> {
    fn of(operation: Operation) -> Self {
        Self { operation, container: None, key: None, part: None, payload_bytes: 0, conditional: false }
    }

    fn in_container(operation: Operation, container: &'a ContainerName) -> Self {
        Self { container: Some(container), ..Self::of(operation) }
    }

    fn on(operation: Operation, target: ObjectRef<'a>) -> Self {
        Self { container: Some(target.container), key: Some(target.key), ..Self::of(operation) }
    }
}

/// A driver whose calls all go through an interceptor. It has the optional groups that the driver inside has.
#[derive(Debug)]
pub struct Around<I> {
    inner: Arc<dyn Driver>,
    interceptor: I,
}

impl<I: Interceptor> Around<I> {
    /// Puts an interceptor around a driver.
    pub fn new(inner: Arc<dyn Driver>, interceptor: I) -> Self {
        Self { inner, interceptor }
    }

    /// Returns the driver inside.
    pub fn inner(&self) -> &Arc<dyn Driver> {
        &self.inner
    }

    /// Returns the interceptor.
    pub fn interceptor(&self) -> &I {
        &self.interceptor
    }

    /// Runs a call between the two hooks and ends it.
    async fn run<T: Send>(&self, call: Call<'_>, work: BoxFuture<'_, Result<T>>) -> Result<T> {
        self.begin(&call, work).await.map(|(value, _)| value)
    }

    /// Runs a call between the two hooks and leaves its end to the caller.
    ///
    /// The permit is made before the work starts and outlives it: a future that is dropped drops the work first.
    async fn begin<T: Send>(
        &self,
        call: &Call<'_>,
        work: BoxFuture<'_, Result<T>>,
    ) -> Result<(T, I::Permit)> {
        let mut permit = self.interceptor.enter(call).await?;
        let result = work.await;
        let left = self.interceptor.leave(call, &mut permit, result.as_ref().map(drop));
        let value = result?;
        left.map(|()| (value, permit))
    }

    /// A driver that has shown a group and no longer does is not one that the contract allows.
    fn group<'a, T: ?Sized>(&self, group: Option<&'a T>, operation: Operation) -> Result<&'a T> {
        group.ok_or_else(|| Error::unsupported(self.inner.provider().id.clone(), operation.name()))
    }
}

/// Gives a body a permit, which is dropped behind its last piece, with its first error, or with the body.
///
/// The observer sees each piece or error before the reader does, and `None` at the end. A body that has failed ends.
pub fn hold<P, F>(body: Body, permit: P, observe: F) -> Body
where
    P: Send + 'static,
    F: FnMut(&mut P, Option<&Result<Bytes>>) + Send + 'static,
{
    Body::new(Held { open: Some((body, permit)), observe })
}

struct Held<P, F> {
    // In this order: what the body holds is given back before the permit is.
    open: Option<(Body, P)>,
    observe: F,
}

// Nothing in it is ever pinned: the body is a box of its own.
impl<P, F> Unpin for Held<P, F> {}

impl<P, F: FnMut(&mut P, Option<&Result<Bytes>>)> Stream for Held<P, F> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let it = &mut *self;
        let Some((body, permit)) = &mut it.open else { return Poll::Ready(None) };
        let piece = ready!(body.poll_next_unpin(cx));
        (it.observe)(permit, piece.as_ref());
        if !matches!(piece, Some(Ok(_))) {
            it.open = None;
        }
        Poll::Ready(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.open.as_ref().map_or((0, Some(0)), |(body, _)| body.size_hint())
    }
}
