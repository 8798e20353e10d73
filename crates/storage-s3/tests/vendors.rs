//! The table of vendors as text, so that an edit of one row changes no other unseen.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::Path;

use storage_s3::{Quirks, VENDORS, Vendor};

/// Rewrites the snapshot in the place of comparing: `BLESS=1 cargo test -p storage-s3 --test vendors`.
const BLESS: &str = "BLESS";

#[test]
fn the_table_is_as_it_was_last_agreed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendors.snapshot");
    let text = table();
    if std::env::var_os(BLESS).is_some_and(|it| it == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let agreed = std::fs::read_to_string(&path).unwrap();
    let changed = text.lines().zip(agreed.lines()).position(|(new, old)| new != old);
    let at = changed.unwrap_or(text.lines().count().min(agreed.lines().count()));
    assert!(
        text == agreed,
        "line {} of the snapshot is {:?}, the table says {:?}; if that is meant, run with {BLESS}=1",
        at + 1,
        agreed.lines().nth(at),
        text.lines().nth(at),
    );
}

/// The differences of a row are shown against the row of Amazon, which is shown whole.
fn table() -> String {
    let mut text = String::from("# quirks of aws, and of others only what differs\n");
    fields(&Quirks::NONE).iter().for_each(|it| writeln!(text, "{it}").unwrap());
    VENDORS.iter().for_each(|vendor| row(&mut text, vendor));
    text
}

fn row(text: &mut String, vendor: &Vendor) {
    writeln!(text, "\n[{}] {}", vendor.name, vendor.title).unwrap();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            writeln!(text, "{name} = {value}").unwrap();
        }
    };
    let table =
        |rows: &[(&str, &str)]| rows.iter().map(|(a, b)| format!("{a}: {b}")).collect::<Vec<_>>().join(", ");
    line("endpoint", vendor.endpoint.unwrap_or_default().to_owned());
    line("regions", vendor.regions.join(" "));
    line("default_region", vendor.default_region.unwrap_or_default().to_owned());
    line("region_endpoints", table(vendor.region_endpoints));
    line("dns_suffixes", table(vendor.dns_suffixes));
    line(
        "variants",
        vendor.variants.iter().map(|(kind, it)| format!("{kind:?}: {it}")).collect::<Vec<_>>().join(", "),
    );
    line("signing_region", vendor.signing_region.unwrap_or_default().to_owned());
    line("ambient_credentials", vendor.ambient_credentials.to_string());
    line("environment", table(vendor.environment));
    line("website", vendor.website.unwrap_or_default().to_owned());
    line("region_websites", table(vendor.region_websites));
    line("cdn", vendor.cdn.unwrap_or_default().to_owned());
    line("docs", vendor.docs.to_owned());
    let none = fields(&Quirks::NONE);
    for field in fields(&vendor.quirks).iter().filter(|it| !none.contains(it)) {
        writeln!(text, "  {field}").unwrap();
    }
}

/// Cuts the `Debug` output at the commas between fields.
fn fields(quirks: &Quirks) -> Vec<String> {
    let shown = format!("{quirks:?}");
    let inner = shown.strip_prefix("Quirks { ").and_then(|it| it.strip_suffix(" }")).unwrap();
    let (mut all, mut depth, mut field) = (Vec::new(), 0, String::new());
    for c in inner.chars() {
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            ',' if depth == 0 => {
                all.push(std::mem::take(&mut field).trim().to_owned());
                continue;
            }
            _ => {}
        }
        field.push(c);
    }
    all.push(field.trim().to_owned());
    all
}
