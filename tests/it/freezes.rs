//! Posts that nobody comes to for a time, but by a special case.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::fixtures::{Office, transfer};

#[test]
fn nobody_comes_to_a_frozen_post_but_by_a_special_case() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let officer = &office.officer;
    let commune = office.commune("03172");
    let title = office.title("frozen_title", "commune");
    let (left, free) = (office.post(&title, &commune), office.post(&title, &commune));
    let holder = office.holder("Lò Văn Hặc", &commune, &left);
    let path = format!("/v1/posts/{free}");
    let seen = officer.get(&path).expect(200);
    assert_eq!((seen.str("/status"), &seen.body["allowed_actions"]), ("vacant", &json!(["freeze"])));
    assert_eq!(app.sign_in("reader").get(&path).expect(200).body["allowed_actions"], json!([]));

    let freeze = json!({"from": "2026-03-07", "to": "2026-12-31", "reason": "Sắp xếp tổ chức bộ máy", "decision_number": "128-KL/TW",
        "decided_on": "2026-03-07"});
    officer.post(&format!("{path}/freeze"), &freeze).problem(428, "precondition_required");
    let outlives = json!({"from": "2020-03-07", "reason": "x"});
    let refused = officer.act(&format!("{path}/freeze"), seen.etag(), &outlives).problem(422, "refused");
    assert_eq!(refused.findings(), [("/from", "outside_validity")]);
    let dry = officer.act(&format!("{path}/freeze?validate_only=true"), seen.etag(), &freeze).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "post_frozen");
    let frozen = officer.act(&format!("{path}/freeze"), seen.etag(), &freeze).expect(200);
    assert_eq!((frozen.str("/status"), frozen.str("/freeze/decision_number")), ("frozen", "128-KL/TW"));
    assert_eq!(frozen.body, officer.get(&path).expect(200).body);
    assert_eq!(frozen.body["allowed_actions"], json!(["unfreeze"]));
    officer.act(&format!("{path}/freeze"), seen.etag(), &freeze).problem(409, "wrong_state");

    // By a case, which may be a special one, and by a record.
    let case = |on: &str, special: bool| {
        let mut step = transfer(&holder, Some(&left), &free);
        step["special_case"] = json!(special);
        office.prepare(on, &[step])
    };
    let refused = case("2026-12-01", false).problem(422, "refused");
    assert_eq!(refused.findings(), [("/moves/0/to_post_id", "post_frozen")]);
    assert_eq!(refused.str("/errors/0/citation"), "128-KL/TW");
    let special = case("2026-12-01", true).expect(201);
    assert_eq!(special.body["moves"][0]["special_case"], true);
    case("2027-01-01", false).expect(201);
    let someone = office.cadre("Quàng Văn Rỗi", &commune);
    let record = |from: &str, special: Value| {
        let body =
            json!({"post_id": free, "from": from, "to": "2026-04-30", "basis": "appointed", "special_case": special});
        officer.post(&format!("/v1/cadres/{someone}/appointments"), &body)
    };
    assert_eq!(record("2026-03-07", json!(null)).problem(422, "refused").findings(), [("/from", "post_frozen")]);
    record("2026-03-06", json!(false)).expect(201);
    let decided = office.decide(&special).expect(200);
    assert_eq!(decided.str("/state"), "decided");
    assert_eq!(office.held_by(&free, "2026-12-01"), "Lò Văn Hặc");
    let held = officer.get(&format!("{path}?as_of=2026-12-01")).expect(200);
    assert_eq!((held.str("/status"), held.str("/freeze/reason")), ("filled", "Sắp xếp tổ chức bộ máy"));
}

#[test]
fn a_freeze_ends_on_a_day_and_the_filter_agrees_with_the_status() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let officer = &office.officer;
    let commune = office.commune("03172");
    let title = office.title("frozen_title", "commune");
    let posts: Vec<String> = (0..4).map(|_| office.post(&title, &commune)).collect();
    office.holder("Lò Văn Hặc", &commune, &posts[3]);
    for (post, from, to) in
        [(0, "2026-01-01", Value::Null), (1, "2026-12-01", json!("2026-12-31")), (3, "2026-01-01", Value::Null)]
    {
        let freeze = json!({"from": from, "to": to, "reason": "x"});
        officer.act(&format!("/v1/posts/{}/freeze", posts[post]), "*", &freeze).expect(200);
    }
    let unfreeze = |post: usize, from: Value| {
        officer.act(
            &format!("/v1/posts/{}/unfreeze", posts[post]),
            "*",
            &json!({"from": from, "reason": "Đã sắp xếp xong"}),
        )
    };
    let agrees = |as_of: &str| {
        let all = officer.get(&format!("/v1/posts?as_of={as_of}")).expect(200);
        for status in ["filled", "vacant", "vacant_soon", "frozen"] {
            let listed = officer.get(&format!("/v1/posts?as_of={as_of}&status={status}&count=true")).expect(200);
            let ruled: Vec<_> = all.rows().iter().filter(|row| row["status"] == status).cloned().collect();
            assert_eq!(listed.rows(), ruled, "{as_of} {status}");
            assert_eq!(listed.body["total"], ruled.len());
        }
        all.rows().iter().filter(|row| row["status"] == "frozen").count()
    };
    assert_eq!((agrees("2025-12-31"), agrees("2026-11-23"), agrees("2026-12-31"), agrees("2027-01-01")), (0, 1, 2, 1));
    unfreeze(2, Value::Null).problem(409, "wrong_state");
    assert_eq!(unfreeze(0, json!("2026-11-22")).problem(422, "refused").findings(), [("/from", "outside_validity")]);
    let ends = unfreeze(0, json!("2027-01-01")).expect(200);
    assert_eq!((ends.str("/status"), ends.str("/freeze/during/to")), ("frozen", "2026-12-31"));
    let gone = unfreeze(1, Value::Null).expect(200);
    assert_eq!(
        (gone.str("/status"), &gone.body["freeze"], &gone.body["allowed_actions"]),
        ("vacant", &Value::Null, &json!(["freeze"]))
    );
    assert_eq!((agrees("2026-12-31"), agrees("2027-01-01")), (1, 0));
}
