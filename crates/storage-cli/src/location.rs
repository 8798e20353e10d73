//! What the words of a command line stand for: files, containers, objects.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use storage::{Address, Container, Object, Storage};
use storage_transfer::Tree;

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::settings::Settings;

/// A place that a word of the command line stands for.
#[derive(Clone, Debug)]
pub(crate) enum Location {
    /// Standard input or standard output.
    Stdio,
    /// An ordinary file or directory.
    Files(PathBuf),
    /// A store, and what of it.
    Store(Place),
}

/// A place in a store.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) storage: Storage,
    /// What stands before the container in the word, such as `local://`.
    pub(crate) start: String,
    pub(crate) container: Option<Container>,
    /// The key or prefix; empty for all of the container.
    pub(crate) key: String,
}

impl Location {
    /// Understands a word.
    pub(crate) fn parse(word: &str, context: &Context) -> Result<Self> {
        if word == "-" {
            return Ok(Self::Stdio);
        }
        if let Some(path) = word.strip_prefix("file:") {
            // `file:///x`, `file:/x` and `file:x` all are paths.
            return Ok(Self::Files(PathBuf::from(path.strip_prefix("//").unwrap_or(path))));
        }
        if word.contains("://") {
            return address(word, context).map(Self::Store);
        }
        if let Some((name, rest)) = word.split_once(':')
            && is_remote_name(name)
        {
            if context.config.remote(name).is_some() {
                return remote(name, rest, context).map(Self::Store);
            }
            if !Path::new(word).exists() {
                let hint = format!(
                    "`storage config show` lists the remotes; for a file of that name write `./{word}`"
                );
                return Err(
                    Failure::new(Exit::Configuration, format!("there is no remote `{name}`")).with_hint(hint)
                );
            }
        }
        match word {
            "" => Err(Failure::usage("a location can't be empty")),
            path => Ok(Self::Files(PathBuf::from(path))),
        }
    }

    /// Takes the location as a place in a store.
    pub(crate) fn store(self, what: &str) -> Result<Place> {
        match self {
            Self::Store(place) => Ok(place),
            _ => Err(Failure::usage(format!(
                "{what} must be a place in a store, such as `local://container/key`"
            ))),
        }
    }

    /// Tells whether the word names something that holds others: a directory, a prefix, a container.
    pub(crate) fn is_container_like(&self) -> bool {
        match self {
            Self::Stdio => false,
            Self::Files(path) => path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.is_dir(),
            Self::Store(place) => place.key.is_empty() || place.key.ends_with('/'),
        }
    }

    /// Takes the location as a tree.
    pub(crate) fn tree(&self) -> Result<Tree> {
        match self {
            Self::Stdio => Err(Failure::usage("`-` is a single stream and holds no tree")),
            Self::Files(path) => Ok(Tree::directory(path)),
            Self::Store(place) => Ok(Tree::prefix(place.container()?, place.prefix())),
        }
    }
}

impl Place {
    pub(crate) fn container(&self) -> Result<&Container> {
        self.container.as_ref().ok_or_else(|| {
            Failure::usage(format!("`{0}` names no container; write `{0}container/key`", self.start))
        })
    }

    pub(crate) fn object(&self) -> Result<Object> {
        if self.key.is_empty() {
            return Err(Failure::usage(format!("`{}` names no object; write `{0}/key`", self.shown())));
        }
        Ok(self.container()?.object(&*self.key)?)
    }

    /// The key as what others start with: below `a` means below `a/`.
    pub(crate) fn prefix(&self) -> String {
        match self.key.as_str() {
            "" => String::new(),
            key if key.ends_with('/') => key.to_owned(),
            key => format!("{key}/"),
        }
    }

    /// Tells whether a key is the place's own or lies below it.
    pub(crate) fn holds(&self, key: &str) -> bool {
        key == self.key || key.starts_with(&self.prefix())
    }

    /// The place as it was written, without settings.
    pub(crate) fn shown(&self) -> String {
        let name = self.container.as_ref().map_or("", |it| it.name().as_str());
        match self.key.as_str() {
            "" => format!("{}{name}", self.start),
            key => format!("{}{name}/{key}", self.start),
        }
    }
}

fn is_remote_name(name: &str) -> bool {
    // One letter is a drive on some systems.
    name.len() > 1 && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
}

fn address(word: &str, context: &Context) -> Result<Place> {
    let address = Address::parse(word)?;
    let start = format!("{}://", address.id);
    let storage = Settings::of_address(&address, context)?.open(context)?;
    let container = address.container.map(|name| storage.container(name)).transpose()?;
    Ok(Place { storage, start, container, key: address.key.unwrap_or_default() })
}

/// Opens a remote of the configuration; behind the colon everything is meant as it stands.
fn remote(name: &str, rest: &str, context: &Context) -> Result<Place> {
    let storage = remote_settings(name, context)?.open(context)?;
    let (container, key) = rest.split_once('/').unwrap_or((rest, ""));
    let container = (!container.is_empty()).then(|| storage.container(container)).transpose()?;
    Ok(Place { storage, start: format!("{name}:"), container, key: key.to_owned() })
}

fn remote_settings(name: &str, context: &Context) -> Result<Settings> {
    let Some(remote) = context.config.remote(name) else {
        return Err(Failure::new(Exit::Configuration, format!("there is no remote `{name}`")));
    };
    Settings::of_remote(name, remote, context)
}

/// Collects the settings of the store that a word names, without opening it.
pub(crate) fn settings(word: &str, context: &Context) -> Result<Settings> {
    match word.split_once(':') {
        Some(("file", _)) => {}
        Some(_) if word.contains("://") => return Settings::of_address(&Address::parse(word)?, context),
        Some((name, _)) if context.config.remote(name).is_some() => return remote_settings(name, context),
        _ => {}
    }
    // Anything else is no store, and that is told as everywhere.
    let place = Location::parse(word, context)?.store("what is looked at")?;
    Ok(Settings::of_id(&place.storage.provider().id))
}

/// A word as it is shown: the settings of an address may be secrets.
pub(crate) fn shown(word: &str) -> &str {
    match word.split_once('?') {
        Some((start, _)) if word.contains("://") && !word.starts_with("file:") => start,
        _ => word,
    }
}

/// Where `local://` keeps its containers unless told otherwise.
pub(crate) fn default_root() -> Result<String> {
    let folders = etcetera::choose_base_strategy().map_err(|error| {
        Failure::new(Exit::Configuration, "can't find the home folder; set STORAGE_LOCAL_ROOT")
            .with_source(error)
    })?;
    let root = folders.data_dir().join("storage");
    root.into_os_string().into_string().map_err(|_| {
        Failure::new(Exit::Configuration, "the path of the data folder is no UTF-8; set STORAGE_LOCAL_ROOT")
    })
}
