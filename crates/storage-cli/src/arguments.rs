//! The command line: flags for every verb, and the environment that can stand for them.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};
use storage::CannedAcl;

use crate::exit::Exit;
use crate::verbs::Verb;

/// One command line over every object store.
///
/// Locations: a bare path or `file:PATH` means ordinary files, `ID://container/key` a store (`storage providers` lists
/// the ids), `local://container/key` the embedded store below STORAGE_LOCAL_ROOT, `NAME:container/key` a remote of the
/// configuration, and `-` standard input or output.
#[derive(Parser)]
#[command(
    name = "storage",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What holds for every verb.
#[derive(Args, Clone)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// Prints one JSON object a line, errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How progress is shown: a bar on a terminal and a line every 30 seconds elsewhere, unless set.
    #[arg(long, global = true, value_name = "HOW", default_value = "auto")]
    pub(crate) progress: ProgressMode,
    /// Says nothing but errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Says more; twice, still more.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How many bytes a second go to each store at most, and come from it, such as 10m.
    #[arg(long, global = true, value_name = "BYTES", value_parser = parse_rate)]
    pub(crate) bwlimit: Option<u64>,
    /// Ends after this long, such as 30m, as Ctrl-C would.
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) max_duration: Option<Duration>,
    /// Logs every request and answer on standard error; secrets are left out.
    #[arg(long, global = true)]
    pub(crate) trace_http: bool,
    /// The file with the remotes.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, else a line every 30 seconds.
    Auto,
    /// A line every 30 seconds.
    Plain,
    /// A JSON object every second, on standard error.
    Json,
    /// Nothing.
    None,
}

/// Parses the command line of the process.
///
/// # Errors
/// The code to end with; what there is to say has been said.
pub(crate) fn parse() -> Result<Cli, Exit> {
    let parsed = command().try_get_matches().and_then(|it| Cli::from_arg_matches(&it));
    parsed.map_err(|error| {
        // Help goes to standard output, mistakes to standard error; a closed one tells nobody.
        drop(error.print());
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

/// The whole command, with the variable of every flag and the exit codes in the help.
pub(crate) fn command() -> Command {
    let codes = Exit::ALL.iter().map(|(exit, _, words)| format!("  {:>3}  {words}\n", *exit as u8));
    let footer = format!(
        "Exit codes:\n{}\nEvery flag can be set as STORAGE_<FLAG>, such as STORAGE_JOBS=8; NO_COLOR is honoured.",
        codes.collect::<String>()
    );
    with_variables(Cli::command()).after_long_help(footer)
}

fn with_variables(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let command = command.mut_args(with_variable);
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_variables))
}

/// Lets a variable stand for a flag: `--part-size` is `STORAGE_PART_SIZE`.
fn with_variable(arg: Arg) -> Arg {
    let Some(long) = arg.get_long().filter(|it| !["help", "version"].contains(it)) else { return arg };
    let variable = format!("STORAGE_{}", long.replace('-', "_").to_ascii_uppercase());
    let arg = arg.env(variable).hide_env(true);
    match arg.get_action() {
        // As everywhere: `1`, `yes` and `true` set a flag; `0`, `no`, `false` and nothing do not.
        ArgAction::SetTrue => arg.value_parser(FalseyValueParser::new()),
        _ => arg,
    }
}

/// Reads a number of bytes: `512`, `64k`, `8MiB`, `1g`; a letter means a power of 1024.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let power = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err("write a number of bytes, such as 8388608, 8192k, 8m or 8MiB".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write a number of bytes, such as 8m".to_owned())?;
    number.checked_mul(1 << power).ok_or_else(|| "that many bytes can't be counted".to_owned())
}

/// Reads a number of bytes that is not nothing.
fn parse_rate(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        0 => Err("with nothing a second nothing would ever arrive; leave it out for no limit".to_owned()),
        rate => Ok(rate),
    }
}

/// Reads a span of time: `90`, `90s`, `15m`, `2h`, `1d`, `1w`, or several as in `1h30m`; a bare number is seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write a span of time, such as 90s, 15m, 2h or 1d";
    let (mut rest, mut total) = (text.trim(), 0_u64);
    if rest.is_empty() {
        return Err(FORM.to_owned());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, behind) = behind.split_at(letters);
        let seconds = match unit {
            // Only a number that stands alone goes without a unit.
            "" if behind.is_empty() && number.len() == text.trim().len() => 1,
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 24 * 3600,
            "w" => 7 * 24 * 3600,
            _ => return Err(FORM.to_owned()),
        };
        let number: u64 = number.parse().map_err(|_| FORM.to_owned())?;
        let sum = number.checked_mul(seconds).and_then(|it| it.checked_add(total));
        total = sum.ok_or_else(|| "that much time can't be counted".to_owned())?;
        rest = behind;
    }
    Ok(Duration::from_secs(total))
}

/// Reads the name of one of the stores' ready-made access lists.
pub(crate) fn parse_acl(text: &str) -> Result<CannedAcl, String> {
    CannedAcl::parse(text).map_err(|error| error.message().to_owned())
}

/// Reads `name=value`.
pub(crate) fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `name=value`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_variable() {
        fn check(command: &Command) {
            for arg in command.get_arguments().filter(|it| it.get_long().is_some()) {
                let long = arg.get_long().unwrap();
                if !["help", "version"].contains(&long) {
                    let want = format!("STORAGE_{}", long.replace('-', "_").to_ascii_uppercase());
                    assert_eq!(arg.get_env().unwrap(), want.as_str());
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn sizes_are_read() {
        for (text, want) in
            [("0", 0), ("512", 512), ("64k", 65536), ("8MiB", 8 << 20), ("8 mb", 8 << 20), ("1G", 1 << 30)]
        {
            assert_eq!(parse_bytes(text), Ok(want), "{text}");
        }
        for text in ["", "x", "8x", "-1", "99999999999999999999", "99999999999t"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_of_time_are_read() {
        for (text, want) in [
            ("0", 0),
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5400),
            ("1d", 86400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(want)), "{text}");
        }
        for text in
            ["", "m", "1x", "-1s", "1h30", "1.5h", "1 h", "99999999999999999999", "999999999999999999w"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
