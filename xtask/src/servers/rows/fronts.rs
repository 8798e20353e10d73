//! What stands between a client and a server: TLS, and faults. Fronts start behind the servers that they lead to.

use std::path::Path;

use crate::servers::launch::environment;
use crate::servers::process::Processes;
use crate::servers::row::{Debian, Knob, Prepared, Server, Source, Step};
use crate::servers::text::Texts;
use crate::shell::Result;

const HAPROXY: Source =
    Source::Apt { packages: &[Debian { name: "haproxy", tested: "2.6." }], programs: &["haproxy"] };
pub(super) const OPENSSL: Source =
    Source::Apt { packages: &[Debian { name: "openssl", tested: "3.0." }], programs: &["openssl"] };
const SHARED: &str = include_str!("../../../templates/servers/haproxy.cfg");
const RUN: Step = Step::Spawn {
    name: "haproxy",
    environment: &[],
    line: &["haproxy", "-db", "-f", "@home@/haproxy.cfg", "-f", "@home@/ports.cfg"],
};

/// The servers with a port here, in the order of the ports.
const BEHIND: &[&str] = &["radosgw", "swift", "moto", "rclone"];

/// `https` in front of every server that runs and can't do that itself, with HTTP/1.1 and HTTP/2, and certificates that are wrong.
pub(super) const TLS: Server = Server {
    sources: &[HAPROXY, OPENSSL],
    prepare: Some(fronts),
    files: &[
        ("haproxy.cfg", SHARED),
        ("ports.cfg", include_str!("../../../templates/servers/tls.cfg")),
        ("certificates.sh", include_str!("../../../templates/servers/certificates.sh")),
    ],
    steps: &[Step::Run(&["sh", "@home@/certificates.sh"]), RUN, Step::Open { port: "@port+8@" }],
    environment: &[
        ("_AUTHORITY", "@data@/authority.pem"),
        ("_CLIENT", "https://127.0.0.1:@port+7@"),
        ("_CLIENT_CERTIFICATE", "@data@/client.pem"),
        ("_CLIENT_KEY", "@data@/client.key"),
        ("_ELSEWHERE", "https://127.0.0.1:@port+8@"),
        ("_EXPIRED", "https://127.0.0.1:@port+9@"),
        ("_UNKNOWN", "https://127.0.0.1:@port+10@"),
        ("_OLD", "https://127.0.0.1:@port+11@"),
    ],
    ..Server::new("tls", "https in front of the servers that run; wrong certificates", 19_130, 12)
};

/// A port for each fault, in front of one server.
pub(super) const FAULTS: Server = Server {
    sources: &[HAPROXY],
    knobs: &[
        Knob { name: "server", value: "radosgw", about: "which running server is behind it" },
        Knob { name: "percent", value: "10", about: "how many of a hundred requests are met" },
        Knob { name: "retry_after", value: "1", about: "the seconds that `Retry-After` asks for" },
    ],
    prepare: Some(behind_faults),
    files: &[("haproxy.cfg", SHARED), ("ports.cfg", include_str!("../../../templates/servers/faults.cfg"))],
    steps: &[RUN, Step::Open { port: "@port@" }],
    environment: &[
        ("_SERVER", "@server@"),
        ("_PERCENT", "@percent@"),
        ("_SLOW_DOWN", "http://127.0.0.1:@port@"),
        ("_TOO_MANY", "http://127.0.0.1:@port+1@"),
        ("_UNAVAILABLE", "http://127.0.0.1:@port+2@"),
        ("_INTERNAL", "http://127.0.0.1:@port+3@"),
        ("_RESET", "http://127.0.0.1:@port+4@"),
        ("_SILENT", "http://127.0.0.1:@port+5@"),
        ("_CLOSING", "http://127.0.0.1:@port+6@"),
        ("_LATE", "http://127.0.0.1:@port+7@"),
    ],
    ..Server::new("faults", "503, 429, 500, resets, silence in front of a server", 19_150, 8)
};

fn fronts(place: &Path, first_port: u16, _: &Texts) -> Result<Prepared> {
    let data = place.join("tls/data");
    let mut prepared = Prepared::default();
    let mut fronts = String::new();
    for (name, port) in BEHIND.iter().zip(first_port..) {
        let Ok(address) = address(place, name) else { continue };
        let variable = format!("STORAGE_TEST_{}", name.to_ascii_uppercase());
        prepared.environment.push((format!("{variable}_TLS"), format!("https://127.0.0.1:{port}")));
        if environment(&place.join(name)).iter().any(|(it, _)| *it == format!("{variable}_HOSTS")) {
            prepared
                .environment
                .push((format!("{variable}_TLS_HOSTS"), format!("https://s3.localhost:{port}")));
        }
        if fronts.is_empty() {
            fronts = trusting_known_clients(name, first_port + 7, &data);
        }
        fronts += &format!(
            "frontend {name}\n  bind 127.0.0.1:{port} ssl crt {} alpn h2,http/1.1\n  default_backend {name}\n\
             backend {name}\n  server {name} {address} maxconn 1024\n",
            data.join("server.both.pem").display(),
        );
    }
    if fronts.is_empty() {
        return Err(format!("start a server for it first: {}", BEHIND.join(", ")).into());
    }
    prepared.texts.push(("fronts".to_owned(), fronts));
    Ok(prepared)
}

/// The port that wants to see a certificate of the client.
fn trusting_known_clients(name: &str, port: u16, data: &Path) -> String {
    format!(
        "frontend clients\n  bind 127.0.0.1:{port} ssl crt {} ca-file {} verify required\n  default_backend {name}\n",
        data.join("server.both.pem").display(),
        data.join("authority.pem").display(),
    )
}

fn behind_faults(place: &Path, _: u16, texts: &Texts) -> Result<Prepared> {
    let address = address(place, &texts.fill("@server@")?)?;
    Ok(Prepared { texts: vec![("backend".to_owned(), address)], environment: Vec::new() })
}

/// Returns host and port of a server that runs.
fn address(place: &Path, name: &str) -> Result<String> {
    let variable = format!("STORAGE_TEST_{}", name.to_ascii_uppercase());
    let home = place.join(name);
    if Processes::of(&home).running().is_empty() {
        return Err(format!("`{name}` is not running; start it first").into());
    }
    let found = environment(&home).into_iter().find(|(it, _)| *it == variable);
    let address = found.and_then(|(_, url)| {
        let rest = url.strip_prefix("http://")?;
        // The path of an account is none of a front's business.
        Some(rest.split_once('/').map_or(rest, |(address, _)| address).to_owned())
    });
    address.ok_or_else(|| format!("`{name}` does not speak HTTP").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_wants_a_server_that_runs() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().join("moto");
        std::fs::create_dir_all(&home).unwrap();
        // What tests were told by one whose time was over.
        std::fs::write(home.join("environment"), "STORAGE_TEST_MOTO=http://127.0.0.1:1\n").unwrap();
        let error = fronts(place.path(), 2, &Texts::default()).err().unwrap().to_string();
        assert_eq!(error, "start a server for it first: radosgw, swift, moto, rclone");
        assert_eq!(
            address(place.path(), "moto").unwrap_err().to_string(),
            "`moto` is not running; start it first"
        );
    }
}
