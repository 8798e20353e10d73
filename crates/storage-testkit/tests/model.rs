//! The model finds a difference where there is one, and none where there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage_core::{ErrorKind, memory};
use storage_testkit::faulty::{Call, Effect, Faulty, Rule};
use storage_testkit::model::{compare, steps};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn two_memory_stores_never_differ() {
    let runtime = runtime();
    let mut runner = TestRunner::new(Config::with_cases(200));
    runner
        .run(&steps(30), |steps| {
            let compared = runtime.block_on(compare(&memory::open(), "one", &memory::open(), "two", &steps));
            compared.map_err(|failure| TestCaseError::fail(failure.to_string()))
        })
        .unwrap();
}

#[test]
fn a_store_that_differs_is_found() {
    let broken = [
        Rule::on(Call::DeleteObject).effect(Effect::Fail(ErrorKind::ObjectNotFound)),
        Rule::on(Call::GetObject).effect(Effect::FlipBit(0)),
        Rule::on(Call::GetObject).effect(Effect::IgnoreRange),
        Rule::on(Call::ListObjects).effect(Effect::EndPages),
        Rule::on(Call::CopyObject).effect(Effect::LoseAnswer(ErrorKind::Unavailable)),
    ];
    let runtime = runtime();
    for rule in broken {
        let mut runner = TestRunner::new(Config { max_shrink_iters: 0, ..Config::with_cases(200) });
        let found = runner.run(&steps(30), |steps| {
            let faulty = Faulty::new(memory::open().shared_driver());
            faulty.rule(rule.clone());
            let compared =
                runtime.block_on(compare(&faulty.storage(), "broken", &memory::open(), "model", &steps));
            compared.map_err(|failure| TestCaseError::fail(failure.to_string()))
        });
        assert!(found.is_err(), "{rule:?}");
    }
}
