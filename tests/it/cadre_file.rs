//! The parts of a person's file: recorded, corrected, withdrawn, and read whole in one answer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::fixtures::Office;
use crate::support::postgres::Postgres;
use crate::support::{Answer, Client, TODAY, TestApp, app, day};

fn later(app: &TestApp) {
    app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(1));
}

#[test]
fn a_correction_supersedes_and_the_profile_knows_what_was_known() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let officer = &office.officer;
    let cadre = office.cadre("Lò Văn Hặc", &office.commune("03172"));
    let path = format!("/v1/cadres/{cadre}");
    let body = json!({"year": 2025, "class": "good", "note": "  Hai  dòng ", "decision_number": "88-QĐ/ĐU", "decided_on": "2025-12-20",
        "decision_issuer": "Đảng ủy xã Na Sang"});
    let made = officer.post(&format!("{path}/assessments"), &body).expect(201);
    let own = made.header("location").to_owned();
    assert_eq!((made.str("/note"), made.str("/recorded_by")), ("Hai dòng", "organisation_officer"));
    assert_eq!((made.str("/timeline"), &made.body["version"]), ("past", &json!(1)));
    let first = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    officer.post(&format!("{path}/assessments"), &body).problem(409, "duplicate");
    let wrong = json!({"year": 2031, "class": "best", "decided_on": "2031-01-01"});
    assert_eq!(
        officer.post(&format!("{path}/assessments"), &wrong).problem(422, "refused").findings(),
        [("/year", "out_of_range"), ("/class", "unknown_code"), ("/decided_on", "out_of_range")]
    );

    later(&app);
    let right = json!({"year": 2025, "class": "excellent", "reason": "Nhập sai xếp loại"});
    officer.post(&format!("{own}/correct"), &right).problem(428, "precondition_required");
    let no_reason = json!({"year": 2025, "class": "worst", "reason": " "});
    assert_eq!(
        officer.act(&format!("{own}/correct"), "*", &no_reason).problem(422, "refused").findings(),
        [("/class", "unknown_code"), ("/reason", "required")]
    );
    let dry = officer.act(&format!("{own}/correct?validate_only=true"), made.etag(), &right).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "fact_corrected");
    let corrected = officer.act(&format!("{own}/correct"), made.etag(), &right).expect(200);
    assert_eq!((corrected.str("/id"), corrected.str("/class")), (made.str("/id"), "excellent"));
    assert_eq!((&corrected.body["version"], &corrected.body["decision_number"]), (&json!(2), &Value::Null));
    officer.act(&format!("{own}/correct"), made.etag(), &right).problem(412, "stale");
    assert_eq!(officer.get(&own).expect(200).etag(), corrected.etag());
    let second = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);

    later(&app);
    let withdraw = format!("{path}/entries/{}/withdraw", made.str("/id"));
    officer.act(&withdraw, made.etag(), &json!({"reason": "Nhầm người"})).problem(412, "stale");
    officer.act(&withdraw, corrected.etag(), &json!({"reason": "Nhầm người"})).expect(204);
    officer.get(&own).problem(404, "not_found");
    officer.act(&withdraw, "*", &json!({"reason": "Nhầm người"})).problem(404, "not_found");
    assert!(officer.get(&format!("{path}/assessments?count=true")).expect(200).rows().is_empty());

    let classes = |query: &str| -> Vec<String> {
        let profile = officer.get(&format!("{path}/profile?{query}")).expect(200);
        let rows = profile.body["assessments"].as_array().unwrap();
        rows.iter().map(|row| row["class"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(classes(&format!("known_at={first}")), ["good"]);
    assert_eq!(classes(&format!("known_at={second}")), ["excellent"]);
    assert!(classes("").is_empty());
    officer.get(&format!("{path}/profile?known_at=2020-01-01T00:00:00Z")).problem(404, "not_found");
}

#[test]
fn what_follows_ends_what_was_before_it() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Hặc", &office.commune("03172"));
    let ranks = format!("/v1/cadres/{cadre}/ranks");
    let rank = |from: &str, step: i32| {
        office.officer.post(&ranks, &json!({"code": "specialist", "step": step, "coefficient": "2.34", "from": from}))
    };
    rank("2015-01-01", 1).expect(201);
    rank("2018-01-01", 2).expect(201);
    rank("2016-01-01", 3).problem(409, "duplicate");
    let rows = office.officer.get(&ranks).expect(200);
    let told: Vec<_> =
        rows.rows().iter().map(|row| (row["from"].clone(), row["to"].clone(), row["timeline"].clone())).collect();
    assert_eq!(
        told,
        [
            (json!("2018-01-01"), Value::Null, json!("current")),
            (json!("2015-01-01"), json!("2017-12-31"), json!("past"))
        ]
    );
    let wrong = json!({"code": "king", "step": 90, "coefficient": "2,34", "from": "2031-01-01"});
    let wrong = office.officer.post(&ranks, &wrong).problem(422, "refused");
    let codes = ["unknown_code", "out_of_range", "bad_format", "out_of_range"];
    assert_eq!(wrong.findings().iter().map(|(_, code)| *code).collect::<Vec<_>>(), codes);
}

#[test]
fn sensitive_parts_are_absent_without_the_permission() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Hặc", &office.commune("03172"));
    let path = format!("/v1/cadres/{cadre}");
    let discipline = json!({"measure": "reprimand", "side": "party", "from": "2024-03-01", "to": "2025-02-28"});
    let made = office.officer.post(&format!("{path}/disciplines"), &discipline).expect(201);
    office
        .officer
        .post(&format!("{path}/rewards"), &json!({"title": "Giấy khen", "awarded_on": "2020-01-01"}))
        .expect(201);
    let reader = app.sign_in("reader");
    reader.get(&format!("{path}/rewards")).expect(200);
    reader.get(made.header("location")).problem(404, "not_found");
    reader.get(&format!("{path}/disciplines")).problem(404, "not_found");
    let profile = reader.get(&format!("{path}/profile")).expect(200);
    assert!(profile.body.get("disciplines").is_none() && !profile.text.contains("reprimand"));
    assert_eq!(profile.body["rewards"].as_array().unwrap().len(), 1);
    let profile = app.sign_in("auditor").get(&format!("{path}/profile")).expect(200);
    assert_eq!(profile.str("/disciplines/0/measure"), "reprimand");
    // A code comes with its official list.
    let thai =
        profile.body["codes"].as_array().unwrap().iter().find(|code| code["catalogue"] == "ethnic_groups").unwrap();
    assert_eq!((&thai["item"]["code"], &thai["item"]["official_code"]), (&json!("thai"), &json!("03")));
    assert!(thai["item"]["list"].as_str().unwrap().contains("1019") && thai["item"]["other_list"].is_string());
}

#[test]
fn who_leaves_the_service_leaves_no_post_filled() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let post = office.post(&office.title("leaving", "commune"), &here);
    let cadre = office.holder("Lò Văn Hặc", &here, &post);
    let path = format!("/v1/cadres/{cadre}");
    let retired = office.officer.patch(&path, "*", &json!({"status": "retired"})).problem(422, "refused");
    assert_eq!(retired.findings(), [("/status", "still_holds")]);
    let late = json!({"status": "retired", "end_appointments_on": "2027-01-31"});
    assert_eq!(
        office.officer.patch(&path, "*", &late).problem(422, "refused").findings(),
        [("/end_appointments_on", "out_of_range")]
    );
    let body = json!({"status": "retired", "end_appointments_on": "2026-10-31", "reason": "Nghỉ hưu"});
    office.officer.patch(&path, "*", &body).expect(200);
    assert_eq!(
        (office.held_by(&post, "2026-10-31"), office.held_by(&post, "2026-11-01")),
        ("Lò Văn Hặc".into(), String::new())
    );

    // Or one appointment by itself.
    let cadre = office.cadre("Lò Văn Hai", &here);
    let held = json!({"post_id": post, "from": "2026-11-10", "basis": "appointed"});
    let held = office.officer.post(&format!("/v1/cadres/{cadre}/appointments"), &held).expect(201);
    let own = format!("/v1/cadres/{cadre}/appointments/{}", held.str("/id"));
    let end =
        |on: &str| office.officer.act(&format!("{own}/end"), held.etag(), &json!({"last_on": on, "reason": "Từ chức"}));
    assert_eq!(end("2026-11-09").problem(422, "refused").findings(), [("/last_on", "out_of_range")]);
    let ended = end("2026-12-31").expect(200);
    assert_eq!((ended.str("/during/to"), ended.str("/end_reason")), ("2026-12-31", "Từ chức"));
    end("2026-12-30").problem(412, "stale");
    let right =
        json!({"from": "2026-11-12", "to": "2026-12-15", "full_time": true, "basis": "elected", "reason": "Nhập sai"});
    let corrected = office.officer.act(&format!("{own}/correct"), ended.etag(), &right).expect(200);
    assert_eq!(corrected.body["during"], json!({"from": "2026-11-12", "to": "2026-12-15"}));
    assert_eq!((corrected.str("/basis"), &corrected.body["version"]), ("elected", &json!(3)));
    let withdraw = format!("/v1/cadres/{cadre}/entries/{}/withdraw", held.str("/id"));
    office.officer.act(&withdraw, corrected.etag(), &json!({"reason": "Không có"})).expect(204);
    assert_eq!(office.held_by(&post, "2026-11-20"), "");
}

#[test]
fn what_a_case_or_a_course_wrote_is_not_corrected_away() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("moved", "commune");
    let (from, to) = (office.post(&title, &here), office.post(&title, &here));
    let cadre = office.holder("Lò Văn Hặc", &here, &from);
    let moves = [crate::support::fixtures::transfer(&cadre, Some(&from), &to)];
    office.decide(&office.prepare(TODAY, &moves).expect(201)).expect(200);
    let career = office.officer.get(&format!("/v1/cadres/{cadre}/appointments")).expect(200);
    for row in career.rows() {
        let withdraw = format!("/v1/cadres/{cadre}/entries/{}/withdraw", row["id"].as_str().unwrap());
        office.officer.act(&withdraw, "*", &json!({"reason": "x"})).problem(409, "wrong_state");
    }
    let learned = json!({"kind": "degree", "level": "university", "obtained_on": "2010-06-30"});
    let path = format!("/v1/cadres/{cadre}/qualifications");
    let learned = office.officer.post(&path, &learned).expect(201);
    let right = json!({"kind": "degree", "level": "master", "obtained_on": "2012-06-30", "reason": "Nhập sai"});
    let own = learned.header("location").to_owned();
    let corrected = office.officer.act(&format!("{own}/correct"), learned.etag(), &right).expect(200);
    assert_eq!((corrected.str("/id"), corrected.str("/level")), (learned.str("/id"), "master"));
    assert_eq!(office.officer.get(&path).expect(200).rows().len(), 1);
    let right = json!({"kind": "degree", "level": "doctor", "obtained_on": "2014-06-30", "reason": "Nhập sai"});
    office.officer.act(&format!("{own}/correct"), corrected.etag(), &right).expect(200);
    let withdraw = format!("/v1/cadres/{cadre}/entries/{}/withdraw", learned.str("/id"));
    office.officer.act(&withdraw, "*", &json!({"reason": "x"})).expect(204);
    assert!(office.officer.get(&path).expect(200).rows().is_empty());
}

#[test]
fn the_same_person_is_not_entered_twice() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (here, there) = (office.commune("03172"), office.commune("03203"));
    let body = |name: &str, place: Option<&str>, unit: &str| {
        json!({"full_name": name, "sex": "male", "born_on": "1985-05-04", "ethnic_group": "thai", "native_place": place,
            "unit_id": unit})
    };
    let enter = |client: &Client, body: &Value| client.post("/v1/cadres", body);
    let first = enter(&office.officer, &body("Lò Văn Hòa", Some("Xã Na Sang, Điện Biên"), &here)).expect(201);
    let twice = body("LÒ VĂN HOÀ", Some("xã na sang, điện biên"), &there);
    let refused = enter(&office.officer, &twice).problem(422, "refused");
    assert_eq!(refused.findings(), [("/full_name", "possible_duplicate")]);
    assert!(refused.text.contains(first.str("/id")));
    // Who does not see the one learns nothing of it.
    app.execute(&format!(
        "UPDATE grants SET unit_id = '{there}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer')"
    ));
    enter(&app.sign_in("unit_officer"), &twice).expect(201);
    let mut sure = twice.clone();
    sure["confirm_duplicate"] = json!(true);
    enter(&office.officer, &sure).expect(201);
    // Another native place, or one that is not known, is no sign.
    enter(&office.officer, &body("Lò Văn Hòa", Some("Xã Na Son"), &here)).expect(201);
    enter(&office.officer, &body("Lò Văn Hòa", None, &here)).expect(201);
    let mut number = body("Quàng Văn Sai", None, &here);
    number["personal_number"] = json!("099185000123");
    let refused = enter(&office.officer, &number).problem(422, "refused");
    assert_eq!(refused.findings(), [("/personal_number", "number_mismatch")]);
    let message = refused.str("/errors/0/message");
    assert!(message.contains("099") && message.contains("giới tính") && !message.contains("năm sinh"), "{message}");
}

#[test]
fn what_follows_from_a_file_says_how() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let cadre = office.holder("Lò Văn Hặc", &here, &office.post(&office.title("derived", "commune"), &here));
    let path = format!("/v1/cadres/{cadre}");
    let of = |client: &Client, name: &str| {
        let all = client.get(&format!("{path}/derived-facts?as_of=2026-11-23")).expect(200);
        let found = all.body["data"].as_array().unwrap().iter().find(|fact| fact["name"] == name).cloned();
        found.unwrap_or_default()
    };
    let officer = &office.officer;
    assert_eq!(of(officer, "age")["value"], "41");
    let retires = of(officer, "retirement_day");
    assert_eq!((&retires["value"], &retires["confirmed"]), (&json!("2047-05-31"), &json!(false)));
    assert!(retires["citation"].as_str().unwrap().contains("135/2020"));
    assert_eq!(of(officer, "months_in_post")["value"], "16");
    assert_eq!((&of(officer, "native")["state"], &of(officer, "native")["value"]), (&json!("unknown"), &Value::Null));
    let discipline = json!({"measure": "reprimand", "side": "party", "from": "2026-03-01"});
    officer.post(&format!("{path}/disciplines"), &discipline).expect(201);
    assert_eq!(of(officer, "waits_until")["value"], "2028-03-01");
    let reader = app.sign_in("reader");
    assert_eq!(of(&reader, "waits_until"), Value::Null);

    // A day that was decided stands before the schedule, for everybody.
    let decided = |text: &str, number: Option<&str>| {
        let body = json!({"topic": "retirement_day", "text": text, "decision_number": number});
        officer.post(&format!("{path}/particulars"), &body)
    };
    assert_eq!(
        decided("2045-05-31", None).problem(422, "refused").findings(),
        [("/text", "bad_format"), ("/decision_number", "required")]
    );
    decided("2045-05-31: nghỉ hưu sớm", Some("9-QĐ/TU")).expect(201);
    for client in [officer, &reader] {
        let retires = of(client, "retirement_day");
        assert_eq!((&retires["value"], &retires["citation"]), (&json!("2045-05-31"), &Value::Null));
        assert!(retires["how_en"].as_str().unwrap().contains("9-QĐ/TU"));
    }
    let profile = officer.get(&format!("{path}/profile?as_of=2026-11-23")).expect(200);
    assert_eq!(profile.body["derived"].as_array().unwrap().len(), 8);
}

#[test]
fn a_planning_is_held_against_the_rules_that_the_province_has_confirmed() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("planned", "commune");
    let plan = |name: &str, query: &str| {
        let cadre = office.cadre(name, &here);
        let body = json!({"title_id": title, "from": "2026-01-01", "to": "2030-12-31"});
        office.officer.post(&format!("/v1/cadres/{cadre}/plannings{query}"), &body)
    };
    for name in ["Lò Văn Một", "Lò Văn Hai", "Lò Văn Ba"] {
        plan(name, "").expect(201);
    }
    let told = plan("Lò Văn Bốn", "?validate_only=true").expect(200);
    assert_eq!(
        (told.str("/effects/0/effect"), told.str("/effects/1/effect")),
        ("planning_recorded", "unconfirmed_rule_not_met")
    );
    plan("Lò Văn Bốn", "").expect(201);
    let limit =
        office.officer.get("/v1/regulations?key=planning.maximum_people_per_title&as_of=2026-01-01").expect(200);
    let against = json!({"against": "Bản có dấu", "confirmed_on": "2026-11-23"});
    office.officer.act(&format!("/v1/regulations/{}/confirm", limit.str("/data/0/id")), "*", &against).expect(200);
    let refused = plan("Lò Văn Năm", "").problem(422, "refused");
    assert_eq!(refused.findings(), [("/title_id", "planning_limit")]);
    assert!(refused.str("/errors/0/citation").contains("377"));
}

/// The statements that the server ran for one request, as its log says.
fn statements(server: &Postgres, ask: impl FnOnce()) -> usize {
    // What keeps the record of reads runs beside the requests.
    let asks = |line: &&str| line.contains("execute") && line.contains("SELECT") && !line.contains("append_audit");
    let count = || server.log().lines().filter(asks).count();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let before = count();
    ask();
    std::thread::sleep(std::time::Duration::from_millis(200));
    count() - before
}

/// Forty years of service: a file with this many facts of every kind.
fn fill(officer: &Client, path: &str, facts: usize) {
    for n in 0..facts {
        let year = 1987 + i32::try_from(n / 2).unwrap();
        let day = format!("{year}-0{}-01", n % 2 + 1);
        let (part, body) = match n % 6 {
            0 => ("assessments", json!({"year": year, "class": "good"})),
            1 => ("rewards", json!({"title": "Giấy khen", "awarded_on": day})),
            2 => ("ranks", json!({"code": "specialist", "from": day})),
            3 => ("relatives", json!({"relation": "sibling", "side": "own", "full_name": format!("Lò Thị {n}")})),
            4 => ("qualifications", json!({"kind": "language", "level": format!("Lớp {n}"), "obtained_on": day})),
            _ => ("health-certificates", json!({"issued_on": day, "institution": "Bệnh viện"})),
        };
        officer.post(&format!("{path}/{part}"), &body).expect(201);
    }
}

/// A file of 5 facts and one of 60 are one request and the same number of statements, counted in PostgreSQL's own log.
#[test]
fn the_profile_is_a_fixed_number_of_queries() {
    let server = Postgres::start(&["log_statement=all", "fsync=off"]);
    let clock = canbo::platform::clock::Clock::manual_on(day(TODAY));
    let app = TestApp::reached(&server.settings(), app::http(), clock);
    let office = Office::of(&app.anonymous());
    let here = office.commune("03172");
    let body = |name: &str| json!({"full_name": name, "sex": "male", "born_on": "1966-05-04", "ethnic_group": "thai", "unit_id": here});
    let counts: Vec<(usize, usize)> = [5, 60]
        .map(|facts| {
            let made = office.officer.post("/v1/cadres", &body(&format!("Lò Văn {facts}"))).expect(201);
            let path = made.header("location").to_owned();
            fill(&office.officer, &path, facts);
            let ask = |query: &str| {
                let asked = format!("{path}/profile?{query}");
                let whole = Answer::of(office.officer.request(Method::GET, &asked)).expect(200);
                assert!(whole.text.matches("\"recorded_at\"").count() > facts, "{}", whole.text);
            };
            // What a connection prepares and what the caller may is known by then.
            ask("");
            let known = "known_at=2027-01-01T00:00:00Z";
            ask(known);
            (statements(&server, || ask("")), statements(&server, || ask(known)))
        })
        .into();
    assert_eq!(counts[0], counts[1], "5 facts and 60");
    assert!((6..=10).contains(&counts[0].0) && counts[0].1 <= counts[0].0 + 1, "{counts:?}");
}
