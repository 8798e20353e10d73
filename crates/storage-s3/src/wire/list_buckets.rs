//! The buckets of an account: [`ListBuckets`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html).

use storage_core::{ContainerInfo, ContainerName, Page, PageToken, Result};
use storage_http::xml::Element;

use super::{Body, read, time_of, unexpected};

/// Reads a page of buckets.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Page<ContainerInfo>>> {
    read(body, "ListAllMyBucketsResult")?.map(|root| {
        let buckets = root.children("Buckets").flat_map(|it| it.children("Bucket"));
        let next = root.filled("ContinuationToken").map(PageToken::from);
        Ok(Page::new(buckets.map(bucket).collect::<Result<_>>()?, next))
    })
}

fn bucket(bucket: &Element<'_>) -> Result<ContainerInfo> {
    let name = bucket.filled("Name").ok_or_else(|| unexpected("the answer lists a bucket without a name"))?;
    let name = ContainerName::parse(name).map_err(|error| {
        unexpected(format!("the answer lists a bucket that can't be: {}", error.message()))
    })?;
    let mut info = ContainerInfo::new(name);
    info.created = time_of(bucket, "CreationDate");
    info.region = bucket.filled("BucketRegion").map(Into::into);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn buckets_and_token_are_read() {
        let page = ok(parse(br#"<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>jo</DisplayName></Owner><Buckets><Bucket><Name>notes</Name><CreationDate>2026-02-03T16:45:09.000Z</CreationDate><BucketRegion>eu-west-1</BucketRegion></Bucket><Bucket><CreationDate>never</CreationDate><Name>photos</Name></Bucket></Buckets><ContinuationToken>eyJNYXJrZXIi</ContinuationToken></ListAllMyBucketsResult>"#));
        assert_eq!(page.items.len(), 2);
        assert_eq!(page.items[0].name, "notes");
        assert_eq!(page.items[0].created, Some(datetime!(2026-02-03 16:45:09 UTC)));
        assert_eq!(page.items[0].region.as_deref(), Some("eu-west-1"));
        assert_eq!((page.items[1].created, page.items[1].region.as_ref()), (None, None));
        assert_eq!(page.next.as_deref(), Some("eyJNYXJrZXIi"));
    }

    #[test]
    fn an_account_without_buckets_has_none() {
        let page = ok(parse(b"<ListAllMyBucketsResult><Owner/><Buckets/></ListAllMyBucketsResult>"));
        assert!(page.items.is_empty() && page.next.is_none());
    }

    #[test]
    fn fault_096_other_answers_are_refused() {
        assert!(parse(b"<ListBucketResult/>").is_err());
        assert!(
            parse(b"<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>").is_err()
        );
        assert_eq!(failed(parse(b"<Error><Code>AccessDenied</Code></Error>")), "AccessDenied");
    }
}
