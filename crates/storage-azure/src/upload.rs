//! Uploads in blocks, which the service does not know as such: the ids of blocks tell which upload they belong to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use storage_core::{Error, ErrorKind, PartNumber, Result, Runtime, UploadId};

/// An upload: a number of its own, and the headers of the object, which the service wants at the end only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    nonce: [u8; 8],
    /// Header names and values; none for an upload that was found by its blocks.
    headers: Vec<(String, String)>,
}

impl Upload {
    /// Begins an upload.
    pub(crate) fn new(runtime: &dyn Runtime, headers: &HeaderMap) -> Self {
        let mut nonce = [0; 8];
        runtime.random(&mut nonce);
        // Values were checked when they were set; those beyond ASCII are UTF-8.
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Self { nonce, headers }
    }

    /// Names the upload that a block belongs to.
    pub(crate) fn of(block: &BlockId) -> Self {
        Self { nonce: block.nonce, headers: Vec::new() }
    }

    /// Writes it as an id: the number in hexadecimal digits, and the headers behind a dot.
    pub(crate) fn id(&self) -> UploadId {
        let mut text: String = self.nonce.iter().map(|it| format!("{it:02x}")).collect();
        if !self.headers.is_empty() {
            // A list of pairs of texts can always be written.
            let headers = serde_json::to_vec(&self.headers).unwrap_or_default();
            text.push('.');
            URL_SAFE_NO_PAD.encode_string(headers, &mut text);
        }
        UploadId::new(text)
    }

    /// Reads an id.
    ///
    /// # Errors
    /// `ObjectNotFound` for one that no upload can have.
    pub(crate) fn parse(id: &UploadId) -> Result<Self> {
        Self::read(id.as_str())
            .ok_or_else(|| Error::new(ErrorKind::ObjectNotFound, "no upload can have that id"))
    }

    fn read(text: &str) -> Option<Self> {
        let (number, headers) = match text.split_once('.') {
            Some((number, headers)) => {
                let json = URL_SAFE_NO_PAD.decode(headers).ok()?;
                (number, serde_json::from_slice(&json).ok()?)
            }
            None => (text, Vec::new()),
        };
        let digits = number.len() == 16 && number.bytes().all(|it| it.is_ascii_hexdigit());
        let number = u64::from_str_radix(number, 16).ok().filter(|_| digits)?;
        Some(Self { nonce: number.to_be_bytes(), headers })
    }

    /// Returns the headers of the object.
    ///
    /// # Errors
    /// `ObjectNotFound` when the id holds what no header can carry, since no upload has such an id.
    pub(crate) fn headers(&self) -> Result<HeaderMap> {
        let bad = || Error::new(ErrorKind::ObjectNotFound, "no upload can have that id");
        let mut all = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name).map_err(|_| bad())?;
            all.insert(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?);
        }
        Ok(all)
    }
}

/// The id of a block: all have one length, as the service wants it. Sent again, a part gets another one, so that joined is
/// what the caller names, and not what came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockId {
    nonce: [u8; 8],
    /// 0 for the block that shows that there is an upload.
    number: u32,
    /// Microseconds since 1970.
    sent: u64,
    random: [u8; 8],
}

impl BlockId {
    const LEN: usize = 28;

    /// Names a block of a part.
    pub(crate) fn new(upload: &Upload, number: PartNumber, now: SystemTime, random: [u8; 8]) -> Self {
        Self { nonce: upload.nonce, number: number.get(), sent: micros(now), random }
    }

    /// Names the block that shows that there is an upload.
    pub(crate) fn mark(upload: &Upload, now: SystemTime) -> Self {
        Self { nonce: upload.nonce, number: 0, sent: micros(now), random: [0; 8] }
    }

    /// Writes it as the service takes it.
    pub(crate) fn text(&self) -> String {
        let mut bytes = Vec::with_capacity(Self::LEN);
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.sent.to_be_bytes());
        bytes.extend_from_slice(&self.random);
        BASE64.encode(bytes)
    }

    /// Reads one; `None` for those of other programs.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; Self::LEN] = BASE64.decode(text).ok()?.try_into().ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<8>()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let (sent, rest) = rest.split_first_chunk::<8>()?;
        let random = rest.first_chunk::<8>()?;
        Some(Self {
            nonce: *nonce,
            number: u32::from_be_bytes(*number),
            sent: u64::from_be_bytes(*sent),
            random: *random,
        })
    }

    pub(crate) fn belongs_to(&self, upload: &Upload) -> bool {
        self.nonce == upload.nonce
    }

    /// Returns the part; `None` for the block that is none.
    pub(crate) fn number(&self) -> Option<PartNumber> {
        PartNumber::new(self.number)
    }

    /// Returns when it was sent.
    pub(crate) fn sent(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.sent)
    }
}

fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_come_back(nonce: [u8; 8], number in 1u32..=50_000, sent in 0u64..1 << 53, random: [u8; 8],
                         headers in proptest::collection::vec(("[a-z-]{1,9}", "[ -~]{0,20}"), 0..4)) {
            let upload = Upload { nonce, headers };
            prop_assert_eq!(&Upload::parse(&upload.id()).unwrap(), &upload);
            let block = BlockId { nonce, number, sent, random };
            prop_assert_eq!(block.text().len(), 40);
            prop_assert_eq!(BlockId::parse(&block.text()), Some(block));
            prop_assert!(block.belongs_to(&upload));
            prop_assert_eq!(Upload::of(&block).nonce, nonce);
        }

        #[test]
        fn fault_174_no_id_panics(text in "\\PC{0,60}") {
            let _ = (Upload::read(&text), BlockId::parse(&text));
        }
    }

    #[test]
    fn all_ids_have_one_length() {
        let upload = Upload { nonce: [1; 8], headers: Vec::new() };
        let mark = BlockId::mark(&upload, UNIX_EPOCH);
        assert_eq!(
            mark.text().len(),
            BlockId::new(&upload, PartNumber::FIRST, SystemTime::now(), [9; 8]).text().len()
        );
        assert_eq!(mark.number(), None);
    }
}
