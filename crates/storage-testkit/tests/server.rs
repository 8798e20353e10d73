//! Every word of the scripted server does what it says, seen by a client that sends raw bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use storage_testkit::Gate;
use storage_testkit::server::{
    Accept, Answer, BlackHole, Fault, Script, Server, Step, exchange, exchange_url, hostile, refused_address,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const GET: &[u8] = b"GET /key HTTP/1.1\r\nhost: x\r\n\r\n";

async fn serve(answer: Answer) -> Server {
    Server::start(Script::queue([answer])).await.unwrap()
}

/// Sends a plain GET and returns what came, up to the end or the reset of the connection.
async fn get(answer: Answer) -> (String, io::Result<()>) {
    let server = serve(answer).await;
    read_all(server.address(), GET).await
}

async fn read_all(address: SocketAddr, request: &[u8]) -> (String, io::Result<()>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).await.map(|_| ());
    (String::from_utf8_lossy(&answer).into_owned(), ended)
}

/// Reads up to and with the empty line behind the headers.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Reads so many bytes.
async fn read_some(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    stream.read_exact(&mut read).await.unwrap();
    read
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map(|it| it.1).unwrap()
}

fn was_reset(ended: io::Result<()>) -> bool {
    ended.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

#[tokio::test]
async fn a_good_answer_is_good() {
    let (answer, ended) = get(Answer::new(200).header("ETag", "\"1\"").body("content")).await;
    assert_eq!(answer, "HTTP/1.1 200 Scripted\r\nETag: \"1\"\r\ncontent-length: 7\r\n\r\ncontent");
    ended.unwrap();
    let (answer, _) = get(Answer::new(204)).await;
    assert_eq!(answer, "HTTP/1.1 204 Scripted\r\n\r\n");
    let (answer, _) = get(Answer::new(200).body("abc").chunked()).await;
    assert_eq!(body(&answer), "3\r\nabc\r\n0\r\n\r\n");
}

#[tokio::test]
async fn the_log_has_the_exact_bytes() {
    let server = Server::start(Script::function(|_| Answer::new(200))).await.unwrap();
    let request = b"PUT /a//b/../%2f?x=%20&y HTTP/1.1\r\nHost: x\r\nX-Odd:  two  blanks \r\nx-odd: again\r\n\
        Content-Length: 4\r\n\r\nbodyPOST /2 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nt: 1\r\n\r\n";
    exchange(server.address(), request).await.unwrap();
    let log = server.wait_for_requests(2).await;
    assert_eq!(&log[0].target[..], b"/a//b/../%2f?x=%20&y");
    assert_eq!((log[0].path(), log[0].query("x").unwrap()), ("/a//b/../%2f".into(), "%20".into()));
    assert_eq!((log[0].query("y").unwrap(), log[0].query("z")), (String::new(), None));
    let names: Vec<_> = log[0].headers.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["Host", "X-Odd", "x-odd", "Content-Length"]);
    assert_eq!(log[0].header_values("x-odd").collect::<Vec<_>>(), ["two  blanks", "again"]);
    assert!(log[0].head.windows(20).any(|it| it == b"X-Odd:  two  blanks "), "the head is kept raw");
    assert_eq!((&log[0].body[..], log[0].complete), (&b"body"[..], true));
    assert_eq!((&log[1].body[..], log[1].body_bytes, log[1].connection), (&b"abcde"[..], 5, 0));
    assert_eq!(server.request_lines()[1], "POST /2");
    assert_eq!(server.connections(), 1);
    server.wait_for_close().await;
}

#[tokio::test]
async fn a_body_that_is_cut_by_the_client_is_not_complete() {
    let server = Server::start(Script::function(|_| Answer::new(200))).await.unwrap();
    let answer =
        exchange(server.address(), b"PUT /x HTTP/1.1\r\ncontent-length: 10\r\n\r\nabc").await.unwrap();
    assert_eq!(answer, b"");
    let log = server.requests();
    assert_eq!((log[0].body_bytes, log[0].complete), (3, false));
}

#[tokio::test]
async fn expect_continue_is_answered_before_the_body() {
    let server = serve(Answer::new(200)).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"PUT /x HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").await.unwrap();
    let mut first = [0; 25];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ok").await.unwrap();
    assert_eq!(&server.wait_for_requests(1).await[0].body[..], b"ok");
}

#[tokio::test]
async fn a_script_without_answers_says_so() {
    let server = Server::start(Script::queue([Answer::new(200), Answer::new(201)])).await.unwrap();
    exchange(server.address(), GET).await.unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.assert_done()));
    assert!(panic.is_err(), "one answer was not asked for");
    exchange(server.address(), GET).await.unwrap();
    server.assert_done();
    assert!(exchange(server.address(), GET).await.unwrap().starts_with(b"HTTP/1.1 599"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.assert_done())).is_err());
}

#[tokio::test]
async fn connections_are_refused_ignored_closed_and_reset() {
    let address = refused_address().await.unwrap();
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    let accepts = [Accept::Close, Accept::Reset, Accept::Ignore];
    let server = Server::start(Script::queue([Answer::new(200)]).accepts(accepts)).await.unwrap();
    let mut byte = [0];
    let mut closed = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(closed.read(&mut byte).await.unwrap(), 0);
    let mut reset = TcpStream::connect(server.address()).await.unwrap();
    assert!(was_reset(reset.read(&mut byte).await.map(|_| ())));
    let mut ignored = TcpStream::connect(server.address()).await.unwrap();
    ignored.write_all(GET).await.unwrap();
    let (answer, _) = read_all(server.address(), GET).await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert_eq!(server.requests().len(), 1, "what is ignored is not read");
    drop(server);
    assert_ne!(ignored.read(&mut byte).await.ok(), Some(1), "a dropped server closes everything");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_black_hole_neither_takes_nor_refuses() {
    let hole = BlackHole::open().await.unwrap();
    let connect = TcpStream::connect(hole.address());
    // Only the absence of an answer can be waited for, so this is the one test with a time in it.
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), connect).await.is_err());
}

#[tokio::test]
async fn connections_end_as_told() {
    let (answer, ended) = get(Answer::new(200).body("x").fault(Fault::ResetBeforeAnswer)).await;
    assert!(answer.is_empty() && was_reset(ended));
    let (answer, ended) = get(Answer::new(200).body("x").fault(Fault::CloseWithoutAnswer)).await;
    assert!(answer.is_empty() && ended.is_ok());
    let (answer, ended) = get(Answer::new(200).body("0123456789").fault(Fault::CutAfter(4))).await;
    assert_eq!((body(&answer), ended.is_ok()), ("0123", true));
    assert!(answer.contains("content-length: 10\r\n"), "the length stays that of the whole");
    let server = serve(Answer::new(200).body("0123456789").fault(Fault::ResetAfter(4))).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let mut answer = Vec::new();
    // A reset may overtake what was sent before it.
    assert!(was_reset(stream.read_to_end(&mut answer).await.map(|_| ())));
    assert!(!answer.ends_with(b"01234"));
}

#[tokio::test]
async fn an_answer_closes_silently_when_told() {
    let server = serve(Answer::new(200).body("x").fault(Fault::CloseAfterAnswer)).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\nx") && !answer.contains("close"));
}

#[tokio::test]
async fn an_upload_is_reset_in_the_middle() {
    let server = serve(Answer::new(200).fault(Fault::ResetMidUpload(5))).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"PUT /x HTTP/1.1\r\ncontent-length: 100\r\n\r\n0123456789").await.unwrap();
    let mut answer = Vec::new();
    assert!(was_reset(stream.read_to_end(&mut answer).await.map(|_| ())));
    let log = server.requests();
    assert_eq!((log[0].body_bytes, log[0].complete, answer.len()), (5, false, 0));
}

#[tokio::test]
async fn an_early_answer_comes_before_the_body() {
    let server = serve(Answer::new(403).body("no").fault(Fault::Early)).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"PUT /x HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 403"));
    assert_eq!(read_some(&mut stream, 2).await, b"no");
    assert_eq!(server.requests()[0].body_bytes, 0);
}

#[tokio::test]
async fn stalls_last_until_the_client_gives_up() {
    for (fault, sent) in [(Fault::StallBeforeHeaders, ""), (Fault::StallAfter(3), "012")] {
        let server = serve(Answer::new(200).body("0123456789").fault(fault)).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(GET).await.unwrap();
        server.wait_for_requests(1).await;
        if !sent.is_empty() {
            read_head(&mut stream).await;
            assert_eq!(read_some(&mut stream, sent.len()).await, sent.as_bytes());
        }
        let mut byte = [0];
        let more = futures_util::FutureExt::now_or_never(stream.read(&mut byte));
        assert!(more.is_none(), "nothing more comes");
        drop(stream);
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn gates_hold_answers_back() {
    let gate = Gate::new();
    let server = serve(Answer::new(200).body("x").fault(Fault::WaitBeforeHeaders(gate.clone()))).await;
    let reading = tokio::spawn({
        let address = server.address();
        async move { read_all(address, GET).await }
    });
    gate.arrived(1).await;
    assert!(!reading.is_finished() && server.sent_bytes() == 0);
    gate.release(1);
    assert!(reading.await.unwrap().0.ends_with("x"));

    let gate = Gate::new();
    let server = serve(Answer::new(200).body("0123456789").fault(Fault::WaitAfter(4, gate.clone()))).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    read_head(&mut stream).await;
    assert_eq!(read_some(&mut stream, 4).await, b"0123");
    gate.open();
    assert_eq!(read_some(&mut stream, 6).await, b"456789");
}

#[tokio::test]
async fn a_dribble_comes_piece_by_piece() {
    let gate = Gate::new();
    let server = serve(Answer::new(200).body("01234").fault(Fault::Dribble(2, gate.clone()))).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    read_head(&mut stream).await;
    for (arrival, piece) in ["01", "23", "4"].into_iter().enumerate() {
        gate.arrived(arrival + 1).await;
        let before = server.sent_bytes();
        gate.release(1);
        assert_eq!(read_some(&mut stream, piece.len()).await, piece.as_bytes());
        assert_eq!(server.sent_bytes() - before, piece.len() as u64);
    }
}

#[tokio::test]
async fn framing_is_wrong_as_told() {
    let answer = || Answer::new(200).body("abc");
    let (text, _) = get(answer().fault(Fault::NoTerminator)).await;
    assert_eq!(body(&text), "3\r\nabc\r\n");
    let (text, _) = get(answer().fault(Fault::NoLength)).await;
    assert!(!text.contains("content-length") && body(&text) == "abc");
    let (text, _) = get(answer().fault(Fault::LengthIs(9))).await;
    assert!(text.contains("content-length: 9\r\n") && body(&text) == "abc");
    let (text, _) = get(answer().fault(Fault::TwoLengths)).await;
    assert!(text.contains("content-length: 3\r\n") && text.contains("content-length: 4\r\n"));
    let (text, _) = get(answer().fault(Fault::LengthAndChunks)).await;
    assert!(text.contains("content-length: 3\r\n") && text.contains("transfer-encoding: chunked\r\n"));
    let (text, _) = get(answer().fault(Fault::ExtraBytes(Bytes::from_static(b"more")))).await;
    assert_eq!(body(&text), "abcmore");
}

#[tokio::test]
async fn headers_are_wrong_as_told() {
    let answer = || Answer::new(200).header("ETag", "\"1\"").body("abc");
    let (text, _) = get(answer().fault(Fault::HugeHeader(65_536))).await;
    assert!(text.len() > 65_536);
    let (text, _) = get(answer().fault(Fault::ManyHeaders(1_000))).await;
    assert_eq!(text.matches("x-many-").count(), 1_000);
    let (text, _) = get(answer().fault(Fault::Informational(10_000))).await;
    assert_eq!(text.matches("HTTP/1.1 100 Continue\r\n\r\n").count(), 10_000);
    assert!(text.ends_with("abc"));
    let (text, _) = get(answer().fault(Fault::DropHeader("etag"))).await;
    assert!(!text.contains("ETag"));
    let (text, _) = get(answer().fault(Fault::SetHeader("etag", "\"2\"".into()))).await;
    assert!(text.contains("etag: \"2\"\r\n") && !text.contains("\"1\""));
    let (text, _) = get(answer().fault(Fault::RepeatHeader("etag"))).await;
    assert_eq!(text.matches("ETag: \"1\"\r\n").count(), 2);
}

#[tokio::test]
async fn bodies_are_wrong_as_told() {
    let answer = || Answer::xml(200, "<a><b/></a>");
    let (text, _) = get(Answer::new(200).body("abc").fault(Fault::FlipBit(1))).await;
    assert_eq!(body(&text), "acc");
    let (text, _) = get(answer().fault(Fault::CutDocument(5))).await;
    assert!(text.contains("content-length: 5\r\n") && body(&text) == "<a><b");
    let (text, _) = get(answer().fault(Fault::EmptyBody)).await;
    assert!(text.contains("content-length: 0\r\n") && body(&text).is_empty());
    let (text, _) = get(answer().fault(Fault::HtmlBody)).await;
    assert!(
        text.contains("text/html") && !text.contains("application/xml") && body(&text).contains("<html>")
    );
    let (text, _) = get(answer().fault(Fault::JsonBody)).await;
    assert!(text.contains("application/json") && body(&text).starts_with('{'));
    let (text, _) = get(answer().fault(Fault::BinaryBody)).await;
    assert!(text.contains("content-length: 8\r\n"));
    let gate = Gate::new();
    gate.open();
    let (text, _) = get(answer().fault(Fault::LeadingBlanks(3, gate.clone()))).await;
    assert!(text.contains("content-length: 14\r\n") && body(&text) == "   <a><b/></a>");
    let (text, _) = get(answer().chunked().fault(Fault::LeadingBlanks(2, gate))).await;
    assert_eq!(body(&text), "1\r\n \r\n1\r\n \r\nb\r\n<a><b/></a>\r\n0\r\n\r\n");
}

#[tokio::test]
async fn an_endless_body_takes_no_memory_and_stops_with_the_client() {
    let server = serve(Answer::new(200).fault(Fault::EndlessBody(400 << 20))).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let mut start = vec![0; 100_000];
    stream.read_exact(&mut start).await.unwrap();
    assert!(String::from_utf8_lossy(&start).contains("content-length: 419430400\r\n"));
    drop(stream);
    server.wait_for_close().await;
    assert!(server.sent_bytes() < 100 << 20, "{} bytes were sent", server.sent_bytes());
}

#[tokio::test]
async fn steps_and_raw_bytes_are_sent_as_they_are() {
    let (text, _) = get(Answer::raw("garbage\r\n")).await;
    assert_eq!(text, "garbage\r\n");
    let piece = Bytes::from_static(b"ab");
    let (text, _) = get(Answer::steps([Step::ReadBody, Step::Repeat { piece, total: 5 }])).await;
    assert_eq!(text, "ababa");
}

#[tokio::test]
async fn objects_are_served_with_ranges_and_conditions() {
    let script = Script::function(|request| Answer::object(request, "0123456789", "\"e\""));
    let server = Server::start(script).await.unwrap();
    let ask = async |header: &str| {
        let request = format!("GET /o HTTP/1.1\r\n{header}\r\n\r\n");
        String::from_utf8(exchange(server.address(), request.as_bytes()).await.unwrap()).unwrap()
    };
    let part = ask("Range: bytes=2-4").await;
    assert!(part.starts_with("HTTP/1.1 206") && part.contains("content-range: bytes 2-4/10\r\n"));
    assert_eq!(body(&part), "234");
    assert_eq!(body(&ask("range: bytes=8-").await), "89");
    assert_eq!(body(&ask("range: bytes=-3").await), "789");
    assert_eq!(body(&ask("x: y").await), "0123456789");
    assert!(ask("range: bytes=10-").await.starts_with("HTTP/1.1 416"));
    assert!(ask("if-match: \"other\"").await.starts_with("HTTP/1.1 412"));
    assert!(ask("if-none-match: \"e\"").await.starts_with("HTTP/1.1 304"));
    assert_eq!(server.requests()[0].range(), Some((2, Some(4))));
}

#[tokio::test]
async fn a_head_has_no_body() {
    let script = Script::function(|_| Answer::new(200).body("0123456789"));
    let server = Server::start(script).await.unwrap();
    let answer = exchange(server.address(), b"HEAD /o HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 Scripted\r\ncontent-length: 10\r\n\r\n");
}

#[tokio::test]
async fn plain_addresses_can_be_read() {
    let server = serve(Answer::new(200).body("x")).await;
    let headers = [("x-a".to_owned(), "1".to_owned())];
    let answer = exchange_url(&format!("{}?q", server.url()), &headers).await.unwrap().unwrap();
    assert!(answer.ends_with(b"x"));
    let log = server.requests();
    assert_eq!((log[0].target_text().as_str(), log[0].header("x-a")), ("/?q", Some("1")));
    assert!(exchange_url("https://127.0.0.1/", &[]).await.is_none());
}

#[test]
fn hostile_documents_are_what_they_say() {
    assert!(hostile::entity_bomb().starts_with(b"<?xml"));
    assert!(hostile::external_entity().windows(6).any(|it| it == b"SYSTEM"));
    assert_eq!(hostile::deep_xml(300_000).len(), 300_000 * 7);
    assert_eq!(hostile::deep_json(100_000).len(), 200_000);
    assert!(hostile::many_attributes(80_000).len() > 80_000 * 5);
    assert!(hostile::many_name_spaces(2).ends_with(b"xmlns:n0=\"urn:0\" xmlns:n1=\"urn:1\"/>"));
    assert_eq!(hostile::with_byte_order_mark("x"), "\u{feff}x".as_bytes());
    assert_eq!(&hostile::in_utf_16("a")[..], b"\xff\xfea\0");
    assert!(std::str::from_utf8(&hostile::not_utf_8("some text")).is_err());
}
