//! Questions before what can't be undone.

use std::io::{IsTerminal as _, Write as _};

use crate::exit::{Exit, Failure, Result};

/// Asks on a terminal; where nobody can answer, the flag must have been given.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::usage(format!("{question} nobody can be asked here")).with_hint("add --yes"));
    }
    let mut stderr = std::io::stderr().lock();
    let mut answer = String::new();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    drop(stderr);
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::new(Exit::Interrupted, "not confirmed; nothing was deleted")),
    }
}
