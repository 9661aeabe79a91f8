//! Bodies and parameters that no honest client sends.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::raw::{connect, drain, send};
use crate::law::walker::{Call, Permitted, document, operations};
use crate::support::{Answer, TestApp};

fn post(app: &TestApp, media: &str, body: Vec<u8>) -> Answer {
    let mut request = app.anonymous().request(Method::POST, "/v1/sessions").body(body);
    if !media.is_empty() {
        request = request.header("content-type", media);
    }
    Answer::of(request)
}

/// I01: however its length is told.
#[test]
fn a_body_over_the_limit_is_refused() {
    let app = TestApp::start();
    let large = format!("{{\"user_name\": \"{}\"}}", "a".repeat(70 * 1024));
    post(&app, "application/json", large.clone().into_bytes()).problem(413, "too_large");
    let head = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    // A length that is only announced is refused before a byte of it comes.
    let announced = send(app.address, format!("{head}Content-Length: 99999999999\r\n\r\n").as_bytes());
    assert!(announced.text.contains(" 413 ") && announced.closed, "{}", announced.text);
    let mut stream = connect(app.address);
    stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    for _ in 0..200 {
        if stream.write_all(format!("400\r\n{}\r\n", "a".repeat(1024)).as_bytes()).is_err() {
            break;
        }
    }
    let chunked = drain(&mut stream, std::time::Duration::from_secs(2));
    assert!(chunked.text.contains(" 413 "), "{}", chunked.text);
    // A length that lies: what follows the two bytes is no request.
    let lying = send(app.address, format!("{head}Content-Length: 2\r\n\r\n{large}").as_bytes());
    assert!(lying.closed && !lying.text.contains(" 200 "), "{}", lying.text);
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// I01: what is packed is not unpacked, and large bodies leave no memory behind.
#[test]
fn packed_bodies_are_not_unpacked() {
    let app = TestApp::start();
    // 64 MiB of zeros would be 64 KiB packed; the bytes need not be good to be refused.
    for coding in ["gzip", "br", "zstd", "deflate", "gzip, gzip"] {
        let request = app.anonymous().request(Method::POST, "/v1/sessions");
        let request = request.header("content-type", "application/json").header("content-encoding", coding);
        Answer::of(request.body(vec![0x1f; 60 * 1024])).problem(415, "unsupported_media_type");
    }
    let before = resident();
    let large = vec![b' '; 1024 * 1024];
    for _ in 0..200 {
        let request = app.anonymous().request(Method::POST, "/v1/sessions").header("content-type", "application/json");
        let _ = request.body(large.clone()).send();
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 * 1024, "200 MiB sent, {grown} KiB kept");
}

/// I02: what is no JSON, or JSON that two readers read differently.
#[test]
fn bodies_that_are_no_honest_json_are_refused() {
    let app = TestApp::start();
    let good = r#""user_name": "reader", "password": "x""#;
    let deep = format!("{{{good}, \"x\": {}{}}}", "[".repeat(129), "]".repeat(129));
    let malformed: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b" ".to_vec(),
        b"{".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        format!("{{{good}}} x").into_bytes(),
        format!("{{{good}}}{{{good}}}").into_bytes(),
        deep.into_bytes(),
        br#"{"user_name": "\ud800", "password": "x"}"#.to_vec(),
        b"{\"user_name\": \"\xff\", \"password\": \"x\"}".to_vec(),
        b"{\"user_name\": \"a\nb\", \"password\": \"x\"}".to_vec(),
        br#"{"user_name": NaN}"#.to_vec(),
        br#"{"user_name": Infinity}"#.to_vec(),
        br#"{"user_name": 1e400}"#.to_vec(),
        b"{'user_name': 'x'}".to_vec(),
        br#"{"user_name": "x",}"#.to_vec(),
        br#"{"user_name": 01}"#.to_vec(),
    ];
    for body in malformed {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        let answer = post(&app, "application/json", body);
        assert_eq!((answer.status, answer.str("/code")), (400, "malformed_json"), "{shown}: {}", answer.text);
    }
    for body in [
        format!("{{{good}, \"password\": \"y\"}}"),
        format!("{{{good}, \"other\": {{\"a\": 1, \"a\": 2}}}}"),
        format!("{{{good}, \"other\": 1, \"other\": 2}}"),
        format!("{{{good}, \"passw\\u006frd\": \"y\"}}"),
    ] {
        let answer = post(&app, "application/json", body.clone().into_bytes());
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert!(answer.findings().iter().any(|(_, code)| *code == "repeated"), "{body}: {}", answer.text);
    }
}

/// I02: on every operation, numbers and nestings at the borders of their types, twice the same key, and what is no JSON.
#[test]
fn no_operation_takes_dishonest_json() {
    let (app, document) = (TestApp::start(), document());
    let (mut clients, mut seen, mut breaches) = (Permitted::new(&app), 0, Vec::new());
    for operation in operations(&document) {
        let Some((media, _)) = operation.body.as_ref().filter(|(media, _)| media.ends_with("json")) else { continue };
        let good = Call::of(&document, &operation);
        let text = good.body.as_ref().unwrap().to_string();
        let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap();
        let first = good.body.as_ref().unwrap().as_object().unwrap().keys().next().unwrap();
        let bodies = [
            format!("{{{inner}, \"{first}\": null}}"),
            format!("{{{inner}, \"unknown\": 1, \"unknown\": 2}}"),
            format!("{{{inner}, \"unknown\": 1}}"),
            "[]".to_owned(),
            "[null, null]".to_owned(),
            format!("{{{inner}, \"\\u0000\": 1}}"),
            format!("{{{inner}, \"x\": 1e400}}"),
            format!("{{{inner}, \"x\": 9223372036854775808}}"),
            format!("{{{inner}, \"x\": -0}}"),
            format!("{{{inner}, \"x\": NaN}}"),
            format!("{{{inner}, \"x\": \"\\udfff\"}}"),
            format!("{{{inner}, \"x\": {}1{}}}", "{\"a\":".repeat(200), "}".repeat(200)),
            format!("\u{feff}{text}"),
            format!("{text}{text}"),
            String::new(),
        ];
        for body in bodies {
            seen += 1;
            let answer = clients.ask_raw(&good, &operation, media, body.clone());
            if !matches!(answer.status, 400 | 422) {
                breaches.push(format!("{}: {} for {}", operation.id, answer.status, &body[..body.len().min(200)]));
            }
        }
    }
    assert!(seen > 200, "only {seen} bodies");
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// I03: JSON in UTF-8, and said so; what is asked for in another form is JSON still.
#[test]
fn media_types_are_asked_for() {
    let app = TestApp::start();
    let body = json!({"user_name": "reader", "password": crate::support::PASSWORD}).to_string();
    for media in ["", "text/plain", "application/json; charset=utf-16", "application/xml", "application/jsonx", "json"]
    {
        let answer = post(&app, media, body.clone().into_bytes());
        assert_eq!((answer.status, answer.str("/code")), (415, "unsupported_media_type"), "{media}: {}", answer.text);
    }
    for media in ["application/json", "Application/JSON; Charset=UTF-8", "application/json;charset=\"utf-8\""] {
        post(&app, media, body.clone().into_bytes()).expect(200);
    }
    for accept in ["text/html", "application/xml", "*/*;q=0", "\u{e9}"] {
        let request = app.sign_in("reader").request(Method::GET, "/v1/me").header("accept", accept);
        assert_eq!(Answer::of(request).expect(200).header("content-type"), "application/json");
    }
}

/// Where strings of a body stand.
fn strings(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| strings(item, &format!("{at}/{n}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, part)| strings(part, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// I04: in any string of any body.
#[test]
fn unseen_characters_are_refused_everywhere() {
    let (app, document) = (TestApp::start(), document());
    let (mut clients, mut seen, mut breaches) = (Permitted::new(&app), 0, Vec::new());
    for operation in operations(&document) {
        let Some((media, _)) = operation.body.as_ref().filter(|(media, _)| media.ends_with("json")) else { continue };
        let good = Call::of(&document, &operation);
        let mut places = Vec::new();
        strings(good.body.as_ref().unwrap(), "", &mut places);
        for place in places {
            for bad in ["\0", "\u{7}", "\u{1b}[31m", "\u{85}", "\u{200e}", "\u{202e}", "\u{2066}", "\u{61c}"] {
                seen += 1;
                let mut body = good.body.clone().unwrap();
                *body.pointer_mut(&place).unwrap() = json!(format!("a{bad}b"));
                let answer = clients.ask_raw(&good, &operation, media, body.to_string());
                let told = answer.body["errors"].as_array().is_some_and(|errors| {
                    errors.iter().any(|e| e["code"] == "bad_character" && e["pointer"] == place.as_str())
                });
                if answer.status != 422 || !told {
                    breaches.push(format!("{} {place} {bad:?}: {}", operation.id, answer.text));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} strings");
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// I04: and in every parameter of a query.
#[test]
fn unseen_characters_in_queries_and_paths_are_refused() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    for bad in ["%00", "%07", "%E2%80%AE", "%E2%81%A6", "%C2%85"] {
        for path in ["/v1/units?q=a", "/v1/cadres?q=a", "/v1/regulations?key=a", "/v1/units?code=a"] {
            let answer = reader.get(&format!("{path}{bad}")).problem(400, "invalid_query");
            assert_eq!(answer.findings()[0].1, "bad_character", "{path}{bad}");
        }
        for path in ["/v1/catalogues/a", "/v1/units/a", "/problems/a"] {
            let answer = reader.get(&format!("{path}{bad}"));
            assert!(matches!(answer.status, 400 | 404), "{path}{bad}: {}", answer.text);
        }
    }
}

/// I04: a name of a megabyte, and one name composed in two ways.
#[test]
fn names_are_short_and_composed_one_way() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let title = |code: &str, name: &str| {
        json!({"code": code, "name_vi": name, "name_en": "x", "category": "government", "level": "commune",
            "leadership": false, "rank_order": 10})
    };
    let long = officer.post("/v1/titles", &title("long_name", &"a".repeat(50_000)));
    assert_eq!(long.problem(422, "refused").findings(), [("/name_vi", "out_of_range")]);
    let composed = officer.post("/v1/titles", &title("composed", "Phó Bí thư Huyện ủy")).expect(201);
    let decomposed: String = unicode_normalization::UnicodeNormalization::nfd("Phó Bí thư Huyện ủy").collect();
    let decomposed = officer.post("/v1/titles", &title("decomposed", &decomposed)).expect(201);
    assert_eq!(composed.str("/name_vi"), decomposed.str("/name_vi"));
}

/// I05: days that are none.
#[test]
fn days_that_are_none_are_refused() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    for bad in [
        "0000-00-00",
        "10000-01-01",
        "infinity",
        "-infinity",
        "2026-02-30",
        "2026-13-01",
        "today",
        "2026-01-01T00:00:00Z",
        "20260101",
        "epoch",
        "٢٠٢٦-٠١-٠١",
    ] {
        let query = serde_urlencoded::to_string([("as_of", bad)]).unwrap();
        officer.get(&format!("/v1/units?{query}")).problem(400, "invalid_query");
        let body = json!({"code": "D1", "name": "Đơn vị", "kind": "government", "from": bad, "parent_id": crate::law::walker::NOBODY});
        let answer = officer.post("/v1/units", &body);
        assert_eq!(answer.status, 422, "{bad}: {}", answer.text);
    }
    let grant = |from: &str, to: &str| {
        app.sign_in("administrator").post(
            "/v1/grants",
            &json!({"account_id": crate::law::walker::NOBODY, "role": "reader", "unit_id": crate::law::walker::NOBODY, "from": from, "to": to}),
        )
    };
    assert_eq!(grant("2026-02-01", "2026-01-31").status, 422);
}

/// I06: limits and cursors that were not given by this service to this query.
#[test]
fn limits_and_cursors_are_checked() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    for bad in ["0", "-1", "201", "1000000000", "9223372036854775808", "1.5", "", "x", "1e2", "%2B"] {
        reader.get(&format!("/v1/units?limit={bad}")).problem(400, "invalid_query");
    }
    let first = reader.get("/v1/units?kind=commune&limit=2").expect(200);
    let cursor = first.str("/next_cursor").to_owned();
    reader.get(&format!("/v1/units?kind=commune&limit=2&cursor={cursor}")).expect(200);
    for other in [
        format!("/v1/units?kind=district&cursor={cursor}"),
        format!("/v1/units?cursor={cursor}"),
        format!("/v1/titles?cursor={cursor}"),
        format!("/v1/units?kind=commune&cursor={cursor}A"),
        format!("/v1/units?kind=commune&cursor={}", &cursor[1..]),
        "/v1/units?cursor=".to_owned(),
        "/v1/units?cursor=e30".to_owned(),
        format!("/v1/units?cursor={}", "A".repeat(1999)),
    ] {
        reader.get(&other).problem(400, "invalid_cursor");
    }
    // Another caller who shows it sees what they may see, not what its first owner saw.
    let other = app.sign_in("auditor").get(&format!("/v1/units?kind=commune&limit=2&cursor={cursor}")).expect(200);
    assert_eq!(other.rows().len(), 2);
}

/// I07: orders come from a closed list, and signs of patterns are letters like others.
#[test]
fn sort_keys_and_patterns_are_no_sql() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    for sort in ["id", "-id", "name;drop table cadres", "personal_number", "(select 1)", "name,name", "1"] {
        let query = serde_urlencoded::to_string([("sort", sort)]).unwrap();
        reader.get(&format!("/v1/cadres?{query}")).problem(400, "invalid_query");
    }
    let all = reader.get("/v1/units?count=true").expect(200).body["total"].as_i64().unwrap();
    for pattern in ["%", "_", "\\", "%%", "_%", "\\%", "' OR 1=1 --", "a%' OR '1'='1", "*", ".*"] {
        let query = serde_urlencoded::to_string([("q", pattern), ("count", "true")]).unwrap();
        let found = reader.get(&format!("/v1/units?{query}")).expect(200).body["total"].as_i64().unwrap();
        let letters = pattern.chars().any(char::is_alphanumeric);
        assert!(!letters || found < all, "{pattern} found {found} of {all}");
        // A text without letters asks for nothing in particular.
        assert!(letters || found == all || found == 0, "{pattern} found {found} of {all}");
        let code = serde_urlencoded::to_string([("code", pattern)]).unwrap();
        assert_eq!(reader.get(&format!("/v1/units?{code}")).expect(200).rows().len(), 0, "{pattern}");
    }
}
