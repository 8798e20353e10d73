//! Who runs services that speak S3, as data: a row each, with what differs from Amazon S3.

mod quirks;
mod rows;

pub use quirks::{
    Addressing, BucketNames, ListEncoding, ListVersion, LocationConstraint, Quirks, SignatureVersion,
};
pub use rows::VENDORS;

/// One service or server that speaks S3.
///
/// Addresses are templates. `{region}` stands for the region, `{account}` and `{tenant}` for the settings of those
/// names, `{dns}` for the ending that the region demands, `{bucket}` for the bucket.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Vendor {
    /// The id, in lower case with `_`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where the service is; none for servers that anybody runs, whose address is a setting.
    pub endpoint: Option<&'static str>,
    /// Regions that are known, for hints and completions; others are used as given.
    pub regions: &'static [&'static str],
    /// The region when none is given.
    pub default_region: Option<&'static str>,
    /// Regions whose address does not follow the template.
    pub region_endpoints: &'static [(&'static str, &'static str)],
    /// What `{dns}` stands for, by the beginning of the region; the first that fits counts.
    pub dns_suffixes: &'static [(&'static str, &'static str)],
    /// Addresses of another kind.
    pub variants: &'static [(EndpointVariant, &'static str)],
    /// The region that signatures name, where it is not the region of the address.
    pub signing_region: Option<&'static str>,
    /// Credentials may come from the profile `default`, from the machine or from its container.
    pub ambient_credentials: bool,
    /// Variables of the service's own tools and the setting that each one holds.
    pub environment: &'static [(&'static str, &'static str)],
    /// Where a bucket that is a website is seen.
    pub website: Option<&'static str>,
    /// Regions whose websites do not follow the template.
    pub region_websites: &'static [(&'static str, &'static str)],
    /// Where the service's content delivery network shows a bucket.
    pub cdn: Option<&'static str>,
    /// What the service itself says about its S3 protocol.
    pub docs: &'static str,
    /// What it does otherwise than Amazon S3.
    pub quirks: Quirks,
}

/// Another kind of address of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointVariant {
    /// Over IPv4 and IPv6.
    DualStack,
    /// With cryptography that FIPS 140 approves.
    Fips,
    /// Both of these.
    FipsDualStack,
    /// Through the nearest edge of the network, for objects only.
    Accelerate,
    /// The same over IPv4 and IPv6.
    AccelerateDualStack,
}

impl Vendor {
    /// The row of a server about which nothing is known.
    const UNKNOWN: Self = Self {
        name: "",
        title: "",
        endpoint: None,
        regions: &[],
        default_region: None,
        region_endpoints: &[],
        dns_suffixes: &[],
        variants: &[],
        signing_region: None,
        ambient_credentials: false,
        environment: &[],
        website: None,
        region_websites: &[],
        cdn: None,
        docs: "",
        quirks: Quirks::GENERIC,
    };

    /// Finds a row by its name, in any case.
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = storage_core::normalize(name);
        VENDORS.iter().find(|it| it.name == name)
    }

    /// Returns the template of the address in a region.
    pub(crate) fn endpoint_in(&self, region: &str) -> Option<&'static str> {
        look_up(self.region_endpoints, region).or(self.endpoint)
    }

    /// Returns the template of an address of another kind.
    pub(crate) fn variant(&self, wanted: EndpointVariant) -> Option<&'static str> {
        self.variants.iter().find(|(variant, _)| *variant == wanted).map(|(_, address)| *address)
    }

    /// Returns the template of the website of a bucket in a region.
    pub(crate) fn website_in(&self, region: &str) -> Option<&'static str> {
        look_up(self.region_websites, region).or(self.website)
    }

    /// Returns what `{dns}` stands for in a region.
    pub(crate) fn dns_suffix(&self, region: &str) -> &'static str {
        let found = self.dns_suffixes.iter().find(|(prefix, _)| region.starts_with(prefix));
        found.map_or("", |(_, suffix)| suffix)
    }

    /// Tells whether addresses depend on the region.
    pub(crate) fn has_regions(&self) -> bool {
        self.endpoint.is_some_and(|it| it.contains("{region}")) || !self.region_endpoints.is_empty()
    }
}

fn look_up(table: &[(&str, &'static str)], region: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == region).map(|(_, address)| *address)
}

#[cfg(test)]
mod tests;
