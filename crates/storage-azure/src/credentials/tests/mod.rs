//! All sources against scripted servers and a fixed clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage_core::{Error, ErrorKind, Result, Runtime as _, Secret};
use storage_http::{Client, HttpConfig};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Request, Script, Server};

use super::chain::Source;
use super::{Bearer, Credential, CredentialChain, CredentialSettings, Identity, SasToken, SharedKey};

mod applications;
mod machines;
mod order;
mod refresh;

/// What no output may show.
const CANARY: &str = "canary";

/// A clock that stands still, and a client without a proxy.
struct Place {
    runtime: TestRuntime,
    client: Client,
}

impl Place {
    fn new() -> Self {
        Self::on(TestRuntime::new(7))
    }

    fn on(runtime: TestRuntime) -> Self {
        let mut config = HttpConfig::new();
        config.proxy_from_env = false;
        let client = Client::new(config, Arc::new(runtime.clone())).unwrap();
        Self { runtime, client }
    }

    fn chain(&self, settings: CredentialSettings) -> CredentialChain {
        CredentialChain::new(settings, Arc::new(self.runtime.clone())).unwrap()
    }

    async fn get(&self, chain: &CredentialChain) -> Result<Arc<Bearer>> {
        match chain.get(&self.client, self.runtime.now()).await? {
            Credential::Bearer(bearer) => Ok(bearer),
            other => panic!("no token but {other:?}"),
        }
    }

    async fn find(&self, settings: CredentialSettings) -> Result<Arc<Bearer>> {
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

/// Settings that find nothing: no metadata service, no program.
fn nothing() -> CredentialSettings {
    CredentialSettings {
        authority: "https://login.invalid".to_owned(),
        audience: "https://storage.azure.com".to_owned(),
        imds_disabled: true,
        cli: Some("/nowhere/az".into()),
        ..CredentialSettings::default()
    }
}

/// Settings of an application, with a secret.
fn application(server: &Server) -> CredentialSettings {
    CredentialSettings {
        authority: server.url(),
        tenant_id: Some("tenant".to_owned()),
        client_id: Some("app".to_owned()),
        client_secret: Some(Secret::from("canary&+ secret")),
        ..nothing()
    }
}

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
fn minutes_later(minutes: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600 + minutes * 60)
}

/// A token as Entra ID gives it.
fn token(name: &str, minutes: u64) -> Answer {
    let seconds = minutes * 60;
    Answer::json(200, format!(r#"{{"token_type":"Bearer","expires_in":{seconds},"access_token":"{name}"}}"#))
}

/// A token as agents of machines give it.
fn machine_token(name: &str, minutes: u64) -> Answer {
    let ends = 1_767_225_600 + minutes * 60;
    let json = format!(
        r#"{{"access_token":"{name}","client_id":"x","expires_on":"{ends}","resource":"https://storage.azure.com","token_type":"Bearer"}}"#
    );
    Answer::json(200, json)
}

/// A refusal of Entra ID.
fn refusal(status: u16, number: u64) -> Answer {
    let json = format!(
        r#"{{"error":"invalid_client","error_description":"AADSTS{number}: canary app 'canary'. Trace ID: 1","error_codes":[{number}],"timestamp":"2026-01-01 00:00:00Z","trace_id":"1"}}"#
    );
    Answer::json(status, json)
}

fn body(request: &Request) -> String {
    String::from_utf8(request.body.to_vec()).unwrap()
}

/// Sends what a task asks until it is done, moving the clock over every wait between attempts.
async fn hurry<T: Send + 'static>(place: &Place, task: tokio::task::JoinHandle<T>) -> T {
    while !task.is_finished() {
        place.runtime.advance(Duration::from_millis(10));
        tokio::task::yield_now().await;
    }
    task.await.unwrap()
}
