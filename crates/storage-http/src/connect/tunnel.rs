//! A way through a proxy to a host behind it.

use bytes::BufMut as _;
use storage_core::{Error, ErrorKind, Result, Secret};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::proxy::Proxy;

/// The longest answer of a proxy that is read.
const MOST_ANSWER_BYTES: usize = 16 << 10;

/// Asks the proxy at the other end for a connection to `place`; behind it the stream belongs to that place.
///
/// # Errors
/// `Connect`, which is not worth another attempt where the proxy refuses for good.
pub(super) async fn open<S>(stream: &mut S, proxy: &Proxy, place: &str) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let broken = |error| failed(proxy, "broke the connection").with_source(error);
    stream.write_all(request(proxy, place).expose()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;

    let mut answer = Vec::with_capacity(1 << 10);
    let end = loop {
        // The end may lie across two pieces.
        let seen = answer.len().saturating_sub(3);
        let room = MOST_ANSWER_BYTES - answer.len();
        if stream.read_buf(&mut (&mut answer).limit(room)).await.map_err(broken)? == 0 {
            let what = if room == 0 { "sends an answer without an end" } else { "closed the connection" };
            return Err(failed(proxy, what));
        }
        let new = answer.get(seen..).unwrap_or_default();
        if let Some(at) = new.windows(4).position(|it| it == b"\r\n\r\n") {
            break seen + at + 4;
        }
    };
    if answer.len() > end {
        // Whoever speaks first on a tunnel is not the host behind it, which waits for us.
        return Err(failed(proxy, "sends more than an answer"));
    }
    judge(proxy, place, &answer)
}

fn request(proxy: &Proxy, place: &str) -> Secret<Vec<u8>> {
    let mut request = Vec::with_capacity(1 << 10);
    request.extend_from_slice(format!("CONNECT {place} HTTP/1.1\r\nhost: {place}\r\n").as_bytes());
    if let Some(value) = proxy.authorization() {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    Secret::new(request)
}

/// Takes a good answer, and says what a bad one means.
fn judge(proxy: &Proxy, place: &str, answer: &[u8]) -> Result<()> {
    match status(answer) {
        None => Err(failed(proxy, "answers in something else than HTTP; is it one?").with_retryable(false)),
        Some(200..=299) => Ok(()),
        Some(407) => {
            let what = "wants a user name and a password, or others; set them in its address";
            Err(failed(proxy, what).with_retryable(false))
        }
        Some(status) => {
            let passes = status >= 500 || status == 429;
            let what = format!("makes no connection to `{place}`: it answers with status {status}");
            Err(failed(proxy, &what).with_retryable(passes))
        }
    }
}

/// Reads `HTTP/1.1 200 anything`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line.get(..12)?).ok()?.split(' ');
    let is_http = words.next()?.strip_prefix("HTTP/1.").is_some_and(|it| matches!(it, "0" | "1"));
    let digits = words.next().filter(|it| is_http && it.len() == 3)?;
    digits.parse().ok()
}

fn failed(proxy: &Proxy, what: &str) -> Error {
    Error::new(ErrorKind::Connect, format!("the proxy `{}` {what}", proxy.place()))
}
