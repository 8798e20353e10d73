//! `cargo xtask bench`: benchmarks are the programs of the packages below `benches/`.

use crate::shell::{Result, Run};
use crate::workspace::{Package, Workspace};

pub(crate) fn run(arguments: &[String]) -> Result {
    let workspace = Workspace::read()?;
    let all: Vec<(&Package, &str)> = benches(&workspace).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", listed(&all));
        return Ok(());
    };
    let Some((package, _)) = all.iter().find(|(_, it)| it == name) else {
        return Err(format!("unknown benchmark `{name}`; {}", listed(&all)).into());
    };
    let cargo = Run::cargo().directory(&workspace.root);
    cargo
        .args(["run", "--release", "--locked", "--package", &package.name, "--bin", name, "--"])
        .args(rest)
        .status()
}

fn benches(workspace: &Workspace) -> impl Iterator<Item = (&Package, &str)> {
    let below = workspace.root.join("benches");
    let packages = workspace.packages.iter().filter(move |it| it.manifest_path.starts_with(&below));
    packages.flat_map(|package| {
        let programs = package.targets.iter().filter(|it| it.kind.iter().any(|it| it == "bin"));
        programs.map(move |it| (package, it.name.as_str()))
    })
}

fn listed(all: &[(&Package, &str)]) -> String {
    if all.is_empty() {
        return "there are no benchmarks yet: they are programs of packages below `benches/`".to_owned();
    }
    format!("benchmarks: {}", all.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", "))
}
