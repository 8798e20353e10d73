//! `storage ls`: containers, objects and files, as they come.

use std::fs;
use std::path::Path;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use storage::{Container, ErrorKind, ListEntry, ObjectEntry};
use storage_transfer::{Entry, Found, WalkOptions, walk};

use super::stat::rfc3339;
use super::unreadable;
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, Place};
use crate::output::human_bytes;
use crate::transfer::FilterFlags;

/// Lists containers, objects and files, as they come.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to list.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
    /// Shows sizes and times.
    #[arg(long, short)]
    long: bool,
    /// Lists all that is below.
    #[arg(long, short = 'R')]
    recursive: bool,
    /// Lists all that is below, drawn as a tree.
    #[arg(long)]
    tree: bool,
    /// Ends every name in a NUL character and escapes nothing.
    #[arg(long, short = '0', conflicts_with_all = ["long", "tree"])]
    null: bool,
    /// Prints plain numbers of bytes.
    #[arg(long, short)]
    bytes: bool,
    #[command(flatten)]
    filter: FilterFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let mut lister = Lister { arguments: &arguments, context, above: Vec::new(), failed: false };
    for word in &arguments.locations {
        match Location::parse(word, context)? {
            Location::Stdio => return Err(Failure::usage("`-` can't be listed")),
            it if arguments.recursive || arguments.tree => lister.all(&it).await?,
            Location::Files(path) => lister.directory(&path)?,
            Location::Store(place) => match &place.container {
                None => lister.containers(&place).await?,
                Some(container) => lister.level(container, &place).await?,
            },
        }
    }
    if lister.failed { Err(Failure::said(Exit::SomeFailed)) } else { Ok(()) }
}

struct Lister<'a> {
    arguments: &'a Arguments,
    context: &'a Context,
    /// The directories above the line of the tree that was printed last.
    above: Vec<String>,
    failed: bool,
}

/// One line, whatever it stands for.
struct Line<'a> {
    name: &'a str,
    size: Option<u64>,
    time: Option<String>,
    value: Value,
}

impl Lister<'_> {
    async fn containers(&mut self, place: &Place) -> Result<()> {
        let mut containers = place.storage.containers();
        while let Some(info) = containers.next().await.transpose()? {
            let created = info.created.map(rfc3339);
            let value = json!({ "type": "container", "name": info.name.as_str(), "created": created });
            self.print(&Line { name: &info.name, size: None, time: created, value })?;
        }
        Ok(())
    }

    /// One level of a container: what shares a prefix up to the next slash is one line.
    async fn level(&mut self, container: &Container, place: &Place) -> Result<()> {
        let filter = self.arguments.filter.filter()?;
        let prefix = place.prefix();
        let mut found = false;
        let mut listing = container.list().prefix(&prefix).delimiter("/");
        while let Some(entry) = listing.next().await.transpose()? {
            found = true;
            match entry {
                ListEntry::Object(entry) => {
                    let name = entry.key.strip_prefix(&prefix).unwrap_or(&entry.key).to_owned();
                    if filter.passes(&name) {
                        self.object(&name, &entry)?;
                    }
                }
                ListEntry::Prefix(key) => {
                    let name = key.strip_prefix(&prefix).unwrap_or(&key);
                    if filter.enters(name) {
                        let value = json!({ "type": "prefix", "key": key.as_str() });
                        self.print(&Line { name, size: None, time: None, value })?;
                    }
                }
            }
        }
        // A word without a slash at its end may name an object as well as a prefix.
        if place.key.is_empty() || place.key.ends_with('/') {
            return if found || place.key.is_empty() { Ok(()) } else { Err(nothing(place)) };
        }
        match place.object()?.head().await {
            Ok(info) => {
                let mut entry = ObjectEntry::new(info.key, info.size);
                (entry.etag, entry.last_modified) = (info.etag, info.last_modified);
                self.object(&place.key, &entry)
            }
            Err(error) if error.kind() == ErrorKind::ObjectNotFound && found => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn object(&mut self, name: &str, entry: &ObjectEntry) -> Result<()> {
        let time = entry.last_modified.map(rfc3339);
        let etag = entry.etag.as_ref().map(|it| it.as_str());
        let value = json!({
            "type": "object", "key": entry.key.as_str(), "size": entry.size, "last_modified": time, "etag": etag,
            "storage_class": entry.storage_class.as_ref().map(|it| it.as_str()),
        });
        self.print(&Line { name, size: Some(entry.size), time, value })
    }

    /// One directory, sorted by name.
    fn directory(&mut self, path: &Path) -> Result<()> {
        let meta = fs::metadata(path).map_err(|error| unreadable(path, error))?;
        if !meta.is_dir() {
            return self.file(&path.to_string_lossy(), path);
        }
        let filter = self.arguments.filter.filter()?;
        let entries: std::io::Result<Vec<_>> = fs::read_dir(path).and_then(Iterator::collect);
        let mut entries = entries.map_err(|error| unreadable(path, error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                if filter.enters(&name) {
                    let value = json!({ "type": "directory", "name": name });
                    self.print(&Line { name: &format!("{name}/"), size: None, time: None, value })?;
                }
            } else if filter.passes(&name) {
                self.file(&name, &entry.path())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<()> {
        let meta = path.symlink_metadata().map_err(|error| unreadable(path, error))?;
        let time = meta.modified().ok().map(|it| rfc3339(it.into()));
        let kind = if meta.is_symlink() { "symlink" } else { "file" };
        let value = json!({ "type": kind, "name": name, "size": meta.len(), "last_modified": time });
        self.print(&Line { name, size: Some(meta.len()), time, value })
    }

    /// All that is below a place, in the order of the walk.
    async fn all(&mut self, location: &Location) -> Result<()> {
        let options = WalkOptions::new().filter(self.arguments.filter.filter()?);
        let mut found = walk(&location.tree()?, &options).await?;
        let mut any = false;
        while let Some(found) = found.next().await {
            any = true;
            match found {
                Found::Entry(entry) => self.entry(&entry)?,
                Found::Failed { name, error } if name.is_empty() => return Err(error.into()),
                Found::Failed { name, error } => {
                    self.failed = true;
                    self.context.output.failed(&name, &error)?;
                }
                Found::Skipped { name, reason } => {
                    self.context.note(&format!("skipped `{}`: {reason}", storage::Escaped(&name)));
                }
                _ => {}
            }
        }
        match location {
            Location::Store(place) if !any && !place.key.is_empty() => Err(nothing(place)),
            _ => Ok(()),
        }
    }

    fn entry(&mut self, entry: &Entry) -> Result<()> {
        let time = entry.modified.map(|it| rfc3339(it.into()));
        let value = json!({ "type": "object", "key": entry.name, "size": entry.size, "last_modified": time });
        if self.arguments.tree && !self.context.output.json {
            return self.branch(&entry.name, Some(entry.size), time);
        }
        self.print(&Line { name: &entry.name, size: Some(entry.size), time, value })
    }

    /// One line of the tree, and those of the directories that are new above it.
    fn branch(&mut self, name: &str, size: Option<u64>, time: Option<String>) -> Result<()> {
        let (parents, own) = name.rsplit_once('/').unwrap_or(("", name));
        let parents: Vec<&str> = parents.split('/').filter(|_| name.contains('/')).collect();
        let shared = parents.iter().zip(&self.above).take_while(|(one, two)| *one == two).count();
        for (depth, parent) in parents.iter().enumerate().skip(shared) {
            let name = format!("{}{parent}/", "  ".repeat(depth));
            self.print(&Line { name: &name, size: None, time: None, value: Value::Null })?;
        }
        let own = format!("{}{own}", "  ".repeat(parents.len()));
        self.above = parents.into_iter().map(str::to_owned).collect();
        self.print(&Line { name: &own, size, time, value: Value::Null })
    }

    fn print(&self, line: &Line<'_>) -> Result<()> {
        if self.arguments.null && !self.context.output.json {
            return self.context.output.nul_ended(line.name);
        }
        self.context.output.result(&line.value, || {
            if !self.arguments.long {
                return line.name.to_owned();
            }
            let size = match line.size {
                Some(size) if self.arguments.bytes => size.to_string(),
                size => size.map(human_bytes).unwrap_or_default(),
            };
            let time = line.time.as_deref().and_then(|it| it.get(..19)).unwrap_or_default();
            format!("{size:>12}  {:<19}  {}", time.replace('T', " "), line.name)
        })
    }
}

fn nothing(place: &Place) -> Failure {
    Failure::new(Exit::NotFound, format!("there is nothing at `{}`", storage::Escaped(&place.shown())))
}
