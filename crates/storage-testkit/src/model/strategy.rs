//! Strategies for random sequences.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use super::{Condition, Step};

/// Few keys, so that steps meet each other; odd ones, so that they collide where a store folds or escapes wrongly.
const KEYS: &[&str] = &[
    "a",
    "a/",
    "a/b",
    "a/b/c",
    "a//b",
    "/a",
    "A",
    "a%2Fb",
    "a b",
    "..",
    ".",
    "\u{e9}",
    "e\u{301}",
    "\u{1f600}",
    "a.b",
    "a-b",
    "x\\y",
    "%",
    "~",
    "\u{1}",
];

const PREFIXES: &[&str] = &["", "a", "a/", "a/b", "/", "a//", ".", "%", "\u{e9}", "e", "zzz"];

/// Draws a key: mostly one of a few, sometimes any.
pub fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(KEYS).prop_map(str::to_owned),
        2 => "[a-c/.%~ ]{1,6}",
        1 => "[^\\x00\\r\\n]{1,12}",
    ]
}

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        4 => Just(Condition::None),
        1 => Just(Condition::Absent),
        1 => Just(Condition::Current),
        1 => Just(Condition::Stale),
    ]
}

fn prefixes() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(PREFIXES).prop_map(str::to_owned).boxed(), 1 => keys().boxed()]
}

/// Draws a sequence of at most so many steps.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..most.max(2))
}

fn step() -> impl Strategy<Value = Step> {
    let put = (keys(), any::<u64>(), 0usize..5_000, option::of(any::<u64>()), conditions());
    let put = put.prop_map(|(key, content, len, metadata, condition)| Step::Put {
        key,
        content,
        len,
        metadata,
        condition,
    });
    let get =
        (keys(), option::of((0u64..6_000, 0u64..6_000))).prop_map(|(key, range)| Step::Get { key, range });
    let tail = (keys(), 0u64..6_000).prop_map(|(key, bytes)| Step::Tail { key, bytes });
    let head = keys().prop_map(|key| Step::Head { key });
    let delete = (
        keys(),
        prop_oneof![3 => Just(Condition::None), 1 => Just(Condition::Current), 1 => Just(Condition::Stale)],
    )
        .prop_map(|(key, condition)| Step::Delete { key, condition });
    let copy = (keys(), keys()).prop_map(|(from, to)| Step::Copy { from, to });
    let rename = (keys(), keys()).prop_map(|(from, to)| Step::Rename { from, to });
    let list = (prefixes(), any::<bool>(), option::weighted(0.3, keys()), option::of(1u32..5)).prop_map(
        |(prefix, delimiter, start_after, limit)| Step::List { prefix, delimiter, start_after, limit },
    );
    let metadata = (keys(), any::<u64>()).prop_map(|(key, metadata)| Step::Metadata { key, metadata });
    let upload = (keys(), vec(any::<u64>(), 1..4), any::<bool>(), conditions())
        .prop_map(|(key, parts, complete, condition)| Step::Upload { key, parts, complete, condition });
    prop_oneof![
        6 => put, 3 => get, 1 => tail, 1 => head, 3 => delete, 2 => copy, 1 => rename, 3 => list, 1 => metadata, 2 => upload,
    ]
}
