//! The settings, as text and as types.

mod bucket;
mod credentials;
mod endpoint;
mod environment;
mod features;
mod put;
mod resolve;
mod words;

use std::path::PathBuf;

use storage_core::{Error, ErrorKind, Pairs, Result, Secret};
use storage_http::HttpConfig;

pub(crate) use environment::{ENVIRONMENT, KEYS};
pub use features::Feature;
pub use put::{ObjectLockMode, S3PutOptions, Timestamp};
pub(crate) use resolve::{Defaults, Resolved};
pub use words::{ChecksumSetting, EncryptionSetting};

use crate::vendors::{ListEncoding, ListVersion, SignatureVersion};

storage_http::settings! {
    /// Settings of one account of one service. The field names are the configuration keys, in any case and with `-` or
    /// `_`; those of [`HttpConfig`] follow behind `http.`.
    ///
    /// ```
    /// use storage_s3::S3Config;
    /// let config = S3Config::new().vendor("scaleway").region("nl-ams").access_key_id("AKID").secret_access_key("secret");
    /// assert_eq!(config.region.as_deref(), Some("nl-ams"));
    /// ```
    S3Config {
        /// Who runs the service, the name of one of [`VENDORS`](crate::VENDORS). Defaults to `aws`.
        some vendor: String;
        /// The region, used as given. `AWS_REGION`, `AWS_DEFAULT_REGION`; defaults to the vendor's own.
        some region: String = ["aws_region", "aws_default_region", "default_region"];
        /// The address of the service, such as `https://host:8443`, in the place of the vendor's own.
        /// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`.
        some endpoint: String = ["endpoint_url", "aws_endpoint", "aws_endpoint_url", "aws_endpoint_url_s3"];
        /// The host of the service, in the place of the vendor's own; `endpoint` says more.
        some host: String = ["hostname"];
        /// The port of the service, where `endpoint` does not say it.
        some port: u16;
        /// Speaks TLS, where `endpoint` does not say it. Defaults to `true`.
        some secure: bool = ["use_ssl"];
        /// The account in addresses, of the services that have it there, such as Cloudflare's account id.
        some account: String = ["account_id", "namespace"];
        /// The tenant in addresses, of the services that have it there.
        some tenant: String = ["tenant_name"];
        /// Speaks in the clear to hosts other than this machine. Defaults to `false`.
        plain allow_http: bool = ["aws_allow_http"];
        /// Uses the service's addresses for IPv4 and IPv6. `AWS_USE_DUALSTACK_ENDPOINT`.
        plain dual_stack: bool = ["use_dualstack_endpoint"];
        /// Uses the service's addresses with cryptography that FIPS 140 approves. `AWS_USE_FIPS_ENDPOINT`.
        plain fips: bool = ["use_fips_endpoint"];
        /// Moves objects through the nearest edge of the service's network.
        plain accelerate: bool = ["use_accelerate_endpoint"];
        /// Writes the bucket in front of the key, or with `false` in front of the host; defaults to what the vendor takes.
        some path_style: bool = ["force_path_style", "s3_force_path_style"];
        /// The address below which buckets that are websites are seen, such as `https://website.example.com`, in the place
        /// of the vendor's own; the bucket comes in front of the host.
        some website_endpoint: String;

        /// The public half of the access key. `AWS_ACCESS_KEY_ID`.
        some access_key_id: String = ["key", "access_key", "aws_access_key_id"];
        /// The secret half of the access key. `AWS_SECRET_ACCESS_KEY`.
        some secret_access_key: Secret = ["secret", "secret_key", "aws_secret_access_key"];
        /// The token of a session, for keys that end. `AWS_SESSION_TOKEN`.
        some session_token: Secret = ["token", "aws_session_token", "security_token"];
        /// Sends requests without a signature.
        plain anonymous: bool = ["skip_signature", "no_sign_request"];
        /// A profile of the files that AWS tools share. `AWS_PROFILE`.
        some profile: String = ["aws_profile"];
        /// The file of profiles. `AWS_CONFIG_FILE`; defaults to `~/.aws/config`.
        some config_file: PathBuf = ["aws_config_file"];
        /// The file of keys. `AWS_SHARED_CREDENTIALS_FILE`; defaults to `~/.aws/credentials`.
        some credentials_file: PathBuf = ["shared_credentials_file", "aws_shared_credentials_file"];
        /// The role to take on. `AWS_ROLE_ARN`.
        some role_arn: String = ["aws_role_arn"];
        /// What the owner of the role wants to see.
        some external_id: String;
        /// What the session of the role is called in the owner's log. `AWS_ROLE_SESSION_NAME`.
        some role_session_name: String = ["aws_role_session_name"];
        /// The file with the token that stands for the role. `AWS_WEB_IDENTITY_TOKEN_FILE`.
        some web_identity_token_file: PathBuf = ["aws_web_identity_token_file"];
        /// Where a container asks for keys, on the host of its agent. `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
        some container_credentials_relative_uri: String = ["aws_container_credentials_relative_uri"];
        /// Where a container asks for keys. `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
        some container_credentials_full_uri: String = ["aws_container_credentials_full_uri"];
        /// What a container shows there. `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
        some container_authorization_token: Secret = ["aws_container_authorization_token"];
        /// The file with what a container shows there. `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
        some container_authorization_token_file: PathBuf = ["aws_container_authorization_token_file"];
        /// Does not ask the machine for keys. `AWS_EC2_METADATA_DISABLED`.
        plain imds_disabled: bool = ["ec2_metadata_disabled", "aws_ec2_metadata_disabled"];
        /// Where the machine is asked for keys. `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
        some imds_endpoint: String = ["ec2_metadata_service_endpoint", "aws_ec2_metadata_service_endpoint"];
        /// Where roles are taken on. `AWS_ENDPOINT_URL_STS`; defaults to the service of the region.
        some sts_endpoint: String = ["aws_endpoint_url_sts"];
        /// Where keys are had for a session of single sign-on. `AWS_ENDPOINT_URL_SSO`.
        some sso_endpoint: String = ["aws_endpoint_url_sso"];

        /// How requests are signed: `4`, or `2` where the vendor takes it. Defaults to `4`.
        some signature_version: SignatureVersion;
        /// Signs uploads over TLS without a digest of their content where a checksum protects them. Defaults to what the
        /// vendor takes.
        some unsigned_payload: bool;
        /// Sends checksums behind the content where that is cheaper. Defaults to what the vendor takes.
        some trailers: bool;
        /// The checksum of uploads: `auto`, `off` or the name of one. Defaults to the cheapest that the vendor verifies.
        plain checksum: ChecksumSetting = ["checksum_algorithm"];
        /// Which call lists objects: `1` or `2`. Defaults to what the vendor takes.
        some list_version: ListVersion;
        /// How keys are written in listings: `url`, `url_plus`, `off` or `claimed`. Defaults to what the vendor does.
        some list_encoding: ListEncoding;
        /// What the service can, beyond what its vendor is known for.
        plain features: Vec<Feature>;
        /// What the service can't, whatever its vendor is known for.
        plain without: Vec<Feature>;

        /// The storage class of new objects that name none.
        some storage_class: String;
        /// How new objects are encrypted that do not say it: `none`, `AES256`, `aws:kms` or `customer`.
        some sse: EncryptionSetting = ["server_side_encryption"];
        /// The key of the key service, for `aws:kms`.
        some sse_kms_key_id: String = ["kms_key_id"];
        /// The caller's own key, 32 bytes in base64, for `customer`.
        some sse_customer_key: Secret = ["sse_customer_key_base64"];
        /// Pays for requests to buckets whose owner does not.
        plain requester_pays: bool = ["request_payer"];
        /// The account that must own every bucket.
        some expected_bucket_owner: String;

        /// How long the service may stay silent. The same as `http.answer_timeout`.
        some timeout: String;
        /// The proxy for all requests. The same as `http.proxy`.
        some proxy_url: Secret = ["proxy"];
    }
    nested {
        /// Settings of the HTTP client.
        http: HttpConfig
    }
}

impl S3Config {
    /// Reads settings from pairs. Those that start with `http.` are the ones of the HTTP client.
    ///
    /// # Errors
    /// `Configuration` naming the key, never with a value.
    pub(crate) fn from_pairs(pairs: &Pairs) -> Result<Self> {
        let (own, http) = HttpConfig::split(pairs)?;
        let mut config: Self = own.parse()?;
        config.http = http;
        Ok(config)
    }
}

/// Says what is wrong with a setting, in words that hold no value.
fn configuration(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests;
