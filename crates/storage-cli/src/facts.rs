//! What a store tells of itself, as names and values.

use storage::{Capabilities, Driver, Storage};

/// What the store tells of itself: names and values, in the order in which they are shown.
pub(crate) async fn facts(storage: &Storage) -> Vec<(String, String)> {
    let mut facts = who(storage);
    facts.extend(storage.driver().describe().await);
    facts.extend(what(storage).await);
    facts
}

/// Who answers.
fn who(storage: &Storage) -> Vec<(String, String)> {
    let provider = storage.provider();
    vec![("provider".to_owned(), format!("{} ({})", provider.id, provider.title))]
}

/// What it can do.
async fn what(storage: &Storage) -> Vec<(String, String)> {
    let driver = storage.driver();
    let mut facts = Vec::new();
    if let Ok(it) = driver.capabilities(None).await {
        let sums: Vec<_> = it.checksums.iter().map(|it| it.name()).collect();
        facts.push(("checksums".to_owned(), or_none(&sums)));
        facts.push(("can".to_owned(), or_none(&abilities(&it))));
    }
    let (has, lacks): (Vec<_>, Vec<_>) = groups(driver).into_iter().partition(|it| it.1);
    let names = |groups: Vec<(&'static str, bool)>| groups.into_iter().map(|it| it.0).collect::<Vec<_>>();
    facts.push(("has".to_owned(), or_none(&names(has))));
    facts.push(("lacks".to_owned(), or_none(&names(lacks))));
    facts
}

/// Whole operations that some stores lack.
pub(crate) fn groups(driver: &dyn Driver) -> [(&'static str, bool); 11] {
    [
        ("multipart", driver.multipart().is_some()),
        ("incomplete_uploads", driver.incomplete_uploads().is_some()),
        ("bulk_delete", driver.bulk_delete().is_some()),
        ("rename", driver.rename().is_some()),
        ("presign", driver.presign().is_some()),
        ("metadata", driver.metadata().is_some()),
        ("tags", driver.tags().is_some()),
        ("versions", driver.versions().is_some()),
        ("acl", driver.acl().is_some()),
        ("website", driver.website().is_some()),
        ("public_url", driver.public_url().is_some()),
    ]
}

/// Parameters that some stores do not take.
fn abilities(it: &Capabilities) -> Vec<&'static str> {
    let all = [
        ("put_if_absent", it.put_if_absent),
        ("put_if_match", it.put_if_match),
        ("delete_if_match", it.delete_if_match),
        ("ordered_listing", it.ordered_listing),
        ("start_after", it.start_after),
        ("server_copy", it.server_copy),
        ("put_tags", it.put_tags),
        ("storage_classes", it.storage_classes),
    ];
    all.into_iter().filter(|it| it.1).map(|it| it.0).collect()
}

fn or_none(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
