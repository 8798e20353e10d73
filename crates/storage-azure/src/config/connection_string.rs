//! Connection strings: <https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string>.

use http::Uri;
use storage_core::{Result, Secret};
use storage_http::Scheme;

use super::configuration;

/// The account that every emulator knows.
pub(super) const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
/// Its key, which is public: <https://learn.microsoft.com/azure/storage/common/storage-use-azurite>.
pub(super) const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// Where an emulator serves blobs.
pub(super) const EMULATOR_HOST: &str = "http://127.0.0.1";
const EMULATOR_PORT: u16 = 10000;

/// What a connection string says about blobs.
#[derive(Debug, Default)]
pub(super) struct ConnectionString {
    pub(super) account: Option<String>,
    pub(super) key: Option<Secret>,
    pub(super) sas: Option<Secret>,
    pub(super) endpoint: Option<String>,
    pub(super) secondary: Option<String>,
    pub(super) suffix: Option<String>,
    pub(super) scheme: Option<Scheme>,
}

/// The parts that have a meaning; those of other services are read over.
const PARTS: [&str; 18] = [
    "AccountKey",
    "AccountName",
    "BlobEndpoint",
    "BlobSecondaryEndpoint",
    "DefaultEndpointsProtocol",
    "DevelopmentStorageProxyUri",
    "EndpointSuffix",
    "SharedAccessSignature",
    "UseDevelopmentStorage",
    "DfsEndpoint",
    "DfsSecondaryEndpoint",
    "FileEndpoint",
    "FileSecondaryEndpoint",
    "QueueEndpoint",
    "QueueSecondaryEndpoint",
    "TableEndpoint",
    "TableSecondaryEndpoint",
    "WebEndpoint",
];

impl ConnectionString {
    /// Reads a connection string.
    ///
    /// # Errors
    /// `Configuration` naming the part, never with a value.
    pub(super) fn parse(text: &Secret) -> Result<Self> {
        let mut seen = Vec::new();
        let (mut read, mut emulator, mut proxy) = (Self::default(), false, None);
        for part in text.expose().split(';').map(str::trim).filter(|it| !it.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| bad("holds a part without `=`"))?;
            let known = PARTS.into_iter().find(|it| it.eq_ignore_ascii_case(name.trim()));
            // An unknown part is not shown: it may be a piece of a key.
            let name = known.ok_or_else(|| bad("holds a part that is unknown; was it cut or quoted?"))?;
            if seen.contains(&name) {
                return Err(bad(&format!("holds `{name}` twice")));
            }
            seen.push(name);
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match name {
                "AccountName" => read.account = Some(value.to_owned()),
                "AccountKey" => read.key = Some(Secret::from(value)),
                "SharedAccessSignature" => read.sas = Some(Secret::from(value)),
                "BlobEndpoint" => read.endpoint = Some(value.to_owned()),
                "BlobSecondaryEndpoint" => read.secondary = Some(value.to_owned()),
                "EndpointSuffix" => read.suffix = Some(value.to_owned()),
                "DefaultEndpointsProtocol" => read.scheme = Some(scheme(value)?),
                "DevelopmentStorageProxyUri" => proxy = Some(value),
                "UseDevelopmentStorage" => emulator = switch(value)?,
                _ => {}
            }
        }
        match (emulator, proxy) {
            (true, proxy) => read.emulate(proxy)?,
            (false, Some(_)) => {
                return Err(bad("holds `DevelopmentStorageProxyUri` without `UseDevelopmentStorage=true`"));
            }
            (false, None) => {}
        }
        read.check()?;
        Ok(read)
    }

    /// The emulator on this machine.
    pub(super) fn emulator() -> Self {
        Self {
            account: Some(EMULATOR_ACCOUNT.to_owned()),
            key: Some(Secret::from(EMULATOR_KEY)),
            endpoint: Some(format!("{EMULATOR_HOST}:{EMULATOR_PORT}/{EMULATOR_ACCOUNT}")),
            ..Self::default()
        }
    }

    /// Fills in what an emulator is known for; what is given stays.
    fn emulate(&mut self, proxy: Option<&str>) -> Result<()> {
        let own = Self::emulator();
        self.account = self.account.take().or(own.account);
        if self.sas.is_none() {
            self.key = self.key.take().or(own.key);
        }
        if self.endpoint.is_some() {
            return Ok(());
        }
        let host = match proxy {
            None => EMULATOR_HOST.to_owned(),
            Some(proxy) => {
                let uri: Option<Uri> = proxy.parse().ok();
                let place = uri.as_ref().and_then(|it| Some((it.scheme_str()?, it.host()?)));
                let (scheme, host) =
                    place.ok_or_else(|| bad("has a `DevelopmentStorageProxyUri` that is no address"))?;
                format!("{scheme}://{host}")
            }
        };
        let account = self.account.as_deref().unwrap_or(EMULATOR_ACCOUNT);
        self.endpoint = Some(format!("{host}:{EMULATOR_PORT}/{account}"));
        Ok(())
    }

    fn check(&self) -> Result<()> {
        match (&self.key, &self.sas) {
            (Some(_), Some(_)) => {
                Err(bad("holds `AccountKey` and `SharedAccessSignature`; leave one of them out"))
            }
            (Some(_), None) if self.account.is_none() => Err(bad("holds `AccountKey` without `AccountName`")),
            _ if self.account.is_none() && self.endpoint.is_none() => {
                Err(bad("holds neither `AccountName` nor `BlobEndpoint`"))
            }
            _ => Ok(()),
        }
    }
}

fn scheme(value: &str) -> Result<Scheme> {
    match value.to_ascii_lowercase().as_str() {
        "https" => Ok(Scheme::Https),
        "http" => Ok(Scheme::Http),
        _ => Err(bad("has a `DefaultEndpointsProtocol` that is neither `https` nor `http`")),
    }
}

fn switch(value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad("has a `UseDevelopmentStorage` that is neither `true` nor `false`")),
    }
}

fn bad(what: &str) -> storage_core::Error {
    configuration(format!("`connection_string` {what}"))
}
