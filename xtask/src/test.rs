//! `cargo xtask test`: what a fresh machine with Rust, Python 3 and Node runs to see everything green.

use std::time::Instant;

use crate::ci;
use crate::shell::Result;
use crate::tools;
use crate::workspace::Workspace;

pub(crate) fn run(arguments: &[String]) -> Result {
    let workspace = Workspace::read()?;
    let start = Instant::now();
    for tool in tools::ALL {
        tool.ensure(&workspace)?;
    }
    println!("== tools: {:.0} s", start.elapsed().as_secs_f64());
    ci::run(arguments)
}
