//! Slates whose ends lie outside the province, and posts that are left with somebody in charge.

use serde_json::json;

use super::{Scene, effects, scene};
use crate::support::TestApp;
use crate::support::fixtures::transfer;

#[test]
fn a_chain_of_four_begins_with_who_leaves_and_ends_with_who_comes_from_outside() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let newcomer = office.cadre("Vừ A Bốn", &office.commune("03172"));
    let leaving =
        json!({"kind": "transfer", "cadre_id": people[2], "from_post_id": posts[2], "to_outside": "Tỉnh Lai Châu"});
    let entering =
        json!({"kind": "transfer", "cadre_id": newcomer, "from_outside": "Bộ Nội vụ", "to_post_id": posts[0]});
    let chain = [
        leaving,
        transfer(&people[1], Some(&posts[1]), &posts[2]),
        transfer(&people[0], Some(&posts[0]), &posts[1]),
        entering,
    ];
    let case = office.prepare("2026-12-01", &chain).expect(201);
    let directions: Vec<_> = (0..4).map(|n| case.str(&format!("/moves/{n}/direction")).to_owned()).collect();
    assert_eq!(directions, ["exit", "sideways", "sideways", "entry"]);
    assert_eq!((case.str("/moves/0/to_outside"), case.str("/moves/3/from_outside")), ("Tỉnh Lai Châu", "Bộ Nội vụ"));
    assert!(case.body["moves"][0]["to_post"].is_null());
    // The law of the province says nothing of a post elsewhere.
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let judged = office.officer.get(&format!("{path}/eligibility")).expect(200);
    assert_eq!(judged.body["moves"].as_array().unwrap().len(), 3);

    let decided = office.decide(&case).expect(200);
    assert_eq!(decided.str("/state"), "decided");
    let on = |day: &str| [0, 1, 2].map(|n| office.held_by(&posts[n], day));
    assert_eq!(on("2026-11-30"), ["Lò Văn Một", "Giàng A Hai", "Quàng Thị Ba"]);
    assert_eq!(on("2026-12-01"), ["Vừ A Bốn", "Lò Văn Một", "Giàng A Hai"]);
    let status = |officer: &crate::support::Client| {
        officer.get(&format!("/v1/cadres/{}", people[2])).expect(200).str("/status").to_owned()
    };
    assert_eq!(status(&office.officer), "active");
    effects(&app, "2026-12-01", 1);
    let officer = app.sign_in("organisation_officer");
    assert_eq!(status(&officer), "left");
    assert_eq!(officer.get(&format!("{path}/verdicts")).expect(200).rows().len(), 3);

    // Who has left is moved no more, and comes back by an entry.
    let office = crate::support::fixtures::Office::of(&app.anonymous());
    office.prepare("2026-12-02", &[transfer(&people[2], Some(&posts[2]), &posts[3])]).problem(422, "refused");
    let back =
        json!({"kind": "transfer", "cadre_id": people[2], "from_outside": "Tỉnh Lai Châu", "to_post_id": posts[3]});
    let back = office.prepare("2026-12-01", &[back]).expect(201);
    assert_eq!(office.decide(&back).expect(200).str("/state"), "effective");
    assert_eq!(status(&officer), "active");
}

#[test]
fn who_leaves_the_service_leaves_every_post_and_loses_what_went_with_them() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let unit = office.commune("03172");
    let concurrent = json!({"title_id": office.title("test_concurrent", "commune"), "unit_id": unit, "from": "2025-07-01", "full_time": false});
    let concurrent = office.officer.post("/v1/posts", &concurrent).expect(201).str("/id").to_owned();
    let held = json!({"post_id": concurrent, "from": "2025-07-01", "basis": "assigned"});
    office.officer.post(&format!("/v1/cadres/{}/appointments", people[0]), &held).expect(201);
    let administrator = app.sign_in("administrator");
    let account = |name: &str, cadre: &str| {
        let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai", "cadre_id": cadre});
        administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned()
    };
    let give = |account: &str, role: &str, unit: &str| {
        administrator.post("/v1/grants", &json!({"account_id": account, "role": role, "unit_id": unit})).expect(201);
    };
    let (goes, moves) = (account("who-goes", &people[0]), account("who-moves", &people[1]));
    give(&goes, "unit_officer", &unit);
    give(&goes, "cadre", office.province());
    give(&moves, "unit_officer", &office.commune("03181"));
    give(&moves, "reader", office.province());

    let leaving =
        json!({"kind": "transfer", "cadre_id": people[0], "from_post_id": posts[0], "to_outside": "Tỉnh Lai Châu"});
    let case = office.prepare("2026-11-23", &[leaving, transfer(&people[1], Some(&posts[1]), &posts[0])]).expect(201);
    let decided = office.decide(&case).expect(200);
    assert_eq!(decided.str("/state"), "effective");
    assert_eq!(
        (office.held_by(&posts[0], "2026-11-23"), office.held_by(&concurrent, "2026-11-23")),
        ("Giàng A Hai".to_owned(), String::new())
    );
    let roles = |account: &str| {
        let grants = administrator.get(&format!("/v1/grants?account_id={account}")).expect(200);
        let alive = grants.rows().iter().filter(|row| row["during"]["to"].is_null() && row["ended_at"].is_null());
        alive.map(|row| row["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(roles(&goes), ["cadre"], "the own file can be read on");
    assert_eq!(roles(&moves), ["reader"], "a role at the province reaches the new post too");
}

#[test]
fn the_post_of_a_head_is_left_to_somebody_where_the_province_says_so() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let rule = office.officer.get("/v1/regulations?key=posts.head_stand_in&as_of=2026-12-01").expect(200);
    let against = json!({"against": "Quy chế làm việc", "confirmed_on": "2026-11-23"});
    office.officer.act(&format!("/v1/regulations/{}/confirm", rule.str("/data/0/id")), "*", &against).expect(200);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    let body = |step: &serde_json::Value| json!({"subject": "x", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": [step]});
    let dry = office.officer.post("/v1/rotations?validate_only=true", &body(&step)).expect(200);
    let told: Vec<_> =
        dry.body["effects"].as_array().unwrap().iter().map(|one| one["effect"].as_str().unwrap()).collect();
    assert!(told.contains(&"rule_not_met"), "{told:?}");
    let case = office.prepare("2026-12-01", std::slice::from_ref(&step)).expect(201);
    let refused = office.decide(&case).problem(422, "refused");
    assert_eq!(refused.findings(), [("/moves/0/stand_in_id", "must_be_filled")]);
    step["stand_in_id"] = json!(people[2]);
    let case = office.prepare("2026-12-01", &[step]).expect(201);
    office.decide(&case).expect(200);
}

#[test]
fn a_move_says_what_it_is_for_and_how_its_posts_compare() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["purpose"] = json!("strengthening");
    step["allowance_kept"] = json!(true);
    let case = office.prepare("2026-12-01", &[step, transfer(&people[1], Some(&posts[1]), &posts[0])]).expect(201);
    let told = |n: usize| {
        let step = &case.body["moves"][n];
        (step["standing"].clone(), step["purpose"].clone(), step["allowance_kept"].clone())
    };
    assert_eq!(told(0), (json!("higher"), json!("strengthening"), json!(true)));
    assert_eq!(told(1), (json!("equal"), json!(null), json!(false)));
}

#[test]
fn a_post_is_left_in_the_charge_of_somebody_until_another_holds_it() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["stand_in_id"] = json!(people[2]);
    let case = office.prepare("2026-12-01", &[step]).expect(201);
    assert_eq!(case.str("/moves/0/stand_in/label"), "Quàng Thị Ba");
    let path = format!("/v1/rotations/{}", case.str("/id"));
    let seen = office.decider.get(&path).expect(200);
    let dry = office.decider.act(
        &format!("{path}/decide?validate_only=true"),
        seen.etag(),
        &crate::support::fixtures::decision(),
    );
    assert!(dry.expect(200).text.contains("stand_in_named"));
    let in_charge = |day: &str| {
        let post = office.officer.get(&format!("/v1/posts/{}?as_of={day}", posts[0])).expect(200);
        post.body["stand_in"]["label"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(in_charge("2026-12-01"), "", "nothing is decided");
    let decided = office.decide(&case).expect(200);
    assert_eq!((in_charge("2026-11-30"), in_charge("2026-12-01")), (String::new(), "Quàng Thị Ba".to_owned()));
    let listed =
        office.officer.get(&format!("/v1/posts?as_of=2026-12-01&unit_id={}", office.commune("03172"))).expect(200);
    assert!(listed.rows().iter().any(|post| post["stand_in"]["label"] == "Quàng Thị Ba"));

    // Another case fills the post for a while: then nobody is in charge, and not again when it is left.
    let filling = office.prepare("2026-12-10", &[transfer(&people[1], Some(&posts[1]), &posts[0])]).expect(201);
    let filled = office.decide(&filling).expect(200);
    assert_eq!((in_charge("2026-12-09"), in_charge("2026-12-10")), ("Quàng Thị Ba".to_owned(), String::new()));
    let withdraw = |case: &crate::support::Answer| {
        let path = format!("/v1/rotations/{}/withdraw", case.str("/id"));
        office.decider.act(&path, case.etag(), &json!({"reason": "Không còn nhu cầu"})).expect(200)
    };
    withdraw(&filled);
    assert_eq!(in_charge("2026-12-10"), "Quàng Thị Ba");
    withdraw(&decided);
    assert_eq!(in_charge("2026-12-10"), "");

    let mut step = transfer(&people[0], Some(&posts[0]), &posts[3]);
    step["stand_in_id"] = json!(people[0]);
    let refused = office.prepare("2026-12-01", &[step]).problem(422, "refused");
    assert_eq!(refused.findings(), [("/moves/0/stand_in_id", "repeated")]);
}
