//! Who may import whom.

use crate::tidy::Findings;
use crate::workspace::{Package, Workspace};

/// A crate and the crates of the workspace that it may import.
struct Row {
    name: &'static str,
    may: &'static [&'static str],
}

const GRAPH: &[Row] = &[
    Row { name: "storage-core", may: &[] },
    Row { name: "storage-http", may: &["storage-core"] },
    Row { name: "storage-s3", may: &["storage-core", "storage-http"] },
    Row { name: "storage-azure", may: &["storage-core", "storage-http"] },
    Row { name: "storage-gcs", may: &["storage-core", "storage-http"] },
    Row { name: "storage-swift", may: &["storage-core", "storage-http"] },
    Row { name: "storage-local", may: &["storage-core"] },
    Row { name: "storage-blocking", may: &["storage-core"] },
    Row { name: "storage-testkit", may: &["storage-core"] },
    Row {
        name: "storage",
        may: &[
            "storage-core",
            "storage-s3",
            "storage-azure",
            "storage-gcs",
            "storage-swift",
            "storage-local",
            "storage-blocking",
        ],
    },
    Row { name: "storage-transfer", may: &["storage"] },
    Row { name: "storage-object-store", may: &["storage"] },
    Row { name: "storage-cli", may: &["storage", "storage-transfer"] },
    Row { name: "xtask", may: &[] },
];

/// What every crate but the chores may use in its tests.
const IN_TESTS: &[&str] = &["storage-testkit"];

pub(super) fn check(workspace: &Workspace, findings: &mut Findings) {
    for package in &workspace.packages {
        if let Err(reason) = imports(package, spans_everything(workspace, package)) {
            findings.error(reason);
        }
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
        // Benchmarks print and measure, so they may have lints of their own.
        let own = manifest.contains("[lints.") && below(workspace, package, "benches");
        if !own && !manifest.replace(' ', "").contains("[lints]\nworkspace=true") {
            findings.error(format!("`{}` does not take the lints of the workspace", package.name));
        }
        let place = workspace.root.join("crates").join(&package.name);
        if package.is_published() && package.directory() != place {
            findings.error(format!("`{}` belongs into crates/{}", package.name, package.name));
        }
    }
}

/// Tests and benchmarks of several crates at once, which nobody imports.
fn spans_everything(workspace: &Workspace, package: &Package) -> bool {
    !package.is_published() && (below(workspace, package, "tests") || below(workspace, package, "benches"))
}

fn below(workspace: &Workspace, package: &Package, folder: &str) -> bool {
    package.directory().starts_with(workspace.root.join(folder))
}

fn imports(package: &Package, free: bool) -> Result<(), String> {
    if free {
        return Ok(());
    }
    let Some(row) = GRAPH.iter().find(|it| it.name == package.name) else {
        return Err(format!("`{}` has no row in the crate graph (xtask/src/tidy/graph.rs)", package.name));
    };
    for it in package.dependencies.iter().filter(|it| it.path.is_some()) {
        let name = it.name.as_str();
        let in_tests = it.kind.as_deref() == Some("dev") && IN_TESTS.contains(&name) && row.name != "xtask";
        if !row.may.contains(&name) && !in_tests {
            return Err(format!("`{}` may not import `{name}`; it may import {:?}", row.name, row.may));
        }
        if in_tests && it.req != "*" {
            return Err(format!(
                "`{}` must name `{name}` by its path alone, or publishing has a cycle",
                row.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependency: &str, kind: Option<&str>, req: &str) -> Package {
        let kind = kind.map_or("null".to_owned(), |it| format!("{it:?}"));
        let json = format!(
            r#"{{"name": "{name}", "version": "0.1.0", "description": null, "manifest_path": "Cargo.toml",
                "features": {{}}, "targets": [], "publish": null, "dependencies": [
                {{"name": "{dependency}", "kind": {kind}, "path": "x", "req": "{req}"}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn imports_follow_the_graph() {
        for (it, right) in [
            (package("storage-local", "storage-core", None, "^0.1.0"), true),
            (package("storage-local", "storage-testkit", Some("dev"), "*"), true),
            (package("storage-local", "storage-testkit", Some("dev"), "^0.1.0"), false),
            (package("storage-local", "storage-testkit", None, "*"), false),
            (package("storage-local", "storage-http", None, "^0.1.0"), false),
            (package("storage-core", "storage", Some("dev"), "*"), false),
            (package("storage-cli", "storage-core", None, "^0.1.0"), false),
            (package("storage-new", "storage-core", None, "^0.1.0"), false),
        ] {
            assert_eq!(imports(&it, false).is_ok(), right, "{:?}", imports(&it, false));
        }
    }
}
