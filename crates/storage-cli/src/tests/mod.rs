//! Verbs over a store that has every optional group, which none of those in this build has.

mod driver;
mod groups;
mod verbs;

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use clap::FromArgMatches as _;
use storage::{Provider, ProviderId, PutOptions, Registry, Storage};
use tempfile::TempDir;

use self::driver::{Full, Set};
use crate::arguments::{Cli, command};
use crate::config::Config;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;

static FULL: Provider = Provider {
    scheme: "full",
    protocol: "a store for tests",
    ids: &[ProviderId {
        id: "full",
        aliases: &[],
        title: "Full store",
        preset: &[("region", "eu-1")],
        environment: &[],
    }],
    environment: &[],
    keys: &["region", "secret_key"],
    aliases: &[],
    open: |_| Ok(Storage::new(Arc::new(Full::new()))),
    put_options: |_| Ok(PutOptions::default()),
};

/// A run of commands over one store, which lives as long as this.
struct World {
    context: Context,
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
struct Ran {
    stdout: String,
    failure: Option<Failure>,
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Some(&folder.path().join("config.toml"))).unwrap();
        let mut registry = Registry::with_compiled_in();
        registry.register(FULL).unwrap();
        let global = parse(&["providers"]).global;
        let context = Context::new(global, Output::to(Box::new(io::sink()), false, true), registry, config);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut world = Self { context, folder, runtime };
        assert_eq!(world.ok(&["mb", "full://c"]), "made full://c\n");
        world
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&mut self, words: &[&str]) -> Ran {
        let cli = parse(words);
        let buffer = Buffer::default();
        self.context.output = Output::to(Box::new(buffer.clone()), cli.global.json, cli.global.quiet);
        self.context.global = cli.global;
        let done = self.runtime.block_on(Box::pin(crate::verbs::run(cli.verb, &self.context)));
        self.context.output.flush().unwrap();
        let stdout = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        Ran { stdout, failure: done.err() }
    }

    /// Runs a command that must succeed and returns what it printed.
    #[track_caller]
    fn ok(&mut self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert!(ran.failure.is_none(), "{words:?}: {ran:?}");
        ran.stdout
    }

    /// Runs a command that must fail and returns its message.
    #[track_caller]
    fn fails(&mut self, exit: Exit, words: &[&str]) -> String {
        let ran = self.run(words);
        let failure = ran.failure.unwrap_or_else(|| panic!("{words:?} did not fail: {}", ran.stdout));
        assert_eq!(failure.exit, exit, "{words:?}: {failure}");
        failure.to_string()
    }

    /// Runs a command that prints one object.
    #[track_caller]
    fn json(&mut self, words: &[&str]) -> serde_json::Value {
        let printed = self.ok(&[&["--json"], words].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
    }

    fn storage(&self) -> Storage {
        self.context.opened.borrow().values().next().unwrap().clone()
    }

    /// Looks at what the store was told, or changes it.
    fn set<T>(&self, look: impl FnOnce(&mut Set) -> T) -> T {
        let storage = self.storage();
        look(&mut storage.driver_as::<Full>().unwrap().set.lock().unwrap())
    }
}

fn parse(words: &[&str]) -> Cli {
    let words = std::iter::once("storage").chain(words.iter().copied());
    Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap()
}
