//! `cargo xtask new-provider NAME`: the skeleton that every provider has, so that whoever knows one knows them all.

use std::fs;
use std::path::Path;

use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;

macro_rules! templates {
    ($($source:literal => $target:literal,)*) => {
        &[$(($target, include_str!(concat!("../templates/provider/", $source))),)*]
    };
}

/// Where each file goes. The templates are Rust: the words `skeleton`, `Skeleton` and `SKELETON` stand for the name.
const FILES: &[(&str, &str)] = templates! {
    "Cargo.toml.in" => "Cargo.toml",
    "lib.rs" => "src/lib.rs",
    "config.rs" => "src/config.rs",
    "vendors.rs" => "src/vendors.rs",
    "credentials.rs" => "src/credentials.rs",
    "sign.rs" => "src/sign.rs",
    "client.rs" => "src/client.rs",
    "driver.rs" => "src/driver.rs",
    "error.rs" => "src/error.rs",
    "groups/mod.rs" => "src/groups/mod.rs",
    "wire/mod.rs" => "src/wire/mod.rs",
    "wire/failure.rs" => "src/wire/failure.rs",
    "tests/conformance.rs" => "tests/conformance.rs",
};

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let name = arguments.word().ok_or("give the name of the protocol, such as `webdav`")?;
    arguments.end()?;
    let name = Name::parse(&name)?.dashed;
    let workspace = Workspace::read()?;
    let directory = workspace.root.join("crates").join(format!("storage-{name}"));
    write(&directory, &name)?;
    Run::cargo()
        .directory(&workspace.root)
        .args(["fmt", "--package", &format!("storage-{name}")])
        .status()?;
    println!("wrote {}\nto do, a commit each:", directory.display());
    println!("  wire/ with captured samples\n  sign.rs with the official vectors\n  client.rs");
    println!("  driver.rs until `cargo xtask conformance` is green\n  the optional groups");
    println!(
        "  one row in xtask/src/tidy/graph.rs, one line in PROVIDERS, one feature, one page of documentation"
    );
    Ok(())
}

/// Requires that the skeleton compiles without a warning, in a workspace of its own.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let place = workspace.target.join("skeleton");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    write(&place.join("crates/storage-probe-case"), "probe-case")?;
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml"))?;
    fs::write(place.join("Cargo.toml"), elsewhere(&manifest, &workspace.root)?)?;
    fs::copy(workspace.root.join("Cargo.lock"), place.join("Cargo.lock"))?;
    // The target directory of the workspace has the dependencies already.
    let cargo = || Run::cargo().directory(&place).env("CARGO_TARGET_DIR", &workspace.target);
    cargo().args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]).status()?;
    cargo().args(["test", "--quiet", "--lib"]).status()
}

/// Makes the manifest of a workspace whose one member uses the crates of this one.
fn elsewhere(manifest: &str, root: &Path) -> Result<String> {
    let mut table: toml::Table = toml::from_str(manifest)?;
    let workspace = table.get_mut("workspace").and_then(toml::Value::as_table_mut).ok_or("no `workspace`")?;
    workspace.insert("members".to_owned(), vec!["crates/*"].into());
    let dependencies = workspace.get_mut("dependencies").and_then(toml::Value::as_table_mut);
    for (_, it) in dependencies.ok_or("no `workspace.dependencies`")?.iter_mut() {
        if let Some(path) = it.get_mut("path") {
            *path = root.join(path.as_str().unwrap_or_default()).display().to_string().into();
        }
    }
    Ok(toml::to_string(&table)?)
}

fn write(directory: &Path, name: &str) -> Result {
    let name = Name::parse(name)?;
    if directory.exists() {
        return Err(format!("{} is there already", directory.display()).into());
    }
    for (path, text) in FILES {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap_or(directory))?;
        fs::write(path, name.fill(text))?;
    }
    Ok(())
}

/// A name in the shapes that code needs.
struct Name {
    dashed: String,
    snake: String,
    pascal: String,
}

impl Name {
    fn parse(name: &str) -> Result<Self> {
        let words: Vec<&str> = name.split(['-', '_']).collect();
        let plain =
            |it: &&str| !it.is_empty() && it.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !words.iter().all(plain) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(format!("`{name}` is no name of a protocol: use lower-case words with dashes").into());
        }
        let capital = |it: &&str| it[..1].to_uppercase() + &it[1..];
        Ok(Self {
            dashed: words.join("-"),
            snake: words.join("_"),
            pascal: words.iter().map(capital).collect(),
        })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("storage-skeleton", &format!("storage-{}", self.dashed))
            .replace("Skeleton", &self.pascal)
            .replace("SKELETON", &self.snake.to_uppercase())
            .replace("skeleton.example", &format!("{}.example", self.dashed))
            .replace("skeleton", &self.snake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_takes_every_shape() {
        let name = Name::parse("web-dav").unwrap();
        let text = "storage-skeleton SkeletonConfig SKELETON_SECRET skeleton::x https://skeleton.example.com";
        assert_eq!(
            name.fill(text),
            "storage-web-dav WebDavConfig WEB_DAV_SECRET web_dav::x https://web-dav.example.com"
        );
        assert!(["", "Web", "a--b", "1a", "a b", "../x"].iter().all(|it| Name::parse(it).is_err()));
    }

    #[test]
    fn the_skeleton_has_every_file_and_is_written_once() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("storage-x");
        write(&directory, "x").unwrap();
        assert!(FILES.iter().all(|(path, _)| directory.join(path).is_file()));
        assert!(write(&directory, "x").is_err());
    }

    #[test]
    fn the_manifest_points_back() {
        let manifest =
            "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nb = { path = \"c\" }\nd = \"1\"\n";
        let table: toml::Table = toml::from_str(&elsewhere(manifest, Path::new("/r")).unwrap()).unwrap();
        assert_eq!(table["workspace"]["dependencies"]["b"]["path"].as_str(), Some("/r/c"));
    }
}
