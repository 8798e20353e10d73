//! What a case asks of a store before it runs.

use std::sync::Arc;

use storage_core::{Capabilities, Driver, PartOrder};

/// A store's groups and capabilities, as questions whose answer is the reason for a skip.
#[derive(Clone, Debug)]
pub struct Needs<'a> {
    driver: &'a dyn Driver,
    capabilities: Arc<Capabilities>,
    bulk: bool,
}

/// Why a case is skipped.
type Reason = Result<(), &'static str>;

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident: $reason:literal,)*) => {
        impl Needs<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The reason for a skip.
                pub fn $name(&self) -> Reason {
                    self.driver.$name().map(|_| ()).ok_or($reason)
                }
            )*
        }
    };
}
groups! {
    /// Needs uploads in parts.
    multipart: "the driver has no uploads in parts",
    /// Needs signed addresses.
    presign: "the driver has no signed addresses",
    /// Needs many deletes in one request.
    bulk_delete: "the driver has no bulk delete",
    /// Needs listings of uploads that never ended.
    incomplete_uploads: "the driver lists no incomplete uploads",
    /// Needs versions.
    versions: "the driver has no versions",
    /// Needs tags.
    tags: "the driver has no tags",
    /// Needs access lists.
    acl: "the driver has no access lists",
    /// Needs metadata that can be changed in place.
    metadata: "the driver can't change metadata in place",
    /// Needs static websites.
    website: "the driver has no websites",
    /// Needs public addresses.
    public_url: "the driver has no public addresses",
    /// Needs atomic renames.
    rename: "the driver has no atomic rename",
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident: |$it:ident| $test:expr, $reason:literal;)*) => {
        impl Needs<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The reason for a skip.
                pub fn $name(&self) -> Reason {
                    let $it = self;
                    if $test { Ok(()) } else { Err($reason) }
                }
            )*
        }
    };
}
flags! {
    /// Needs puts that refuse to overwrite.
    put_if_absent: |it| it.capabilities.put_if_absent, "the store has no put-if-absent";
    /// Needs puts that refuse to overwrite a newer object.
    put_if_match: |it| it.capabilities.put_if_match, "the store has no put-if-match";
    /// Needs deletes that refuse to delete a newer object.
    delete_if_match: |it| it.capabilities.delete_if_match, "the store has no delete-if-match";
    /// Needs listings in byte order.
    ordered_listing: |it| it.capabilities.ordered_listing, "the store's listings have no order";
    /// Needs listings that start behind a key.
    start_after: |it| it.capabilities.start_after, "the store's listings can't start behind a key";
    /// Needs delimiters other than a slash.
    any_delimiter: |it| it.capabilities.any_delimiter, "the store knows no delimiter but `/`";
    /// Needs a store that reports containers of one's own.
    reports_existing_container: |it| it.capabilities.reports_existing_container,
        "the store does not report a container of one's own that exists";
    /// Needs copies on the server.
    server_copy: |it| it.capabilities.server_copy, "the store has no copy on the server";
    /// Needs keys with line breaks.
    key_line_breaks: |it| it.capabilities.key_line_breaks, "the store's keys can't hold line breaks";
    /// Needs at least one checksum that the store verifies.
    checksums: |it| !it.capabilities.checksums.is_empty(), "the store verifies no checksum";
    /// Needs tags set by a put.
    put_tags: |it| it.capabilities.put_tags, "the store sets no tags in a put";
    /// Needs access lists of single objects.
    object_acls: |it| it.capabilities.object_acls, "the store has access lists of containers alone";
    /// Needs websites in any container.
    container_websites: |it| it.capabilities.container_websites, "the account has one website, not each container";
    /// Needs a store that knows uploads.
    known_uploads: |it| !it.capabilities.parts.stateless, "the store knows parts, and no uploads";
    /// Needs at least one canned list.
    acls: |it| !it.capabilities.acls.is_empty(), "the store knows no canned access list";
    /// Needs parts in any order.
    parts_in_any_order: |it| it.capabilities.parts.order == PartOrder::Any, "parts have to come one after the other";
    /// Needs completion under a condition.
    conditional_completion: |it| it.capabilities.parts.conditional, "uploads in parts complete without conditions";
    /// Needs parts copied on the server.
    copied_parts: |it| it.capabilities.parts.copy, "parts can't be copied on the server";
    /// Needs keys without line breaks.
    no_key_line_breaks: |it| !it.capabilities.key_line_breaks, "the store's keys may hold line breaks";
    /// Needs a store without put-if-absent.
    no_put_if_absent: |it| !it.capabilities.put_if_absent, "the store has put-if-absent";
    /// Needs a store that can't copy parts.
    no_copied_parts: |it| !it.capabilities.parts.copy, "parts can be copied on the server";
    /// Needs a harness that does not mind a thousand requests.
    bulk: |it| it.bulk, "the harness leaves out cases of very many requests";
}

impl<'a> Needs<'a> {
    /// Asks a driver.
    pub fn new(driver: &'a dyn Driver, capabilities: Arc<Capabilities>, bulk: bool) -> Self {
        Self { driver, capabilities, bulk }
    }

    /// Returns parameters and limits.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
}
