//! azure-storage-blob, the client of the vendor, in a process of its own: one call a line.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use storage_core::groups::PresignedRequest;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

/// What it says of a call that failed: the service's code and status.
pub(crate) type Failure = (String, u64);

/// What a server answered to somebody who had an address.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: Value,
    pub(crate) body: Vec<u8>,
}

/// The client, until the value ends.
pub(crate) struct Microsoft {
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    _process: Child,
}

impl Microsoft {
    pub(crate) fn start(python: &str, environment: &[(&str, String)]) -> Self {
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/microsoft.py"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { pipes: Mutex::new((stdin, lines)), _process: process }
    }

    /// Calls a method of the client of what `on` names, which must succeed.
    pub(crate) async fn call(&self, on: Value, name: &str, parameters: Value) -> Value {
        self.try_call(on.clone(), name, parameters.clone())
            .await
            .unwrap_or_else(|failure| panic!("{name}({parameters}) of {on}: {failure:?}"))
    }

    pub(crate) async fn try_call(&self, on: Value, name: &str, parameters: Value) -> Result<Value, Failure> {
        self.ask(json!({"verb": "call", "on": on, "name": name, "parameters": parameters})).await
    }

    /// Does something with a lease that somebody holds.
    pub(crate) async fn lease(&self, on: Value, name: &str, id: &str) -> Result<Value, Failure> {
        self.ask(json!({"verb": "lease", "on": on, "name": name, "parameters": {"id": id}})).await
    }

    /// Returns a signed query that is good for a minute; the kinds are `service`, `account` and `delegation`.
    pub(crate) async fn sign(&self, kind: &str, on: Value, parameters: Value) -> String {
        let request = json!({"verb": "sign", "kind": kind, "on": on, "parameters": parameters});
        self.ask(request).await.unwrap().as_str().unwrap().to_owned()
    }

    /// Sends a signed request, as somebody does who was given it.
    pub(crate) async fn send(&self, request: &PresignedRequest, content: Option<&[u8]>) -> Answer {
        self.fetch(request.method.as_str(), request.url.expose(), &request.headers, content).await
    }

    /// Sends a request.
    pub(crate) async fn fetch(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        content: Option<&[u8]>,
    ) -> Answer {
        let content = content.map(bytes);
        let request =
            json!({"verb": "fetch", "method": method, "url": url, "headers": headers, "content": content});
        let answer = self.ask(request).await.unwrap();
        Answer {
            status: answer["status"].as_u64().unwrap(),
            body: content_of(&answer["content"]),
            headers: answer["headers"].clone(),
        }
    }

    async fn ask(&self, request: Value) -> Result<Value, Failure> {
        let mut pipes = self.pipes.lock().await;
        pipes.0.write_all(format!("{request}\n").as_bytes()).await.unwrap();
        let line =
            pipes.1.next_line().await.unwrap().expect("the client has ended; its last words are above");
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

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Writes content as a parameter.
pub(crate) fn bytes(content: &[u8]) -> Value {
    json!({"bytes": STANDARD.encode(content)})
}

/// Reads content out of an answer.
pub(crate) fn content_of(value: &Value) -> Vec<u8> {
    STANDARD.decode(value["bytes"].as_str().unwrap()).unwrap()
}
