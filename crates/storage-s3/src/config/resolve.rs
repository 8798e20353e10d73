//! From settings to the typed values that a client works with. Nothing is read or sent.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use storage_core::{ChecksumAlgorithm, ChecksumMode, Encryption, Result, Secret, nearest};
use storage_http::{Endpoint, HttpConfig, Scheme};

use super::bucket::fits_host;
use super::endpoint::{Family, is_address};
use super::{ChecksumSetting, EncryptionSetting, S3Config, configuration, credentials};
use crate::credentials::CredentialSettings;
use crate::vendors::{Addressing, Quirks, SignatureVersion, VENDORS, Vendor};

/// Settings that were checked, as typed values.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// Who runs the service.
    pub(crate) vendor: &'static Vendor,
    /// What it does otherwise than Amazon S3, with what the settings say about that.
    pub(crate) quirks: Quirks,
    /// Where requests go that are not about a bucket elsewhere; its region is the one of signatures.
    pub(crate) endpoint: Arc<Endpoint>,
    /// Where requests about objects go in its place, for buckets that can stand in front of a host.
    pub(crate) accelerate: Option<Arc<Endpoint>>,
    /// The region, as containers are created in it.
    pub(crate) region: String,
    /// How requests are signed.
    pub(crate) signature: SignatureVersion,
    /// The checksum of writes that do not say it.
    pub(crate) checksum: ChecksumMode,
    /// What leads to credentials.
    pub(crate) credentials: CredentialSettings,
    /// How the HTTP client works.
    pub(crate) http: HttpConfig,
    /// What holds for requests that do not say it.
    pub(crate) defaults: Defaults,
    family: Family,
    /// Where the settings say that websites are seen.
    website: Option<Arc<Endpoint>>,
    /// Whether the settings say where buckets stand.
    style_is_given: bool,
}

/// What holds for requests that do not say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    /// The storage class of new objects.
    pub(crate) storage_class: Option<String>,
    /// How new objects are encrypted.
    pub(crate) encryption: Option<Encryption>,
    /// Whether to pay for requests to others' buckets.
    pub(crate) requester_pays: bool,
    /// The account that must own every bucket.
    pub(crate) expected_bucket_owner: Option<HeaderValue>,
}

impl S3Config {
    /// Checks the settings and works out what they mean. Nothing is read or sent.
    ///
    /// # Errors
    /// `Configuration` naming the setting, never with a value.
    pub(crate) fn resolve(&self) -> Result<Resolved> {
        let vendor = self.vendor_row()?;
        let quirks = self.quirks(vendor)?;
        let family = Family::new(self, vendor)?;
        let given = self.region.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let region = given.map_or_else(|| family.default_region(), Ok)?.to_owned();
        let accelerate = if self.accelerate { Some(Arc::new(family.accelerated(&region)?)) } else { None };
        let checksum = match self.checksum {
            ChecksumSetting::Auto => ChecksumMode::Auto,
            ChecksumSetting::Off => ChecksumMode::Off,
            ChecksumSetting::Algorithm(algorithm) => ChecksumMode::Algorithm(algorithm),
        };
        Ok(Resolved {
            endpoint: Arc::new(family.endpoint(&region)?),
            accelerate,
            region,
            signature: self.signature(vendor, &quirks)?,
            checksum,
            credentials: credentials::settings(self, vendor)?,
            http: self.http.with_short(self.timeout.as_deref(), self.proxy_url.as_ref())?,
            defaults: self.defaults(vendor, &quirks)?,
            vendor,
            quirks,
            website: self.website()?,
            family,
            style_is_given: self.path_style.is_some(),
        })
    }

    fn vendor_row(&self) -> Result<&'static Vendor> {
        let name = self.vendor.as_deref().map(str::trim).filter(|it| !it.is_empty()).unwrap_or("aws");
        Vendor::find(name).ok_or_else(|| {
            let known = || VENDORS.iter().map(|it| it.name);
            let hint = nearest(name, known()).map(|it| format!("did you mean `{it}`?; ")).unwrap_or_default();
            configuration(format!(
                "`vendor` is unknown; {hint}known are {}",
                known().collect::<Vec<_>>().join(", ")
            ))
        })
    }

    fn quirks(&self, vendor: &Vendor) -> Result<Quirks> {
        let mut quirks = vendor.quirks;
        if let Some(both) = self.features.iter().find(|it| self.without.contains(it)) {
            return Err(configuration(format!(
                "`features` and `without` both name {both:?}; leave it out of one"
            )));
        }
        self.features.iter().for_each(|it| it.set(&mut quirks, true));
        self.without.iter().for_each(|it| it.set(&mut quirks, false));
        match self.path_style {
            Some(true) => quirks.addressing = Addressing::Path,
            Some(false) => quirks.addressing = Addressing::Virtual,
            None => {}
        }
        quirks.list_version = self.list_version.unwrap_or(quirks.list_version);
        quirks.list_encoding = self.list_encoding.unwrap_or(quirks.list_encoding);
        quirks.unsigned_payload = self.unsigned_payload.unwrap_or(quirks.unsigned_payload);
        quirks.trailers = self.trailers.unwrap_or(quirks.trailers);
        if let ChecksumSetting::Algorithm(algorithm) = self.checksum
            && !quirks.checksums.contains(&algorithm)
        {
            quirks.checksums = only(algorithm).unwrap_or(quirks.checksums);
        }
        Ok(quirks)
    }

    fn signature(&self, vendor: &Vendor, quirks: &Quirks) -> Result<SignatureVersion> {
        let Some(wanted) = self.signature_version else {
            return Ok(quirks.signatures.first().copied().unwrap_or(SignatureVersion::V4));
        };
        match quirks.signatures.contains(&wanted) {
            true => Ok(wanted),
            false => Err(configuration(format!(
                "`signature_version` is one that {} does not take; leave it out",
                vendor.title
            ))),
        }
    }

    fn website(&self) -> Result<Option<Arc<Endpoint>>> {
        let given = self.website_endpoint.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let Some(address) = given else { return Ok(None) };
        // Nothing is sent there, so no region signs for it.
        match Endpoint::parse(address, "") {
            Ok(endpoint) if !is_address(&endpoint) => Ok(Some(Arc::new(endpoint))),
            // What is wrong is not told in detail: a password may stand in it.
            _ => Err(configuration(
                "`website_endpoint` is no address with a name; write `https://host` or `https://host:port`",
            )),
        }
    }

    fn defaults(&self, vendor: &Vendor, quirks: &Quirks) -> Result<Defaults> {
        if self.storage_class.is_some() && quirks.storage_classes.is_empty() {
            return Err(configuration(format!(
                "`storage_class` is of no use; {} has no classes",
                vendor.title
            )));
        }
        let owner = self.expected_bucket_owner.as_deref().map(HeaderValue::from_str).transpose();
        let owner =
            owner.map_err(|_| configuration("`expected_bucket_owner` holds what no header can carry"))?;
        Ok(Defaults {
            storage_class: self.storage_class.clone(),
            encryption: self.encryption(vendor, quirks)?,
            requester_pays: self.requester_pays,
            expected_bucket_owner: owner,
        })
    }

    fn encryption(&self, vendor: &Vendor, quirks: &Quirks) -> Result<Option<Encryption>> {
        let setting = self.sse.unwrap_or(EncryptionSetting::None);
        if self.sse_kms_key_id.is_some() && setting != EncryptionSetting::KeyService {
            return Err(configuration("`sse_kms_key_id` is of no use without `sse` = `aws:kms`"));
        }
        if self.sse_customer_key.is_some() && setting != EncryptionSetting::CustomerKey {
            return Err(configuration("`sse_customer_key` is of no use without `sse` = `customer`"));
        }
        let (can, feature, encryption) = match setting {
            EncryptionSetting::None => return Ok(None),
            EncryptionSetting::ServiceManaged => (quirks.sse_s3, "sse_s3", Encryption::ServiceManaged),
            EncryptionSetting::KeyService => {
                (quirks.sse_kms, "sse_kms", Encryption::KeyService { key_id: self.sse_kms_key_id.clone() })
            }
            EncryptionSetting::CustomerKey => {
                (quirks.sse_c, "sse_c", Encryption::CustomerKey(self.customer_key()?))
            }
        };
        match can {
            true => Ok(Some(encryption)),
            false => Err(configuration(format!(
                "`sse` asks for what {} is not known to have; if it has, add `{feature}` to `features`",
                vendor.title
            ))),
        }
    }

    fn customer_key(&self) -> Result<Secret<[u8; 32]>> {
        let bad = || configuration("`sse_customer_key` must be 32 bytes in base64");
        let text =
            self.sse_customer_key.as_ref().ok_or_else(|| configuration("`sse_customer_key` is missing"))?;
        let bytes = Secret::new(STANDARD.decode(text.expose().trim()).map_err(|_| bad())?);
        let key: [u8; 32] = bytes.expose().as_slice().try_into().map_err(|_| bad())?;
        Ok(Secret::new(key))
    }
}

impl Resolved {
    /// Returns where the name of a bucket stands in addresses.
    ///
    /// Over TLS a name with dots does not match the certificate, and neither an IP address nor a name that is none of a
    /// host can have something in front.
    pub(crate) fn addressing_for(&self, bucket: &str) -> Addressing {
        let dotted = bucket.contains('.') && self.endpoint.scheme() == Scheme::Https;
        // Few servers on a developer's machine answer to `bucket.localhost`, and not every system resolves it.
        let local = self.endpoint.host() == "localhost" && !self.style_is_given;
        let nameless = is_address(&self.endpoint) || local;
        if dotted || nameless || !fits_host(bucket) { Addressing::Path } else { self.quirks.addressing }
    }

    /// Returns where requests about the objects of a bucket go.
    pub(crate) fn endpoint_for(&self, bucket: &str) -> &Arc<Endpoint> {
        let accelerated = self.accelerate.as_ref().filter(|_| !bucket.contains('.') && fits_host(bucket));
        accelerated.unwrap_or(&self.endpoint)
    }

    /// Returns the address in a region that the service names; `None` when that is not within the configured service.
    pub(crate) fn endpoint_in(&self, region: &str) -> Option<Endpoint> {
        self.family.elsewhere(&self.region, region)
    }

    /// Returns where a bucket that is a website is seen.
    pub(crate) fn website_url(&self, bucket: &str) -> Option<String> {
        let Some(own) = &self.website else {
            return self.family.bucket_address(self.vendor.website_in(&self.region), &self.region, bucket);
        };
        let endpoint = own.with_host(&format!("{bucket}.{}", own.host()), "").ok();
        endpoint.filter(|_| fits_host(bucket)).map(|it| it.to_string())
    }

    /// Returns where the content delivery network shows a bucket.
    pub(crate) fn cdn_url(&self, bucket: &str) -> Option<String> {
        self.family.bucket_address(self.vendor.cdn, &self.region, bucket)
    }
}

/// Returns a list of one checksum; `None` for those that have no header of their own.
fn only(algorithm: ChecksumAlgorithm) -> Option<&'static [ChecksumAlgorithm]> {
    let at = Quirks::NONE.checksums.iter().position(|it| *it == algorithm)?;
    Quirks::NONE.checksums.get(at..=at)
}
