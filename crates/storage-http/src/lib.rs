//! The HTTP client under every provider that speaks HTTP.
//!
//! A protocol builds a [`Request`], hands it to [`Client::send`] with a parser of the answer, and gives the client two
//! hooks, the [`Protocol`]: how an attempt is signed, and what a failed answer means. The client does the rest, the same
//! for all: connections, time-outs by progress, attempts and the time between them, corrected clocks, bounded answers.
//!
//! [`Client::send`] holds the only loop of the workspace that sleeps and sends again.

mod attempt;
mod body;
mod cached;
mod client;
mod clock;
mod config;
mod connect;
mod connection;
pub mod dates;
mod encode;
mod endpoint;
mod errors;
mod failure;
pub mod headers;
mod hex;
#[cfg(feature = "http2")]
mod http2;
mod io;
mod lease;
mod pages;
mod protocol;
mod ranges;
mod request;
mod retry;
mod settings;
pub mod sources;
mod tls;
mod trace;
mod tries;
mod unsigned;
pub mod xml;

pub use body::Encoder;
pub use cached::{Cached, Expiring};
pub use client::{Client, Streamed};
pub use clock::Clock;
pub use config::{HttpConfig, Roots};
pub use connect::{Connect, Connector, Resolve, SystemResolver, Transport};
pub use encode::{decode_percent, encode_key, encode_query, encode_segment, push_query};
pub use endpoint::{Endpoint, Scheme};
pub use errors::{ended_as, recast};
pub use failure::{Failure, Follow};
pub use hex::{hex, hex_string};
pub use pages::merge_entries;
pub use protocol::Protocol;
pub use ranges::{range_header, range_of};
pub use request::{Answer, Attempt, Patience, Request};
pub use settings::{Timestamp, word};
pub use trace::redacted;
pub use unsigned::Unsigned;
