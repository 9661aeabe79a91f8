//! Standards of titles: dated, cited, superseded and never overwritten.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::{Answer, TestApp};

fn title(client: &Client, code: &str) -> String {
    let page = client.get("/v1/titles?limit=200&leadership=true&level=commune").expect(200);
    let row = page.rows().iter().find(|row| row["code"] == code).unwrap_or_else(|| panic!("no title {code}"));
    row["id"].as_str().unwrap().to_owned()
}

fn cited(mut criterion: Value) -> Value {
    criterion["citation"] = json!({"instrument": "Quy định 12-QĐ/TU", "article": "4", "confirmed": true});
    criterion
}

fn degree(level: &str) -> Value {
    let lowered = cited(json!({"zones": ["iii"], "level": "intermediate"}));
    cited(json!({"kind": "degree", "level": level, "lowered": lowered}))
}

#[test]
fn shipped_standards_are_dated_and_cited_and_confirmed_by_nobody() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let path = format!("/v1/titles/{}/standards", title(&reader, "commune_people_committee_chair"));
    let then = reader.get(&format!("{path}?as_of=2024-06-01&count=true")).expect(200);
    assert_eq!((&then.body["total"], then.str("/data/0/timeline")), (&json!(1), "past"));
    let criteria = then.body["data"][0]["criteria"].as_array().unwrap();
    let age = criteria.iter().find(|criterion| criterion["kind"] == "full_term_age").unwrap();
    assert_eq!((&age["months"], &age["citation"]["instrument"]), (&json!(60), &json!("Nghị định 33/2023/NĐ-CP")));
    assert!(criteria.iter().all(|criterion| criterion["citation"]["confirmed"] == false));
    assert_eq!(then.body["data"][0]["allowed_actions"], json!([]));
    assert!(reader.get(&format!("{path}?as_of=2020-01-01")).expect(200).rows().is_empty());
    let one = reader.get(&format!("{path}/{}", then.str("/data/0/id"))).expect(200);
    assert_eq!(one.body, then.body["data"][0]);
    let other = title(&reader, "commune_party_secretary");
    reader.get(&format!("/v1/titles/{other}/standards/{}", then.str("/data/0/id"))).problem(404, "not_found");
    reader.get("/v1/titles/01994f7e-1111-7000-8000-000000000bad/standards").problem(404, "not_found");
}

#[test]
fn a_standard_is_recorded_and_another_takes_its_place() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let path = format!("/v1/titles/{}/standards", title(&officer, "commune_office_chief"));
    let months = |answer: &Answer| answer.body["criteria"][0]["level"].as_str().unwrap().to_owned();
    let body = json!({"from": "2026-01-01", "criteria": [degree("university")], "note": "  x "});
    app.sign_in("reader").post(&path, &body).problem(403, "forbidden");
    let dry = officer.post(&format!("{path}?validate_only=true"), &body).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "title_standard_recorded");
    let made = officer.post(&path, &body).expect(201);
    assert_eq!((made.str("/note"), &made.body["allowed_actions"]), ("x", &json!(["supersede"])));
    assert_eq!(made.body, officer.get(made.header("location")).expect(200).body);
    officer.post(&path, &body).problem(409, "duplicate");

    let supersede = format!("{}/supersede", made.header("location"));
    let new = |level: &str, from: Option<&str>| json!({"criteria": [degree(level)], "from": from, "reason": "x"});
    officer.post(&supersede, &new("master", None)).problem(428, "precondition_required");
    let outside = officer.act(&supersede, made.etag(), &new("master", Some("2025-12-31"))).problem(422, "refused");
    assert_eq!(outside.findings(), [("/from", "outside_validity")]);
    let later = officer.act(&supersede, made.etag(), &new("master", Some("2027-01-01"))).expect(200);
    assert_eq!((months(&later).as_str(), later.str("/during/from")), ("master", "2027-01-01"));
    let kept = officer.get(made.header("location")).expect(200);
    assert_eq!((months(&kept).as_str(), kept.str("/during/to")), ("university", "2026-12-31"));
    officer.act(&supersede, made.etag(), &new("master", None)).problem(412, "stale");

    let before = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    app.clock.set(app.clock.now() + TimeDelta::minutes(5));
    let corrected = officer.act(&supersede, kept.etag(), &new("college", None)).expect(200);
    assert_eq!((corrected.str("/id"), months(&corrected).as_str()), (made.str("/id"), "college"));
    let known = officer.get(&format!("{}?known_at={before}", made.header("location"))).expect(200);
    assert_eq!((months(&known).as_str(), &known.body["allowed_actions"]), ("university", &json!([])));
    let list = officer.get(&format!("{path}?limit=1&count=true")).expect(200);
    assert_eq!((list.str("/data/0/id"), &list.body["total"]), (later.str("/id"), &json!(2)));
    let next = officer.get(&format!("{path}?limit=1&cursor={}", list.str("/next_cursor"))).expect(200);
    assert_eq!(next.str("/data/0/id"), made.str("/id"));
}

#[test]
fn every_fault_of_a_criterion_is_told_at_its_place() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let path = format!("/v1/titles/{}/standards", title(&officer, "commune_office_chief"));
    let ask = |criteria: Value| officer.post(&path, &json!({"from": "2026-01-01", "criteria": criteria}));
    // The shape, by the kind that the criterion says that it is.
    let shapes = json!([
        cited(json!({"kind": "degree", "months": 3})),
        {"kind": "full_term_age", "months": "60", "citation": {"instrument": 7}},
        {"kind": "beauty"},
        {"level": "university"},
        "degree"
    ]);
    let refused = ask(shapes);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(
        refused.findings(),
        [
            ("/criteria/0/level", "required"),
            ("/criteria/0/months", "unknown_field"),
            ("/criteria/1/citation/confirmed", "required"),
            ("/criteria/1/citation/instrument", "wrong_type"),
            ("/criteria/1/months", "wrong_type"),
            ("/criteria/2/kind", "unknown_code"),
            ("/criteria/3/kind", "required"),
            ("/criteria/4", "wrong_type"),
        ]
    );
    // The rules, and what is referred to.
    let refused = ask(json!([degree("x"), degree("university")])).problem(422, "refused");
    assert_eq!(refused.findings(), [("/criteria/0/level", "unknown_code"), ("/criteria/1/kind", "repeated")]);
    let lower = cited(json!({"kind": "lower_posts", "months": 60, "title_codes": ["commune_specialist", "king"]}));
    let refused = ask(json!([lower])).problem(422, "refused");
    assert_eq!(refused.findings(), [("/criteria/0/title_codes/1", "unknown_reference")]);
}

#[test]
fn titles_stand_in_the_groups_of_the_ladder() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let heads = officer.get("/v1/titles?group=group_iv&level=commune&limit=200&count=true").expect(200);
    assert!(heads.rows().iter().any(|row| row["code"] == "commune_party_secretary"));
    assert!(heads.rows().iter().all(|row| row["group"] == "group_iv"));
    assert_eq!(heads.body["total"], heads.rows().len());
    let body = json!({"code": "commune_advisor", "name_vi": "Cố vấn", "name_en": "Advisor", "category": "party", "level": "commune",
        "leadership": false, "rank_order": 900});
    let made = officer.post("/v1/titles", &body).expect(201);
    assert_eq!(made.body["group"], Value::Null);
    let path = format!("/v1/titles/{}", made.str("/id"));
    let changed = officer.patch(&path, made.etag(), &json!({"group": "group_iv"})).expect(200);
    assert_eq!(changed.str("/group"), "group_iv");
    let cleared = officer.patch(&path, changed.etag(), &json!({"group": null})).expect(200);
    assert_eq!(cleared.body["group"], Value::Null);
    officer.get("/v1/titles?group=group_v").problem(400, "invalid_query");
}
