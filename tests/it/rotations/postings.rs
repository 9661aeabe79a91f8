//! What follows after a case took effect: how long somebody stays, what is said of it, what becomes of them.

use serde_json::{Value, json};

use super::{Scene, effects, scene};
use crate::support::fixtures::{Office, transfer};
use crate::support::{Answer, Client, TestApp};

/// A secondment or a rotation of the first person to the free post at the province, from the start of December.
fn posted(office: &Office, scene: (&str, &str, &str), kind: &str, until: Option<&str>) -> Answer {
    let (cadre, from, to) = scene;
    let step =
        json!({"kind": kind, "cadre_id": cadre, "from_post_id": from, "to_post_id": to, "expected_end_on": until});
    let case = office.prepare("2026-12-01", &[step]).expect(201);
    office.decide(&case).expect(200)
}

fn evaluation(cadre: &str, occasion: &str, from: &str, to: &str) -> Value {
    json!({"cadre_id": cadre, "occasion": occasion, "from": from, "to": to, "class": "good", "text": "Hoàn thành tốt nhiệm vụ", "evaluated_on": to})
}

fn extension(cadre: &str, until: &str, on: &str) -> Value {
    json!({"cadre_id": cadre, "until": until, "reason": "Hoàn thành đề án", "number": "240-QĐ/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": on})
}

fn placement(cadre: &str, outcome: &str, on: &str) -> Value {
    json!({"cadre_id": cadre, "outcome": outcome, "conclusion": "Hoàn thành tốt nhiệm vụ", "number": "52-KL/TU",
        "issuer": "Ban Thường vụ Tỉnh ủy", "concluded_on": on})
}

fn review(cadre: &str, on: &str) -> Value {
    json!({"cadre_id": cadre, "text": "Tự nhận hoàn thành tốt nhiệm vụ", "reviewed_on": on})
}

/// The posting of a person, as somebody sees it.
fn seen(client: &Client, cadre: &str) -> Answer {
    let listed = client.get(&format!("/v1/postings?cadre_id={cadre}")).expect(200);
    let found = client.get(&format!("/v1/postings/{}", listed.str("/data/0/id"))).expect(200);
    assert_eq!(found.body, listed.body["data"][0], "the list says what the posting says");
    found
}

#[test]
fn a_secondment_is_extended_once_evaluated_and_returns() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = posted(&office, (&people[0], &posts[0], &posts[3]), "secondment", Some("2027-05-31"));
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let coming = seen(&office.officer, &people[0]);
    assert_eq!((coming.str("/state"), coming.body["months_served"].clone()), ("coming", json!(0)));
    let early = office
        .officer
        .post(&format!("{path}/evaluations"), &evaluation(&people[0], "yearly", "2026-12-01", "2026-12-01"));
    early.problem(409, "wrong_state");
    effects(&app, "2026-12-01", 1);

    app.clock.set_day(crate::support::day("2027-05-20"));
    let office = Office::of(&app.anonymous());
    let (officer, decider) = (&office.officer, &office.decider);
    let said = evaluation(&people[0], "on_demand", "2026-12-01", "2027-05-19");
    let said = officer.post(&format!("{path}/evaluations"), &said).expect(201);
    assert_eq!(officer.get(&format!("{path}/evaluations/{}", said.str("/id"))).expect(200).body, said.body);
    let before = evaluation(&people[0], "yearly", "2026-11-30", "2027-05-19");
    let refused = officer.post(&format!("{path}/evaluations"), &before).problem(422, "refused");
    assert_eq!(refused.findings(), [("/from", "outside_validity")]);
    officer
        .post(&format!("{path}/extensions"), &extension(&people[0], "2027-11-30", "2027-05-20"))
        .problem(403, "forbidden");
    let same = decider.post(&format!("{path}/extensions"), &extension(&people[0], "2027-05-31", "2027-05-20"));
    assert_eq!(same.problem(422, "refused").findings(), [("/until", "bad_order")]);
    decider.post(&format!("{path}/extensions"), &extension(&people[0], "2027-11-30", "2027-05-20")).expect(201);
    let extended = seen(officer, &people[0]);
    assert_eq!((extended.str("/expected_end_on"), extended.str("/state")), ("2027-11-30", "current"));
    assert_eq!(extended.body["allowed_actions"], json!(["evaluate", "review"]));
    assert_eq!(seen(decider, &people[0]).body["allowed_actions"], json!(["extend"]), "no end is decided yet");

    // The return is a move of its own; with it the end is known.
    let back = office.prepare("2027-12-01", &[transfer(&people[0], Some(&posts[3]), &posts[0])]).expect(201);
    let decision =
        json!({"decision_number": "400-QĐ/TU", "decision_issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": "2027-05-20"});
    decider.act(&format!("/v1/rotations/{}/decide", back.str("/id")), back.etag(), &decision).expect(200);
    assert_eq!(seen(officer, &people[0]).str("/ended_on"), "2027-11-30");
    effects(&app, "2027-12-01", 1);
    let office = Office::of(&app.anonymous());
    let (officer, decider) = (&office.officer, &office.decider);
    let ended = seen(officer, &people[0]);
    assert_eq!((ended.str("/state"), ended.body["months_served"].clone()), ("ended", json!(12)));
    assert_eq!(ended.body["lacking"], json!(["self_review", "final_evaluation", "placement"]));
    assert_eq!(ended.body["ended_early"], json!(false));
    let placed = placement(&people[0], "returned", "2027-12-01");
    let missing = decider.post(&format!("{path}/placements"), &placed).problem(409, "step_incomplete");
    assert_eq!(missing.findings().len(), 2);
    officer.post(&format!("{path}/self-reviews"), &review(&people[0], "2027-12-01")).expect(201);
    let last = evaluation(&people[0], "final", "2026-12-01", "2027-11-30");
    officer.post(&format!("{path}/evaluations"), &last).expect(201);
    let concluded = decider.post(&format!("{path}/placements"), &placed).expect(201);
    assert_eq!(
        decider.get(&format!("{path}/placements/{}", concluded.str("/id"))).expect(200).str("/outcome"),
        "returned"
    );
    decider.post(&format!("{path}/placements"), &placed).problem(409, "wrong_state");
    let done = seen(decider, &people[0]);
    assert_eq!((done.str("/outcome"), done.body["lacking"].clone()), ("returned", json!([])));
    assert_eq!(done.body["allowed_actions"], json!([]));
    let states =
        |state: &str| officer.get(&format!("/v1/postings?state={state}&count=true")).expect(200).body["total"].clone();
    assert_eq!([states("coming"), states("current"), states("ended")], [json!(0), json!(0), json!(1)]);
}

#[test]
fn a_secondment_beyond_the_longest_is_told_then_refused_and_a_waiver_lets_it_pass() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = posted(&office, (&people[0], &posts[0], &posts[3]), "secondment", Some("2029-05-31"));
    let path = format!("/v1/rotations/{}", case.str("/id"));
    effects(&app, "2026-12-01", 1);
    let office = Office::of(&app.anonymous());
    let longer = extension(&people[0], "2029-12-31", "2026-12-01");
    let dry = office.decider.post(&format!("{path}/extensions?validate_only=true"), &longer).expect(200);
    assert!(dry.text.contains("unconfirmed_rule_not_met"), "{}", dry.text);
    let rule = office.officer.get("/v1/regulations?key=secondment.maximum_months&as_of=2026-12-01").expect(200);
    let against = json!({"against": "Nghị định 170/2025/NĐ-CP", "confirmed_on": "2026-12-01"});
    office.officer.act(&format!("/v1/regulations/{}/confirm", rule.str("/data/0/id")), "*", &against).expect(200);
    let refused = office.decider.post(&format!("{path}/extensions"), &longer).problem(422, "refused");
    assert_eq!(refused.findings(), [("/until", "rule_not_met")]);
    assert!(refused.str("/errors/0/citation").contains("170/2025"));
    let mut waiver = crate::support::fixtures::waiver(&people[0]);
    waiver["rule"] = json!("secondment.maximum_months");
    office.decider.post(&format!("{path}/waivers"), &waiver).expect(201);
    office.decider.post(&format!("{path}/extensions"), &longer).expect(201);
}

#[test]
fn who_is_kept_for_good_no_longer_counts_as_rotated() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = posted(&office, (&people[0], &posts[0], &posts[3]), "rotation", None);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    effects(&app, "2026-12-01", 1);
    app.clock.set_day(crate::support::day("2028-12-01"));
    let office = Office::of(&app.anonymous());
    let (officer, decider) = (&office.officer, &office.decider);
    let two_years = seen(officer, &people[0]);
    assert_eq!((two_years.body["months_served"].clone(), two_years.str("/least_until")), (json!(24), "2029-12-01"));
    assert!(two_years.str("/citation").contains("170/2025"));
    assert_eq!(two_years.body["lacking"], json!(["evaluation"]), "a year has passed without one");
    officer.post(&format!("{path}/self-reviews"), &review(&people[0], "2028-12-01")).expect(201);
    officer
        .post(&format!("{path}/evaluations"), &evaluation(&people[0], "final", "2026-12-01", "2028-11-30"))
        .expect(201);
    let mut kept = placement(&people[0], "kept", "2028-12-01");
    let refused = decider.post(&format!("{path}/placements"), &kept).problem(422, "refused");
    assert_eq!(refused.findings(), [("/kept_from", "required")]);
    kept["kept_from"] = json!("2029-01-01");
    let dry = decider.post(&format!("{path}/placements?validate_only=true"), &kept).expect(200);
    assert!(dry.text.contains("appointment_opened"), "{}", dry.text);
    decider.post(&format!("{path}/placements"), &kept).expect(201);
    let held = officer.get(&format!("/v1/cadres/{}/appointments", people[0])).expect(200);
    let told: Vec<_> = held
        .rows()
        .iter()
        .map(|row| (row["basis"].as_str().unwrap(), row["during"]["from"].as_str().unwrap()))
        .collect();
    assert!(told.contains(&("transferred", "2029-01-01")) && told.contains(&("rotated", "2026-12-01")), "{told:?}");
    let after = seen(officer, &people[0]);
    assert_eq!(
        (after.str("/outcome"), after.str("/ended_on"), after.body["ended_early"].clone()),
        ("kept", "2028-12-31", json!(false))
    );
}

#[test]
fn a_rotation_goes_on_in_the_unit_that_takes_over_and_ends_early_where_nobody_does() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (na_sang, muong_tung) = (office.commune("03172"), office.commune("03181"));
    let title = office.title("test_second", "commune");
    let (there, successor) = (office.post(&title, &muong_tung), office.post(&title, &na_sang));
    let other = office.post(&office.title("test_third", "commune"), &muong_tung);
    let move_to = |cadre: &str, from: &str, to: &str| json!({"kind": "rotation", "cadre_id": cadre, "from_post_id": from, "to_post_id": to, "expected_end_on": "2029-12-31"});
    let slate = [move_to(&people[0], &posts[0], &there), move_to(&people[2], &posts[2], &other)];
    let case = office.prepare("2026-11-24", &slate).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    office.decide(&case).expect(200);
    effects(&app, "2026-11-24", 1);
    app.clock.set_day(crate::support::day("2027-03-01"));
    let office = Office::of(&app.anonymous());
    let (officer, decider) = (&office.officer, &office.decider);
    let act = json!({"number": "9/NQ", "title": "Sắp xếp", "issuer": "Ủy ban Thường vụ Quốc hội", "legal_basis": "Luật",
        "decided_on": "2027-02-20", "effective_from": "2027-03-01", "accept_proposals": true,
        "changes": [{"merge": {"units": [muong_tung], "into": {"unit_id": na_sang}}}]});
    officer.post("/v1/reorganisations", &act).expect(201);
    assert_eq!(office.held_by(&successor, "2027-03-01"), "Lò Văn Một");
    let goes_on = seen(officer, &people[0]);
    assert_eq!(
        (goes_on.str("/state"), goes_on.str("/post/id"), goes_on.body["months_served"].clone()),
        ("current", successor.as_str(), json!(3))
    );
    let cut = seen(officer, &people[2]);
    assert_eq!(
        (cut.str("/state"), cut.str("/ended_on"), cut.body["ended_early"].clone()),
        ("ended", "2027-02-28", json!(true))
    );

    officer.post(&format!("{path}/self-reviews"), &review(&people[2], "2027-03-01")).expect(201);
    let last = evaluation(&people[2], "final", "2026-11-24", "2027-02-28");
    officer.post(&format!("{path}/evaluations"), &last).expect(201);
    let mut placed = placement(&people[2], "other", "2027-03-01");
    let refused = decider.post(&format!("{path}/placements"), &placed).problem(422, "refused");
    assert_eq!(refused.findings(), [("/early_reason", "required")]);
    placed["early_reason"] = json!("reorganisation");
    decider.post(&format!("{path}/placements"), &placed).expect(201);
    assert_eq!(seen(officer, &people[2]).str("/early_reason"), "reorganisation");
}

#[test]
fn the_unit_that_somebody_came_from_reads_what_the_destination_says() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (na_sang, muong_tung) = (office.commune("03172"), office.commune("03181"));
    let there = office.post(&office.title("test_second", "commune"), &muong_tung);
    let case = posted(&office, (&people[0], &posts[0], &there), "rotation", Some("2029-12-31"));
    let path = format!("/v1/rotations/{}", case.str("/id"));
    effects(&app, "2026-12-01", 1);
    let administrator = app.sign_in("administrator");
    let officer_of = |name: &str, unit: &str| {
        let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai"});
        let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        administrator
            .post("/v1/grants", &json!({"account_id": account, "role": "unit_officer", "unit_id": unit}))
            .expect(201);
        app.anonymous().signed_in(name, "mot mat khau dai")
    };
    let (origin, destination) = (officer_of("origin", &na_sang), officer_of("destination", &muong_tung));
    let said = evaluation(&people[0], "yearly", "2026-12-01", "2026-12-01");
    origin.post(&format!("{path}/evaluations"), &said).problem(403, "forbidden");
    destination.post(&format!("{path}/evaluations"), &said).expect(201);
    assert_eq!(seen(&destination, &people[0]).body["allowed_actions"], json!(["evaluate"]));
    assert_eq!(origin.get(&format!("{path}/evaluations")).expect(200).str("/data/0/text"), "Hoàn thành tốt nhiệm vụ");
    origin.get(&format!("{path}/self-reviews")).problem(403, "forbidden");
}
