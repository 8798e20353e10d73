//! A service of the loopback that answers by script, and a storage that talks to it without ever sleeping.
#![allow(dead_code, reason = "each test target uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage_core::{Container, Error, FileRange, Object, Payload, Storage};
use storage_http::{Client, HttpConfig};
use storage_s3::S3Config;
pub(crate) use storage_testkit::QuickRuntime as Quick;
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Request, Script, Server};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
/// The smallest part that S3 takes.
pub(crate) const PART: u64 = 5 << 20;
/// Where the object of most tests is.
pub(crate) const TARGET: &str = "/photos/cat.bin";

/// Settings whose times only a test lets pass.
pub(crate) fn http_config() -> HttpConfig {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY * 10;
    config.answer_timeout = DAY * 20;
    config.stall_timeout = DAY * 30;
    config.idle_timeout = DAY * 1000;
    config
}

/// The limits that everybody has, for a clock that stands still.
pub(crate) fn usual_http_config() -> HttpConfig {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY;
    config
}

/// Amazon's service at an address of the loopback, with keys that do not end.
pub(crate) fn settings(endpoint: &str) -> S3Config {
    S3Config::new()
        .endpoint(endpoint)
        .region("us-east-1")
        .path_style(true)
        .access_key_id("AKIDEXAMPLE")
        .secret_access_key("wJalrXUtnFEMI")
}

/// A server, and a storage that talks to it.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) runtime: Quick,
    pub(crate) storage: Storage,
}

impl Service {
    pub(crate) async fn queue(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start(Script::queue(answers)).await
    }

    pub(crate) async fn function(function: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        Self::start(Script::function(function)).await
    }

    pub(crate) async fn start(script: Script) -> Self {
        Self::with(script, Quick::fixed(0), |it| it).await
    }

    pub(crate) async fn with(
        script: Script,
        runtime: Quick,
        configure: impl FnOnce(S3Config) -> S3Config,
    ) -> Self {
        let server = Server::start(script).await.unwrap();
        let client = Client::new(http_config(), Arc::new(runtime.clone())).unwrap();
        let storage = configure(settings(&server.url())).open_with(client).unwrap();
        Self { server, runtime, storage }
    }

    pub(crate) fn container(&self) -> Container {
        self.storage.container("photos").unwrap()
    }

    pub(crate) fn object(&self) -> Object {
        self.container().object("cat.bin").unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.server.request_lines()
    }

    /// Requires just these requests, by method and target.
    pub(crate) fn assert_lines(&self, want: &[&str]) {
        assert_eq!(self.lines(), want);
        self.server.assert_done();
    }
}

/// A storage on a clock that stands still, with the limits that everybody has.
pub(crate) fn on_clock(server: &Server, runtime: &TestRuntime, http: HttpConfig) -> Storage {
    let client = Client::new(http, Arc::new(runtime.clone())).unwrap();
    settings(&server.url()).open_with(client).unwrap()
}

pub(crate) fn object_of(storage: &Storage) -> Object {
    storage.container("photos").unwrap().object("cat.bin").unwrap()
}

/// Lets seconds pass until a task ends, and returns how many went by.
pub(crate) async fn while_time_passes<T: Send + 'static>(
    runtime: &TestRuntime,
    most: u64,
    each_second: impl Fn(),
    task: impl Future<Output = T> + Send + 'static,
) -> (T, u64) {
    let running = tokio::spawn(task);
    for seconds in 0..most {
        for _ in 0..300 {
            tokio::task::yield_now().await;
        }
        if running.is_finished() {
            return (running.await.unwrap(), seconds);
        }
        runtime.advance(Duration::from_secs(1));
        each_second();
    }
    panic!("no end after {most} seconds");
}

/// The answer of S3 to what went wrong.
pub(crate) fn failed(status: u16, code: &str, message: &str) -> Answer {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>4442587FB7D0A2F9</RequestId></Error>"
    );
    Answer::xml(status, document)
}

pub(crate) fn slow_down() -> Answer {
    failed(503, "SlowDown", "Please reduce your request rate.")
}

pub(crate) fn internal_error() -> Answer {
    failed(500, "InternalError", "We encountered an internal error. Please try again.")
}

/// The answer to a write.
pub(crate) fn written() -> Answer {
    Answer::new(200).header("etag", "\"e1\"")
}

/// The answer to a read of the whole object.
pub(crate) fn stored(content: impl Into<Bytes>) -> Answer {
    written().body(content)
}

/// The answer to a question for the object.
pub(crate) fn head(size: u64) -> Answer {
    written().header("content-length", size.to_string())
}

/// A page of a listing.
pub(crate) fn page(keys: &[&str]) -> Answer {
    let entries: String = keys
        .iter()
        .map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size><ETag>\"e1\"</ETag></Contents>"))
        .collect();
    Answer::xml(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>photos</Name><EncodingType>url\
             </EncodingType><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        ),
    )
}

/// Answers as a service where all goes well; uploads in parts have the id `u1`.
pub(crate) fn good(request: &Request) -> Answer {
    let has = |name: &str| request.query(name).is_some();
    match request.method.as_str() {
        "POST" if has("uploads") => Answer::xml(
            200,
            "<InitiateMultipartUploadResult><Bucket>photos</Bucket><Key>cat.bin</Key><UploadId>u1</UploadId>\
             </InitiateMultipartUploadResult>",
        ),
        "POST" => Answer::xml(
            200,
            "<CompleteMultipartUploadResult><ETag>\"whole-2\"</ETag></CompleteMultipartUploadResult>",
        ),
        "PUT" if request.header("x-amz-copy-source").is_some() => {
            let root = if has("partNumber") { "CopyPartResult" } else { "CopyObjectResult" };
            Answer::xml(200, format!("<{root}><ETag>\"e2\"</ETag></{root}>"))
        }
        "PUT" => written(),
        "DELETE" => Answer::new(204),
        "HEAD" => head(0),
        _ if has("list-type") => page(&["cat.bin"]),
        _ => Answer::object(request, content(), "\"e1\""),
    }
}

/// What the object of most tests holds.
pub(crate) fn content() -> Bytes {
    (0..100_000u32).map(|it| (it / 7) as u8).collect()
}

/// Returns the head of a request without what differs between attempts by design.
pub(crate) fn unsigned(request: &Request) -> String {
    let head = String::from_utf8(request.head.to_vec()).unwrap();
    let signed = |line: &&str| line.starts_with("authorization:") || line.starts_with("x-amz-date:");
    head.split("\r\n").filter(|line| !signed(line)).collect::<Vec<_>>().join("\n")
}

/// Counts the requests whose line starts so.
pub(crate) fn count(lines: &[String], start: &str) -> usize {
    lines.iter().filter(|it| it.starts_with(start)).count()
}

/// Returns the error that an error came from.
pub(crate) fn cause(error: &Error) -> &Error {
    std::error::Error::source(error).and_then(|it| it.downcast_ref()).unwrap()
}

/// The first bytes of a file, which are read while they are sent.
pub(crate) fn file_range(file: &tempfile::NamedTempFile, bytes: u64) -> Payload {
    let file = Arc::new(std::fs::File::open(file.path()).unwrap());
    Payload::FileRange(FileRange { file, range: 0..bytes })
}
