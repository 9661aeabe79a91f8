//! What stands in the way of an act.

use serde_json::{Value, json};

use super::{PHRASE, accepting, proposals, today, with};
use crate::support::TestApp;
use crate::support::fixtures::{Office, transfer};

#[test]
fn what_others_decided_and_what_is_one_s_own_stands_in_the_way() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (officer, na_sang, muong_tung) = (&office.officer, office.commune("03172"), office.commune("03181"));
    let title = office.title("test_chair", "commune");
    let posts = [office.post(&title, &na_sang), office.post(&title, &na_sang)];
    let cadre = office.holder("Lò Văn Một", &na_sang, &posts[0]);
    let case = office.prepare("2026-12-15", &[transfer(&cadre, Some(&posts[0]), &posts[1])]).expect(201);
    let merge = json!([{"merge": {"units": [na_sang], "into": {"unit_id": muong_tung}}}]);
    office.decide(&case).expect(200);
    let act = accepting(with(today("1/NQ", &merge), "effective_from", json!("2026-12-01")));
    let refused = officer.post("/v1/reorganisations", &act).problem(422, "refused");
    assert!(refused.findings().contains(&("/effective_from", "overtaken")), "{}", refused.text);
    assert!(proposals(&refused).iter().any(|one| one.2 == "blocked" && one.0 == "rotation"), "{}", refused.text);
    let seen = office.decider.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200);
    let withdrawal = json!({"reason": "Sắp xếp đơn vị"});
    office.decider.act(&format!("/v1/rotations/{}/withdraw", case.str("/id")), seen.etag(), &withdrawal).expect(200);

    // Nobody places their own grant.
    let administrator = app.sign_in("administrator");
    let me = officer.get("/v1/me").expect(200).str("/id").to_owned();
    let grant = json!({"account_id": me, "role": "reader", "unit_id": na_sang});
    let grant = administrator.post("/v1/grants", &grant).expect(201);
    let refused = officer.post("/v1/reorganisations", &act).problem(422, "refused");
    assert_eq!(refused.findings(), [("/placements", "own_case")]);
    administrator.delete(&format!("/v1/grants/{}", grant.str("/id")), grant.etag()).expect(204);
    officer.post("/v1/reorganisations", &act).expect(201);
    assert_eq!(office.held_by(&posts[0], "2026-11-30"), "Lò Văn Một");
    // A later decision of a matter of days that are told already.
    let late = with(today("2/NQ", &json!([{"abolish": {"unit_id": muong_tung}}])), "decided_on", json!("2027-01-01"));
    let late = officer.post("/v1/reorganisations", &late).problem(422, "refused");
    assert_eq!(late.findings(), [("/decided_on", "bad_order"), ("/decided_on", "bad_order")]);
}

#[test]
fn a_unit_of_another_s_scope_is_unknown() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (na_sang, muong_tung) = (office.commune("03172"), office.commune("03181"));
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "na-sang", "display_name": "Na Sang", "password": PHRASE});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    administrator
        .post("/v1/grants", &json!({"account_id": account, "role": "organisation_officer", "unit_id": na_sang}))
        .expect(201);
    let local = app.anonymous().signed_in("na-sang", PHRASE);
    let nobody = "01994f7e-1111-7000-8000-000000000bad";
    for other in [muong_tung.as_str(), office.province(), nobody] {
        let there = json!({"unit_id": other});
        let changes = json!([
            {"merge": {"units": [other], "into": {"unit_id": na_sang}}},
            {"merge": {"units": [na_sang], "into": there}},
            {"rename": {"unit_id": other, "name": "Xã Khác"}},
            {"move": {"unit_id": other, "parent": there}},
            {"abolish": {"unit_id": other}},
            {"create": {"kind": "mass", "name": "Hội", "parent": there}},
            {"split": {"unit_id": other, "parts": [{"into": there, "share": "part_main"}, {"into": {"unit_id": na_sang}, "share": "part"}]}},
        ]);
        let refused = local.post("/v1/reorganisations", &today("1/NQ", &changes)).problem(422, "refused");
        let mut findings = refused.findings();
        findings.retain(|(_, code)| *code != "outside_validity");
        findings.sort_unstable();
        let expected = [
            "/changes/0/merge/units/0",
            "/changes/1/merge/into",
            "/changes/2/rename/unit_id",
            "/changes/3/move/parent",
            "/changes/3/move/unit_id",
            "/changes/4/abolish/unit_id",
            "/changes/5/create/parent",
            "/changes/6/split/parts/0/into",
            "/changes/6/split/unit_id",
        ];
        assert_eq!(findings, expected.map(|at| (at, "unknown_reference")), "{other}");
    }
    // An act that touches nothing of theirs is not there, nor is its number told.
    let theirs = today("7/NQ", &json!([{"rename": {"unit_id": muong_tung, "name": "Xã Mường Tùng Mới"}}]));
    let made = office.officer.post("/v1/reorganisations", &theirs).expect(201);
    local.get(&format!("/v1/reorganisations/{}", made.str("/id"))).problem(404, "not_found");
    local.get(&format!("/v1/reorganisations/{}/changes", made.str("/id"))).problem(404, "not_found");
    let same = today("7/NQ", &json!([{"rename": {"unit_id": na_sang, "name": "Xã Na Sang Mới"}}]));
    assert_eq!(local.post("/v1/reorganisations", &same).problem(409, "act_exists").body["detail"], Value::Null);
    app.sign_in("reader").post("/v1/reorganisations", &theirs).problem(403, "forbidden");
}

#[test]
fn a_change_is_one_thing_and_a_key_means_one_unit() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (na_sang, province) = (office.commune("03172"), office.province());
    let there = json!({"unit_id": province});
    let create = |key: &str| json!({"create": {"key": key, "kind": "mass", "name": "Hội", "parent": there}});
    let changes = json!([
        {},
        {"rename": {"unit_id": na_sang, "name": "x"}, "abolish": {"unit_id": na_sang}},
        {"create": {"kind": "mass", "name": "Hội", "parent": {}}},
        {"create": {"kind": "mass", "name": " ", "parent": {"unit_id": province, "key": "x"}}},
    ]);
    let refused = office.officer.post("/v1/reorganisations", &today("1/NQ", &changes)).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [
            ("/changes/0", "required"),
            ("/changes/1/abolish", "repeated"),
            ("/changes/2/create/parent/unit_id", "required"),
            ("/changes/3/create/name", "required"),
            ("/changes/3/create/parent/key", "repeated"),
        ]
    );
    let changes = json!([create("a"), create("a"), {"merge": {"units": [na_sang], "into": {"key": "b"}}}]);
    let refused = office.officer.post("/v1/reorganisations", &today("1/NQ", &changes)).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [("/changes/1/create/key", "repeated"), ("/changes/2/merge/into/key", "unknown_reference")]
    );
}
