//! Settings of an account's blobs:
//! [Set Blob Service Properties](https://learn.microsoft.com/rest/api/storageservices/set-blob-service-properties).
//!
//! A document that sets one thing leaves the others as they are, so each is written alone.

use std::time::Duration;

use bytes::Bytes;
use storage_core::groups::CorsRule;
use storage_core::{Error, ErrorKind, Result};
use storage_http::headers::number;
use storage_http::xml::{Element, Writer, unexpected};

use super::{is, own, read};

/// The settings of an account that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceProperties {
    /// The website in the container `$web`.
    pub(crate) website: StaticWebsite,
    /// Which pages of other sites may read.
    pub(crate) cors: Vec<CorsRule>,
    /// How long deleted blobs can be brought back.
    pub(crate) retention: DeleteRetention,
    /// The version of requests that name none.
    pub(crate) default_version: Option<String>,
}

/// The documents of a website.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StaticWebsite {
    /// Tells whether it is served.
    pub(crate) enabled: bool,
    /// The document of each directory, a name.
    pub(crate) index: Option<String>,
    /// The document shown for what is not there, a path.
    pub(crate) error_404: Option<String>,
    /// The one document of all directories, a path, instead of `index`.
    pub(crate) default_index: Option<String>,
}

/// How long deleted blobs can be brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteRetention {
    /// Tells whether they are kept at all.
    pub(crate) enabled: bool,
    /// For how many days.
    pub(crate) days: Option<u64>,
}

/// Reads the settings of an account.
pub(crate) fn parse(body: &[u8]) -> Result<ServiceProperties> {
    let root = read(body, "StorageServiceProperties")?;
    let rules = root.children("Cors").flat_map(|it| it.children("CorsRule"));
    Ok(ServiceProperties {
        website: root.child("StaticWebsite").map(website).transpose()?.unwrap_or_default(),
        cors: rules.map(rule).collect::<Result<_>>()?,
        retention: root.child("DeleteRetentionPolicy").map(retention).transpose()?.unwrap_or_default(),
        default_version: own(&root, "DefaultServiceVersion"),
    })
}

/// Writes a document that sets the website and nothing else.
pub(crate) fn write_website(website: &StaticWebsite) -> Bytes {
    let mut writer = Writer::new("StorageServiceProperties", None);
    writer.group("StaticWebsite", |writer| {
        writer.text("Enabled", if website.enabled { "true" } else { "false" });
        // The service refuses the documents of a website that it shall not serve.
        if website.enabled {
            writer.text_opt("IndexDocument", website.index.as_deref());
            writer.text_opt("DefaultIndexDocumentPath", website.default_index.as_deref());
            writer.text_opt("ErrorDocument404Path", website.error_404.as_deref());
        }
    });
    writer.finish()
}

/// Writes a document that sets which pages of other sites may read, and nothing else.
///
/// # Errors
/// `InvalidInput` for a value that the service would take for several.
pub(crate) fn write_cors(rules: &[CorsRule]) -> Result<Bytes> {
    let values = |rule: &'_ CorsRule| {
        [
            ("AllowedOrigins", join(&rule.origins)),
            ("AllowedMethods", join(&rule.methods)),
            ("AllowedHeaders", join(&rule.headers)),
            ("ExposedHeaders", join(&rule.expose)),
        ]
    };
    let mut writer = Writer::new("StorageServiceProperties", None);
    let mut result = Ok(());
    writer.group("Cors", |writer| {
        for rule in rules {
            writer.group("CorsRule", |writer| {
                // All must be there, empty or not.
                for (name, value) in values(rule) {
                    match value {
                        Ok(value) => writer.text(name, &value),
                        Err(error) => result = Err(error),
                    }
                }
                let age = rule.max_age.unwrap_or_default().as_secs();
                writer.text("MaxAgeInSeconds", &age.to_string());
            });
        }
    });
    result.map(|()| writer.finish())
}

fn join(values: &[String]) -> Result<String> {
    match values.iter().find(|it| it.contains(',')) {
        None => Ok(values.join(",")),
        Some(value) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "`{value}` can't be in a rule for other sites, since it has a comma; use one value for each"
            ),
        )),
    }
}

fn website(element: &Element<'_>) -> Result<StaticWebsite> {
    Ok(StaticWebsite {
        enabled: is(element, "Enabled")?,
        index: own(element, "IndexDocument"),
        error_404: own(element, "ErrorDocument404Path"),
        default_index: own(element, "DefaultIndexDocumentPath"),
    })
}

fn retention(element: &Element<'_>) -> Result<DeleteRetention> {
    Ok(DeleteRetention { enabled: is(element, "Enabled")?, days: whole_number(element, "Days")? })
}

fn rule(element: &Element<'_>) -> Result<CorsRule> {
    let list = |name| {
        let values = element.filled(name).into_iter().flat_map(|it| it.split(','));
        values.map(str::trim_ascii).filter(|it| !it.is_empty()).map(Into::into).collect()
    };
    let mut rule = CorsRule::default();
    rule.origins = list("AllowedOrigins");
    rule.methods = list("AllowedMethods");
    rule.headers = list("AllowedHeaders");
    rule.expose = list("ExposedHeaders");
    rule.max_age = whole_number(element, "MaxAgeInSeconds")?.map(Duration::from_secs);
    Ok(rule)
}

fn whole_number(element: &Element<'_>, name: &str) -> Result<Option<u64>> {
    let wrong = || unexpected(format!("the answer has a `{name}` that is no number"));
    element.filled(name).map(|it| number(it).ok_or_else(wrong)).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties><Logging><Version>1.0</Version><Read>true</Read><RetentionPolicy><Enabled>true</Enabled><Days>7</Days></RetentionPolicy></Logging><HourMetrics><Enabled>false</Enabled></HourMetrics><Cors><CorsRule><AllowedOrigins>https://a.example, https://b.example</AllowedOrigins><AllowedMethods>GET,PUT</AllowedMethods><MaxAgeInSeconds>500</MaxAgeInSeconds><ExposedHeaders>x-ms-meta-data*,x-ms-meta-customheader</ExposedHeaders><AllowedHeaders /></CorsRule></Cors><DefaultServiceVersion>2020-10-02</DefaultServiceVersion><DeleteRetentionPolicy><Enabled>true</Enabled><Days>5</Days></DeleteRetentionPolicy><StaticWebsite><Enabled>true</Enabled><IndexDocument>index.html</IndexDocument><ErrorDocument404Path>errors/404.html</ErrorDocument404Path></StaticWebsite></StorageServiceProperties>";

    fn rule(origins: &[&str], headers: &[&str], age: Option<u64>) -> CorsRule {
        let own = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
        let mut rule = CorsRule::default();
        rule.origins = own(origins);
        rule.methods = own(&["GET", "PUT"]);
        rule.expose = own(headers);
        rule.max_age = age.map(Duration::from_secs);
        rule
    }

    #[test]
    fn settings_are_read() {
        let all = parse(ALL.as_bytes()).unwrap();
        assert_eq!(
            all.website,
            StaticWebsite {
                enabled: true,
                index: Some("index.html".into()),
                error_404: Some("errors/404.html".into()),
                default_index: None,
            }
        );
        let want = rule(
            &["https://a.example", "https://b.example"],
            &["x-ms-meta-data*", "x-ms-meta-customheader"],
            Some(500),
        );
        assert_eq!(all.cors, [want]);
        assert_eq!(all.retention, DeleteRetention { enabled: true, days: Some(5) });
        assert_eq!(all.default_version.as_deref(), Some("2020-10-02"));
        assert_eq!(parse(b"<StorageServiceProperties />").unwrap(), ServiceProperties::default());
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is_set() {
        let index = StaticWebsite { enabled: true, index: Some("i & j.html".into()), ..Default::default() };
        let whole = StaticWebsite { index: None, default_index: index.index.clone(), ..index.clone() };
        let both = StaticWebsite { error_404: Some("e/404.html".into()), ..index.clone() };
        for website in [index, whole, both.clone()] {
            let body = write_website(&website);
            assert_eq!(parse(&body).unwrap(), ServiceProperties { website, ..Default::default() });
            assert!(!body.windows(4).any(|it| it == b"Cors"));
        }
        assert!(write_website(&StaticWebsite { enabled: false, ..both }).ends_with(
            b"<StorageServiceProperties><StaticWebsite><Enabled>false</Enabled></StaticWebsite></StorageServiceProperties>"
        ));
        for rules in [vec![], vec![rule(&["*"], &[], Some(0)), rule(&["a", "b"], &["c"], Some(9))]] {
            let body = write_cors(&rules).unwrap();
            assert_eq!(parse(&body).unwrap(), ServiceProperties { cors: rules, ..Default::default() });
            assert!(!body.windows(13).any(|it| it == b"StaticWebsite"));
        }
        // The service wants every element of a rule.
        let body = String::from_utf8(write_cors(&[CorsRule::default()]).unwrap().to_vec()).unwrap();
        for name in ["AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposedHeaders"] {
            assert!(body.contains(&format!("<{name}></{name}>")), "{body}");
        }
        assert!(body.contains("<MaxAgeInSeconds>0</MaxAgeInSeconds>"));
    }

    #[test]
    fn a_value_with_a_comma_is_refused() {
        let error = write_cors(&[rule(&["https://a.example,*"], &[], None)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn fault_103_settings_without_sense_are_refused() {
        for (from, to) in [
            (">500<", ">-1<"),
            (">5<", ">five<"),
            ("<StaticWebsite><Enabled>true", "<StaticWebsite><Enabled>perhaps"),
            ("StorageServiceProperties", "Properties"),
        ] {
            let error = parse(ALL.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
