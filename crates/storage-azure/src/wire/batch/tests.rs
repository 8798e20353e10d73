use http::{HeaderValue, StatusCode};
use proptest::prelude::*;

use super::*;

const TYPE: &str = "multipart/mixed; boundary=batchresponse_66925647-d0cb-4109-b6d3-28efe3e1e5ed";

/// Three answers, the second and third failures as the service writes them.
const ANSWER: &str = "--batchresponse_66925647-d0cb-4109-b6d3-28efe3e1e5ed\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\nx-ms-delete-type-permanent: true\r\nx-ms-request-id: 778fdc83-801e-0000-62ff-0334671e284f\r\nx-ms-version: 2025-11-05\r\n\r\n--batchresponse_66925647-d0cb-4109-b6d3-28efe3e1e5ed\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 202 Accepted\r\nx-ms-delete-type-permanent: true\r\n\r\n--batchresponse_66925647-d0cb-4109-b6d3-28efe3e1e5ed\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound\r\nContent-Length: 41\r\nContent-Type: application/xml\r\n\r\n<Error><Code>BlobNotFound</Code></Error>\n\r\n--batchresponse_66925647-d0cb-4109-b6d3-28efe3e1e5ed--\r\n0";

fn request(target: &str) -> SubRequest {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-ms-date", "Fri, 20 Nov 2026 08:30:00 GMT"),
        ("authorization", "SharedKey account:c2ln"),
        ("x-ms-version", "2025-11-05"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    SubRequest { method: Method::DELETE, target: target.into(), headers }
}

fn statuses(answers: &[Option<SubAnswer>]) -> Vec<u16> {
    answers.iter().map(|it| it.as_ref().map_or(0, |it| it.status.as_u16())).collect()
}

fn answer(parts: &[(Option<u64>, u16)]) -> Bytes {
    let mut out = String::new();
    for (id, status) in parts {
        let id = id.map(|it| format!("Content-ID: {it}\r\n")).unwrap_or_default();
        out += &format!("--b\r\nContent-Type: application/http\r\n{id}\r\nHTTP/1.1 {status} So\r\n\r\n");
    }
    Bytes::from(out + "--b--\r\n")
}

fn read(parts: &[(Option<u64>, u16)], count: usize) -> Vec<u16> {
    statuses(&parse("multipart/mixed; boundary=b", &answer(parts), count).unwrap())
}

#[test]
fn requests_are_written_to_the_letter() {
    let boundary = Boundary::new([0x0f; 16]);
    assert_eq!(boundary.content_type(), "multipart/mixed; boundary=batch_0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
    let body = write(&boundary, &[request("/c/a%20b"), request("/c/d?snapshot=x")]).unwrap();
    let boundary = boundary.0;
    let part = |id: u8, target: &str| {
        format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {id}\r\n\r\nDELETE {target} HTTP/1.1\r\nx-ms-date: Fri, 20 Nov 2026 08:30:00 GMT\r\nAuthorization: SharedKey account:c2ln\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let want =
        part(0, "/c/a%20b") + &part(1, "/c/d?snapshot=x") + "--batch_0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f--\r\n";
    assert_eq!(String::from_utf8(body.to_vec()).unwrap(), want);
}

#[test]
fn what_the_service_would_refuse_as_a_whole_is_not_sent() {
    let tier = SubRequest { method: Method::PUT, ..request("/c/a?comp=tier") };
    let tags = SubRequest { method: Method::PUT, ..request("/c/a?comp=tags") };
    for requests in [
        vec![],
        vec![request("/c/a"); MOST + 1],
        vec![request("/c/a"), tier.clone()],
        vec![tier.clone(), tags],
        vec![request("/c/a HTTP/1.1\r\nx: y")],
    ] {
        assert_eq!(write(&Boundary::new([1; 16]), &requests).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert!(write(&Boundary::new([1; 16]), &vec![tier; MOST]).is_ok());
}

#[test]
fn answers_are_read_with_their_bodies() {
    let answers = parse(TYPE, &Bytes::from_static(ANSWER.as_bytes()), 3).unwrap();
    assert_eq!(statuses(&answers), [202, 202, 404]);
    let first = answers[0].as_ref().unwrap();
    assert_eq!(first.headers["x-ms-delete-type-permanent"], "true");
    assert!(first.body.is_empty());
    let last = answers[2].as_ref().unwrap();
    assert_eq!(last.body, "<Error><Code>BlobNotFound</Code></Error>\n");
    assert_eq!(last.headers["x-ms-error-code"], "BlobNotFound");
    // Without the empty line, and with bare line feeds.
    for text in [ANSWER.replace("\r\n\r\n--", "\r\n--"), ANSWER.replace("\r\n", "\n")] {
        assert_eq!(statuses(&parse(TYPE, &Bytes::from(text), 3).unwrap()), [202, 202, 404]);
    }
}

#[test]
fn fault_092_answers_find_their_requests() {
    for (parts, count, want) in [
        (&[(Some(1), 404), (Some(0), 202)][..], 2, &[202, 404][..]),
        (&[(None, 403), (Some(1), 202), (None, 404)], 3, &[403, 202, 404]),
        (&[(None, 202), (None, 404)], 2, &[202, 404]),
        // Missing ones are no success, and nobody guesses which of two it was.
        (&[(Some(0), 202)], 3, &[202, 0, 0]),
        (&[(Some(2), 202)], 3, &[0, 0, 202]),
        (&[(Some(0), 202), (None, 404), (Some(3), 202)], 4, &[202, 0, 0, 202]),
        (&[(None, 404)], 2, &[0, 0]),
        // Ids that were never given, or twice.
        (&[(Some(9), 202), (Some(1), 202)], 2, &[0, 202]),
        (&[(Some(0), 202), (Some(0), 404)], 2, &[202, 0]),
    ] {
        assert_eq!(read(parts, count), want, "{parts:?}");
    }
}

#[test]
fn fault_092_a_batch_that_was_not_understood_fails_as_a_whole() {
    assert_eq!(read(&[(None, 400)], 3), [400, 400, 400]);
    assert_eq!(read(&[(Some(1), 400)], 3), [0, 400, 0]);
}

#[test]
fn fault_097_a_cut_answer_misses_its_last_part() {
    let whole = Bytes::from_static(ANSWER.as_bytes());
    for end in 0..whole.len() {
        if let Ok(answers) = parse(TYPE, &whole.slice(..end), 3) {
            let statuses = statuses(&answers);
            assert!([[202, 0, 0], [202, 202, 0], [202, 202, 404]].contains(&[
                statuses[0],
                statuses[1],
                statuses[2]
            ]));
        }
    }
    let unreadable = Bytes::from_static(b"--b\r\nContent-ID: 0\r\n\r\nnothing\r\n--b--");
    assert_eq!(parse("multipart/mixed; boundary=b", &unreadable, 1).unwrap(), [None]);
}

#[test]
fn fault_096_other_answers_are_refused() {
    for (content_type, body, count) in [
        ("application/xml", answer(&[(None, 202)]), 1),
        ("multipart/mixed", answer(&[(None, 202)]), 1),
        ("multipart/mixed; boundary=\"\"", answer(&[(None, 202)]), 1),
        ("multipart/mixed; boundary=c", answer(&[(None, 202)]), 1),
        ("multipart/mixed; boundary=b", answer(&[(None, 202), (None, 202)]), 1),
        ("multipart/mixed; boundary=b", Bytes::new(), 1),
        ("multipart/mixed; boundary=b", Bytes::from_static(b"<Error/>"), 1),
    ] {
        let error = parse(content_type, &body, count).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    }
    let quoted = parse("Multipart/Mixed;charset=utf-8; Boundary=\"b\"", &answer(&[(None, 202)]), 1).unwrap();
    assert_eq!(quoted[0].as_ref().unwrap().status, StatusCode::ACCEPTED);
}

proptest! {
    #[test]
    fn fault_174_no_bytes_panic(
        content_type in "multipart/mixed; boundary=b|\\PC{0,40}",
        body in "(--b|--b--|\r\n|\n|HTTP/1.1 202|Content-ID: [0-9]{1,20}|: |\\PC|\u{0}){0,30}",
        count in 0..9usize,
    ) {
        if let Ok(answers) = parse(&content_type, &Bytes::from(body), count) {
            prop_assert_eq!(answers.len(), count);
        }
    }

    #[test]
    fn every_answer_finds_its_request(
        parts in proptest::collection::vec((any::<bool>(), 200u16..500), 1..9), order: bool
    ) {
        // With every part there, ids may be missing anywhere; with every id there, the order may be any.
        let mut sent: Vec<_> = parts
            .iter()
            .zip(0u64..)
            .map(|((named, status), id)| ((*named || !order).then_some(id), *status))
            .collect();
        if !order {
            sent.reverse();
        }
        let want: Vec<u16> = parts.iter().map(|it| it.1).collect();
        prop_assert_eq!(read(&sent, parts.len()), want);
    }
}
