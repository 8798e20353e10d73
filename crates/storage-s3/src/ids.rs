//! The ids that open this provider, with those of Apache Libcloud.

use storage_core::ProviderId;

use crate::vendors::VENDORS;

macro_rules! id {
    ($id:literal, $title:literal, [$($alias:literal),*], [$(($key:literal, $value:literal)),*]) => {
        ProviderId {
            id: $id,
            aliases: &[$($alias),*],
            title: $title,
            preset: &[$(($key, $value)),*],
            environment: environment_of($id),
        }
    };
}

/// A region of Amazon S3 that has an id.
macro_rules! region {
    ($id:literal, $region:literal, $title:literal $(, $alias:literal)*) => {
        id!($id, $title, [$($alias),*], [("region", $region)])
    };
}

/// A row of the table of vendors that has an id of the same name.
macro_rules! vendor {
    ($id:literal, $title:literal $(, $alias:literal)*) => {
        id!($id, $title, [$($alias),*], [("vendor", $id)])
    };
}

/// The variables of a vendor's own tools; none for ids that are no vendor's.
const fn environment_of(id: &str) -> &'static [(&'static str, &'static str)] {
    let mut at = 0;
    while at < VENDORS.len() {
        if equal(VENDORS[at].name.as_bytes(), id.as_bytes()) {
            return VENDORS[at].environment;
        }
        at += 1;
    }
    &[]
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Every id of the family.
#[rustfmt::skip]
pub(crate) static IDS: &[ProviderId] = &[
    id!("s3", "Amazon S3", ["aws"], []),
    region!("s3_us_east_2", "us-east-2", "Amazon S3, Ohio"),
    region!("s3_us_west", "us-west-1", "Amazon S3, Northern California"),
    region!("s3_us_west_oregon", "us-west-2", "Amazon S3, Oregon"),
    region!("s3_us_gov_west", "us-gov-west-1", "Amazon S3, GovCloud West"),
    region!("s3_us_gov_east", "us-gov-east-1", "Amazon S3, GovCloud East"),
    region!("s3_cn_north", "cn-north-1", "Amazon S3, Beijing"),
    region!("s3_cn_northwest", "cn-northwest-1", "Amazon S3, Ningxia"),
    region!("s3_eu_west", "eu-west-1", "Amazon S3, Ireland"),
    region!("s3_eu_west_2", "eu-west-2", "Amazon S3, London"),
    region!("s3_eu_west_3", "eu-west-3", "Amazon S3, Paris"),
    region!("s3_eu_central", "eu-central-1", "Amazon S3, Frankfurt"),
    region!("s3_eu_north_1", "eu-north-1", "Amazon S3, Stockholm"),
    region!("s3_ap_south", "ap-south-1", "Amazon S3, Mumbai"),
    region!("s3_ap_southeast", "ap-southeast-1", "Amazon S3, Singapore"),
    region!("s3_ap_southeast2", "ap-southeast-2", "Amazon S3, Sydney"),
    region!("s3_ap_northeast", "ap-northeast-1", "Amazon S3, Tokyo", "s3_ap_northeast_1"),
    region!("s3_ap_northeast_2", "ap-northeast-2", "Amazon S3, Seoul"),
    region!("s3_sa_east", "sa-east-1", "Amazon S3, S\u{e3}o Paulo"),
    region!("s3_ca_central", "ca-central-1", "Amazon S3, Montr\u{e9}al"),
    vendor!("aliyun_oss", "Aliyun OSS", "oss", "alibaba", "aliyun"),
    vendor!("arvancloud", "ArvanCloud Object Storage"),
    id!("auroraobjects", "AuroraObjects", [], [("vendor", "auroraobjects"), ("signature_version", "2")]),
    vendor!("backblaze_b2", "Backblaze B2", "b2"),
    vendor!("bizflycloud", "Bizfly Cloud Simple Storage"),
    vendor!("ceph", "Ceph Object Gateway", "rgw", "s3_rgw"),
    vendor!("chinamobile", "China Mobile Ecloud EOS"),
    vendor!("contabo", "Contabo Object Storage"),
    vendor!("cubbit", "Cubbit DS3"),
    vendor!("digitalocean", "DigitalOcean Spaces", "digitalocean_spaces"),
    vendor!("dreamhost", "DreamObjects"),
    vendor!("exaba", "Exaba"),
    vendor!("exoscale", "Exoscale Simple Object Storage"),
    vendor!("fastly", "Fastly Object Storage"),
    vendor!("filelu", "FileLu S5"),
    vendor!("flashblade", "Pure Storage FlashBlade"),
    vendor!("garage", "Garage"),
    vendor!("gcs_s3", "Google Cloud Storage, XML API"),
    vendor!("hcp", "Hitachi Content Platform"),
    vendor!("hetzner", "Hetzner Object Storage"),
    vendor!("huawei_obs", "Huawei OBS", "huaweiobs"),
    vendor!("ibm_cos", "IBM Cloud Object Storage", "ibmcos"),
    vendor!("idrive", "IDrive e2"),
    vendor!("impossiblecloud", "Impossible Cloud"),
    vendor!("intercolo", "Intercolo Object Storage"),
    vendor!("ionos", "IONOS Object Storage"),
    vendor!("leviia", "Leviia Object Storage"),
    vendor!("liara", "Liara Object Storage"),
    vendor!("linode", "Akamai (Linode) Object Storage"),
    vendor!("lyvecloud", "Seagate Lyve Cloud"),
    vendor!("magalu", "Magalu Object Storage"),
    vendor!("mega", "MEGA S4"),
    vendor!("minio", "MinIO"),
    vendor!("netapp", "NetApp StorageGRID"),
    vendor!("netease", "NetEase Object Storage"),
    vendor!("oracle", "Oracle Cloud Object Storage"),
    vendor!("other", "Another S3 service", "s3_compatible"),
    vendor!("outscale", "3DS OUTSCALE Object Storage", "s3_rgw_outscale"),
    vendor!("ovh", "OVHcloud Object Storage", "ovhcloud"),
    vendor!("petabox", "Petabox"),
    vendor!("qiniu", "Qiniu Kodo"),
    vendor!("r2", "Cloudflare R2", "cloudflare", "cloudflare_r2"),
    vendor!("rabata", "Rabata"),
    vendor!("rackcorp", "RackCorp Object Storage"),
    vendor!("rclone", "rclone serve s3"),
    vendor!("scaleway", "Scaleway Object Storage"),
    vendor!("scality", "Scality RING"),
    vendor!("seaweedfs", "SeaweedFS"),
    vendor!("selectel", "Selectel Cloud Storage"),
    vendor!("servercore", "Servercore Object Storage"),
    vendor!("spectralogic", "Spectra Logic BlackPearl"),
    vendor!("storj", "Storj"),
    vendor!("swift_s3", "OpenStack Swift, S3 API", "s3api"),
    vendor!("synology", "Synology C2 Object Storage"),
    vendor!("tencent_cos", "Tencent COS", "tencentcos"),
    vendor!("tigris", "Tigris"),
    vendor!("upcloud", "UpCloud Managed Object Storage"),
    vendor!("us3", "UCloud US3"),
    vendor!("vultr", "Vultr Object Storage"),
    vendor!("wasabi", "Wasabi"),
    vendor!("yandex", "Yandex Object Storage"),
    vendor!("zadara", "Zadara Object Storage"),
    vendor!("zata", "Zata Object Storage"),
    vendor!("zeroservices", "ZERO Services Object Storage"),
];

#[cfg(test)]
mod tests {
    use storage_core::{Pairs, normalize};

    use super::*;
    use crate::config::S3Config;
    use crate::vendors::VENDORS;

    #[test]
    fn every_vendor_has_an_id_with_its_title() {
        for vendor in VENDORS.iter().filter(|it| it.name != "aws") {
            let id = IDS.iter().find(|it| it.id == vendor.name).expect(vendor.name);
            assert!(id.preset.contains(&("vendor", vendor.name)), "{}", vendor.name);
            assert_eq!(id.title, vendor.title);
        }
    }

    #[test]
    fn names_are_normalized_and_unique() {
        let mut names: Vec<_> =
            IDS.iter().flat_map(|it| [it.id].into_iter().chain(it.aliases.iter().copied())).collect();
        assert!(names.iter().all(|it| normalize(it) == *it));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_an_id_presets_is_understood() {
        for id in IDS {
            let mut pairs: Pairs = id.preset.iter().copied().collect();
            pairs.insert("anonymous", "true");
            let mut config = S3Config::from_pairs(&pairs).expect(id.id);
            let vendor = config.vendor.as_deref().map_or("aws", |it| it);
            let row = crate::vendors::Vendor::find(vendor).expect(id.id);
            if row.endpoint.is_none() {
                config = config.endpoint("https://localhost:9000");
            }
            if row.default_region.is_none() {
                config = config.region("somewhere-1");
            }
            config = config.account("account").tenant("tenant");
            config.resolve().expect(id.id);
        }
    }

    #[test]
    fn ids_of_libcloud_stand_for_their_regions() {
        for (id, region) in [
            ("s3_us_west", "us-west-1"),
            ("s3_cn_north", "cn-north-1"),
            ("s3_ap_northeast", "ap-northeast-1"),
        ] {
            let id = IDS.iter().find(|it| it.id == id).unwrap();
            assert_eq!(id.preset, [("region", region)]);
        }
    }
}
