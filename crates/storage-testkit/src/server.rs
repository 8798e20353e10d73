//! An HTTP server on a raw socket that answers by script, well or badly, and logs the exact bytes it was sent.
//!
//! It parses just enough of a request to know where it ends, so that odd targets and headers arrive in the log as they
//! were sent. Nothing sleeps: what has to wait waits at a [`Gate`](crate::Gate). A server that is dropped closes
//! everything.
//!
//! ```
//! use storage_testkit::server::{Answer, Fault, Script, Server, exchange};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let server = Server::start(Script::queue([
//!     Answer::new(503).header("retry-after", "1"),
//!     Answer::new(200).header("etag", "\"1\"").body("content").fault(Fault::CutAfter(3)),
//! ]))
//! .await?;
//! let request = b"GET /a//b?x HTTP/1.1\r\nhost: x\r\n\r\n";
//! assert!(exchange(server.address(), request).await?.starts_with(b"HTTP/1.1 503"));
//! assert!(exchange(server.address(), request).await?.ends_with(b"\r\n\r\ncon"));
//! assert_eq!(&server.requests()[1].target[..], b"/a//b?x");
//! server.assert_done();
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod client;
mod connection;
mod fault;
pub mod hostile;
mod line;
mod listener;
mod proxy;
mod request;
mod script;
#[cfg(feature = "tls")]
mod tls;
mod wire;

pub use answer::{Answer, Content, Step};
pub use client::{exchange, exchange_url};
pub use fault::Fault;
pub use listener::{BlackHole, Server, refused_address};
pub use proxy::{Proxy, Tunnel};
pub use request::Request;
pub use script::{Accept, Script};
#[cfg(feature = "tls")]
pub use tls::{Authority, Identity};
