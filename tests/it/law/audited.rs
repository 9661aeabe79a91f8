//! Every operation that may change something leaves its one row in the audit record, however it ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use canbo::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::none;
use super::walker::{Call, Operation, document, operations};
use crate::support::{Client, TestApp, database};

/// What leaves no row although its caller is known, with the reason. Entries may only go.
const EXEMPT: [(&str, &str); 0] = [];

/// The rows that the record has of each request.
fn recorded(app: &TestApp) -> BTreeMap<String, Vec<(String, String, String)>> {
    let started = Instant::now();
    while app.app.db.records_waiting() > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "records still wait");
        std::thread::sleep(Duration::from_millis(20));
    }
    let sql = "SELECT coalesce(jsonb_agg(jsonb_build_array(request_id, outcome, coalesce(code, ''), action)), '[]')::text AS text FROM audit_entries";
    let rows: Vec<[String; 4]> = serde_json::from_str(&database::text(&app.database, sql)).unwrap();
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for [request, outcome, code, action] in rows {
        found.entry(request).or_default().push((outcome, code, action));
    }
    found
}

fn send(call: &Call, client: &Client, operation: &Operation, id: &str) -> (u16, String) {
    let mut call = call.clone();
    call.headers.push(("X-Request-Id".to_owned(), id.to_owned()));
    let answer = call.send(client, operation);
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

/// A01: each unsafe operation, allowed and refused in every way that its form knows, leaves exactly one row with who, the
/// outcome and the code.
#[test]
fn every_unsafe_request_of_a_known_caller_leaves_one_row() {
    let (app, document) = (TestApp::start(), document());
    let mut sent: Vec<(String, String, u16, String)> = Vec::new();
    let guarded: Vec<Operation> = operations(&document)
        .into_iter()
        .filter(|operation| !operation.method.is_safe())
        .filter(|operation| operation.needs.as_ref().is_some_and(|(scheme, _)| scheme == "bearer"))
        .collect();
    assert!(guarded.len() > 20, "only {} operations", guarded.len());
    for operation in &guarded {
        let permission = operation.needs.as_ref().unwrap().1.as_str();
        let may = |role: &&Role| permission.is_empty() || role.permissions().iter().any(|p| p.name() == permission);
        let role = Role::ALL.iter().find(may).unwrap().name();
        let mut able = app.sign_in(role);
        let mut good = Call::of(&document, operation);
        good.query.retain(|(name, _)| name != "validate_only");
        let no_conditions = Call { headers: Vec::new(), ..good.clone() };
        let bad_body = Call { body: good.body.as_ref().map(|_| json!({"colour": {"of": "\u{0}"}})), ..good.clone() };
        let bad_query = Call { query: vec![("colour".to_owned(), "red".to_owned())], ..good.clone() };
        let bad_path = Call { path: good.path.replace(super::walker::NOBODY, "not-an-id"), ..good.clone() };
        let mut calls =
            vec![("no conditions", no_conditions), ("query", bad_query), ("path", bad_path), ("good", good.clone())];
        if good.body.is_some() {
            calls.insert(0, ("body", bad_body));
        }
        for (what, call) in calls {
            let id = format!("{}-{}", operation.id, what.replace(' ', "-"));
            let mut answer = send(&call, &able, operation, &id);
            if answer.0 == 401 {
                // The call before ended the session.
                able = app.sign_in(role);
                answer = send(&call, &able, operation, &id);
            }
            sent.push((id, operation.id.clone(), answer.0, answer.1));
        }
        if let Some(role) = Role::ALL.iter().find(|role| !may(role)) {
            let id = format!("{}-lacking", operation.id);
            let (status, code) = send(&good, &app.sign_in(role.name()), operation, &id);
            assert_eq!(status, 403, "{id}");
            sent.push((id, operation.id.clone(), status, code));
        }
    }
    let found = recorded(&app);
    let mut breaches = Vec::new();
    let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
    for (id, operation, status, code) in &sent {
        *by_status.entry(*status).or_default() += 1;
        if EXEMPT.iter().any(|(exempt, _)| exempt == operation) {
            continue;
        }
        let rows = found.get(id).map(Vec::as_slice).unwrap_or_default();
        let wanted = if *status < 400 { ("done", "") } else { ("refused", code.as_str()) };
        let good = matches!(rows, [(outcome, code, action)] if (outcome.as_str(), code.as_str()) == wanted && action != "unknown_operation");
        if !good {
            breaches.push(format!("{id}: {status} {code}, recorded {rows:?}"));
        }
    }
    for status in [400, 403, 404, 422, 428] {
        assert!(by_status.contains_key(&status), "nothing was answered {status}: {by_status:?}");
    }
    none("A01: one row for each unsafe request of a known caller.", &breaches);
}

/// A01: strangers leave no rows, and neither do questions: dry runs that reach their use case, and reads of what is not sensitive.
#[test]
fn strangers_and_questions_leave_no_rows() {
    let app = TestApp::start();
    let office = crate::support::fixtures::Office::new(&app);
    let before: usize = recorded(&app).values().map(Vec::len).sum();
    let title = json!({"code": "dry", "name_vi": "Khô", "name_en": "Dry", "category": "government", "level": "commune",
        "leadership": false, "rank_order": 900});
    office.officer.post("/v1/titles?validate_only=true", &title).expect(200);
    let planning = json!({"title_id": office.province(), "from": "2026-01-01"});
    let nobody = super::walker::NOBODY;
    office.officer.post(&format!("/v1/cadres/{nobody}/plannings?validate_only=true"), &planning).expect(404);
    office.officer.get("/v1/cadres").expect(200);
    for client in [app.anonymous(), app.anonymous().with_token("x.y.z")] {
        client.post("/v1/titles", &title).expect(401);
    }
    let wrong = json!({"user_name": "reader", "password": "not the password"});
    app.anonymous().post("/v1/sessions", &wrong).expect(401);
    let nowhere = office.officer.request(Method::POST, "/v1/nowhere").json(&Value::Null);
    crate::support::Answer::of(nowhere).expect(404);
    assert_eq!(recorded(&app).values().map(Vec::len).sum::<usize>(), before);
    // But who asks a dry question that they may not ask is on record.
    app.sign_in("reader").post("/v1/titles?validate_only=true", &title).problem(403, "forbidden");
    assert_eq!(recorded(&app).values().map(Vec::len).sum::<usize>(), before + 2, "the sign-in and the refusal");
}
