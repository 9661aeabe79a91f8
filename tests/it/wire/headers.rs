//! What answers carry, what callers may not inject, and who may read what without a token.

use canbo::platform::clock::Clock;
use canbo::platform::config::Secret;
use reqwest::Method;
use serde_json::json;

use super::raw::send;
use crate::law::walker::{Call, Permitted, document, operations};
use crate::support::app::http;
use crate::support::{Answer, TODAY, TestApp, database, day};

/// I12: charset, nosniff, no-store on what is personal, and nothing of what it is made with.
#[test]
fn answers_carry_their_headers() {
    let (app, document) = (TestApp::start(), document());
    let (mut clients, mut breaches, mut seen) = (Permitted::new(&app), Vec::new(), 0);
    for operation in operations(&document) {
        let call = Call::of(&document, &operation);
        for answer in [clients.ask(&call, &operation), call.send(&app.anonymous(), &operation)] {
            seen += 1;
            let mut breach = |what: &str| breaches.push(format!("{}: {what}: {:?}", operation.id, answer.headers));
            let (kind, kept) = (answer.header("content-type"), answer.header("cache-control"));
            if kind.starts_with("text/") && !kind.contains("charset=utf-8") {
                breach("no charset");
            }
            let personal = ["accounts", "appointments", "cadres", "rotations", "enrolments", "sessions", "me", "audit"];
            let room = operation.path.split('/').nth(2).unwrap_or_default();
            if (answer.status >= 400 || personal.contains(&room) || operation.path.starts_with("/oauth"))
                && kept != "no-store"
            {
                breach("may be kept");
            }
            for name in ["server", "x-powered-by", "via", "x-aspnet-version"] {
                if answer.headers.contains_key(name) {
                    breach(name);
                }
            }
            for name in
                ["x-content-type-options", "x-frame-options", "referrer-policy", "x-request-id", "traceresponse"]
            {
                if !answer.headers.contains_key(name) {
                    breach(&format!("without {name}"));
                }
            }
        }
    }
    assert!(seen > 120, "only {seen} answers");
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// I11: a page of another origin learns nothing, whatever it asks.
#[test]
fn only_known_origins_are_answered() {
    let app = TestApp::start();
    let ask = |method: Method, origin: &str, more: &[(&str, &str)]| {
        let mut request = app.anonymous().request(method, "/v1/units").header("origin", origin);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        Answer::of(request)
    };
    let preflight = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
    let good = ask(Method::OPTIONS, "https://front.test", &preflight).expect(200);
    assert_eq!(good.header("access-control-allow-origin"), "https://front.test");
    for origin in [
        "null",
        "https://evil.test",
        "https://front.test.evil.test",
        "http://front.test",
        "https://front.test:444",
        "https://FRONT.test/",
    ] {
        for answer in [ask(Method::OPTIONS, origin, &preflight), ask(Method::GET, origin, &[])] {
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}: {:?}", answer.headers);
            assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{origin}");
        }
    }
    for (name, value) in
        [("access-control-request-method", "TRACE"), ("access-control-request-headers", "x-evil, cookie")]
    {
        let mut odd = preflight.to_vec();
        odd.retain(|(known, _)| *known != name);
        odd.push((name, value));
        let answer = ask(Method::OPTIONS, "https://front.test", &odd);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{value}: {:?}", answer.headers);
    }
}

/// I18: what is not a person's or a system's business needs the token of the settings, and is not there without.
#[test]
fn metrics_are_for_who_has_their_token() {
    let mut settings = http();
    settings.limits.metrics_token = Some(Secret::new("let-me-count"));
    let app = TestApp::with(database::founded(), settings, Clock::manual_on(day(TODAY)));
    let (anonymous, reader) = (app.anonymous(), app.sign_in("administrator"));
    anonymous.get("/metrics").problem(404, "not_found");
    anonymous.with_token("let-me-coun").get("/metrics").problem(404, "not_found");
    anonymous.with_token("").get("/metrics").problem(404, "not_found");
    reader.get("/metrics").problem(404, "not_found");
    let metrics = anonymous.with_token("let-me-count").get("/metrics").expect(200);
    assert!(metrics.text.contains("canbo_http_requests_total"));
    TestApp::start().anonymous().get("/metrics").problem(404, "not_found");
    // What is public says nothing of the province.
    assert_eq!(anonymous.get("/healthz").expect(200).text, r#"{"status":"ok"}"#);
    assert_eq!(anonymous.get("/readyz").expect(200).text, r#"{"status":"ok"}"#);
}

/// I13: whatever breaks inside, the answer is a problem with a code and an id, and nothing of the inside.
#[test]
fn failures_of_our_own_tell_nothing() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    app.execute("ALTER TABLE regulations RENAME TO gone");
    let broken = officer.get("/v1/regulations");
    app.execute("ALTER TABLE gone RENAME TO regulations");
    let request =
        officer.request(Method::POST, "/v1/titles").header("content-type", "application/json").body("{\"a\": ");
    for (answer, status) in [(broken, 500), (Answer::of(request), 400)] {
        assert_eq!(answer.status, status, "{}", answer.text);
        let answer = crate::law::walker::owed(answer, "a failure");
        assert!(!answer.text.contains("regulations\\\"") && !answer.text.contains("gone"), "{}", answer.text);
    }
    // The service goes on.
    officer.get("/v1/regulations").expect(200);
}

/// W3C Trace Context: a well-formed parent is followed, another begins anew; ids of requests are taken as far as they are
/// harmless.
#[test]
fn traces_and_request_ids_are_followed() {
    let app = TestApp::start();
    let ask = |headers: &[(&str, &str)]| {
        let mut request = app.anonymous().request(Method::GET, "/healthz");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request).expect(200)
    };
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = ask(&[("traceparent", &parent), ("x-request-id", "desk-7:a.b_c")]);
    let told = answer.header("traceresponse");
    assert!(
        told.starts_with(&format!("00-{trace}-")) && told.ends_with("-01") && !told.contains("00f067aa0ba902b7"),
        "{told}"
    );
    assert_eq!(answer.header("x-request-id"), "desk-7:a.b_c");
    let new = ask(&[("traceparent", "00-zz"), ("x-request-id", "<script>")]);
    assert!(!new.header("traceresponse").contains(trace));
    assert_ne!(new.header("x-request-id"), "<script>");
    assert_ne!(ask(&[("x-request-id", &"a".repeat(129))]).header("x-request-id").len(), 129);
    let twice = ask(&[("traceparent", &parent), ("traceparent", &parent)]);
    assert!(!twice.header("traceresponse").contains(trace));
}

/// Each code has a page that says what to do, in the language that is asked for first.
#[test]
fn pages_of_problems_say_what_to_do() {
    let app = TestApp::start();
    let page = |language: &str| {
        let request = app.anonymous().request(Method::GET, "/problems/post_taken").header("accept-language", language);
        Answer::of(request).expect(200)
    };
    let (vietnamese, english) = (page("vi"), page("en"));
    assert!(vietnamese.text.find("Vị trí").unwrap() < vietnamese.text.find("Somebody holds").unwrap());
    assert!(english.text.find("Somebody holds").unwrap() < english.text.find("Vị trí đã có").unwrap());
    assert_eq!((vietnamese.header("content-language"), english.header("content-language")), ("vi", "en"));
    for code in canbo::platform::error::code::ALL {
        let said = canbo::platform::http::remedies::remedy(code);
        assert!(said.vi.len() > 30 && said.en.len() > 25, "{}: {said:?}", code.name);
        assert!(said.en != code.en && said.vi != code.vi);
    }
}

/// A dry run answers with effects, and says so by its media type.
#[test]
fn effects_have_a_media_type_of_their_own() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let body = json!({"code": "dry_run", "name_vi": "Chức danh", "name_en": "x", "category": "government", "level": "commune",
        "leadership": false, "rank_order": 10});
    let dry = officer.post("/v1/titles?validate_only=true", &body).expect(200);
    assert_eq!(dry.header("content-type"), "application/vnd.canbo.effects+json");
    assert_eq!(dry.body["valid"], true);
}

/// I19: cells that a spreadsheet would take for a formula; the exports write every cell through one function.
#[test]
fn exports_are_marked_as_tables() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let unit = reader.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let path = format!("/v1/reports/training?from=2020-01-01&to=2026-01-01&unit_id={unit}");
    let request = reader.request(Method::GET, &path);
    let table = Answer::of(request.header("accept", "text/csv")).expect(200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
    for line in table.text.lines() {
        assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{line}");
    }
}

/// I15: a break of a line in a header ends the request, not a line of the log.
#[test]
fn breaks_of_lines_in_headers_are_refused() {
    let app = TestApp::start();
    for bytes in [
        "GET /healthz HTTP/1.1\r\nHost: x\r\nUser-Agent: a\rb\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\rb\r\n\r\n",
        "GET /healthz\r\n HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let answer = send(app.address, bytes.as_bytes());
        assert!(answer.text.starts_with("HTTP/1.1 400") && answer.closed, "{bytes:?}: {}", answer.text);
    }
}
