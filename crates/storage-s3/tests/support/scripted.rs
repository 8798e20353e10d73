//! A storage of S3 in front of a scripted server, on a clock that only tests move.
#![allow(dead_code, unused_imports, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use storage_core::{BoxFuture, Container, Storage};
use storage_http::{Client, Connector, HttpConfig, Resolve};
use storage_s3::S3Config;
use storage_testkit::server::{Answer, Authority, Request, Script, Server};
pub(crate) use storage_testkit::{QuickRuntime as Quick, Tape, chain, names, until};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// How often the storages of these tests send a request at most.
pub(crate) const ATTEMPTS: usize = 3;
pub(crate) const BUCKET: &str = "bucket";

/// Settings of the HTTP client whose times only a test lets pass.
pub(crate) fn patient() -> HttpConfig {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY * 10;
    config.answer_timeout = DAY * 20;
    config.stall_timeout = DAY * 30;
    config.idle_timeout = DAY * 1000;
    config.max_attempts = 3;
    config
}

/// Settings that lead to a server.
pub(crate) fn config(server: &Server) -> S3Config {
    keys(S3Config::new().endpoint(server.url()).region("us-east-1"))
}

/// Adds keys and a patient client.
pub(crate) fn keys(config: S3Config) -> S3Config {
    config.access_key_id("AKIDEXAMPLE").secret_access_key("secret-of-tests").http(patient())
}

pub(crate) fn open(config: S3Config) -> Storage {
    config.open_on(Arc::new(Quick::new())).unwrap()
}

/// Starts a server, and opens a bucket on it.
pub(crate) async fn bucket(script: Script) -> (Server, Container) {
    let server = Server::start(script).await.unwrap();
    let container = open(config(&server)).container(BUCKET).unwrap();
    (server, container)
}

/// Opens a bucket on a server that gives these answers.
pub(crate) async fn queue(answers: impl IntoIterator<Item = Answer>) -> (Server, Container) {
    bucket(Script::queue(answers)).await
}

/// Finds every host on this machine.
#[derive(Debug)]
struct Here;

impl Resolve for Here {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]) })
    }
}

/// Starts a server that is, for the storage that comes with it, Amazon S3 in two regions over TLS.
pub(crate) async fn amazon(script: Script) -> (Server, Storage) {
    let authority = Authority::new().unwrap();
    let names = [
        "s3.us-east-1.amazonaws.com",
        "*.s3.us-east-1.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "*.s3.eu-west-1.amazonaws.com",
    ];
    let server = Server::start_tls(script, &authority.identity(&names).unwrap()).await.unwrap();
    let mut config = keys(S3Config::new().region("us-east-1").port(server.address().port()));
    config.http.ca = Some(authority.pem().to_owned());
    (server, named(config))
}

/// Opens a storage whose hosts are all on this machine.
pub(crate) fn named(config: S3Config) -> Storage {
    let runtime = Arc::new(Quick::new());
    let connector = Connector::new(&config.http, runtime.clone()).unwrap().with_resolver(Arc::new(Here));
    let client = Client::with_connector(config.http.clone(), runtime, Arc::new(connector)).unwrap();
    config.open_with(client).unwrap()
}

/// Which call of the protocol a request is.
pub(crate) fn call(request: &Request) -> &'static str {
    let has = |name: &str| request.query(name).is_some();
    let copies = request.header("x-amz-copy-source").is_some();
    let is_object = request.path().trim_start_matches('/').split_once('/').is_some_and(|it| !it.1.is_empty());
    match request.method.as_str() {
        "POST" if has("uploads") => "create",
        "POST" if has("uploadId") => "complete",
        "POST" if has("delete") => "bulk",
        "PUT" if has("partNumber") && copies => "copy-part",
        "PUT" if has("partNumber") => "part",
        "PUT" if copies => "copy",
        "PUT" => "put",
        "DELETE" if has("uploadId") => "abort",
        "DELETE" => "delete",
        "HEAD" => "head",
        "GET" if has("uploads") => "uploads",
        "GET" if is_object => "get",
        "GET" => "list",
        _ => "?",
    }
}

/// Returns which calls came, in their order.
pub(crate) fn calls(server: &Server) -> Vec<&'static str> {
    server.requests().iter().map(call).collect()
}

/// Returns how often a call came.
pub(crate) fn count(server: &Server, name: &str) -> usize {
    calls(server).into_iter().filter(|it| *it == name).count()
}

/// Returns the requests of one call.
pub(crate) fn requests(server: &Server, name: &str) -> Vec<Request> {
    server.requests().into_iter().filter(|it| call(it) == name).collect()
}

/// Answers as a good service does, but for the calls to which the function has another answer. It is given the name of
/// the call and how often that came before.
pub(crate) fn service(other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static) -> Script {
    Script::by_call(call, other, good)
}

fn good(name: &str, request: &Request) -> Answer {
    match name {
        "create" => Answer::xml(
            200,
            "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>up/1</UploadId></InitiateMultipartUploadResult>",
        ),
        "part" => Answer::new(200).header("etag", part_tag(number_of(request))),
        "copy-part" => Answer::xml(
            200,
            format!("<CopyPartResult><ETag>{}</ETag></CopyPartResult>", part_tag(number_of(request))),
        ),
        "complete" => Answer::xml(200, completed("\"whole\"")),
        "abort" | "delete" => Answer::new(204),
        "put" => Answer::new(200).header("etag", "\"put\""),
        "copy" => Answer::xml(200, "<CopyObjectResult><ETag>\"copy\"</ETag></CopyObjectResult>"),
        "list" => Answer::xml(200, page(&[], None)),
        _ => Answer::new(404),
    }
}

/// Returns the number of the part that a request is about.
pub(crate) fn number_of(request: &Request) -> u32 {
    request.query("partNumber").and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The entity tag of a part, which looks like an MD5.
pub(crate) fn part_tag(number: u32) -> String {
    format!("\"{number:032x}\"")
}

pub(crate) fn completed(etag: &str) -> String {
    format!(
        "<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
    )
}

/// Writes an error document.
pub(crate) fn error(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>It failed.</Message><RequestId>R1</RequestId></Error>"
    )
}

/// Writes one page of a listing; keys are written as they are.
pub(crate) fn page(keys: &[&str], next: Option<&str>) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>bucket</Name>");
    write!(text, "<KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>", keys.len(), next.is_some()).unwrap();
    text.push_str("<EncodingType>url</EncodingType>");
    if let Some(next) = next {
        write!(text, "<NextContinuationToken>{next}</NextContinuationToken>").unwrap();
    }
    for key in keys {
        write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
        .unwrap();
    }
    text.push_str("</ListBucketResult>");
    text
}
