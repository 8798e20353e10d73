//! Tags: [`PutObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html).

use bytes::Bytes;
use storage_core::Result;
use storage_core::groups::Tags;
use storage_http::xml::Writer;

use super::{Body, NAMESPACE, read};

/// Writes tags.
pub(crate) fn write(tags: &Tags) -> Bytes {
    let mut writer = Writer::new("Tagging", Some(NAMESPACE));
    writer.group("TagSet", |writer| {
        for (name, value) in tags {
            writer.group("Tag", |writer| {
                writer.text("Key", name);
                writer.text("Value", value);
            });
        }
    });
    writer.finish()
}

/// Reads tags.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Tags>> {
    read(body, "Tagging")?.map(|root| {
        let tags = root.require("TagSet")?.children("Tag").map(|tag| {
            let value = tag.text_of("Value").unwrap_or_default();
            Ok((tag.require("Key")?.text().into(), value.into()))
        });
        tags.collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn tags_are_read() {
        let tags = ok(parse(b"<Tagging xmlns='u'>\n<TagSet>\n<Tag><Key>a b</Key><Value>1 &amp; 2</Value></Tag><Tag><Value/><Key>c</Key></Tag></TagSet></Tagging>"));
        assert_eq!(tags, Tags::from([("a b".into(), "1 & 2".into()), ("c".into(), String::new())]));
        assert_eq!(ok(parse(b"<Tagging><TagSet/></Tagging>")), Tags::new());
        assert!(parse(b"<Tagging/>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>NoSuchTagSet</Code></Error>")), "NoSuchTagSet");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tags in proptest::collection::btree_map("\\PC{1,8}", "\\PC{0,8}", 0..4)) {
            prop_assert_eq!(ok(parse(&write(&tags))), tags);
        }
    }
}
