//! From settings to a storage.

use std::sync::Arc;

use storage_core::{
    CannedAcl, Capabilities, ChecksumAlgorithm, Pairs, PartRules, Provider, ProviderId, ProviderInfo,
    PutOptions, Result, Runtime, Storage, TokioRuntime,
};
use storage_http::Client as HttpClient;

use crate::client::{Client, ID};
use crate::config::{AzureConfig, AzurePutOptions, ENVIRONMENT, KEYS, Resolved};
use crate::credentials::CredentialChain;
use crate::driver::AzureDriver;
use crate::limits::{container_rule, key_problem, metadata_problem};
use crate::presign::DelegationKeys;

/// Azure Blob Storage, for a registry.
pub static PROVIDER: Provider = Provider {
    scheme: "az",
    protocol: "Azure Blob",
    ids: &[ProviderId {
        id: ID,
        aliases: &["azure_blobs", "az"],
        title: "Azure Blob Storage",
        preset: &[],
        environment: &[],
    }],
    environment: ENVIRONMENT,
    keys: KEYS,
    aliases: AzureConfig::ALIASES,
    open: |pairs| AzureConfig::from_pairs(pairs)?.open(),
    put_options,
};

fn put_options(pairs: &Pairs) -> Result<PutOptions> {
    let mut options = PutOptions::new();
    options.extensions.insert(pairs.parse::<AzurePutOptions>()?);
    Ok(options)
}

impl AzureConfig {
    /// Opens the storage; sends nothing over the network.
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
        let driver = driver(settings, http, Arc::clone(&runtime))?;
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
    }

    /// Opens the storage over an HTTP client of the caller's, with connections and a clock of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(self, http: HttpClient) -> Result<Storage> {
        let runtime = Arc::clone(http.runtime());
        let driver = driver(self.resolve()?, http, Arc::clone(&runtime))?;
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
    }
}

fn driver(settings: Resolved, http: HttpClient, runtime: Arc<dyn Runtime>) -> Result<AzureDriver> {
    let credentials = CredentialChain::new(settings.credentials.clone(), Arc::clone(&runtime))?;
    let client = Client { http, place: settings.place.clone(), credentials };
    Ok(AzureDriver {
        client,
        info: ProviderInfo::new(ID, "Azure Blob Storage", PROVIDER.scheme, container_rule),
        capabilities: Arc::new(capabilities()),
        settings: Arc::new(settings),
        delegation: DelegationKeys::new(runtime),
    })
}

/// What handles check before anything is sent.
///
/// <https://learn.microsoft.com/azure/storage/blobs/scalability-targets>
fn capabilities() -> Capabilities {
    let mut it = Capabilities::default();
    it.put_if_absent = true;
    it.put_if_match = true;
    it.delete_if_match = true;
    // Nobody promises an order, and .NET's is not that of bytes.
    it.ordered_listing = false;
    it.any_delimiter = true;
    it.reports_existing_container = true;
    it.server_copy = true;
    it.copy_conditions = true;
    // A copy takes blobs of any size; the service works on it for as long as it needs.
    it.max_copy_bytes = u64::MAX;
    it.max_put_bytes = 5_000 << 20;
    it.max_object_bytes = (4_000 << 20) * 50_000;
    it.parts = part_rules();
    it.max_key_bytes = 4 * 1024;
    it.max_key_units = 1024;
    it.key_rule = key_problem;
    it.metadata_rule = metadata_problem;
    it.max_metadata_bytes = 8 << 10;
    it.checksums = &[ChecksumAlgorithm::Md5];
    it.acls = &[CannedAcl::Private, CannedAcl::PublicRead];
    it.put_tags = true;
    it.storage_classes = true;
    it.read_versions = true;
    it
}

fn part_rules() -> PartRules {
    let mut parts = PartRules::default();
    parts.min_bytes = 1;
    parts.max_bytes = 4_000 << 20;
    parts.max_parts = 50_000;
    parts.conditional = true;
    parts.resumable = true;
    parts.stateless = true;
    parts
}
