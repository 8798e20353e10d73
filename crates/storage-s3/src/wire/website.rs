//! Websites: [`PutBucketWebsite`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html).

use bytes::Bytes;
use storage_core::Result;
use storage_core::groups::WebsiteConfig;
use storage_http::xml::Writer;

use super::{Body, NAMESPACE, read};

/// Writes the documents of a website.
pub(crate) fn write(config: &WebsiteConfig) -> Bytes {
    let mut writer = Writer::new("WebsiteConfiguration", Some(NAMESPACE));
    writer.group("IndexDocument", |writer| writer.text("Suffix", &config.index));
    if let Some(error) = &config.error {
        writer.group("ErrorDocument", |writer| writer.text("Key", error));
    }
    writer.finish()
}

/// Reads the documents of a website; one that sends all requests elsewhere has an empty index.
pub(crate) fn parse(body: &[u8]) -> Result<Body<WebsiteConfig>> {
    read(body, "WebsiteConfiguration")?.map(|root| {
        let index = root.child("IndexDocument").and_then(|it| it.filled("Suffix"));
        let mut config = WebsiteConfig::new(index.unwrap_or_default());
        config.error = root.child("ErrorDocument").and_then(|it| it.filled("Key")).map(Into::into);
        Ok(config)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn what_is_written_is_read() {
        for config in
            [WebsiteConfig::new("index.html"), WebsiteConfig::new("i").error("errors/404 & more.html")]
        {
            assert_eq!(ok(parse(&write(&config))), config);
        }
    }

    #[test]
    fn other_websites_are_read_as_far_as_they_go() {
        let redirect = ok(parse(b"<WebsiteConfiguration><RedirectAllRequestsTo><HostName>example.com</HostName></RedirectAllRequestsTo></WebsiteConfiguration>"));
        assert_eq!(redirect, WebsiteConfig::default());
        assert!(parse(b"<Website/>").is_err());
        assert_eq!(
            failed(parse(b"<Error><Code>NoSuchWebsiteConfiguration</Code></Error>")),
            "NoSuchWebsiteConfiguration"
        );
    }
}
