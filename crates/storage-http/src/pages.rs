//! Pages of listings.

use storage_core::ListEntry;

/// Puts objects and prefixes, which a page may list one after the other, into one order.
///
/// Each must be in order already; what is not stays where it is among its like.
pub fn merge_entries(objects: Vec<ListEntry>, prefixes: Vec<ListEntry>) -> Vec<ListEntry> {
    if prefixes.is_empty() {
        return objects;
    }
    if objects.is_empty() {
        return prefixes;
    }
    let mut all = Vec::with_capacity(objects.len() + prefixes.len());
    let mut prefixes = prefixes.into_iter().peekable();
    for object in objects {
        while let Some(prefix) = prefixes.next_if(|it| it.name().as_str() < object.name().as_str()) {
            all.push(prefix);
        }
        all.push(object);
    }
    all.extend(prefixes);
    all
}
