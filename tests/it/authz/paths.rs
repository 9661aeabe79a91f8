//! Other spellings of paths, methods and callers: none of them is a way around.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::world::{bare, everything, fitting, in_earnest, permission, roles_with, world};
use crate::law::none;
use crate::law::walker::{NOBODY, document, operations};
use crate::support::Answer;

/// Sends a request line as it is; gives the status and the body.
fn raw(line: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(world().app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: canbo.test\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{line}: {text:?}")), body.to_owned())
}

/// Other spellings of a path that some server, proxy or router takes for the same.
fn spellings(path: &str) -> Vec<String> {
    let (parent, last) = path.rsplit_once('/').unwrap();
    let first = parent.find("/v1/").map_or(0, |at| at + 3);
    let (front, rest) = path.split_at(first);
    vec![
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{parent}//{last}"),
        format!("{parent}%2f{last}"),
        format!("{parent}%2F{last}"),
        format!("{parent}/./{last}"),
        format!("{parent}/%2e/{last}"),
        format!("/healthz/..{path}"),
        format!("/healthz/%2e%2e{path}"),
        format!("/docs/%2e%2e{path}"),
        format!("/problems/..%2f..{path}"),
        format!("{path};x"),
        format!("{front};x{rest}"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}."),
        format!("{path}.json"),
        path.to_uppercase(),
        path.replacen("/v1", "/V1", 1),
    ]
}

/// Z08: no other spelling of a path that needs a token answers anybody without one, and none opens to somebody without a
/// role what its right spelling does not.
#[test]
fn no_spelling_of_a_path_is_a_way_around() {
    let (world, document) = (world(), document());
    let (mut breaches, mut seen) = (Vec::new(), 0);
    let bearer = format!("Authorization: Bearer {}\r\n", world.nobody.token());
    for operation in operations(&document) {
        let Some(permission) = permission(&operation).filter(|_| operation.method.is_safe()) else { continue };
        let call = fitting(&document, &operation, &world.here);
        let query = serde_urlencoded::to_string(&call.query).unwrap();
        for path in spellings(&call.path) {
            let line = format!("GET {path}?{query}");
            for headers in ["", &bearer] {
                // Signing in is enough for these.
                if permission.is_empty() && !headers.is_empty() {
                    continue;
                }
                seen += 1;
                let (status, body) = raw(&line, headers);
                if !matches!(status, 400 | 401 | 403 | 404 | 405) {
                    breaches.push(format!("{line}: {status} {}", body.chars().take(200).collect::<String>()));
                }
            }
        }
    }
    assert!(seen > 1000, "only {seen} calls");
    none("No spelling of a path is a way around.", &breaches);
}

/// Z08: a header that names another method is not heard; HEAD asks for a token as GET does; TRACE is no method.
#[test]
fn a_method_is_what_the_request_line_says() {
    let (world, document) = (world(), document());
    let (before, mut breaches) = (everything(&world.app), Vec::new());
    for operation in operations(&document) {
        let Some(permission) = permission(&operation) else { continue };
        let call = in_earnest(&fitting(&document, &operation, &world.here));
        let client = &world.callers[roles_with(permission)[0]];
        let described = |method: &str| document["paths"][&operation.path].get(method).is_some();
        let method = if described("get") { reqwest::Method::GET } else { reqwest::Method::PUT };
        let plain = Answer::of(client.request(method.clone(), &call.path)).status;
        for other in ["DELETE", "PATCH", "POST"] {
            let mut asked = client.request(method.clone(), &call.path);
            for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                asked = asked.header(header, other);
            }
            let status = Answer::of(asked).status;
            if status != plain {
                breaches.push(format!("{method} {} that says it is {other}: {status}", call.path));
            }
        }
        for method in ["HEAD", "TRACE"] {
            let (status, body) = raw(&format!("{method} {}", call.path), "");
            if !matches!((method, status), (_, 400 | 404 | 405) | ("HEAD", 401))
                || method == "TRACE" && body.contains("canbo.test")
            {
                breaches.push(format!("{method} {}: {status} {body}", call.path));
            }
        }
    }
    none("A method is what the request line says.", &breaches);
    assert_eq!(before, everything(&world.app), "a method in a header has changed something");
}

/// What proxies say of who calls, from where, and what they ask for.
const SPOOFED: [(&str, &str); 16] = [
    ("x-user-id", "01994f7e-0000-7000-8000-000000000001"),
    ("x-user", "administrator"),
    ("x-forwarded-user", "administrator"),
    ("x-authenticated-user", "administrator"),
    ("x-remote-user", "administrator"),
    ("remote-user", "administrator"),
    ("x-role", "administrator"),
    ("x-roles", "administrator,decider"),
    ("x-account-id", "01994f7e-0000-7000-8000-000000000001"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1;by=127.0.0.1;proto=https"),
    ("x-forwarded-host", "127.0.0.1"),
    ("x-forwarded-proto", "https"),
    ("x-original-url", "/healthz"),
    ("x-rewrite-url", "/healthz"),
];

/// Z11: headers that say who calls or from where change no answer of any operation, with a token or without.
#[test]
fn spoofed_headers_change_nothing() {
    let (world, document) = (world(), document());
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for operation in operations(&document) {
        let Some(permission) = permission(&operation) else { continue };
        let call = fitting(&document, &operation, &world.here);
        let may = roles_with(permission)[0];
        for client in [&world.app.anonymous(), &world.nobody, &world.callers[may]] {
            // New things of a dry run have new ids each time.
            if std::ptr::eq(client, &raw const world.callers[may]) && operation.method == reqwest::Method::POST {
                continue;
            }
            seen += 1;
            let mut spoofed = call.clone();
            spoofed.headers.extend(SPOOFED.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let (plain, answer) = (call.send(client, &operation), spoofed.send(client, &operation));
            if bare(&plain, NOBODY) != bare(&answer, NOBODY) {
                breaches.push(format!("{}: {}\n    {}", operation.id, plain.text, answer.text));
            }
        }
    }
    assert!(seen > 150, "only {seen} calls");
    none("Headers that say who calls or from where change nothing.", &breaches);
}
