//! The providers that are compared, as data.

use bench_kit::compare::Own;
use bench_kit::{Arguments, Result};
use storage::azure::AzureConfig;
use storage::s3::S3Config;
use storage::{Container, Storage};

/// A provider, and how it is opened.
pub(crate) struct Protocol {
    /// Its name in tables, of its dialect, and of the contender on the command line.
    pub(crate) name: &'static str,
    /// It signs content where nothing else protects it, unless it is told not to.
    pub(crate) signs_content: bool,
    /// How large parts become by the end of an upload of 8 GiB and of unknown length: that depends on how many of them
    /// an object may have.
    pub(crate) part_mib: u32,
    open: fn(&Arguments) -> Result<Storage>,
}

impl Protocol {
    /// Every one; the first is what the others are compared with.
    pub(crate) const ALL: &[Self] = &[
        Self { name: "s3", signs_content: true, part_mib: 16, open: s3 },
        Self { name: "azure", signs_content: false, part_mib: 8, open: azure },
    ];

    /// Does one workload.
    pub(crate) fn run(&self, words: impl Iterator<Item = String>) -> Result<()> {
        bench_kit::run(words, async |arguments: &Arguments| {
            let container: Container = (self.open)(arguments)?.container(&arguments.bucket)?;
            Ok(Own(container))
        })
    }
}

fn s3(arguments: &Arguments) -> Result<Storage> {
    let mut config = S3Config::new()
        .endpoint(arguments.endpoint.clone())
        .region("us-east-1")
        .path_style(true)
        .access_key_id("AKIDEXAMPLE")
        .secret_access_key("secretsecretsecret");
    // `false` would sign content over https too.
    if arguments.unsigned {
        config = config.unsigned_payload(true);
    }
    config.http.ca = authority(arguments)?;
    Ok(config.open()?)
}

fn azure(arguments: &Arguments) -> Result<Storage> {
    let mut config = AzureConfig::new()
        .endpoint(format!("{}/account", arguments.endpoint))
        .account_key("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=");
    config.http.ca = authority(arguments)?;
    Ok(config.open()?)
}

/// Reads the certificate that vouches for the server.
fn authority(arguments: &Arguments) -> Result<Option<String>> {
    Ok(arguments.ca.as_deref().map(std::fs::read_to_string).transpose()?)
}
