//! Whether people fit posts: rule by rule, ranked, and no more of it than the caller may see.

mod law;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fixtures::{Office, transfer};
use crate::support::{Answer, Client, TestApp, database};

/// Two communes, a post of each, somebody in the first, and a free higher post at the province.
struct Scene {
    office: Office,
    na_sang: String,
    title: String,
    free: String,
    person: String,
}

fn scene(app: &TestApp) -> Scene {
    let office = Office::new(app);
    let na_sang = office.commune("03172");
    let held = office.post(&office.title("fit_chair", "commune"), &na_sang);
    let person = office.holder("Lò Văn Hợp", &na_sang, &held);
    let title = office.title("fit_head", "province");
    let free = office.post(&title, office.province());
    Scene { office, na_sang, title, free, person }
}

fn question(person: &str, post: &str, kind: &str, day: &str) -> Value {
    json!({"cadre_id": person, "post_id": post, "kind": kind, "effective_from": day})
}

fn check<'a>(answer: &'a Value, rule: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {answer}"))
}

/// The rows that the record has of readings by an action.
fn read_rows(app: &TestApp, action: &str) -> Vec<Value> {
    let started = Instant::now();
    while app.app.db.records_waiting() > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "records still wait");
        std::thread::sleep(Duration::from_millis(20));
    }
    let sql = format!(
        "SELECT coalesce(jsonb_agg(jsonb_build_array(e.actor_label, (SELECT count(*) FROM audit_subjects s WHERE s.seq = e.seq)) ORDER BY e.seq), '[]')::text AS text \
         FROM audit_entries e WHERE action = '{action}' AND outcome = 'read'"
    );
    serde_json::from_str(&database::text(&app.database, &sql)).unwrap()
}

/// The same case before and after the rule changed is held against two articles.
#[test]
fn the_rule_of_the_day_is_cited() {
    let app = TestApp::start();
    let Scene { office, title, person, .. } = scene(&app);
    let old = json!({"title_id": title, "unit_id": office.province(), "from": "2018-01-01"});
    let post = office.officer.post("/v1/posts", &old).expect(201).str("/id").to_owned();
    let on = |day: &str| {
        let mut asked = question(&person, &post, "rotation", day);
        asked["expected_end_on"] = json!("2027-06-30");
        let told = office.officer.post("/v1/eligibility-checks", &asked).expect(200);
        assert_eq!((told.str("/as_of"), told.str("/kind")), (day, "rotation"));
        check(&told.body, "rotation.minimum_months").clone()
    };
    let (before, after) = (on("2025-06-30"), on("2025-07-01"));
    assert_eq!((&before["verdict"], &after["verdict"]), (&json!("fail"), &json!("fail")));
    assert_eq!((&before["facts_en"], &after["facts_en"]), (&json!("24 months < 36"), &json!("24 months < 36")));
    assert_eq!(before["citation"], "Quy định 65-QĐ/TW (28/4/2022)");
    assert_eq!(after["citation"], "Nghị định 170/2025/NĐ-CP, Điều 48");
    assert_ne!(before["source_id"], after["source_id"]);
    assert!(after["remedy_en"].as_str().unwrap().contains("2028-06-30"), "{after}");
    let source = office.officer.get(&format!("/v1/regulations/{}", after["source_id"].as_str().unwrap())).expect(200);
    assert_eq!(
        (source.body["version"].clone(), source.body["key"].clone()),
        (after["source_version"].clone(), json!("rotation.minimum_months"))
    );
}

#[test]
fn a_standard_is_held_against_the_file() {
    let app = TestApp::start();
    let Scene { office, title, free, person, .. } = scene(&app);
    let cite = json!({"instrument": "Quy định 12-QĐ/TU", "article": "4", "confirmed": true});
    let lowered = json!({"zones": ["iii"], "level": "college", "citation": cite});
    let criteria = json!([
        {"kind": "degree", "level": "university", "lowered": lowered, "citation": cite},
        {"kind": "party_membership", "full": true, "citation": cite},
        {"kind": "classification", "years": 1, "level": "good", "citation": cite},
        {"kind": "health_certificate", "months": 6, "citation": cite},
        {"kind": "general_education", "level": "grade_12_of_12", "lowered": null, "citation": cite},
    ]);
    let body = json!({"from": "2026-01-01", "criteria": criteria});
    let standard = office.officer.post(&format!("/v1/titles/{title}/standards"), &body).expect(201);
    let ask = |client: &Client| {
        client.post("/v1/eligibility-checks", &question(&person, &free, "appointment", "2026-12-01")).expect(200).body
    };
    let bare = ask(&office.officer);
    for kind in ["degree", "party_membership", "classification", "health_certificate", "general_education"] {
        let found = check(&bare, &format!("standard.{kind}"));
        assert_eq!((&found["verdict"], &found["citation"]), (&json!("unknown"), &json!("Quy định 12-QĐ/TU, Điều 4")));
        assert_eq!((&found["confirmed"], &found["source_id"]), (&json!(true), &standard.body["id"]));
    }
    let add = |part: &str, body: Value| {
        office.officer.post(&format!("/v1/cadres/{person}/{part}"), &body).expect(201);
    };
    add("qualifications", json!({"kind": "degree", "level": "college", "obtained_on": "2010-06-30"}));
    add("memberships", json!({"organisation": "party", "joined_on": "2010-02-03", "official_on": "2011-02-03"}));
    add("memberships", json!({"organisation": "youth_union", "joined_on": "2000-02-03"}));
    add("assessments", json!({"year": 2025, "class": "excellent"}));
    add("health-certificates", json!({"issued_on": "2026-09-10", "institution": "Bệnh viện"}));
    add("particulars", json!({"topic": "general_education", "text": "grade_10_of_10"}));
    add("particulars", json!({"topic": "retirement_day", "text": "2030-05-31: kéo dài", "decision_number": "7-QĐ/TU"}));
    let whole = ask(&office.officer);
    let verdict = |kind: &str| check(&whole, &format!("standard.{kind}"))["verdict"].clone();
    // Where the post lies is not known, and in a hard area a college degree would do.
    assert_eq!(verdict("degree"), "unknown");
    for kind in ["party_membership", "classification", "health_certificate", "general_education"] {
        assert_eq!(verdict(kind), "pass", "{kind}");
    }
    let summary = &whole["summary"];
    let counted = ["pass", "fail", "unknown", "waived"].map(|verdict| summary[verdict].as_u64().unwrap());
    assert_eq!(counted.iter().sum::<u64>(), u64::try_from(whole["checks"].as_array().unwrap().len()).unwrap());

    // The decided day counts, and is no secret; what is sensitive is.
    let reader = app.sign_in("reader");
    let mut rotation = question(&person, &free, "rotation", "2026-12-01");
    rotation["expected_end_on"] = json!("2029-11-30");
    let seen = reader.post("/v1/eligibility-checks", &rotation).expect(200);
    assert_eq!(check(&seen.body, "rotation.remaining_years")["facts_en"], "42 months of service left < 120");
    for rule in [
        "standard.party_membership",
        "standard.health_certificate",
        "standard.general_education",
        "dossier.health_certificate_months",
    ] {
        let found = check(&seen.body, rule);
        assert_eq!((&found["verdict"], &found["withheld"]), (&json!("unknown"), &json!(true)), "{rule}");
        assert!(found["facts_en"].as_str().unwrap().starts_with("Who asks may not see"), "{found}");
    }
    assert_eq!(check(&seen.body, "standard.classification")["verdict"], "pass");
}

/// What the caller may not see moves nobody in a list, is not counted, and is on record only where it was shown.
#[test]
fn a_ranked_list_tells_nothing_that_may_not_be_seen() {
    let app = TestApp::start();
    let Scene { office, na_sang, title, free, person } = scene(&app);
    let other = office.post(&office.title("fit_vice", "commune"), &na_sang);
    let second = office.holder("Quàng Văn Kém", &na_sang, &other);
    let list = |client: &Client| {
        let body = json!({"post_id": free, "kind": "appointment", "effective_from": "2026-12-01", "unit_id": na_sang});
        client.post("/v1/eligibility-checks/candidates?count=true", &body).expect(200)
    };
    let order =
        |answer: &Answer| -> Vec<Value> { answer.rows().iter().map(|row| row["cadre"]["id"].clone()).collect() };
    let reader = app.sign_in("reader");
    let (before, seen) = (list(&office.officer), list(&reader));
    assert_eq!((before.body["total"].clone(), seen.body["total"].clone()), (json!(2), json!(2)));
    let first = if before.rows()[0]["cadre"]["id"] == json!(person) { &person } else { &second };
    // The first in the list is disciplined: last now, for who may see it.
    let warning = json!({"measure": "warning", "side": "party", "from": "2026-03-01"});
    office.officer.post(&format!("/v1/cadres/{first}/disciplines"), &warning).expect(201);
    let turned: Vec<Value> = order(&before).into_iter().rev().collect();
    assert_eq!(order(&list(&office.officer)), turned);
    assert_eq!(list(&reader).body, seen.body, "the reader sees no difference");
    let fails = |answer: &Answer| answer.rows().iter().map(|row| row["summary"]["fail"].clone()).collect::<Vec<_>>();
    assert_eq!(fails(&list(&office.officer)).len(), 2);
    // Planning for the title comes before.
    let planned = json!({"title_id": title, "from": "2026-01-01"});
    office.officer.post(&format!("/v1/cadres/{second}/plannings"), &planned).expect(201);
    let body = json!({"post_id": free, "kind": "appointment", "effective_from": "2026-12-01", "planned_only": true});
    let only = reader.post("/v1/eligibility-checks/candidates?count=true", &body).expect(200);
    assert_eq!((only.body["total"].clone(), only.rows()[0]["planned"].clone()), (json!(1), json!(true)));
    assert_eq!(only.rows()[0]["cadre"]["id"], json!(second));

    let rows = read_rows(&app, "check_candidates");
    assert!(rows.iter().all(|row| *row == json!(["organisation_officer", 2])), "{rows:?}");
    assert!(rows.len() >= 3);
    office.officer.post("/v1/eligibility-checks", &question(&person, &free, "appointment", "2026-12-01")).expect(200);
    reader.post("/v1/eligibility-checks", &question(&person, &free, "appointment", "2026-12-01")).expect(200);
    assert_eq!(read_rows(&app, "check_eligibility"), [json!(["organisation_officer", 1])]);
}

#[test]
fn candidates_come_in_pages_of_one_question() {
    let app = TestApp::start();
    let Scene { office, na_sang, free, .. } = scene(&app);
    for n in 0..7 {
        office.cadre(&format!("Lò Văn Số {n}"), &na_sang);
    }
    let body = json!({"post_id": free, "kind": "transfer", "effective_from": "2026-12-01"});
    let ask =
        |body: &Value, query: &str| office.officer.post(&format!("/v1/eligibility-checks/candidates?{query}"), body);
    let all = ask(&body, "limit=200&count=true").expect(200);
    assert_eq!((all.rows().len(), all.body["total"].clone()), (8, json!(8)));
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask(&body, &format!("limit=3{cursor}")).expect(200);
        rows.extend(page.rows().to_vec());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(rows, all.rows());
    let first = ask(&body, "limit=3").expect(200);
    let mut other = body.clone();
    other["kind"] = json!("appointment");
    let cursor = first.str("/next_cursor");
    ask(&other, &format!("limit=3&cursor={cursor}")).problem(400, "invalid_cursor");
    // Who holds the post on the day is no candidate for it.
    let held = office.post(&office.title("fit_held", "commune"), &na_sang);
    let holder = office.holder("Giàng A Giữ", &na_sang, &held);
    let of_held = json!({"post_id": held, "kind": "transfer", "effective_from": "2026-12-01"});
    let told = ask(&of_held, "limit=200&count=true").expect(200);
    assert_eq!(told.body["total"], json!(8));
    assert!(!told.text.contains(&holder));
}

#[test]
fn vacant_posts_are_ranked_for_a_person() {
    let app = TestApp::start();
    let Scene { office, free, person, .. } = scene(&app);
    let title = office.title("fit_frozen", "province");
    let frozen = office.post(&title, office.province());
    let freeze = json!({"from": "2026-01-01", "reason": "Sắp xếp tổ chức bộ máy"});
    office.officer.act(&format!("/v1/posts/{frozen}/freeze"), "*", &freeze).expect(200);
    let planned = office.post(&title, office.province());
    office
        .officer
        .post(&format!("/v1/cadres/{person}/plannings"), &json!({"title_id": title, "from": "2026-01-01"}))
        .expect(201);
    let body = json!({"cadre_id": person, "kind": "appointment", "effective_from": "2026-12-01"});
    let list = || office.officer.post("/v1/eligibility-checks/vacancies?limit=200&count=true", &body).expect(200);
    let posts = |answer: &Answer| -> Vec<String> {
        answer.rows().iter().map(|row| row["post"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let found = list();
    let found = posts(&found);
    let place = |post: &str| found.iter().position(|one| one == post);
    assert!(place(&planned) < place(&free), "planned for one of two alike");
    assert!(place(&planned).is_some() && place(&frozen).is_none());
    // Who comes to one leaves it vacant for nobody else.
    let case = office.prepare("2026-12-01", &[transfer(&person, None, &planned)]);
    assert_eq!(case.status, 409, "{}", case.text);
    let other = office.cadre("Lò Văn Khác", office.province());
    office.decide(&office.prepare("2026-12-01", &[transfer(&other, None, &planned)]).expect(201)).expect(200);
    assert!(!posts(&list()).contains(&planned));
}

#[test]
fn what_is_wrong_with_a_question_is_told_at_once() {
    let app = TestApp::start();
    let Scene { office, free, person, .. } = scene(&app);
    let nobody = "01994f7e-1111-7000-8000-000000000bad";
    let mut asked = question(nobody, nobody, "rotation", "2026-12-01");
    asked["expected_end_on"] = json!("2026-11-30");
    let mut findings = office.officer.post("/v1/eligibility-checks", &asked).problem(422, "refused");
    let mut told: Vec<_> = findings.findings().into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
    told.sort_unstable();
    let wanted =
        [("/cadre_id", "unknown_reference"), ("/expected_end_on", "bad_order"), ("/post_id", "unknown_reference")];
    assert_eq!(told, wanted.map(|(at, code)| (at.to_owned(), code.to_owned())));
    findings = office
        .officer
        .post("/v1/eligibility-checks", &question(&person, &free, "rotation", "2025-06-30"))
        .problem(422, "refused");
    assert_eq!(findings.findings(), [("/post_id", "outside_validity")]);
    let retired = office.cadre("Lò Văn Nghỉ", office.province());
    let path = format!("/v1/cadres/{retired}");
    let tag = office.officer.get(&path).expect(200).etag().to_owned();
    office.officer.patch(&path, &tag, &json!({"status": "retired", "reason": "Nghỉ hưu"})).expect(200);
    findings = office
        .officer
        .post("/v1/eligibility-checks", &question(&retired, &free, "rotation", "2026-12-01"))
        .problem(422, "refused");
    assert_eq!(findings.findings(), [("/cadre_id", "not_active")]);
    app.sign_in("training_officer")
        .post("/v1/eligibility-checks", &question(&person, &free, "rotation", "2026-12-01"))
        .problem(403, "forbidden");
}
