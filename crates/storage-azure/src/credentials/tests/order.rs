//! Who goes first, and what the others say.

use super::*;

#[tokio::test]
async fn what_the_settings_hold_is_there_at_once() {
    let place = Place::new();
    let key = Arc::new(SharedKey::parse("acme", &Secret::from("Y2FuYXJ5"), "").unwrap());
    let sas = |text: &str| Arc::new(SasToken::parse(&Secret::from(text), "").unwrap());
    let bearer = Arc::new(Bearer { token: Secret::from("canary"), expires: None, source: "bearer token" });
    for (fixed, source, says) in [
        (Credential::Anonymous, Source::Anonymous, "nothing is signed"),
        (Credential::SharedKey(key), Source::AccountKey, "the settings hold it"),
        (Credential::Sas(sas("sig=canary")), Source::Sas, "the settings hold it"),
        (Credential::Sas(sas("se=2027-01-01&sig=canary")), Source::Sas, "and it ends"),
        (Credential::Sas(sas("se=2025-01-01&sig=canary")), Source::Sas, "it has ended; get a new one"),
        (Credential::Bearer(bearer), Source::BearerToken, "it is not renewed"),
    ] {
        let chain = place.chain(CredentialSettings { fixed: Some(fixed.clone()), ..nothing() });
        let found = chain.get(&place.client, place.runtime.now()).await.unwrap();
        assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&fixed));
        assert!(!chain.forget());
        let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
        result.unwrap();
        assert_eq!((trail.len(), trail[0].0), (1, source));
        assert!(trail[0].1.contains(says), "{trail:?}");
        assert!(!format!("{chain:?} {found:?} {trail:?}").contains(CANARY));
    }
}

#[tokio::test]
async fn the_first_that_applies_wins_and_the_trail_says_why() {
    let place = Place::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "ey.file").unwrap();
    let server = Server::start(Script::function(|request| match request.method.as_str() {
        "POST" => token("T", 60),
        _ => machine_token("M", 60),
    }))
    .await
    .unwrap();
    let all = CredentialSettings {
        federated_token_file: Some(file.path().to_owned()),
        identity_endpoint: Some(server.url()),
        identity_header: Some(Secret::from("canary")),
        ..application(&server)
    };
    let no_secret = CredentialSettings { client_secret: None, ..all.clone() };
    let no_file = CredentialSettings { federated_token_file: None, ..no_secret.clone() };
    for (settings, source, place_in_trail) in [
        (all, Source::ClientSecret, 1),
        (no_secret, Source::WorkloadIdentity, 3),
        (no_file, Source::AppIdentity, 4),
    ] {
        let chain = place.chain(settings);
        let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
        result.unwrap();
        assert_eq!(trail.len(), place_in_trail, "{trail:?}");
        assert_eq!(trail.last().unwrap().0, source);
        assert!(trail.last().unwrap().1.contains("gives a token that ends, from: "));
        assert!(!format!("{trail:?}").contains(CANARY));
    }
}

#[tokio::test]
async fn when_nobody_has_a_token_all_places_are_named() {
    let (kind, text) = Place::new().fail(nothing()).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    for want in [
        "give `account_key` or `sas_token`",
        "client secret (no `client_secret` is given)",
        "client certificate (no `client_certificate` is given)",
        "workload identity (no `federated_token_file` is given)",
        "identity of the app (no `identity_endpoint` is given)",
        "identity of the machine (switched off)",
        "Azure CLI (not installed)",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[tokio::test]
async fn a_source_that_is_broken_ends_the_search() {
    let entra = Server::start(Script::function(|_| refusal(401, 7_000_215))).await.unwrap();
    let agent = Server::start(Script::function(|_| machine_token("canary", 60))).await.unwrap();
    let place = Place::new();
    let settings = CredentialSettings {
        identity_endpoint: Some(agent.url()),
        identity_header: Some(Secret::from("canary")),
        ..application(&entra)
    };
    let chain = place.chain(settings);
    let (trail, result) = chain.examine(&place.client, place.runtime.now()).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!(trail.len(), 1);
    assert!(trail[0].1.contains("AADSTS7000215"), "{trail:?}");
    assert_eq!(agent.connections(), 0);
}
