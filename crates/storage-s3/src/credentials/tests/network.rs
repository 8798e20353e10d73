//! The services near a machine: metadata and containers.

use storage_core::Secret;
use storage_testkit::Gate;
use storage_testkit::server::{Fault, Step, refused_address};

use super::*;

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

fn machine(place: &Place, server: &Server) -> CredentialSettings {
    CredentialSettings { imds_disabled: false, imds_endpoint: Some(server.url()), ..place.settings() }
}

fn agent(place: &Place, server: &Server) -> CredentialSettings {
    CredentialSettings {
        container_full_uri: Some(format!("{}/keys?for=me", server.url())),
        ..place.settings()
    }
}

fn good_machine() -> [Answer; 3] {
    [Answer::new(200).body("AQ-token=="), Answer::new(200).body("my-role\n"), keys_json("AK", 60)]
}

#[tokio::test]
async fn fault_130_the_metadata_service_is_asked_in_version_2() {
    let server = Server::start(Script::queue(good_machine())).await.unwrap();
    let place = Place::new();
    let found = place.find(machine(&place, &server)).await.unwrap();
    assert_eq!((found.access_key_id.as_str(), found.source), ("AK", "instance metadata"));
    assert_eq!(found.expires, Some(minutes_later(60).0));
    server.assert_done();
    let role = format!("GET {ROLES}my-role");
    assert_eq!(server.request_lines(), ["PUT /latest/api/token", &format!("GET {ROLES}"), &role]);
    let requests = server.requests();
    assert_eq!(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds"), Some("21600"));
    assert!(requests[1..].iter().all(|it| it.header("x-aws-ec2-metadata-token") == Some("AQ-token==")));
}

#[tokio::test]
async fn fault_130_version_1_is_never_asked() {
    for status in [404, 405, 403, 400] {
        let server = Server::start(Script::function(move |request| match request.method.as_str() {
            "PUT" => Answer::new(status),
            _ => keys_json("canary", 60),
        }))
        .await
        .unwrap();
        let place = Place::new();
        let (kind, text) = place.fail(machine(&place, &server)).await;
        assert_eq!(kind, ErrorKind::Unauthenticated);
        let want =
            if status == 403 { "switched off for this machine" } else { "not version 2 of the service" };
        assert!(text.contains(want), "{text}");
        assert!(server.requests().iter().all(|it| it.method == "PUT"));
    }
}

#[tokio::test]
async fn fault_130_a_service_that_is_switched_off_is_not_asked() {
    let server = Server::start(Script::queue([])).await.unwrap();
    let place = Place::new();
    let (_, text) = place.fail(CredentialSettings { imds_disabled: true, ..machine(&place, &server) }).await;
    assert!(text.contains("instance metadata (switched off)"), "{text}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn fault_130_a_slow_service_costs_a_second() {
    let gate = Gate::new();
    let server =
        Server::start(Script::queue([Answer::steps([Step::ReadBody, Step::Wait(gate)])])).await.unwrap();
    let place = Place::new();
    let chain = Arc::new(place.chain(machine(&place, &server)));
    let (client, runtime) = (place.client.clone(), place.runtime.clone());
    let waiting = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
    server.wait_for_requests(1).await;
    place.runtime.sleeping(1).await;
    place.runtime.advance(Duration::from_secs(1));
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(causes(&error).contains("instance metadata"), "{}", causes(&error));
}

#[tokio::test]
async fn fault_130_the_proxy_is_left_out() {
    let server = Server::start(Script::queue(good_machine())).await.unwrap();
    let mut place = Place::new();
    let mut config = HttpConfig::new();
    config.proxy = Some(Secret::new(format!("http://{}", refused_address().await.unwrap())));
    place.client = Client::new(config, Arc::new(place.runtime.clone())).unwrap();
    assert_eq!(place.find(machine(&place, &server)).await.unwrap().access_key_id, "AK");
    let server = Server::start(Script::queue([keys_json("AK", 60)])).await.unwrap();
    assert_eq!(place.find(agent(&place, &server)).await.unwrap().access_key_id, "AK");
}

#[tokio::test]
async fn a_machine_without_a_role_has_no_keys() {
    for answer in [Answer::new(404), Answer::new(200), Answer::new(200).body("\n")] {
        let answers =
            [Answer::new(200).body("token"), answer.clone(), Answer::new(200).body("token"), answer];
        let server = Server::start(Script::queue(answers)).await.unwrap();
        let place = Place::new();
        let (kind, text) = place.fail(machine(&place, &server)).await;
        assert_eq!(kind, ErrorKind::Unauthenticated);
        assert!(text.contains("this machine has no role"), "{text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_139_what_a_metadata_service_should_not_say_is_an_error() {
    let html = || Answer::new(200).header("content-type", "text/html").body("<html>canary canary</html>");
    let token = || Answer::new(200).body("token");
    let role = || Answer::new(200).body("role");
    let failed = r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"canary","LastUpdated":"x"}"#;
    for (answers, want) in [
        (vec![html()], "gives no token"),
        (vec![Answer::new(200)], "gives no token"),
        (vec![Answer::new(200).body("t".repeat(5000))], "gives no token"),
        (vec![token(), html()], "no name of a role"),
        (vec![token(), Answer::new(200).body("../../canary")], "no name of a role"),
        (vec![token(), Answer::new(200).body(vec![0xff])], "no name of a role"),
        (vec![token(), role(), html()], "not the JSON"),
        (vec![token(), role(), Answer::json(200, failed)], "AssumeRoleUnauthorizedAccess"),
        (vec![token(), role(), Answer::json(200, r#"{"Code":"<canary>"}"#)], "lacks `Code`"),
        (vec![token(), role(), Answer::json(200, "{}")], "lacks `Code`"),
        (vec![token(), role(), Answer::json(200, r#"{"Code":"Success"}"#)], "lacks `Expiration`"),
        (vec![token(), role(), keys_json("AK", 0)], "have ended already"),
        (vec![token(), role(), keys_json("canary x", 60)], "`AccessKeyId` is empty or holds blanks"),
    ] {
        let twice: Vec<_> = answers.iter().chain(&answers).cloned().collect();
        let server = Server::start(Script::queue(twice)).await.unwrap();
        let place = Place::new();
        let (kind, text) = place.fail(machine(&place, &server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains(want), "{want}: {text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn a_container_shows_its_token() {
    let place = Place::new();
    place.write("token", "of-the-file\n");
    let file = Some(place.home.path().join("token"));
    for (token, file, want) in [
        (None, None, None),
        (Some("given"), None, Some("given")),
        (None, file.clone(), Some("of-the-file")),
        (Some("given"), file, Some("of-the-file")),
    ] {
        let server = Server::start(Script::queue([keys_json("AK", 60)])).await.unwrap();
        let settings = CredentialSettings {
            container_token: token.map(Secret::from),
            container_token_file: file,
            ..agent(&place, &server)
        };
        let found = place.find(settings).await.unwrap();
        assert_eq!((found.access_key_id.as_str(), found.source), ("AK", "container"));
        assert_eq!(server.request_lines(), ["GET /keys?for=me"]);
        assert_eq!(server.requests()[0].header("authorization"), want);
    }
}

#[tokio::test]
async fn a_container_that_is_refused_or_shows_no_good_token_says_so() {
    let place = Place::new();
    let server = Server::start(Script::function(|_| {
        Answer::json(403, r#"{"code":"AccessDeniedException","message":"no role for this pod"}"#)
    }))
    .await
    .unwrap();
    let (kind, text) = place.fail(agent(&place, &server)).await;
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(text.contains("no role for this pod (s3 403 AccessDeniedException)"), "{text}");

    let server = Server::start(Script::queue([])).await.unwrap();
    let bad = Some(Secret::from("canary\r\nx: y"));
    let (kind, text) =
        place.fail(CredentialSettings { container_token: bad, ..agent(&place, &server) }).await;
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(text.contains("no header can carry"), "{text}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn fault_138_nobody_follows_where_an_answer_points() {
    let elsewhere = Server::start(Script::function(|_| keys_json("canary", 60))).await.unwrap();
    let place = Place::new();
    for status in [301, 302, 307, 308] {
        let location = format!("{}/keys", elsewhere.url());
        let server = Server::start(Script::function(move |_| {
            Answer::new(status).header("location", location.clone())
        }))
        .await
        .unwrap();
        let (kind, text) = place.fail(agent(&place, &server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains("nobody follows"), "{text}");
        let (kind, _) = place.fail(machine(&place, &server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again() {
    let place = Place::new();
    let cut = keys_json("AK", 60).fault(Fault::CutAfter(10));
    let server = Server::start(Script::queue([Answer::new(503), cut, keys_json("AK", 60)])).await.unwrap();
    let chain = Arc::new(place.chain(agent(&place, &server)));
    let (client, runtime) = (place.client.clone(), place.runtime.clone());
    let waiting = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
    // Waits between attempts are shorter than this, and all of them together shorter than the limit.
    for n in 1..=2 {
        server.wait_for_requests(n).await;
        while server.requests().len() == n {
            place.runtime.advance(Duration::from_millis(10));
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(waiting.await.unwrap().unwrap().unwrap().access_key_id, "AK");
    server.assert_done();
}
