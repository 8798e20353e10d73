//! What Microsoft's own client writes is read here, and the reverse, on a server that checks what both sign.
//!
//! `cargo xtask servers start azure oauth azurite` starts what is needed, and `cargo xtask servers env` prints the variables
//! by which it is found; a test whose variables are not set says so and passes. What a server is known not to do is
//! asserted as what it does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod support;

#[path = "clients/containers.rs"]
mod containers;
#[path = "clients/keys.rs"]
mod keys;
#[path = "clients/leases.rs"]
mod leases;
#[path = "clients/microsoft.rs"]
mod microsoft;
#[path = "clients/objects.rs"]
mod objects;
#[path = "clients/own.rs"]
mod own;
#[path = "clients/place.rs"]
mod place;
#[path = "clients/signed.rs"]
mod signed;
#[path = "clients/uploads.rs"]
mod uploads;

/// Makes one test of each function, on one way to the server.
macro_rules! on {
    ($module:ident, $server:literal: $($run:ident in $from:ident,)*) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $run() {
                    if let Some(place) = crate::place::Place::find($server) {
                        crate::$from::$run(&place).await;
                    }
                }
            )*
        }
    };
}

on!(azurite, "azurite":
    what_microsoft_writes_is_read in objects,
    what_is_written_is_read_by_microsoft in objects,
    ranges_and_conditions_are_those_of_microsoft in objects,
    tags_are_shared in objects,
    checksums_are_shared in objects,
    snapshots_are_shared in objects,
    keys_of_microsoft_are_found in keys,
    keys_are_found_by_microsoft in keys,
    folders_are_those_of_microsoft in keys,
    blocks_of_microsoft_are_read in uploads,
    blocks_are_read_by_microsoft in uploads,
    blocks_that_somebody_left_are_told in uploads,
    one_of_many_creators_wins in uploads,
    leases_of_microsoft_are_kept in leases,
    append_blobs_grow_for_both in own,
    pages_are_those_of_both in own,
    leases_are_kept_by_microsoft in own,
    tiers_and_snapshots_are_seen_by_microsoft in own,
    containers_and_accounts_are_signed_for_everybody in own,
    the_website_is_that_of_the_account in own,
    containers_are_shared in containers,
    addresses_are_good_for_microsoft in signed,
    addresses_of_odd_keys_are_good in signed,
    addresses_of_microsoft_are_good in signed,
    storages_with_a_query_of_microsoft_work in signed,
);

on!(hosts, "hosts":
    what_microsoft_writes_is_read in objects,
    what_is_written_is_read_by_microsoft in objects,
    keys_are_found_by_microsoft in keys,
    blocks_are_read_by_microsoft in uploads,
    addresses_of_odd_keys_are_good in signed,
);

on!(tls, "tls":
    what_is_written_is_read_by_microsoft in objects,
    addresses_are_good_for_microsoft in signed,
);

on!(oauth, "oauth":
    what_microsoft_writes_is_read in objects,
    what_is_written_is_read_by_microsoft in objects,
    tags_are_shared in objects,
    leases_of_microsoft_are_kept in leases,
    addresses_are_good_for_microsoft in signed,
    addresses_of_odd_keys_are_good in signed,
    addresses_of_delegates_are_good in signed,
);
