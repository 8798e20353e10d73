//! The containers of an account: [List Containers](https://learn.microsoft.com/rest/api/storageservices/list-containers2).

use storage_core::{ContainerInfo, ContainerName, ETag, Page, PageToken, PublicAccess, Result};
use storage_http::xml::{Element, unexpected};

use super::{metadata, own, properties, quoted, read, time_of};

/// What of the properties has a field of its own.
const KNOWN: [&str; 3] = ["Last-Modified", "Etag", "PublicAccess"];

/// Reads a page of containers.
pub(crate) fn parse(body: &[u8]) -> Result<Page<ContainerInfo>> {
    let root = read(body, "EnumerationResults")?;
    let containers = root.require("Containers")?.children("Container");
    let next = root.filled("NextMarker").map(PageToken::from);
    Ok(Page::new(containers.map(container).collect::<Result<_>>()?, next))
}

fn container(container: &Element<'_>) -> Result<ContainerInfo> {
    let name =
        container.filled("Name").ok_or_else(|| unexpected("the answer lists a container without a name"))?;
    let name = ContainerName::parse(name).map_err(|error| {
        unexpected(format!("the answer lists a container that can't be: {}", error.message()))
    })?;
    let mut info = ContainerInfo::new(name);
    let inside = container.child("Properties");
    info.service_fields = properties(inside);
    info.service_fields.retain(|name, _| !KNOWN.contains(&name.as_str()));
    if let Some(inside) = inside {
        info.modified = time_of(inside, "Last-Modified");
        info.etag = inside.filled("Etag").map(|it| ETag::from(quoted(it).into_owned()));
        info.public_access = public_access(inside.filled("PublicAccess"));
    }
    // They say that a container was deleted, and which one of its name it was.
    for name in ["Deleted", "Version"] {
        info.service_fields.extend(own(container, name).map(|value| (name.to_owned(), value)));
    }
    info.metadata = metadata(container.child("Metadata"));
    Ok(info)
}

/// Reads the word that listings and headers have for public access; without it there is none.
pub(crate) fn public_access(word: Option<&str>) -> Option<PublicAccess> {
    match word {
        None => Some(PublicAccess::None),
        Some("blob") => Some(PublicAccess::Objects),
        Some("container") => Some(PublicAccess::Container),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://account.blob.core.windows.net/\"><Prefix>p</Prefix><MaxResults>3</MaxResults><Containers><Container><Name>photos</Name><Properties><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified><Etag>\"0x8DCAFB82EFF70C4\"</Etag><LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState><LeaseDuration>infinite</LeaseDuration><PublicAccess>container</PublicAccess><HasLegalHold>false</HasLegalHold></Properties><Metadata><Color>blue &amp; red</Color><x-ms-invalid-name>a-b</x-ms-invalid-name></Metadata></Container><Container><Name>old</Name><Deleted>true</Deleted><Version>01D60F8BB59A4652</Version><Properties><Last-Modified>soon</Last-Modified><Etag>0x8DC</Etag><RemainingRetentionDays>6</RemainingRetentionDays></Properties></Container><Container><Name>bare</Name></Container></Containers><NextMarker>/account/z</NextMarker></EnumerationResults>";

    #[test]
    fn containers_and_marker_are_read() {
        let page = parse(PAGE.as_bytes()).unwrap();
        assert_eq!(page.next.as_deref(), Some("/account/z"));
        let [photos, old, bare] = &page.items[..] else { panic!("{page:?}") };
        assert_eq!(photos.name, "photos");
        assert_eq!(photos.modified, Some(datetime!(2026-11-20 08:30 UTC)));
        assert_eq!(photos.etag.as_ref().unwrap().as_str(), "\"0x8DCAFB82EFF70C4\"");
        assert_eq!(photos.public_access, Some(PublicAccess::Container));
        assert_eq!(photos.metadata.iter().collect::<Vec<_>>(), [("color", "blue & red")]);
        let fields: Vec<_> = photos.service_fields.keys().map(String::as_str).collect();
        assert_eq!(fields, ["HasLegalHold", "LeaseDuration", "LeaseState", "LeaseStatus"]);
        assert_eq!((old.modified, old.public_access), (None, Some(PublicAccess::None)));
        assert_eq!(old.etag.as_ref().unwrap().as_str(), "\"0x8DC\"");
        assert_eq!(old.service_fields["Version"], "01D60F8BB59A4652");
        assert_eq!(old.service_fields["Deleted"], "true");
        assert_eq!((bare.public_access, bare.service_fields.len()), (None, 0));
    }

    #[test]
    fn a_page_without_containers_may_go_on() {
        let page =
            parse(b"<EnumerationResults><Containers /><NextMarker>m</NextMarker></EnumerationResults>");
        assert_eq!(page.unwrap().next.as_deref(), Some("m"));
        let page = parse(b"<EnumerationResults><Containers /><NextMarker /></EnumerationResults>").unwrap();
        assert!(page.items.is_empty() && page.next.is_none());
    }

    #[test]
    fn words_for_public_access() {
        assert_eq!(public_access(Some("blob")), Some(PublicAccess::Objects));
        assert_eq!(public_access(Some("everybody")), None);
    }

    #[test]
    fn fault_096_other_answers_are_refused() {
        for body in [
            "<EnumerationResults><Blobs/></EnumerationResults>",
            "<EnumerationResults><Containers><Container/></Containers></EnumerationResults>",
            "<EnumerationResults><Containers><Container><Name>a/b</Name></Container></Containers></EnumerationResults>",
            "<Containers/>",
            "<html/>",
            "{}",
            "",
        ] {
            let error = parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), storage_core::ErrorKind::UnexpectedResponse, "{body}");
        }
    }

    proptest! {
        #[test]
        fn fault_174_no_bytes_panic(
            body in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..PAGE.len()
        ) {
            let _ = parse(&body);
            prop_assert!(parse(&PAGE.as_bytes()[..cut]).is_err());
        }
    }
}
