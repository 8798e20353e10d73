//! The handle of one account of one store.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::container::Container;
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::idempotency::Operation;
use crate::listing::Containers;
use crate::name::ContainerName;
use crate::provider::ProviderInfo;
use crate::runtime::{Runtime, TokioRuntime};
use crate::upload::ByteBudget;

/// One account of one store. Cheap to clone, safe to share between tasks.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let storage = storage_core::memory::open();
/// let photos = storage.container("photos")?;
/// photos.create().await?;
/// photos.object("cat.txt")?.put("meow").await?;
/// assert_eq!(photos.object("cat.txt")?.get().text().await?, "meow");
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    driver: Arc<dyn Driver>,
    runtime: Arc<dyn Runtime>,
    budget: ByteBudget,
}

impl Storage {
    /// How many bytes uploads of one storage hold in memory at once, unless set otherwise.
    pub const DEFAULT_BUFFER_BYTES: u64 = 256 << 20;

    /// Makes a storage of a driver, on the tokio runtime.
    pub fn new(driver: Arc<dyn Driver>) -> Self {
        Self::with_runtime(driver, Arc::new(TokioRuntime))
    }

    /// Makes a storage of a driver on a runtime of the caller's.
    pub fn with_runtime(driver: Arc<dyn Driver>, runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Inner { driver, runtime, budget: ByteBudget::new(Self::DEFAULT_BUFFER_BYTES) }))
    }

    /// Returns a storage over the same driver whose uploads together hold at most this many bytes in memory.
    ///
    /// A part that is larger than all of it is sent alone.
    #[must_use]
    pub fn with_buffer_bytes(&self, bytes: u64) -> Self {
        Self(Arc::new(Inner {
            driver: Arc::clone(&self.0.driver),
            runtime: Arc::clone(&self.0.runtime),
            budget: ByteBudget::new(bytes),
        }))
    }

    /// Says who the store is.
    pub fn provider(&self) -> &ProviderInfo {
        self.0.driver.provider()
    }

    /// Makes the handle of a container; sends nothing.
    ///
    /// # Errors
    /// `InvalidContainerName` when the provider does not allow the name.
    pub fn container(&self, name: impl Into<String>) -> Result<Container> {
        let name = name.into();
        let provider = self.provider();
        if let Err(rule) = (provider.container_rule)(&name) {
            return Err(Error::new(ErrorKind::InvalidContainerName, rule)
                .with_provider(provider.id.clone())
                .with_operation("name container")
                .with_container(name));
        }
        Ok(Container::new(self.clone(), ContainerName::parse(name)?))
    }

    /// Lists containers, page by page as the stream is read.
    pub fn containers(&self) -> Containers {
        Containers::new(self.clone())
    }

    /// Returns a storage over another driver, such as a wrapper of this one's, with the same runtime and budget.
    #[must_use]
    pub fn with_driver(&self, driver: Arc<dyn Driver>) -> Self {
        Self(Arc::new(Inner { driver, runtime: Arc::clone(&self.0.runtime), budget: self.0.budget.clone() }))
    }

    /// Returns the driver.
    pub fn driver(&self) -> &dyn Driver {
        &*self.0.driver
    }

    /// Returns the driver as the type of one provider, for what only that one has; `None` for another one, and behind
    /// a wrapper.
    ///
    /// ```
    /// use storage_core::memory::{self, MemoryDriver};
    /// assert!(memory::open().driver_as::<MemoryDriver>().is_some());
    /// ```
    pub fn driver_as<D: Driver>(&self) -> Option<&D> {
        let driver: &dyn Any = &*self.0.driver;
        driver.downcast_ref()
    }

    /// Returns the driver to build a wrapper on.
    pub fn shared_driver(&self) -> Arc<dyn Driver> {
        Arc::clone(&self.0.driver)
    }

    pub(crate) fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.0.runtime
    }

    pub(crate) fn budget(&self) -> &ByteBudget {
        &self.0.budget
    }

    /// Tells whether both handles talk to the same driver, so that copies stay on the server.
    pub fn same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.driver, &other.0.driver)
    }

    /// Fills in what an error of the driver can't know.
    pub(crate) fn explain(&self, error: Error, operation: Operation) -> Error {
        error.with_operation(operation.name()).with_provider(self.provider().id.clone())
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.0.driver).finish()
    }
}
