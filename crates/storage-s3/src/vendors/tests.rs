use std::collections::BTreeSet;

use storage_core::CannedAcl;
use storage_http::Scheme;

use super::*;
use crate::config::S3Config;

/// Settings that open a row anywhere, without credentials.
fn anywhere(vendor: &Vendor) -> S3Config {
    let config = S3Config::new().vendor(vendor.name).anonymous(true).account("account").tenant("tenant");
    if vendor.endpoint.is_none() { config.endpoint("https://store.example.com") } else { config }
}

#[test]
fn names_are_unique_and_normalized() {
    let names: BTreeSet<_> = VENDORS.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), VENDORS.len());
    for vendor in VENDORS {
        assert_eq!(storage_core::normalize(vendor.name), vendor.name);
        assert!(!vendor.title.is_empty(), "{}", vendor.name);
        assert!(std::ptr::eq(Vendor::find(&vendor.name.to_uppercase()).unwrap(), vendor));
    }
    assert!(Vendor::find("").is_none() && Vendor::find("nobody").is_none());
}

#[test]
fn every_region_of_every_row_has_an_address() {
    for vendor in VENDORS {
        let listed = vendor.regions.iter().chain(vendor.default_region.as_ref());
        let named = vendor.region_endpoints.iter().map(|(region, _)| region);
        for region in listed.chain(named) {
            let resolved = anywhere(vendor).region(*region).resolve().expect(vendor.name);
            assert_eq!(resolved.region, *region);
            let host = resolved.endpoint.host();
            assert!(host.contains('.') && !host.contains(['{', '}']) || host == "localhost", "{host}");
            let secure = resolved.endpoint.scheme() == Scheme::Https;
            assert!(secure || resolved.endpoint.is_loopback(), "{host}");
            assert_eq!(
                resolved.endpoint.region(),
                vendor.signing_region.filter(|_| vendor.endpoint.is_some()).unwrap_or(region)
            );
        }
    }
}

#[test]
fn rows_with_regions_know_the_one_to_start_with_or_ask_for_it() {
    for vendor in VENDORS.iter().filter(|it| it.has_regions()) {
        let resolved = anywhere(vendor).resolve();
        match vendor.default_region {
            Some(region) => assert!(vendor.regions.contains(&region) && resolved.is_ok(), "{}", vendor.name),
            None => {
                assert!(resolved.unwrap_err().to_string().contains("`region` is missing"), "{}", vendor.name)
            }
        }
    }
}

#[test]
fn rows_link_what_the_service_says() {
    for vendor in VENDORS {
        assert!(vendor.docs.starts_with("https://") && !vendor.docs.contains(' '), "{}", vendor.name);
    }
}

#[test]
fn templates_hold_known_marks_only() {
    let variants = |it: &Vendor| it.variants.iter().map(|(_, address)| *address).collect::<Vec<_>>();
    for vendor in VENDORS {
        let regional = vendor.region_endpoints.iter().map(|(_, address)| *address);
        for address in regional.chain(vendor.endpoint).chain(variants(vendor)) {
            let rest = ["{region}", "{account}", "{tenant}", "{dns}"]
                .iter()
                .fold(address.to_owned(), |it, mark| it.replace(mark, "x"));
            assert!(!rest.contains(['{', '}']), "{}: {address}", vendor.name);
        }
        for address in vendor.website.iter().chain(vendor.cdn.iter()) {
            assert_eq!(address.matches("{bucket}").count(), 1, "{}: {address}", vendor.name);
        }
    }
}

#[test]
fn quirks_do_not_contradict_each_other() {
    for vendor in VENDORS {
        let it = &vendor.quirks;
        let name = vendor.name;
        assert!(!it.signatures.is_empty(), "{name}");
        assert!(!it.full_object_checksums || !it.checksums.is_empty(), "{name}");
        assert!(!it.trailers || !it.checksums.is_empty(), "{name}");
        assert!(!it.complete_conditional || it.multipart && it.put_if_absent, "{name}");
        assert!(!it.copy_parts || it.multipart && it.copy, "{name}");
        assert!(!it.incomplete_uploads || it.multipart, "{name}");
        assert!(!it.acl || !it.acls.is_empty(), "{name}");
        assert!(!it.object_lock || it.versions, "{name}: locks need versions");
        assert!(it.min_part_bytes <= it.max_part_bytes && it.max_parts > 0, "{name}");
        assert!(vendor.website.is_none() || it.website, "{name}");
    }
}

#[test]
fn spaces_have_two_canned_lists() {
    let spaces = Vendor::find("digitalocean").unwrap();
    assert_eq!(spaces.quirks.acls, [CannedAcl::Private, CannedAcl::PublicRead]);
    assert_eq!(spaces.quirks.signatures, [SignatureVersion::V4, SignatureVersion::V2]);
}

#[test]
fn every_collected_service_has_a_row() {
    for name in [
        "aws",
        "aliyun_oss",
        "arvancloud",
        "bizflycloud",
        "ceph",
        "chinamobile",
        "r2",
        "cubbit",
        "digitalocean",
        "dreamhost",
        "exaba",
        "fastly",
        "filelu",
        "flashblade",
        "gcs_s3",
        "hcp",
        "hetzner",
        "huawei_obs",
        "ibm_cos",
        "idrive",
        "ionos",
        "impossiblecloud",
        "intercolo",
        "leviia",
        "liara",
        "linode",
        "lyvecloud",
        "magalu",
        "mega",
        "minio",
        "netease",
        "ovh",
        "other",
        "outscale",
        "petabox",
        "qiniu",
        "rabata",
        "rackcorp",
        "rclone",
        "scaleway",
        "scality",
        "seaweedfs",
        "selectel",
        "servercore",
        "spectralogic",
        "storj",
        "synology",
        "tencent_cos",
        "wasabi",
        "zadara",
        "zata",
        "zeroservices",
        "us3",
        "backblaze_b2",
        "auroraobjects",
        "garage",
        "swift_s3",
        "vultr",
        "exoscale",
        "upcloud",
        "tigris",
        "oracle",
        "yandex",
        "contabo",
        "netapp",
    ] {
        assert!(Vendor::find(name).is_some(), "{name}");
    }
}
