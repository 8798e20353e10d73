//! `cargo xtask demo`: the main job of the command, shown on a real directory: the sources of this workspace.

use std::fs;
use std::path::PathBuf;

use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;

pub(crate) fn run(arguments: &[String]) -> Result {
    Arguments::new(arguments).end()?;
    let root = Workspace::read()?.root;
    Run::cargo()
        .args(["build", "--release", "--locked", "--package", "storage-cli"])
        .directory(&root)
        .status()?;

    let demo = root.join("target/demo");
    if demo.exists() {
        fs::remove_dir_all(&demo)?;
    }
    fs::create_dir_all(&demo)?;
    // Settings of whoever runs the demo must not change it.
    let config = demo.join("config");
    let storage = |arguments: &[&str]| {
        Run::program(binary(&root))
            .args(arguments)
            .directory(&root)
            .env("XDG_CONFIG_HOME", &config)
            .env("STORAGE_LOCAL_ROOT", demo.join("store"))
    };
    storage(&["mb", "local://backups"]).status()?;
    // The backup prints where it is, below the date of today.
    println!("$ storage backup crates local://backups/sources");
    let backup = storage(&["backup", "crates", "local://backups/sources"]).output()?;
    let backup = backup.trim();
    println!("{backup}");
    storage(&["ls", "-l", "local://backups/sources/"]).status()?;
    storage(&["du", backup]).status()?;
    storage(&["check", "crates", backup]).status()?;
    storage(&["restore", backup, "target/demo/restored"]).status()?;
    Run::program("diff").args(["--recursive", "crates", "target/demo/restored"]).directory(&root).status()?;
    println!("`diff` found no difference: the restored files equal the sources byte for byte");
    Ok(())
}

/// The command as cargo has built it, wherever builds go.
fn binary(root: &std::path::Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |it| root.join(it));
    target.join("release").join(format!("storage{}", std::env::consts::EXE_SUFFIX))
}
