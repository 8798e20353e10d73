//! Tags: [Set Blob Tags](https://learn.microsoft.com/rest/api/storageservices/set-blob-tags).

use bytes::Bytes;
use storage_core::Result;
use storage_core::groups::Tags;
use storage_http::xml::{Element, Writer};

use super::read;

/// Writes tags.
pub(crate) fn write(tags: &Tags) -> Bytes {
    let mut writer = Writer::new("Tags", None);
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
pub(crate) fn parse(body: &[u8]) -> Result<Tags> {
    tags(&read(body, "Tags")?)
}

/// Reads the inside of `Tags`, which listings have too.
pub(super) fn tags(tags: &Element<'_>) -> Result<Tags> {
    let all = tags.require("TagSet")?.children("Tag").map(|tag| {
        let value = tag.text_of("Value").unwrap_or_default();
        Ok((tag.require("Key")?.text().into(), value.into()))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_read() {
        let tags = parse(b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags><TagSet><Tag><Key>kind of</Key><Value>1 &amp; 2</Value></Tag><Tag><Value /><Key>c</Key></Tag></TagSet></Tags>").unwrap();
        assert_eq!(tags, Tags::from([("kind of".into(), "1 & 2".into()), ("c".into(), String::new())]));
        assert_eq!(parse(b"<Tags><TagSet /></Tags>").unwrap(), Tags::new());
        for body in ["<Tags/>", "<Tags><TagSet><Tag/></TagSet></Tags>", "<Tagging><TagSet/></Tagging>", ""] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tags in proptest::collection::btree_map("\\PC{1,8}", "\\PC{0,8}", 0..4)) {
            prop_assert_eq!(parse(&write(&tags)).unwrap(), tags);
        }

        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
