//! Where the settings of a store come from, the strongest source first.

use std::cell::RefCell;
use std::env;

use storage::{Address, Pairs, Storage, normalize};

use crate::bandwidth;
use crate::config::{self, Remote};
use crate::context::Context;
use crate::exit::Result;
use crate::location::default_root;

/// The settings that open a store.
pub(crate) struct Settings {
    /// The id of the provider.
    pub(crate) id: String,
    /// Every setting of every source; of those with one name the first holds.
    all: Vec<Setting>,
}

/// One setting of one source.
struct Setting {
    name: String,
    value: String,
    source: String,
}

/// A setting that holds, as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) name: String,
    /// The value, or that it is masked.
    pub(crate) value: String,
    pub(crate) source: String,
    /// Sources that say it as well and are weaker.
    pub(crate) over: Vec<String>,
}

impl Settings {
    /// What an address says, then the environment, then the id itself and the defaults of this command.
    pub(crate) fn of_address(address: &Address, context: &Context) -> Result<Self> {
        let mut settings = Self { id: address.id.clone(), all: Vec::new() };
        settings.add(context, "the address", address.settings.iter());
        settings.add_rest(None, context)?;
        Ok(settings)
    }

    /// What the environment says, then the configuration, then the id itself and the defaults of this command.
    pub(crate) fn of_remote(name: &str, remote: &Remote, context: &Context) -> Result<Self> {
        let mut settings = Self { id: remote.provider.clone(), all: Vec::new() };
        settings.add_rest(Some((name, remote)), context)?;
        Ok(settings)
    }

    /// Only the id.
    pub(crate) fn of_id(id: &str) -> Self {
        Self { id: id.to_owned(), all: Vec::new() }
    }

    /// Opens the store, or gives the one that was opened with the same settings.
    pub(crate) fn open(&self, context: &Context) -> Result<Storage> {
        let mut settings = Pairs::new();
        for it in &self.all {
            settings.insert_default(&it.name, &*it.value);
        }
        let name = format!("{} {:?}", self.id, settings.iter().collect::<Vec<_>>());
        if let Some(storage) = context.opened.borrow().get(&name) {
            return Ok(storage.clone());
        }
        let mut storage = context.registry.open(&self.id, settings.iter())?;
        if let Some(rate) = context.global.bwlimit {
            storage = bandwidth::limit(&storage, rate);
        }
        context.opened.borrow_mut().insert(name, storage.clone());
        Ok(storage)
    }

    /// Every setting that holds, with the source that won.
    pub(crate) fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<Origin> = Vec::new();
        for it in &self.all {
            match origins.iter_mut().find(|origin| origin.name == it.name) {
                Some(origin) => origin.over.push(it.source.clone()),
                None => origins.push(Origin {
                    name: it.name.clone(),
                    value: config::shown(&it.name, &it.value).to_owned(),
                    source: it.source.clone(),
                    over: Vec::new(),
                }),
            }
        }
        origins
    }

    fn add<'a>(
        &mut self,
        context: &Context,
        source: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        // One setting under two names, from two sources, is still one setting.
        let provider = context.registry.provider(&self.id).ok();
        let key = |name: &str| provider.map_or_else(|| normalize(name), |(it, _)| it.key_of(name));
        let settings = pairs.into_iter().map(|(name, value)| Setting {
            name: key(name),
            value: value.to_owned(),
            source: source.to_owned(),
        });
        self.all.extend(settings);
    }

    fn add_rest(&mut self, remote: Option<(&str, &Remote)>, context: &Context) -> Result<()> {
        self.add_variables(context)?;
        if let Some((name, remote)) = remote {
            let settings = remote.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            self.add(context, &format!("the remote `{name}` of the configuration"), settings);
        }
        if let Ok((_, id)) = context.registry.provider(&self.id) {
            self.add(context, &format!("the id `{}`", id.id), id.preset.iter().copied());
        }
        if self.id == "local" && !self.all.iter().any(|it| it.name == "root") {
            self.add(context, "the default", [("root", &*default_root()?)]);
        }
        Ok(())
    }

    /// Adds what variables of the environment say, each under its name.
    fn add_variables(&mut self, context: &Context) -> Result<()> {
        let set = RefCell::new(Vec::new());
        context.registry.variables(&self.id, |name| {
            let value = env::var_os(name).filter(|it| !it.is_empty())?;
            set.borrow_mut().push(name.to_owned());
            Some(value)
        })?;
        for name in set.into_inner() {
            let lookup = |it: &str| if it == name { env::var_os(it) } else { None };
            let pairs = context.registry.variables(&self.id, lookup)?;
            // One variable can be asked for under two keys of which one holds already.
            let source = format!("the variable {name}");
            if !self.all.iter().any(|it| it.source == source) {
                self.add(context, &source, pairs.iter());
            }
        }
        Ok(())
    }
}
