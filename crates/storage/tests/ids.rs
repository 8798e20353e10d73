//! Every id that is promised opens, or says by name why it does not.

#![cfg(test)]

use storage::{ErrorKind, KNOWN, NO_SETTINGS, Protocol, Registry};

/// Every id, with the protocol that it speaks.
const IDS: &[(Protocol, &[&str])] = &[
    (Protocol::Memory, &["memory", "dummy"]),
    (Protocol::Local, &["local"]),
    (Protocol::S3, REGIONS),
    (Protocol::S3, VENDORS),
    (Protocol::S3, ROWS),
    (Protocol::Azure, &["azure", "azure_blobs", "az"]),
    (Protocol::Gcs, &["gcs", "gs", "google_storage"]),
    (Protocol::Swift, &["swift", "openstack_swift", "ktucloud"]),
    (
        Protocol::Swift,
        &["cloudfiles", "rackspace_cloudfiles", "cloudfiles_us", "cloudfiles_uk", "cloudfiles_swift"],
    ),
    (Protocol::S3, &["backblaze_b2", "b2"]),
    (Protocol::S3, &["aliyun_oss", "oss"]),
    (Protocol::Atmos, &["atmos", "ninefold"]),
];

/// Amazon, and the ids that Apache Libcloud has for its regions.
const REGIONS: &[&str] = &[
    "s3",
    "aws",
    "s3_us_east_2",
    "s3_us_west",
    "s3_us_west_oregon",
    "s3_us_gov_west",
    "s3_us_gov_east",
    "s3_cn_north",
    "s3_cn_northwest",
    "s3_eu_west",
    "s3_eu_west_2",
    "s3_eu_west_3",
    "s3_eu_central",
    "s3_eu_north_1",
    "s3_ap_south",
    "s3_ap_southeast",
    "s3_ap_southeast2",
    "s3_ap_northeast",
    "s3_ap_northeast_1",
    "s3_ap_northeast_2",
    "s3_sa_east",
    "s3_ca_central",
];

/// Services that speak S3, by the ids here and in Apache Libcloud.
const VENDORS: &[&str] = &[
    "ceph",
    "rgw",
    "s3_rgw",
    "outscale",
    "s3_rgw_outscale",
    "minio",
    "digitalocean",
    "digitalocean_spaces",
    "scaleway",
    "ovh",
    "auroraobjects",
    "r2",
    "wasabi",
    "linode",
    "vultr",
    "hetzner",
    "ibm_cos",
    "tencent_cos",
    "huawei_obs",
    "storj",
    "idrive",
    "exoscale",
    "upcloud",
    "tigris",
    "dreamhost",
    "seaweedfs",
    "garage",
    "ionos",
    "oracle",
    "yandex",
    "selectel",
    "contabo",
    "netapp",
    "gcs_s3",
];

/// Services that speak S3, by the names under which their differences are collected.
const ROWS: &[&str] = &[
    "AWS",
    "ArvanCloud",
    "BizflyCloud",
    "Ceph",
    "ChinaMobile",
    "Cloudflare",
    "Cubbit",
    "DigitalOcean",
    "Dreamhost",
    "Exaba",
    "Fastly",
    "FileLu",
    "FlashBlade",
    "HCP",
    "Hetzner",
    "HuaweiOBS",
    "IBMCOS",
    "IDrive",
    "IONOS",
    "ImpossibleCloud",
    "Intercolo",
    "Leviia",
    "Liara",
    "Linode",
    "LyveCloud",
    "Magalu",
    "Mega",
    "Minio",
    "Netease",
    "OVHcloud",
    "Other",
    "Outscale",
    "Petabox",
    "Qiniu",
    "Rabata",
    "RackCorp",
    "Rclone",
    "Scaleway",
    "Scality",
    "SeaweedFS",
    "Selectel",
    "Servercore",
    "SpectraLogic",
    "Storj",
    "Synology",
    "TencentCOS",
    "Wasabi",
    "Zadara",
    "Zata",
    "ZeroServices",
    "US3",
];

/// The ways in which people write an id.
fn spellings(id: &str) -> [String; 4] {
    let swapped = |(at, c): (usize, char)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c };
    [
        id.to_owned(),
        id.to_uppercase(),
        id.to_lowercase().replace('_', "-"),
        id.char_indices().map(swapped).collect::<String>().replace('_', "-"),
    ]
}

#[test]
fn every_id_opens_or_is_unsupported_by_name_in_any_case() {
    let registry = Registry::with_compiled_in();
    for (protocol, ids) in IDS {
        for spelling in ids.iter().flat_map(|id| spellings(id)) {
            match registry.provider(&spelling) {
                Ok((provider, _)) => {
                    assert!(protocol.is_built() && !provider.protocol.is_empty(), "{spelling}")
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported, "{spelling}: {error}");
                    let shown = error.to_string();
                    let id = spelling.to_lowercase().replace('-', "_");
                    assert!(shown.contains(&format!("`{id}`")), "{shown}");
                    assert!(
                        shown.contains(protocol.crate_name()) && shown.contains(protocol.title()),
                        "{shown}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_built_opens_when_its_feature_is_on() {
    let registry = Registry::with_compiled_in();
    for known in KNOWN {
        let on = match known.protocol.feature() {
            None => known.protocol.is_built(),
            Some("local") => cfg!(feature = "local"),
            Some("azure") => cfg!(feature = "azure"),
            Some("s3") => cfg!(feature = "s3"),
            Some(_) => false,
        };
        for name in known.names() {
            assert_eq!(registry.provider(name).is_ok(), on, "{name}");
            if !on && let Some(feature) = known.protocol.feature() {
                let error = registry.open(name, NO_SETTINGS).unwrap_err();
                assert!(error.to_string().contains(&format!("the feature `{feature}`")), "{error}");
            }
        }
    }
}

#[test]
fn the_table_has_each_name_once_and_normalized() {
    let mut names: Vec<&str> = KNOWN.iter().flat_map(|it| it.names()).collect();
    assert!(names.iter().all(|it| storage::normalize(it) == *it));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_ids_of_compiled_in_providers_are_known() {
    for provider in storage::PROVIDERS {
        for id in provider.ids {
            for name in std::iter::once(&id.id).chain(id.aliases) {
                assert!(KNOWN.iter().any(|it| it.names().any(|known| known == *name)), "{name}");
            }
        }
    }
}

#[test]
fn an_unknown_id_names_the_valid_ones_and_the_nearest() {
    let error = storage::open("memroy", NO_SETTINGS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let shown = error.to_string();
    assert!(shown.contains("unknown provider `memroy`; did you mean `memory`?"), "{shown}");
    assert!(shown.contains("this build opens memory"), "{shown}");
    let shown = storage::open("digital-oceans", NO_SETTINGS).unwrap_err().to_string();
    assert!(shown.contains("did you mean `digitalocean`?"), "{shown}");
    let shown = storage::open("qqqqqqqqqqq", NO_SETTINGS).unwrap_err().to_string();
    assert!(!shown.contains("did you mean"), "{shown}");
}

#[test]
fn an_unknown_setting_names_the_valid_ones_and_never_a_value() {
    let error = storage::open("memory", [("rooot", "canary-4711")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("`rooot`"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
}
