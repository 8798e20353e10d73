//! From settings to a storage.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use storage_core::{
    Capabilities, ChecksumMode, Pairs, PartRules, Provider, ProviderInfo, PutOptions, Result, Runtime,
    Storage, TokioRuntime,
};
use storage_http::Client as HttpClient;

use crate::client::{Client, Places};
use crate::config::{ENVIRONMENT, KEYS, Resolved, S3Config, S3PutOptions};
use crate::credentials::CredentialChain;
use crate::driver::S3Driver;
use crate::ids::IDS;
use crate::protect::Protection;
use crate::sign::SigningKeys;
use crate::vendors::{ListVersion, LocationConstraint, Quirks};

/// The services that speak S3, for a registry.
pub static PROVIDER: Provider = Provider {
    scheme: "s3",
    protocol: "S3",
    ids: IDS,
    environment: ENVIRONMENT,
    keys: KEYS,
    aliases: S3Config::ALIASES,
    open: |pairs| S3Config::from_pairs(pairs)?.open(),
    put_options,
};

fn put_options(pairs: &Pairs) -> Result<PutOptions> {
    let mut options = PutOptions::new();
    options.extensions.insert(pairs.parse::<S3PutOptions>()?);
    Ok(options)
}

impl S3Config {
    /// Opens the storage; reads no file and sends nothing over the network.
    ///
    /// # Errors
    /// `Configuration` naming the setting that is missing or can't be used, never with a value.
    pub fn open(self) -> Result<Storage> {
        self.open_on(Arc::new(TokioRuntime))
    }

    /// Opens the storage on a runtime of the caller's.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(self, runtime: Arc<dyn Runtime>) -> Result<Storage> {
        let settings = self.resolve()?;
        let http = HttpClient::new(settings.http.clone(), Arc::clone(&runtime))?;
        let in_clear = self.unsigned_payload == Some(true);
        let driver = driver(settings, in_clear, http, Arc::clone(&runtime))?;
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
    }

    /// Opens the storage over an HTTP client of the caller's, with connections and a clock of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(self, http: HttpClient) -> Result<Storage> {
        let runtime = Arc::clone(http.runtime());
        let in_clear = self.unsigned_payload == Some(true);
        let driver = driver(self.resolve()?, in_clear, http, Arc::clone(&runtime))?;
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
    }
}

/// Puts the driver together; `in_clear` tells that content goes unsigned without TLS too.
fn driver(
    settings: Resolved,
    in_clear: bool,
    http: HttpClient,
    runtime: Arc<dyn Runtime>,
) -> Result<S3Driver> {
    let vendor = settings.vendor;
    let quirks = settings.quirks;
    // Amazon's service is known by the name of the protocol.
    let id = if vendor.name == "aws" { "s3" } else { vendor.name };
    let credentials = CredentialChain::new(settings.credentials.clone(), runtime)?;
    let settings = Arc::new(settings);
    let client = Client {
        http,
        id: id.to_owned(),
        quirks,
        protection: protection(&settings, in_clear),
        places: Places::new(Arc::clone(&settings)),
        credentials,
        keys: SigningKeys::new(),
        defaults: settings.defaults.clone(),
        lists_v1: AtomicBool::new(quirks.list_version == ListVersion::V1),
    };
    Ok(S3Driver {
        client,
        vendor,
        info: ProviderInfo::new(id, vendor.title, "s3", quirks.bucket_names.rule()),
        capabilities: Arc::new(capabilities(&quirks, &settings)),
        settings,
    })
}

fn protection(settings: &Resolved, in_clear: bool) -> Protection {
    let quirks = &settings.quirks;
    Protection {
        algorithms: quirks.checksums,
        trailers: quirks.trailers,
        unsigned: quirks.unsigned_payload,
        unsigned_in_clear: in_clear,
        signature: (!settings.credentials.anonymous).then_some(settings.signature),
        mode: settings.checksum,
    }
}

/// What handles check before anything is sent.
fn capabilities(quirks: &Quirks, settings: &Resolved) -> Capabilities {
    let mut it = Capabilities::default();
    it.put_if_absent = quirks.put_if_absent;
    it.put_if_match = quirks.put_if_match;
    it.delete_if_match = quirks.delete_if_match;
    it.ordered_listing = quirks.ordered_listing;
    it.start_after = true;
    it.any_delimiter = quirks.any_delimiter;
    // Amazon's oldest region answers 200 for a bucket of one's own.
    let oldest = quirks.location == LocationConstraint::UnlessDefault && settings.region == "us-east-1";
    it.reports_existing_container = quirks.reports_existing_bucket && !oldest;
    it.server_copy = quirks.copy;
    it.copy_conditions = quirks.copy_conditions;
    it.max_copy_bytes = quirks.max_copy_bytes;
    it.max_put_bytes = quirks.max_put_bytes;
    it.max_object_bytes = quirks.max_object_bytes;
    it.parts = part_rules(quirks);
    // Line breaks travel percent-encoded, but only encoded listings bring them back whole.
    it.key_line_breaks = true;
    it.checksums = if settings.checksum == ChecksumMode::Off { &[] } else { quirks.checksums };
    it.acls = quirks.acls;
    it.object_acls = true;
    it.container_websites = true;
    it.put_tags = quirks.tags;
    it.storage_classes = !quirks.storage_classes.is_empty();
    it
}

fn part_rules(quirks: &Quirks) -> PartRules {
    let mut parts = PartRules::default();
    parts.min_bytes = quirks.min_part_bytes;
    parts.max_bytes = quirks.max_part_bytes;
    parts.max_parts = quirks.max_parts;
    parts.uniform = quirks.uniform_parts;
    parts.conditional = quirks.complete_conditional;
    parts.resumable = true;
    parts.copy = quirks.copy_parts;
    parts
}
