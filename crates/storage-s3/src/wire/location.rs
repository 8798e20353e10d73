//! Where a bucket is: [`GetBucketLocation`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html).

use storage_core::Result;

use super::{Body, read};

/// Reads the region of a bucket.
pub(crate) fn parse(body: &[u8]) -> Result<Body<String>> {
    read(body, "LocationConstraint")?.map(|root| {
        // Some services put the element into another of the same name.
        let text = root.text_of("LocationConstraint").unwrap_or(root.text());
        Ok(match text.trim_ascii() {
            // The first region has no name here, and the second an old one.
            "" => "us-east-1",
            "EU" => "eu-west-1",
            region => region,
        }
        .into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn old_names_become_regions() {
        for (inside, want) in [
            ("", "us-east-1"),
            ("EU", "eu-west-1"),
            ("ap-south-1", "ap-south-1"),
            ("<LocationConstraint>fr-par</LocationConstraint>", "fr-par"),
        ] {
            let body = format!("<LocationConstraint xmlns='u'>{inside}</LocationConstraint>");
            assert_eq!(ok(parse(body.as_bytes())), want);
        }
        assert_eq!(ok(parse(b"<LocationConstraint/>")), "us-east-1");
        assert!(parse(b"<Location/>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>AccessDenied</Code></Error>")), "AccessDenied");
    }
}
