//! What a bucket cleans up by itself:
//! [`PutBucketLifecycleConfiguration`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).

use bytes::Bytes;
use storage_core::Result;
use storage_http::xml::{Element, Writer};

use super::{Body, NAMESPACE, number, read, unexpected};

/// A rule that aborts uploads which nobody ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AbortRule {
    /// The name of the rule in its bucket.
    pub(crate) id: String,
    /// Only keys that start with this text.
    pub(crate) prefix: String,
    /// After so many days from their beginning.
    pub(crate) days: u32,
    /// Whether the rule is carried out.
    pub(crate) enabled: bool,
}

/// Reads the rules that abort uploads; a document without any is fine.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Vec<AbortRule>>> {
    read(body, "LifecycleConfiguration")?
        .map(|root| root.children("Rule").filter_map(|it| abort_rule(it).transpose()).collect())
}

fn abort_rule(rule: &Element<'_>) -> Result<Option<AbortRule>> {
    let Some(abort) = rule.child("AbortIncompleteMultipartUpload") else { return Ok(None) };
    let days = abort.filled("DaysAfterInitiation").and_then(number).and_then(|it| u32::try_from(it).ok());
    // The prefix stands in the rule, in its filter, or among other conditions.
    let filter = rule.child("Filter");
    let prefix = [Some(rule), filter, filter.and_then(|it| it.child("And"))];
    Ok(Some(AbortRule {
        id: rule.text_of("ID").unwrap_or_default().into(),
        prefix: prefix.into_iter().flatten().find_map(|it| it.filled("Prefix")).unwrap_or_default().into(),
        days: days.ok_or_else(|| unexpected("the answer has a lifecycle rule without a number of days"))?,
        enabled: rule.text_of("Status").map(str::trim_ascii) == Some("Enabled"),
    }))
}

/// Writes a document with one rule.
pub(crate) fn write(rule: &AbortRule) -> Bytes {
    let mut writer = Writer::new("LifecycleConfiguration", Some(NAMESPACE));
    write_rule(&mut writer, rule);
    writer.finish()
}

/// Writes a document again with a rule added, in the place of another of its id. A document is replaced as a whole, so
/// every other rule is kept as it stands, with whatever it holds.
pub(crate) fn add(body: &[u8], rule: &AbortRule) -> Result<Body<Bytes>> {
    rewrite(body, &rule.id, |writer| write_rule(writer, rule)).map(|body| match body {
        Body::Ok((bytes, _)) => Body::Ok(bytes),
        Body::Failed(error) => Body::Failed(error),
    })
}

/// Writes a document again without the rule of an id; `None` when no rule is left, which S3 wants as a delete.
pub(crate) fn remove(body: &[u8], id: &str) -> Result<Body<Option<Bytes>>> {
    rewrite(body, id, |_| {})?.map(|(bytes, kept)| Ok((kept > 0).then_some(bytes)))
}

fn rewrite(body: &[u8], id: &str, more: impl FnOnce(&mut Writer)) -> Result<Body<(Bytes, usize)>> {
    read(body, "LifecycleConfiguration")?.map(|root| {
        let mut writer = Writer::new("LifecycleConfiguration", Some(NAMESPACE));
        let mut kept = 0;
        for element in root.elements() {
            let ours = element.name() == "Rule" && element.text_of("ID") == Some(id);
            if !ours {
                kept += 1;
                writer.copy(element);
            }
        }
        more(&mut writer);
        Ok((writer.finish(), kept))
    })
}

fn write_rule(writer: &mut Writer, rule: &AbortRule) {
    writer.group("Rule", |writer| {
        writer.text("ID", &rule.id);
        writer.group("Filter", |writer| writer.text("Prefix", &rule.prefix));
        writer.text("Status", if rule.enabled { "Enabled" } else { "Disabled" });
        writer.group("AbortIncompleteMultipartUpload", |writer| {
            writer.text("DaysAfterInitiation", &rule.days.to_string());
        });
    });
}

#[cfg(test)]
mod tests {
    use storage_http::xml;

    use super::*;
    use crate::wire::testing::{failed, ok};

    const RULES: &str = r#"<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>archive</ID><Filter><And><Prefix>logs/ &amp; more</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition><NewElement a="1"><Deep>x</Deep></NewElement></Rule><Rule><ID>clean</ID><Prefix>tmp/</Prefix><Status>Disabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>9</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"#;

    fn rule(id: &str) -> AbortRule {
        AbortRule { id: id.into(), prefix: "a<b/".into(), days: 7, enabled: true }
    }

    #[test]
    fn rules_are_found_wherever_their_prefix_stands() {
        let found = ok(parse(RULES.as_bytes()));
        assert_eq!(found, [AbortRule { id: "clean".into(), prefix: "tmp/".into(), days: 9, enabled: false }]);
        assert_eq!(ok(parse(&write(&rule("x")))), [rule("x")]);
        let wrong = RULES.replace(">9<", ">soon<");
        assert!(parse(wrong.as_bytes()).is_err());
        assert_eq!(
            failed(parse(b"<Error><Code>NoSuchLifecycleConfiguration</Code></Error>")),
            "NoSuchLifecycleConfiguration"
        );
    }

    #[test]
    fn other_rules_are_kept_with_all_they_hold() {
        let before = xml::parse(RULES.as_bytes()).unwrap();
        let added = ok(add(RULES.as_bytes(), &rule("new")));
        let after = xml::parse(&added).unwrap();
        assert_eq!(after.elements().count(), 3);
        assert!(before.elements().zip(after.elements()).all(|(old, new)| old == new));

        let replaced = ok(add(RULES.as_bytes(), &rule("clean")));
        assert_eq!(ok(parse(&replaced)), [rule("clean")]);
        let after = xml::parse(&replaced).unwrap();
        assert_eq!(after.elements().next(), before.elements().next());
    }

    #[test]
    fn the_last_rule_takes_the_document_with_it() {
        let left = ok(remove(RULES.as_bytes(), "clean")).unwrap();
        assert_eq!(xml::parse(&left).unwrap().elements().count(), 1);
        assert_eq!(ok(remove(&write(&rule("only")), "only")), None);
        assert!(ok(remove(RULES.as_bytes(), "other")).is_some());
    }
}
