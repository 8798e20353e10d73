//! Processes that stay, for a bounded time, and how they are ended: exactly those that were started here.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::{Result, Run};

/// How long a process may take to end when it is asked to.
const GOODBYE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(50);
/// How many lines of each log are shown when a start fails.
const SHOWN_LINES: usize = 12;

/// The processes of one server, by the folder of its row.
pub(super) struct Processes<'a> {
    home: &'a Path,
}

/// A program with its arguments and what its environment has more than ours.
pub(super) struct Line {
    pub(super) words: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
}

impl<'a> Processes<'a> {
    pub(super) fn of(home: &'a Path) -> Self {
        Self { home }
    }

    /// Starts a program that stays until it is stopped or the seconds are over, and returns its number.
    pub(super) fn spawn(&self, name: &str, line: &Line, seconds: u64) -> Result<u32> {
        let log = File::create(self.log(name))?;
        let mut command = self.bounded(line, seconds)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.map_err(|error| format!("`timeout` of the coreutils can't be run: {error}"))?;
        let mut file = OpenOptions::new().create(true).append(true).open(self.pid_file())?;
        writeln!(file, "{} {name}", child.id())?;
        Ok(child.id())
    }

    /// Runs a program to its end; what it prints is kept and shown only when it fails.
    pub(super) fn run(&self, line: &Line, patience: Duration) -> Result {
        let log = OpenOptions::new().create(true).append(true).open(self.log("steps"))?;
        let mut command = self.bounded(line, patience.as_secs().max(1))?;
        let status = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status()?;
        let name = line.words.first().map_or("", String::as_str);
        if status.success() { Ok(()) } else { Err(format!("`{name}` failed: {status}").into()) }
    }

    /// `timeout` heads a process group of its own, so that it ends whatever the program has started as well. Its
    /// arguments name the folder, which is how a process is known again.
    fn bounded(&self, line: &Line, seconds: u64) -> Result<Command> {
        let (name, arguments) = line.words.split_first().ok_or("a step of a server has no program")?;
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", &seconds.to_string(), "env", "--chdir"]).arg(self.home);
        command.args(line.environment.iter().map(|(name, value)| format!("{name}={value}")));
        command.arg(program(name).ok_or_else(|| format!("there is no program `{name}`"))?).args(arguments);
        Ok(command)
    }

    /// Returns the numbers of those that run, the last one started first.
    pub(super) fn running(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let numbers = text.lines().rev().filter_map(|it| it.split(' ').next()?.parse().ok());
        numbers.filter(|it| self.is_ours(*it)).collect()
    }

    /// A number may belong to another program by now, which is not to be touched.
    pub(super) fn is_ours(&self, pid: u32) -> bool {
        let shown = Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
        let home = format!(" {} ", self.home.display());
        shown.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains(&home))
    }

    /// Ends what runs, the last one started first, and returns how many there were.
    pub(super) fn stop(&self) -> Result<usize> {
        let all = self.running();
        for pid in &all {
            signal("-TERM", &pid.to_string());
            let end = Instant::now() + GOODBYE;
            while self.is_ours(*pid) && Instant::now() < end {
                thread::sleep(TICK);
            }
            if self.is_ours(*pid) {
                signal("-KILL", &format!("-{pid}"));
            }
        }
        if self.pid_file().exists() {
            fs::remove_file(self.pid_file())?;
        }
        Ok(all.len())
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.home.join("log")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    fn pid_file(&self) -> PathBuf {
        self.home.join("pids")
    }

    /// Returns the last lines of each log.
    pub(super) fn last_words(&self) -> String {
        let mut text = String::new();
        let mut paths: Vec<_> =
            fs::read_dir(self.logs()).into_iter().flatten().flatten().map(|it| it.path()).collect();
        paths.sort();
        for path in paths {
            let Ok(bytes) = fs::read(&path) else { continue };
            let log = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
            if !last.is_empty() {
                text += &format!("\n== {}\n{}", path.display(), last.join("\n"));
            }
        }
        text
    }
}

fn signal(signal: &str, target: &str) {
    // It may have ended meanwhile, which is what was wanted.
    let _gone = Run::program("kill").args([signal, "--", target]).succeeds();
}

/// Finds a program, in the folders of the administrator as well, where daemons are.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|it| it.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    let usual = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(usual).map(|it| it.join(name)).find(|it| it.is_file())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Line {
        Line { words: words.iter().map(ToString::to_string).collect(), environment: Vec::new() }
    }

    #[test]
    fn what_was_started_is_ended_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let processes = Processes::of(directory.path());
        fs::create_dir_all(processes.logs()).unwrap();
        let pid = processes.spawn("sleeper", &line(&["sleep", "60"]), 30).unwrap();
        assert_eq!(processes.running(), [pid]);
        // A number that somebody else has by now: this very process.
        let mut file = OpenOptions::new().append(true).open(processes.pid_file()).unwrap();
        writeln!(file, "{} other", std::process::id()).unwrap();
        assert_eq!(processes.stop().unwrap(), 1);
        assert!(processes.running().is_empty());
        assert_eq!(processes.stop().unwrap(), 0);
    }

    #[test]
    fn what_fails_says_so_and_leaves_its_last_words() {
        let directory = tempfile::tempdir().unwrap();
        let processes = Processes::of(directory.path());
        fs::create_dir_all(processes.logs()).unwrap();
        let failing = line(&["sh", "-c", "echo the disk is full; exit 3"]);
        let error = processes.run(&failing, Duration::from_secs(10)).unwrap_err().to_string();
        assert!(error.starts_with("`sh` failed"), "{error}");
        assert!(
            processes.last_words().ends_with("steps.log\nthe disk is full"),
            "{}",
            processes.last_words()
        );
        assert!(processes.run(&line(&["no-such-program"]), Duration::from_secs(10)).is_err());
    }
}
