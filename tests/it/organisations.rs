//! Units as of any day.

use serde_json::json;

use crate::support::TestApp;

#[test]
fn both_frames_read_right() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let count = |query: &str| {
        reader.get(&format!("/v1/units?count=true&limit=1&{query}")).expect(200).body["total"].as_i64().unwrap()
    };
    assert_eq!(count("kind=commune&as_of=2019-06-01"), 129);
    assert_eq!(count("kind=commune&as_of=2025-06-30"), 129);
    assert_eq!(count("kind=commune&as_of=2025-07-01"), 45);
    assert_eq!(count("kind=district&as_of=2025-06-30"), 10);
    assert_eq!(count("kind=district"), 0);
    let named = |code: &str, on: &str| {
        reader.get(&format!("/v1/units?code={code}&as_of={on}")).expect(200).str("/data/0/name").to_owned()
    };
    assert_eq!(named("03172", "2019-06-01"), "Thị trấn Mường Chà");
    assert_eq!(named("03172", "2025-07-01"), "Xã Na Sang");
}

#[test]
fn ma_thi_ho_went_into_na_sang() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let found = reader.get("/v1/units?q=MA%20th%C3%AC%20h%E1%BB%93&kind=commune&as_of=2019-06-01").expect(200);
    let (id, parent) = (found.str("/data/0/id"), found.str("/data/0/parent/label"));
    assert_eq!((found.str("/data/0/code"), parent), ("03200", "Huyện Mường Chà"));
    let unit = reader.get(&format!("/v1/units/{id}")).expect(200);
    assert_eq!((unit.str("/timeline"), unit.str("/during/to")), ("past", "2025-06-30"));
    reader.get(&format!("/v1/units/{id}?as_of=2025-07-01")).problem(404, "not_found");
    let lineage = reader.get(&format!("/v1/units/{id}/lineage")).expect(200);
    assert_eq!(
        (lineage.str("/data/0/to/label"), lineage.str("/data/0/act/number")),
        ("Xã Na Sang", "1661/NQ-UBTVQH15")
    );
    let heir = lineage.str("/data/0/to/id");
    let came = reader.get(&format!("/v1/units/{heir}/lineage")).expect(200);
    let mut names: Vec<_> = came.rows().iter().map(|edge| edge["from"]["label"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Thị trấn Mường Chà", "Xã Ma Thì Hồ", "Xã Na Sang", "Xã Sa Lông"]);
    assert_eq!(reader.get(&format!("/v1/units/{heir}/history")).expect(200).rows().len(), 1);
}

#[test]
fn pages_hold_together_and_answers_have_tags() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    let mut seen = Vec::new();
    let mut path = "/v1/units?kind=commune&limit=20".to_owned();
    loop {
        let page = reader.get(&path).expect(200);
        seen.extend(page.rows().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        let link = page.header("link");
        if page.body["next_cursor"].is_null() {
            assert_eq!(link, "");
            break;
        }
        path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen.len(), 45);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 45);
    let cursor = reader.get("/v1/units?kind=commune&limit=1").expect(200).str("/next_cursor").to_owned();
    reader.get(&format!("/v1/units?kind=government&limit=1&cursor={cursor}")).problem(400, "invalid_cursor");
    reader.get("/v1/units?limit=0").problem(400, "invalid_query");
    reader.get("/v1/units?colour=red").problem(400, "invalid_query");

    let unit = reader.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let first = reader.get(&format!("/v1/units/{unit}")).expect(200);
    let request =
        reader.request(reqwest::Method::GET, &format!("/v1/units/{unit}")).header("if-none-match", first.etag());
    assert_eq!(crate::support::Answer::of(request).expect(304).text, "");
}

#[test]
fn a_unit_is_made_tried_and_made_once() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let parent = officer.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    let body = json!({"kind": "public_service", "name": "Trung tâm chính trị xã Na Sang", "parent_id": parent, "from": "2026-01-01"});
    let dry = officer.post("/v1/units?validate_only=true", &body).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "unit_created");
    let count = || {
        officer.get(&format!("/v1/units?parent_id={parent}&q=trung%20tam%20chinh%20tri&count=true")).expect(200).body["total"].clone()
    };
    assert_eq!(count(), 0);
    let send = || {
        let request = officer.request(reqwest::Method::POST, "/v1/units").header("idempotency-key", "once").json(&body);
        crate::support::Answer::of(request)
    };
    let (first, second) = (send().expect(201), send().expect(201));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    assert_eq!(first.text, second.text);
    assert_eq!(count(), 1);
    let other = officer
        .request(reqwest::Method::POST, "/v1/units")
        .header("idempotency-key", "once")
        .json(&json!({"kind": "mass", "name": "x", "parent_id": parent, "from": "2026-01-01"}));
    crate::support::Answer::of(other).problem(422, "key_reused");

    let too_early = json!({"kind": "mass", "name": "Hội", "parent_id": parent, "from": "2024-01-01"});
    let refused = officer.post("/v1/units", &too_early).problem(422, "refused");
    assert_eq!(refused.findings(), [("/parent_id", "outside_validity")]);
    app.sign_in("reader").post("/v1/units", &body).problem(403, "forbidden");
}
