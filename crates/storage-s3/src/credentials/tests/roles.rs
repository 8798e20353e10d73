//! Roles and sessions: STS and the single sign-on.

use storage_core::Secret;

use super::*;

const HOUR: &str = "2026-01-01T01:00:00Z";

fn web(place: &Place, server: &Server) -> CredentialSettings {
    place.write("token", "canary.jwt-x_y\n");
    CredentialSettings {
        role_arn: Some("arn:aws:iam::123456789012:role/Some+Role".to_owned()),
        web_identity_token_file: Some(place.home.path().join("token")),
        sts_endpoint: Some(server.url()),
        ..place.settings()
    }
}

#[tokio::test]
async fn a_web_identity_is_exchanged_without_a_signature() {
    let answer = keys_xml("AssumeRoleWithWebIdentity", "AK-WEB", HOUR);
    let server = Server::start(Script::queue([answer])).await.unwrap();
    let place = Place::new();
    let settings =
        CredentialSettings { role_session_name: Some("me@here".to_owned()), ..web(&place, &server) };
    let found = place.find(settings).await.unwrap();
    assert_eq!((found.access_key_id.as_str(), found.source), ("AK-WEB", "web identity"));
    assert_eq!(found.secret_access_key.expose(), "canary-s");
    assert_eq!(found.session_token.as_ref().unwrap().expose(), "canary-t");
    assert_eq!(found.expires, Some(minutes_later(60).0));
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target_text().as_str()), ("POST", "/"));
    assert!(request.header("authorization").is_none());
    assert_eq!(
        body(request),
        "Version=2011-06-15&Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F\
         Some%2BRole&RoleSessionName=me%40here&WebIdentityToken=canary.jwt-x_y"
    );
}

#[tokio::test]
async fn a_role_is_taken_on_with_the_given_keys() {
    let server = Server::start(Script::queue([keys_xml("AssumeRole", "AK-ROLE", HOUR)])).await.unwrap();
    let place = Place::new();
    let settings = CredentialSettings {
        access_key_id: Some("AK-GIVEN".to_owned()),
        secret_access_key: Some(Secret::from("canary-given")),
        session_token: Some(Secret::from("session")),
        role_arn: Some("arn".to_owned()),
        external_id: Some("e x".to_owned()),
        sts_endpoint: Some(server.url()),
        sts_region: Some("eu-west-3".to_owned()),
        ..place.settings()
    };
    let chain = place.chain(settings);
    let found = place.get(&chain).await.unwrap();
    assert_eq!((found.access_key_id.as_str(), found.source), ("AK-ROLE", "role"));
    assert!(!format!("{chain:?} {found:?}").contains(CANARY));
    let request = &server.requests()[0];
    let authorization = request.header("authorization").unwrap();
    assert!(
        authorization
            .starts_with("AWS4-HMAC-SHA256 Credential=AK-GIVEN/20260101/eu-west-3/sts/aws4_request, "),
        "{authorization}"
    );
    assert_eq!(request.header("x-amz-security-token"), Some("session"));
    assert_eq!(request.header("x-amz-date"), Some("20260101T000000Z"));
    assert_eq!(
        body(request),
        "Version=2011-06-15&Action=AssumeRole&RoleArn=arn&RoleSessionName=storage-1767225600&ExternalId=e%20x"
    );
}

#[tokio::test]
async fn roles_of_profiles_are_taken_on_one_with_the_keys_of_the_other() {
    let answers = [keys_xml("AssumeRole", "AK-B", HOUR), keys_xml("AssumeRole", "AK-A", HOUR)];
    let server = Server::start(Script::queue(answers)).await.unwrap();
    let place = Place::new();
    place.write(
        ".aws/config",
        "[profile a]\nrole_arn=A\nsource_profile=b\nregion=eu-1\nduration_seconds=900\n\
         [profile b]\nrole_arn=B\nsource_profile=c\nregion=eu-2\n\
         [profile c]\naws_access_key_id=AK-C\naws_secret_access_key=canary\n",
    );
    let settings = CredentialSettings {
        profile: Some("a".to_owned()),
        sts_endpoint: Some(server.url()),
        ..place.settings()
    };
    assert_eq!(place.find(settings).await.unwrap().access_key_id, "AK-A");
    let requests = server.requests();
    for (request, key, role) in
        [(&requests[0], "AK-C/20260101/eu-2", "B"), (&requests[1], "AK-B/20260101/eu-1", "A")]
    {
        assert!(request.header("authorization").unwrap().contains(&format!("Credential={key}/sts/")));
        assert!(body(request).contains(&format!("&RoleArn={role}&")));
    }
    assert_eq!(requests[1].header("x-amz-security-token"), Some("canary-t"));
    assert!(body(&requests[1]).contains("&DurationSeconds=900"));
}

#[tokio::test]
async fn a_profile_takes_its_keys_from_the_machine_or_the_container() {
    let server = Server::start(Script::function(|request| match request.path().as_str() {
        "/container" => keys_json("AK-CONTAINER", 60),
        "/latest/api/token" => Answer::new(200).body("token"),
        "/latest/meta-data/iam/security-credentials/" => Answer::new(200).body("role"),
        "/latest/meta-data/iam/security-credentials/role" => keys_json("AK-MACHINE", 60),
        _ => keys_xml("AssumeRole", "AK-ROLE", HOUR),
    }))
    .await
    .unwrap();
    let place = Place::new();
    place.write(
        ".aws/config",
        "[profile m]\nrole_arn=M\ncredential_source=Ec2InstanceMetadata\n\
         [profile c]\nrole_arn=C\ncredential_source=EcsContainer\n\
         [profile e]\nrole_arn=E\ncredential_source=Environment\n",
    );
    let settings = |name: &str| CredentialSettings {
        profile: Some(name.to_owned()),
        sts_endpoint: Some(server.url()),
        container_full_uri: Some(format!("{}/container", server.url())),
        imds_endpoint: Some(server.url()),
        imds_disabled: false,
        ..place.settings()
    };
    for (name, key) in [("m", "AK-MACHINE"), ("c", "AK-CONTAINER")] {
        assert_eq!(place.find(settings(name)).await.unwrap().access_key_id, "AK-ROLE");
        let last = server.requests().pop().unwrap();
        assert!(last.header("authorization").unwrap().contains(&format!("Credential={key}/")));
    }
    let (_, text) = place.fail(settings("e")).await;
    assert!(text.contains("takes its keys from the environment, which has none"), "{text}");
    let (_, text) = place.fail(CredentialSettings { imds_disabled: true, ..settings("m") }).await;
    assert!(
        text.contains(
            "the profile `m` takes its keys from its `credential_source`, and there are none: switched off"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn what_sts_refuses_is_told_by_its_code() {
    let refusal = |status, code: &str, message: &str| {
        Answer::xml(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            ),
        )
    };
    for (answer, kind, want) in [
        (
            refusal(400, "ExpiredTokenException", "canary"),
            ErrorKind::Unauthenticated,
            "(s3 400 ExpiredTokenException)",
        ),
        (
            refusal(400, "InvalidIdentityToken", "canary"),
            ErrorKind::Unauthenticated,
            "does not take the key or token",
        ),
        (
            refusal(403, "SignatureDoesNotMatch", "canary"),
            ErrorKind::Unauthenticated,
            "does not take the key",
        ),
        (
            refusal(403, "AccessDenied", "not authorized to perform: sts:X"),
            ErrorKind::PermissionDenied,
            "not authorized to perform: sts:X (s3 403 AccessDenied)",
        ),
        (
            refusal(400, "ValidationError", "canary"),
            ErrorKind::Configuration,
            "refuses the request (s3 400 ValidationError)",
        ),
        (refusal(400, "<canary>", "canary"), ErrorKind::Configuration, "(s3 400)"),
        (Answer::new(404).body("<html>canary"), ErrorKind::Configuration, "(s3 404)"),
    ] {
        let server = Server::start(Script::queue([answer.clone(), answer])).await.unwrap();
        let place = Place::new();
        let (found, text) = place.fail(web(&place, &server)).await;
        assert_eq!(found, kind, "{text}");
        assert!(text.contains(want), "{text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_139_what_sts_should_not_say_is_an_error() {
    let call = "AssumeRoleWithWebIdentity";
    let html = Answer::new(200).header("content-type", "text/html").body("<html><body>canary</body></html>");
    for (answer, want) in [
        (html, "is HTML"),
        (Answer::new(200), ""),
        (Answer::xml(200, "<AssumeRoleWithWebIdentityResponse>"), ""),
        (keys_xml("AssumeRole", "canary", HOUR), "AssumeRoleResponse"),
        (keys_xml(call, "", HOUR), "`AccessKeyId` is empty"),
        (keys_xml(call, "canary x", HOUR), "`AccessKeyId` is empty or holds blanks"),
        (keys_xml(call, "canary", "0"), "`Expiration` is no time"),
        (keys_xml(call, "canary", ""), "`Expiration` is no time"),
        (keys_xml(call, "canary", "9223372036854775808"), "`Expiration` is no time"),
        (keys_xml(call, "canary", "1970-01-01T00:00:00Z"), "have ended already"),
        (keys_xml(call, "canary", "1969-01-01T00:00:00Z"), "`Expiration` is no time"),
        (keys_xml(call, "canary", "2026-01-01T00:00:00Z"), "have ended already"),
        (Answer::xml(200, format!("<a>{}</a>", "canary".repeat(20_000))), "far too long"),
    ] {
        let server = Server::start(Script::queue([answer.clone(), answer])).await.unwrap();
        let place = Place::new();
        let (kind, text) = place.fail(web(&place, &server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains(want), "{want}: {text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn a_region_names_no_host() {
    let place = Place::new();
    place.write("token", "canary");
    for region in ["evil.example.com/", "eu-1.evil", "x@y", "-a", "EU", "eu 1"] {
        let settings = CredentialSettings {
            role_arn: Some("arn".to_owned()),
            web_identity_token_file: Some(place.home.path().join("token")),
            sts_region: Some(region.to_owned()),
            ..place.settings()
        };
        let (kind, text) = place.fail(settings).await;
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(text.contains("is no region of AWS"), "{text}");
    }
}

/// A profile that signs on, and the file that signing on leaves.
fn signed_on(place: &Place, server: &Server, ends: &str) -> CredentialSettings {
    place.write(
        ".aws/config",
        "[profile dev]\nsso_session=work\nsso_account_id=123456789012\nsso_role_name=Read+Only\n\
         [sso-session work]\nsso_region=eu-1\nsso_start_url=https://example.awsapps.com/start\n",
    );
    // The SHA-1 of `work`.
    place.write(
        ".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json",
        &format!(
            r#"{{"accessToken":"canary-sso","expiresAt":"{ends}","region":"evil","startUrl":"http://evil"}}"#
        ),
    );
    CredentialSettings {
        profile: Some("dev".to_owned()),
        sso_endpoint: Some(server.url()),
        ..place.settings()
    }
}

fn granted(expiration: &str) -> Answer {
    Answer::json(
        200,
        format!(
            r#"{{"roleCredentials":{{"accessKeyId":"AK-SSO","secretAccessKey":"canary-s","sessionToken":"canary-t","expiration":{expiration}}}}}"#
        ),
    )
}

#[tokio::test]
async fn a_session_of_the_single_sign_on_gives_keys() {
    let server = Server::start(Script::queue([granted("1767229200000")])).await.unwrap();
    let place = Place::new();
    let found = place.find(signed_on(&place, &server, HOUR)).await.unwrap();
    assert_eq!((found.access_key_id.as_str(), found.source), ("AK-SSO", "single sign-on"));
    assert_eq!(found.expires, Some(minutes_later(60).0));
    let lines = server.request_lines();
    assert_eq!(lines, ["GET /federation/credentials?role_name=Read%2BOnly&account_id=123456789012"]);
    assert_eq!(server.requests()[0].header("x-amz-sso_bearer_token"), Some("canary-sso"));
}

#[tokio::test]
async fn a_session_that_is_missing_or_over_says_how_to_sign_on() {
    let advice = "run `aws sso login --profile dev`";
    let server = Server::start(Script::queue([])).await.unwrap();
    let place = Place::new();
    for ends in ["2026-01-01T00:00:00Z", "2025-12-31T23:59:59UTC"] {
        let (kind, text) = place.fail(signed_on(&place, &server, ends)).await;
        assert_eq!(kind, ErrorKind::Unauthenticated);
        assert!(text.contains("the session has ended") && text.contains(advice), "{text}");
    }
    let settings = signed_on(&place, &server, "canary");
    let (kind, text) = place.fail(settings.clone()).await;
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(text.contains("holds no session"), "{text}");
    std::fs::remove_dir_all(place.home.path().join(".aws/sso")).unwrap();
    let (kind, text) = place.fail(settings).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(text.contains("is not signed on") && text.contains(advice), "{text}");
    assert!(server.requests().is_empty());

    let refusal =
        || Answer::json(401, r#"{"message":"canary"}"#).header("x-amzn-errortype", "UnauthorizedException:x");
    let server = Server::start(Script::queue([refusal(), refusal()])).await.unwrap();
    let (kind, text) = place.fail(signed_on(&place, &server, HOUR)).await;
    assert_eq!(kind, ErrorKind::Unauthenticated);
    assert!(text.contains(advice) && text.contains("(s3 401 UnauthorizedException)"), "{text}");
}

#[tokio::test]
async fn fault_139_what_the_portal_should_not_say_is_an_error() {
    for answer in [
        granted("0"),
        granted("-1"),
        granted("1767225600000"),
        granted("9223372036854775807"),
        granted("9223372036854775808"),
        granted("null"),
        granted("\"canary\""),
        Answer::json(200, "{}"),
        Answer::new(200).body("<html>canary</html>"),
    ] {
        let server = Server::start(Script::queue([answer.clone(), answer])).await.unwrap();
        let place = Place::new();
        let (kind, text) = place.fail(signed_on(&place, &server, HOUR)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        server.assert_done();
    }
}
