//! What goes on elsewhere as it was: freezes of seats, and what somebody who reads there may know.

use serde_json::{Value, json};

use super::{PHRASE, accepting, proposals, today, with};
use crate::support::TestApp;
use crate::support::fixtures::Office;

#[test]
fn a_frozen_seat_stays_frozen_in_the_one_that_takes_its_place() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let title = office.title("test_chair", "commune");
    let frozen = office.post(&title, &na_sang);
    let freeze = json!({"from": "2026-03-01", "to": "2027-06-30", "reason": "Sắp xếp tổ chức bộ máy", "decision_number": "128-KL/TW",
        "decided_on": "2026-03-01"});
    officer.act(&format!("/v1/posts/{frozen}/freeze"), "*", &freeze).expect(200);
    // The seat ends before its last freeze does.
    let short = office.post(&title, &na_sang);
    officer.patch(&format!("/v1/posts/{short}"), "*", &json!({"to": "2027-01-31"})).expect(200);
    let rest = json!({"from": "2026-12-15", "to": "2027-01-31", "reason": "Chờ bố trí"});
    officer.act(&format!("/v1/posts/{short}/freeze"), "*", &rest).expect(200);

    let merge = json!([{"merge": {"units": [na_sang], "into": {"unit_id": muong_tung}}}]);
    let goes_on = |post: &str| json!({"subject": "post", "subject_id": post, "unit": {"unit_id": muong_tung}});
    let act = with(today("1/NQ", &merge), "effective_from", json!("2026-12-01"));
    let act = accepting(with(act, "placements", json!([goes_on(&frozen), goes_on(&short)])));
    let made = officer.post("/v1/reorganisations", &act).expect(201);
    let counts = made.body["counts"].as_array().unwrap();
    assert!(counts.contains(&json!({"effect": "post_frozen", "how_many": 2})), "{}", made.text);

    let list = officer.get(&format!("/v1/posts?unit_id={muong_tung}&title_id={title}&as_of=2026-12-20")).expect(200);
    let freezes: Vec<(&Value, &Value)> = list.rows().iter().map(|post| (&post["status"], &post["freeze"])).collect();
    assert_eq!(freezes.len(), 2, "{}", list.text);
    assert!(freezes.iter().all(|(status, _)| **status == json!("frozen")), "{}", list.text);
    let told = |reason: &str| freezes.iter().find(|(_, freeze)| freeze["reason"] == json!(reason)).unwrap().1;
    let first = told("Sắp xếp tổ chức bộ máy");
    assert_eq!(first["during"], json!({"from": "2026-12-01", "to": "2027-06-30"}));
    assert_eq!((&first["decision_number"], &first["decided_on"]), (&json!("128-KL/TW"), &json!("2026-03-01")));
    assert_eq!(told("Chờ bố trí")["during"], json!({"from": "2026-12-15", "to": "2027-01-31"}));
    // The old seat was frozen until its last day.
    assert_eq!(officer.get(&format!("/v1/posts/{frozen}?as_of=2026-11-30")).expect(200).str("/status"), "frozen");
}

/// Nobody comes to a frozen seat by the way, although it is free and of the same title.
#[test]
fn nobody_is_proposed_for_a_frozen_seat() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let title = office.title("test_chair", "commune");
    let (held, free) = (office.post(&title, &na_sang), office.post(&title, &muong_tung));
    office.holder("Lò Văn Một", &na_sang, &held);
    let merge = json!([{"merge": {"units": [na_sang], "into": {"unit_id": muong_tung}}}]);
    let outcome = || {
        let refused = officer.post("/v1/reorganisations", &today("1/NQ", &merge)).problem(422, "refused");
        let found = proposals(&refused).into_iter().find(|one| one.0 == "appointment").unwrap().2;
        found.to_owned()
    };
    assert_eq!(outcome(), "moves");
    let freeze = json!({"from": "2026-11-23", "reason": "Sắp xếp tổ chức bộ máy"});
    officer.act(&format!("/v1/posts/{free}/freeze"), "*", &freeze).expect(200);
    assert_eq!(outcome(), "ends");
}

/// Whose grant goes to the unit that takes over reads the files that went there with all that is behind them: posts of
/// the unit that ended, entries recorded there, what was known before the act.
#[test]
fn who_reads_the_new_unit_reads_the_history_of_its_files() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let post = office.post(&office.title("test_chair", "commune"), &na_sang);
    let cadre = office.holder("Lò Văn Một", &na_sang, &post);
    let path = format!("/v1/cadres/{cadre}");
    let reward = json!({"title": "Giấy khen", "awarded_on": "2026-01-01"});
    officer.post(&format!("{path}/rewards"), &reward).expect(201);
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "na-sang", "display_name": "Na Sang", "password": PHRASE});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "reader", "unit_id": na_sang});
    administrator.post("/v1/grants", &grant).expect(201);
    let local = app.anonymous().signed_in("na-sang", PHRASE);
    let before = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let known = format!("{path}/profile?as_of=2026-11-01&known_at={before}");
    let seen = local.get(&known).expect(200);
    app.clock.set(app.clock.now() + chrono::TimeDelta::seconds(5));
    let merge = json!([{"merge": {"units": [na_sang], "into": {"unit_id": muong_tung}}}]);
    officer.post("/v1/reorganisations", &accepting(today("1/NQ", &merge))).expect(201);

    assert_eq!(local.get(&path).expect(200).str("/unit/label"), "Xã Mường Tùng");
    assert_eq!(local.get(&known).expect(200).body, seen.body, "what was known stays known");
    let profile = local.get(&format!("{path}/profile")).expect(200);
    assert_eq!((profile.str("/career/0/unit/label"), profile.str("/rewards/0/title")), ("Xã Na Sang", "Giấy khen"));
    let career = local.get(&format!("{path}/appointments")).expect(200);
    assert_eq!(career.str("/data/0/during/to"), "2026-11-22");
}
