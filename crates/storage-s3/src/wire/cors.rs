//! Access by other sites: [`PutBucketCors`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html).

use std::time::Duration;

use bytes::Bytes;
use storage_core::Result;
use storage_core::groups::CorsRule;
use storage_http::xml::{Element, Writer};

use super::{Body, NAMESPACE, number, read, unexpected};

/// Writes rules.
pub(crate) fn write(rules: &[CorsRule]) -> Bytes {
    let mut writer = Writer::new("CORSConfiguration", Some(NAMESPACE));
    for rule in rules {
        writer.group("CORSRule", |writer| {
            for (name, values) in [
                ("AllowedOrigin", &rule.origins),
                ("AllowedMethod", &rule.methods),
                ("AllowedHeader", &rule.headers),
                ("ExposeHeader", &rule.expose),
            ] {
                values.iter().for_each(|value| writer.text(name, value));
            }
            writer.text_opt("MaxAgeSeconds", rule.max_age.map(|it| it.as_secs().to_string()).as_deref());
        });
    }
    writer.finish()
}

/// Reads rules.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Vec<CorsRule>>> {
    read(body, "CORSConfiguration")?.map(|root| root.children("CORSRule").map(rule).collect())
}

fn rule(element: &Element<'_>) -> Result<CorsRule> {
    let list = |name| element.children(name).map(|it| it.text().to_owned()).collect();
    let age = element.filled("MaxAgeSeconds").map(|text| {
        number(text)
            .ok_or_else(|| unexpected("the answer has a `MaxAgeSeconds` that is no number of seconds"))
    });
    let mut rule = CorsRule::default();
    rule.origins = list("AllowedOrigin");
    rule.methods = list("AllowedMethod");
    rule.headers = list("AllowedHeader");
    rule.expose = list("ExposeHeader");
    rule.max_age = age.transpose()?.map(Duration::from_secs);
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn what_is_written_is_read() {
        let mut full = CorsRule::default();
        full.origins = vec!["https://example.com".into(), "*".into()];
        full.methods = vec!["GET".into(), "PUT".into()];
        full.headers = vec!["*".into()];
        full.expose = vec!["ETag".into()];
        full.max_age = Some(Duration::from_secs(3000));
        let mut least = CorsRule::default();
        least.origins = vec!["*".into()];
        for rules in [vec![], vec![least.clone()], vec![full, least]] {
            assert_eq!(ok(parse(&write(&rules))), rules);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse(b"<CORSConfiguration><CORSRule><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>").is_err());
        assert!(parse(b"<Cors/>").is_err());
        assert_eq!(
            failed(parse(b"<Error><Code>NoSuchCORSConfiguration</Code></Error>")),
            "NoSuchCORSConfiguration"
        );
    }
}
