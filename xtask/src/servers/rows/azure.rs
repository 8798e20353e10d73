//! Azure Blob Storage and Microsoft Entra ID, as far as they run on a machine of one's own.

use crate::servers::row::{Knob, Server, Source, Step};
use crate::servers::rows::fronts::OPENSSL;

/// Programs, not a server: the client of the vendor.
pub(super) const CLIENTS: Server = Server {
    sources: &[Source::Pip {
        packages: &["azure-storage-blob==12.31.1"],
        constraints: include_str!("../../../templates/servers/azure.txt"),
    }],
    environment: &[("_PYTHON", "@home@/venv/bin/python")],
    ..Server::new("azure", "Microsoft's azure-storage-blob, to compare with", 0, 0)
};

/// Its tokens are taken by `azurite` over `https`, which looks at issuer, audience and times.
pub(super) const OAUTH: Server = Server {
    sources: &[Source::Npm(&["oauth2-mock-server@8.2.3"])],
    knobs: &[
        Knob {
            name: "tenant",
            value: "00000000-0000-0000-0000-000000000001",
            about: "the directory that tokens are of",
        },
        Knob { name: "audience", value: "https://storage.azure.com", about: "what tokens are good for" },
        Knob { name: "client", value: "testclient", about: "who may ask" },
        Knob {
            name: "secret",
            value: "testsecret",
            about: "the proof of who asks; an assertion is taken, too",
        },
        Knob { name: "life", value: "3600", about: "how many seconds a token is good for" },
    ],
    files: &[("run.mjs", include_str!("../../../templates/servers/oauth.mjs"))],
    steps: &[
        Step::Spawn { name: "oauth", environment: &[], line: &["node", "@home@/run.mjs"] },
        Step::Http { port: "@port@", path: "/jwks", status: 200 },
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@"),
        ("_TOKEN", "http://127.0.0.1:@port@/@tenant@/oauth2/v2.0/token"),
        ("_TENANT", "@tenant@"),
        ("_CLIENT", "@client@"),
        ("_SECRET", "@secret@"),
    ],
    ..Server::new("oauth", "tokens as those of Microsoft Entra ID", 19_180, 1)
};

/// What every instance is told.
macro_rules! azurite {
    ($name:literal, $port:literal, $($more:literal),*) => {
        Step::Spawn {
            name: $name,
            environment: &[],
            line: &[
                "node",
                "@home@/node_modules/azurite/dist/src/blob/main.js",
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                $port,
                "--silent",
                "--disableTelemetry",
                $($more),*
            ],
        }
    };
}

/// Three instances: one that keeps its data on the disk, one that keeps it in memory, and one that speaks TLS and takes
/// tokens, for it takes those over TLS only.
pub(super) const AZURITE: Server = Server {
    sources: &[Source::Npm(&["azurite@3.37.0"]), OPENSSL],
    files: &[("certificates.sh", include_str!("../../../templates/servers/certificates.sh"))],
    steps: &[
        Step::Run(&["sh", "@home@/certificates.sh"]),
        azurite!("disk", "@port@", "--location", "@data@/disk"),
        azurite!("memory", "@port+1@", "--inMemoryPersistence"),
        azurite!(
            "tls",
            "@port+2@",
            "--inMemoryPersistence",
            "--oauth",
            "basic",
            "--cert",
            "@data@/server.pem",
            "--key",
            "@data@/server.key"
        ),
        Step::Http { port: "@port@", path: "/", status: 400 },
        Step::Http { port: "@port+1@", path: "/", status: 400 },
        Step::Open { port: "@port+2@" },
    ],
    environment: &[
        ("", "http://127.0.0.1:@port@/devstoreaccount1"),
        ("_HOSTS", "http://devstoreaccount1.blob.localhost:@port@"),
        ("_MEMORY", "http://127.0.0.1:@port+1@/devstoreaccount1"),
        ("_TLS", "https://127.0.0.1:@port+2@/devstoreaccount1"),
        ("_TLS_HOSTS", "https://devstoreaccount1.blob.localhost:@port+2@"),
        ("_AUTHORITY", "@data@/authority.pem"),
        ("_ACCOUNT", "devstoreaccount1"),
        // The account and the key that everybody knows.
        ("_KEY", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
    ],
    ..Server::new(
        "azurite",
        "Azure Blob on disk, in memory and with TLS; checks signatures and tokens",
        19_170,
        3,
    )
};
