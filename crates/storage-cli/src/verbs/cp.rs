//! `storage cp`: copies files and objects.

use std::path::{Path, PathBuf};

use clap::Args;
use storage::{Object, WriteCondition};
use storage_transfer::{Copy, Entry, TransferOptions, Tree, copy, copy_entries};

use super::put::Tuning;
use super::{cat, make_in_memory, put, unreadable};
use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::{Location, shown};
use crate::transfer::{self, PutFlags, TransferFlags};

/// Copies files and objects, between any two stores and on the server where it can.
///
/// With -r the content of SOURCE goes below DESTINATION, name by name. Without, one file or object is copied; a
/// DESTINATION that ends in `/`, or is a directory, takes it under its own name.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to copy; `-` is standard input.
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// Where to; `-` is standard output.
    #[arg(value_name = "DESTINATION")]
    pub(crate) destination: String,
    /// Copies trees.
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// Replaces one object only if it still has this entity tag.
    #[arg(long, value_name = "ETAG", conflicts_with_all = ["recursive", "no_clobber", "if_newer"])]
    pub(crate) if_match: Option<String>,
    #[command(flatten)]
    pub(crate) transfer: TransferFlags,
    #[command(flatten)]
    pub(crate) put: PutFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    run_with(arguments, false, context).await
}

/// Copies, and for a move deletes what has arrived.
pub(super) async fn run_with(arguments: Arguments, moves: bool, context: &Context) -> Result<()> {
    let destination = Location::parse(&arguments.destination, context)?;
    let sources: Vec<Location> =
        arguments.sources.iter().map(|word| Location::parse(word, context)).collect::<Result<_>>()?;
    if sources.len() > 1 && !destination.is_container_like() {
        return Err(Failure::usage("several sources need a destination that ends in `/` or is a directory"));
    }
    let options = options(&arguments, &destination, moves, context)?;
    for (source, word) in sources.into_iter().zip(&arguments.sources) {
        let one = One { source, word, destination: &destination, arguments: &arguments };
        one.run(options.clone(), moves, context).await?;
    }
    Ok(())
}

fn options(
    arguments: &Arguments,
    destination: &Location,
    moves: bool,
    context: &Context,
) -> Result<TransferOptions> {
    let mut options = arguments.transfer.options(context)?.remove_source(moves).verify(moves);
    match destination {
        Location::Store(place) => options.put = arguments.put.options(place, context)?,
        _ => arguments.put.refuse_for_files()?,
    }
    if let Some(etag) = &arguments.if_match {
        let Location::Store(_) = destination else {
            return Err(Failure::usage("--if-match needs an object as the destination"));
        };
        options.put.get_or_insert_default().condition = WriteCondition::IfMatch(etag.as_str().into());
    }
    Ok(options)
}

/// One source on its way.
struct One<'a> {
    source: Location,
    word: &'a str,
    destination: &'a Location,
    arguments: &'a Arguments,
}

impl One<'_> {
    async fn run(self, options: TransferOptions, moves: bool, context: &Context) -> Result<()> {
        match (&self.source, self.destination) {
            (Location::Stdio, _) | (_, Location::Stdio) if moves => {
                Err(Failure::usage("a stream can't be moved; use `storage cp`"))
            }
            (Location::Stdio, destination) => self.read_stdin(destination, context).await,
            (source, Location::Stdio) => context.guard(to_stdout(source, self.word, context)).await,
            _ => self.transfer(options, context).await,
        }
    }

    async fn read_stdin(&self, destination: &Location, context: &Context) -> Result<()> {
        let flags = &self.arguments.transfer;
        match destination {
            Location::Stdio => context.guard(cat::stdin(context)).await,
            Location::Store(place) => {
                let if_match = self.arguments.if_match.clone();
                let tuning = Tuning::new(flags.no_clobber, if_match, flags.part_size, flags.part_jobs);
                put::from_stdin(place, &self.arguments.put, &tuning, context).await
            }
            Location::Files(_) => Err(Failure::usage(
                "standard input goes into a file by the shell: `cat > FILE`; `storage cp - ` needs a store",
            )),
        }
    }

    async fn transfer(&self, options: TransferOptions, context: &Context) -> Result<()> {
        if let Location::Store(place) = self.destination {
            make_in_memory(place).await?;
        }
        let is_tree =
            self.arguments.recursive && !matches!(&self.source, Location::Files(path) if path.is_file());
        let copy = if is_tree { self.tree()? } else { self.single().await? };
        let copy = match self.arguments.transfer.names()? {
            Some(_) if !is_tree => return Err(Failure::usage("--files-from0 needs --recursive")),
            Some(names) => copy.names(names),
            None => copy,
        };
        if self.arguments.transfer.dry_run {
            return transfer::dry_run(copy.options(options).plan().await?, context).await;
        }
        let report = transfer::run(copy, options, context).await?;
        transfer::judge(&report, !is_tree)
    }

    fn tree(&self) -> Result<Copy> {
        Ok(copy(self.source.tree()?, self.destination.tree()?))
    }

    /// One file or object, under the name that the destination gives it.
    async fn single(&self) -> Result<Copy> {
        let own_name = self.own_name()?;
        let (tree, name) = self.target(&own_name)?;
        let entry = match &self.source {
            Location::Files(path) => Entry::of_file(path, name).await.map_err(Failure::from)?,
            Location::Store(place) => Entry::of_object(&place.object()?, name).await?,
            Location::Stdio => return Err(Failure::usage("`-` is no file")),
        };
        self.refuse_itself(&tree, &entry.name)?;
        Ok(copy_entries(vec![entry], tree))
    }

    fn own_name(&self) -> Result<String> {
        let tree = || {
            Failure::usage(format!(
                "`{}` holds others; add --recursive to copy them",
                storage::Escaped(shown(self.word))
            ))
        };
        match &self.source {
            Location::Files(path) if path.is_dir() => Err(tree()),
            Location::Files(path) => match path.file_name().map(|it| it.to_str()) {
                Some(Some(name)) => Ok(name.to_owned()),
                Some(None) => Err(Failure::usage(format!(
                    "the name of `{}` is no UTF-8, which keys are",
                    path.display()
                ))),
                None => Err(unreadable(path, std::io::ErrorKind::NotFound.into())),
            },
            Location::Store(place) if place.key.is_empty() || place.key.ends_with('/') => Err(tree()),
            Location::Store(place) => Ok(place.key.rsplit('/').next().unwrap_or_default().to_owned()),
            Location::Stdio => Ok(String::new()),
        }
    }

    fn target(&self, own_name: &str) -> Result<(Tree, String)> {
        let inside = self.destination.is_container_like();
        match self.destination {
            Location::Files(path) if inside => Ok((Tree::directory(path), own_name.to_owned())),
            Location::Files(path) => {
                let name = path.file_name().and_then(|it| it.to_str());
                let name =
                    name.ok_or_else(|| Failure::usage(format!("`{}` names no file", path.display())))?;
                Ok((Tree::directory(parent(path)), name.to_owned()))
            }
            Location::Store(place) if inside => {
                Ok((Tree::prefix(place.container()?, &place.key), own_name.to_owned()))
            }
            Location::Store(place) => Ok((Tree::prefix(place.container()?, ""), place.key.clone())),
            Location::Stdio => Err(Failure::usage("`-` is no file")),
        }
    }

    /// A file or object copied onto itself could only lose.
    fn refuse_itself(&self, tree: &Tree, name: &str) -> Result<()> {
        let same = match (&self.source, tree) {
            (Location::Files(from), Tree::Directory(root)) => {
                let real = |path: &Path| path.canonicalize().ok();
                real(from).is_some() && real(from) == real(&root.join(name))
            }
            (Location::Store(from), Tree::Prefix { container, prefix }) => {
                let there = from.container()?;
                there.storage().same_store(container.storage())
                    && there.name() == container.name()
                    && from.key == format!("{prefix}{name}")
            }
            _ => false,
        };
        match same {
            true => Err(Failure::usage("source and destination are the same")),
            false => Ok(()),
        }
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

async fn to_stdout(source: &Location, word: &str, context: &Context) -> Result<()> {
    match source {
        Location::Store(place) => {
            let object: Object = place.object()?;
            cat::object(&object, None, context).await
        }
        Location::Files(path) => {
            let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(path, error))?;
            cat::copy(file, context).await
        }
        Location::Stdio => Err(Failure::usage(format!("`{word}` is no file"))),
    }
}
