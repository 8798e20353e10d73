//! One search for all, early enough, and again when the service no longer takes the token.

use futures_util::future::join_all;
use storage_testkit::Gate;
use storage_testkit::server::Step;

use super::*;

/// Asks with as many tasks at once.
async fn ask(place: &Place, chain: &CredentialChain, tasks: usize) -> Vec<String> {
    let asked = join_all((0..tasks).map(|_| place.get(chain))).await;
    asked.into_iter().map(|it| it.unwrap().token.expose().clone()).collect()
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_at_the_end_are_one_request() {
    let server =
        Server::start(Script::queue([token("T-1", 60), token("T-2", 60), token("T-3", 60)])).await.unwrap();
    let place = Place::new();
    let chain = place.chain(application(&server));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "T-1"));
    place.runtime.advance(Duration::from_secs(53 * 60));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "T-1"));
    assert_eq!(server.requests().len(), 1);
    // Past the end of the old one everybody waits for one request.
    place.runtime.advance(Duration::from_secs(7 * 60));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "T-2"));
    assert_eq!(server.requests().len(), 2);
    // Shortly before, one asks and the others go on with the old one.
    place.runtime.advance(Duration::from_secs(56 * 60));
    let found = ask(&place, &chain, 1000).await;
    assert_eq!(found.iter().filter(|it| *it == "T-3").count(), 1);
    assert_eq!(found.iter().filter(|it| *it == "T-2").count(), 999);
    server.assert_done();
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_share_one_failure() {
    let server = Server::start(Script::queue([refusal(401, 7_000_222), token("T", 60)])).await.unwrap();
    let place = Place::new();
    let chain = place.chain(application(&server));
    let asked = join_all((0..1000).map(|_| place.get(&chain))).await;
    for error in asked.into_iter().map(Result::unwrap_err) {
        // Those who waited for the search of another are told the same.
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(error.to_string().contains("`client_secret` has ended"), "{error}");
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(place.get(&chain).await.unwrap().token.expose(), "T");
}

#[tokio::test]
async fn fault_133_the_old_token_is_good_while_a_new_one_can_not_be_had() {
    let answers =
        [token("T-1", 60), Answer::new(400), Answer::json(200, "{}"), Answer::new(400), token("T-2", 60)];
    let server = Server::start(Script::queue(answers)).await.unwrap();
    let place = Place::new();
    let chain = place.chain(application(&server));
    place.get(&chain).await.unwrap();
    for minutes in [28, 28, 1] {
        place.runtime.advance(Duration::from_secs(minutes * 60));
        assert_eq!(place.get(&chain).await.unwrap().token.expose(), "T-1");
    }
    assert_eq!(server.requests().len(), 3);
    place.runtime.advance(Duration::from_secs(3 * 60));
    assert_eq!(place.get(&chain).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(place.get(&chain).await.unwrap().token.expose(), "T-2");
    server.assert_done();
}

#[tokio::test]
async fn a_search_that_is_dropped_leaves_nothing_behind() {
    let gate = Gate::new();
    let hanging = Answer::steps([Step::ReadBody, Step::Wait(gate)]);
    let server = Server::start(Script::queue([hanging, token("T", 60)])).await.unwrap();
    let place = Place::new();
    let chain = Arc::new(place.chain(application(&server)));
    let (client, now) = (place.client.clone(), place.runtime.now());
    let waiting = tokio::spawn({
        let chain = Arc::clone(&chain);
        async move { chain.get(&client, now).await }
    });
    server.wait_for_requests(1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(place.get(&chain).await.unwrap().token.expose(), "T");
}

#[tokio::test]
async fn fault_134_two_chains_never_cross() {
    let place = Place::new();
    let answering = |name: &'static str| Server::start(Script::function(move |_| token(name, 60)));
    let (first, second) = (answering("A").await.unwrap(), answering("B").await.unwrap());
    let (a, b) = (place.chain(application(&first)), place.chain(application(&second)));
    for turn in 0..1000 {
        let (one, other) = tokio::join!(place.get(&a), place.get(&b));
        assert_eq!(
            (one.unwrap().token.expose().as_str(), other.unwrap().token.expose().as_str()),
            ("A", "B")
        );
        if turn % 100 == 0 {
            place.runtime.advance(Duration::from_secs(11));
            assert!(a.forget() && b.forget());
        }
    }
}

#[tokio::test]
async fn the_time_that_counts_is_that_of_the_service() {
    let server =
        Server::start(Script::queue([machine_token("T", 60), machine_token("T", 60)])).await.unwrap();
    let place = Place::new();
    let settings = CredentialSettings {
        identity_endpoint: Some(server.url()),
        identity_header: Some(Secret::from("h")),
        ..nothing()
    };
    let chain = place.chain(settings);
    let error = chain.get(&place.client, minutes_later(61)).await.unwrap_err();
    assert!(causes(&error).contains("has ended already"), "{}", causes(&error));
    assert!(chain.get(&place.client, minutes_later(30)).await.is_ok());
}
