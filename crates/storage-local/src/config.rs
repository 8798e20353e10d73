//! The settings, and what opening a store of directories means.

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use storage_core::{ChecksumAlgorithm, Error, ErrorKind, Result, Runtime, Secret, Storage, TokioRuntime};

use crate::driver::LocalDriver;
use crate::store::{Settings, Store};
use crate::sys::{Sys, UnixSys};

/// How much memory the names of one directory take in a listing, before it is read in several goes.
const LISTING_BYTES: usize = 12 << 20;

/// Settings of a store of directories. The field names are the configuration keys.
///
/// ```
/// use storage_local::{Durability, LocalConfig};
/// # let directory = tempfile::tempdir()?;
/// let storage = LocalConfig::new(directory.path()).durability(Durability::None).open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LocalConfig {
    /// The directory that holds the containers.
    #[serde(alias = "key", alias = "path")]
    pub root: Option<PathBuf>,
    /// Makes the root with the first container when it is not there. Defaults to `true`.
    pub create_root: bool,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// Where content types, metadata, tags and checksums are kept.
    pub attributes: AttributeStore,
    /// Which checksum is computed while an object is written, and kept to verify reads.
    pub checksum: ChecksumSetting,
    // The words that every constructor of Apache Libcloud takes; directories have no use for them.
    secret: Option<Secret>,
    host: Option<String>,
    port: Option<u16>,
    secure: Option<bool>,
    region: Option<String>,
    token: Option<Secret>,
    timeout: Option<f64>,
    proxy_url: Option<String>,
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Durability {
    /// A crash of the system: content and directories are synced before a write is acknowledged.
    #[default]
    Durable,
    /// A crash of the process; after a crash of the system an object may be missing or empty.
    None,
}

/// Where content types, metadata, tags and checksums are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttributeStore {
    /// With the file as an extended attribute, or in a sidecar where that does not work or fit.
    #[default]
    Auto,
    /// With the file, or the write fails.
    Xattr,
    /// In a sidecar file below `%meta` of the container.
    Sidecar,
    /// Nowhere: a write with metadata or tags fails, content types and checksums are not kept.
    Off,
}

/// Which checksum is computed while an object is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumSetting {
    /// CRC-64/NVME, unless attributes are off.
    #[default]
    Auto,
    /// None, unless a write asks for one.
    Off,
    /// This one.
    Algorithm(ChecksumAlgorithm),
}

impl<'de> Deserialize<'de> for ChecksumSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            name => ChecksumAlgorithm::parse(name).map(Self::Algorithm).map_err(|_| {
                let known: Vec<_> = ChecksumAlgorithm::ALL.iter().map(|it| it.name()).collect();
                D::Error::custom(format_args!("must be one of auto, off, {}", known.join(", ")))
            }),
        }
    }
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            root: None,
            create_root: true,
            durability: Durability::default(),
            attributes: AttributeStore::default(),
            checksum: ChecksumSetting::default(),
            secret: None,
            host: None,
            port: None,
            secure: None,
            region: None,
            token: None,
            timeout: None,
            proxy_url: None,
        }
    }
}

impl LocalConfig {
    /// Starts with the directory that holds the containers, and safe defaults.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: Some(root.into()), ..Self::default() }
    }

    /// Sets whether the root is made with the first container when it is not there.
    #[must_use]
    pub fn create_root(mut self, create: bool) -> Self {
        self.create_root = create;
        self
    }

    /// Sets what an acknowledged write survives.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets where content types, metadata, tags and checksums are kept.
    #[must_use]
    pub fn attributes(mut self, attributes: AttributeStore) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets which checksum is computed while an object is written.
    #[must_use]
    pub fn checksum(mut self, checksum: ChecksumSetting) -> Self {
        self.checksum = checksum;
        self
    }

    /// Opens the store; touches no file yet.
    ///
    /// # Errors
    /// `Configuration` when the root is not given.
    pub fn open(self) -> Result<Storage> {
        self.open_on(Arc::new(TokioRuntime))
    }

    /// Opens the store on a runtime of the caller's.
    ///
    /// # Errors
    /// `Configuration` when the root is not given.
    pub fn open_on(self, runtime: Arc<dyn Runtime>) -> Result<Storage> {
        let driver = self.driver(Box::new(UnixSys::default()), Arc::clone(&runtime))?;
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
    }

    /// Makes the driver over a system that tests may replace.
    pub(crate) fn driver(self, sys: Box<dyn Sys>, runtime: Arc<dyn Runtime>) -> Result<LocalDriver> {
        // Read only to be accepted.
        drop((
            self.secret,
            self.host,
            self.port,
            self.secure,
            self.region,
            self.token,
            self.timeout,
            self.proxy_url,
        ));
        let root = self.root.filter(|it| !it.as_os_str().is_empty()).ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "`root` is missing; give the directory that holds the containers",
            )
        })?;
        let settings = Settings {
            root,
            create_root: self.create_root,
            durability: self.durability,
            attributes: self.attributes,
            checksum: self.checksum,
            listing_budget: LISTING_BYTES,
        };
        Ok(LocalDriver::new(Store::new(settings, sys, runtime)))
    }
}

#[cfg(test)]
mod tests {
    use storage_core::Pairs;

    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<LocalConfig> {
        pairs.iter().copied().collect::<Pairs>().parse()
    }

    #[test]
    fn every_setting_is_read() {
        let config = parse(&[
            ("path", "/data"),
            ("durability", "none"),
            ("attributes", "sidecar"),
            ("checksum", "SHA-256"),
            ("create_root", "no"),
            ("secret", "s"),
            ("port", "80"),
        ])
        .unwrap();
        assert_eq!(config.root.as_deref(), Some("/data".as_ref()));
        assert_eq!(config.durability, Durability::None);
        assert_eq!(config.attributes, AttributeStore::Sidecar);
        assert_eq!(config.checksum, ChecksumSetting::Algorithm(ChecksumAlgorithm::Sha256));
        assert!(!config.create_root);
        assert_eq!(parse(&[("key", "/data")]).unwrap().root.as_deref(), Some("/data".as_ref()));
        assert_eq!(parse(&[("checksum", "auto")]).unwrap().checksum, ChecksumSetting::Auto);
    }

    #[test]
    fn fault_175_errors_name_the_setting() {
        for (pairs, want) in [
            (&[("roott", "/data")][..], "did you mean `root`?"),
            (&[("checksum", "crc99")], "`checksum` must be one of auto, off, crc64nvme"),
            (&[("durability", "maybe")], "`durability` must be one of durable, none"),
        ] {
            let error = parse(pairs).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(want), "{error}");
        }
        let error = LocalConfig::default().open().unwrap_err();
        assert!(error.to_string().contains("`root` is missing"));
    }
}
