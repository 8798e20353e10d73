//! `cargo xtask new-provider NAME`.
use crate::shell::Result;
use crate::workspace::Workspace;
pub(crate) fn run(_: &[String]) -> Result {
    Ok(())
}
pub(crate) fn check(_: &Workspace) -> Result {
    Ok(())
}
