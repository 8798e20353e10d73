//! What goes wrong between the S3 driver and a service, from the handles down to the bytes on the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod bodies;
mod checksums;
mod clock;
mod conditions;
mod connections;
mod copies;
mod credentials;
mod drops;
mod ranges;
mod retries;
mod sources;

#[path = "../support/loopback.rs"]
mod loopback;
