//! `cargo xtask servers`: test servers below `target/servers`, from the public registries, on the loopback only.
//!
//! No test of this workspace needs one yet: the conformance cases run on the memory and the local driver. A server
//! is a row of [`SERVERS`]; the tests of a protocol will name the rows that they need.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;

/// A server, as data.
struct Server {
    name: &'static str,
    about: &'static str,
    source: Source,
    /// The program below the place of installation, and its arguments; `{port}` and `{data}` are filled in.
    start: &'static [&'static str],
    /// The port unless `--port` says otherwise.
    port: u16,
}

/// The registry that a server comes from, and the packages with their versions.
enum Source {
    /// Into a virtual environment of its own.
    Pip(&'static [&'static str]),
    /// Without the scripts of the packages.
    Npm(&'static [&'static str]),
}

const SERVERS: &[Server] = &[
    Server {
        name: "moto",
        about: "S3; checks no signatures",
        source: Source::Pip(&["moto[server,s3]==5.2.5"]),
        start: &["bin/moto_server", "-H", "127.0.0.1", "-p", "{port}"],
        port: 19_001,
    },
    Server {
        name: "azurite",
        about: "Azure Blob; checks signatures",
        source: Source::Npm(&["azurite@3.37.0"]),
        start: &[
            "node_modules/.bin/azurite-blob",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            "{port}",
            "--silent",
            "--disableTelemetry",
            "--location",
            "{data}",
        ],
        port: 19_002,
    },
];

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let port = arguments.value("--port")?.map(|it| it.parse()).transpose()?;
    let verb = arguments.word().unwrap_or_else(|| "list".to_owned());
    let name = arguments.word();
    arguments.end()?;
    let place = Workspace::read()?.target.join("servers");
    if verb == "list" {
        SERVERS.iter().for_each(|it| println!("{:<10}{:<15}{}", it.name, it.state(&place), it.about));
        return Ok(());
    }
    let server = find(&name.ok_or("give the name of a server; `cargo xtask servers list` shows them")?)?;
    match verb.as_str() {
        "install" => server.install(&place),
        "start" => server.install(&place).and_then(|()| server.start(&place, port.unwrap_or(server.port))),
        "stop" => server.stop(&place),
        _ => Err(format!("unknown verb `{verb}`; there are list, install, start, stop").into()),
    }
}

fn find(name: &str) -> Result<&'static Server> {
    let known = || SERVERS.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
    SERVERS
        .iter()
        .find(|it| it.name == name)
        .ok_or_else(|| format!("unknown server `{name}`; known are {}", known()).into())
}

impl Server {
    fn home(&self, place: &Path) -> PathBuf {
        place.join(self.name)
    }

    fn program(&self, place: &Path) -> PathBuf {
        self.home(place).join(self.start.first().copied().unwrap_or_default())
    }

    fn state(&self, place: &Path) -> String {
        match self.running(place) {
            Some(pid) => format!("running ({pid})"),
            None if self.program(place).exists() => "installed".to_owned(),
            None => "not installed".to_owned(),
        }
    }

    fn install(&self, place: &Path) -> Result {
        if self.program(place).exists() {
            return Ok(());
        }
        let home = self.home(place);
        fs::create_dir_all(&home)?;
        match &self.source {
            Source::Pip(packages) => {
                Run::program("python3").args(["-m".as_ref(), "venv".as_ref(), home.as_os_str()]).status()?;
                Run::program(home.join("bin/pip")).args(["install", "--quiet"]).args(*packages).status()
            }
            Source::Npm(packages) => {
                let npm = Run::program("npm").args([
                    "install",
                    "--silent",
                    "--ignore-scripts",
                    "--no-save",
                    "--prefix",
                ]);
                npm.args([home.as_os_str()]).args(*packages).status()
            }
        }
    }

    fn start(&self, place: &Path, port: u16) -> Result {
        if let Some(pid) = self.running(place) {
            return Err(format!("`{}` is running already, as process {pid}", self.name).into());
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if listens(address) {
            return Err(format!("something else listens on {address}; give `--port`").into());
        }
        let data = self.home(place).join("data");
        fs::create_dir_all(&data)?;
        let log = fs::File::create(self.home(place).join("log"))?;
        let fill = |it: &&str| {
            it.replace("{port}", &port.to_string()).replace("{data}", &data.display().to_string())
        };
        let mut child = Command::new(self.program(place))
            .args(self.start.iter().skip(1).map(fill))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        fs::write(self.pid_file(place), child.id().to_string())?;
        let start = Instant::now();
        while !listens(address) {
            if let Some(status) = child.try_wait()? {
                let log = fs::read_to_string(self.home(place).join("log")).unwrap_or_default();
                return Err(format!("`{}` ended at once: {status}\n{log}", self.name).into());
            }
            if start.elapsed() > PATIENCE {
                child.kill()?;
                return Err(format!("`{}` does not listen on {address} after {PATIENCE:?}", self.name).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        println!("`{}` listens on {address} as process {}", self.name, child.id());
        Ok(())
    }

    fn stop(&self, place: &Path) -> Result {
        let pid = self.running(place).ok_or_else(|| format!("`{}` is not running", self.name))?;
        Run::program("kill").args([pid.to_string()]).status()?;
        fs::remove_file(self.pid_file(place))?;
        Ok(())
    }

    fn pid_file(&self, place: &Path) -> PathBuf {
        self.home(place).join("pid")
    }

    /// Returns the process that was started, unless it has ended or the number belongs to another program by now.
    fn running(&self, place: &Path) -> Option<u32> {
        let pid: u32 = fs::read_to_string(self.pid_file(place)).ok()?.trim().parse().ok()?;
        let shown = Run::program("ps").args(["-o", "args=", "-p", &pid.to_string()]).output().ok()?;
        shown.contains(&self.home(place).display().to_string()).then_some(pid)
    }
}

fn listens(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_names_and_ports_of_their_own_and_pinned_versions() {
        for (at, it) in SERVERS.iter().enumerate() {
            assert!(SERVERS.iter().skip(at + 1).all(|other| other.name != it.name && other.port != it.port));
            assert!(it.start.iter().any(|it| it.contains("{port}")), "{}", it.name);
            assert!(it.start.contains(&"127.0.0.1"), "{}", it.name);
            let pinned = match it.source {
                Source::Pip(packages) => packages.iter().all(|it| it.contains("==")),
                Source::Npm(packages) => packages.iter().all(|it| it.trim_start_matches('@').contains('@')),
            };
            assert!(pinned, "{}", it.name);
        }
        assert!(find("nobody").is_err());
    }
}
