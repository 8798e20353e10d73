//! Every provider that the library means to open, as data: an id that is known is never answered by "unknown".

use storage_core::normalize;

/// A provider by its id, whether or not this build opens it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Known {
    /// The id, in lower case with `_`.
    pub id: &'static str,
    /// Other spellings, such as those of Apache Libcloud.
    pub aliases: &'static [&'static str],
    /// The protocol that it speaks.
    pub protocol: Protocol,
}

impl Known {
    /// Goes through the id and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.id).chain(self.aliases.iter().copied())
    }
}

/// A protocol, which is one crate and one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// A map in memory.
    Memory,
    /// Directories of a file system.
    Local,
    /// The S3 REST protocol.
    S3,
    /// The Azure Blob REST protocol.
    Azure,
    /// The JSON and XML protocols of Google Cloud Storage.
    Gcs,
    /// OpenStack Swift v1.
    Swift,
    /// The native protocol of Backblaze B2.
    B2,
    /// The native protocol of Aliyun OSS.
    Oss,
    /// EMC Atmos REST.
    Atmos,
}

impl Protocol {
    /// Returns the crate that speaks it.
    pub const fn crate_name(self) -> &'static str {
        self.row().0
    }

    /// Returns the feature of this crate that compiles it in; `None` when it is always there.
    pub const fn feature(self) -> Option<&'static str> {
        self.row().1
    }

    /// Returns its name for people.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// Tells whether this version of the library has it at all, be its feature on or off.
    pub const fn is_built(self) -> bool {
        matches!(self, Self::Memory | Self::Local | Self::S3 | Self::Azure)
    }

    const fn row(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Memory => ("storage-core", None, "in-memory"),
            Self::Local => ("storage-local", Some("local"), "local directories"),
            Self::S3 => ("storage-s3", Some("s3"), "S3"),
            Self::Azure => ("storage-azure", Some("azure"), "Azure Blob"),
            Self::Gcs => ("storage-gcs", Some("gcs"), "Google Cloud Storage"),
            Self::Swift => ("storage-swift", Some("swift"), "OpenStack Swift"),
            Self::B2 => ("storage-b2", Some("b2"), "Backblaze B2"),
            Self::Oss => ("storage-oss", Some("oss"), "Aliyun OSS"),
            Self::Atmos => ("storage-atmos", Some("atmos"), "EMC Atmos"),
        }
    }

    /// Says why a known provider does not open.
    pub(crate) fn explain_missing(self, id: &str) -> String {
        let (crate_name, feature, title) = self.row();
        match feature {
            Some(feature) if self.is_built() => format!(
                "`{id}` needs the {title} protocol, which is not compiled in; turn on the feature `{feature}` of \
                 `storage`, or register the provider of `{crate_name}`"
            ),
            Some(feature) => format!(
                "`{id}` needs the {title} protocol, which this version does not have yet; it will come with the crate \
                 `{crate_name}` and the feature `{feature}`"
            ),
            None => format!("`{id}` is not in this registry; register the provider of `{crate_name}`"),
        }
    }
}

/// Finds a known provider by a normalized id or alias.
pub(crate) fn find(id: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|it| it.names().any(|name| name == normalize(id)))
}

const fn row(id: &'static str, aliases: &'static [&'static str], protocol: Protocol) -> Known {
    Known { id, aliases, protocol }
}

const fn s3(id: &'static str) -> Known {
    row(id, &[], Protocol::S3)
}

/// Every provider that is known, a row each.
#[rustfmt::skip]
pub static KNOWN: &[Known] = &[
    row("memory", &["dummy"], Protocol::Memory),
    row("local", &[], Protocol::Local),
    row("azure", &["azure_blobs", "az"], Protocol::Azure),
    row("gcs", &["gs", "google_storage"], Protocol::Gcs),
    row("swift", &["openstack_swift"], Protocol::Swift),
    row("cloudfiles", &["rackspace_cloudfiles", "cloudfiles_us", "cloudfiles_swift"], Protocol::Swift),
    row("cloudfiles_uk", &[], Protocol::Swift),
    row("ktucloud", &[], Protocol::Swift),
    row("backblaze_b2", &["b2"], Protocol::S3),
    row("aliyun_oss", &["oss", "alibaba", "aliyun"], Protocol::S3),
    row("atmos", &[], Protocol::Atmos),
    row("ninefold", &[], Protocol::Atmos),

    row("s3", &["aws"], Protocol::S3),
    s3("s3_us_east_2"), s3("s3_us_west"), s3("s3_us_west_oregon"), s3("s3_us_gov_west"), s3("s3_us_gov_east"),
    s3("s3_cn_north"), s3("s3_cn_northwest"), s3("s3_eu_west"), s3("s3_eu_west_2"), s3("s3_eu_west_3"),
    s3("s3_eu_central"), s3("s3_eu_north_1"), s3("s3_ap_south"), s3("s3_ap_southeast"), s3("s3_ap_southeast2"),
    row("s3_ap_northeast", &["s3_ap_northeast_1"], Protocol::S3), s3("s3_ap_northeast_2"), s3("s3_sa_east"),
    s3("s3_ca_central"),

    s3("arvancloud"),
    s3("auroraobjects"),
    s3("bizflycloud"),
    row("ceph", &["rgw", "s3_rgw"], Protocol::S3),
    s3("chinamobile"),
    s3("contabo"),
    s3("cubbit"),
    row("digitalocean", &["digitalocean_spaces"], Protocol::S3),
    s3("dreamhost"),
    s3("exaba"),
    s3("exoscale"),
    s3("fastly"),
    s3("filelu"),
    s3("flashblade"),
    s3("garage"),
    s3("gcs_s3"),
    s3("hcp"),
    s3("hetzner"),
    row("huawei_obs", &["huaweiobs"], Protocol::S3),
    row("ibm_cos", &["ibmcos"], Protocol::S3),
    s3("idrive"),
    s3("impossiblecloud"),
    s3("intercolo"),
    s3("ionos"),
    s3("leviia"),
    s3("liara"),
    s3("linode"),
    s3("lyvecloud"),
    s3("magalu"),
    s3("mega"),
    s3("minio"),
    s3("netapp"),
    s3("netease"),
    s3("oracle"),
    row("other", &["s3_compatible"], Protocol::S3),
    row("outscale", &["s3_rgw_outscale"], Protocol::S3),
    row("ovh", &["ovhcloud"], Protocol::S3),
    s3("petabox"),
    s3("qiniu"),
    row("r2", &["cloudflare", "cloudflare_r2"], Protocol::S3),
    s3("rabata"),
    s3("rackcorp"),
    s3("rclone"),
    s3("scaleway"),
    s3("scality"),
    s3("seaweedfs"),
    s3("selectel"),
    s3("servercore"),
    s3("spectralogic"),
    s3("storj"),
    row("swift_s3", &["s3api"], Protocol::S3),
    s3("synology"),
    row("tencent_cos", &["tencentcos"], Protocol::S3),
    s3("tigris"),
    s3("upcloud"),
    s3("us3"),
    s3("vultr"),
    s3("wasabi"),
    s3("yandex"),
    s3("zadara"),
    s3("zata"),
    s3("zeroservices"),
];
