//! What needs a system that fails, or one that is counted.

mod crash;
mod failures;
mod listing;
mod quirks;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use storage_core::{BoxFuture, Container, Runtime, Storage, TokioRuntime};

use crate::LocalConfig;
use crate::sys::faulty::FaultySys;

/// A runtime whose pauses take no time and are counted.
#[derive(Debug, Default)]
pub(crate) struct Restless {
    pub(crate) pauses: AtomicU32,
}

impl Runtime for Restless {
    fn now(&self) -> SystemTime {
        TokioRuntime.now()
    }

    fn monotonic(&self) -> Instant {
        TokioRuntime.monotonic()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        self.pauses.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {})
    }

    fn random(&self, buffer: &mut [u8]) {
        TokioRuntime.random(buffer);
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        TokioRuntime.spawn(task)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        TokioRuntime.spawn_blocking(work)
    }
}

pub(crate) fn open(config: LocalConfig, sys: &FaultySys) -> Storage {
    open_on(config, sys, Arc::new(Restless::default()))
}

pub(crate) fn open_on(config: LocalConfig, sys: &FaultySys, runtime: Arc<Restless>) -> Storage {
    let driver = config.driver(Box::new(sys.clone()), Arc::clone(&runtime) as _).unwrap();
    Storage::with_runtime(Arc::new(driver), runtime)
}

/// Makes the container `c`.
pub(crate) async fn container(storage: &Storage) -> Container {
    let container = storage.container("c").unwrap();
    container.create().await.unwrap();
    container
}

/// Names what is below `%staging` of the container `c`.
pub(crate) fn left_over(root: &std::path::Path) -> Vec<String> {
    match std::fs::read_dir(root.join("c/%staging")) {
        Ok(entries) => entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => Vec::new(),
    }
}
