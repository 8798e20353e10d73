//! Azure Blob Storage.

use super::dialect::{Answer, Dialect};
use super::pages::{Entry, Page, Pages};
use super::request::Request;

/// With the account in the path, as emulators have it: `/account/container/blob`.
pub(super) const DIALECT: Dialect = Dialect {
    name: "azure",
    depth: 1,
    ranges: &["x-ms-range", "range"],
    always: "Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0\r\n\
        x-ms-request-id: 7c5a9d1e-801e-0049-2ab3-5c1d2e000000\r\nx-ms-version: 2025-11-05\r\n\
        Date: Fri, 02 Jan 2026 03:04:05 GMT\r\n",
    object: "Content-Type: application/octet-stream\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n\
        Accept-Ranges: bytes\r\nETag: \"0x8DE49AC6F2B3C40\"\r\n\
        x-ms-creation-time: Fri, 02 Jan 2026 03:04:05 GMT\r\nx-ms-lease-status: unlocked\r\n\
        x-ms-lease-state: available\r\nx-ms-blob-type: BlockBlob\r\nx-ms-server-encrypted: true\r\n",
    entry: Entry {
        most: 5000,
        before: "<Blob><Name>data/obj-4096-",
        behind: "</Name><Properties><Creation-Time>Fri, 02 Jan 2026 03:04:05 GMT</Creation-Time>\
            <Last-Modified>Fri, 02 Jan 2026 03:04:05 GMT</Last-Modified><Etag>0x8DE49AC6F2B3C40</Etag>\
            <Content-Length>4096</Content-Length><Content-Type>application/octet-stream</Content-Type>\
            <Content-Encoding /><Content-Language /><Content-CRC64 />\
            <Content-MD5>mHz1NfJ3Mcl0NDZFo5hTKA==</Content-MD5><Cache-Control /><Content-Disposition />\
            <BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>\
            <AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>\
            <LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>\
            <OrMetadata /></Blob>",
    },
    answer,
    error: |code| {
        let text = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code>\
             <Message>{code}</Message></Error>"
        );
        (format!("x-ms-error-code: {code}\r\n"), text)
    },
};

/// What is said about a blob that was written.
const WRITTEN: &str = "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\nETag: \"0x8DE49AC6F2B3C40\"\r\n\
    x-ms-request-server-encrypted: true\r\n";
/// A block is nothing that has a tag.
const BLOCK: &str = "x-ms-request-server-encrypted: true\r\n";
/// What stands in front of the number in a marker.
const MARKER: &str = "2!9!";

fn answer(request: &Request, pages: &Pages) -> Answer {
    let part = request.parameter("comp");
    match (request.method.as_str(), request.key.is_empty(), part) {
        ("GET", true, Some("list")) => Answer::Document(page(request, pages)),
        ("GET" | "HEAD", false, None) => {
            request.size().map_or(Answer::Error(404, "BlobNotFound"), Answer::Object)
        }
        ("PUT", false, None | Some("blocklist")) => Answer::Head(201, WRITTEN),
        ("PUT", false, Some("block")) => Answer::Head(201, BLOCK),
        ("DELETE", false, None) => Answer::Head(202, "x-ms-delete-type-permanent: true\r\n"),
        _ => Answer::Error(501, "NotImplemented"),
    }
}

/// Writes a page: from the first blob or from a marker on.
fn page(request: &Request, pages: &Pages) -> Vec<u8> {
    let marker = request.parameter("marker").map(|it| it.replace("%21", "!"));
    let start = marker.and_then(|it| it.strip_prefix(MARKER)?.parse().ok());
    let page = pages.page(request, start);
    let Page { end, more, .. } = page;
    let container = &request.container;
    let head = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults \
         ServiceEndpoint=\"https://account.blob.core.windows.net/\" ContainerName=\"{container}\"><Blobs>"
    );
    let next = match more {
        true => format!("<NextMarker>{MARKER}{end}</NextMarker>"),
        false => "<NextMarker />".to_owned(),
    };
    pages.document(page, &head, &format!("</Blobs>{next}</EnumerationResults>"))
}
