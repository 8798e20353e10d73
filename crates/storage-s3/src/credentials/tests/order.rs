//! Which source wins, what the others say, and who is never asked.

use futures_util::FutureExt as _;
use storage_core::Secret;

use super::*;

fn keys(settings: CredentialSettings) -> CredentialSettings {
    CredentialSettings {
        access_key_id: Some("AK-GIVEN".to_owned()),
        secret_access_key: Some(Secret::from("canary-given")),
        ..settings
    }
}

#[tokio::test]
async fn the_first_source_that_applies_wins() {
    let server = Server::start(Script::function(|request| match request.path().as_str() {
        "/container" => keys_json("AK-CONTAINER", 60),
        "/" => keys_xml("AssumeRoleWithWebIdentity", "AK-WEB", "2026-01-01T01:00:00Z"),
        "/latest/api/token" => Answer::new(200).body("token"),
        "/latest/meta-data/iam/security-credentials/" => Answer::new(200).body("role"),
        "/latest/meta-data/iam/security-credentials/role" => keys_json("AK-MACHINE", 60),
        _ => Answer::new(404),
    }))
    .await
    .unwrap();
    let place = Place::new();
    place.write("token", "canary-token");
    place.write(
        ".aws/credentials",
        "[default]\naws_access_key_id=AK-PROFILE\naws_secret_access_key=canary-p\n",
    );

    let mut settings = keys(CredentialSettings {
        role_arn: Some("arn:aws:iam::1:role/R".to_owned()),
        web_identity_token_file: Some(place.home.path().join("token")),
        sts_endpoint: Some(server.url()),
        container_full_uri: Some(format!("{}/container", server.url())),
        imds_endpoint: Some(server.url()),
        imds_disabled: false,
        ..place.settings()
    });
    let found = |settings: CredentialSettings| async {
        let credentials = place.find(settings).await.unwrap();
        (credentials.access_key_id.clone(), credentials.source)
    };
    assert_eq!(found(settings.clone()).await, ("AK-GIVEN".to_owned(), "access key"));
    assert!(server.requests().is_empty());
    settings.access_key_id = None;
    settings.secret_access_key = None;
    assert_eq!(found(settings.clone()).await, ("AK-WEB".to_owned(), "web identity"));
    settings.web_identity_token_file = None;
    settings.role_arn = None;
    assert_eq!(found(settings.clone()).await, ("AK-PROFILE".to_owned(), "profile"));
    place.write(".aws/credentials", "[default]\nregion=eu-1\n");
    assert_eq!(found(settings.clone()).await, ("AK-CONTAINER".to_owned(), "container"));
    settings.container_full_uri = None;
    assert_eq!(found(settings.clone()).await, ("AK-MACHINE".to_owned(), "instance metadata"));

    let chain = place.chain(settings);
    let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
    result.unwrap();
    let sources: Vec<_> = trail.iter().map(|it| it.0.name()).collect();
    assert_eq!(sources, ["access key", "web identity", "profile", "container", "instance metadata"]);
    assert_eq!(trail[2].1, "the profile `default` says nothing about keys");
    assert_eq!(
        trail[4],
        (Source::InstanceMetadata, "gives the keys, from: instance metadata, and they end".into())
    );
}

#[tokio::test]
async fn fixed_keys_are_there_without_a_search_and_are_not_forgotten() {
    let place = Place::new();
    let chain = place.chain(keys(place.settings()));
    let first = chain.get(&place.client, place.runtime.now()).now_or_never();
    let first = first.expect("no waiting").unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &place.get(&chain).await.unwrap()));
    assert!(!chain.forget());
    let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
    result.unwrap();
    assert_eq!(trail, [(Source::Keys, "gives the keys, from: access key".into())]);
    assert!(!format!("{chain:?} {first:?}").contains(CANARY));
}

#[tokio::test]
async fn anonymous_goes_before_everything() {
    let place = Place::new();
    let chain = place.chain(CredentialSettings { anonymous: true, ..keys(place.settings()) });
    assert!(chain.get(&place.client, place.runtime.now()).await.unwrap().is_none());
    assert!(!chain.forget());
    let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
    assert!(result.is_ok() && trail[0].0 == Source::Anonymous);
}

#[tokio::test]
async fn halves_of_keys_are_errors() {
    let place = Place::new();
    let text = |it: &str| Some(it.to_owned());
    for (id, secret, token, want) in [
        (text("canary"), None, None, "`access_key_id` is given and `secret_access_key` is not"),
        (text("canary"), text(""), None, "`access_key_id` is given and `secret_access_key` is not"),
        (None, text("canary"), None, "`secret_access_key` is given and `access_key_id` is not"),
        (None, None, text("canary"), "`session_token` is given and `access_key_id` is not"),
    ] {
        let settings = CredentialSettings {
            access_key_id: id,
            secret_access_key: secret.map(Secret::from),
            session_token: token.map(Secret::from),
            ..place.settings()
        };
        let error = CredentialChain::new(settings, Arc::new(place.runtime.clone())).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Configuration, want));
    }
}

#[tokio::test]
async fn when_nothing_is_found_the_error_says_where_nothing_was() {
    let place = Place::new();
    let (kind, text) = place.fail(place.settings()).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    for want in [
        "give `access_key_id` and `secret_access_key`",
        "access key (no `access_key_id` is given)",
        "web identity (no token file is given)",
        "profile (no profile `default` in `",
        "/.aws/config` and `",
        "container (no address is given)",
        "instance metadata (switched off)",
    ] {
        assert!(text.contains(want), "{text}");
    }
}

#[tokio::test]
async fn a_source_that_applies_and_is_broken_is_named_and_none_behind_it_is_asked() {
    let server = Server::start(Script::queue([])).await.unwrap();
    let place = Place::new();
    let settings = || CredentialSettings {
        container_full_uri: Some(server.url()),
        imds_endpoint: Some(server.url()),
        imds_disabled: false,
        ..place.settings()
    };
    let (kind, text) =
        place.fail(CredentialSettings { profile: Some("gone".to_owned()), ..settings() }).await;
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(
        text.starts_with("no credentials could be had from: profile | the profile `gone` is in neither"),
        "{text}"
    );

    place.write(".aws/config", "[default]\ncanary\n");
    let (_, text) = place.fail(settings()).await;
    assert!(text.contains("line 2 of `") && text.contains("/.aws/config` is no section"), "{text}");

    let token_file = Some(place.home.path().join("missing"));
    let role_arn = Some("arn".to_owned());
    let (_, text) =
        place.fail(CredentialSettings { web_identity_token_file: token_file.clone(), ..settings() }).await;
    assert!(text.contains("no `role_arn`"), "{text}");
    let broken = CredentialSettings { web_identity_token_file: token_file, role_arn, ..settings() };
    let (_, text) = place.fail(broken).await;
    assert!(text.contains("web identity | the file `") && text.contains("missing` is not there"), "{text}");
    assert!(server.requests().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn fault_132_a_profile_runs_its_program() {
    let place = Place::new();
    let keys =
        r#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"canary","Expiration":"2026-01-01T01:00:00Z"}"#;
    place.write("keys.json", keys);
    let file = place.home.path().join("keys.json");
    place.write(".aws/config", &format!("[profile p]\ncredential_process = cat '{}'\n", file.display()));
    let settings = CredentialSettings { profile: Some("p".to_owned()), ..place.settings() };
    let found = place.find(settings.clone()).await.unwrap();
    assert_eq!((found.access_key_id.as_str(), found.source), ("AK", "credential process"));
    assert_eq!(found.expires, Some(minutes_later(60).0));
    place.write("keys.json", "canary");
    let (kind, text) = place.fail(settings).await;
    assert_eq!(kind, ErrorKind::UnexpectedResponse);
    assert!(text.starts_with("no credentials could be had from: profile | "), "{text}");
}

/// Counts warnings of the thread.
#[cfg(unix)]
#[derive(Clone, Default)]
struct Warnings(Arc<std::sync::Mutex<Vec<String>>>);

#[cfg(unix)]
impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?} "));
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[cfg(unix)]
#[tokio::test]
async fn fault_136_a_file_open_to_others_is_warned_of_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let place = Place::new();
    place.write(".aws/credentials", "[default]\naws_access_key_id=AK\naws_secret_access_key=canary\n");
    place.find(place.settings()).await.unwrap();
    assert!(warnings.0.lock().unwrap().is_empty());
    let path = place.home.path().join(".aws/credentials");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    for _ in 0..3 {
        place.find(place.settings()).await.unwrap();
    }
    let warnings = warnings.0.lock().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains(path.to_str().unwrap()) && !warnings[0].contains(CANARY), "{warnings:?}");
}
