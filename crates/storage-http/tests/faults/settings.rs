//! Settings that are odd, or can't be used.

use std::time::Duration;

use serde::Deserialize as _;
use serde::de::value::{Error, MapDeserializer};
use storage_core::{ErrorKind, TokioRuntime};
use storage_http::{Client, HttpConfig};
use storage_testkit::server::{Answer, Script};

use crate::plain::{CANARY, client, config, fetch, get, serve};
use storage_testkit::QuickRuntime as Quick;

fn read(key: &str, value: &str) -> Result<HttpConfig, Error> {
    HttpConfig::deserialize(MapDeserializer::new([(key, value)].into_iter()))
}

#[test]
fn times_are_seconds_or_have_a_unit() {
    for (text, ms) in [
        ("20", 20_000),
        ("0.5", 500),
        ("500ms", 500),
        ("3s", 3_000),
        (" 3 S ", 3_000),
        ("5m", 300_000),
        ("2h", 7_200_000),
    ] {
        let wanted = Duration::from_millis(ms);
        assert_eq!(read("connect_timeout", text).unwrap().connect_timeout, wanted, "{text}");
        assert_eq!(read("deadline", text).unwrap().deadline, Some(wanted), "{text}");
    }
}

#[test]
fn fault_175_other_times_are_refused_without_being_shown() {
    for text in
        ["", "0", "0ms", "-1", "inf", "nan", "ms", "5d", "5 m s", "1e300", "99999999999999999999h", CANARY]
    {
        for key in ["connect_timeout", "answer_timeout", "stall_timeout", "deadline", "max_backoff"] {
            let error = read(key, text).expect_err(text).to_string();
            assert_eq!(error, "must be a time such as `20`, `500ms` or `5m`");
        }
    }
}

#[test]
fn fault_175_settings_that_can_not_be_used_are_named_and_not_shown() {
    let mut few = config();
    few.max_attempts = 0;
    let mut many = config();
    many.max_attempts = 101;
    let mut name = config();
    name.user_agent = Some(format!("{CANARY}\r\nx-evil: 1"));
    for (config, key) in [(few, "max_attempts"), (many, "max_attempts"), (name, "user_agent")] {
        let error = Client::new(config, std::sync::Arc::new(TokioRuntime)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(key) && !format!("{error:?}").contains(CANARY), "{error}");
    }
}

#[tokio::test]
async fn times_without_end_are_no_trouble() {
    let (_server, endpoint) = serve(Script::function(|_| Answer::new(200).body("content"))).await;
    let mut config = config();
    config.connect_timeout = Duration::MAX;
    config.answer_timeout = Duration::MAX;
    config.stall_timeout = Duration::MAX;
    config.idle_timeout = Duration::MAX;
    config.max_backoff = Duration::MAX;
    config.deadline = Some(Duration::MAX);
    let client = client(config, &TokioRuntime);
    for _ in 0..2 {
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
    }
}

#[tokio::test]
async fn the_user_agent_is_ours_and_then_the_users() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(200))).await;
    let mut named = config();
    named.user_agent = Some("backup/7".to_owned());
    let own = concat!("storage/", env!("CARGO_PKG_VERSION"));
    for (config, want) in [(config(), own.to_owned()), (named, format!("{own} backup/7"))] {
        fetch(&client(config, &Quick::fixed(0)), get(&endpoint, "/a")).await.unwrap();
        assert_eq!(server.requests().last().unwrap().header("user-agent"), Some(&*want));
    }
}
