//! One search for all, early enough, and again when the service no longer takes the keys.

use futures_util::future::join_all;
use storage_testkit::Gate;
use storage_testkit::server::Step;

use super::*;

fn agent(place: &Place, server: &Server) -> CredentialSettings {
    CredentialSettings { container_full_uri: Some(server.url()), ..place.settings() }
}

/// Asks with as many tasks at once.
async fn ask(place: &Place, chain: &CredentialChain, tasks: usize) -> Vec<String> {
    let now = place.runtime.now();
    let asked = (0..tasks).map(|_| chain.get(&place.client, now));
    join_all(asked).await.into_iter().map(|it| it.unwrap().unwrap().access_key_id.clone()).collect()
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_at_the_end_are_one_request() {
    let server =
        Server::start(Script::queue([keys_json("AK-1", 60), keys_json("AK-2", 120), keys_json("AK-3", 180)]))
            .await
            .unwrap();
    let place = Place::new();
    let chain = place.chain(agent(&place, &server));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "AK-1"));
    assert_eq!(server.requests().len(), 1);
    place.runtime.advance(Duration::from_secs(53 * 60));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "AK-1"));
    assert_eq!(server.requests().len(), 1);
    // Past the end of the old ones everybody waits for one request.
    place.runtime.advance(Duration::from_secs(7 * 60));
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "AK-2"));
    assert_eq!(server.requests().len(), 2);
    // Shortly before, one asks and the others go on with the old ones.
    place.runtime.advance(Duration::from_secs(56 * 60));
    let found = ask(&place, &chain, 1000).await;
    assert_eq!(found.iter().filter(|it| *it == "AK-3").count(), 1);
    assert_eq!(found.iter().filter(|it| *it == "AK-2").count(), 999);
    assert!(ask(&place, &chain, 1000).await.iter().all(|it| it == "AK-3"));
    server.assert_done();
}

#[tokio::test]
async fn fault_133_the_old_keys_are_good_while_new_ones_can_not_be_had() {
    let server = Server::start(Script::queue([
        keys_json("AK-1", 60),
        Answer::new(400),
        Answer::json(200, "{}"),
        Answer::new(400),
        keys_json("AK-2", 120),
    ]))
    .await
    .unwrap();
    let place = Place::new();
    let chain = place.chain(agent(&place, &server));
    place.get(&chain).await.unwrap();
    for _ in 0..2 {
        place.runtime.advance(Duration::from_secs(28 * 60));
        assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-1");
    }
    place.runtime.advance(Duration::from_secs(60));
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-1");
    assert_eq!(server.requests().len(), 3);
    place.runtime.advance(Duration::from_secs(3 * 60));
    assert_eq!(place.get(&chain).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-2");
    server.assert_done();
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_share_one_failure() {
    let server = Server::start(Script::queue([Answer::new(400), keys_json("AK", 60)])).await.unwrap();
    let place = Place::new();
    let chain = place.chain(agent(&place, &server));
    let now = place.runtime.now();
    let asked = join_all((0..1000).map(|_| chain.get(&place.client, now))).await;
    assert!(asked.iter().all(|it| it.as_ref().unwrap_err().kind() == ErrorKind::Configuration));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK");
}

#[tokio::test]
async fn a_search_that_is_dropped_leaves_nothing_behind() {
    let gate = Gate::new();
    let hanging = Answer::steps([Step::ReadBody, Step::Wait(gate)]);
    let server = Server::start(Script::queue([hanging, keys_json("AK", 60)])).await.unwrap();
    let place = Place::new();
    let chain = Arc::new(place.chain(agent(&place, &server)));
    let (client, now) = (place.client.clone(), place.runtime.now());
    let waiting = tokio::spawn({
        let chain = Arc::clone(&chain);
        async move { chain.get(&client, now).await }
    });
    server.wait_for_requests(1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK");
}

#[tokio::test]
async fn forgotten_keys_are_read_anew() {
    let place = Place::new();
    let file = |id: &str| format!("[default]\naws_access_key_id={id}\naws_secret_access_key=s\n");
    place.write(".aws/credentials", &file("AK-1"));
    let chain = place.chain(place.settings());
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-1");
    place.write(".aws/credentials", &file("AK-2"));
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-1");
    // What was found just now is not what the service refused.
    place.runtime.advance(Duration::from_secs(60));
    assert!(chain.forget());
    assert_eq!(place.get(&chain).await.unwrap().access_key_id, "AK-2");
}

#[tokio::test]
async fn fault_134_two_chains_never_cross() {
    let place = Place::new();
    place.write(
        ".aws/credentials",
        "[a]\naws_access_key_id=A\naws_secret_access_key=a\n[b]\naws_access_key_id=B\naws_secret_access_key=b\n",
    );
    let chain =
        |name: &str| place.chain(CredentialSettings { profile: Some(name.to_owned()), ..place.settings() });
    let (a, b) = (chain("a"), chain("b"));
    for turn in 0..1000 {
        let (first, second) = tokio::join!(place.get(&a), place.get(&b));
        assert_eq!(first.unwrap().access_key_id, "A");
        assert_eq!(second.unwrap().access_key_id, "B");
        if turn % 100 == 0 {
            assert!(a.forget() && b.forget());
        }
    }
}

#[tokio::test]
async fn the_time_that_counts_is_that_of_the_service() {
    let server = Server::start(Script::queue([keys_json("AK", 60), keys_json("AK", 60)])).await.unwrap();
    let place = Place::new();
    let chain = place.chain(agent(&place, &server));
    let late = minutes_later(61).0;
    let error = chain.get(&place.client, late).await.unwrap_err();
    assert!(causes(&error).contains("have ended already"), "{}", causes(&error));
    assert!(chain.get(&place.client, late - Duration::from_secs(1800)).await.is_ok());
}
