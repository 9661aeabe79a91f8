//! Units are asked whom they propose, and propose people of theirs.

use serde_json::{Value, json};

use super::{Scene, scene};
use crate::support::fixtures::{approval, conclusion, nomination, policy, transfer};
use crate::support::{Client, TestApp};

/// An officer of a commune.
fn local(app: &TestApp, name: &str, unit: &str, cadre: Option<&str>) -> Client {
    let administrator = app.sign_in("administrator");
    let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai", "cadre_id": cadre});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "unit_officer", "unit_id": unit});
    administrator.post("/v1/grants", &grant).expect(201);
    app.anonymous().signed_in(name, "mot mat khau dai")
}

#[test]
fn a_unit_that_is_asked_sees_the_case_and_proposes_people_of_its_own() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (na_sang, muong_tung) = (office.commune("03172"), office.commune("03181"));
    let here = local(&app, "na-sang", &na_sang, None);
    let there = local(&app, "muong-tung", &muong_tung, None);
    let case = office.officer.post("/v1/rotations", &policy(office.province())).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let approve = |units: Value| {
        let mut body = approval();
        body["invited_unit_ids"] = units;
        office.decider.act(&format!("{path}/approve-policy"), "*", &body)
    };
    let nothing = "01994f7e-0000-7000-8000-00000000ffff";
    let refused = approve(json!([na_sang, nothing, na_sang])).problem(422, "refused");
    let told = [("/invited_unit_ids/1", "unknown_reference"), ("/invited_unit_ids/2", "repeated")];
    assert_eq!(refused.findings(), told);
    here.get(&path).problem(404, "not_found");
    let approved = approve(json!([na_sang])).expect(200);
    assert_eq!(approved.str("/policy/invited_units/0/label"), "Xã Na Sang");
    assert_eq!(here.get(&path).expect(200).body["allowed_actions"], json!([]));
    assert_eq!(here.get("/v1/rotations?count=true").expect(200).body["total"], json!(1));
    there.get(&path).problem(404, "not_found");

    let nominations = format!("{path}/nominations");
    let title = office.title("nominated_title", "commune");
    let made = here.post(&nominations, &nomination(&people[0], Some(&title))).expect(201);
    assert_eq!((made.str("/unit/label"), made.str("/title/label")), ("Xã Na Sang", "Chức danh nominated_title"));
    here.get(&nominations).problem(403, "forbidden");
    there.post(&nominations, &nomination(&people[1], None)).problem(404, "not_found");
    let foreign = here.post(&nominations, &nomination(&people[1], None)).problem(422, "refused");
    assert_eq!(foreign.findings(), [("/cadre_id", "unknown_reference")]);
    let mut faulty = nomination(&people[0], Some(&title));
    faulty["post_id"] = json!(posts[0]);
    faulty["nominated_on"] = json!("2026-11-24");
    let refused = here.post(&nominations, &faulty).problem(422, "refused");
    assert_eq!(refused.findings(), [("/title_id", "repeated"), ("/nominated_on", "bad_order")]);
    let person = local(&app, "the-person", &na_sang, Some(&people[2]));
    person.post(&nominations, &nomination(&people[2], None)).problem(403, "own_case");

    // A later one on the same person takes the place of the one before; both stay readable.
    let mut again = nomination(&people[0], None);
    again["post_id"] = json!(posts[2]);
    let again = here.post(&nominations, &again).expect(201);
    assert_eq!(again.str("/post/id"), posts[2]);
    let kept = office.officer.get(&nominations).expect(200);
    let stand = kept.rows().iter().filter(|row| row["superseded_at"].is_null()).count();
    assert_eq!((kept.rows().len(), stand), (2, 1));
    let one = office.officer.get(again.header("location")).expect(200);
    assert_eq!(one.body, again.body);

    // It goes on to stand when people are proposed, whoever they are; and the units may go on proposing until the preparation is
    // concluded, when those who were only asked see the case no more.
    let slate = json!({"moves": [transfer(&people[1], Some(&posts[1]), &posts[3])]});
    office.officer.act(&format!("{path}/propose-people"), "*", &slate).expect(200);
    let kept = office.officer.get(&nominations).expect(200);
    assert_eq!(kept.rows().iter().filter(|row| row["superseded_at"].is_null()).count(), 1);
    here.post(&nominations, &nomination(&people[2], None)).expect(201);
    office.officer.post(&format!("{path}/conclusions"), &conclusion(&people[1], true)).expect(201);
    office.officer.act(&format!("{path}/conclude-preparation"), "*", &Value::Null).expect(200);
    here.get(&path).problem(404, "not_found");
    office.officer.post(&nominations, &nomination(&people[2], None)).problem(409, "wrong_state");
}

#[test]
fn nobody_is_proposed_before_the_policy_is_approved() {
    let app = TestApp::start();
    let Scene { office, people, .. } = scene(&app);
    let case = office.officer.post("/v1/rotations", &policy(office.province())).expect(201);
    let nominations = format!("/v1/rotations/{}/nominations", case.str("/id"));
    office.officer.post(&nominations, &nomination(&people[0], None)).problem(409, "wrong_state");
    office.decider.act(&format!("/v1/rotations/{}/approve-policy", case.str("/id")), "*", &approval()).expect(200);
    let dry = format!("{nominations}?validate_only=true");
    let dry = office.officer.post(&dry, &nomination(&people[0], None)).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "paper_recorded");
    office.decider.post(&nominations, &nomination(&people[0], None)).problem(403, "forbidden");
    let auditor = app.sign_in("auditor");
    office.officer.post(&nominations, &nomination(&people[0], None)).expect(201);
    auditor.get(&nominations).expect(200);
    let seen = office.officer.get(&format!("/v1/cadres/{}/accesses", people[0])).expect(200);
    assert!(!seen.rows().is_empty(), "who read whom the units propose is on record");
}
