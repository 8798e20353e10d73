//! curl: it knows no S3, and sends what it is told.

use std::path::Path;

use storage_core::groups::PresignedRequest;
use tokio::process::Command;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a signed request, as somebody does who was given it.
pub(crate) async fn send(request: &PresignedRequest, content: Option<&[u8]>) -> Answer {
    fetch(request.method.as_str(), request.url.expose(), &request.headers, content).await
}

/// Sends a request.
pub(crate) async fn fetch(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    content: Option<&[u8]>,
) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("content");
    let mut arguments: Vec<String> = vec!["--request".into(), method.into()];
    if method == "HEAD" {
        arguments = vec!["--head".into()];
    }
    for (name, value) in headers {
        arguments.extend(["--header".into(), format!("{name}: {value}")]);
    }
    if let Some(content) = content {
        std::fs::write(&file, content).unwrap();
        // `--upload-file` would add its name to an address that ends with a slash.
        arguments.extend(["--data-binary".into(), format!("@{}", file.display())]);
        if !headers.iter().any(|(name, _)| name == "content-type") {
            arguments.extend(["--header".into(), "content-type:".into()]);
        }
    }
    arguments.extend(["--globoff".into(), url.into()]);
    run(&arguments).await
}

/// Posts a form as a browser does, with a file of this name and type at its end.
pub(crate) async fn post(url: &str, fields: &[(String, String)], file: &Path, mime: &str) -> Answer {
    let mut arguments = Vec::new();
    for (name, value) in fields {
        arguments.extend(["--form-string".into(), format!("{name}={value}")]);
    }
    arguments.extend(["--form".into(), format!("file=@{};type={mime}", file.display()), url.into()]);
    run(&arguments).await
}

async fn run(arguments: &[String]) -> Answer {
    let output = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--include", "--path-as-is", "--noproxy", "*"])
        .args(["--max-time", "60", "--header", "expect:"])
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .expect("these tests need the program `curl`");
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let end = output.stdout.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|it| it.split_once(':').unwrap());
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Answer { status, headers, body: output.stdout[end + 4..].to_vec() }
}
