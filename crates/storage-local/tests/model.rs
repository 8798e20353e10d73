//! Any sequence of operations on directories has the outcomes that it has in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;

use proptest::prelude::*;
use storage_core::{Container, ErrorKind, Metadata, Result, Storage};
use storage_local::{AttributeStore, Durability, LocalConfig};

#[derive(Clone, Debug)]
enum Step {
    Put { key: usize, text: String, condition: Condition },
    Delete { key: usize, guarded: bool },
    Copy { from: usize, to: usize, condition: Condition },
    Rename { from: usize, to: usize },
    Describe { key: usize, value: String },
    Read { key: usize, start: u64, end: u64 },
    List { prefix: usize, delimiter: usize, after: Option<usize>, page: u32 },
    DeleteContainer,
    CreateContainer,
}

#[derive(Clone, Copy, Debug)]
enum Condition {
    None,
    Absent,
    /// The entity tag that the key has now, or had once.
    Match(bool),
}

const KEYS: [&str; 14] = [
    "a",
    "a/",
    "a/b",
    "a/b/c",
    "a//b",
    "a-",
    "a-b/c",
    "a0",
    "/",
    "..",
    "%",
    "é/b",
    "long-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789/x",
    "z",
];
const PREFIXES: [&str; 8] = [
    "",
    "a",
    "a/",
    "a/b",
    "a-",
    "/",
    "long-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456",
    "x",
];
const DELIMITERS: [&str; 5] = ["", "/", "-", "/b", "a"];

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS.len();
    let condition = || {
        prop_oneof![
            4 => Just(Condition::None),
            1 => Just(Condition::Absent),
            1 => any::<bool>().prop_map(Condition::Match),
        ]
    };
    prop_oneof![
        8 => (key(), "[a-z]{0,8}", condition()).prop_map(|(key, text, condition)| Step::Put { key, text, condition }),
        3 => (key(), any::<bool>()).prop_map(|(key, guarded)| Step::Delete { key, guarded }),
        2 => (key(), key(), condition()).prop_map(|(from, to, condition)| Step::Copy { from, to, condition }),
        2 => (key(), key()).prop_map(|(from, to)| Step::Rename { from, to }),
        1 => (key(), "[a-z]{0,4}").prop_map(|(key, value)| Step::Describe { key, value }),
        2 => (key(), 0u64..9, 0u64..9).prop_map(|(key, start, end)| Step::Read { key, start, end }),
        4 => (0..PREFIXES.len(), 0..DELIMITERS.len(), prop::option::of(key()), 1u32..6)
            .prop_map(|(prefix, delimiter, after, page)| Step::List { prefix, delimiter, after, page }),
        1 => Just(Step::DeleteContainer),
        1 => Just(Step::CreateContainer),
    ]
}

/// One store and the entity tags that it has given.
struct Side {
    container: Container,
    etags: HashMap<usize, storage_core::ETag>,
}

impl Side {
    fn new(storage: &Storage) -> Self {
        Self { container: storage.container("c").unwrap(), etags: HashMap::new() }
    }

    async fn etag(&self, key: usize, current: bool) -> storage_core::ETag {
        let head = self.container.object(KEYS[key]).unwrap().head().await.ok().and_then(|it| it.etag);
        let known = if current { head } else { self.etags.get(&key).cloned() };
        known.unwrap_or_else(|| "\"none\"".into())
    }

    async fn remember(&mut self, key: usize) {
        // The one before, so that it is stale.
        if !self.etags.contains_key(&key)
            && let Some(etag) =
                self.container.object(KEYS[key]).unwrap().head().await.ok().and_then(|it| it.etag)
        {
            self.etags.insert(key, etag);
        }
    }

    /// Carries out a step and says what came of it, in words that are the same for every store.
    async fn run(&mut self, step: &Step) -> Result<String, ErrorKind> {
        self.try_run(step).await.map_err(|error| error.kind())
    }

    async fn try_run(&mut self, step: &Step) -> Result<String> {
        let c = self.container.clone();
        let object = |key: &usize| c.object(KEYS[*key]).unwrap();
        match step {
            Step::Put { key, text, condition } => {
                let put = object(key).put(text.clone()).metadata("of", text);
                let put = match condition {
                    Condition::None => put,
                    Condition::Absent => put.if_absent(),
                    Condition::Match(current) => put.if_match(self.etag(*key, *current).await),
                };
                let done = put.await?;
                self.remember(*key).await;
                Ok(format!("{:?} {:?}", done.size, done.checksums))
            }
            Step::Delete { key, guarded } => {
                let delete = object(key).delete();
                let delete = if *guarded { delete.if_match(self.etag(*key, true).await) } else { delete };
                delete.await.map(|()| String::new())
            }
            Step::Copy { from, to, condition } => {
                let to = object(to);
                let copy = object(from).copy_to(&to);
                let copy = match condition {
                    Condition::None => copy,
                    Condition::Absent => copy.if_absent(),
                    Condition::Match(current) => copy.source_if_match(self.etag(*from, *current).await),
                };
                copy.await.map(|_| String::new())
            }
            Step::Rename { from, to } => object(from).rename_to(&object(to)).await.map(|()| String::new()),
            Step::Describe { key, value } => {
                let metadata: Metadata = [("described", value.as_str())].into_iter().collect();
                object(key).update_metadata(metadata).await.map(|()| String::new())
            }
            Step::Read { key, start, end } => object(key).get().range(*start..*end).text().await,
            Step::List { prefix, delimiter, after, page } => {
                let mut list = c.list().prefix(PREFIXES[*prefix]).page_size(*page);
                if *delimiter > 0 {
                    list = list.delimiter(DELIMITERS[*delimiter]);
                }
                if let Some(after) = after {
                    list = list.start_after(KEYS[*after]);
                }
                let all: Vec<_> = list.try_collect::<Vec<_>>().await?;
                let shown = all.into_iter().map(|it| match it.clone().object() {
                    Some(object) => format!("{} {}", object.key, object.size),
                    None => format!("{}..", it.name()),
                });
                Ok(shown.collect::<Vec<_>>().join("\n"))
            }
            Step::DeleteContainer => c.delete().await.map(|()| String::new()),
            Step::CreateContainer => c.create().await.map(|_| String::new()),
        }
    }

    /// Says all that there is.
    async fn all(&self) -> Vec<String> {
        let mut all = Vec::new();
        for key in KEYS {
            let object = self.container.object(key).unwrap();
            let Ok(head) = object.head().await else { continue };
            let text = object.get().text().await.unwrap();
            all.push(format!(
                "{key} {text} {:?} {:?} {:?}",
                head.metadata, head.content_type, head.checksums
            ));
        }
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn directories_behave_like_memory(steps in prop::collection::vec(step(), 1..60), sidecars: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let root = tempfile::tempdir().unwrap();
            let attributes = if sidecars { AttributeStore::Sidecar } else { AttributeStore::Auto };
            let config = LocalConfig::new(root.path()).durability(Durability::None).attributes(attributes);
            let mut local = Side::new(&config.open().unwrap());
            let mut memory = Side::new(&storage_core::memory::open());
            for side in [&mut local, &mut memory] {
                side.run(&Step::CreateContainer).await.unwrap();
            }
            for step in &steps {
                assert_eq!(local.run(step).await, memory.run(step).await, "{step:?}");
            }
            assert_eq!(local.all().await, memory.all().await);
        });
    }
}
