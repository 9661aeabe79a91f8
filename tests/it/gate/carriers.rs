//! How a token may come: in one Authorization header, and nowhere else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::Gate;
use crate::law::walker::{Call, document, operations};
use crate::support::{Answer, TestApp};

/// J01: on every operation that needs a token, none, another scheme and an empty one are refused alike, and the scheme is
/// known in any case.
#[test]
fn every_operation_asks_for_a_bearer_token() {
    let gate = Gate::new();
    let document = document();
    let good = gate.forge.token();
    let mut seen = 0;
    for operation in operations(&document) {
        if operation.needs.as_ref().is_none_or(|(scheme, _)| scheme != "bearer") {
            continue;
        }
        let mut call = Call::of(&document, &operation);
        call.headers.push(("x-request-id".to_owned(), "gate".to_owned()));
        let with = |value: Option<&str>| {
            let mut call = call.clone();
            call.headers.extend(value.map(|value| ("authorization".to_owned(), value.to_owned())));
            call.send(&gate.app.anonymous(), &operation)
        };
        let none = with(None).problem(401, "unauthenticated");
        assert_eq!(none.header("www-authenticate"), "Bearer realm=\"canbo\"");
        for bad in ["Basic bWlnaHR5OnNlY3JldA==", "Bearer", "Bearer ", "Bearer null", "Token abc", &good] {
            let answer = with(Some(bad)).problem(401, "unauthenticated");
            assert_eq!(answer.text, none.text, "{} {bad}", operation.id);
            assert_eq!(answer.header("www-authenticate"), none.header("www-authenticate"));
        }
        for scheme in ["bearer", "BEARER", "Bearer"] {
            let answer = with(Some(&format!("{scheme} {good}")));
            assert_ne!(answer.status, 401, "{} {scheme}: {}", operation.id, answer.text);
        }
        seen += 1;
    }
    assert!(seen > 45, "only {seen} operations need a token");
}

/// J02: two headers, two tokens in one, and a token in the query, the body or a cookie are none.
#[test]
fn a_token_comes_in_one_header_alone() {
    let gate = Gate::new();
    let good = gate.forge.token();
    let anonymous = gate.app.anonymous();
    let ask = || anonymous.request(Method::GET, "/v1/me");
    let bearer = format!("Bearer {good}");
    let refused = [
        ask().header("authorization", &bearer).header("authorization", &bearer),
        ask().header("authorization", &bearer).header("authorization", "Basic eDp5"),
        ask().header("authorization", "Basic eDp5").header("authorization", &bearer),
        ask().header("authorization", format!("{bearer}, {bearer}")),
        ask().header("authorization", format!("{bearer},{good}")),
        ask().header("authorization", format!("Bearer  {good}")),
        ask().header("authorization", format!("Bearer\t{good}")),
        ask().header("authorization", format!("{bearer} {good}")),
        ask().header("authorization", format!("Bearer \"{good}\"")),
        ask().header("x-authorization", &bearer),
        ask().header("proxy-authorization", &bearer),
        ask().header("cookie", format!("access_token={good}; Authorization={bearer}")),
        anonymous.request(Method::GET, &format!("/v1/me?access_token={good}")),
        anonymous.request(Method::GET, &format!("/v1/units?access_token={good}&token={good}")),
        anonymous.request(Method::POST, "/v1/units").form(&[("access_token", &good)]),
        anonymous.request(Method::POST, "/v1/units").json(&json!({"access_token": good})),
    ];
    for request in refused {
        Answer::of(request).problem(401, "unauthenticated");
    }
    Answer::of(ask().header("authorization", &bearer)).expect(200);
}

/// What came back for raw bytes.
fn raw(app: &TestApp, head: &str) -> String {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // The service may answer, and close, before it has read it all.
    let _ = stream.write_all(head.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// J02: the same over raw bytes, with headers that no client library would send.
#[test]
fn raw_headers_do_not_confuse_it() {
    let gate = Gate::new();
    let bearer = format!("Bearer {}", gate.forge.token());
    let ask = |headers: &str| {
        let head = format!("GET /v1/me HTTP/1.1\r\nHost: canbo\r\nConnection: close\r\n{headers}\r\n");
        raw(&gate.app, &head).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(ask(&format!("Authorization: {bearer}\r\n")), "HTTP/1.1 200 OK");
    assert_eq!(ask(&format!("aUTHORIZATION: {bearer}\r\n")), "HTTP/1.1 200 OK");
    for headers in [
        format!("Authorization: {bearer}\r\nauthorization: {bearer}\r\n"),
        format!("Authorization: \r\nAuthorization: {bearer}\r\n"),
        format!("Authorization: {bearer}\r\nAuthorization:\r\n"),
        format!("Authorization: {bearer}\u{e9}\r\n"),
    ] {
        assert_eq!(ask(&headers), "HTTP/1.1 401 Unauthorized", "{headers}");
    }
}

/// J21: a token beyond its cap is refused; a head beyond the server's is answered or cut, and the next call is well.
#[test]
fn what_is_too_long_is_refused() {
    let gate = Gate::new();
    // The last is longer by one byte than the cap, and our key has really signed it.
    let padding = 8 * 1024 - 4 * gate.forge.token().len();
    let mut long = gate.forge.clone().claim("client_id", json!("x".repeat(padding)));
    while long.token().len() <= 8 * 1024 {
        let more = long.claims["client_id"].as_str().unwrap().len() + 1;
        long = long.claim("client_id", json!("x".repeat(more)));
    }
    gate.refuses("8 KiB and a little", &long.token());
    gate.refuses("100 KiB", &"a".repeat(100 * 1024));
    let head = |headers: &str| format!("GET /v1/me HTTP/1.1\r\nHost: canbo\r\nConnection: close\r\n{headers}\r\n");
    let many: String = (0..97).fold(String::new(), |all, n| all + &format!("x-{n}: 1\r\n"));
    for (what, head) in [
        ("128 KiB and a little", head(&format!("Authorization: Bearer {}\r\n", "a".repeat(128 * 1024)))),
        ("97 headers", head(&many)),
    ] {
        let answer = raw(&gate.app, &head);
        let status = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
        assert!(["400", "431", "closed"].contains(&status.as_str()), "{what}: {answer}");
    }
    gate.takes("afterwards", &gate.forge.token());
}
