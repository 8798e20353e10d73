//! Keys as paths below a container.

use crate::escape::{Kind, MAX_RAW, push_name};

/// The path of an object's file, with the name of its container in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectPath {
    text: String,
    container: usize,
    name: usize,
}

impl ObjectPath {
    /// Finds the path of a key.
    pub(crate) fn new(container: &str, key: &str) -> Self {
        let mut text = String::with_capacity(container.len() + key.len() + 16);
        text.push_str(container);
        text.push('/');
        let below = text.len();
        let file = push_directories(&mut text, key.as_bytes(), below);
        let name = file.1;
        push_name(&mut text, file.0, Kind::File);
        Self { text, container: below, name }
    }

    /// Returns the path from the root.
    pub(crate) fn path(&self) -> &str {
        &self.text
    }

    /// Returns the path of the directory from the container; `None` when it is the container itself.
    pub(crate) fn parent(&self) -> Option<&str> {
        self.text.get(self.container..self.name.checked_sub(1)?).filter(|it| !it.is_empty())
    }

    /// Returns the name in its directory.
    pub(crate) fn name(&self) -> &str {
        self.text.get(self.name..).unwrap_or_default()
    }
}

/// Finds the deepest directory that holds every key with a prefix.
///
/// Returns its path from the container, empty for the container itself, and the bytes of the prefix that it
/// stands for.
pub(crate) fn directory_of_prefix(prefix: &str) -> (String, usize) {
    let mut path = String::new();
    let (rest, _) = push_directories(&mut path, prefix.as_bytes(), 0);
    path.truncate(path.trim_end_matches('/').len());
    (path, prefix.len() - rest.len())
}

/// Appends the directories of a key and returns what is left for the file, with the place where its name starts.
fn push_directories<'a>(out: &mut String, key: &'a [u8], start: usize) -> (&'a [u8], usize) {
    let mut rest = key;
    loop {
        let end = rest.iter().position(|byte| *byte == b'/');
        // A directory counts with its slash.
        let len = end.map_or(rest.len(), |at| at + 1);
        let (kind, raw, next) = match (len > MAX_RAW, end) {
            (true, _) => (Kind::Continuation, rest.get(..MAX_RAW), rest.get(MAX_RAW..)),
            (false, Some(at)) => (Kind::Directory, rest.get(..at), rest.get(at + 1..)),
            (false, None) => return (rest, out.len().max(start)),
        };
        push_name(out, raw.unwrap_or_default(), kind);
        out.push('/');
        rest = next.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::escape::{Parsed, parse_name};

    #[derive(Default)]
    struct Tree(BTreeMap<(Vec<u8>, Kind), Tree>);

    impl Tree {
        fn insert(&mut self, names: &[&str]) {
            let Some((name, rest)) = names.split_first() else { return };
            let mut raw = Vec::new();
            let Parsed::Piece(kind) = parse_name(name.as_bytes(), &mut raw) else {
                panic!("{name} is foreign")
            };
            assert_eq!(kind == Kind::File, rest.is_empty());
            self.0.entry((raw, kind)).or_default().insert(rest);
        }

        fn keys(&self, prefix: &[u8], out: &mut Vec<Vec<u8>>) {
            for ((raw, kind), below) in &self.0 {
                let full = [prefix, raw].concat();
                if *kind == Kind::File {
                    out.push(full);
                } else {
                    below.keys(&full, out);
                }
            }
        }
    }

    fn key() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            8 => prop::sample::select(&["a", "b", "/", ".", "%", "-", "0", "é", "\u{1}", "aux", "~", " "][..])
                .prop_map(String::from),
            1 => (60usize..180).prop_map(|n| "x".repeat(n)),
            1 => (20usize..60).prop_map(|n| "é€😀".repeat(n)),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 1..8).prop_map(|it| it.concat().replace('\0', "0"))
    }

    #[test]
    fn paths_are_what_the_documentation_says() {
        for (key, want, parent) in [
            ("a", "c/a", None),
            ("a/b", "c/a%/b", Some("a%")),
            ("a/", "c/a%/%empty", Some("a%")),
            ("/", "c/%/%empty", Some("%")),
            ("//x", "c/%/%/x", Some("%/%")),
            ("../../x", "c/.%2E%/.%2E%/x", Some(".%2E%/.%2E%")),
        ] {
            let path = ObjectPath::new("c", key);
            assert_eq!((path.path(), path.parent()), (want, parent));
        }
        let long = "y".repeat(80);
        let path = ObjectPath::new("c", &format!("{long}/z"));
        assert_eq!(path.path(), format!("c/{long}%+/%/z"));
        assert_eq!(ObjectPath::new("c", &long).path(), format!("c/{long}"));
    }

    #[test]
    fn the_longest_paths_fit() {
        for piece in ["\u{1}", "/", "\u{1}/", "é", "x", "\u{1}\u{1}\u{1}/"] {
            let key = piece.repeat(1024 / piece.len());
            let path = ObjectPath::new(&"c".repeat(255), &key);
            assert!(path.path().len() < 4096);
            assert!(path.path().split('/').all(|name| (1..=255).contains(&name.len())));
        }
    }

    proptest! {
        #[test]
        fn names_in_order_are_keys_in_order(keys in prop::collection::btree_set(key(), 1..30)) {
            let mut tree = Tree::default();
            for key in &keys {
                let path = ObjectPath::new("c", key);
                prop_assert_eq!(path.path().rsplit('/').next(), Some(path.name()));
                tree.insert(&path.path().split('/').skip(1).collect::<Vec<_>>());
            }
            let mut got = Vec::new();
            tree.keys(b"", &mut got);
            let want: Vec<Vec<u8>> = keys.iter().map(|key| key.clone().into_bytes()).collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn a_prefix_leads_to_the_directory_of_its_keys(prefix in key(), rest in key()) {
            let (directory, len) = directory_of_prefix(&prefix);
            let key = format!("{prefix}{rest}");
            let path = ObjectPath::new("c", &key);
            let below = path.path().strip_prefix("c/").unwrap();
            prop_assert!(directory.is_empty() || below.starts_with(&format!("{directory}/")), "{directory} {below}");
            prop_assert!(len <= prefix.len());
        }
    }
}
