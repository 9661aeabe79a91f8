//! Bytes on a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::support::TestApp;

/// Sends bytes; what came back, whether the other side closed, and how long it took.
pub struct Exchange {
    pub text: String,
    pub closed: bool,
    pub took: Duration,
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads until the other side closes or says nothing more for the time.
pub fn drain(stream: &mut TcpStream, quiet: Duration) -> Exchange {
    stream.set_read_timeout(Some(quiet)).unwrap();
    let (start, mut bytes, mut closed) = (Instant::now(), Vec::new(), false);
    let mut part = [0; 8192];
    loop {
        match stream.read(&mut part) {
            Ok(0) => {
                closed = true;
                break;
            }
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                closed = true;
                break;
            }
            Err(_) => break,
        }
    }
    Exchange { text: String::from_utf8_lossy(&bytes).into_owned(), closed, took: start.elapsed() }
}

pub fn send(address: SocketAddr, bytes: &[u8]) -> Exchange {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    drain(&mut stream, Duration::from_millis(1500))
}

/// Statuses of all answers in what came back.
fn statuses(text: &str) -> Vec<u16> {
    text.match_indices("HTTP/1.1 ").map(|(at, _)| text[at + 9..at + 12].parse().unwrap()).collect()
}

/// I08: two readers of one stream of bytes must not see two different requests in it.
#[test]
fn no_request_is_smuggled() {
    let app = TestApp::start();
    let hidden = "GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |headers: &str, body: &str| {
        format!("POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n{body}")
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    let refused = [
        ("both lengths", post(&format!("Content-Length: 5\r\n{chunked}"), &format!("0\r\n\r\n{hidden}"))),
        ("encoding twice", post(&format!("{chunked}{chunked}"), &format!("0\r\n\r\n{hidden}"))),
        ("chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("unknown encoding", post("Transfer-Encoding: xchunked\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 60\r\n", &format!("{{}}{hidden}"))),
        ("lengths in a list", post("Content-Length: 2, 60\r\n", &format!("{{}}{hidden}"))),
        ("a signed length", post("Content-Length: +2\r\n", &format!("{{}}{hidden}"))),
        ("a negative length", post("Content-Length: -1\r\n", hidden)),
        ("a length beyond numbers", post("Content-Length: 18446744073709551616\r\n", hidden)),
        ("space before the colon", post("Content-Length : 2\r\n", &format!("{{}}{hidden}"))),
        ("an empty chunk line", post(chunked, &format!("\r\n\r\n{hidden}"))),
        ("a chunk line that is no number", post(chunked, &format!("zz\r\n{hidden}"))),
        ("a chunk of negative size", post(chunked, &format!("-1\r\n{hidden}"))),
        ("a chunk beyond numbers", post(chunked, &format!("fffffffffffffffff\r\n{hidden}"))),
        ("no host", format!("GET /healthz HTTP/1.1\r\n\r\n{hidden}")),
        ("two hosts", format!("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{hidden}")),
        ("a folded header", format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n{hidden}")),
        ("U+0000 in a header", format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n{hidden}")),
        ("U+0000 in the path", format!("GET /health\0z HTTP/1.1\r\nHost: a\r\n\r\n{hidden}")),
        ("HTTP/1.1 and no path", format!("GET HTTP/1.1\r\nHost: a\r\n\r\n{hidden}")),
    ];
    let mut breaches = Vec::new();
    for (what, bytes) in refused {
        let answer = send(app.address, bytes.as_bytes());
        let seen = statuses(&answer.text);
        // One answer, a refusal, and no ear for what follows.
        if seen.len() > 1 || seen.iter().any(|status| !(400..500).contains(status)) || !answer.closed {
            breaches.push(format!("{what}: {seen:?}, closed: {}", answer.closed));
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// I10: HTTP/2, by prior knowledge or by an upgrade, is not spoken; neither are other upgrades.
#[test]
fn only_http_1_is_spoken() {
    let app = TestApp::start();
    let preface = send(app.address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert!(preface.closed && !preface.text.as_bytes().starts_with(b"\0"), "{}", preface.text);
    assert!(statuses(&preface.text).iter().all(|status| *status == 400 || *status == 505), "{}", preface.text);
    for upgrade in ["h2c", "websocket", "TLS/1.0"] {
        let bytes = format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
        );
        let answer = send(app.address, bytes.as_bytes());
        assert!(!answer.text.contains(" 101 "), "{upgrade}: {}", answer.text);
        assert!(statuses(&answer.text) == [200], "{upgrade}: {}", answer.text);
    }
}

/// J21 I08: a head that is too large is refused before it is all there.
#[test]
fn heads_have_a_size() {
    let app = TestApp::start();
    let mut stream = connect(app.address);
    let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: {}", "a".repeat(300 * 1024));
    // The other side may close while it is still written.
    let _ = stream.write_all(head.as_bytes());
    let answer = drain(&mut stream, Duration::from_secs(2));
    assert!(answer.closed && !answer.text.contains(" 200 "), "{}", answer.text);
    let many = (0..200).fold(String::new(), |all, n| format!("{all}X-{n}: a\r\n"));
    let answer = send(app.address, format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes());
    assert!(answer.closed && !answer.text.contains(" 200 "), "{}", answer.text);
}

/// HEAD answers as GET does, with the length and without the body.
#[test]
fn head_is_get_without_its_body() {
    let app = TestApp::start();
    let get = send(app.address, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let head = send(app.address, b"HEAD /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (get_head, body) = get.text.split_once("\r\n\r\n").unwrap();
    let (head_head, nothing) = head.text.split_once("\r\n\r\n").unwrap();
    assert!(body.len() > 1000 && nothing.is_empty());
    let length = |text: &str| text.to_lowercase().split("content-length: ").nth(1).unwrap()[..6].trim().to_owned();
    assert_eq!(length(get_head), length(head_head));
    assert!(head_head.starts_with("HTTP/1.1 200"));
    let unknown = send(app.address, b"HEAD /v1/units HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(unknown.text.starts_with("HTTP/1.1 401") && unknown.text.ends_with("\r\n\r\n"), "{}", unknown.text);
}
