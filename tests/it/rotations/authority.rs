//! Who decides: by rule, by delegation; and who may sign a decision.

use serde_json::{Value, json};

use super::{Scene, scene};
use crate::support::fixtures::{Office, decision, transfer};
use crate::support::{Answer, TestApp};

/// A post that decides, and who holds it.
fn authority_post(office: &Office) -> (String, String) {
    let post = office.post(&office.title("test_secretary", "province"), office.province());
    let holder = office.holder("Mùa Thị Quyết", office.province(), &post);
    (post, holder)
}

/// A rule on posts of a level by which a post decides.
fn on_level(post: &str, level: &str) -> Value {
    json!({"level": level, "authority_post_id": post, "from": "2026-01-01", "instrument": "12-QĐ/TU", "article": "5"})
}

fn recorded(office: &Office, rule: &Value) -> Answer {
    office.officer.post("/v1/appointing-authorities", rule).expect(201)
}

fn confirm(office: &Office, rule: &Answer) -> Answer {
    let against = json!({"against": "Bản có dấu", "confirmed_on": "2026-11-23"});
    let path = format!("/v1/appointing-authorities/{}/confirm", rule.str("/id"));
    office.officer.act(&path, rule.etag(), &against)
}

fn delegation(post: &str, cadre: &str) -> Value {
    json!({"authority_post_id": post, "cadre_id": cadre, "from": "2026-11-01", "to": "2026-12-31",
        "number": "21-UQ/TU", "issuer": "Bí thư Tỉnh ủy", "decided_on": "2026-10-28"})
}

/// A decision that somebody signed.
fn signed(by: &str) -> Value {
    let mut body = decision();
    body["signed_by_id"] = json!(by);
    body
}

fn decide(office: &Office, case: &Answer, body: &Value) -> Answer {
    office.decider.act(&format!("/v1/rotations/{}/decide", case.str("/id")), "*", body)
}

#[test]
fn a_rule_is_recorded_confirmed_and_ended() {
    let app = TestApp::start();
    let Scene { office, .. } = scene(&app);
    let (post, _) = authority_post(&office);
    let body = on_level(&post, "province");
    let dry = office.officer.post("/v1/appointing-authorities?validate_only=true", &body).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "appointing_authority_recorded");
    let rule = recorded(&office, &body);
    assert_eq!((rule.str("/citation"), rule.body["confirmed"].clone()), ("12-QĐ/TU, Điều 5", json!(false)));
    assert_eq!(rule.body["allowed_actions"], json!(["confirm", "end"]));
    assert_eq!(office.decider.get(rule.header("location")).expect(200).body["allowed_actions"], json!([]));
    office.officer.post("/v1/appointing-authorities", &body).problem(409, "duplicate");
    let nothing = "01994f7e-0000-7000-8000-00000000ffff";
    let bad = json!({"title_id": nothing, "level": "commune", "authority_post_id": nothing, "from": "2026-01-01", "instrument": "x"});
    let refused = office.officer.post("/v1/appointing-authorities", &bad).problem(422, "refused");
    let told =
        [("/title_id", "repeated"), ("/title_id", "unknown_reference"), ("/authority_post_id", "unknown_reference")];
    assert_eq!(refused.findings(), told);

    let bound = confirm(&office, &rule).expect(200);
    assert_eq!((bound.body["confirmed"].clone(), bound.str("/confirmation/against")), (json!(true), "Bản có dấu"));
    confirm(&office, &bound).problem(409, "wrong_state");
    let path = format!("/v1/appointing-authorities/{}/end", rule.str("/id"));
    let end = |on: &str| json!({"last_on": on, "reason": "Quy định mới"});
    office.officer.act(&path, rule.etag(), &end("2026-12-31")).problem(412, "stale");
    let outside = office.officer.act(&path, bound.etag(), &end("2025-12-31")).problem(422, "refused");
    assert_eq!(outside.findings(), [("/last_on", "outside_validity")]);
    let ended = office.officer.act(&path, bound.etag(), &end("2026-12-31")).expect(200);
    assert_eq!(ended.str("/during/to"), "2026-12-31");
    // Another follows it.
    let mut next = body.clone();
    next["from"] = json!("2027-01-01");
    recorded(&office, &next);
    let on = |day: &str| office.officer.get(&format!("/v1/appointing-authorities?as_of={day}&count=true")).expect(200);
    assert_eq!(
        (on("2026-12-31").rows()[0]["id"].clone(), on("2025-01-01").body["total"].clone()),
        (rule.body["id"].clone(), json!(0))
    );
}

#[test]
fn a_delegation_is_for_a_time_and_nobody_delegates_to_themselves() {
    let app = TestApp::start();
    let Scene { office, people, .. } = scene(&app);
    let (post, _) = authority_post(&office);
    let body = delegation(&post, &people[0]);
    let made = office.officer.post("/v1/delegations", &body).expect(201);
    assert_eq!((made.str("/cadre/label"), made.str("/timeline")), ("Lò Văn Một", "current"));
    assert_eq!(made.body["allowed_actions"], json!(["withdraw"]));
    office.officer.post("/v1/delegations", &body).problem(409, "duplicate");
    let nothing = "01994f7e-0000-7000-8000-00000000ffff";
    let mut bad = delegation(nothing, nothing);
    bad["decided_on"] = json!("2026-11-24");
    let refused = office.officer.post("/v1/delegations", &bad).problem(422, "refused");
    let told =
        [("/authority_post_id", "unknown_reference"), ("/cadre_id", "unknown_reference"), ("/decided_on", "bad_order")];
    assert_eq!(refused.findings(), told);

    let administrator = app.sign_in("administrator");
    let account =
        json!({"user_name": "the-person", "display_name": "x", "password": "mot mat khau dai", "cadre_id": people[1]});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "organisation_officer", "unit_id": office.province()});
    administrator.post("/v1/grants", &grant).expect(201);
    let person = app.anonymous().signed_in("the-person", "mot mat khau dai");
    person.post("/v1/delegations", &delegation(&post, &people[1])).problem(403, "own_case");

    let of_person = office.officer.get(&format!("/v1/delegations?cadre_id={}&as_of=2026-12-31", people[0])).expect(200);
    assert_eq!(of_person.rows().len(), 1);
    let path = format!("/v1/delegations/{}/withdraw", made.str("/id"));
    office.decider.act(&path, made.etag(), &json!({"reason": "x"})).problem(403, "forbidden");
    let gone = office.officer.act(&path, made.etag(), &json!({"reason": "Đã trở lại"})).expect(200);
    assert_eq!((gone.str("/withdrawal/reason"), gone.body["allowed_actions"].clone()), ("Đã trở lại", json!([])));
    office.officer.act(&path, gone.etag(), &json!({"reason": "x"})).problem(409, "wrong_state");
    office.officer.post("/v1/delegations", &body).expect(201);
}

#[test]
fn who_decides_on_each_move_is_told_with_who_may_sign() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (post, holder) = authority_post(&office);
    let rule = recorded(&office, &on_level(&post, "province"));
    office.officer.post("/v1/delegations", &delegation(&post, &people[2])).expect(201);
    let chain = [transfer(&people[0], Some(&posts[0]), &posts[3]), transfer(&people[1], Some(&posts[1]), &posts[0])];
    let case = office.prepare("2026-12-01", &chain).expect(201);
    let path = format!("/v1/rotations/{}/authority", case.str("/id"));
    let told = office.decider.get(&path).expect(200);
    assert_eq!((told.str("/as_of"), told.str("/moves/0/rule_id")), ("2026-11-23", rule.str("/id")));
    assert_eq!(
        (told.str("/moves/0/citation"), told.body["moves"][0]["confirmed"].clone()),
        ("12-QĐ/TU, Điều 5", json!(false))
    );
    let signers: Vec<&Value> =
        told.body["moves"][0]["signers"].as_array().unwrap().iter().map(|one| &one["cadre"]["id"]).collect();
    assert_eq!(signers, [&json!(holder), &json!(people[2])]);
    assert_eq!(
        (told.body["moves"][1]["authority_post"].clone(), told.body["moves"][1]["rule_id"].clone()),
        (Value::Null, Value::Null)
    );

    // Who sees the case but not the post that decides is told the rule, and not who may sign.
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "na-sang", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "unit_officer", "unit_id": office.commune("03172")});
    administrator.post("/v1/grants", &grant).expect(201);
    let local = app.anonymous().signed_in("na-sang", "mot mat khau dai").get(&path).expect(200);
    assert_eq!(
        (local.body["moves"][0]["withheld"].clone(), local.body["moves"][0]["signers"].clone()),
        (json!(true), json!([]))
    );

    // Not confirmed, the rule refuses nobody, and tells that who signed may not.
    let decided = decide(&office, &case, &signed(&holder)).expect(200);
    assert_eq!(
        (decided.str("/decision/signed_by/cadre/id"), decided.str("/decision/signed_by/authority_post/id")),
        (holder.as_str(), post.as_str())
    );
    let told = office.decider.get(&path).expect(200);
    let entitled: Vec<&Value> =
        told.body["moves"].as_array().unwrap().iter().map(|one| &one["signer_entitled"]).collect();
    assert_eq!(entitled, [&json!(true), &Value::Null]);
}

#[test]
fn a_confirmed_rule_asks_who_signed_and_refuses_who_may_not() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let (post, holder) = authority_post(&office);
    let rule = recorded(&office, &on_level(&post, "province"));
    let case = |person: usize| {
        let step = [transfer(&people[person], Some(&posts[person]), &posts[3])];
        office.prepare("2026-12-01", &step).expect(201)
    };
    let (first, second) = (case(0), case(1));
    // Of a rule that nobody has confirmed: anybody signs, and it is told.
    let dry = format!("/v1/rotations/{}/decide?validate_only=true", first.str("/id"));
    office.decider.act(&dry, "*", &signed(&people[2])).expect(200);
    confirm(&office, &rule).expect(200);

    let missing = decide(&office, &first, &decision()).problem(422, "refused");
    assert_eq!(missing.findings(), [("/signed_by_id", "required")]);
    assert_eq!(missing.str("/errors/0/citation"), "12-QĐ/TU, Điều 5");
    let wrong = decide(&office, &first, &signed(&people[2])).problem(422, "refused");
    assert_eq!(wrong.findings(), [("/signed_by_id", "not_entitled")]);
    let own = decide(&office, &first, &signed(&people[0])).problem(422, "refused");
    assert_eq!(own.findings(), [("/signed_by_id", "own_case"), ("/signed_by_id", "not_entitled")]);
    let mut nobody = signed("01994f7e-0000-7000-8000-00000000ffff");
    nobody["decided_on"] = json!("2026-11-24");
    let nobody = decide(&office, &first, &nobody).problem(422, "refused");
    assert_eq!(nobody.findings(), [("/decided_on", "bad_order"), ("/signed_by_id", "unknown_reference")]);

    // By a delegation on its days, until it is taken back.
    let made = office.officer.post("/v1/delegations", &delegation(&post, &people[2])).expect(201);
    let dry = office.decider.act(&dry, "*", &signed(&people[2])).expect(200);
    let effects: Vec<_> = dry.body["effects"].as_array().unwrap().iter().map(|one| one["effect"].clone()).collect();
    assert!(effects.contains(&json!("decision_signed")), "{effects:?}");
    let done = decide(&office, &first, &signed(&people[2])).expect(200);
    assert_eq!(done.str("/decision/signed_by/delegation_id"), made.str("/id"));
    let withdraw = format!("/v1/rotations/{}/withdraw", first.str("/id"));
    office.decider.act(&withdraw, done.etag(), &json!({"reason": "x"})).expect(200);
    let take_back = format!("/v1/delegations/{}/withdraw", made.str("/id"));
    office.officer.act(&take_back, made.etag(), &json!({"reason": "x"})).expect(200);
    decide(&office, &second, &signed(&people[2])).problem(422, "refused");
    let done = decide(&office, &second, &signed(&holder)).expect(200);
    assert_eq!(done.body["decision"]["signed_by"]["delegation_id"], Value::Null);
}

#[test]
fn who_prepared_a_case_does_not_sign_it() {
    let app = TestApp::start();
    let Scene { office, posts, people } = scene(&app);
    let administrator = app.sign_in("administrator");
    let account =
        json!({"user_name": "the-person", "display_name": "x", "password": "mot mat khau dai", "cadre_id": people[2]});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "organisation_officer", "unit_id": office.province()});
    administrator.post("/v1/grants", &grant).expect(201);
    let person = app.anonymous().signed_in("the-person", "mot mat khau dai");
    let body = json!({"subject": "Điều động", "effective_from": "2026-12-01", "unit_id": office.province(),
        "moves": [transfer(&people[0], Some(&posts[0]), &posts[3])]});
    let case = person.post("/v1/rotations", &body).expect(201);
    let refused = decide(&office, &case, &signed(&people[2])).problem(422, "refused");
    assert_eq!(refused.findings(), [("/signed_by_id", "separation_of_duties")]);
    decide(&office, &case, &signed(&people[1])).expect(200);
}
