//! Services from A to L.

use crate::vendors::quirks::{
    ALL_CHECKSUMS, MAX_GCS, NO_BUCKET_OWNER, PRIVATE_OR_PUBLIC, PUBLIC_LISTS, V2, V4,
};
use crate::vendors::{Addressing, EndpointVariant, ListEncoding, ListVersion, Quirks, Vendor};

pub(super) const ROWS: &[Vendor] = &[
    Vendor {
        name: "aliyun_oss",
        title: "Aliyun OSS",
        endpoint: Some("https://oss-{region}.aliyuncs.com"),
        regions: &[
            "cn-hangzhou",
            "cn-shanghai",
            "cn-qingdao",
            "cn-beijing",
            "cn-zhangjiakou",
            "cn-huhehaote",
            "cn-wulanchabu",
            "cn-shenzhen",
            "cn-heyuan",
            "cn-guangzhou",
            "cn-chengdu",
            "cn-hongkong",
            "us-west-1",
            "us-east-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-5",
            "ap-northeast-1",
            "ap-south-1",
            "eu-central-1",
            "eu-west-1",
            "me-east-1",
        ],
        default_region: Some("cn-hangzhou"),
        variants: &[(EndpointVariant::Accelerate, "https://oss-accelerate.aliyuncs.com")],
        environment: &[
            ("OSS_ACCESS_KEY_ID", "access_key_id"),
            ("OSS_ACCESS_KEY_SECRET", "secret_access_key"),
            ("OSS_SESSION_TOKEN", "session_token"),
        ],
        docs: "https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3",
        // The bucket stands in front of the host, nowhere else, and there are three canned lists:
        // https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3
        quirks: Quirks {
            multipart_etag_is_digest: false,
            acls: PUBLIC_LISTS,
            storage_classes: &["STANDARD", "STANDARD_IA", "GLACIER"],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "arvancloud",
        title: "ArvanCloud Object Storage",
        endpoint: Some("https://s3.{region}.arvanstorage.ir"),
        regions: &["ir-thr-at1", "ir-tbz-sh1"],
        default_region: Some("ir-thr-at1"),
        docs: "https://docs.arvancloud.ir/en/developer-tools/api/api-usage",
        quirks: Quirks { list_version: ListVersion::V1, multipart_etag_is_digest: true, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "auroraobjects",
        title: "AuroraObjects",
        endpoint: Some("https://o.auroraobjects.eu"),
        docs: "https://web.archive.org/web/2019/https://www.auroraobjects.eu/",
        // A Ceph gateway that knew the old signature; the service has ended.
        quirks: Quirks { signatures: V2, ..Quirks::CEPH },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "backblaze_b2",
        title: "Backblaze B2",
        endpoint: Some("https://s3.{region}.backblazeb2.com"),
        regions: &[
            "us-west-001",
            "us-west-002",
            "us-west-004",
            "us-east-005",
            "eu-central-003",
            "ca-east-006",
        ],
        environment: &[
            ("B2_APPLICATION_KEY_ID", "access_key_id"),
            ("B2_APPLICATION_KEY", "secret_access_key"),
        ],
        docs: "https://www.backblaze.com/docs/cloud-storage-s3-compatible-api",
        // No SigV2, and the list of a bucket is `private` or `public-read`: https://www.backblaze.com/docs/cloud-storage-s3-compatible-api
        quirks: Quirks {
            signatures: V4,
            versions: true,
            acl: true,
            acls: PRIVATE_OR_PUBLIC,
            cors: true,
            object_lock: true,
            storage_classes: &[],
            sse_s3: true,
            sse_c: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "bizflycloud",
        title: "Bizfly Cloud Simple Storage",
        endpoint: Some("https://{region}.ss.bfcplatform.vn"),
        regions: &["hn", "hcm"],
        default_region: Some("hn"),
        docs: "https://docs.bizflycloud.vn/simple_storage/",
        quirks: Quirks::GENERIC,
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "chinamobile",
        title: "China Mobile Ecloud EOS",
        endpoint: Some("https://eos-{region}.cmecloud.cn"),
        regions: &[
            "wuxi-1",
            "jinan-1",
            "ningbo-1",
            "shanghai-1",
            "zhengzhou-1",
            "hunan-1",
            "zhuzhou-1",
            "guangzhou-1",
            "dongguan-1",
            "beijing-1",
            "beijing-2",
            "beijing-4",
            "huhehaote-1",
            "chengdu-1",
            "chongqing-1",
            "guiyang-1",
            "xian-1",
            "yunnan",
            "yunnan-2",
            "tianjin-1",
            "jilin-1",
            "hubei-1",
            "jiangxi-1",
            "gansu-1",
            "shanxi-1",
            "liaoning-1",
            "hebei-1",
            "fujian-1",
            "guangxi-1",
            "anhui-1",
        ],
        default_region: Some("wuxi-1"),
        docs: "https://ecloud.10086.cn/op-help-center/doc/category/37",
        quirks: Quirks {
            list_version: ListVersion::V1,
            multipart_etag_is_digest: true,
            acls: NO_BUCKET_OWNER,
            storage_classes: &["STANDARD", "STANDARD_IA", "GLACIER"],
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "contabo",
        title: "Contabo Object Storage",
        endpoint: Some("https://{region}.contabostorage.com"),
        regions: &["eu2", "usc1", "sin1"],
        default_region: Some("eu2"),
        signing_region: Some("default"),
        docs: "https://docs.contabo.com/docs/products/Object-Storage/technical-description/",
        quirks: Quirks::CEPH,
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "cubbit",
        title: "Cubbit DS3",
        endpoint: Some("https://s3.{tenant}.cubbit.eu"),
        regions: &["eu-west-1"],
        default_region: Some("eu-west-1"),
        docs: "https://docs.cubbit.io/integrations/s3-compatibility",
        quirks: Quirks { multipart_etag_is_digest: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "digitalocean",
        title: "DigitalOcean Spaces",
        endpoint: Some("https://{region}.digitaloceanspaces.com"),
        regions: &["syd1", "sfo3", "sfo2", "fra1", "nyc3", "ams3", "sgp1", "lon1", "tor1", "blr1", "atl1"],
        default_region: Some("nyc3"),
        environment: &[
            ("SPACES_ACCESS_KEY_ID", "access_key_id"),
            ("SPACES_SECRET_ACCESS_KEY", "secret_access_key"),
        ],
        website: Some("https://{bucket}.{region}-static.digitaloceanspaces.com"),
        cdn: Some("https://{bucket}.{region}.cdn.digitaloceanspaces.com"),
        docs: "https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/",
        // Two canned lists, both signatures, keys of the caller, no lock and no tags:
        // https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/
        quirks: Quirks {
            addressing: Addressing::Virtual,
            list_encoding: ListEncoding::Off,
            tags: false,
            acls: PRIVATE_OR_PUBLIC,
            website: true,
            object_lock: false,
            storage_classes: &[],
            ..Quirks::CEPH
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "dreamhost",
        title: "DreamObjects",
        endpoint: Some("https://s3.{region}.dream.io"),
        regions: &["us-east-005"],
        default_region: Some("us-east-005"),
        region_endpoints: &[("us-east-1", "https://objects-us-east-1.dream.io")],
        docs: "https://help.dreamhost.com/hc/en-us/articles/214823108-DreamObjects-overview",
        quirks: Quirks { addressing: Addressing::Virtual, list_encoding: ListEncoding::Off, ..Quirks::CEPH },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "exoscale",
        title: "Exoscale Simple Object Storage",
        endpoint: Some("https://sos-{region}.exo.io"),
        regions: &[
            "ch-gva-2", "ch-dk-2", "de-fra-1", "de-muc-1", "at-vie-1", "at-vie-2", "bg-sof-1", "hr-zag-1",
        ],
        default_region: Some("ch-gva-2"),
        environment: &[("EXOSCALE_API_KEY", "access_key_id"), ("EXOSCALE_API_SECRET", "secret_access_key")],
        docs: "https://community.exoscale.com/product/storage/object-storage/",
        quirks: Quirks { acl: true, cors: true, versions: true, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "fastly",
        title: "Fastly Object Storage",
        endpoint: Some("https://{region}.object.fastlystorage.app"),
        regions: &[
            "au-east-1",
            "eu-central",
            "eu-south-1",
            "eu-west-1",
            "jp-central-1",
            "uk-east-1",
            "us-central-1",
            "us-east",
            "us-east-1",
            "us-west",
            "us-west-1",
        ],
        default_region: Some("us-east"),
        docs: "https://docs.fastly.com/products/object-storage",
        // Uploads in parts are left out, and entity tags are no MD5: https://docs.fastly.com/products/object-storage
        quirks: Quirks {
            list_encoding: ListEncoding::Url,
            multipart: false,
            copy_parts: false,
            incomplete_uploads: false,
            etag_is_md5: false,
            signatures: V4,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "filelu",
        title: "FileLu S5",
        endpoint: Some("https://s5lu.com"),
        regions: &["global", "us-east", "eu-central", "ap-southeast", "me-central"],
        default_region: Some("global"),
        region_endpoints: &[
            ("us-east", "https://us.s5lu.com"),
            ("eu-central", "https://eu.s5lu.com"),
            ("ap-southeast", "https://ap.s5lu.com"),
            ("me-central", "https://me.s5lu.com"),
        ],
        docs: "https://filelu.com/pages/s5-object-storage/",
        quirks: Quirks { reports_existing_bucket: true, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "gcs_s3",
        title: "Google Cloud Storage, XML API",
        endpoint: Some("https://storage.googleapis.com"),
        signing_region: Some("auto"),
        docs: "https://cloud.google.com/storage/docs/interoperability",
        // Versions, websites and rules have a language of their own, conditions need generations, and no part is copied:
        // https://cloud.google.com/storage/docs/xml-api/overview
        quirks: Quirks {
            max_put_bytes: MAX_GCS,
            max_copy_bytes: u64::MAX,
            copy_parts: false,
            bulk_delete: false,
            acl: true,
            multipart_etag_is_digest: false,
            storage_classes: &["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"],
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "hetzner",
        title: "Hetzner Object Storage",
        endpoint: Some("https://{region}.your-objectstorage.com"),
        regions: &["fsn1", "hel1", "nbg1"],
        default_region: Some("fsn1"),
        docs: "https://docs.hetzner.com/storage/object-storage/supported-actions/",
        // No websites, keys of the caller only, two canned lists: https://docs.hetzner.com/storage/object-storage/supported-actions/
        quirks: Quirks {
            addressing: Addressing::Virtual,
            signatures: V4,
            acls: PRIVATE_OR_PUBLIC,
            storage_classes: &[],
            ..Quirks::CEPH
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "huawei_obs",
        title: "Huawei OBS",
        endpoint: Some("https://obs.{region}.myhuaweicloud.com"),
        regions: &[
            "af-south-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "cn-east-3",
            "cn-east-2",
            "cn-north-1",
            "cn-north-4",
            "cn-south-1",
            "ap-southeast-1",
            "sa-argentina-1",
            "sa-peru-1",
            "na-mexico-1",
            "sa-chile-1",
            "sa-brazil-1",
            "ru-northwest-2",
        ],
        default_region: Some("cn-north-4"),
        docs: "https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0001.html",
        quirks: Quirks {
            list_version: ListVersion::V1,
            list_encoding: ListEncoding::Off,
            reports_existing_bucket: false,
            acl: true,
            ..Quirks::HOSTED
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "ibm_cos",
        title: "IBM Cloud Object Storage",
        endpoint: Some("https://s3.{region}.cloud-object-storage.appdomain.cloud"),
        regions: &[
            "us", "us-east", "us-south", "eu", "eu-gb", "eu-de", "ap", "jp-tok", "au-syd", "ams03", "che01",
            "mel01", "osl01", "tor01", "seo01", "mon01", "mex01", "sjc04", "mil01", "hkg02", "par01",
            "sng01",
        ],
        default_region: Some("us-south"),
        docs: "https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-compatibility-api",
        // Every checksum: https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-compatibility-common
        // The groups: https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-compatibility-api
        quirks: Quirks {
            list_version: ListVersion::V1,
            signatures: V4,
            checksums: ALL_CHECKSUMS,
            versions: true,
            tags: true,
            acl: true,
            acls: NO_BUCKET_OWNER,
            website: true,
            cors: true,
            lifecycle: true,
            object_lock: true,
            sse_c: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "idrive",
        title: "IDrive e2",
        docs: "https://www.idrive.com/object-storage-e2/developer-api",
        quirks: Quirks {
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            signatures: V4,
            versions: true,
            object_lock: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "impossiblecloud",
        title: "Impossible Cloud",
        endpoint: Some("https://{region}.storage.impossibleapi.net"),
        regions: &[
            "eu-central-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "eu-east-1",
            "eu-north-1",
            "us-east-1",
        ],
        default_region: Some("eu-central-2"),
        docs: "https://docs.impossiblecloud.com/",
        quirks: Quirks::HOSTED,
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "intercolo",
        title: "Intercolo Object Storage",
        endpoint: Some("https://{region}.i3storage.com"),
        regions: &["de-fra"],
        default_region: Some("de-fra"),
        docs: "https://intercolo.de/object-storage",
        quirks: Quirks { unsigned_payload: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "ionos",
        title: "IONOS Object Storage",
        endpoint: Some("https://s3.{region}.ionoscloud.com"),
        regions: &[
            "eu-central-1",
            "eu-central-2",
            "eu-central-3",
            "eu-central-4",
            "eu-south-2",
            "us-central-1",
        ],
        default_region: Some("eu-central-3"),
        region_endpoints: &[("de", "https://s3.eu-central-1.ionoscloud.com")],
        environment: &[
            ("IONOS_S3_ACCESS_KEY", "access_key_id"),
            ("IONOS_S3_SECRET_KEY", "secret_access_key"),
        ],
        docs: "https://docs.ionos.com/cloud/storage-and-backup/ionos-object-storage/concepts/s3-api-compatibility",
        // https://docs.ionos.com/cloud/storage-and-backup/ionos-object-storage/concepts/s3-api-compatibility
        quirks: Quirks {
            multipart_etag_is_digest: true,
            versions: true,
            tags: true,
            acl: true,
            cors: true,
            lifecycle: true,
            object_lock: true,
            sse_c: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "leviia",
        title: "Leviia Object Storage",
        endpoint: Some("https://s3.leviia.com"),
        docs: "https://www.leviia.com/object-storage/",
        quirks: Quirks { reports_existing_bucket: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "liara",
        title: "Liara Object Storage",
        endpoint: Some("https://storage.{region}.liara.space"),
        regions: &["iran"],
        default_region: Some("iran"),
        docs: "https://docs.liara.ir/object-storage/about/",
        quirks: Quirks::GENERIC,
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "linode",
        title: "Akamai (Linode) Object Storage",
        endpoint: Some("https://{region}.linodeobjects.com"),
        regions: &[
            "nl-ams-1",
            "us-southeast-1",
            "in-maa-1",
            "us-ord-1",
            "eu-central-1",
            "id-cgk-1",
            "gb-lon-1",
            "us-lax-1",
            "es-mad-1",
            "us-mia-1",
            "it-mil-1",
            "us-east-1",
            "jp-osa-1",
            "fr-par-1",
            "br-gru-1",
            "us-sea-1",
            "ap-south-1",
            "sg-sin-1",
            "se-sto-1",
            "jp-tyo-1",
            "us-iad-10",
        ],
        default_region: Some("us-east-1"),
        website: Some("https://{bucket}.website-{region}.linodeobjects.com"),
        docs: "https://techdocs.akamai.com/cloud-computing/docs/object-storage",
        // Checksums in headers are not taken by all of its clusters: https://techdocs.akamai.com/cloud-computing/docs/clients-and-tooling
        quirks: Quirks {
            addressing: Addressing::Virtual,
            reports_existing_bucket: true,
            website: true,
            storage_classes: &[],
            ..Quirks::CEPH
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "lyvecloud",
        title: "Seagate Lyve Cloud",
        endpoint: Some("https://s3.{region}.{account}.lyve.seagate.com"),
        regions: &["us-west-1", "eu-west-1"],
        default_region: Some("us-west-1"),
        docs: "https://help.lyvecloud.seagate.com/en/s3-api-endpoints.html",
        quirks: Quirks { multipart_etag_is_digest: false, reports_existing_bucket: false, ..Quirks::HOSTED },
        ..Vendor::UNKNOWN
    },
];
