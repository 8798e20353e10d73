//! Services from M to Z.

use crate::vendors::quirks::{ALL_CHECKSUMS, PRIVATE_OR_PUBLIC, V4};
use crate::vendors::{Addressing, BucketNames, EndpointVariant, ListEncoding, ListVersion, Quirks, Vendor};

pub(super) const ROWS: &[Vendor] = &[
    Vendor {
        name: "magalu",
        title: "Magalu Object Storage",
        endpoint: Some("https://{region}.magaluobjects.com"),
        regions: &["br-se1", "br-ne1"],
        default_region: Some("br-se1"),
        docs: "https://docs.magalu.cloud/docs/storage/object-storage/overview",
        quirks: Quirks {
            list_version: ListVersion::V1,
            storage_classes: &["STANDARD", "GLACIER_IR"],
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "mega",
        title: "MEGA S4",
        endpoint: Some("https://s3.{region}.megas4.com"),
        regions: &[
            "eu-luxembourg-1",
            "eu-luxembourg-2",
            "eu-amsterdam-1",
            "eu-amsterdam-2",
            "eu-paris-1",
            "eu-paris-2",
            "eu-barcelona-1",
            "eu-barcelona-2",
            "ca-montreal-1",
            "ca-montreal-2",
            "ca-vancouver-1",
            "ca-vancouver-2",
            "ap-tokyo-1",
            "ap-tokyo-2",
        ],
        default_region: Some("eu-luxembourg-1"),
        docs: "https://help.mega.io/megas4",
        quirks: Quirks { list_encoding: ListEncoding::Url, max_copy_bytes: u64::MAX, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "netease",
        title: "NetEase Object Storage",
        endpoint: Some("https://nos-{region}.126.net"),
        regions: &["eastchina1"],
        default_region: Some("eastchina1"),
        docs: "https://sf.163.com/help/documents/89796157866430464",
        quirks: Quirks {
            list_version: ListVersion::V1,
            list_encoding: ListEncoding::Off,
            multipart_etag_is_digest: false,
            reports_existing_bucket: false,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "oracle",
        title: "Oracle Cloud Object Storage",
        endpoint: Some("https://{account}.compat.objectstorage.{region}.oraclecloud.com"),
        regions: &[
            "us-ashburn-1",
            "us-phoenix-1",
            "eu-frankfurt-1",
            "eu-zurich-1",
            "eu-amsterdam-1",
            "uk-london-1",
            "ap-tokyo-1",
            "ap-mumbai-1",
            "ap-sydney-1",
            "sa-saopaulo-1",
            "ca-toronto-1",
        ],
        default_region: Some("us-ashburn-1"),
        docs: "https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/s3compatibleapi.htm",
        // The namespace stands in front of the host, so the bucket can not; no access lists, keys of the caller:
        // https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/s3compatibleapi.htm
        quirks: Quirks { signatures: V4, acls: &[], sse_c: true, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "outscale",
        title: "3DS OUTSCALE Object Storage",
        endpoint: Some("https://oos.{region}.outscale.com"),
        regions: &["eu-west-2", "us-east-2", "us-west-1", "cloudgouv-eu-west-1", "ap-northeast-1"],
        default_region: Some("eu-west-2"),
        docs: "https://docs.outscale.com/en/userguide/OOS-API-Reference.html",
        // https://docs.outscale.com/en/userguide/OOS-API-Reference.html
        quirks: Quirks {
            reports_existing_bucket: true,
            website: true,
            object_lock: false,
            sse_c: false,
            ..Quirks::CEPH
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "ovh",
        title: "OVHcloud Object Storage",
        endpoint: Some("https://s3.{region}.io.cloud.ovh.net"),
        regions: &[
            "gra",
            "rbx",
            "sbg",
            "eu-west-par",
            "de",
            "uk",
            "waw",
            "bhs",
            "ca-east-tor",
            "sgp",
            "ap-southeast-syd",
            "ap-south-mum",
            "us-east-va",
            "us-west-or",
            "rbx-archive",
        ],
        default_region: Some("sbg"),
        region_endpoints: &[
            ("us-east-va", "https://s3.us-east-va.io.cloud.ovh.us"),
            ("us-west-or", "https://s3.us-west-or.io.cloud.ovh.us"),
        ],
        docs: "https://help.ovhcloud.com/csm/en-public-cloud-storage-s3-compliancy",
        quirks: Quirks {
            versions: true,
            tags: true,
            acl: true,
            cors: true,
            lifecycle: true,
            object_lock: true,
            sse_c: true,
            storage_classes: &[
                "EXPRESS_ONEZONE",
                "STANDARD",
                "STANDARD_IA",
                "ONEZONE_IA",
                "GLACIER",
                "GLACIER_IR",
                "DEEP_ARCHIVE",
                "INTELLIGENT_TIERING",
            ],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "petabox",
        title: "Petabox",
        endpoint: Some("https://s3.{region}.petabox.io"),
        regions: &["us-east-1", "eu-central-1", "ap-southeast-1", "me-south-1", "sa-east-1"],
        default_region: Some("us-east-1"),
        docs: "https://petabox.io/",
        quirks: Quirks { reports_existing_bucket: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "qiniu",
        title: "Qiniu Kodo",
        endpoint: Some("https://s3-{region}.qiniucs.com"),
        regions: &[
            "cn-east-1",
            "cn-east-2",
            "cn-north-1",
            "cn-south-1",
            "us-north-1",
            "ap-southeast-1",
            "ap-northeast-1",
        ],
        default_region: Some("cn-east-1"),
        docs: "https://developer.qiniu.com/kodo/4086/aws-s3-compatible",
        quirks: Quirks {
            storage_classes: &["STANDARD", "LINE", "GLACIER", "DEEP_ARCHIVE"],
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "r2",
        title: "Cloudflare R2",
        endpoint: Some("https://{account}.r2.cloudflarestorage.com"),
        regions: &["auto"],
        default_region: Some("auto"),
        environment: &[
            ("R2_ACCESS_KEY_ID", "access_key_id"),
            ("R2_SECRET_ACCESS_KEY", "secret_access_key"),
            ("CLOUDFLARE_ACCOUNT_ID", "account"),
        ],
        docs: "https://developers.cloudflare.com/r2/api/s3/api/",
        // No versions, tags, lists or websites, every checksum: https://developers.cloudflare.com/r2/api/s3/api/
        // Conditions of puts and completions; a copy has headers of its own for them: https://developers.cloudflare.com/r2/api/s3/conditional-operations/
        // Parts have one size: https://developers.cloudflare.com/r2/objects/upload-objects/
        quirks: Quirks {
            bucket_names: BucketNames::Strict,
            reports_existing_bucket: true,
            signatures: V4,
            list_encoding: ListEncoding::Url,
            checksums: ALL_CHECKSUMS,
            full_object_checksums: true,
            uniform_parts: true,
            acls: &[],
            cors: true,
            lifecycle: true,
            storage_classes: &["STANDARD", "STANDARD_IA"],
            sse_c: true,
            put_if_absent: true,
            put_if_match: true,
            complete_conditional: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "rabata",
        title: "Rabata",
        endpoint: Some("https://s3.{region}.rabata.io"),
        regions: &["us-east-1", "eu-west-1", "eu-west-2"],
        default_region: Some("eu-west-1"),
        docs: "https://rabata.io/",
        quirks: Quirks::HOSTED,
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "rackcorp",
        title: "RackCorp Object Storage",
        endpoint: Some("https://{region}.s3.rackcorp.com"),
        regions: &[
            "global",
            "au",
            "au-nsw",
            "au-qld",
            "au-vic",
            "au-wa",
            "ph",
            "th",
            "hk",
            "mn",
            "kg",
            "id",
            "jp",
            "sg",
            "de",
            "us",
            "us-east-1",
            "us-west-1",
            "nz",
        ],
        default_region: Some("global"),
        region_endpoints: &[("global", "https://s3.rackcorp.com")],
        docs: "https://www.rackcorp.com/",
        quirks: Quirks { multipart_etag_is_digest: false, reports_existing_bucket: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "scaleway",
        title: "Scaleway Object Storage",
        endpoint: Some("https://s3.{region}.scw.cloud"),
        regions: &["fr-par", "nl-ams", "pl-waw"],
        default_region: Some("fr-par"),
        environment: &[
            ("SCW_ACCESS_KEY", "access_key_id"),
            ("SCW_SECRET_KEY", "secret_access_key"),
            ("SCW_DEFAULT_REGION", "region"),
        ],
        website: Some("https://{bucket}.s3-website.{region}.scw.cloud"),
        docs: "https://www.scaleway.com/en/docs/object-storage/api-cli/using-api-call-list/",
        // Checksums: https://www.scaleway.com/en/docs/object-storage/reference-content/supported-checksums/
        // 1,000 parts: https://www.scaleway.com/en/docs/object-storage/api-cli/multipart-uploads/
        quirks: Quirks {
            checksums: ALL_CHECKSUMS,
            max_parts: 1000,
            versions: true,
            tags: true,
            acl: true,
            website: true,
            cors: true,
            lifecycle: true,
            object_lock: true,
            storage_classes: &["STANDARD", "ONEZONE_IA", "GLACIER"],
            sse_c: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "selectel",
        title: "Selectel Cloud Storage",
        endpoint: Some("https://s3.{region}.storage.selcloud.ru"),
        regions: &["ru-1", "ru-3", "ru-7", "gis-1", "kz-1", "uz-2"],
        default_region: Some("ru-1"),
        docs: "https://docs.selectel.ru/en/s3/",
        // Conditions: https://docs.selectel.ru/en/s3/objects/conditional-requests/
        quirks: Quirks {
            list_encoding: ListEncoding::Off,
            versions: true,
            acl: true,
            cors: true,
            lifecycle: true,
            put_if_absent: true,
            put_if_match: true,
            delete_if_match: true,
            complete_conditional: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "servercore",
        title: "Servercore Object Storage",
        endpoint: Some("https://s3.{region}.storage.selcloud.ru"),
        regions: &["ru-1", "gis-1", "ru-7", "uz-2", "kz-1"],
        default_region: Some("ru-1"),
        region_endpoints: &[
            ("uz-2", "https://s3.uz-2.srvstorage.uz"),
            ("kz-1", "https://s3.kz-1.srvstorage.kz"),
        ],
        docs: "https://docs.servercore.com/s3/",
        // Conditions: https://docs.servercore.com/s3/objects/conditional-requests
        quirks: Quirks {
            list_encoding: ListEncoding::Off,
            versions: true,
            acl: true,
            cors: true,
            lifecycle: true,
            put_if_absent: true,
            put_if_match: true,
            delete_if_match: true,
            complete_conditional: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "storj",
        title: "Storj",
        endpoint: Some("https://gateway.storjshare.io"),
        default_region: Some("us-east-1"),
        docs: "https://storj.dev/dcs/api/s3/s3-compatibility",
        // Tags, versions and lock, no lists: https://storj.dev/dcs/api/s3/s3-compatibility
        // Parts below 64 MiB are taken and cost more: https://storj.dev/dcs/api/s3/multipart-upload/multipart-part-size
        quirks: Quirks {
            reports_existing_bucket: false,
            max_copy_bytes: u64::MAX,
            copy_parts: false,
            min_part_bytes: 64 << 20,
            tags: true,
            versions: true,
            object_lock: true,
            acls: &[],
            storage_classes: &[],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "synology",
        title: "Synology C2 Object Storage",
        endpoint: Some("https://{region}.s3.synologyc2.net"),
        regions: &["eu-001", "eu-002", "us-001", "us-002", "tw-001"],
        default_region: Some("eu-001"),
        docs: "https://kb.synology.com/en-us/C2/tutorial/How_to_use_C2_Object_Storage",
        quirks: Quirks { multipart_etag_is_digest: false, reports_existing_bucket: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "tencent_cos",
        title: "Tencent COS",
        endpoint: Some("https://cos.{region}.myqcloud.com"),
        regions: &[
            "ap-beijing",
            "ap-nanjing",
            "ap-shanghai",
            "ap-guangzhou",
            "ap-chengdu",
            "ap-chongqing",
            "ap-hongkong",
            "ap-singapore",
            "ap-mumbai",
            "ap-seoul",
            "ap-bangkok",
            "ap-tokyo",
            "na-siliconvalley",
            "na-ashburn",
            "na-toronto",
            "eu-frankfurt",
            "eu-moscow",
        ],
        default_region: Some("ap-guangzhou"),
        variants: &[(EndpointVariant::Accelerate, "https://cos.accelerate.myqcloud.com")],
        docs: "https://www.tencentcloud.com/document/product/436/32537",
        quirks: Quirks {
            list_version: ListVersion::V1,
            multipart_etag_is_digest: false,
            reports_existing_bucket: false,
            acl: true,
            storage_classes: &["STANDARD", "STANDARD_IA", "ARCHIVE"],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "tigris",
        title: "Tigris",
        endpoint: Some("https://t3.storage.dev"),
        regions: &["auto"],
        default_region: Some("auto"),
        environment: &[
            ("TIGRIS_STORAGE_ACCESS_KEY_ID", "access_key_id"),
            ("TIGRIS_STORAGE_SECRET_ACCESS_KEY", "secret_access_key"),
        ],
        docs: "https://www.tigrisdata.com/docs/api/s3/",
        // Two canned lists, no versions: https://www.tigrisdata.com/docs/api/s3/
        // Conditions: https://www.tigrisdata.com/docs/objects/conditionals/
        quirks: Quirks {
            acl: true,
            acls: PRIVATE_OR_PUBLIC,
            tags: true,
            cors: true,
            lifecycle: true,
            put_if_absent: true,
            put_if_match: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "upcloud",
        title: "UpCloud Managed Object Storage",
        endpoint: Some("https://{account}.upcloudobjects.com"),
        regions: &["europe-1", "europe-2", "europe-3", "us-1", "apac-1"],
        default_region: Some("europe-1"),
        docs: "https://upcloud.com/docs/products/managed-object-storage/",
        quirks: Quirks { addressing: Addressing::Virtual, signatures: V4, ..Quirks::CEPH },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "us3",
        title: "UCloud US3",
        endpoint: Some("https://s3-{region}.ufileos.com"),
        regions: &[
            "cn-bj",
            "cn-wlcb",
            "cn-sh2",
            "cn-gd",
            "hk",
            "us-ca",
            "sg",
            "idn-jakarta",
            "tw-tp",
            "afr-nigeria",
            "bra-saopaulo",
            "uae-dubai",
            "ge-fra",
            "vn-sng",
            "us-ws",
            "ind-mumbai",
            "kr-seoul",
            "jpn-tky",
            "th-bkk",
            "uk-london",
            "rus-mosc",
            "cn-guiyang1",
            "pk-khi",
        ],
        default_region: Some("cn-bj"),
        docs: "https://docs.ucloud.cn/ufile/s3/s3_introduction",
        quirks: Quirks {
            list_version: ListVersion::V1,
            multipart_etag_is_digest: false,
            reports_existing_bucket: false,
            acls: PRIVATE_OR_PUBLIC,
            storage_classes: &["STANDARD", "STANDARD_IA", "ARCHIVE"],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "vultr",
        title: "Vultr Object Storage",
        endpoint: Some("https://{region}.vultrobjects.com"),
        regions: &["ewr1", "sjc1", "ams1", "blr1", "del1", "sgp1"],
        default_region: Some("ewr1"),
        docs: "https://docs.vultr.com/products/cloud-storage/object-storage",
        quirks: Quirks { addressing: Addressing::Virtual, storage_classes: &[], ..Quirks::CEPH },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "wasabi",
        title: "Wasabi",
        endpoint: Some("https://s3.{region}.wasabisys.com"),
        regions: &[
            "us-east-1",
            "us-east-2",
            "us-central-1",
            "us-west-1",
            "ca-central-1",
            "eu-central-1",
            "eu-central-2",
            "eu-west-1",
            "eu-west-2",
            "eu-south-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-southeast-1",
            "ap-southeast-2",
        ],
        default_region: Some("us-east-1"),
        region_endpoints: &[("us-east-1", "https://s3.wasabisys.com")],
        environment: &[
            ("WASABI_ACCESS_KEY_ID", "access_key_id"),
            ("WASABI_SECRET_ACCESS_KEY", "secret_access_key"),
        ],
        docs: "https://docs.wasabi.com/docs/wasabi-api",
        // https://docs.wasabi.com/docs/wasabi-api
        quirks: Quirks {
            versions: true,
            tags: true,
            acl: true,
            lifecycle: true,
            object_lock: true,
            storage_classes: &[],
            sse_c: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "yandex",
        title: "Yandex Object Storage",
        endpoint: Some("https://storage.yandexcloud.net"),
        regions: &["ru-central1"],
        default_region: Some("ru-central1"),
        website: Some("https://{bucket}.website.yandexcloud.net"),
        docs: "https://yandex.cloud/en/docs/storage/s3/",
        // https://yandex.cloud/en/docs/storage/s3/api-ref/
        quirks: Quirks {
            versions: true,
            tags: true,
            acl: true,
            website: true,
            cors: true,
            lifecycle: true,
            object_lock: true,
            storage_classes: &["STANDARD", "COLD", "ICE"],
            sse_kms: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "zadara",
        title: "Zadara Object Storage",
        regions: &["us-east-1"],
        default_region: Some("us-east-1"),
        docs: "https://guides.zadarastorage.com/zios-guide/latest/s3-api.html",
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "zata",
        title: "Zata Object Storage",
        endpoint: Some("https://idr01.zata.ai"),
        regions: &["us-east-1"],
        default_region: Some("us-east-1"),
        docs: "https://zata.ai/",
        quirks: Quirks {
            multipart_etag_is_digest: false,
            reports_existing_bucket: false,
            unsigned_payload: false,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "zeroservices",
        title: "ZERO Services Object Storage",
        endpoint: Some("https://{region}.s3.zeroservices.eu"),
        regions: &["zero-fra1", "zero-fra2", "zero-eyl1"],
        default_region: Some("zero-fra1"),
        region_endpoints: &[
            ("zero-fra1", "https://fra1.s3.zeroservices.eu"),
            ("zero-fra2", "https://fra.s3.zeroservices.eu"),
            ("zero-eyl1", "https://eyl1.s3.zeroservices.eu"),
        ],
        docs: "https://zeroservices.eu/",
        quirks: Quirks { multipart_etag_is_digest: true, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
];
