//! Cases that take back what others did, decisions of days past, and which steps the law asks for.

use serde_json::json;

use super::{Scene, effects, scene};
use crate::support::TestApp;
use crate::support::fixtures::{Office, decision, transfer};

#[test]
fn an_effective_case_is_taken_back_by_another_and_nothing_is_unmade() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let leaving =
        json!({"kind": "transfer", "cadre_id": people[2], "from_post_id": posts[2], "to_outside": "Tỉnh Lai Châu"});
    let chain =
        [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0]), leaving];
    let case = office.prepare("2026-11-23", &chain).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let back = json!({"effective_from": "2026-12-01", "reason": "Không đúng thẩm quyền"});
    office.officer.act(&format!("{path}/compensate"), case.etag(), &back).problem(409, "wrong_state");
    let decided = office.decide(&case).expect(200);
    assert_eq!(decided.str("/state"), "effective");
    let seen = office.officer.get(&path).expect(200);
    assert_eq!(seen.body["allowed_actions"], json!(["compensate"]));
    let early = json!({"effective_from": "2026-11-23", "reason": "x"});
    let early = office.officer.act(&format!("{path}/compensate"), seen.etag(), &early).problem(422, "refused");
    assert_eq!(early.findings(), [("/effective_from", "bad_order")]);
    office.decider.act(&format!("{path}/compensate"), seen.etag(), &back).problem(403, "forbidden");
    let taken = office.officer.act(&format!("{path}/compensate"), seen.etag(), &back).expect(200);
    assert_eq!(taken.body["allowed_actions"], json!([]));
    let other = taken.str("/compensated_by/id").to_owned();
    office.officer.act(&format!("{path}/compensate"), taken.etag(), &back).problem(409, "wrong_state");

    let prepared = office.officer.get(&format!("/v1/rotations/{other}")).expect(200);
    assert_eq!((prepared.str("/compensates/id"), prepared.str("/state")), (case.str("/id"), "prepared"));
    assert_eq!(prepared.str("/moves/2/from_outside"), "Tỉnh Lai Châu");
    office.decide(&prepared).expect(200);
    effects(&app, "2026-12-01", 1);
    let office = Office::of(&app.anonymous());
    let on = |day: &str| [0, 1, 2, 3].map(|n| office.held_by(&posts[n], day));
    let names = |names: [&str; 4]| names.map(ToOwned::to_owned);
    assert_eq!(on("2026-11-22"), names(["Lò Văn Một", "Giàng A Hai", "Quàng Thị Ba", ""]));
    assert_eq!(on("2026-11-30"), names(["Giàng A Hai", "", "", "Lò Văn Một"]));
    assert_eq!(on("2026-12-01"), names(["Lò Văn Một", "Giàng A Hai", "Quàng Thị Ba", ""]));
    assert_eq!(office.officer.get(&format!("/v1/cadres/{}", people[2])).expect(200).str("/status"), "active");
}

#[test]
fn a_withdrawn_compensation_leaves_room_for_another_and_who_came_from_nowhere_has_no_way_back() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let newcomer = office.cadre("Vừ A Bốn", &office.commune("03172"));
    let entry = office.prepare("2026-11-23", &[transfer(&newcomer, None, &posts[3])]).expect(201);
    let entry = office.decide(&entry).expect(200);
    let back = json!({"effective_from": "2026-12-01", "reason": "Nhầm"});
    let path = format!("/v1/rotations/{}/compensate", entry.str("/id"));
    let refused = office.officer.act(&path, entry.etag(), &back).problem(422, "refused");
    assert_eq!(refused.findings(), [("/moves/0", "not_held")]);

    let free = office.post(&office.title("test_free", "commune"), &office.commune("03172"));
    let case = office.prepare("2026-11-23", &[transfer(&people[0], Some(&posts[0]), &free)]).expect(201);
    let case = office.decide(&case).expect(200);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    for _ in 0..2 {
        let seen = office.officer.get(&path).expect(200);
        let taken = office.officer.act(&format!("{path}/compensate"), seen.etag(), &back).expect(200);
        let other = format!("/v1/rotations/{}", taken.str("/compensated_by/id"));
        let other_seen = office.officer.get(&other).expect(200);
        office.officer.act(&format!("{other}/withdraw"), other_seen.etag(), &json!({"reason": "x"})).expect(200);
        assert!(office.officer.get(&path).expect(200).body["compensated_by"].is_null());
    }
}

#[test]
fn a_decision_of_a_day_that_is_past_takes_effect_at_once_and_is_marked() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut earlier = decision();
    earlier["decided_on"] = json!("2026-10-01");
    let decide = |day: &str, person: usize, to: &str| {
        let case = office.prepare(day, &[transfer(&people[person], Some(&posts[person]), to)]).expect(201);
        let path = format!("/v1/rotations/{}/decide", case.str("/id"));
        office.decider.act(&path, case.etag(), &earlier).expect(200)
    };
    let past = decide("2026-10-15", 0, &posts[3]);
    assert_eq!((past.str("/state"), past.body["decision"]["back_dated"].clone()), ("effective", json!(true)));
    assert_eq!(
        (office.held_by(&posts[3], "2026-10-14"), office.held_by(&posts[3], "2026-10-15")),
        (String::new(), "Lò Văn Một".to_owned())
    );
    let today = decide("2026-11-23", 1, &posts[0]);
    assert_eq!(today.body["decision"]["back_dated"], json!(false));
}

#[test]
fn a_kind_of_move_takes_the_steps_that_the_law_asks_for() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let step = json!({"kind": "rotation", "cadre_id": people[0], "from_post_id": posts[0], "to_post_id": posts[3]});
    let body = |procedure: &str| {
        json!({"subject": "Luân chuyển", "procedure": procedure, "effective_from": "2026-12-01",
        "unit_id": office.province(), "moves": [step]})
    };
    let dry = office.officer.post("/v1/rotations?validate_only=true", &body("direct")).expect(200);
    assert!(dry.text.contains("unconfirmed_rule_not_met") && dry.text.contains("Điều 46"), "{}", dry.text);
    let rule = office.officer.get("/v1/regulations?key=procedure.rotation&as_of=2026-12-01").expect(200);
    let against = json!({"against": "Nghị định 170/2025/NĐ-CP", "confirmed_on": "2026-11-23"});
    office.officer.act(&format!("/v1/regulations/{}/confirm", rule.str("/data/0/id")), "*", &against).expect(200);
    for procedure in ["direct", "agreement"] {
        let refused = office.officer.post("/v1/rotations", &body(procedure)).problem(422, "refused");
        assert_eq!(refused.findings(), [("/procedure", "rule_not_met")]);
    }
    office.prepare("2026-12-01", &[transfer(&people[1], Some(&posts[1]), &posts[3])]).expect(201);
}
