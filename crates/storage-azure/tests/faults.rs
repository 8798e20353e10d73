//! What goes wrong between the Azure driver and a service, from the handles down to the bytes on the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

#[path = "faults/batches.rs"]
mod batches;
#[path = "faults/checksums.rs"]
mod checksums;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/conditions.rs"]
mod conditions;
#[path = "faults/containers.rs"]
mod containers;
#[path = "faults/copies.rs"]
mod copies;
#[path = "faults/credentials.rs"]
mod credentials;
#[path = "faults/listing.rs"]
mod listing;
#[path = "faults/names.rs"]
mod names;
#[path = "faults/proxies.rs"]
mod proxies;
#[path = "faults/ranges.rs"]
mod ranges;
#[path = "faults/retries.rs"]
mod retries;
#[path = "faults/secondary.rs"]
mod secondary;
#[path = "faults/security.rs"]
mod security;
#[path = "faults/uploads.rs"]
mod uploads;
