//! The start of a server: files are written, steps are taken, and the environment of the tests is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::install;
use super::probe;
use super::process::{Line, Processes};
use super::row::{Server, Step};
use super::text::Texts;
use crate::shell::{Result, Run};

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a server lives unless `--max-seconds` says otherwise.
pub(super) const MAX_SECONDS: u64 = 3600;
const TICK: Duration = Duration::from_millis(50);
const ENVIRONMENT: &str = "environment";

/// What whoever starts a server may choose.
pub(super) struct Wishes {
    pub(super) port: Option<u16>,
    pub(super) max_seconds: u64,
    pub(super) knobs: BTreeMap<String, String>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { port: None, max_seconds: MAX_SECONDS, knobs: BTreeMap::new() }
    }
}

struct Launch<'a> {
    server: &'a Server,
    processes: Processes<'a>,
    texts: Texts,
    max_seconds: u64,
    end: Instant,
}

/// Starts an installed server from nothing and waits until it answers.
pub(super) fn start(server: &Server, place: &Path, wishes: &Wishes) -> Result {
    let home = place.join(server.name);
    let processes = Processes::of(&home);
    let begin = Instant::now();
    // What an earlier start has left when its time was over.
    processes.stop()?;
    fresh(&home.join("data"))?;
    fresh(&processes.logs())?;
    let port = match server.ports {
        0 => 0,
        count => probe::free_block(wishes.port.unwrap_or(server.port), count, wishes.port.is_some())?,
    };
    let mut texts = texts(server, place, wishes, port)?;
    let more = server.prepare.map(|it| it(place, port, &texts)).transpose()?.unwrap_or_default();
    more.texts.into_iter().for_each(|(name, value)| texts.set(name, value));
    let end = begin + PATIENCE;
    let launch = Launch { server, processes, texts, max_seconds: wishes.max_seconds, end };
    if let Err(error) = launch.go() {
        let log = launch.processes.last_words();
        launch.processes.stop()?;
        return Err(format!("`{}` does not start: {error}{log}", server.name).into());
    }
    launch.write_environment(&home, &more.environment)?;
    let took = begin.elapsed().as_secs_f64();
    match server.ports {
        0 => println!("`{}` is ready", server.name),
        _ => println!(
            "`{}` answers on 127.0.0.1:{port} after {took:.1} s, for {} s",
            server.name, wishes.max_seconds
        ),
    }
    Ok(())
}

fn fresh(directory: &Path) -> Result {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    Ok(fs::create_dir_all(directory)?)
}

fn texts(server: &Server, place: &Path, wishes: &Wishes, port: u16) -> Result<Texts> {
    let home = place.join(server.name);
    let mut texts = Texts::default();
    for (name, path) in [("home", home.clone()), ("data", home.join("data")), ("log", home.join("log"))] {
        texts.set(name, path.display().to_string());
    }
    texts.set("user", Run::program("id").args(["-un"]).output()?.trim());
    texts.set("port", port.to_string());
    (1..server.ports).for_each(|at| texts.set(format!("port+{at}"), (port + at).to_string()));
    install::name_needs(server, place, &mut texts);
    for knob in server.knobs {
        texts.set(knob.name, wishes.knobs.get(knob.name).map_or(knob.value, String::as_str));
    }
    match wishes.knobs.keys().find(|name| server.knobs.iter().all(|it| it.name != **name)) {
        Some(name) => {
            Err(format!("`{}` has no knob `{name}`; `cargo xtask servers list` shows them", server.name)
                .into())
        }
        None => Ok(texts),
    }
}

impl Launch<'_> {
    fn go(&self) -> Result {
        let home = self.texts.fill("@home@")?;
        for (path, template) in self.server.files {
            let path = Path::new(&home).join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new(&home)))?;
            fs::write(path, self.texts.fill(template)?)?;
        }
        let mut spawned = Vec::new();
        for step in self.server.steps {
            match step {
                Step::Run(words) => self.processes.run(&self.line(words, &[])?, self.left()?)?,
                Step::Spawn { name, environment, line } => {
                    let line = self.line(line, environment)?;
                    spawned.push((*name, self.processes.spawn(name, &line, self.max_seconds)?));
                }
                Step::Http { port, path, status } => {
                    let port = self.texts.fill(port)?.parse()?;
                    self.wait(&spawned, || probe::status(port, path) == Some(*status))?;
                }
                Step::Open { port } => {
                    let port = self.texts.fill(port)?.parse()?;
                    self.wait(&spawned, || probe::is_open(port))?;
                }
            }
        }
        Ok(())
    }

    fn wait(&self, spawned: &[(&str, u32)], is_there: impl Fn() -> bool) -> Result {
        while !is_there() {
            self.all_live(spawned)?;
            self.left()?;
            thread::sleep(TICK);
        }
        // Whoever answers may be another one that took the port first.
        self.all_live(spawned)
    }

    fn all_live(&self, spawned: &[(&str, u32)]) -> Result {
        match spawned.iter().find(|(_, pid)| !self.processes.is_ours(*pid)) {
            Some((name, _)) => Err(format!("the process `{name}` has ended").into()),
            None => Ok(()),
        }
    }

    fn left(&self) -> Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(format!("it does not answer after {PATIENCE:?}").into()) } else { Ok(left) }
    }

    fn line(&self, words: &[&str], environment: &[(&str, &str)]) -> Result<Line> {
        let words = words.iter().map(|it| self.texts.fill(it)).collect::<Result<_>>()?;
        let environment =
            environment.iter().map(|(name, value)| Ok(((*name).to_owned(), self.texts.fill(value)?)));
        Ok(Line { words, environment: environment.collect::<Result<_>>()? })
    }

    fn write_environment(&self, home: &Path, more: &[(String, String)]) -> Result {
        let variable = self.server.variable();
        let mut lines = String::new();
        for (suffix, value) in self.server.environment {
            lines += &format!("{variable}{suffix}={}\n", self.texts.fill(value)?);
        }
        more.iter().for_each(|(name, value)| lines += &format!("{name}={value}\n"));
        fs::write(home.join(ENVIRONMENT), lines)?;
        Ok(())
    }
}

/// Returns what a started server tells tests, in its order; nothing when it was not started.
pub(super) fn environment(home: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(environment_file(home)).unwrap_or_default();
    text.lines()
        .filter_map(|it| it.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Forgets what tests were told.
pub(super) fn forget(home: &Path) -> Result {
    let file = environment_file(home);
    if file.exists() { Ok(fs::remove_file(file)?) } else { Ok(()) }
}

fn environment_file(home: &Path) -> PathBuf {
    home.join(ENVIRONMENT)
}
