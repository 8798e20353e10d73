//! A storage of Azure in front of a scripted server, on a clock that only tests move.
#![allow(dead_code, unused_imports, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use storage_azure::AzureConfig;
use storage_core::{ChecksumAlgorithm, Container, Error, Object, Storage, Upload};
use storage_http::HttpConfig;
use storage_testkit::server::{Answer, Request, Script, Server};
pub(crate) use storage_testkit::{QuickRuntime as Quick, Tape, chain, names, until};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// How often the storages of these tests send a request at most.
pub(crate) const ATTEMPTS: usize = 3;
pub(crate) const ACCOUNT: &str = "acct";
pub(crate) const CONTAINER: &str = "bucket";
/// Where the object of most tests is.
pub(crate) const TARGET: &str = "/acct/bucket/k";
pub(crate) const REQUEST_ID: &str = "r1-of-the-service";

/// Settings of the HTTP client whose times only a test lets pass.
pub(crate) fn patient() -> HttpConfig {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY * 10;
    config.answer_timeout = DAY * 20;
    config.stall_timeout = DAY * 30;
    config.idle_timeout = DAY * 1000;
    config.max_attempts = ATTEMPTS as u32;
    config
}

/// Settings that lead to a place, without credentials.
pub(crate) fn place(url: &str) -> AzureConfig {
    AzureConfig::new().endpoint(url).account(ACCOUNT).http(patient())
}

/// Settings that lead to a place, with a key of the account.
pub(crate) fn config(url: &str) -> AzureConfig {
    place(url).account_key(BASE64.encode("secret-of-tests"))
}

pub(crate) fn open(config: AzureConfig) -> Storage {
    config.open_on(Arc::new(Quick::new())).unwrap()
}

/// A server, and a storage that talks to it.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) runtime: Quick,
    pub(crate) storage: Storage,
}

impl Service {
    /// Gives these answers, one after the other.
    pub(crate) async fn queue(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start(Script::queue(answers.into_iter().map(told))).await
    }

    /// Asks a function for each answer.
    pub(crate) async fn function(mut function: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        Self::start(Script::function(move |request| told(function(request)))).await
    }

    /// Answers as a good service does, but for the calls to which the function has another answer. It is given the name
    /// of the call and how often that came before.
    pub(crate) async fn calls(
        other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
    ) -> Self {
        Self::start(service(other)).await
    }

    pub(crate) async fn start(script: Script) -> Self {
        Self::with(script, Quick::fixed(0), |it| it).await
    }

    pub(crate) async fn with(
        script: Script,
        runtime: Quick,
        configure: impl FnOnce(AzureConfig) -> AzureConfig,
    ) -> Self {
        let server = Server::start(script).await.unwrap();
        let storage = configure(config(&server.url())).open_on(Arc::new(runtime.clone())).unwrap();
        Self { server, runtime, storage }
    }

    pub(crate) fn container(&self) -> Container {
        self.storage.container(CONTAINER).unwrap()
    }

    pub(crate) fn object(&self) -> Object {
        self.container().object("k").unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// Returns which calls came, in their order.
    pub(crate) fn seen(&self) -> Vec<&'static str> {
        self.requests().iter().map(call).collect()
    }

    /// Returns how often a call came.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.seen().into_iter().filter(|it| *it == name).count()
    }

    /// Returns the requests of one call.
    pub(crate) fn of(&self, name: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|it| call(it) == name).collect()
    }

    /// Requires just these calls, and that the script is at its end.
    pub(crate) fn assert_seen(&self, want: &[&str]) {
        assert_eq!(self.seen(), want, "{:?}", self.server.request_lines());
        self.server.assert_done();
    }

    /// Uploads so many MiB in parts of one.
    pub(crate) fn upload(&self, mib: usize) -> Upload {
        let pieces = (0..mib).map(|at| Ok::<_, Error>(Bytes::from(vec![at as u8; 1 << 20])));
        self.object().upload_stream(futures_util::stream::iter(pieces)).part_size(1 << 20)
    }
}

/// Adds what the service puts into every answer.
pub(crate) fn told(answer: Answer) -> Answer {
    answer.header("x-ms-request-id", REQUEST_ID).header("x-ms-version", "2025-11-05")
}

/// As [`Service::calls`], for a server of the caller's.
pub(crate) fn service(
    mut other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
) -> Script {
    Script::by_call(
        call,
        move |name, before, request| other(name, before, request).map(told),
        |name, request| told(good(name, request)),
    )
}

/// Which call of the protocol a request is.
pub(crate) fn call(request: &Request) -> &'static str {
    let comp = request.query("comp").unwrap_or_default();
    let of_container = request.query("restype").as_deref() == Some("container");
    let copies = request.header("x-ms-copy-source").is_some();
    match (request.method.as_str(), comp.as_str()) {
        ("GET", "list") if of_container => "list",
        ("GET", "list") => "containers",
        ("PUT", "block") => "block",
        ("PUT", "blocklist") => "commit",
        ("GET", "blocklist") => "blocks",
        ("POST", "batch") => "batch",
        ("PUT", "copy") => "abort-copy",
        ("PUT", "appendblock") => "append",
        ("PUT", "page") => "pages",
        ("GET", "pagelist") => "page-ranges",
        ("PUT", "metadata") => "set-metadata",
        ("PUT", "properties") => "set-properties",
        ("GET", "properties") => "service",
        ("PUT", "lease") => "lease",
        ("PUT", "snapshot") => "snapshot",
        ("PUT", "tier") => "tier",
        ("GET", "tags") => "tags",
        ("PUT", "tags") => "set-tags",
        ("GET", "acl") => "acl",
        ("PUT", "acl") => "set-acl",
        ("POST", "userdelegationkey") => "delegation",
        ("PUT", "") if of_container => "create",
        ("DELETE", "") if of_container => "remove",
        ("GET" | "HEAD", "") if of_container => "container",
        ("PUT", "") if copies => "copy",
        ("PUT", "") => "put",
        ("DELETE", "") => "delete",
        ("HEAD", "") => "head",
        ("GET", "") => "get",
        _ => "?",
    }
}

fn good(name: &str, request: &Request) -> Answer {
    match name {
        "put" => written("put"),
        "commit" => written("whole"),
        "set-metadata" | "set-properties" => Answer::new(200).header("etag", "\"set\""),
        "append" => written("appended").header("x-ms-blob-append-offset", "0"),
        "pages" => written("pages"),
        "copy" => copying("success"),
        "block" | "create" => Answer::new(201),
        "delete" | "remove" => Answer::new(202),
        "set-tags" | "abort-copy" => Answer::new(204),
        "lease" => Answer::new(201).header("x-ms-lease-id", "a-lease"),
        "snapshot" => Answer::new(201).header("x-ms-snapshot", "2026-01-01T00:00:00.0000000Z"),
        "container" | "tier" | "set-acl" => Answer::new(200),
        "list" => Answer::xml(200, page(&[], None)),
        "containers" => {
            Answer::xml(200, "<EnumerationResults><Containers/><NextMarker/></EnumerationResults>")
        }
        "blocks" => blocks(&[], &[]),
        "page-ranges" => Answer::xml(200, "<PageList/>"),
        "tags" => Answer::xml(200, "<Tags><TagSet/></Tags>"),
        "acl" => Answer::xml(200, "<SignedIdentifiers/>"),
        "service" => Answer::xml(200, "<StorageServiceProperties/>"),
        "delegation" => Answer::xml(200, delegation_key("ZGVsZWdhdGVk")),
        "batch" => batch(&vec![(202, ""); parts(request).len()]),
        _ => failed(404, "BlobNotFound"),
    }
}

/// The answer to a write.
pub(crate) fn written(etag: &str) -> Answer {
    Answer::new(201).header("etag", format!("\"{etag}\""))
}

/// The answer to a copy that is so far.
pub(crate) fn copying(status: &str) -> Answer {
    Answer::new(202)
        .header("etag", "\"copy\"")
        .header("x-ms-copy-id", "copy-1")
        .header("x-ms-copy-status", status)
}

/// The answer to a question for an object of so many bytes.
pub(crate) fn head(size: u64) -> Answer {
    Answer::new(200).header("etag", "\"e1\"").header("content-length", size.to_string())
}

/// The answer to a read, for the range that the service looks at.
pub(crate) fn object(request: &Request, content: impl Into<Bytes>, etag: &str) -> Answer {
    let mut request = request.clone();
    request.headers.retain(|it| !it.0.eq_ignore_ascii_case("range"));
    let range = request.headers.iter().find(|it| it.0.eq_ignore_ascii_case("x-ms-range"));
    let range = range.map(|it| ("range".to_owned(), it.1.clone()));
    request.headers.extend(range);
    Answer::object(&request, content, etag)
}

/// Answers questions and reads as an object with this content, and everything else as a good service does.
pub(crate) fn holding(content: &'static [u8]) -> impl FnMut(&str, usize, &Request) -> Option<Answer> + Send {
    move |call, _, request| matches!(call, "get" | "head").then(|| object(request, content, "\"e1\""))
}

/// The answer of the service to what went wrong.
pub(crate) fn failed(status: u16, code: &str) -> Answer {
    let answer = Answer::xml(status, error(code));
    if code.is_empty() { answer } else { answer.header("x-ms-error-code", code) }
}

/// Writes an error document.
pub(crate) fn error(code: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>It failed.\n\
         RequestId:{REQUEST_ID}\nTime:2026-01-01T00:00:00.0000000Z</Message></Error>"
    )
}

/// Writes a page of a listing; names and marker are written as they are.
pub(crate) fn page(keys: &[&str], next: Option<&str>) -> String {
    let blobs: String = keys.iter().map(|key| entry(&format!("<Name>{key}</Name>"))).collect();
    page_of(&blobs, next)
}

/// Writes a page around entries.
pub(crate) fn page_of(entries: &str, next: Option<&str>) -> String {
    let next =
        next.map_or_else(|| "<NextMarker />".to_owned(), |it| format!("<NextMarker>{it}</NextMarker>"));
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults \
         ServiceEndpoint=\"http://127.0.0.1/acct\" ContainerName=\"bucket\"><Blobs>{entries}</Blobs>{next}\
         </EnumerationResults>"
    )
}

/// Writes an entry of a listing behind a name.
pub(crate) fn entry(name: &str) -> String {
    format!(
        "<Blob>{name}<Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT</Last-Modified>\
         <Etag>0x8DE</Etag><Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType></Properties>\
         <OrMetadata /></Blob>"
    )
}

/// The answer to a question for blocks.
pub(crate) fn blocks(committed: &[String], uncommitted: &[String]) -> Answer {
    let list = |ids: &[String]| -> String {
        ids.iter().map(|id| format!("<Block><Name>{id}</Name><Size>1048576</Size></Block>")).collect()
    };
    Answer::xml(
        200,
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><CommittedBlocks>{}</CommittedBlocks>\
             <UncommittedBlocks>{}</UncommittedBlocks></BlockList>",
            list(committed),
            list(uncommitted)
        ),
    )
}

/// Returns the ids of the blocks that a request joins.
pub(crate) fn joined(request: &Request) -> Vec<String> {
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    let ids = body.split("<Latest>").skip(1);
    ids.map(|it| it.split('<').next().unwrap_or_default().to_owned()).collect()
}

/// Returns the id of the block that a request is about, as it stands in documents.
pub(crate) fn block_id(request: &Request) -> String {
    let id = request.query("blockid").unwrap();
    id.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
}

/// Returns the number of the part that a block holds; 0 for the block that shows that there is an upload.
pub(crate) fn number_of(id: &str) -> u32 {
    let bytes = BASE64.decode(id).unwrap();
    u32::from_be_bytes(bytes[8..12].try_into().unwrap())
}

/// Returns the requests in the body of a batch.
pub(crate) fn parts(request: &Request) -> Vec<String> {
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    body.split("\r\n\r\n").filter(|it| it.starts_with("DELETE ")).map(str::to_owned).collect()
}

/// The answer to a batch: status and code of each, in the order of the requests, the errors without an id.
pub(crate) fn batch(answers: &[(u16, &str)]) -> Answer {
    let mut body = String::new();
    for (at, (status, code)) in answers.iter().enumerate() {
        body.push_str("--batchresponse_1\r\nContent-Type: application/http\r\n");
        if *status < 300 {
            write!(
                body,
                "Content-ID: {at}\r\n\r\nHTTP/1.1 {status} Accepted\r\nx-ms-request-id: p{at}\r\n\r\n"
            )
            .unwrap();
        } else {
            let document = error(code);
            write!(
                body,
                "\r\nHTTP/1.1 {status} No\r\nx-ms-error-code: {code}\r\nx-ms-request-id: p{at}\r\n\
                 Content-Length: {}\r\nContent-Type: application/xml\r\n\r\n{document}\r\n",
                document.len()
            )
            .unwrap();
        }
    }
    body.push_str("--batchresponse_1--\r\n");
    Answer::new(202).header("content-type", "multipart/mixed; boundary=batchresponse_1").body(body)
}

/// Writes the key that signs addresses in the place of the account's.
pub(crate) fn delegation_key(value: &str) -> String {
    format!(
        "<UserDelegationKey><SignedOid>7b1f3c2a-0000-0000-0000-000000000001</SignedOid>\
         <SignedTid>7b1f3c2a-0000-0000-0000-000000000002</SignedTid>\
         <SignedStart>2025-12-31T23:45:00Z</SignedStart><SignedExpiry>2026-01-08T00:00:00Z</SignedExpiry>\
         <SignedService>b</SignedService><SignedVersion>2025-11-05</SignedVersion><Value>{value}</Value>\
         </UserDelegationKey>"
    )
}

/// The CRC-64 of some content as the service writes it.
pub(crate) fn crc64(content: &[u8]) -> String {
    let mut bytes = ChecksumAlgorithm::Crc64Nvme.of(content).value().to_vec();
    bytes.reverse();
    BASE64.encode(bytes)
}

/// The MD5 of some content as the service writes it.
pub(crate) fn md5(content: &[u8]) -> String {
    BASE64.encode(ChecksumAlgorithm::Md5.of(content).value())
}

/// Returns the error that an error came from.
pub(crate) fn cause(error: &Error) -> &Error {
    std::error::Error::source(error).and_then(|it| it.downcast_ref()).unwrap()
}

/// Returns the head of a request without what differs between attempts by design.
pub(crate) fn unsigned(request: &Request) -> String {
    let head = String::from_utf8(request.head.to_vec()).unwrap();
    let signed = |line: &&str| line.starts_with("authorization:") || line.starts_with("x-ms-date:");
    head.split("\r\n").filter(|line| !signed(line)).collect::<Vec<_>>().join("\n")
}

/// What the object of most tests holds.
pub(crate) fn content() -> Bytes {
    (0..100_000u32).map(|it| (it / 7) as u8).collect()
}
