//! OpenStack Swift in one tree of processes.

use crate::servers::row::{Debian, Knob, Server, Source, Step};

/// Four servers, one replica and no daemon; tokens are kept in memcached.
pub(super) const SWIFT: Server = Server {
    sources: &[
        Source::Apt { packages: &[Debian { name: "memcached", tested: "1.6." }], programs: &["memcached"] },
        Source::Pip {
            packages: &["swift==2.38.3", "setuptools==80.9.0"],
            constraints: include_str!("../../../templates/servers/swift.txt"),
        },
    ],
    knobs: &[
        Knob { name: "min_part", value: "5242880", about: "how small a part of an S3 upload may be" },
        Knob { name: "listing_limit", value: "10000", about: "how many entries a page may have" },
        Knob { name: "max_file", value: "5368709122", about: "how large an object may be" },
        Knob { name: "token_life", value: "86400", about: "how many seconds a token is good for" },
    ],
    files: &[
        ("etc/swift.conf", include_str!("../../../templates/servers/swift.conf")),
        ("etc/proxy-server.conf", include_str!("../../../templates/servers/swift-proxy.conf")),
        ("etc/nodes.conf", include_str!("../../../templates/servers/swift-nodes.conf")),
        ("run.py", include_str!("../../../templates/servers/swift.py")),
    ],
    steps: &[
        Step::Run(&["mkdir", "-p", "@data@/disks/d1", "@data@/cache"]),
        Step::Spawn {
            name: "memcached",
            environment: &[],
            line: &["memcached", "-l", "127.0.0.1", "-p", "@port+4@", "-U", "0", "-m", "16", "-u", "@user@"],
        },
        Step::Open { port: "@port+4@" },
        Step::Spawn { name: "swift", environment: &[], line: &["@home@/venv/bin/python", "@home@/run.py"] },
        Step::Open { port: "@port+1@" },
        Step::Open { port: "@port+2@" },
        Step::Open { port: "@port+3@" },
        Step::Http { port: "@port@", path: "/healthcheck", status: 200 },
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@"),
        ("_HOSTS", "http://s3.localhost:@port@"),
        ("_REGION", "us-east-1"),
        ("_SIGNATURES", "v4,v2"),
        ("_KEY", "test:tester"),
        ("_SECRET", "testing"),
        ("_OTHER_KEY", "test2:tester2"),
        ("_OTHER_SECRET", "testing2"),
        ("_MIN_PART", "@min_part@"),
        ("_AUTH", "http://127.0.0.1:@port@/auth/v1.0"),
    ],
    ..Server::new("swift", "OpenStack Swift and its s3api; SigV4 and SigV2, all checked", 19_110, 5)
};
