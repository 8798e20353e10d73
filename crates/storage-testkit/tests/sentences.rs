//! Every sentence of the driver contract has a case with the same words.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::Path;

use storage_testkit::conformance::cases;

/// Returns the documentation of every method of every trait of a file.
fn promises(source: &str) -> Vec<String> {
    let mut docs = Vec::new();
    let mut found = Vec::new();
    let mut in_trait = false;
    for line in source.lines() {
        let text = line.trim();
        if text.starts_with("pub trait ") {
            in_trait = true;
            docs.clear();
        } else if line == "}" {
            in_trait = false;
        } else if let Some(doc) = text.strip_prefix("///") {
            docs.push(doc.trim().to_owned());
        } else if in_trait && (text.starts_with("fn ") || text.starts_with("async fn ")) {
            // An accessor of a group promises nothing by itself.
            if text.contains("Option<&dyn ") {
                docs.clear();
            }
            found.extend(sentences(&docs));
            docs.clear();
        }
    }
    found
}

fn sentences(docs: &[String]) -> Vec<String> {
    let text: Vec<_> = docs.iter().filter(|it| !it.starts_with('#')).map(String::as_str).collect();
    let text = text.join(" ");
    let mut sentences = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        current.push_str(word);
        if word.ends_with('.') {
            sentences.push(std::mem::take(&mut current));
        } else {
            current.push(' ');
        }
    }
    assert!(current.trim().is_empty(), "a sentence without an end: {current}");
    sentences
}

fn sources() -> Vec<String> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../storage-core/src");
    let mut files = vec![core.join("driver.rs")];
    files.extend(std::fs::read_dir(core.join("groups")).unwrap().map(|it| it.unwrap().path()));
    files.iter().map(|it| std::fs::read_to_string(it).unwrap()).collect()
}

#[test]
fn every_sentence_of_the_contract_has_a_case() {
    let promised: BTreeSet<String> = sources().iter().flat_map(|it| promises(it)).collect();
    assert!(promised.len() > 60, "the contract is found: {promised:#?}");
    let proven: Vec<&str> = cases().map(|it| it.sentence).collect();
    let missing: Vec<_> =
        promised.iter().filter(|it| !proven.iter().any(|sentence| sentence.contains(&***it))).collect();
    assert!(missing.is_empty(), "{} sentences without a case: {missing:#?}", missing.len());
}

#[test]
fn every_case_quotes_the_documentation() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../storage-core/src");
    let mut text = String::new();
    let mut folders = vec![core];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|it| it == "rs") {
                let source = std::fs::read_to_string(entry).unwrap();
                let docs = source
                    .lines()
                    .filter_map(|it| it.trim().strip_prefix("///").or(it.trim().strip_prefix("//!")));
                text.extend(docs.map(|it| format!("{} ", it.trim())));
            }
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let strange: Vec<_> =
        cases().filter(|it| !text.contains(it.sentence)).map(|it| (it.name, it.sentence)).collect();
    assert!(strange.is_empty(), "sentences that nobody promises: {strange:#?}");
}

#[test]
fn names_are_unique_and_have_a_topic() {
    let mut names = BTreeSet::new();
    for case in cases() {
        assert!(names.insert(case.name), "{} comes twice", case.name);
        assert!(case.name.split_once('/').is_some_and(|(topic, name)| !topic.is_empty() && !name.is_empty()));
        assert!(case.sentence.ends_with('.'), "{} is no sentence", case.sentence);
    }
}
