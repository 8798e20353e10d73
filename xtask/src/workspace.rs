//! What cargo says about the workspace.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::shell::{Result, Run};

/// The packages of the workspace, without those of others.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: std::collections::BTreeMap<String, Vec<String>>,
    pub(crate) targets: Vec<Target>,
    /// The registries that it may be published to; `None` is any, empty is none.
    pub(crate) publish: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) req: String,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl Workspace {
    pub(crate) fn read() -> Result<Self> {
        Self::read_at(&root())
    }

    pub(crate) fn read_at(directory: &Path) -> Result<Self> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let text = Run::cargo().args(arguments).directory(directory).output()?;
        let mut workspace: Self = serde_json::from_str(&text)?;
        workspace.packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(workspace)
    }

    /// Goes through the packages that strangers can get.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|it| it.is_published())
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        let found = self.packages.iter().find(|it| it.name == name);
        found.ok_or_else(|| format!("the workspace has no package `{name}`").into())
    }

    /// Returns the published packages so that each one comes behind what it depends on.
    pub(crate) fn in_order(&self) -> Result<Vec<&Package>> {
        let mut left: Vec<&Package> = self.published().collect();
        let mut order: Vec<&Package> = Vec::new();
        while !left.is_empty() {
            let waits = |it: &Package| it.ours().any(|name| left.iter().any(|other| other.name == name));
            let Some(at) = left.iter().position(|it| !waits(it)) else {
                let names: Vec<_> = left.iter().map(|it| it.name.as_str()).collect();
                return Err(
                    format!("these packages depend on each other in a circle: {}", names.join(", ")).into()
                );
            };
            order.push(left.remove(at));
        }
        Ok(order)
    }
}

impl Package {
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|it| !it.is_empty())
    }

    /// Goes through the packages of the workspace that a user of this one needs too.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .filter(|it| it.path.is_some() && it.kind.is_none())
            .map(|it| it.name.as_str())
    }

    pub(crate) fn has_target(&self, kind: &str, name: &str) -> bool {
        self.targets.iter().any(|it| it.name == name && it.kind.iter().any(|it| it == kind))
    }

    pub(crate) fn has_lib(&self) -> bool {
        self.targets.iter().any(|it| it.kind.iter().any(|it| it == "lib"))
    }

    pub(crate) fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }
}

/// Returns the root of the workspace that this program was built from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
