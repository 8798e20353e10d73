//! Versions: [`ListObjectVersions`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).

use storage_core::groups::VersionEntry;
use storage_core::{ObjectEntry, Result, VersionId};
use storage_http::xml::Element;

use super::keys::KeyReader;
use super::list_objects::object_entry;
use super::{Body, KeyDecoding, Markers, flag, markers, read, time_of};

/// A page of versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct VersionPage {
    /// Versions and delete markers in the order of the answer: by key, the newest first.
    pub(crate) entries: Vec<VersionEntry>,
    /// Where the next page starts.
    pub(crate) next: Option<Markers>,
}

/// Reads a page of versions.
pub(crate) fn parse(body: &[u8], decoding: KeyDecoding) -> Result<Body<VersionPage>> {
    read(body, "ListVersionsResult")?.map(|root| {
        let keys = decoding.of(&root);
        let entries = root.elements().filter_map(|it| match it.name() {
            "Version" => Some(object_entry(it, keys).and_then(|object| entry(it, object, false))),
            "DeleteMarker" => Some(marker(it, keys)),
            _ => None,
        });
        let entries: Vec<VersionEntry> = entries.collect::<Result<_>>()?;
        let next = markers::next(&root, "NextVersionIdMarker", |key| {
            // Ceph encodes the keys of the page, but not this one, which is the last of them.
            match entries.last() {
                Some(last) if last.object.key == *key => Ok(key.to_owned()),
                _ => Ok(keys.text(key)?.into_owned()),
            }
        })?;
        Ok(VersionPage { entries, next })
    })
}

fn marker(marker: &Element<'_>, keys: KeyReader) -> Result<VersionEntry> {
    let mut object = ObjectEntry::new(keys.key(marker.filled("Key"))?, 0);
    object.last_modified = time_of(marker, "LastModified");
    entry(marker, object, true)
}

fn entry(element: &Element<'_>, object: ObjectEntry, delete_marker: bool) -> Result<VersionEntry> {
    // What was written before versions were kept has the id `null`, which some services leave out.
    let version = VersionId::new(element.filled("VersionId").unwrap_or("null"));
    let latest = flag(element, "IsLatest")?.unwrap_or(false);
    Ok(VersionEntry::new(object, version, latest, delete_marker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    const PAGE: &str = r#"<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/><KeyMarker/><VersionIdMarker/><NextKeyMarker>z+z</NextKeyMarker><NextVersionIdMarker>v9</NextVersionIdMarker><MaxKeys>3</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Version><Key>a%2B</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest><LastModified>2026-10-12T17:50:30.000Z</LastModified><ETag>"x"</ETag><Size>4</Size><Owner><ID>7</ID></Owner><StorageClass>STANDARD</StorageClass></Version><DeleteMarker><Key>b</Key><VersionId>v3</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-12T17:50:30.000Z</LastModified></DeleteMarker><Version><Key>b</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><Size>5</Size></Version></ListVersionsResult>"#;

    #[test]
    fn versions_and_markers_keep_their_order() {
        let page = ok(parse(PAGE.as_bytes(), KeyDecoding::Url));
        let seen: Vec<_> = page
            .entries
            .iter()
            .map(|it| {
                (it.object.key.as_str(), it.version.as_str(), it.latest, it.delete_marker, it.object.size)
            })
            .collect();
        assert_eq!(
            seen,
            [("a+", "v2", false, false, 4), ("b", "v3", true, true, 0), ("b", "null", false, false, 5)]
        );
        assert_eq!(page.next, Some(Markers { key: "z z".into(), id: Some("v9".into()) }));
        assert!(page.entries[0].object.etag.is_some() && page.entries[1].object.last_modified.is_some());
    }

    #[test]
    fn fault_094_a_page_that_goes_on_says_where() {
        let page = PAGE.replace("<NextKeyMarker>z+z</NextKeyMarker>", "");
        assert!(parse(page.as_bytes(), KeyDecoding::Url).is_err());
        let end = ok(parse(page.replace("true", "false").as_bytes(), KeyDecoding::Url));
        assert_eq!(end.next, None);
    }

    #[test]
    fn a_marker_that_is_not_encoded_is_the_last_key_of_the_page() {
        let page = PAGE.replace("<Key>b</Key>", "<Key>a%2Bb%25</Key>").replace(">z+z<", ">a+b%<");
        let page = ok(parse(page.as_bytes(), KeyDecoding::Url));
        assert_eq!(page.next, Some(Markers { key: "a+b%".into(), id: Some("v9".into()) }));
    }

    #[test]
    fn fault_103_a_wrong_size_names_the_key() {
        let error = parse(PAGE.replace(">4<", ">-4<").as_bytes(), KeyDecoding::Url).unwrap_err();
        assert_eq!(error.key(), Some("a+"));
        assert_eq!(
            failed(parse(b"<Error><Code>NoSuchBucket</Code></Error>", KeyDecoding::Url)),
            "NoSuchBucket"
        );
    }
}
