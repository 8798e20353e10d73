//! Tokens of whoever is logged in with the Azure CLI.

use std::ffi::OsString;
use std::time::Duration;

use storage_core::{Error, ErrorKind, Result};
use storage_http::sources::{Program, read_json, unexpected};

use super::ask::Ask;
use super::chain::Lookup;
use super::token::RawToken;

/// How long the program may take; it is written in Python and may have to ask Entra ID.
const LIMIT: Duration = Duration::from_secs(30);
const SOURCE: &str = "Azure CLI";
const TITLE: &str = "the Azure CLI";

/// Runs the program, without a shell.
///
/// # Errors
/// Where nobody else may be asked: `Configuration` when the program is missing or fails, and `Timeout`. `UnexpectedResponse`
/// when it prints something else than a token. Nothing that it prints is shown.
///
/// # Cancel safety
/// The program is ended with the future.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    let output = match program(ask).output(ask.runtime()).await {
        Ok(Some(output)) => output,
        Ok(None) if ask.settings.only_cli => {
            let message = "the Azure CLI is not installed, or `az` is not in the path";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(None) => return Ok(Lookup::Not("not installed".into())),
        Err(error) if error.kind() == ErrorKind::Configuration => {
            let message =
                "the Azure CLI gives no token; run `az login`, and `az account get-access-token` to see why";
            if ask.settings.only_cli {
                return Err(Error::new(ErrorKind::Unauthenticated, message).with_source(error));
            }
            return Ok(Lookup::Not("it gives no token; run `az login`".into()));
        }
        Err(error) => return Err(error),
    };
    let token: RawToken = read_json(output.expose())?;
    // Before, it told the end in the time of this machine without saying which that is.
    if !token.ends() {
        return Err(unexpected(
            "the Azure CLI is older than 2.54 and does not tell when tokens end; update it",
        ));
    }
    token.check(SOURCE, ask.now).map(Lookup::Found)
}

fn program(ask: Ask<'_>) -> Program {
    let name = if cfg!(windows) { "az.cmd" } else { "az" };
    let mut arguments: Vec<OsString> =
        ["account", "get-access-token", "--output", "json", "--resource"].map(OsString::from).into();
    arguments.push((&ask.settings.audience).into());
    if let Some(tenant) = &ask.settings.tenant_id {
        arguments.extend(["--tenant".into(), tenant.into()]);
    }
    Program {
        title: TITLE,
        program: ask.settings.cli.clone().map_or_else(|| name.into(), Into::into),
        arguments,
        limit: LIMIT,
    }
}
