//! The table of servers. Each needs nothing but the public registries, listens on the loopback only, and starts empty.

mod azure;
mod fronts;
mod radosgw;
mod small;
mod swift;

use super::row::Server;
use crate::shell::Result;

/// In the order in which they start: fronts come last, for they look at what runs.
pub(crate) const SERVERS: &[Server] = &[
    small::CLIENTS,
    radosgw::RADOSGW,
    swift::SWIFT,
    small::MOTO,
    small::RCLONE,
    azure::CLIENTS,
    azure::OAUTH,
    azure::AZURITE,
    fronts::TLS,
    fronts::FAULTS,
];

/// What the full run of the tests starts: whatever speaks a protocol that a provider has.
pub(crate) const FULL: &[&str] =
    &["clients", "radosgw", "swift", "moto", "rclone", "azure", "oauth", "azurite", "tls", "faults"];

/// Returns rows by their names, in the order of the table and each one once.
pub(crate) fn find(names: &[impl AsRef<str>]) -> Result<Vec<&'static Server>> {
    for name in names {
        let name = name.as_ref();
        if SERVERS.iter().all(|it| it.name != name) {
            let known = SERVERS.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
            return Err(format!("unknown server `{name}`; known are {known}").into());
        }
    }
    Ok(SERVERS.iter().filter(|it| names.iter().any(|name| name.as_ref() == it.name)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::servers::row::{Source, Step};

    #[test]
    fn rows_have_names_and_ports_of_their_own() {
        let mut names = BTreeSet::new();
        let mut ports = BTreeSet::new();
        for it in SERVERS {
            assert!(names.insert(it.name), "{}", it.name);
            assert!((0..it.ports).all(|at| ports.insert(it.port + at)), "{}", it.name);
            assert!(
                it.needs.iter().all(|need| names.contains(need)),
                "{}: what it needs comes before it",
                it.name
            );
            assert_eq!(it.ports == 0, it.steps.is_empty(), "{}", it.name);
        }
        assert_eq!(
            find(&["tls", "moto", "moto"]).unwrap().iter().map(|it| it.name).collect::<Vec<_>>(),
            ["moto", "tls"]
        );
        assert!(find(&["nobody"]).is_err());
        assert_eq!(find(FULL).unwrap().len(), FULL.len());
    }

    #[test]
    fn versions_are_pinned() {
        for source in SERVERS.iter().flat_map(|it| it.sources) {
            match source {
                Source::Pip { packages, constraints } => {
                    assert!(packages.iter().all(|it| it.contains("==")), "{packages:?}");
                    assert!(constraints.lines().all(|it| it.contains("==")), "{packages:?}");
                    let bare = |it: &str| it.split(['[', '=']).next().unwrap().to_owned();
                    let held = |it: &&str| constraints.lines().any(|line| bare(line) == bare(it));
                    assert!(packages.iter().all(held), "{packages:?}");
                }
                Source::Npm(packages) => {
                    assert!(
                        packages.iter().all(|it| it.trim_start_matches('@').contains('@')),
                        "{packages:?}"
                    );
                }
                Source::Apt { packages, programs } => {
                    assert!(!programs.is_empty() && packages.iter().all(|it| it.tested.contains('.')));
                }
            }
        }
    }

    #[test]
    fn everything_listens_on_the_loopback_only() {
        for it in SERVERS {
            let spawns = it.steps.iter().any(|step| matches!(step, Step::Spawn { .. }));
            let words = it.steps.iter().flat_map(|step| match step {
                Step::Spawn { line, .. } => *line,
                _ => &[],
            });
            let templates = it.files.iter().map(|(_, text)| *text);
            let text = words.copied().chain(templates).collect::<Vec<_>>().join("\n");
            assert!(!spawns || text.contains("127.0.0.1"), "{}", it.name);
            for everywhere in ["0.0.0.0", "[::]", "bind *", "bind :", "listen *"] {
                assert!(!text.contains(everywhere), "{}: {everywhere}", it.name);
            }
        }
    }

    #[test]
    fn a_start_ends_with_a_question_to_the_server() {
        for it in SERVERS.iter().filter(|it| it.ports > 0) {
            let asks = |it: &&Step| matches!(it, Step::Http { .. } | Step::Open { .. });
            assert!(it.steps.iter().any(|it| asks(&it)), "{}", it.name);
            assert!(!it.environment.is_empty(), "{}", it.name);
        }
    }
}
