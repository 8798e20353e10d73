//! Many deletes in one request.

use futures_util::stream;
use storage_core::groups::DeleteTarget;
use storage_core::{ErrorKind, Key, Result};
use storage_testkit::server::{Answer, Fault};

use crate::scripted::{ATTEMPTS, Service, batch, failed, parts, place, service};

/// Deletes keys, and returns what became of each.
async fn delete(service: &Service, keys: &[&str]) -> Vec<(String, Result<()>)> {
    let targets: Vec<_> = keys.iter().map(|it| DeleteTarget::new(Key::parse(*it).unwrap())).collect();
    let mut deletes = service.container().delete_many(stream::iter(targets));
    let mut results = Vec::new();
    while let Some(it) = deletes.next().await {
        results.push((it.key.as_str().to_owned(), it.result));
    }
    results
}

fn told(results: &[(String, Result<()>)], at: usize) -> Option<(ErrorKind, Option<&str>)> {
    results[at].1.as_ref().err().map(|it| (it.kind(), it.key()))
}

#[tokio::test]
async fn fault_092_pitfall_16_each_object_has_its_own_answer() {
    // Errors have no id, so that their place tells whose they are; what is not there is as good as deleted.
    let answers = [
        (202, ""),
        (403, "AuthorizationPermissionMismatch"),
        (404, "BlobNotFound"),
        (409, "SnapshotsPresent"),
        (503, "ServerBusy"),
        (404, "ContainerNotFound"),
        (202, ""),
    ];
    let service = Service::queue([batch(&answers)]).await;
    let keys = ["a", "b", "c", "d", "e", "f", "g"];
    let results = delete(&service, &keys).await;
    assert_eq!(results.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), keys);
    assert_eq!(told(&results, 0), None);
    assert_eq!(told(&results, 1), Some((ErrorKind::PermissionDenied, Some("b"))));
    assert_eq!(told(&results, 2), None);
    assert_eq!(told(&results, 3), Some((ErrorKind::PreconditionFailed, Some("d"))));
    assert_eq!(told(&results, 4), Some((ErrorKind::Throttled, Some("e"))));
    assert_eq!(told(&results, 5), Some((ErrorKind::ContainerNotFound, Some("f"))));
    assert_eq!(told(&results, 6), None);
    assert!(results[4].1.as_ref().unwrap_err().is_retryable());
    service.assert_seen(&["batch"]);
}

#[tokio::test]
async fn pitfall_16_a_batch_is_written_by_the_letter() {
    let service = Service::calls(|_, _, _| None).await;
    assert!(delete(&service, &["a b", "ü/x", "c"]).await.iter().all(|it| it.1.is_ok()));
    let sent = &service.requests()[0];
    assert_eq!(sent.target_text(), "/acct/bucket?comp=batch&restype=container");
    let kind = sent.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/mixed; boundary=").unwrap();
    assert!(!boundary.contains('='), "{boundary}");
    let body = String::from_utf8(sent.body.to_vec()).unwrap();
    // No line in front of the first boundary, one blank behind each colon, no version inside.
    assert!(body.starts_with(&format!("--{boundary}\r\n")), "{body}");
    assert!(body.ends_with(&format!("--{boundary}--\r\n")), "{body}");
    assert!(!body.contains("x-ms-version") && !body.replace("\r\n", "").contains('\n'));
    let inside = parts(sent);
    let lines: Vec<_> = inside.iter().map(|it| it.lines().next().unwrap()).collect();
    let want = ["/acct/bucket/a%20b", "/acct/bucket/%C3%BC/x", "/acct/bucket/c"];
    assert_eq!(lines, want.map(|it| format!("DELETE {it} HTTP/1.1")));
    for part in &inside {
        assert!(part.contains("x-ms-date: ") && part.contains("Authorization: SharedKey acct:"), "{part}");
        assert!(part.contains("Content-Length: 0"), "{part}");
    }
    assert!(sent.header("authorization").unwrap().starts_with("SharedKey acct:"));
}

#[tokio::test]
async fn fault_092_an_answer_that_is_missing_is_no_success() {
    for (answers, missing) in [
        (batch(&[(202, ""), (202, "")]), vec![2]),
        // The one in the middle is left out, which its neighbours' ids show.
        (
            Answer::new(202).header("content-type", "multipart/mixed; boundary=b").body(
                "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n\
                 --b\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\nHTTP/1.1 202 Accepted\r\n--b--\r\n",
            ),
            vec![1],
        ),
        // Ids that nobody gave.
        (
            Answer::new(202).header("content-type", "multipart/mixed; boundary=b").body(
                "--b\r\nContent-Type: application/http\r\nContent-ID: 7\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n--b--\r\n",
            ),
            vec![0, 1, 2],
        ),
    ] {
        let service = Service::queue([answers]).await;
        let results = delete(&service, &["a", "b", "c"]).await;
        for (at, key) in ["a", "b", "c"].into_iter().enumerate() {
            let want = missing.contains(&at).then_some((ErrorKind::UnexpectedResponse, Some(key)));
            assert_eq!(told(&results, at), want, "{missing:?}");
        }
        service.assert_seen(&["batch"]);
    }
}

#[tokio::test]
async fn fault_092_pitfall_16_a_batch_that_was_not_understood_is_a_success_of_none() {
    let one = batch(&[(400, "InvalidInput")]);
    let service = Service::queue([one]).await;
    let results = delete(&service, &["a", "b", "c"]).await;
    for (at, key) in ["a", "b", "c"].into_iter().enumerate() {
        assert_eq!(told(&results, at), Some((ErrorKind::InvalidInput, Some(key))));
    }
    service.assert_seen(&["batch"]);
}

#[tokio::test]
async fn fault_092_what_is_no_answer_to_a_batch_is_asked_for_again_and_told() {
    let good = || batch(&[(202, ""), (202, "")]);
    for answer in [
        good().fault(Fault::HtmlBody),
        good().fault(Fault::EmptyBody),
        good().fault(Fault::BinaryBody),
        good().fault(Fault::DropHeader("content-type")),
        batch(&[(202, ""), (202, ""), (202, "")]),
        Answer::new(202),
    ] {
        let shown = format!("{answer:?}");
        let always = answer.clone();
        let service = Service::calls(move |_, _, _| Some(always.clone())).await;
        let results = delete(&service, &["a", "b"]).await;
        assert_eq!(results.len(), 2);
        for (_, result) in results {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::UnexpectedResponse, "{shown}");
        }
        assert_eq!(service.seen(), ["batch"; ATTEMPTS], "{shown}");
        // Deletes are the same twice.
        let service = Service::calls(move |_, before, _| (before == 0).then(|| answer.clone())).await;
        assert!(delete(&service, &["a", "b"]).await.iter().all(|it| it.1.is_ok()), "{shown}");
    }
    for (answer, kind) in [
        (failed(403, "AuthorizationFailure"), ErrorKind::PermissionDenied),
        (failed(404, "ContainerNotFound"), ErrorKind::ContainerNotFound),
    ] {
        let service = Service::queue([answer]).await;
        for (_, result) in delete(&service, &["a", "b"]).await {
            assert_eq!(result.unwrap_err().kind(), kind);
        }
        service.assert_seen(&["batch"]);
    }
}

#[tokio::test]
async fn fault_044_an_object_that_came_after_stays() {
    let service = Service::queue([batch(&[(412, "ConditionNotMet"), (404, "BlobNotFound")])]).await;
    let mut targets = ["a", "b"].map(|it| DeleteTarget::new(Key::parse(it).unwrap()));
    for target in &mut targets {
        target.if_match = Some("\"e1\"".into());
    }
    let mut deletes = service.container().delete_many(stream::iter(targets));
    while let Some(it) = deletes.next().await {
        assert_eq!(it.result.unwrap_err().kind(), ErrorKind::PreconditionFailed, "{}", it.key.as_str());
    }
    let sent = parts(&service.requests()[0]);
    assert!(sent.iter().all(|it| it.contains("If-Match: \"e1\"")), "{sent:?}");
}

#[tokio::test]
async fn fault_092_more_than_256_go_in_several() {
    let service = Service::calls(|_, _, _| None).await;
    let keys: Vec<String> = (0..300).map(|it| format!("k{it}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let results = delete(&service, &keys).await;
    assert!(results.iter().all(|it| it.1.is_ok()));
    let counts: Vec<_> = service.requests().iter().map(|it| parts(it).len()).collect();
    assert_eq!((counts.iter().sum::<usize>(), counts.iter().max()), (300, Some(&256)));
}

#[tokio::test]
async fn pitfall_16_every_part_shows_the_credentials_of_its_kind() {
    for what in ["sas", "bearer"] {
        let server = storage_testkit::server::Server::start(service(|_, _, _| None)).await.unwrap();
        let config = match what {
            "sas" => place(&server.url()).sas_token("sv=2025-11-05&sig=a%2Bb"),
            _ => place(&server.url()).bearer_token("a-token"),
        };
        let container = crate::scripted::open(config).container("bucket").unwrap();
        let key: DeleteTarget = Key::parse("k").unwrap().into();
        let mut deletes = container.delete_many(stream::iter([key]));
        deletes.next().await.unwrap().result.unwrap();
        let inside = parts(&server.requests()[0]).remove(0);
        match what {
            "sas" => assert!(
                inside.starts_with("DELETE /acct/bucket/k?sv=2025-11-05&sig=a%2Bb HTTP/1.1"),
                "{inside}"
            ),
            _ => assert!(inside.contains("Authorization: Bearer a-token"), "{inside}"),
        }
    }
}
