//! What boto3, s5cmd, rclone and curl write is read here, and the reverse, on servers that others wrote.
//!
//! `cargo xtask servers start clients radosgw swift moto rclone` starts what is needed, and `cargo xtask servers env` prints
//! the variables by which it is found; a test whose variables are not set says so and passes. What a server is known not
//! to do is asserted as what it does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod support;

#[path = "clients/boto.rs"]
mod boto;
#[path = "clients/buckets.rs"]
mod buckets;
#[path = "clients/curl.rs"]
mod curl;
#[path = "clients/keys.rs"]
mod keys;
#[path = "clients/objects.rs"]
mod objects;
#[path = "clients/place.rs"]
mod place;
#[path = "clients/signatures.rs"]
mod signatures;
#[path = "clients/signed.rs"]
mod signed;
#[path = "clients/trees.rs"]
mod trees;
#[path = "clients/uploads.rs"]
mod uploads;

/// Makes one test of each function, on one server.
macro_rules! on {
    ($module:ident, $server:literal: $($run:ident in $from:ident,)*) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $run() {
                    if let Some(place) = crate::place::Place::find($server).await {
                        crate::$from::$run(&place).await;
                    }
                }
            )*
        }
    };
}

on!(radosgw, "radosgw":
    what_boto3_writes_is_read in objects,
    what_is_written_is_read_by_boto3 in objects,
    ranges_and_conditions_are_those_of_boto3 in objects,
    metadata_beyond_ascii_comes_back in objects,
    tags_are_shared in objects,
    keys_of_boto3_are_found in keys,
    keys_are_found_by_boto3 in keys,
    folders_are_those_of_boto3 in keys,
    parts_of_boto3_are_read in uploads,
    parts_are_read_by_boto3 in uploads,
    unfinished_uploads_are_shared in uploads,
    checksums_are_shared in uploads,
    s5cmd_and_we_read_each_other in trees,
    rclone_and_we_read_each_other in trees,
    addresses_are_good_for_curl in signed,
    addresses_of_odd_keys_are_good_for_curl in signed,
    addresses_of_boto3_are_good in signed,
    forms_are_good_for_curl in signed,
    versions_are_shared in buckets,
    settings_of_buckets_are_shared in buckets,
    access_is_shared in buckets,
    both_signatures_are_taken_for_every_call in signatures,
);

on!(moto, "moto":
    what_boto3_writes_is_read in objects,
    what_is_written_is_read_by_boto3 in objects,
    ranges_and_conditions_are_those_of_boto3 in objects,
    tags_are_shared in objects,
    keys_of_boto3_are_found in keys,
    keys_are_found_by_boto3 in keys,
    folders_are_those_of_boto3 in keys,
    parts_of_boto3_are_read in uploads,
    parts_are_read_by_boto3 in uploads,
    unfinished_uploads_are_shared in uploads,
    checksums_are_shared in uploads,
    s5cmd_and_we_read_each_other in trees,
    rclone_and_we_read_each_other in trees,
    addresses_are_good_for_curl in signed,
    addresses_of_boto3_are_good in signed,
    forms_are_good_for_curl in signed,
    versions_are_shared in buckets,
    settings_of_buckets_are_shared in buckets,
    access_is_shared in buckets,
);

on!(swift, "swift":
    what_boto3_writes_is_read in objects,
    what_is_written_is_read_by_boto3 in objects,
    ranges_and_conditions_are_those_of_boto3 in objects,
    metadata_beyond_ascii_comes_back in objects,
    keys_of_boto3_are_found in keys,
    keys_are_found_by_boto3 in keys,
    folders_are_those_of_boto3 in keys,
    parts_of_boto3_are_read in uploads,
    parts_are_read_by_boto3 in uploads,
    unfinished_uploads_are_shared in uploads,
    s5cmd_and_we_read_each_other in trees,
    rclone_and_we_read_each_other in trees,
    addresses_are_good_for_curl in signed,
    addresses_of_odd_keys_are_good_for_curl in signed,
    addresses_of_boto3_are_good in signed,
);

on!(rclone, "rclone":
    what_boto3_writes_is_read in objects,
    what_is_written_is_read_by_boto3 in objects,
    keys_of_boto3_are_found in keys,
    keys_are_found_by_boto3 in keys,
    parts_of_boto3_are_read in uploads,
    parts_are_read_by_boto3 in uploads,
    s5cmd_and_we_read_each_other in trees,
    addresses_are_good_for_curl in signed,
    addresses_of_boto3_are_good in signed,
);

on!(s3s_fs, "s3s-fs":
    what_boto3_writes_is_read in objects,
    what_is_written_is_read_by_boto3 in objects,
    parts_of_boto3_are_read in uploads,
    parts_are_read_by_boto3 in uploads,
    checksums_are_shared in uploads,
    addresses_are_good_for_curl in signed,
    addresses_of_boto3_are_good in signed,
);
