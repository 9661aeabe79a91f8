//! Peers that take their time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use canbo::platform::clock::Clock;
use canbo::platform::config::HttpPatience;

use super::raw::{connect, drain};
use crate::support::app::http;
use crate::support::{TODAY, TestApp, database, day};

/// Short deadlines, in the order of the long ones.
fn hasty() -> TestApp {
    let mut settings = http();
    settings.limits.patience = HttpPatience {
        head: Duration::from_millis(700),
        body: Duration::from_millis(600),
        exchange: Duration::from_millis(1500),
        keep_alive: Duration::from_millis(1200),
        ..HttpPatience::default()
    };
    TestApp::with(database::founded(), settings, Clock::manual_on(day(TODAY)))
}

/// Writes a byte each 100 ms until the other side has closed.
fn trickle(stream: &mut TcpStream, byte: u8, most: Duration) -> (bool, String, Duration) {
    let (start, mut heard, mut part) = (Instant::now(), Vec::new(), [0; 4096]);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while start.elapsed() < most {
        let gone = stream.write_all(&[byte]).is_err();
        match stream.read(&mut part) {
            Ok(0) => return (true, String::from_utf8_lossy(&heard).into_owned(), start.elapsed()),
            Ok(n) => heard.extend_from_slice(&part[..n]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return (true, String::from_utf8_lossy(&heard).into_owned(), start.elapsed()),
        }
        if gone {
            return (true, String::from_utf8_lossy(&heard).into_owned(), start.elapsed());
        }
    }
    (false, String::from_utf8_lossy(&heard).into_owned(), start.elapsed())
}

/// I09: the head of the first request.
#[test]
fn a_slow_head_is_cut() {
    let app = hasty();
    let mut stream = connect(app.address);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let (cut, heard, took) = trickle(&mut stream, b'a', Duration::from_secs(6));
    assert!(cut && took < Duration::from_secs(3), "{took:?} {heard}");
    assert!(!heard.contains(" 200 "), "{heard}");
    // Who says nothing at all is not waited for either.
    let silent = drain(&mut connect(app.address), Duration::from_secs(6));
    assert!(silent.closed && silent.took < Duration::from_secs(4), "{:?}", silent.took);
}

/// I09: the head of a later request on the same connection.
#[test]
fn a_slow_second_head_is_cut() {
    let app = hasty();
    let mut stream = connect(app.address);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let first = drain(&mut stream, Duration::from_millis(800));
    assert!(first.text.contains(" 200 ") && !first.closed, "{}", first.text);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let (cut, heard, took) = trickle(&mut stream, b'a', Duration::from_secs(8));
    assert!(cut && took < Duration::from_secs(4), "{took:?} {heard}");
    assert!(!heard.contains(" 200 "), "{heard}");
}

/// I09: a body of a byte now and then is a 408, and the connection ends.
#[test]
fn a_slow_body_is_cut() {
    let app = hasty();
    let mut stream = connect(app.address);
    stream
        .write_all(b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"user_name\": \"")
        .unwrap();
    let (cut, heard, took) = trickle(&mut stream, b'a', Duration::from_secs(8));
    assert!(cut && took < Duration::from_secs(5), "{took:?} {heard}");
    assert!(heard.contains(" 408 ") && heard.contains("\"code\":\"too_slow\""), "{heard}");
}

/// I09: who does not read the answer keeps no connection.
#[test]
fn a_slow_reader_is_cut() {
    let app = hasty();
    let stream = connect(app.address);
    let mut writer = stream.try_clone().unwrap();
    // More answers than the buffers of both ends hold, and nobody who reads them.
    let start = Instant::now();
    writer.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(16);
    let mut refused = false;
    while start.elapsed() < Duration::from_secs(20) && !refused {
        refused = writer
            .write_all(&request)
            .is_err_and(|e| matches!(e.kind(), std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset));
    }
    assert!(refused, "the connection still lives after {:?}", start.elapsed());
}

/// I09: idle sockets are no burden on others, and go.
#[test]
fn idle_sockets_harm_nobody() {
    let app = hasty();
    let idle: Vec<TcpStream> = (0..400).map(|_| connect(app.address)).collect();
    let client = app.anonymous();
    let start = Instant::now();
    for _ in 0..20 {
        client.get("/healthz").expect(200);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    for mut stream in idle {
        assert!(drain(&mut stream, Duration::from_secs(6)).closed);
    }
}
