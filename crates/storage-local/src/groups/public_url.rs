//! Addresses for browsers on the same machine.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::absolute;

use async_trait::async_trait;
use storage_core::groups::{CdnInfo, CdnOptions, PublicUrlDriver};
use storage_core::{ContainerName, Error, Key, Result};

use crate::driver::LocalDriver;
use crate::error::unsupported;
use crate::path::ObjectPath;
use crate::store::check_name;

const NETWORK: &str = "content delivery network";

#[async_trait]
impl PublicUrlDriver for LocalDriver {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        check_name(container)?;
        let root = absolute(&self.store.settings.root).map_err(Error::from_io)?;
        let mut url = String::from("file://");
        push_encoded(&mut url, root.as_os_str().as_bytes());
        if !url.ends_with('/') {
            url.push('/');
        }
        match key {
            Some(key) => push_encoded(&mut url, ObjectPath::new(container, key).path().as_bytes()),
            None => push_encoded(&mut url, container.as_str().as_bytes()),
        }
        Ok(url)
    }

    async fn cdn(&self, _: &ContainerName) -> Result<CdnInfo> {
        Err(unsupported(NETWORK))
    }

    async fn set_cdn(&self, _: &ContainerName, _: &CdnOptions) -> Result<()> {
        Err(unsupported(NETWORK))
    }

    async fn purge_cdn(&self, _: &ContainerName, _: &Key) -> Result<()> {
        Err(unsupported(NETWORK))
    }
}

fn push_encoded(url: &mut String, path: &[u8]) {
    for byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}
