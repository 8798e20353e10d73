//! The identities of apps and machines, and the Azure CLI.

use storage_testkit::Gate;
use storage_testkit::server::{Step, refused_address};

use super::*;

const PATH: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01";
const RESOURCE: &str = "&resource=https%3A%2F%2Fstorage.azure.com";

fn machine(server: &Server) -> CredentialSettings {
    CredentialSettings { imds_disabled: false, imds_endpoint: Some(server.url()), ..nothing() }
}

fn app(server: &Server) -> CredentialSettings {
    CredentialSettings {
        identity_endpoint: Some(format!("{}/msi/token", server.url())),
        identity_header: Some(Secret::from("canary-header")),
        ..nothing()
    }
}

/// What the metadata service says when the header is missing.
fn there() -> Answer {
    Answer::json(
        400,
        r#"{"error":"invalid_request","error_description":"Required metadata header not specified"}"#,
    )
}

fn no_identity() -> Answer {
    Answer::json(400, r#"{"error":"invalid_request","error_description":"Identity not found"}"#)
}

#[tokio::test]
async fn fault_130_a_machine_asks_its_metadata_service() {
    for (identity, suffix) in [
        (Identity::System, ""),
        (Identity::Client("c".to_owned()), "&client_id=c"),
        (Identity::Object("o".to_owned()), "&object_id=o"),
        (Identity::Resource("/subscriptions/r".to_owned()), "&msi_res_id=%2Fsubscriptions%2Fr"),
    ] {
        let server = Server::start(Script::queue([there(), machine_token("T", 60)])).await.unwrap();
        let found = Place::new().find(CredentialSettings { identity, ..machine(&server) }).await.unwrap();
        assert_eq!((found.token.expose().as_str(), found.source), ("T", "managed identity"));
        assert_eq!(found.expires, Some(minutes_later(60)));
        server.assert_done();
        assert_eq!(server.request_lines(), [format!("GET {PATH}"), format!("GET {PATH}{RESOURCE}{suffix}")]);
        let requests = server.requests();
        assert_eq!(requests[0].header("metadata"), None);
        assert_eq!(requests[1].header("metadata"), Some("true"));
    }
}

#[tokio::test]
async fn fault_130_what_is_not_the_metadata_service_is_not_asked_for_a_token() {
    for status in [200, 301, 401, 403, 404, 405] {
        let server = Server::start(Script::function(move |_| {
            Answer::new(status).body(r#"{"access_token":"canary","expires_in":60}"#)
        }))
        .await
        .unwrap();
        let (kind, text) = Place::new().fail(machine(&server)).await;
        assert_eq!(kind, ErrorKind::Unauthenticated, "{text}");
        assert!(text.contains("not the metadata service of Azure"), "{status}: {text}");
        assert!(server.requests().iter().all(|it| it.header("metadata").is_none()));
    }
}

#[tokio::test]
async fn fault_130_a_service_that_is_switched_off_is_not_asked() {
    let server = Server::start(Script::queue([])).await.unwrap();
    let (_, text) = Place::new().fail(CredentialSettings { imds_disabled: true, ..machine(&server) }).await;
    assert!(text.contains("identity of the machine (switched off)"), "{text}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn fault_130_a_slow_service_costs_a_second() {
    let gate = Gate::new();
    let hanging = Answer::steps([Step::ReadBody, Step::Wait(gate)]);
    let server = Server::start(Script::queue([hanging])).await.unwrap();
    let place = Place::new();
    let chain = place.chain(machine(&server));
    let (client, runtime) = (place.client.clone(), place.runtime.clone());
    let waiting = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
    server.wait_for_requests(1).await;
    place.runtime.sleeping(1).await;
    place.runtime.advance(Duration::from_secs(1));
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(causes(&error).contains("identity of the machine"), "{}", causes(&error));
}

#[tokio::test]
async fn fault_130_the_proxy_is_left_out() {
    let mut place = Place::new();
    let mut config = HttpConfig::new();
    config.proxy = Some(Secret::new(format!("http://{}", refused_address().await.unwrap())));
    place.client = Client::new(config, Arc::new(place.runtime.clone())).unwrap();
    let server = Server::start(Script::queue([there(), machine_token("T", 60)])).await.unwrap();
    assert_eq!(place.find(machine(&server)).await.unwrap().token.expose(), "T");
    let server = Server::start(Script::queue([machine_token("T", 60)])).await.unwrap();
    assert_eq!(place.find(app(&server)).await.unwrap().token.expose(), "T");
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_asked_again() {
    for statuses in [&[404, 404][..], &[410], &[429], &[500, 503], &[404, 410, 429, 500, 502]] {
        let busy = statuses.iter().map(|it| Answer::new(*it));
        let answers = [there()].into_iter().chain(busy).chain([machine_token("T", 60)]);
        let server = Server::start(Script::queue(answers)).await.unwrap();
        let place = Place::new();
        let chain = place.chain(machine(&server));
        let (client, runtime) = (place.client.clone(), place.runtime.clone());
        let task = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
        let found = hurry(&place, task).await.unwrap();
        assert!(matches!(found, Credential::Bearer(it) if it.token.expose() == "T"));
        server.assert_done();
    }
}

#[tokio::test]
async fn a_machine_without_an_identity_has_no_token() {
    let answers = [there(), no_identity(), there(), no_identity()];
    let server = Server::start(Script::queue(answers.clone())).await.unwrap();
    let (kind, text) = Place::new().fail(machine(&server)).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(text.contains("this machine has no identity of its own") && text.contains("Azure CLI"), "{text}");
    server.assert_done();
    // One that is asked for by name should be there.
    let server = Server::start(Script::queue(answers)).await.unwrap();
    let named = CredentialSettings { identity: Identity::Client("c".to_owned()), ..machine(&server) };
    let (kind, text) = Place::new().fail(named).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(text.contains("knows no such identity of this machine; check `msi_client_id`"), "{text}");
}

#[tokio::test]
async fn fault_139_what_a_machine_should_not_say_is_an_error() {
    let html = || Answer::new(200).header("content-type", "text/html").body("<html>canary</html>");
    for (answer, want) in [
        (html(), "not the JSON"),
        (Answer::json(200, "{}"), "lacks `expires_in`"),
        (machine_token("canary", 0), "has ended already"),
        (machine_token("canary canary", 60), "holds blanks"),
    ] {
        let server = Server::start(Script::queue([answer.clone(), answer.clone()])).await.unwrap();
        let (kind, text) = Place::new().fail(app(&server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains(want), "{want}: {text}");
        let answers = [there(), answer.clone(), there(), answer];
        let server = Server::start(Script::queue(answers)).await.unwrap();
        let (kind, _) = Place::new().fail(machine(&server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse);
    }
}

#[tokio::test]
async fn an_app_shows_its_header() {
    for (identity, suffix) in [
        (Identity::System, ""),
        (Identity::Client("c".to_owned()), "&client_id=c"),
        (Identity::Resource("/r".to_owned()), "&mi_res_id=%2Fr"),
    ] {
        let server = Server::start(Script::queue([machine_token("T", 60)])).await.unwrap();
        let found = Place::new().find(CredentialSettings { identity, ..app(&server) }).await.unwrap();
        assert_eq!((found.token.expose().as_str(), found.source), ("T", "managed identity of the app"));
        let line = format!("GET /msi/token?api-version=2019-08-01{RESOURCE}{suffix}");
        assert_eq!(server.request_lines(), [line]);
        assert_eq!(server.requests()[0].header("x-identity-header"), Some("canary-header"));
    }
    let server = Server::start(Script::queue([])).await.unwrap();
    let without = CredentialSettings { identity_header: None, ..app(&server) };
    let (kind, text) = Place::new().fail(without).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(text.contains("Azure Arc"), "{text}");
    let bad = CredentialSettings { identity_header: Some(Secret::from("canary\r\nx: y")), ..app(&server) };
    let (kind, text) = Place::new().fail(bad).await;
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(text.contains("no header can carry"), "{text}");
    assert!(server.requests().is_empty());
}

#[cfg(unix)]
mod cli {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Writes a program and returns settings that ask it alone.
    fn program(folder: &tempfile::TempDir, text: &str) -> CredentialSettings {
        let path = folder.path().join("az");
        // Written elsewhere and renamed: a file that is open for writing can't be run.
        let new = folder.path().join("new");
        std::fs::write(&new, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::rename(&new, &path).unwrap();
        CredentialSettings { cli: Some(path), only_cli: true, ..nothing() }
    }

    #[tokio::test]
    async fn whoever_is_logged_in_has_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"test "$*" = 'account get-access-token --output json --resource https://storage.azure.com --tenant t' || exit 9
            echo noise >&2
            echo '{"accessToken":"T","expiresOn":"2026-01-01 09:00:00.000000","expires_on":1767229200,"tokenType":"Bearer"}'"#;
        let settings = program(&folder, text);
        let settings = CredentialSettings { tenant_id: Some("t".to_owned()), ..settings };
        // Nobody else is asked then.
        let settings = CredentialSettings { client_secret: Some(Secret::from("canary")), ..settings };
        let found = Place::new().find(settings).await.unwrap();
        assert_eq!((found.token.expose().as_str(), found.source), ("T", "Azure CLI"));
        assert_eq!(found.expires, Some(minutes_later(60)));
    }

    #[tokio::test]
    async fn fault_132_a_program_that_fails_is_an_error_without_its_output() {
        for (text, kind, want) in [
            ("echo canary; echo canary >&2; exit 1", ErrorKind::Unauthenticated, "run `az login`"),
            ("echo canary; kill -9 $$", ErrorKind::Unauthenticated, "was ended by a signal"),
            ("yes canary", ErrorKind::Unauthenticated, "far more"),
            ("echo canary", ErrorKind::UnexpectedResponse, "not the JSON"),
            ("true", ErrorKind::UnexpectedResponse, "not the JSON"),
            (
                r#"echo '{"accessToken":"canary","expiresOn":"2026-01-01"}'"#,
                ErrorKind::UnexpectedResponse,
                "2.54",
            ),
            (
                r#"echo '{"accessToken":"canary","expires_on":1}'"#,
                ErrorKind::UnexpectedResponse,
                "ended already",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (found, shown) = Place::new().fail(program(&folder, text)).await;
            assert_eq!(found, kind, "{text}: {shown}");
            assert!(shown.contains(want), "{want}: {shown}");
        }
        let missing = CredentialSettings { only_cli: true, ..nothing() };
        let (kind, shown) = Place::new().fail(missing).await;
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(shown.contains("not installed"), "{shown}");
        // As one of many it just does not apply.
        let folder = tempfile::tempdir().unwrap();
        let settings = CredentialSettings { only_cli: false, ..program(&folder, "exit 1") };
        let (kind, shown) = Place::new().fail(settings).await;
        assert_eq!(kind, ErrorKind::Unauthenticated);
        assert!(shown.contains("Azure CLI (it gives no token; run `az login`)"), "{shown}");
    }

    #[tokio::test]
    async fn fault_132_a_program_that_hangs_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new();
        let chain = place.chain(program(&folder, "exec sleep 1000"));
        let (client, runtime) = (place.client.clone(), place.runtime.clone());
        let waiting = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
        place.runtime.sleeping(1).await;
        place.runtime.advance(Duration::from_secs(30));
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(causes(&error).contains("the Azure CLI took longer than 30 seconds"), "{}", causes(&error));
    }
}
