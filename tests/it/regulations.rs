//! Law as data: read by day and by instant, confirmed, superseded, recorded for the first time.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::{Answer, TestApp};

/// The value of a key on a day.
fn value(client: &Client, key: &str, on: &str) -> Answer {
    let list = client.get(&format!("/v1/regulations?key={key}&as_of={on}")).expect(200);
    assert_eq!(list.rows().len(), 1, "{}", list.text);
    client.get(&format!("/v1/regulations/{}", list.str("/data/0/id"))).expect(200)
}

fn supersession(value: &Value, from: Option<&str>) -> Value {
    json!({"value": value, "from": from, "instrument": "Nghị định 1/2026/NĐ-CP", "article": "7", "reason": "Nghị định mới"})
}

#[test]
fn values_are_listed_by_key_and_day_and_say_what_may_be_done() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let page = reader.get("/v1/regulations?limit=2&count=true").expect(200);
    assert!(page.body["total"].as_i64().unwrap() > 60);
    let next = reader.get(&format!("/v1/regulations?limit=2&cursor={}", page.str("/next_cursor"))).expect(200);
    assert!(page.str("/data/1/key") <= next.str("/data/0/key"));
    let versions = reader.get("/v1/regulations?key=rotation.minimum_months").expect(200);
    let from: Vec<_> = versions.rows().iter().map(|row| row["during"]["from"].as_str().unwrap()).collect();
    assert!(from.len() == 3 && from.is_sorted(), "{from:?}");
    let then = value(&reader, "rotation.minimum_months", "2023-01-01");
    assert_eq!((then.str("/instrument"), then.str("/form")), ("Quy định 65-QĐ/TW (28/4/2022)", "integer"));
    assert_eq!((&then.body["confirmed"], &then.body["allowed_actions"]), (&json!(false), &json!([])));
    let officer = app.sign_in("organisation_officer");
    assert_eq!(
        value(&officer, "rotation.minimum_months", "2023-01-01").body["allowed_actions"],
        json!(["confirm", "supersede"])
    );
    assert_eq!(value(&officer, "terms.head_maximum_years", "2026-01-01").body["allowed_actions"], json!(["supersede"]));
    reader.get("/v1/regulations?key=no.such").expect(200);
    reader.get("/v1/regulations/01994f7e-1111-7000-8000-000000000bad").problem(404, "not_found");
}

#[test]
fn a_value_is_confirmed_once_by_who_answers_for_it() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let seen = value(&officer, "rotation.minimum_months", "2026-01-01");
    let path = format!("/v1/regulations/{}", seen.str("/id"));
    let confirm = format!("{path}/confirm");
    let body = json!({"against": "Công báo số 1021 ngày 15/7/2025", "confirmed_on": "2026-11-20"});
    officer.post(&confirm, &body).problem(428, "precondition_required");
    let future = json!({"against": "Công báo", "confirmed_on": "2026-11-24"});
    let refused = officer.act(&confirm, seen.etag(), &future).problem(422, "refused");
    assert_eq!(refused.findings(), [("/confirmed_on", "bad_order")]);
    app.sign_in("reader").act(&confirm, seen.etag(), &body).problem(403, "forbidden");
    let dry = officer.act(&format!("{confirm}?validate_only=true"), seen.etag(), &body).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "regulation_confirmed");
    let before = app.clock.now();
    app.clock.set(before + TimeDelta::minutes(5));
    let confirmed = officer.act(&confirm, seen.etag(), &body).expect(200);
    assert_eq!(
        (confirmed.str("/confirmation/against"), confirmed.str("/confirmation/on")),
        ("Công báo số 1021 ngày 15/7/2025", "2026-11-20")
    );
    assert_eq!((&confirmed.body["confirmed"], &confirmed.body["version"]), (&json!(true), &json!(2)));
    assert_eq!((confirmed.str("/id"), &confirmed.body["allowed_actions"]), (seen.str("/id"), &json!(["supersede"])));
    assert_eq!(confirmed.body, officer.get(&path).expect(200).body);
    officer.act(&confirm, seen.etag(), &body).problem(409, "wrong_state");
    officer.act(&confirm, confirmed.etag(), &body).problem(409, "wrong_state");
    // What was known five minutes ago: nobody had confirmed it.
    let known_at = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let then = officer.get(&format!("{path}?known_at={known_at}")).expect(200);
    assert_eq!((&then.body["confirmed"], &then.body["allowed_actions"]), (&json!(false), &json!([])));
    let list = format!("/v1/regulations?key=rotation.minimum_months&as_of=2026-01-01&known_at={known_at}");
    assert_eq!(officer.get(&list).expect(200).body["data"][0]["version"], 1);
}

#[test]
fn a_new_value_holds_from_its_day_and_the_old_one_before() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let old = value(&officer, "rotation.minimum_months", "2026-01-01");
    let path = format!("/v1/regulations/{}/supersede", old.str("/id"));
    let bad = json!({"value": "24", "from": "2025-06-30", "instrument": "x", "reason": "x"});
    let refused = officer.act(&path, old.etag(), &bad).problem(422, "refused");
    assert_eq!(refused.findings(), [("/from", "outside_validity"), ("/value", "wrong_type")]);
    let new = officer.act(&path, old.etag(), &supersession(&json!(24), Some("2027-01-01"))).expect(200);
    assert_eq!((&new.body["value"], new.str("/during/from")), (&json!(24), "2027-01-01"));
    assert!(new.str("/id") != old.str("/id") && new.body["during"]["to"].is_null());
    assert!(new.str("/description_vi") == old.str("/description_vi"));
    let kept = value(&officer, "rotation.minimum_months", "2026-12-31");
    assert_eq!(
        (kept.str("/id"), kept.str("/during/to"), &kept.body["value"]),
        (old.str("/id"), "2026-12-31", &json!(36))
    );
    assert_eq!(value(&officer, "rotation.minimum_months", "2027-01-01").str("/id"), new.str("/id"));
    officer.act(&path, old.etag(), &supersession(&json!(12), None)).problem(412, "stale");
}

#[test]
fn a_correction_keeps_the_id_and_what_was_known_can_be_read_again() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let old = value(&officer, "retirement.age_months", "2026-01-01");
    let before = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    app.clock.set(app.clock.now() + TimeDelta::minutes(5));
    let path = format!("/v1/regulations/{}", old.str("/id"));
    let falling =
        json!([{"from_year": 2021, "male": 723, "female": 664}, {"from_year": 2020, "male": 720, "colour": 1}]);
    let refused =
        officer.act(&format!("{path}/supersede"), old.etag(), &supersession(&falling, None)).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [
            ("/value/1/female", "required"),
            ("/value/1/colour", "unknown_field"),
            ("/value/1/from_year", "bad_order"),
            ("/value/1/male", "bad_order")
        ]
    );
    let steps =
        json!([{"from_year": 2021, "male": 723, "female": 664}, {"from_year": 2028, "male": 744, "female": 692}]);
    let corrected = officer.act(&format!("{path}/supersede"), old.etag(), &supersession(&steps, None)).expect(200);
    assert_eq!((corrected.str("/id"), &corrected.body["value"]), (old.str("/id"), &steps));
    assert_eq!((&corrected.body["version"], &corrected.body["confirmed"]), (&json!(2), &json!(false)));
    assert_eq!(officer.get(&format!("{path}?known_at={before}")).expect(200).body["value"], old.body["value"]);
    let known = officer.get(&format!("/v1/regulations?key=retirement.age_months&known_at={before}")).expect(200);
    assert_eq!(known.rows()[1]["value"], old.body["value"]);
    assert!(!known.rows()[1]["superseded_at"].is_null());
}

#[test]
fn a_first_value_takes_days_that_have_none() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let new = |key: &str, value: Value, from: &str, to: Option<&str>| {
        let body = json!({"key": key, "value": value, "from": from, "to": to, "instrument": "Quy định 12-QĐ/TU"});
        officer.post("/v1/regulations", &body)
    };
    let made = new("terms.head_maximum_years", json!(8), "2025-01-01", Some("2029-12-31")).expect(201);
    assert_eq!(made.header("location"), format!("/v1/regulations/{}", made.str("/id")));
    assert_eq!(made.body, officer.get(made.header("location")).expect(200).body);
    let key = "/v1/regulations?key=terms.head_maximum_years";
    let told = |rows: &[Value]| -> Vec<(String, Value)> {
        rows.iter().map(|row| (row["during"]["from"].as_str().unwrap().to_owned(), row["value"].clone())).collect()
    };
    assert_eq!(
        told(officer.get(key).expect(200).rows()),
        [
            ("2022-04-28".to_owned(), json!(null)),
            ("2025-01-01".to_owned(), json!(8)),
            ("2030-01-01".to_owned(), json!(null))
        ]
    );
    // Before the first version of the key there was nothing at all.
    new("terms.head_maximum_years", json!(7), "2020-01-01", Some("2022-04-27")).expect(201);
    new("terms.head_maximum_years", json!(9), "2029-12-31", None).problem(409, "duplicate");
    let refused = new("terms.colour", json!(1), "2025-01-01", None).problem(422, "refused");
    assert_eq!(refused.findings(), [("/key", "unknown_code")]);
    let refused =
        new("terms.head_maximum_years", json!(null), "2019-01-01", Some("2019-12-31")).problem(422, "refused");
    assert_eq!(refused.findings(), [("/value", "required")]);
    // Law is the same for the whole province: a role in one commune keeps none of it.
    let commune = officer.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "local", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "organisation_officer", "unit_id": commune});
    administrator.post("/v1/grants", &grant).expect(201);
    let local = app.anonymous().signed_in("local", "mot mat khau dai");
    let body = json!({"key": "terms.deputy_maximum_years", "value": 10, "from": "2025-01-01", "instrument": "x"});
    local.post("/v1/regulations", &body).problem(403, "forbidden");
    let seen = value(&local, "rotation.minimum_months", "2026-01-01");
    assert_eq!(seen.body["allowed_actions"], json!([]));
    let path = format!("/v1/regulations/{}/supersede", seen.str("/id"));
    local.act(&path, seen.etag(), &supersession(&json!(24), None)).problem(403, "forbidden");
}
