//! Drivers that break one promise each, and the cases that find them.
#![allow(clippy::expect_used, reason = "helpers of tests")]

mod mutant;

use std::sync::Arc;

use storage_core::{Result, Storage};
use storage_testkit::conformance::{self, Harness};

use mutant::{Mutant, Mutation};

struct Broken(Mutation);

#[async_trait::async_trait]
impl Harness for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    async fn open(&self) -> Result<Storage> {
        Ok(Storage::new(Arc::new(Mutant::new(self.0))))
    }
}

/// Every mutation with cases that must find it.
const TABLE: &[(Mutation, &[&str])] = &[
    (Mutation::PrefixGetsSlash, &["list/prefix_is_raw"]),
    (Mutation::PrefixIsFolded, &["list/prefix_is_not_folded"]),
    (Mutation::RangeEndInclusive, &["ranges/bounded", "ranges/every_small_range"]),
    (Mutation::SuffixIsOffset, &["ranges/suffix"]),
    (Mutation::RangeIgnored, &["ranges/bounded", "get/body_is_exact"]),
    (Mutation::EndNotClamped, &["ranges/end_is_clamped"]),
    (Mutation::EmptyRangeRefused, &["ranges/empty_object"]),
    (Mutation::IfAbsentIgnored, &["put/if_absent_refuses_overwrite", "put/if_absent_has_one_winner"]),
    (Mutation::IfAbsentByHead, &["put/if_absent_has_one_winner"]),
    (Mutation::IfMatchIgnored, &["put/if_match_refuses_another", "put/if_match_loses_no_update"]),
    (Mutation::IfNoneMatchIgnored, &["get/if_none_match"]),
    (Mutation::CopyDropsMetadata, &["copy/content_and_metadata"]),
    (Mutation::PutKeepsMetadata, &["put/replaces_metadata"]),
    (Mutation::DeleteMissingFails, &["delete/missing_succeeds"]),
    (Mutation::DeleteMissingContainerSucceeds, &["delete/missing_container"]),
    (Mutation::DeleteTakesPrefix, &["delete/only_the_key_itself", "keys/object_and_prefix"]),
    (Mutation::PageSkipsLast, &["list/pages"]),
    (Mutation::PageRepeatsLast, &["list/pages"]),
    (Mutation::PagesEndEarly, &["list/pages", "list/more_than_a_page"]),
    (Mutation::LimitIgnored, &["list/limit"]),
    (Mutation::PrefixesRepeat, &["list/prefix_across_a_border"]),
    (Mutation::OddKeysHidden, &["keys/odd_ones_hide_nothing", "keys/slashes"]),
    (Mutation::KeysAreDecoded, &["keys/percent"]),
    (Mutation::SlashesAreJoined, &["keys/slashes"]),
    (Mutation::DotsAreResolved, &["keys/dots"]),
    (Mutation::CaseIsFolded, &["keys/case"]),
    (Mutation::StartAfterInclusive, &["list/start_after"]),
    (Mutation::ChecksumIgnored, &["checksums/mismatch_is_refused"]),
    (Mutation::ChecksumsForgotten, &["checksums/round_trip"]),
    (Mutation::EtagIsSize, &["head/etag_follows_content"]),
    (Mutation::HeadMissingSucceeds, &["head/missing", "delete/one"]),
    (Mutation::ContainerDeletedWithObjects, &["containers/delete_full"]),
    (Mutation::CompleteInNumberOfArrival, &["multipart/out_of_order"]),
    (Mutation::CompleteChecksNoEtag, &["multipart/complete_wrong_etag"]),
    (Mutation::CompleteIgnoresCondition, &["multipart/complete_if_absent"]),
    (Mutation::AbortTwiceFails, &["multipart/abort_twice"]),
    (Mutation::PartsAreVisible, &["multipart/nothing_visible_before"]),
    (Mutation::TornBody, &["get/whole", "put/large"]),
    (Mutation::Panics, &["head/tells_all"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mutation_is_caught_by_name() {
    let mut missed = Vec::new();
    for (mutation, names) in TABLE {
        for name in *names {
            let report = conformance::run_matching(Broken(*mutation), name).await;
            if report.is_green() || !report.failed().contains(name) {
                missed.push((mutation, name));
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wrapper_by_itself_breaks_nothing() {
    conformance::run(Broken(Mutation::None)).await.assert_green();
}
