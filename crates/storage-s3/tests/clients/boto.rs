//! boto3 in a process of its own, one call a line.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

/// The newest signature, and the oldest.
pub(crate) const V4: &str = "s3v4";
pub(crate) const V2: &str = "s3";

/// What boto3 says of a call that failed: the service's code and status.
pub(crate) type Failure = (String, u64);

/// boto3, until the value ends.
pub(crate) struct Boto {
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    _process: Child,
}

impl Boto {
    pub(crate) fn start(python: &str, endpoint: &str, key: &str, secret: &str) -> Self {
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/boto.py"))
            .envs([("ENDPOINT", endpoint), ("KEY", key), ("SECRET", secret), ("NO_PROXY", "*")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { pipes: Mutex::new((stdin, lines)), _process: process }
    }

    /// Calls a method of the client, which must succeed.
    pub(crate) async fn call(&self, name: &str, parameters: Value) -> Value {
        self.try_call(V4, name, parameters.clone())
            .await
            .unwrap_or_else(|failure| panic!("{name}({parameters}): {failure:?}"))
    }

    /// Calls a method of the client, signed in one way.
    pub(crate) async fn try_call(
        &self,
        signature: &str,
        name: &str,
        parameters: Value,
    ) -> Result<Value, Failure> {
        self.ask(json!({"verb": "call", "signature": signature, "name": name, "parameters": parameters}))
            .await
    }

    /// Returns a signed address that is good for a minute.
    pub(crate) async fn presign(&self, signature: &str, name: &str, parameters: Value) -> String {
        let request = json!({
            "verb": "presign", "signature": signature, "name": name, "parameters": parameters, "expires": 60,
        });
        self.ask(request).await.unwrap().as_str().unwrap().to_owned()
    }

    /// Uploads with the manager of transfers, in parts of 5 MiB.
    pub(crate) async fn upload(&self, parameters: Value) {
        let request = json!({"verb": "upload", "signature": V4, "name": "", "parameters": parameters});
        self.ask(request).await.unwrap();
    }

    /// Downloads with the manager of transfers, in ranges of 5 MiB.
    pub(crate) async fn download(&self, bucket: &str, key: &str) -> Vec<u8> {
        let parameters = json!({"Bucket": bucket, "Key": key});
        let request = json!({"verb": "download", "signature": V4, "name": "", "parameters": parameters});
        content(&self.ask(request).await.unwrap())
    }

    async fn ask(&self, request: Value) -> Result<Value, Failure> {
        let mut pipes = self.pipes.lock().await;
        pipes.0.write_all(format!("{request}\n").as_bytes()).await.unwrap();
        let line = pipes.1.next_line().await.unwrap().expect("boto3 has ended; its last words are above");
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        match answer.get_mut("ok") {
            Some(value) => Ok(value.take()),
            None => {
                let code = answer["code"].as_str().unwrap_or_default();
                let message = answer["message"].as_str().map(|it| format!(": {it}")).unwrap_or_default();
                Err((format!("{code}{message}"), answer["status"].as_u64().unwrap_or_default()))
            }
        }
    }
}

/// Writes content as a parameter.
pub(crate) fn bytes(content: &[u8]) -> Value {
    json!({"bytes": STANDARD.encode(content)})
}

/// Reads content out of an answer.
pub(crate) fn content(value: &Value) -> Vec<u8> {
    STANDARD.decode(value["bytes"].as_str().unwrap()).unwrap()
}
