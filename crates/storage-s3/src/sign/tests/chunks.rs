//! Chunks: the published examples, and a reader that takes them apart again.

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use proptest::prelude::*;
use storage_core::{Checksum, ChecksumAlgorithm, ErrorKind};
use storage_http::Encoder;

use super::{SIGNED, SIGNED_TRAILER, example, headers, signature, signer, text};
use crate::sign::canonical::travels_unsigned;
use crate::sign::chunked::{SignedChunks, UnsignedChunks};
use crate::sign::{SigningKeys, checksum};

/// Signs the request of the published example and returns its signature and an encoder that goes on from it.
fn published(digest: HeaderValue, algorithm: Option<ChecksumAlgorithm>) -> (String, SignedChunks) {
    let (keys, credentials) = (SigningKeys::new(), example());
    let mut headers = headers(&[
        ("host", "s3.amazonaws.com"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("content-length", "66824"),
    ]);
    // One of the two examples signs the length as well.
    let length_signed = algorithm.is_none();
    if let Some(algorithm) = algorithm {
        headers.insert("x-amz-trailer", checksum::header_name(algorithm).unwrap().into());
    }
    let seed = signer(&keys, &credentials)
        .sign_headers_but(
            |name| travels_unsigned(name) && !(length_signed && name == CONTENT_LENGTH),
            &Method::PUT,
            "/examplebucket/chunkObject.txt",
            &mut headers,
            digest,
        )
        .unwrap();
    let chunks = SignedChunks::new(&seed, algorithm).unwrap();
    (signature(text(&headers, "authorization")).to_owned(), chunks)
}

/// Encodes pieces, and checks that the announced length is that of the result.
fn encoded(encoder: &mut dyn Encoder, pieces: &[Bytes]) -> Vec<u8> {
    let len = pieces.iter().map(Bytes::len).sum::<usize>() as u64;
    let mut out = VecDeque::new();
    for piece in pieces {
        encoder.encode(piece.clone(), &mut out);
    }
    encoder.finish(&mut out);
    let wire = Vec::from(out).concat();
    assert_eq!(encoder.encoded_len(len), wire.len() as u64);
    wire
}

/// What a reader of chunks finds.
#[derive(Debug, Default)]
struct Decoded {
    payload: Vec<u8>,
    sizes: Vec<usize>,
    signatures: Vec<String>,
    trailers: Vec<(String, String)>,
}

fn line<'a>(rest: &mut &'a [u8]) -> &'a str {
    let end = rest.windows(2).position(|it| it == b"\r\n").unwrap();
    let line = std::str::from_utf8(&rest[..end]).unwrap();
    *rest = &rest[end + 2..];
    line
}

fn decoded(mut rest: &[u8]) -> Decoded {
    let mut found = Decoded::default();
    loop {
        let head = line(&mut rest);
        let (size, extension) = head.split_once(';').unwrap_or((head, ""));
        found.signatures.extend(extension.strip_prefix("chunk-signature=").map(str::to_owned));
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        let (data, after) = rest.split_at(size);
        found.payload.extend_from_slice(data);
        found.sizes.push(size);
        rest = after;
        assert_eq!(line(&mut rest), "");
    }
    loop {
        match line(&mut rest) {
            "" => break,
            trailer => {
                let (name, value) = trailer.split_once(':').unwrap();
                found.trailers.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    assert!(rest.is_empty());
    found
}

#[test]
fn the_published_upload_in_signed_chunks() {
    let (seed, mut chunks) = published(SIGNED, None);
    assert_eq!(seed, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    let found = decoded(&encoded(&mut chunks, &[Bytes::from(vec![b'a'; 66_560])]));
    assert_eq!(found.sizes, [65_536, 1024]);
    assert_eq!(
        found.signatures,
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ]
    );
    assert_eq!(chunks.encoded_len(66_560), 66_824);
    assert!(found.trailers.is_empty() && chunks.checksum().is_none());
}

#[test]
fn the_published_upload_with_a_signed_trailer() {
    let (seed, mut chunks) = published(SIGNED_TRAILER, Some(ChecksumAlgorithm::Crc32c));
    assert_eq!(seed, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    let found = decoded(&encoded(&mut chunks, &[Bytes::from(vec![b'a'; 66_560])]));
    assert_eq!(
        found.signatures,
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ]
    );
    let want = [
        ("x-amz-checksum-crc32c", "sOO8/Q=="),
        ("x-amz-trailer-signature", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"),
    ];
    assert_eq!(found.trailers, want.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(chunks.checksum(), Checksum::parse("crc32c:b0e3bcfd").ok());
}

#[test]
fn an_unsigned_payload_reads_like_this_on_the_wire() {
    let mut chunks = UnsignedChunks::new(5, ChecksumAlgorithm::Crc32).unwrap();
    assert_eq!(chunks.checksum(), None);
    let pieces = [Bytes::from_static(b"he"), Bytes::new(), Bytes::from_static(b"llo")];
    assert_eq!(encoded(&mut chunks, &pieces), b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
    assert_eq!(chunks.checksum(), Some(ChecksumAlgorithm::Crc32.of(b"hello")));

    let mut empty = UnsignedChunks::new(0, ChecksumAlgorithm::Crc32).unwrap();
    assert_eq!(encoded(&mut empty, &[]), b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
}

#[test]
fn payload_bytes_are_not_copied() {
    let payload = Bytes::from(vec![7; 3 << 20]);
    let range = payload.as_ptr() as usize..payload.as_ptr() as usize + payload.len();
    let (_, mut signed) = published(SIGNED, None);
    let mut unsigned = UnsignedChunks::new(3 << 20, ChecksumAlgorithm::Crc32c).unwrap();
    for encoder in [&mut signed as &mut dyn Encoder, &mut unsigned] {
        let mut out = VecDeque::new();
        encoder.encode(payload.clone(), &mut out);
        let same: usize =
            out.iter().filter(|it| range.contains(&(it.as_ptr() as usize))).map(Bytes::len).sum();
        assert_eq!(same, payload.len());
    }
}

#[test]
fn md5_can_not_travel_behind_a_payload() {
    let error = UnsignedChunks::new(1, ChecksumAlgorithm::Md5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn too_many_bytes_do_not_look_like_the_right_number() {
    let mut chunks = UnsignedChunks::new(3, ChecksumAlgorithm::Crc32c).unwrap();
    let mut out = VecDeque::new();
    chunks.encode(Bytes::from_static(b"hello"), &mut out);
    chunks.finish(&mut out);
    let wire = Vec::from(out).concat();
    assert_eq!(decoded(&wire).payload, b"hello");
    assert!(wire.len() as u64 > chunks.encoded_len(3));
}

/// A payload with the places where it is cut into pieces.
fn pieces() -> impl Strategy<Value = Vec<Bytes>> {
    let len = prop_oneof![0usize..300, 65_000usize..66_000, 131_070usize..131_075, 1_048_500usize..2_200_000];
    (len, proptest::collection::vec(any::<prop::sample::Index>(), 0..6)).prop_map(|(len, cuts)| {
        let mut whole = Bytes::from((0..len).map(|it| (it % 251) as u8).collect::<Vec<_>>());
        let mut pieces = Vec::new();
        for cut in cuts {
            pieces.push(whole.split_to(cut.index(whole.len() + 1)));
        }
        pieces.push(whole);
        pieces
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_decode_to_the_payload_and_have_the_length_that_was_announced(
        pieces in pieces(),
        algorithm in prop::sample::select(&ChecksumAlgorithm::ALL[..5]),
        trailer: bool,
    ) {
        let payload = pieces.concat();
        let sum = algorithm.of(&payload);
        let value = checksum::encode(&sum);

        let mut unsigned = UnsignedChunks::new(payload.len() as u64, algorithm).unwrap();
        let found = decoded(&encoded(&mut unsigned, &pieces));
        prop_assert!(found.payload == payload);
        prop_assert_eq!(unsigned.checksum(), Some(sum));
        prop_assert_eq!(&found.trailers[0].1, &value);

        let (_, mut signed) = published(SIGNED, trailer.then_some(algorithm));
        let found = decoded(&encoded(&mut signed, &pieces));
        prop_assert!(found.payload == payload);
        prop_assert_eq!(signed.checksum(), trailer.then_some(sum));
        prop_assert_eq!(found.trailers.first().map(|it| &it.1), trailer.then_some(&value));
        prop_assert_eq!(found.signatures.len(), found.sizes.len() + 1);
        let short = found.sizes.iter().rev().skip(1).any(|size| *size < 8192);
        prop_assert!(!short, "only the last chunk may be small");
    }
}
