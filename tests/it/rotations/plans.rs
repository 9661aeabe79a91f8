//! Plans: drafted, approved by somebody else, carried out case by case.

use serde_json::{Value, json};

use super::{Scene, effects, scene};
use crate::support::fixtures::{Office, approval, plan, plan_item, policy, transfer};
use crate::support::{Answer, Client, TestApp};

/// An approved plan.
fn approved(office: &Office, body: &Value) -> Answer {
    let draft = office.officer.post("/v1/rotation-plans", body).expect(201);
    let path = format!("/v1/rotation-plans/{}", draft.str("/id"));
    office.decider.act(&format!("{path}/approve"), draft.etag(), &approval()).expect(200)
}

/// A case of one move that belongs to a plan.
fn case_of(office: &Office, plan: &Answer, on: &str, step: &Value) -> Answer {
    let body = json!({"subject": "Điều động", "effective_from": on, "unit_id": office.province(), "moves": [step],
        "plan_id": plan.str("/id")});
    office.officer.post("/v1/rotations", &body)
}

/// Line by line: prepared, decided, done, remaining; then how many kinds of moves go beyond the plan.
fn told(client: &Client, plan: &Answer) -> (Vec<[i64; 4]>, usize) {
    let progress = client.get(&format!("/v1/rotation-plans/{}/progress", plan.str("/id"))).expect(200);
    let line = |line: &Value| {
        let figure = |name: &str| line["figures"][name].as_i64().unwrap();
        [figure("prepared"), figure("decided"), figure("done"), line["remaining"].as_i64().unwrap()]
    };
    let lines = progress.body["items"].as_array().unwrap().iter().map(line).collect();
    (lines, progress.body["beyond_plan"].as_array().unwrap().len())
}

#[test]
fn a_plan_is_drafted_changed_approved_by_another_and_withdrawn() {
    let app = TestApp::start();
    let Scene { office, .. } = scene(&app);
    let title = office.title("plan_title", "commune");
    let na_sang = office.commune("03172");
    let body = plan(office.province(), &[plan_item(&title, Some(&na_sang), 2)]);
    let dry = office.officer.post("/v1/rotation-plans?validate_only=true", &body).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "rotation_plan_drafted");
    let draft = office.officer.post("/v1/rotation-plans", &body).expect(201);
    assert_eq!((draft.str("/number"), draft.str("/state")), ("KH-2026-0001", "draft"));
    assert_eq!((draft.str("/during/from"), draft.str("/during/to")), ("2026-01-01", "2026-12-31"));
    assert_eq!((draft.str("/items/0/unit/label"), draft.str("/items/0/kind")), ("Xã Na Sang", "transfer"));
    assert_eq!(draft.body["allowed_actions"], json!(["withdraw"]));
    let path = draft.header("location").to_owned();
    assert_eq!(office.decider.get(&path).expect(200).body["allowed_actions"], json!(["approve"]));

    office.officer.patch(&path, "\"9-0\"", &json!({"need": null})).problem(412, "stale");
    let items = json!([plan_item(&title, None, 3), plan_item(&title, Some(&na_sang), 1)]);
    let changed = office.officer.patch(&path, draft.etag(), &json!({"need": null, "items": items})).expect(200);
    assert_eq!((changed.body["need"].clone(), changed.body["items"].as_array().unwrap().len()), (Value::Null, 2));
    assert_eq!((changed.str("/policy"), changed.body["version"].clone()), ("Hỗ trợ nhà công vụ", json!(2)));

    let approve = format!("{path}/approve");
    office.officer.act(&approve, changed.etag(), &approval()).problem(403, "forbidden");
    office.decider.act(&approve, draft.etag(), &approval()).problem(412, "stale");
    let mut early = approval();
    early["approved_on"] = json!("2026-11-24");
    let early = office.decider.act(&approve, changed.etag(), &early).problem(422, "refused");
    assert_eq!(early.findings(), [("/approved_on", "bad_order")]);
    let done = office.decider.act(&approve, changed.etag(), &approval()).expect(200);
    assert_eq!((done.str("/state"), done.str("/approval/number")), ("approved", "112-TB/TU"));
    assert_eq!(done.body["allowed_actions"], json!(["withdraw"]));
    office.officer.patch(&path, done.etag(), &json!({"need": "x"})).problem(409, "wrong_state");

    let withdraw = format!("{path}/withdraw");
    office.officer.act(&withdraw, done.etag(), &json!({"reason": "x"})).problem(403, "forbidden");
    let gone = office.decider.act(&withdraw, done.etag(), &json!({"reason": "Sắp xếp lại"})).expect(200);
    assert_eq!((gone.str("/state"), gone.str("/withdrawal/reason")), ("withdrawn", "Sắp xếp lại"));
    office.decider.act(&withdraw, gone.etag(), &json!({"reason": "x"})).problem(409, "wrong_state");
    let entries = app.sign_in("auditor").get(&format!("/v1/audit/entries?target_id={}", draft.str("/id"))).expect(200);
    let actions: Vec<_> =
        entries.rows().iter().filter(|row| row["outcome"] == "done").map(|row| row["action"].clone()).collect();
    assert_eq!(
        actions,
        ["withdraw_rotation_plan", "approve_rotation_plan", "update_rotation_plan", "create_rotation_plan"]
    );
}

#[test]
fn who_prepared_a_plan_does_not_approve_it() {
    let app = TestApp::start();
    let Scene { office, .. } = scene(&app);
    let administrator = app.sign_in("administrator");
    let body = json!({"user_name": "both-roles", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    for role in ["organisation_officer", "decider"] {
        let grant = json!({"account_id": account, "role": role, "unit_id": office.province()});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    let both = app.anonymous().signed_in("both-roles", "mot mat khau dai");
    let title = office.title("plan_title", "commune");
    let draft = both.post("/v1/rotation-plans", &plan(office.province(), &[plan_item(&title, None, 1)])).expect(201);
    assert_eq!(draft.body["allowed_actions"], json!(["withdraw"]));
    let approve = format!("/v1/rotation-plans/{}/approve", draft.str("/id"));
    both.act(&approve, draft.etag(), &approval()).problem(403, "separation_of_duties");
    office.decider.act(&approve, draft.etag(), &approval()).expect(200);
}

#[test]
fn faults_of_a_plan_are_told_at_once_with_their_places() {
    let app = TestApp::start();
    let Scene { office, .. } = scene(&app);
    let nothing = "01994f7e-0000-7000-8000-00000000ffff";
    let mut line = plan_item(nothing, Some(nothing), 0);
    line["starts_on"] = json!("2027-01-01");
    let mut body = plan(office.province(), &[line]);
    let refused = office.officer.post("/v1/rotation-plans", &body).problem(422, "refused");
    let told = [
        ("/items/0/title_id", "unknown_reference"),
        ("/items/0/unit_id", "unknown_reference"),
        ("/items/0/count", "out_of_range"),
        ("/items/0/starts_on", "outside_validity"),
    ];
    assert_eq!(refused.findings(), told);
    body["to"] = json!("2025-12-31");
    body["number"] = json!(" ");
    let refused = office.officer.post("/v1/rotation-plans", &body).problem(422, "refused");
    assert_eq!(refused.findings(), [("/number", "required"), ("/to", "bad_period")]);
    let title = office.title("plan_title", "commune");
    let mut good = plan(office.province(), &[plan_item(&title, None, 1)]);
    good["number"] = json!("KH-2026-0009");
    let refused = office.officer.post("/v1/rotation-plans", &good).problem(422, "refused");
    assert_eq!(refused.findings(), [("/number", "bad_format")]);
    good["number"] = json!("12-KH/TU");
    office.officer.post("/v1/rotation-plans", &good).expect(201);
    office.officer.post("/v1/rotation-plans", &good).problem(409, "duplicate");
}

#[test]
fn cases_carry_a_plan_out_and_the_plan_tells_how_far() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let head = office.officer.get(&format!("/v1/posts/{}", posts[3])).expect(200).str("/title/id").to_owned();
    let chair = office.officer.get(&format!("/v1/posts/{}", posts[0])).expect(200).str("/title/id").to_owned();
    let na_sang = office.commune("03172");
    // Two heads anywhere, one chair in Na Sang.
    let made = plan(office.province(), &[plan_item(&head, None, 2), plan_item(&chair, Some(&na_sang), 1)]);
    let plan = approved(&office, &made);
    assert_eq!(told(&office.officer, &plan), (vec![[0, 0, 0, 2], [0, 0, 0, 1]], 0));

    let moves = [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0])];
    let body = json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": moves,
        "plan_id": plan.str("/id")});
    let first = office.officer.post("/v1/rotations", &body).expect(201);
    assert_eq!((first.str("/plan/id"), first.str("/plan/label")), (plan.str("/id"), plan.str("/number")));
    // Another chair is more than the plan has room for.
    let free = office.post(&chair, &na_sang);
    let second = case_of(&office, &plan, "2026-12-15", &transfer(&people[2], Some(&posts[2]), &free)).expect(201);
    assert_eq!(told(&office.officer, &plan), (vec![[1, 0, 0, 1], [1, 0, 0, 0]], 1));
    office.decide(&first).expect(200);
    assert_eq!(told(&office.officer, &plan), (vec![[0, 1, 0, 1], [0, 1, 0, 0]], 1));
    let withdraw = format!("/v1/rotations/{}/withdraw", second.str("/id"));
    office.officer.act(&withdraw, second.etag(), &json!({"reason": "x"})).expect(200);
    assert_eq!(told(&office.officer, &plan), (vec![[0, 1, 0, 1], [0, 1, 0, 0]], 0));
    effects(&app, "2026-12-01", 1);
    let officer = app.sign_in("organisation_officer");
    assert_eq!(told(&officer, &plan), (vec![[0, 0, 1, 1], [0, 0, 1, 0]], 0));
    let of_plan = officer.get(&format!("/v1/rotations?plan_id={}&count=true", plan.str("/id"))).expect(200);
    assert_eq!(of_plan.body["total"], json!(2));
}

#[test]
fn a_case_belongs_to_an_approved_plan_in_sight_on_its_days() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let title = office.title("plan_title", "commune");
    let body = plan(office.province(), &[plan_item(&title, None, 1)]);
    let draft = office.officer.post("/v1/rotation-plans", &body).expect(201);
    let step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    let refused = case_of(&office, &draft, "2027-01-01", &step).problem(422, "refused");
    assert_eq!(refused.findings(), [("/plan_id", "outside_validity"), ("/effective_from", "outside_validity")]);
    let good = approved(&office, &body);
    let mut of_nothing = policy(office.province());
    of_nothing["plan_id"] = json!("01994f7e-0000-7000-8000-00000000ffff");
    let refused = office.officer.post("/v1/rotations", &of_nothing).problem(422, "refused");
    assert_eq!(refused.findings(), [("/plan_id", "unknown_reference")]);

    // The people of a case of five steps are proposed for a day of its plan.
    let mut five = policy(office.province());
    five["plan_id"] = json!(good.str("/id"));
    let case = office.officer.post("/v1/rotations", &five).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    office.decider.act(&format!("{path}/approve-policy"), "*", &approval()).expect(200);
    let slate = |on: &str| json!({"effective_from": on, "moves": [step]});
    let refused = office.officer.act(&format!("{path}/propose-people"), "*", &slate("2027-01-01"));
    assert_eq!(refused.problem(422, "refused").findings(), [("/effective_from", "outside_validity")]);
    // Withdrawn, the plan takes no further case, and lets this one go on.
    let withdraw = format!("/v1/rotation-plans/{}/withdraw", good.str("/id"));
    office.decider.act(&withdraw, good.etag(), &json!({"reason": "x"})).expect(200);
    case_of(&office, &good, "2026-12-01", &step).problem(422, "refused");
    office.officer.act(&format!("{path}/propose-people"), "*", &slate("2026-12-31")).expect(200);
}

#[test]
fn plans_are_listed_by_year_state_and_unit_page_by_page() {
    let app = TestApp::start();
    let Scene { office, .. } = scene(&app);
    let title = office.title("plan_title", "commune");
    let na_sang = office.commune("03172");
    let made = |unit: &str, from: &str, to: &str| {
        let mut body = plan(unit, &[plan_item(&title, None, 1)]);
        body["from"] = json!(from);
        body["to"] = json!(to);
        office.officer.post("/v1/rotation-plans", &body).expect(201).str("/number").to_owned()
    };
    let term = made(office.province(), "2025-10-01", "2030-09-30");
    let year = made(office.province(), "2026-01-01", "2026-12-31");
    let local = made(&na_sang, "2027-01-01", "2027-12-31");
    let listed = |query: &str| -> Vec<String> {
        let page = office.officer.get(&format!("/v1/rotation-plans?{query}")).expect(200);
        page.rows().iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(""), [local.clone(), year.clone(), term.clone()]);
    assert_eq!(listed("year=2026"), [year.clone(), term.clone()]);
    assert_eq!(listed("year=2031"), [""; 0]);
    assert_eq!(listed(&format!("unit_id={na_sang}")), std::slice::from_ref(&local));
    assert_eq!(listed("state=approved"), [""; 0]);
    let first = office.officer.get("/v1/rotation-plans?limit=1&count=true").expect(200);
    assert_eq!((first.rows()[0]["number"].clone(), first.body["total"].clone()), (json!(local), json!(3)));
    let next = format!("/v1/rotation-plans?limit=1&cursor={}", first.str("/next_cursor"));
    assert_eq!(office.officer.get(&next).expect(200).rows()[0]["number"], json!(year));
    office.officer.get("/v1/rotation-plans?year=1").problem(400, "invalid_query");
}
