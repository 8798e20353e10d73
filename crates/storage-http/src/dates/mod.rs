//! Times as services write them, by position and without an allocation; the calendar library is the oracle.

mod http;
mod read;
mod write;

pub use http::parse_http;
pub use read::parse_iso;
pub use write::{Stamp, http_date, iso_date, unix_seconds};
