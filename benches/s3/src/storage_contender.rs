//! This library as a contender.

use bench_kit::compare::Own;
use bench_kit::{Arguments, Result};
use storage::s3::S3Config;

/// Does one workload.
pub(crate) fn run(words: impl Iterator<Item = String>) -> Result<()> {
    bench_kit::run(words, async |arguments: &Arguments| {
        let mut config = S3Config::new()
            .endpoint(arguments.endpoint.clone())
            .region("us-east-1")
            .path_style(true)
            .access_key_id("AKIDEXAMPLE")
            .secret_access_key("secretsecretsecret");
        if arguments.unsigned {
            config = config.unsigned_payload(true);
        }
        if let Some(path) = &arguments.ca {
            config.http.ca = Some(std::fs::read_to_string(path)?);
        }
        Ok(Own(config.open()?.container(&arguments.bucket)?))
    })
}
