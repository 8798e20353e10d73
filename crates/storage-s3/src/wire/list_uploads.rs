//! Unfinished uploads: [`ListMultipartUploads`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html).

use storage_core::groups::IncompleteUpload;
use storage_core::{Result, UploadId};
use storage_http::xml::Element;

use super::keys::KeyReader;
use super::{Body, KeyDecoding, Markers, flag, markers, read, time_of, unexpected};

/// A page of unfinished uploads.
#[derive(Clone, Debug, Default)]
pub(crate) struct UploadPage {
    /// The uploads, by key.
    pub(crate) uploads: Vec<IncompleteUpload>,
    /// Where the next page starts.
    pub(crate) next: Option<Markers>,
}

/// Reads a page of unfinished uploads.
pub(crate) fn parse(body: &[u8], decoding: KeyDecoding) -> Result<Body<UploadPage>> {
    read(body, "ListMultipartUploadsResult")?.map(|root| {
        let keys = decoding.of(&root);
        let uploads: Vec<_> = root.children("Upload").map(|it| upload(it, keys)).collect::<Result<_>>()?;
        let next = match uploads.last() {
            // Swift leaves the markers of a page of one upload empty: the next one starts behind its last upload.
            Some(last) if goes_on_unsaid(&root)? => {
                let id = Some(last.upload.as_str().to_owned());
                Some(Markers { key: last.key.as_str().to_owned(), id })
            }
            _ => markers::next(&root, "NextUploadIdMarker", |key| Ok(keys.text(key)?.into_owned()))?,
        };
        Ok(UploadPage { uploads, next })
    })
}

/// Tells whether the listing goes on and does not say where. Behind common prefixes only the service knows that.
fn goes_on_unsaid(root: &Element<'_>) -> Result<bool> {
    let unsaid = root.filled("NextKeyMarker").is_none() && root.children("CommonPrefixes").next().is_none();
    Ok(unsaid && flag(root, "IsTruncated")? == Some(true))
}

fn upload(upload: &Element<'_>, keys: KeyReader) -> Result<IncompleteUpload> {
    let key = keys.key(upload.filled("Key"))?;
    let id = upload.filled("UploadId").ok_or_else(|| {
        unexpected(format!("the answer lists an upload of the key `{key}` without its id"))
            .with_key(key.as_str())
    })?;
    Ok(IncompleteUpload::new(key, UploadId::new(id), time_of(upload, "Initiated")))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::wire::testing::{failed, ok};

    const PAGE: &str = r#"<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><KeyMarker/><UploadIdMarker/><NextKeyMarker>my+movie</NextKeyMarker><NextUploadIdMarker>YW55</NextUploadIdMarker><Delimiter>/</Delimiter><EncodingType>url</EncodingType><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated><Upload><Key>my%20movie</Key><UploadId>YW55</UploadId><Initiator><ID>1</ID></Initiator><Owner><ID>1</ID></Owner><StorageClass>STANDARD</StorageClass><Initiated>2026-11-10T20:48:33.000Z</Initiated></Upload><CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes></ListMultipartUploadsResult>"#;

    #[test]
    fn uploads_and_markers_are_read() {
        let page = ok(parse(PAGE.as_bytes(), KeyDecoding::Url));
        let [upload] = &page.uploads[..] else { panic!("{page:?}") };
        assert_eq!((upload.key.as_str(), upload.upload.as_str()), ("my movie", "YW55"));
        assert_eq!(upload.started, Some(datetime!(2026-11-10 20:48:33 UTC)));
        assert_eq!(page.next, Some(Markers { key: "my movie".into(), id: Some("YW55".into()) }));
    }

    #[test]
    fn a_page_ends_with_its_last_upload_where_its_markers_are_empty() {
        let lone = PAGE.replace("<CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes>", "");
        let empty = lone.replace(">my+movie<", "><").replace("Marker>YW55<", "Marker><");
        let page = ok(parse(empty.as_bytes(), KeyDecoding::Url));
        assert_eq!(page.next, Some(Markers { key: "my movie".into(), id: Some("YW55".into()) }));
        let end = empty.replace("<IsTruncated>true<", "<IsTruncated>false<");
        assert_eq!(ok(parse(end.as_bytes(), KeyDecoding::Url)).next, None);
    }

    #[test]
    fn fault_094_a_page_that_goes_on_says_where() {
        assert!(parse(PAGE.replace("NextKeyMarker", "Other").as_bytes(), KeyDecoding::Url).is_err());
        assert!(parse(PAGE.replace("<UploadId>YW55</UploadId>", "").as_bytes(), KeyDecoding::Url).is_err());
        assert_eq!(
            failed(parse(b"<Error><Code>NoSuchBucket</Code></Error>", KeyDecoding::Url)),
            "NoSuchBucket"
        );
    }
}
