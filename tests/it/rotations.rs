//! Cases: two ends, one decision, one day.

mod authority;
mod compensations;
mod exceptions;
mod nominations;
mod plans;
mod postings;
mod slates;
mod steps;
mod vacancies;

use std::sync::{Arc, Barrier};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::fixtures::{Office, decision, transfer};
use crate::support::{Answer, TestApp, database, day};

/// Three people on three posts in two communes, and a free post at the province.
struct Scene {
    office: Office,
    posts: [String; 4],
    people: [String; 3],
}

fn scene(app: &TestApp) -> Scene {
    let office = Office::new(app);
    let (na_sang, muong_tung) = (office.commune("03172"), office.commune("03181"));
    let (chair, head) = (office.title("test_chair", "commune"), office.title("test_head", "province"));
    let units = [&na_sang, &muong_tung, &na_sang, &office.province().to_owned()].map(ToOwned::to_owned);
    let titles = [&chair, &chair, &office.title("test_vice", "commune"), &head].map(ToOwned::to_owned);
    let posts: Vec<_> = units.iter().zip(&titles).map(|(unit, title)| office.post(title, unit)).collect();
    let names = ["Lò Văn Một", "Giàng A Hai", "Quàng Thị Ba"];
    let people: Vec<_> =
        names.iter().zip(&units).zip(&posts).map(|((name, unit), post)| office.holder(name, unit, post)).collect();
    Scene { office, posts: posts.try_into().unwrap(), people: people.try_into().unwrap() }
}

#[test]
fn a_chain_takes_effect_by_itself_on_its_day() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let chain = [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0])];
    let case = office.prepare("2026-12-01", &chain).expect(201);
    assert_eq!(
        (case.str("/state"), case.str("/moves/0/direction"), case.str("/moves/1/direction")),
        ("prepared", "up", "sideways")
    );
    assert_eq!(case.body["allowed_actions"], json!(["refuse", "withdraw"]));
    assert_eq!(office.held_by(&posts[0], "2026-12-01"), "Lò Văn Một");

    let seen = office.decider.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200);
    assert_eq!(seen.body["allowed_actions"], json!(["decide", "refuse", "withdraw"]));
    let dry = office
        .decider
        .act(&format!("/v1/rotations/{}/decide?validate_only=true", case.str("/id")), seen.etag(), &decision())
        .expect(200);
    let told: Vec<_> = dry.body["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| effect["effect"].as_str().unwrap().to_owned())
        .filter(|effect| effect != "unconfirmed_rule_not_met")
        .collect();
    assert_eq!(
        told,
        ["appointment_closed", "appointment_opened", "appointment_closed", "post_left_vacant", "appointment_opened"]
    );
    assert_eq!(office.held_by(&posts[0], "2026-12-01"), "Lò Văn Một");

    let decided = office.decide(&case).expect(200);
    assert_eq!((decided.str("/state"), decided.str("/decision/number")), ("decided", "315-QĐ/TU"));
    // The day before and the day itself, read while it is still November.
    let on = |post: usize, day: &str| office.held_by(&posts[post], day);
    assert_eq!([on(0, "2026-11-30"), on(1, "2026-11-30"), on(3, "2026-11-30")], ["Lò Văn Một", "Giàng A Hai", ""]);
    assert_eq!([on(0, "2026-12-01"), on(1, "2026-12-01"), on(3, "2026-12-01")], ["Giàng A Hai", "", "Lò Văn Một"]);
    let unit_of = |officer: &crate::support::Client| {
        officer.get(&format!("/v1/cadres/{}", people[0])).expect(200).str("/unit/label").to_owned()
    };
    assert_eq!(unit_of(&office.officer), "Xã Na Sang");

    effects(&app, "2026-11-30", 0);
    effects(&app, "2026-12-01", 1);
    effects(&app, "2026-12-01", 0);
    let officer = app.sign_in("organisation_officer");
    let after = officer.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200);
    assert_eq!((after.str("/state"), after.body["allowed_actions"].clone()), ("effective", json!(["compensate"])));
    assert_eq!(unit_of(&officer), "Tỉnh Điện Biên");
    let auditor = app.sign_in("auditor");
    let entries = auditor.get(&format!("/v1/audit/entries?target_id={}", case.str("/id"))).expect(200);
    let actions: Vec<_> = entries.rows().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["take_effect", "decide_rotation", "prepare_rotation"]);
}

/// Runs what a replica's calendar runs, on a day; a fresh application, as after a restart.
fn effects(app: &TestApp, on: &str, expected: usize) {
    app.clock.set_day(day(on));
    let (database, clock) = (app.database.clone(), app.clock.clone());
    let taken = database::wait(async move || {
        let db =
            canbo::platform::db::Db::new(&database::settings(&database), clock, canbo::platform::id::Ids::random())
                .unwrap();
        let app = canbo::app::unserved(db).unwrap();
        canbo::rotations::take_due_effects(&app).await.unwrap()
    });
    assert_eq!(taken, expected, "{on}");
}

#[test]
fn a_three_way_swap_is_one_decision() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let swap = [0, 1, 2].map(|n| transfer(&people[n], Some(&posts[n]), &posts[(n + 1) % 3]));
    let case = office.prepare("2026-11-23", &swap).expect(201);
    let decided = office.decide(&case).expect(200);
    assert_eq!(decided.str("/state"), "effective");
    let now: Vec<_> = (0..3).map(|post| office.held_by(&posts[post], "2026-11-23")).collect();
    assert_eq!(now, ["Quàng Thị Ba", "Lò Văn Một", "Giàng A Hai"]);
    let before: Vec<_> = (0..3).map(|post| office.held_by(&posts[post], "2026-11-22")).collect();
    assert_eq!(before, ["Lò Văn Một", "Giàng A Hai", "Quàng Thị Ba"]);
}

#[test]
fn a_decided_case_is_withdrawn_before_its_day_and_gives_everything_back() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = office.prepare("2026-12-01", &[transfer(&people[0], Some(&posts[0]), &posts[3])]).expect(201);
    let decided = office.decide(&case).expect(200);
    let path = format!("/v1/rotations/{}/withdraw", case.str("/id"));
    office.officer.act(&path, decided.etag(), &json!({"reason": "x"})).problem(403, "forbidden");
    office.decider.act(&path, case.etag(), &json!({"reason": "x"})).problem(412, "stale");
    office.decider.post(&path, &json!({"reason": "x"})).problem(428, "precondition_required");
    let withdrawn = office.decider.act(&path, decided.etag(), &json!({"reason": "Cán bộ xin thôi việc"})).expect(200);
    assert_eq!((withdrawn.str("/state"), withdrawn.str("/withdrawal/reason")), ("withdrawn", "Cán bộ xin thôi việc"));
    assert_eq!(office.held_by(&posts[0], "2026-12-01"), "Lò Văn Một");
    assert_eq!(office.held_by(&posts[3], "2026-12-01"), "");
    effects(&app, "2026-12-02", 0);
    let again = app.sign_in("decider");
    again.act(&path, withdrawn.etag(), &json!({"reason": "x"})).problem(409, "wrong_state");
}

#[test]
fn who_prepares_does_not_decide_and_nobody_decides_about_themselves() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = office.prepare("2026-12-01", &[transfer(&people[0], Some(&posts[0]), &posts[3])]).expect(201);
    let path = format!("/v1/rotations/{}/decide", case.str("/id"));
    office.officer.act(&path, case.etag(), &decision()).problem(403, "forbidden");

    let administrator = app.sign_in("administrator");
    let give = |body: Value| administrator.post("/v1/grants", &body).expect(201);
    let account = |name: &str, cadre: Option<&str>| {
        let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai", "cadre_id": cadre});
        administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned()
    };
    let both = account("both-roles", None);
    for role in ["organisation_officer", "decider"] {
        give(json!({"account_id": both, "role": role, "unit_id": office.province()}));
    }
    let both = app.anonymous().signed_in("both-roles", "mot mat khau dai");
    let own = json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": office.province(),
        "moves": [transfer(&people[1], Some(&posts[1]), &posts[3])]});
    let own = both.post("/v1/rotations", &own).expect(201);
    assert_eq!(own.body["allowed_actions"], json!(["refuse", "withdraw"]));
    both.act(&format!("/v1/rotations/{}/decide", own.str("/id")), own.etag(), &decision())
        .problem(403, "separation_of_duties");

    let person = account("the-person", Some(&people[0]));
    give(json!({"account_id": person, "role": "decider", "unit_id": office.province()}));
    let person = app.anonymous().signed_in("the-person", "mot mat khau dai");
    assert_eq!(
        person.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(200).body["allowed_actions"],
        json!([])
    );
    person.act(&path, case.etag(), &decision()).problem(403, "own_case");
    office.decide(&case).expect(200);
}

#[test]
fn of_two_decisions_for_one_seat_one_wins_and_the_other_names_it() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let cases =
        [0, 1].map(|n| office.prepare("2026-12-01", &[transfer(&people[n], Some(&posts[n]), &posts[3])]).expect(201));
    let barrier = Arc::new(Barrier::new(2));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| {
                let (office, barrier) = (&office, barrier.clone());
                scope.spawn(move || {
                    barrier.wait();
                    office.decide(case)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winner = answers.iter().position(|answer| answer.status == 200).expect("one wins");
    let loser = &answers[1 - winner];
    assert_eq!((loser.status, loser.str("/code")), (409, "post_taken"), "{}", loser.text);
    assert!(loser.str("/detail").contains(cases[winner].str("/number")), "{}", loser.text);
    let holder = office.held_by(&posts[3], "2026-12-01");
    assert_eq!(holder, ["Lò Văn Một", "Giàng A Hai"][winner]);
}

#[test]
fn eight_at_once_for_one_seat_leave_one_holder_and_no_overlap() {
    let app = TestApp::start();
    let Scene { office, posts, .. } = scene(&app);
    let unit = office.commune("03172");
    let people: Vec<_> = (0..8).map(|n| office.cadre(&format!("Vàng A {n}"), &unit)).collect();
    let cases: Vec<_> = people
        .iter()
        .map(|person| office.prepare("2026-12-01", &[transfer(person, None, &posts[3])]).expect(201))
        .collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let running: Vec<_> = cases.iter().map(|case| scope.spawn(|| office.decide(case).status)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
    app.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM appointments a JOIN appointments b ON a.post_id = b.post_id AND a.version_id < b.version_id \
         AND a.during && b.during WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL) THEN RAISE EXCEPTION 'overlap'; END IF; END $$",
    );
}

#[test]
fn faults_of_a_slate_are_told_at_once_with_their_places() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let nowhere = "01994f7e-0000-7000-8000-00000000ffff";
    let slate = [transfer(&people[0], Some(&posts[1]), &posts[2]), transfer(nowhere, None, nowhere)];
    let refused = office.prepare("2026-12-01", &slate).problem(409, "post_taken");
    let mut findings = refused.findings();
    findings.sort_unstable();
    assert_eq!(
        findings,
        [
            ("/moves/0/cadre_id", "person_taken"),
            ("/moves/0/from_post_id", "not_held"),
            ("/moves/0/to_post_id", "post_taken"),
            ("/moves/1/cadre_id", "unknown_reference"),
            ("/moves/1/to_post_id", "unknown_reference"),
        ]
    );
    let english = office.officer.request(Method::POST, "/v1/rotations").header("accept-language", "en").json(&json!({
        "subject": "x", "effective_from": "2026-12-01", "unit_id": office.province(), "moves": []}));
    let english = Answer::of(english).problem(422, "refused");
    assert_eq!((english.str("/title"), english.str("/errors/0/message")), ("Refused", "1 to 100 moves"));
}

#[test]
fn eligibility_compares_facts_and_cites_the_rule_of_the_day() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let step = json!({"kind": "rotation", "cadre_id": people[0], "from_post_id": posts[0], "to_post_id": posts[3], "expected_end_on": "2028-11-30"});
    let case = office.prepare("2026-12-01", &[step]).expect(201);
    let checked = office.officer.get(&format!("/v1/rotations/{}/eligibility", case.str("/id"))).expect(200);
    assert_eq!(
        (checked.str("/moves/0/checks/0/rule"), checked.str("/moves/0/checks/0/verdict")),
        ("rotation.minimum_months", "fail")
    );
    assert_eq!(checked.str("/moves/0/checks/0/citation"), "Nghị định 170/2025/NĐ-CP, Điều 48");
    assert_eq!(checked.str("/moves/0/checks/0/facts_en"), "24 months < 36");
    assert!(checked.str("/moves/0/checks/0/remedy_vi").contains("2029-11-30"), "{}", checked.text);
    // Born 4 May 1985: 62 years in May 2047.
    assert_eq!((checked.str("/moves/0/checks/1/verdict"), checked.str("/moves/0/checks/2/verdict")), ("pass", "fail"));
    // The same is told of the person and the post without a case.
    let question = json!({"cadre_id": people[0], "post_id": posts[3], "kind": "rotation", "effective_from": "2026-12-01",
        "expected_end_on": "2028-11-30"});
    let asked = office.officer.post("/v1/eligibility-checks", &question).expect(200);
    assert_eq!(asked.body["checks"], checked.body["moves"][0]["checks"]);
    assert_eq!(asked.body["summary"], checked.body["moves"][0]["summary"]);
}

#[test]
fn a_unit_sees_the_cases_that_touch_it_and_no_others() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let case = office.prepare("2026-12-01", &[transfer(&people[0], Some(&posts[0]), &posts[3])]).expect(201);
    let administrator = app.sign_in("administrator");
    for (name, code, status) in [("na-sang", "03172", 200), ("muong-tung", "03181", 404)] {
        let account = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai"});
        let account = administrator.post("/v1/accounts", &account).expect(201);
        let grant = json!({"account_id": account.str("/id"), "role": "unit_officer", "unit_id": office.commune(code)});
        administrator.post("/v1/grants", &grant).expect(201);
        let unit = app.anonymous().signed_in(name, "mot mat khau dai");
        unit.get(&format!("/v1/rotations/{}", case.str("/id"))).expect(status);
        assert_eq!(unit.get("/v1/rotations?count=true").expect(200).body["total"], i32::from(status == 200));
    }
}

#[test]
fn a_case_that_a_later_one_rests_on_is_not_withdrawn_first() {
    let app = TestApp::start();
    let Scene { office, posts, .. } = scene(&app);
    let further = office.post(&office.title("test_further", "province"), office.province());
    let person = office.cadre("Vàng A Sử", office.province());
    let decided = |day: &str, step: Value| office.decide(&office.prepare(day, &[step]).expect(201)).expect(200);
    let first = decided("2026-12-01", transfer(&person, None, &posts[3]));
    let second = decided("2027-02-01", transfer(&person, Some(&posts[3]), &further));
    let withdraw = |case: &Answer| {
        let path = format!("/v1/rotations/{}/withdraw", case.str("/id"));
        office.decider.act(&path, case.etag(), &json!({"reason": "Không còn nhu cầu"}))
    };
    withdraw(&first).problem(409, "conflict");
    assert_eq!(office.held_by(&further, "2027-02-01"), "Vàng A Sử");
    withdraw(&second).expect(200);
    assert_eq!(office.held_by(&posts[3], "2027-02-01"), "Vàng A Sử");
    withdraw(&first).expect(200);
    assert_eq!(office.held_by(&posts[3], "2027-02-01"), "");
}

#[test]
fn a_commune_decides_and_learns_nothing_beyond_itself() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let na_sang = office.commune("03172");
    let free = office.post(&office.title("test_free", "commune"), &na_sang);
    let administrator = app.sign_in("administrator");
    let local = |name: &str, role: &str| {
        let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai"});
        let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        administrator.post("/v1/grants", &json!({"account_id": account, "role": role, "unit_id": na_sang})).expect(201);
        app.anonymous().signed_in(name, "mot mat khau dai")
    };
    let case = |moves: Value| json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": na_sang, "moves": [moves]});

    // Kept here, and yet it empties a post of the neighbour.
    let decider = local("local-decider", "decider");
    let across = office.officer.post("/v1/rotations", &case(transfer(&people[1], Some(&posts[1]), &free))).expect(201);
    let path = format!("/v1/rotations/{}", across.str("/id"));
    assert_eq!(decider.get(&path).expect(200).body["allowed_actions"], json!([]));
    decider.act(&format!("{path}/decide"), across.etag(), &decision()).problem(403, "forbidden");

    // Somebody out of sight is answered like nobody.
    let officer = local("local-officer", "organisation_officer");
    for stranger in [people[1].as_str(), "01994f7e-0000-7000-8000-00000000ffff"] {
        let refused = officer.post("/v1/rotations", &case(transfer(stranger, None, &free))).problem(422, "refused");
        assert_eq!(refused.findings(), [("/moves/0/cadre_id", "unknown_reference")]);
    }
}
