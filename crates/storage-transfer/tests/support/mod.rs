//! Trees and stores for the tests.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use storage::{Container, Storage};
use storage_transfer::{Event, Observer};

/// An empty container of a store of its own.
pub(crate) async fn container() -> Container {
    container_of(&storage::memory::open()).await
}

pub(crate) async fn container_of(storage: &Storage) -> Container {
    let container = storage.container("box").unwrap();
    container.create().await.unwrap();
    container
}

pub(crate) fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

pub(crate) async fn put(container: &Container, objects: &[(&str, &str)]) {
    for (key, text) in objects {
        container.object(*key).unwrap().put(text.to_string()).await.unwrap();
    }
}

/// Every file below a directory, hidden ones too, with its content.
pub(crate) fn files(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                all.insert(name, fs::read_to_string(entry.path()).unwrap_or_else(|_| "[no text]".to_owned()));
            }
        }
    }
    all
}

/// Every object of a container with its content.
pub(crate) async fn objects(container: &Container) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut list = container.list();
    while let Some(entry) = list.next().await {
        let key = entry.unwrap().name().clone();
        let text = container.object_at(key.clone()).get().text().await.unwrap();
        all.insert(key.as_str().to_owned(), text);
    }
    all
}

pub(crate) fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Writes down every event in a word or two.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn observer(&self) -> Observer {
        let lines = Arc::clone(&self.0);
        Observer::new(move |event| {
            let line = match event {
                Event::Planned { name, .. } => format!("planned {name}"),
                Event::Walked => "walked".to_owned(),
                Event::Started { name, .. } => format!("started {name}"),
                Event::Progress { name, bytes } => format!("progress {name} {bytes}"),
                Event::Done { name, .. } => format!("done {name}"),
                Event::Skipped { name, reason } => format!("skipped {name} {}", reason.code()),
                Event::Failed { name, error } => format!("failed {name} {:?}", error.kind()),
                _ => "other".to_owned(),
            };
            lines.lock().unwrap().push(line);
        })
    }

    pub(crate) fn lines(&self, start: &str) -> Vec<String> {
        let mut lines: Vec<_> =
            self.0.lock().unwrap().iter().filter(|it| it.starts_with(start)).cloned().collect();
        lines.sort();
        lines
    }
}
