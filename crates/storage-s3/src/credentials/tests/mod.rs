//! All sources against scripted servers, a fixed clock and a home of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage_core::{Error, ErrorKind, Result, Runtime as _};
use storage_http::{Client, HttpConfig};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Request, Script, Server};
use tempfile::TempDir;

use super::chain::Source;
use super::{CredentialChain, CredentialSettings, Credentials};

mod network;
mod order;
mod refresh;
mod roles;

/// What no output may show.
const CANARY: &str = "canary";

/// A home without files, a clock that stands still, and a client without a proxy.
struct Place {
    home: TempDir,
    runtime: TestRuntime,
    client: Client,
}

impl Place {
    fn new() -> Self {
        let runtime = TestRuntime::new(7);
        let mut config = HttpConfig::new();
        config.proxy_from_env = false;
        let client = Client::new(config, Arc::new(runtime.clone())).unwrap();
        Self { home: tempfile::tempdir().unwrap(), runtime, client }
    }

    /// Settings that find nothing: no files, no metadata service.
    fn settings(&self) -> CredentialSettings {
        CredentialSettings {
            home: Some(self.home.path().to_owned()),
            imds_disabled: true,
            ..CredentialSettings::default()
        }
    }

    /// Writes a file below the home, closed to others.
    fn write(&self, name: &str, text: &str) {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        close(&path);
    }

    fn chain(&self, settings: CredentialSettings) -> CredentialChain {
        CredentialChain::new(settings, Arc::new(self.runtime.clone())).unwrap()
    }

    async fn get(&self, chain: &CredentialChain) -> Result<Arc<Credentials>> {
        chain.get(&self.client, self.runtime.now()).await.map(|it| it.expect("they sign"))
    }

    async fn find(&self, settings: CredentialSettings) -> Result<Arc<Credentials>> {
        self.get(&self.chain(settings)).await
    }

    /// Requires an error and that nothing shows a secret; returns it with all its causes as text.
    async fn fail(&self, settings: CredentialSettings) -> (ErrorKind, String) {
        let chain = self.chain(settings);
        let error = self.get(&chain).await.unwrap_err();
        let text = causes(&error);
        let (trail, examined) = chain.examine(&self.client, self.runtime.now()).await;
        for shown in [&text, &format!("{error:?} {chain:?} {trail:?} {examined:?}")] {
            assert!(!shown.contains(CANARY), "{shown}");
        }
        (error.kind(), text)
    }
}

#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn close(_: &Path) {}

/// Writes an error with all its causes.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(" | ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The time, `minutes` after the clock of the tests.
fn minutes_later(minutes: u64) -> (SystemTime, String) {
    let time = UNIX_EPOCH + Duration::from_secs(1_767_225_600 + minutes * 60);
    (time, format!("2026-01-01T{:02}:{:02}:00Z", minutes / 60, minutes % 60))
}

/// Keys as the metadata service and the agents of containers give them.
fn keys_json(id: &str, minutes: u64) -> Answer {
    let ends = minutes_later(minutes).1;
    Answer::json(
        200,
        format!(
            r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"canary-s","Token":"canary-t","Expiration":"{ends}"}}"#
        ),
    )
}

/// Keys as STS gives them.
fn keys_xml(call: &str, id: &str, ends: &str) -> Answer {
    Answer::xml(
        200,
        format!(
            "<{call}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{call}Result><AssumedRoleUser>\
             <Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>canary-s\
             </SecretAccessKey><SessionToken>canary-t</SessionToken><Expiration>{ends}</Expiration></Credentials>\
             </{call}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{call}Response>"
        ),
    )
}

fn body(request: &Request) -> String {
    String::from_utf8(request.body.to_vec()).unwrap()
}
