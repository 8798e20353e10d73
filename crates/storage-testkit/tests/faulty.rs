//! Every effect of the faulty driver does what it says.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use storage_core::{Container, ETag, ErrorKind, GetOptions, ListQuery, ObjectRef, memory};
use storage_testkit::Gate;
use storage_testkit::faulty::{Call, Effect, Faulty, Rule};

async fn open() -> (Faulty, Container) {
    let faulty = Faulty::new(memory::open().shared_driver());
    let container = faulty.storage().container("box").unwrap();
    container.create().await.unwrap();
    container.object("key").unwrap().put("0123456789").await.unwrap();
    (faulty, container)
}

/// Reads the raw body of the driver: what came, and how it ended.
async fn body(faulty: &Faulty, container: &Container, options: &GetOptions) -> (String, Option<ErrorKind>) {
    let object = container.object("key").unwrap();
    let target = ObjectRef::new(container.name(), object.key());
    let mut outcome = storage_core::Driver::get_object(faulty, target, options).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = outcome.body.next().await {
        match piece {
            Ok(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            Err(error) => return (text, Some(error.kind())),
        }
    }
    (text, None)
}

#[tokio::test]
async fn bodies_break_where_they_are_told() {
    let table = [
        (Effect::CutBody(4), "0123", Some(ErrorKind::Truncated)),
        (Effect::CutBody(0), "", Some(ErrorKind::Truncated)),
        (Effect::EndBody(7), "0123456", None),
        (Effect::FailBody(2, ErrorKind::Timeout), "01", Some(ErrorKind::Timeout)),
        (Effect::FlipBit(3), "0122456789", None),
        (Effect::FlipBit(9), "0123456788", None),
        (Effect::FlipBit(10), "0123456789", None),
    ];
    for (effect, want, kind) in table {
        let (faulty, container) = open().await;
        faulty.rule(Rule::on(Call::GetObject).first(1).effect(effect.clone()));
        let got = body(&faulty, &container, &GetOptions::new()).await;
        assert_eq!(got, (want.to_owned(), kind), "{effect:?}");
        assert_eq!(
            body(&faulty, &container, &GetOptions::new()).await.0,
            "0123456789",
            "only the first call"
        );
    }
}

#[tokio::test]
async fn effects_add_up() {
    let (faulty, container) = open().await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::FlipBit(1)).effect(Effect::CutBody(3)));
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::IgnoreRange));
    let got = body(&faulty, &container, &GetOptions::new().range(5..6)).await;
    assert_eq!(got, ("002".to_owned(), Some(ErrorKind::Truncated)));
}

#[tokio::test]
async fn a_body_waits_at_a_gate() {
    let (faulty, container) = open().await;
    let gate = Gate::new();
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::PauseBody(5, gate.clone())));
    let reading = tokio::spawn(async move { body(&faulty, &container, &GetOptions::new()).await });
    gate.arrived(1).await;
    assert!(!reading.is_finished());
    gate.release(1);
    assert_eq!(reading.await.unwrap().0, "0123456789");
}

#[tokio::test]
async fn calls_fail_before_or_behind_the_deed() {
    let (faulty, container) = open().await;
    faulty.rule(Rule::on(Call::PutObject).key("a").effect(Effect::Fail(ErrorKind::Throttled)));
    faulty.rule(Rule::on(Call::PutObject).key("b").effect(Effect::LoseAnswer(ErrorKind::Timeout)));
    for (key, kind, there) in [("a", ErrorKind::Throttled, false), ("b", ErrorKind::Timeout, true)] {
        let object = container.object(key).unwrap();
        assert_eq!(object.put("x").await.unwrap_err().kind(), kind);
        assert_eq!(object.exists().await.unwrap(), there, "{key}");
    }
    faulty.clear_rules();
    container.object("a").unwrap().put("x").await.unwrap();
}

#[tokio::test]
async fn rules_count_their_own_calls() {
    let (faulty, container) = open().await;
    let object = container.object("key").unwrap();
    faulty.rule(Rule::on(Call::HeadObject).nth(2).effect(Effect::Fail(ErrorKind::Io)));
    faulty.rule(Rule::on(Call::HeadObject).from(4).effect(Effect::Fail(ErrorKind::Timeout)));
    let mut kinds = Vec::new();
    for _ in 0..5 {
        kinds.push(object.head().await.err().map(|it| it.kind()));
    }
    assert_eq!(kinds, [None, Some(ErrorKind::Io), None, Some(ErrorKind::Timeout), Some(ErrorKind::Timeout)]);
    assert_eq!(faulty.count(Call::HeadObject), 5);
    assert_eq!(faulty.calls().last().unwrap(), &(Call::HeadObject, Some("key".to_owned())));
    faulty.clear_calls();
    assert_eq!(faulty.count(Call::HeadObject), 0);
}

#[tokio::test]
async fn tags_and_checksums_are_retold() {
    let (faulty, container) = open().await;
    let object = container.object("key").unwrap();
    faulty.rule(Rule::on(Call::HeadObject).nth(1).effect(Effect::ETag(ETag::from("other"))));
    faulty.rule(Rule::on(Call::HeadObject).nth(2).effect(Effect::NoETag));
    faulty.rule(Rule::on(Call::HeadObject).nth(2).effect(Effect::NoChecksums));
    assert_eq!(object.head().await.unwrap().etag.unwrap(), ETag::from("other"));
    let info = object.head().await.unwrap();
    assert!(info.etag.is_none() && info.checksums.is_empty());
    assert!(object.head().await.unwrap().etag.is_some());
}

#[tokio::test]
async fn fault_093_a_listing_that_goes_in_circles_ends() {
    let (faulty, container) = open().await;
    for key in ["a", "b", "c", "d"] {
        container.object(key).unwrap().put("x").await.unwrap();
    }
    faulty.rule(Rule::on(Call::ListObjects).from(2).effect(Effect::LoopPage));
    let listed = container.list().page_size(2).try_collect::<Vec<_>>().await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::ListingLoop);
    assert!(faulty.count(Call::ListObjects) <= 3);
}

#[tokio::test]
async fn fault_095_an_empty_page_is_no_end() {
    let (faulty, container) = open().await;
    for key in ["a", "b", "c"] {
        container.object(key).unwrap().put("x").await.unwrap();
    }
    faulty.rule(Rule::on(Call::ListObjects).nth(2).effect(Effect::EmptyPage));
    let listed: Vec<_> = container.list().page_size(1).try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|it| it.name().as_str()).collect::<Vec<_>>(), ["a", "c", "key"]);
    faulty.rule(Rule::on(Call::ListObjects).effect(Effect::EndPages));
    let query = ListQuery::new().limit(1u32);
    let page = storage_core::Driver::list_objects(&faulty, container.name(), &query).await.unwrap();
    assert!(page.next.is_none());
}

#[tokio::test]
async fn fault_098_a_page_that_fails_is_no_end() {
    let (faulty, container) = open().await;
    for key in ["a", "b", "c"] {
        container.object(key).unwrap().put("x").await.unwrap();
    }
    faulty.rule(Rule::on(Call::ListObjects).from(3).effect(Effect::Fail(ErrorKind::Unavailable)));
    let mut list = container.list().page_size(1);
    let mut seen = Vec::new();
    let error = loop {
        match list.next().await.expect("a failure is told before the end") {
            Ok(entry) => seen.push(entry.name().as_str().to_owned()),
            Err(error) => break error,
        }
    };
    assert_eq!((seen, error.kind()), (vec!["a".to_owned(), "b".to_owned()], ErrorKind::Unavailable));
}
