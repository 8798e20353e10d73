//! Ceph's gateway: the server that checks the most.

use crate::servers::row::{Debian, Knob, Server, Source, Step};

/// S3 with both signatures, STS, IAM, versions, ACL, CORS, website, lifecycle, lock, SSE-C and SSE-KMS; Swift v1, too.
pub(super) const RADOSGW: Server = Server {
    needs: &["clients"],
    sources: &[Source::Apt {
        packages: &[
            Debian { name: "radosgw", tested: "16.2." },
            Debian { name: "ceph-mon", tested: "16.2." },
            Debian { name: "ceph-osd", tested: "16.2." },
            Debian { name: "ceph-common", tested: "16.2." },
        ],
        programs: &["radosgw", "ceph-mon", "ceph-osd", "ceph", "monmaptool", "radosgw-admin"],
    }],
    knobs: &[
        Knob { name: "bytes", value: "8589934592", about: "how much memory objects may take" },
        Knob { name: "min_part", value: "5242880", about: "how small a part of an upload may be" },
    ],
    files: &[
        ("ceph.conf", include_str!("../../../templates/servers/ceph.conf")),
        ("users.sh", include_str!("../../../templates/servers/ceph-users.sh")),
        ("policy.py", include_str!("../../../templates/servers/ceph-policy.py")),
    ],
    steps: &[
        Step::Run(&["mkdir", "-p", "@data@/mon", "@data@/osd", "@data@/rgw"]),
        Step::Run(&[
            "monmaptool",
            "--create",
            "--fsid",
            "5f1b7c4e-3d0a-4c8e-9a55-0c1d5e7f2a01",
            "--addv",
            "a",
            "[v2:127.0.0.1:@port+1@,v1:127.0.0.1:@port+2@]",
            "@data@/monmap",
        ]),
        Step::Run(&["ceph-mon", "-c", "@home@/ceph.conf", "-i", "a", "--mkfs", "--monmap", "@data@/monmap"]),
        Step::Spawn {
            name: "mon",
            environment: &[],
            line: &["ceph-mon", "-c", "@home@/ceph.conf", "-i", "a", "-f"],
        },
        Step::Open { port: "@port+1@" },
        Step::Run(&[
            "ceph",
            "-c",
            "@home@/ceph.conf",
            "--connect-timeout",
            "30",
            "osd",
            "new",
            "5f1b7c4e-3d0a-4c8e-9a55-0c1d5e7f2a02",
            "0",
        ]),
        Step::Run(&[
            "ceph-osd",
            "-c",
            "@home@/ceph.conf",
            "-i",
            "0",
            "--mkfs",
            "--osd-uuid",
            "5f1b7c4e-3d0a-4c8e-9a55-0c1d5e7f2a02",
        ]),
        Step::Spawn {
            name: "osd",
            environment: &[],
            line: &["ceph-osd", "-c", "@home@/ceph.conf", "-i", "0", "-f"],
        },
        Step::Spawn {
            name: "rgw",
            environment: &[],
            line: &["radosgw", "-c", "@home@/ceph.conf", "-n", "client.rgw", "-f"],
        },
        Step::Http { port: "@port@", path: "/", status: 200 },
        Step::Run(&["sh", "@home@/users.sh"]),
        Step::Run(&["@clients@/venv/bin/python", "@home@/policy.py"]),
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@"),
        ("_HOSTS", "http://s3.localhost:@port@"),
        ("_WEBSITE", "http://website.localhost:@port@"),
        ("_REGION", "us-east-1"),
        ("_SIGNATURES", "v4,v2"),
        ("_KEY", "testkey"),
        ("_SECRET", "testsecret"),
        ("_OTHER_KEY", "otherkey"),
        ("_OTHER_SECRET", "othersecret"),
        ("_MIN_PART", "@min_part@"),
        ("_KMS_KEY", "testkey-1"),
        ("_SWIFT_AUTH", "http://127.0.0.1:@port@/auth/v1.0"),
        ("_SWIFT_USER", "test:swift"),
        ("_SWIFT_SECRET", "swiftsecret"),
    ],
    ..Server::new("radosgw", "Ceph; S3 with SigV4 and SigV2, all checked", 19_100, 3)
};
