//! Where buckets are: which host answers for one, and in which region.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use storage_core::ContainerName;
use storage_http::Endpoint;

use crate::config::Resolved;
use crate::vendors::Addressing;

/// How many buckets are remembered.
const MOST: usize = 10_000;

/// The endpoints of a service: its own, and those of buckets that have one of their own.
pub(crate) struct Places {
    settings: Arc<Resolved>,
    /// For requests about objects, and about buckets unless objects go through an accelerator.
    objects: Known,
    buckets: Known,
}

type Known = RwLock<HashMap<ContainerName, Arc<Endpoint>>>;

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("service", self.service()).finish_non_exhaustive()
    }
}

/// What a request is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Bucket,
    Object,
}

impl Places {
    pub(crate) fn new(settings: Arc<Resolved>) -> Self {
        Self { settings, objects: Known::default(), buckets: Known::default() }
    }

    /// Returns where requests go that are about no bucket.
    pub(crate) fn service(&self) -> &Arc<Endpoint> {
        &self.settings.endpoint
    }

    /// Tells whether the host names the bucket.
    pub(crate) fn is_in_host(&self, bucket: &str) -> bool {
        self.settings.addressing_for(bucket) == Addressing::Virtual
    }

    /// Returns where a request goes, and whether the host names the bucket.
    pub(crate) fn of(&self, bucket: &ContainerName, about: About) -> (Arc<Endpoint>, bool) {
        let in_host = self.is_in_host(bucket);
        let map = self.map(about);
        if let Some(endpoint) = map.read().unwrap_or_else(PoisonError::into_inner).get(bucket) {
            return (Arc::clone(endpoint), in_host);
        }
        let base = match about {
            About::Object => self.settings.endpoint_for(bucket),
            About::Bucket => &self.settings.endpoint,
        };
        if !in_host {
            return (Arc::clone(base), false);
        }
        match named(base, bucket) {
            Some(endpoint) => (keep(map, bucket, endpoint), true),
            // `is_in_host` admits only what fits in front of a host.
            None => (Arc::clone(base), false),
        }
    }

    /// Notes that a bucket is in a region, and returns where its requests go from now on; `None` when that is not
    /// within the configured service.
    pub(crate) fn learn(&self, bucket: &ContainerName, region: &str) -> Option<Arc<Endpoint>> {
        let endpoint = self.settings.endpoint_in(region)?;
        let endpoint = if self.is_in_host(bucket) { named(&endpoint, bucket)? } else { endpoint };
        let endpoint = Arc::new(endpoint);
        for map in [&self.objects, &self.buckets] {
            map.write().unwrap_or_else(PoisonError::into_inner).insert(bucket.clone(), Arc::clone(&endpoint));
        }
        Some(endpoint)
    }

    fn map(&self, about: About) -> &Known {
        match about {
            About::Bucket if self.settings.accelerate.is_some() => &self.buckets,
            _ => &self.objects,
        }
    }
}

fn named(endpoint: &Endpoint, bucket: &str) -> Option<Endpoint> {
    endpoint.with_host(&format!("{bucket}.{}", endpoint.host()), endpoint.region()).ok()
}

fn keep(map: &Known, bucket: &ContainerName, endpoint: Endpoint) -> Arc<Endpoint> {
    let mut known = map.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    Arc::clone(known.entry(bucket.clone()).or_insert_with(|| Arc::new(endpoint)))
}
