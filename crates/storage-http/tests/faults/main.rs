//! What goes wrong between a client and a service, and what the client makes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod attempts;
mod bodies;
mod cached;
mod clock;
mod connections;
mod failures;
#[cfg(feature = "http2")]
mod http2;
mod leaks;
mod plain;
mod settings;
