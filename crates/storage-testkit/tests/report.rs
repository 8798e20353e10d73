//! The report tells what passed, failed, was skipped or known, and is green only when it may be.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use storage_core::{ErrorKind, Result, Storage, memory};
use storage_testkit::conformance::{self, Harness, KnownFailures, Status};
use storage_testkit::faulty::{Call, Effect, Faulty, Rule};

struct Sick {
    rule: Option<Rule>,
    known: &'static str,
}

#[async_trait::async_trait]
impl Harness for Sick {
    fn name(&self) -> &str {
        "sick"
    }

    async fn open(&self) -> Result<Storage> {
        let faulty = Faulty::new(memory::open().shared_driver());
        self.rule.iter().for_each(|rule| faulty.rule(rule.clone()));
        Ok(Storage::new(Arc::new(faulty)))
    }

    fn known_failures(&self) -> KnownFailures {
        KnownFailures::parse(self.known, "sick").unwrap()
    }
}

const KNOWN: &str = r#"
[[known_failure]]
server = "sick"
case = "delete/missing_succeeds"
reason = "it answers 404"
control = { client = "curl 8", evidence = "DELETE answers 404" }

[[known_failure]]
server = "healthy"
case = "delete/one"
reason = "another server"
control = { client = "curl 8", evidence = "DELETE answers 500" }
"#;

fn broken_delete() -> Option<Rule> {
    Some(Rule::on(Call::DeleteObject).key("never/was/there").effect(Effect::Fail(ErrorKind::ObjectNotFound)))
}

fn status<'a>(report: &'a conformance::Report, case: &str) -> &'a Status {
    &report.results.iter().find(|it| it.case == case).unwrap().status
}

#[tokio::test]
async fn a_failure_is_red_and_says_where() {
    let report = conformance::run_matching(Sick { rule: broken_delete(), known: "" }, "delete/").await;
    assert_eq!(report.failed(), ["delete/missing_succeeds"]);
    assert!(!report.is_green());
    let text = report.to_string();
    assert!(text.contains("FAILED          delete/missing_succeeds: unexpected ObjectNotFound"), "{text}");
    assert!(
        text.contains("delete.rs:")
            && text.contains("promised: Deleting an object that is not there succeeds.")
    );
    assert!(std::panic::catch_unwind(|| report.assert_green()).is_err());
}

#[tokio::test]
async fn a_known_failure_is_green_and_an_unexpected_pass_is_not() {
    let report = conformance::run_matching(Sick { rule: broken_delete(), known: KNOWN }, "delete/").await;
    assert!(matches!(status(&report, "delete/missing_succeeds"), Status::KnownFailure { .. }));
    assert_eq!(status(&report, "delete/one"), &Status::Passed, "entries of other servers do not count");
    report.assert_green();
    let report = conformance::run_matching(Sick { rule: None, known: KNOWN }, "delete/").await;
    assert!(matches!(status(&report, "delete/missing_succeeds"), Status::UnexpectedPass { .. }));
    assert!(!report.is_green());
}

#[tokio::test]
async fn what_is_skipped_is_told_with_the_reason() {
    let report = conformance::run_matching(Sick { rule: None, known: "" }, "versions/").await;
    assert!(report.to_string().contains("skipped         versions/on: the driver has no versions"));
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["results"][0]["status"], "skipped");
    assert_eq!(json["results"][0]["case"], "versions/on");
    assert_eq!(json["server"], "sick");
}

#[tokio::test]
async fn a_filter_that_fits_nothing_is_red() {
    let report = conformance::run_matching(Sick { rule: None, known: "" }, "no such case").await;
    assert!(report.results.is_empty() && !report.is_green());
    assert!(std::panic::catch_unwind(|| report.assert_green()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_case_that_hangs_fails() {
    let rule = Rule::on(Call::HeadObject).effect(Effect::Wait(storage_testkit::Gate::new()));
    let report = conformance::run_matching(Sick { rule: Some(rule), known: "" }, "head/tells_all").await;
    let Status::Failed { message } = status(&report, "head/tells_all") else { panic!("{report}") };
    assert!(message.starts_with("hung"), "{message}");
}

#[test]
fn entries_that_prove_nothing_are_refused() {
    let bad = [
        KNOWN.replace("curl 8", " "),
        KNOWN.replace("DELETE answers 404", ""),
        KNOWN.replace("it answers 404", ""),
        KNOWN.replace("delete/missing_succeeds", "delete/mising_succeeds"),
        KNOWN.replace("control = { client = \"curl 8\", evidence = \"DELETE answers 404\" }", ""),
        KNOWN.replace("reason", "raeson"),
        format!("{KNOWN}{KNOWN}"),
    ];
    for text in bad {
        let error = KnownFailures::parse(&text, "sick").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{text}");
    }
    let error = KnownFailures::parse(&KNOWN.replace("missing_succ", "mising_succ"), "sick").unwrap_err();
    assert!(error.to_string().contains("did you mean `delete/missing_succeeds`"), "{error}");
    assert!(KnownFailures::parse("", "sick").unwrap().is_empty());
}
