//! `cargo xtask outside`: what a stranger gets. Projects outside the workspace are built from the packages that would
//! be published, one for each feature, and their trees must hold no provider that they did not ask for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Arguments, Result, Run};
use crate::workspace::{Package, Workspace};

pub(crate) fn run(arguments: &[String]) -> Result {
    Arguments::new(arguments).end()?;
    check(&Workspace::read()?)
}

/// Packages everything, unpacks it outside the workspace, and builds and runs the projects.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let place = workspace.target.join("outside");
    let unpacked = unpack(workspace, &place.join("packages"))?;
    let facade = workspace.package("storage")?;
    let features: Vec<&str> =
        facade.features.keys().map(String::as_str).filter(|it| *it != "default").collect();
    project(workspace, &place, &unpacked, "none", &[])?;
    for feature in &features {
        project(workspace, &place, &unpacked, feature, &[feature])?;
    }
    Ok(())
}

/// Writes the packages that would be published, unverified: building the projects below verifies more.
pub(crate) fn package(workspace: &Workspace) -> Result<Vec<(&Package, PathBuf)>> {
    let packages = workspace.in_order()?;
    let mut cargo = Run::cargo().directory(&workspace.root).args([
        "package",
        "--locked",
        "--no-verify",
        "--allow-dirty",
        "--quiet",
    ]);
    for it in &packages {
        cargo = cargo.args(["--package", &it.name]);
    }
    cargo.status()?;
    let path =
        |it: &Package| workspace.target.join("package").join(format!("{}-{}.crate", it.name, it.version));
    Ok(packages.into_iter().map(|it| (it, path(it))).collect())
}

fn unpack<'a>(workspace: &'a Workspace, into: &Path) -> Result<Vec<(&'a Package, PathBuf)>> {
    if into.exists() {
        fs::remove_dir_all(into)?;
    }
    fs::create_dir_all(into)?;
    let mut unpacked = Vec::new();
    for (package, archive) in package(workspace)? {
        Run::program("tar")
            .args(["-xzf".as_ref(), archive.as_os_str(), "-C".as_ref(), into.as_os_str()])
            .status()?;
        unpacked.push((package, into.join(format!("{}-{}", package.name, package.version))));
    }
    Ok(unpacked)
}

fn project(
    workspace: &Workspace,
    place: &Path,
    unpacked: &[(&Package, PathBuf)],
    name: &str,
    features: &[&str],
) -> Result {
    let directory = place.join(name);
    fs::create_dir_all(directory.join("src"))?;
    fs::write(directory.join("Cargo.toml"), manifest(unpacked, features)?)?;
    fs::write(directory.join("src/main.rs"), program(features))?;
    // The versions that the workspace was tested with; cargo drops those that are not needed.
    fs::copy(workspace.root.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    let cargo = || Run::cargo().directory(&directory).env("CARGO_TARGET_DIR", place.join("target"));
    cargo().args(["run", "--quiet"]).status()?;
    let tree =
        cargo().args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{lib}"]).output()?;
    require_only(workspace, name, features, &tree)
}

fn manifest(unpacked: &[(&Package, PathBuf)], features: &[&str]) -> Result<String> {
    let mut text = format!(
        "[package]\nname = \"stranger\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         storage = {{ version = \"*\", default-features = false, features = {features:?} }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n[patch.crates-io]\n"
    );
    // All of them: cargo also looks for those that a feature names and does not ask for.
    for (package, path) in unpacked {
        writeln!(text, "{} = {{ path = {:?} }}", package.name, path.display().to_string())?;
    }
    Ok(text)
}

fn program(features: &[&str]) -> String {
    let opened = match features {
        ["local"] => "storage::open(\"local\", [(\"root\", std::env::temp_dir().display().to_string())])?;",
        _ => "storage::open(\"memory\", storage::NO_SETTINGS)?;",
    };
    format!(
        "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> storage::Result<()> {{\n    \
         let storage = {opened}\n    println!(\"opened {{}}\", storage.provider().id);\n    Ok(())\n}}\n"
    )
}

/// Returns the packages of ours that a project with these features of the facade has.
fn wanted<'a>(facade: &'a Package, features: &[&str]) -> BTreeSet<&'a str> {
    let ours = facade.dependencies.iter().filter(|it| it.path.is_some() && it.kind.is_none());
    let asked = ours.filter(|it| {
        let switch = format!("dep:{}", it.name);
        !it.optional
            || features.iter().filter_map(|it| facade.features.get(*it)).flatten().any(|it| *it == switch)
    });
    asked.map(|it| it.name.as_str()).chain([facade.name.as_str()]).collect()
}

/// Requires that the tree has the providers of the features and no other one.
fn require_only(workspace: &Workspace, name: &str, features: &[&str], tree: &str) -> Result {
    let facade = workspace.package("storage")?;
    let wanted = wanted(facade, features);
    let there: BTreeSet<String> =
        tree.lines().map(|it| it.trim_end_matches(" (*)").replace('_', "-")).collect();
    for package in workspace.published().filter(|it| it.name != "storage-http") {
        if there.contains(&package.name) != wanted.contains(package.name.as_str()) {
            let word = if wanted.contains(package.name.as_str()) { "lacks" } else { "holds" };
            return Err(format!("the tree of a project with {features:?} {word} `{}`", package.name).into());
        }
    }
    println!(
        "the project `{name}` builds and runs; its tree holds the providers of {features:?} and no other one"
    );
    Ok(())
}
