//! The cases of the contract, one module for each topic.

mod acl;
mod bulk_delete;
mod checksums;
mod conditional_reads;
mod conditional_writes;
mod containers;
mod copy;
mod delete;
mod get;
mod handles;
mod head;
mod incomplete;
mod keys;
mod list;
mod list_pages;
mod metadata;
mod multipart;
mod multipart_completion;
mod presign;
mod provider;
mod public_url;
mod put;
mod ranges;
mod rename;
mod tags;
mod transfers;
mod versions;
mod website;

use crate::conformance::Case;

/// Every table, in the order of the report.
pub(crate) const TOPICS: &[&[Case]] = &[
    provider::CASES,
    containers::CASES,
    put::CASES,
    conditional_writes::CASES,
    get::CASES,
    ranges::CASES,
    conditional_reads::CASES,
    head::CASES,
    delete::CASES,
    copy::CASES,
    list::CASES,
    list_pages::CASES,
    keys::CASES,
    checksums::CASES,
    multipart::CASES,
    multipart_completion::CASES,
    incomplete::CASES,
    metadata::CASES,
    tags::CASES,
    rename::CASES,
    bulk_delete::CASES,
    versions::CASES,
    acl::CASES,
    presign::CASES,
    public_url::CASES,
    website::CASES,
    handles::CASES,
    transfers::CASES,
];
