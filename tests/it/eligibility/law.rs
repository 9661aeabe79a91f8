//! Each day is judged by the law of that day, with the article that says so.

use serde_json::{Value, json};

use super::{check, question};
use crate::support::TestApp;
use crate::support::fixtures::Office;

const DECREE: &str = "Nghị định 1/2026/NĐ-CP, Điều 7";

/// From 2027 on a rotation lasts four years.
fn lengthen(office: &Office) {
    let key = "/v1/regulations?key=rotation.minimum_months&as_of=2026-11-23";
    let path = format!("/v1/regulations/{}", office.officer.get(key).expect(200).str("/data/0/id"));
    let seen = office.officer.get(&path).expect(200);
    let body = json!({"value": 48, "from": "2027-01-01", "instrument": "Nghị định 1/2026/NĐ-CP", "article": "7",
        "reason": "Nghị định mới"});
    office.officer.act(&format!("{path}/supersede"), seen.etag(), &body).expect(200);
}

/// The same person and the same post, the day before a new decree and the day of it.
#[test]
fn a_new_decree_is_cited_from_its_day_on() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let na_sang = office.commune("03172");
    let held = office.post(&office.title("law_chair", "commune"), &na_sang);
    let person = office.holder("Lò Văn Hợp", &na_sang, &held);
    let free = office.post(&office.title("law_head", "province"), office.province());
    lengthen(&office);
    let step = json!({"kind": "rotation", "cadre_id": person, "from_post_id": held, "to_post_id": free,
        "expected_end_on": "2030-06-30"});
    let on = |day: &str| -> Value {
        let mut asked = question(&person, &free, "rotation", day);
        asked["expected_end_on"] = json!("2030-06-30");
        let told = office.officer.post("/v1/eligibility-checks", &asked).expect(200);
        // A case of that day is held against the same.
        let case = office.prepare(day, std::slice::from_ref(&step)).expect(201);
        let case = office.officer.get(&format!("/v1/rotations/{}/eligibility", case.str("/id"))).expect(200);
        assert_eq!(case.str("/as_of"), day);
        assert_eq!(case.body["moves"][0]["checks"], told.body["checks"]);
        // And so are all who may come to the post.
        let all = json!({"post_id": free, "kind": "rotation", "effective_from": day, "expected_end_on": "2030-06-30"});
        let ranked = office.officer.post("/v1/eligibility-checks/candidates", &all).expect(200);
        assert_eq!(ranked.rows()[0]["checks"], told.body["checks"]);
        check(&told.body, "rotation.minimum_months").clone()
    };
    let (before, after) = (on("2026-12-31"), on("2027-01-01"));
    assert_eq!((&before["verdict"], &before["facts_en"]), (&json!("pass"), &json!("42 months > 36")));
    assert_eq!((&after["verdict"], &after["facts_en"]), (&json!("fail"), &json!("42 months < 48")));
    assert_eq!(before["citation"], "Nghị định 170/2025/NĐ-CP, Điều 48");
    assert_eq!((&after["citation"], &after["confirmed"]), (&json!(DECREE), &json!(false)));
    assert_ne!(before["source_id"], after["source_id"]);
}

/// How long a deputy stays is set by the province; until it has done so nobody knows.
#[test]
fn a_province_says_how_long_a_deputy_stays() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let title = json!({"code": "law_deputy", "name_vi": "Phó Giám đốc", "name_en": "Deputy", "category": "government",
        "level": "province", "leadership": true, "rank_order": 20});
    let title = office.officer.post("/v1/titles", &title).expect(201).str("/id").to_owned();
    let post = json!({"title_id": title, "unit_id": office.province(), "from": "2010-01-01", "term_months": 60});
    let post = office.officer.post("/v1/posts", &post).expect(201).str("/id").to_owned();
    let person = office.cadre("Quàng Văn Phó", office.province());
    let since = json!({"post_id": post, "from": "2017-01-01", "basis": "appointed"});
    office.officer.post(&format!("/v1/cadres/{person}/appointments"), &since).expect(201);
    let ours = json!({"key": "terms.deputy_maximum_years", "value": 10, "from": "2026-12-01", "to": null,
        "instrument": "Quy định 12-QĐ/TU"});
    office.officer.post("/v1/regulations", &ours).expect(201);
    let on = |day: &str| {
        let told =
            office.officer.post("/v1/eligibility-checks", &question(&person, &post, "appointment", day)).expect(200);
        let checks = told.body["checks"].as_array().unwrap();
        assert!(checks.iter().all(|check| check["rule"] != "terms.maximum_consecutive"), "that is for heads");
        check(&told.body, "terms.deputy_maximum_years").clone()
    };
    let unset = on("2026-11-30");
    assert_eq!((&unset["verdict"], &unset["facts_en"]), (&json!("unknown"), &json!("Its value is not set")));
    assert_eq!(unset["citation"], "Quy định 65-QĐ/TW (28/4/2022)");
    let (stays, goes) = (on("2026-12-31"), on("2027-01-01"));
    assert_eq!((&stays["verdict"], &goes["verdict"]), (&json!("pass"), &json!("fail")));
    assert_eq!(goes["facts_en"], "120 months in a row in the title = 120");
    assert_eq!((&goes["citation"], &goes["confirmed"]), (&json!("Quy định 12-QĐ/TU"), &json!(false)));
}
