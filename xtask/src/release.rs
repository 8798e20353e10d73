//! `cargo xtask release`: checks what a release needs and publishes in the order of the crate graph.

use std::fs;

use crate::outside;
use crate::shell::{Arguments, Result, Run};
use crate::workspace::{Package, Workspace};

/// The registry that has a stranger's package of the facade's name.
const PUBLIC: &str = "crates-io";
/// The facade, whose name users were promised.
const FACADE: &str = "storage";

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let dry = arguments.flag("--dry-run");
    let registry = arguments.value("--registry")?;
    arguments.end()?;
    let workspace = Workspace::read()?;
    let order = workspace.in_order()?;
    println!("order: {}", order.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", "));
    let registry = registry.as_deref();
    if !dry {
        allowed(&order, registry)?;
    } else if let Err(reason) = allowed(&order, registry.or(Some(PUBLIC))) {
        println!("note: {reason}");
    }
    let version = versions(&workspace, &order)?;
    println!("version: {version}");
    order.iter().try_for_each(|it| described(it))?;
    changelog(&fs::read_to_string(workspace.root.join("CHANGELOG.md"))?, version, dry)?;
    for (package, archive) in outside::package(&workspace)? {
        println!("{:>9} bytes  {} {}", fs::metadata(archive)?.len(), package.name, package.version);
    }
    if dry {
        println!("dry run: nothing was published");
        return Ok(());
    }
    publish(&workspace, &order, registry.unwrap_or(PUBLIC))
}

/// Requires one version everywhere, in packages and in what they ask of each other.
fn versions<'a>(workspace: &'a Workspace, order: &[&'a Package]) -> Result<&'a str> {
    let version = workspace.package(FACADE)?.version.as_str();
    for package in order {
        if package.version != version {
            return Err(format!(
                "`{}` has the version {}, and `{FACADE}` {version}",
                package.name, package.version
            )
            .into());
        }
        let ours = package.dependencies.iter().filter(|it| it.path.is_some());
        for it in ours.filter(|it| it.kind.is_none() || it.req != "*") {
            if it.req != format!("^{version}") {
                return Err(format!(
                    "`{}` asks for `{}` {}, and not for {version}",
                    package.name, it.name, it.req
                )
                .into());
            }
        }
    }
    Ok(version)
}

fn described(package: &Package) -> Result {
    match package.description.as_deref() {
        Some(text) if text.len() > 20 => Ok(()),
        _ => Err(format!("`{}` needs a description", package.name).into()),
    }
}

/// Requires an entry of the version, or before a release of what is unreleased.
fn changelog(text: &str, version: &str, dry: bool) -> Result {
    let entry = |title: &str| {
        let body = text.split("\n## ").skip(1).find(|it| it.starts_with(title))?;
        body.lines().any(|it| it.starts_with("- ")).then_some(())
    };
    if entry(&format!("[{version}]")).is_some() {
        return Ok(());
    }
    if dry && entry("[Unreleased]").is_some() {
        println!("note: CHANGELOG.md has no entry for {version} yet; rename `Unreleased` before the release");
        return Ok(());
    }
    Err(format!("CHANGELOG.md has no entry for {version}").into())
}

/// Refuses to send the facade, or what would find a stranger's package in its place, to the public registry.
fn allowed(order: &[&Package], registry: Option<&str>) -> Result {
    if registry.is_some_and(|it| it != PUBLIC) {
        return Ok(());
    }
    let tainted = |it: &&&Package| it.name == FACADE || it.ours().any(|name| name == FACADE);
    let names: Vec<&str> = order.iter().filter(tainted).map(|it| it.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{PUBLIC} has a stranger's package `{FACADE}`, so these can't go there: {}; give `--registry NAME`, or follow \
         docs/releasing.md to publish under another package name",
        names.join(", ")
    )
    .into())
}

fn publish(workspace: &Workspace, order: &[&Package], registry: &str) -> Result {
    for package in order {
        let arguments = ["publish", "--locked", "--registry", registry, "--package", &package.name];
        Run::cargo().directory(&workspace.root).args(arguments).status()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changelog_needs_an_entry_with_content() {
        let text =
            "# Changelog\n\n## [Unreleased]\n### Added\n- a\n\n## [0.1.0] - 2026-01-01\n### Added\n- b\n";
        assert!(changelog(text, "0.1.0", false).is_ok());
        assert!(changelog(text, "0.2.0", true).is_ok());
        assert!(changelog(text, "0.2.0", false).is_err());
        assert!(changelog("# Changelog\n\n## [0.1.0]\n\n", "0.1.0", false).is_err());
        assert!(changelog("# Changelog\n\n## [Unreleased]\n", "0.1.0", true).is_err());
    }

    #[test]
    fn the_facade_never_goes_to_the_public_registry() {
        let workspace = Workspace::read().unwrap();
        let order = workspace.in_order().unwrap();
        assert!(allowed(&order, None).is_err());
        let reason = allowed(&order, Some(PUBLIC)).unwrap_err().to_string();
        assert!(reason.contains("`storage`") && reason.contains("docs/releasing.md"), "{reason}");
        assert!(allowed(&order, Some("ours")).is_ok());
        let core: Vec<_> = order.iter().copied().filter(|it| it.name == "storage-core").collect();
        assert!(allowed(&core, None).is_ok());
    }

    #[test]
    fn what_is_needed_comes_first() {
        let workspace = Workspace::read().unwrap();
        let order = workspace.in_order().unwrap();
        let at = |name: &str| order.iter().position(|it| it.name == name).unwrap();
        assert!(at("storage-core") < at("storage-local") && at("storage-local") < at("storage"));
    }
}
