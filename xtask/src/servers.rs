//! `cargo xtask servers`.
use crate::shell::Result;
pub(crate) fn run(_: &[String]) -> Result {
    Ok(())
}
