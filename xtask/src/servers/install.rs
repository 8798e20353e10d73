//! Where the programs of a server come from.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::process::program;
use super::row::{Debian, Server, Source};
use super::text::Texts;
use crate::shell::{Result, Run};

/// What was installed, so that a row with other versions is installed anew.
const STAMP: &str = "installed";

/// Installs what a server needs and is not there yet.
pub(super) fn install(server: &Server, place: &Path) -> Result {
    let home = place.join(server.name);
    if is_installed(server, &home) {
        return Ok(());
    }
    if let Some(reason) = obstacle(server) {
        return Err(reason.into());
    }
    let start = Instant::now();
    fs::create_dir_all(&home)?;
    for source in server.sources {
        match source {
            Source::Apt { packages, programs } => apt(packages, programs)?,
            Source::Pip { packages, constraints } => pip(&home, packages, constraints)?,
            Source::Npm(packages) => npm(&home, packages)?,
        }
    }
    fs::write(home.join(STAMP), stamp(server))?;
    println!("installed `{}` in {:.1} s", server.name, start.elapsed().as_secs_f64());
    Ok(())
}

pub(super) fn is_installed(server: &Server, home: &Path) -> bool {
    let stands = fs::read_to_string(home.join(STAMP)).is_ok_and(|it| it == stamp(server));
    let mut programs = server.sources.iter().flat_map(|it| match it {
        Source::Apt { programs, .. } => *programs,
        Source::Pip { .. } | Source::Npm(_) => &[],
    });
    stands && programs.all(|it| program(it).is_some())
}

/// Says why a server can't be installed on this machine, whatever is done; `None` when it can be tried.
pub(super) fn obstacle(server: &Server) -> Option<String> {
    let missing = |it: &&Source| matches!(it, Source::Apt { programs, .. } if programs.iter().any(|it| program(it).is_none()));
    let Source::Apt { packages, .. } = server.sources.iter().find(missing)? else { return None };
    let names: Vec<_> = packages.iter().map(|it| it.name).collect();
    let reason = if program("apt-get").is_none() {
        "this system has no `apt-get`"
    } else if !is_root() {
        "only root may run `apt-get install`"
    } else {
        return None;
    };
    Some(format!("`{}` needs the packages {}, and {reason}", server.name, names.join(" ")))
}

/// Tells whether packages of the system may be installed.
pub(super) fn may_install() -> bool {
    program("apt-get").is_some() && is_root()
}

fn is_root() -> bool {
    Run::program("id").args(["-u"]).output().is_ok_and(|it| it.trim() == "0")
}

fn apt(packages: &[Debian], programs: &[&str]) -> Result {
    if programs.iter().any(|it| program(it).is_none()) {
        let apt = || Run::program("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
        let install = || {
            let names = packages.iter().map(|it| it.name);
            let options =
                ["install", "--yes", "--quiet=2", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
            // The lists of a fresh machine may be empty or old, and another installation may hold the lock.
            apt().args(options).args(["-o", "DPkg::Lock::Timeout=120"]).args(names)
        };
        if install().status().is_err() {
            apt().args(["update", "--quiet=2"]).status()?;
            install().status()?;
        }
    }
    packages.iter().for_each(tell_version);
    Ok(())
}

/// Known failures are those of a version, so another one is worth a word.
fn tell_version(package: &Debian) {
    let query = Run::program("dpkg-query").args(["--show", "--showformat", "${Version}", package.name]);
    let version = query.output().unwrap_or_default();
    if !version.starts_with(package.tested) {
        println!("note: `{}` is {version} here; {} was tested", package.name, package.tested);
    }
}

fn pip(home: &Path, packages: &[&str], constraints: &str) -> Result {
    let held = home.join("constraints.txt");
    fs::write(&held, constraints)?;
    Run::program("python3")
        .args(["-m".as_ref(), "venv".as_ref(), "--clear".as_ref(), home.join("venv").as_os_str()])
        .status()?;
    let pip =
        Run::program(home.join("venv/bin/pip")).args(["install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--constraint".as_ref(), held.as_os_str()]).args(packages).status()
}

fn npm(home: &Path, packages: &[&str]) -> Result {
    let npm = Run::program("npm").args(["install", "--silent", "--ignore-scripts", "--no-save", "--prefix"]);
    npm.args([home.as_os_str()]).args(packages).status()
}

/// Returns a text that changes with the versions of a row.
fn stamp(server: &Server) -> String {
    let mut text = String::new();
    for source in server.sources {
        match source {
            Source::Apt { packages, .. } => {
                packages.iter().for_each(|it| text += &format!("apt {} {}\n", it.name, it.tested))
            }
            Source::Pip { packages, constraints } => {
                text += &format!("pip {}\n{constraints}", packages.join(" "))
            }
            Source::Npm(packages) => text += &format!("npm {}\n", packages.join(" ")),
        }
    }
    text
}

/// Adds the folder of each row that another one needs to its texts.
pub(super) fn name_needs(server: &Server, place: &Path, texts: &mut Texts) {
    for name in server.needs {
        texts.set(*name, place.join(name).display().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Server = Server {
        sources: &[Source::Apt {
            packages: &[Debian { name: "some-package", tested: "1." }],
            programs: &["a-program-that-nobody-has"],
        }],
        ..Server::new("example", "", 1, 1)
    };

    #[test]
    fn who_may_not_install_packages_is_told_which_and_why() {
        let reason = obstacle(&SERVER);
        assert_eq!(reason.is_none(), may_install());
        if let Some(reason) = reason {
            assert!(reason.starts_with("`example` needs the packages some-package, and "), "{reason}");
        }
    }

    #[test]
    fn other_versions_are_installed_anew() {
        let home = tempfile::tempdir().unwrap();
        let server = Server { sources: &[Source::Npm(&["a@1"])], ..Server::new("example", "", 1, 1) };
        assert!(!is_installed(&server, home.path()));
        fs::write(home.path().join(STAMP), stamp(&server)).unwrap();
        assert!(is_installed(&server, home.path()));
        let newer = Server { sources: &[Source::Npm(&["a@2"])], ..Server::new("example", "", 1, 1) };
        assert!(!is_installed(&newer, home.path()));
        assert!(!is_installed(&SERVER, home.path()));
    }
}
