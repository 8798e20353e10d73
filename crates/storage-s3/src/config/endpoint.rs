//! From a vendor's row and a few settings to addresses.

use std::net::IpAddr;

use storage_core::{Error, Result};
use storage_http::{Endpoint, Scheme};

use super::{S3Config, configuration};
use crate::vendors::{EndpointVariant, Vendor};

/// The addresses of one service: the one in use, and how those in other regions are made.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    vendor: &'static Vendor,
    /// The address that the settings give; it stands for every region.
    custom: Option<String>,
    variant: Option<EndpointVariant>,
    scheme: Option<Scheme>,
    port: Option<u16>,
    account: Option<String>,
    tenant: Option<String>,
    signing_region: Option<String>,
    allow_http: bool,
}

impl Family {
    /// Reads the settings that make addresses.
    pub(super) fn new(config: &S3Config, vendor: &'static Vendor) -> Result<Self> {
        let custom = custom_address(config)?;
        if custom.is_some() {
            let own =
                [("dual_stack", config.dual_stack), ("fips", config.fips), ("accelerate", config.accelerate)];
            if let Some((key, _)) = own.iter().find(|(_, on)| *on) {
                return Err(configuration(format!(
                    "`{key}` chooses among the service's own addresses; leave it out, or `endpoint` and `host`"
                )));
            }
        }
        let variant = match (config.dual_stack, config.fips) {
            (false, false) => None,
            (true, false) => Some(EndpointVariant::DualStack),
            (false, true) => Some(EndpointVariant::Fips),
            (true, true) => Some(EndpointVariant::FipsDualStack),
        };
        // Where the settings give the address, they give the region of signatures, too.
        let signing_region = if custom.is_some() { config.region.clone() } else { None };
        Ok(Self {
            vendor,
            variant,
            scheme: config.secure.map(|secure| if secure { Scheme::Https } else { Scheme::Http }),
            port: config.port,
            account: config.account.clone(),
            tenant: config.tenant.clone(),
            signing_region: signing_region.or(vendor.signing_region.map(str::to_owned)),
            allow_http: config.allow_http,
            custom,
        })
    }

    /// Returns the region to use when the settings name none.
    pub(super) fn default_region(&self) -> Result<&'static str> {
        match self.vendor.default_region {
            Some(region) => Ok(region),
            None if self.custom.is_some() || !self.vendor.has_regions() => Ok("us-east-1"),
            None => Err(configuration(format!(
                "`region` is missing; {} has {}",
                self.vendor.title,
                self.vendor.regions.join(", ")
            ))),
        }
    }

    /// Makes the address in a region.
    pub(super) fn endpoint(&self, region: &str) -> Result<Endpoint> {
        let signing = self.signing_region.as_deref().unwrap_or(region);
        if let Some(address) = &self.custom {
            check_region(region, true)?;
            // What is wrong with it is not told in detail: a password may stand in it.
            let endpoint = Endpoint::parse(address, signing).map_err(|_| {
                configuration(
                    "`endpoint` or `host` is no address; write `https://host` or `https://host:port`, \
                     without a path, a query or a user name",
                )
            })?;
            return self.checked(endpoint);
        }
        let template = match self.variant {
            Some(variant) => Some(self.variant_template(variant, "dual_stack` or `fips")?),
            None => self.vendor.endpoint_in(region),
        };
        let template = template.ok_or_else(|| {
            configuration(format!(
                "`endpoint` is missing; {} is where it was set up, such as `https://host:port`",
                self.vendor.title
            ))
        })?;
        self.at(template, region, signing)
    }

    /// Makes the address of the nearest edge.
    pub(super) fn accelerated(&self, region: &str) -> Result<Endpoint> {
        let variant = match self.variant {
            None => EndpointVariant::Accelerate,
            Some(EndpointVariant::DualStack) => EndpointVariant::AccelerateDualStack,
            Some(_) => {
                return Err(configuration("`accelerate` and `fips` do not go together; leave one out"));
            }
        };
        let template = self.variant_template(variant, "accelerate")?;
        if !self.vendor.dns_suffixes.is_empty()
            && self.vendor.dns_suffix(region) != self.vendor.dns_suffix("")
        {
            return Err(configuration(format!("`accelerate` does not reach the region `{}`", shown(region))));
        }
        self.at(template, region, self.signing_region.as_deref().unwrap_or(region))
    }

    /// Makes the address in the region that the service names, within the same service and nowhere else: a service of
    /// one address has no others, and no answer leads from one partition of Amazon to another.
    pub(super) fn elsewhere(&self, home: &str, region: &str) -> Option<Endpoint> {
        let same = self.vendor.dns_suffix(home) == self.vendor.dns_suffix(region);
        let moves = self.custom.is_none() && self.vendor.has_regions() && same;
        moves.then(|| self.endpoint(region).ok())?
    }

    /// Fills a template of the row that has the name of a bucket in it.
    pub(super) fn bucket_address(
        &self,
        template: Option<&str>,
        region: &str,
        bucket: &str,
    ) -> Option<String> {
        let template = template.filter(|_| self.custom.is_none())?;
        Some(self.fill(template, region).ok()?.replace("{bucket}", bucket))
    }

    fn variant_template(&self, variant: EndpointVariant, key: &str) -> Result<&'static str> {
        self.vendor.variant(variant).ok_or_else(|| {
            configuration(format!("{} has no addresses for `{key}`; leave it out", self.vendor.title))
        })
    }

    fn at(&self, template: &str, region: &str, signing: &str) -> Result<Endpoint> {
        let endpoint = Endpoint::parse(&self.fill(template, region)?, signing)?;
        if self.scheme.is_none() && self.port.is_none() {
            return self.checked(endpoint);
        }
        let scheme = self.scheme.unwrap_or(endpoint.scheme());
        let own_port = (endpoint.port() != endpoint.scheme().default_port()).then_some(endpoint.port());
        self.checked(Endpoint::new(scheme, endpoint.host(), self.port.or(own_port), signing)?)
    }

    fn fill(&self, template: &str, region: &str) -> Result<String> {
        let mut address = template.to_owned();
        if address.contains("{region}") {
            check_region(region, false)?;
            address = address.replace("{region}", region);
        }
        address = address.replace("{dns}", self.vendor.dns_suffix(region));
        for (mark, key, value) in
            [("{account}", "account", &self.account), ("{tenant}", "tenant", &self.tenant)]
        {
            if address.contains(mark) {
                address = address.replace(mark, &self.label(key, value.as_deref())?);
            }
        }
        Ok(address)
    }

    /// Checks a setting that becomes part of a host name, so that it can't turn requests to another host.
    fn label(&self, key: &str, value: Option<&str>) -> Result<String> {
        let value = value.map(str::trim).filter(|it| !it.is_empty()).ok_or_else(|| {
            configuration(format!("`{key}` is missing; it is part of the address of {}", self.vendor.title))
        })?;
        let value = value.to_ascii_lowercase();
        match super::bucket::fits_host(&value) {
            true => Ok(value),
            false => Err(configuration(format!("`{key}` may hold letters, digits, `-` and `.` only"))),
        }
    }

    fn checked(&self, endpoint: Endpoint) -> Result<Endpoint> {
        if endpoint.scheme() == Scheme::Http && !endpoint.is_loopback() && !self.allow_http {
            return Err(in_the_clear("endpoint"));
        }
        Ok(endpoint)
    }
}

/// Tells whether the host is an address of the internet protocol, in front of which no bucket can stand.
pub(super) fn is_address(endpoint: &Endpoint) -> bool {
    endpoint.host().starts_with('[') || endpoint.host().parse::<IpAddr>().is_ok()
}

/// The error of an address that would show everything to everybody on the way.
pub(super) fn in_the_clear(key: &str) -> Error {
    configuration(format!(
        "`{key}` leads to another machine in the clear; use https, or set `allow_http` if nobody can listen"
    ))
}

/// Puts the address together that `endpoint`, or `host`, `port` and `secure` give.
fn custom_address(config: &S3Config) -> Result<Option<String>> {
    let given =
        |it: &Option<String>| it.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    match (given(&config.endpoint), given(&config.host)) {
        (Some(_), Some(_)) => Err(configuration("`endpoint` and `host` are given; give one of them")),
        (Some(_), None) if config.port.is_some() => {
            Err(configuration("`port` and `endpoint` are given; write the port into `endpoint`"))
        }
        (Some(endpoint), None) => match config.secure {
            Some(secure) if endpoint.starts_with("https:") != secure => {
                Err(configuration("`secure` and the scheme of `endpoint` disagree; leave `secure` out"))
            }
            _ => Ok(Some(endpoint)),
        },
        (None, Some(host)) => {
            let scheme = if config.secure.unwrap_or(true) { Scheme::Https } else { Scheme::Http };
            let port = config.port.map(|it| format!(":{it}")).unwrap_or_default();
            Ok(Some(format!("{}://{host}{port}", scheme.name())))
        }
        (None, None) => Ok(None),
    }
}

/// Checks a region; in signatures alone more is allowed than in a host name.
fn check_region(region: &str, only_signed: bool) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let signed = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let fits = (1..=63).contains(&region.len())
        && region.chars().all(|c| if only_signed { signed(c) } else { plain(c) })
        && (only_signed || super::bucket::fits_host(region));
    match fits {
        true => Ok(()),
        false => Err(configuration("`region` may hold lower-case letters, digits and `-` only")),
    }
}

/// Shows a region that has passed the check, and nothing else.
fn shown(region: &str) -> &str {
    if check_region(region, false).is_ok() { region } else { "?" }
}
