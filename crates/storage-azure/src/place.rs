//! Where the blobs of an account are.

use std::sync::Arc;

use storage_core::{ContainerName, Key};
use storage_http::{Endpoint, encode_key};

/// The addresses of one account.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) endpoint: Arc<Endpoint>,
    /// `/account` where addresses have the account in the path, as those of emulators and of Azure on the edge; else
    /// nothing.
    pub(crate) base: String,
    /// Where reads may go while the first place can't answer.
    pub(crate) secondary: Option<Arc<Endpoint>>,
    /// As `base`, for the second place.
    pub(crate) secondary_base: String,
}

impl Place {
    /// Writes path and query of the account itself; the query is encoded already.
    pub(crate) fn service(&self, query: &str) -> String {
        let mut target = String::with_capacity(self.base.len() + query.len() + 2);
        target.push_str(&self.base);
        target.push('/');
        push_raw_query(&mut target, query);
        target
    }

    /// Writes path and query of a container.
    pub(crate) fn container(&self, container: &ContainerName, query: &str) -> String {
        let mut target = String::with_capacity(self.base.len() + container.len() + query.len() + 2);
        target.push_str(&self.base);
        target.push('/');
        encode_key(container, &mut target);
        push_raw_query(&mut target, query);
        target
    }

    /// Writes path and query of a blob.
    pub(crate) fn blob(&self, container: &ContainerName, key: &Key, query: &str) -> String {
        let room = self.base.len() + container.len() + key.len() + query.len() + 16;
        let mut target = String::with_capacity(room);
        target.push_str(&self.base);
        target.push('/');
        encode_key(container, &mut target);
        target.push('/');
        encode_key(key, &mut target);
        push_raw_query(&mut target, query);
        target
    }
}

fn push_raw_query(target: &mut String, query: &str) {
    if !query.is_empty() {
        target.push('?');
        target.push_str(query);
    }
}
