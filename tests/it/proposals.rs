//! Corrections that people propose of their own record: what would change, who accepts, what became of it.

use serde_json::{Value, json};

use crate::posts::unit;
use crate::support::{Answer, Client, TestApp, database};

/// Somebody with an account, the officer of the commune that keeps their file, and the officer of another one.
struct Scene {
    app: TestApp,
    office: Client,
    person: Client,
    officer: Client,
    stranger: Client,
    cadre: String,
}

fn scene() -> Scene {
    let app = TestApp::start();
    let office = app.sign_in("organisation_officer");
    let (here, there) = (unit(&office, "03172", "2025-07-01"), unit(&office, "03203", "2025-07-01"));
    let body = json!({"full_name": "Lò Văn Hặc", "sex": "male", "born_on": "1978-05-04", "personal_number": "011078000123",
        "ethnic_group": "thai", "native_place": "Na Sang", "recruited_on": "2001-09-01", "unit_id": here});
    let cadre = office.post("/v1/cadres", &body).expect(201).str("/id").to_owned();
    let grant = |name: &str, unit: &str| {
        app.execute(&format!(
            "UPDATE grants SET unit_id = '{unit}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = '{name}')"
        ));
    };
    grant("unit_officer", &here);
    app.execute(&format!("UPDATE accounts SET cadre_id = '{cadre}' WHERE user_name = 'cadre'"));
    let officer = app.sign_in("unit_officer");
    let administrator = app.sign_in("administrator");
    let account = json!({"user_name": "stranger", "display_name": "Cán bộ xã khác", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let role = json!({"account_id": account, "role": "unit_officer", "unit_id": there});
    administrator.post("/v1/grants", &role).expect(201);
    let stranger = app.anonymous().signed_in("stranger", "mot mat khau dai");
    let person = app.sign_in("cadre");
    Scene { app, office, person, officer, stranger, cadre }
}

fn correction(record: &Value) -> Value {
    json!({"record": record, "reason": "Ghi sai khi lập hồ sơ",
        "evidence": {"number": "123/TLKH", "issuer": "UBND xã Na Sang", "issued_on": "2024-07-15"}})
}

impl Scene {
    fn propose(&self, body: &Value) -> Answer {
        self.person.post(&format!("/v1/cadres/{}/proposals", self.cadre), body)
    }

    fn proposed(&self, record: &Value) -> String {
        format!("/v1/proposals/{}", self.propose(&correction(record)).expect(201).str("/id"))
    }

    fn record(&self) -> Answer {
        self.office.get(&format!("/v1/cadres/{}", self.cadre)).expect(200)
    }

    fn events(&self) -> String {
        database::text(&self.app.database, "SELECT string_agg(kind, ' ' ORDER BY seq) AS text FROM outbox_events")
    }
}

fn field<'a>(proposal: &'a Answer, name: &str) -> &'a Value {
    proposal.body["fields"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap()
}

#[test]
fn the_officer_sees_exactly_what_would_change_and_accepts() {
    let scene = scene();
    let mut body = correction(&json!({"native_place": "Mường Phăng", "religion": "buddhism"}));
    body["qualifications"] = json!([{"kind": "language", "level": "B1", "obtained_on": "2024-06-30"}]);
    let dry = scene.person.post(&format!("/v1/cadres/{}/proposals?validate_only=true", scene.cadre), &body).expect(200);
    assert_eq!(dry.body["effects"][0]["effect"], "proposal_made");
    assert!(scene.person.get("/v1/proposals").expect(200).rows().is_empty());
    let made = scene.propose(&body).expect(201);
    let path = made.header("location").to_owned();
    assert_eq!(made.body["allowed_actions"], json!(["take_back"]));

    let list = scene.officer.get("/v1/proposals?state=proposed&count=true").expect(200);
    assert_eq!(list.body["total"], 1);
    assert_eq!(list.body["data"][0]["fields"], json!(["religion", "native_place"]));
    assert_eq!(list.body["data"][0]["allowed_actions"], json!(["accept", "refuse"]));
    let seen = scene.officer.get(&path).expect(200);
    assert_eq!(
        *field(&seen, "native_place"),
        json!({"field": "native_place", "was": "Na Sang", "is_now": "Na Sang", "would_be": "Mường Phăng", "changed_since": false})
    );
    assert_eq!(field(&seen, "religion")["was"], Value::Null);
    assert_eq!((&seen.body["qualifications"][0]["level"], &seen.body["withheld"]), (&json!("B1"), &json!(0)));

    let record = scene.record();
    let accept = format!("{path}/accept");
    scene.officer.post(&accept, &json!({})).problem(428, "precondition_required");
    let told = scene.officer.act(&format!("{accept}?validate_only=true"), seen.etag(), &json!({})).expect(200);
    let effects: Vec<_> = told.body["effects"].as_array().unwrap().iter().map(|one| one["effect"].clone()).collect();
    assert_eq!(effects, ["cadre_changed", "qualification_recorded", "proposal_accepted"]);
    assert_eq!(scene.record().body, record.body, "a dry run changes nothing");

    let accepted = scene.officer.act(&accept, seen.etag(), &json!({})).expect(200);
    assert_eq!((accepted.str("/state"), accepted.str("/settlement/by/label")), ("accepted", "unit_officer"));
    assert_eq!(accepted.body["allowed_actions"], json!([]));
    let now = scene.record();
    assert_eq!((now.str("/native_place"), now.str("/religion")), ("Mường Phăng", "buddhism"));
    let learned = scene.office.get(&format!("/v1/cadres/{}/qualifications", scene.cadre)).expect(200);
    assert_eq!(learned.rows()[0]["level"], "B1");
    assert!(scene.events().ends_with("proposal.made cadre.changed qualification.recorded proposal.accepted"));
    scene.officer.act(&accept, accepted.etag(), &json!({})).problem(409, "wrong_state");

    // The record of audit names proposal and person, before and after.
    let sql = format!(
        "SELECT count(*)::text AS text FROM audit_entries e JOIN audit_subjects s ON s.seq = e.seq WHERE e.action = 'accept_proposal' \
         AND s.cadre_id = '{}' AND e.target_id = '{}' AND e.before_digest <> e.after_digest",
        scene.cadre,
        made.str("/id")
    );
    assert_eq!(database::text(&scene.app.database, &sql), "1");
    let accesses = scene.person.get(&format!("/v1/cadres/{}/accesses", scene.cadre)).expect(200);
    assert!(accesses.rows().iter().any(|row| row["action"] == "accept_proposal"));
}

#[test]
fn what_the_officer_would_be_refused_is_refused_at_once() {
    let scene = scene();
    let mut body = correction(&json!({"full_name": "Lò Văn Hặc", "born_on": "1979-05-04", "ethnic_group": "nobody"}));
    body["evidence"]["issued_on"] = json!("2026-11-24");
    body["qualifications"] = json!([{"kind": "degree", "level": "nothing", "obtained_on": "2030-01-01"}]);
    let refused = scene.propose(&body).problem(422, "refused");
    assert_eq!(
        refused.findings(),
        [
            ("/record/full_name", "unchanged"),
            ("/record/personal_number", "number_mismatch"),
            ("/record/ethnic_group", "unknown_code"),
            ("/qualifications/0/level", "unknown_code"),
            ("/qualifications/0/obtained_on", "out_of_range"),
            ("/evidence/issued_on", "out_of_range"),
        ]
    );
    let mut body = correction(&json!({"full_name": " ", "native_place": "a\u{202e}b"}));
    body["reason"] = json!(" ");
    body["evidence"]["number"] = json!("x".repeat(101));
    body["qualifications"] = json!([{"kind": "language", "level": " ", "obtained_on": "2020-01-01"}]);
    let refused = scene.propose(&body).problem(422, "refused");
    let pointers: Vec<_> = refused.findings().into_iter().map(|(pointer, _)| pointer).collect();
    assert!(pointers.contains(&"/record/native_place"), "{pointers:?}");
    assert_eq!(scene.propose(&correction(&json!({}))).problem(422, "refused").findings(), [("/record", "required")]);
    for field in ["status", "unit_id", "version"] {
        scene.propose(&correction(&json!({field: "active"}))).problem(422, "refused");
    }
    // Confirmed, the number stays as it is, for the officer too.
    let path = scene.proposed(&json!({"born_on": "1979-05-04", "confirm_number_mismatch": true}));
    let seen = scene.officer.get(&path).expect(200);
    scene.officer.act(&format!("{path}/accept"), seen.etag(), &json!({})).expect(200);
    assert_eq!(scene.record().str("/born_on"), "1979-05-04");
}

#[test]
fn a_record_that_changed_since_is_accepted_by_its_version_alone() {
    let scene = scene();
    let path = scene.proposed(&json!({"native_place": "Mường Phăng"}));
    let cadre = format!("/v1/cadres/{}", scene.cadre);
    // Another field does not matter.
    let record = scene.record();
    scene.office.patch(&cadre, record.etag(), &json!({"recruited_on": "2002-09-01"})).expect(200);
    let seen = scene.officer.get(&path).expect(200);
    assert_eq!(field(&seen, "native_place")["changed_since"], false);
    scene.officer.act(&format!("{path}/accept?validate_only=true"), seen.etag(), &json!({})).expect(200);

    scene.office.patch(&cadre, "*", &json!({"native_place": "Mường Lay"})).expect(200);
    let seen = scene.officer.get(&path).expect(200);
    assert_eq!(
        *field(&seen, "native_place"),
        json!({"field": "native_place", "was": "Na Sang", "is_now": "Mường Lay", "would_be": "Mường Phăng", "changed_since": true})
    );
    let version = seen.body["record_version"].as_i64().unwrap();
    let accept = format!("{path}/accept");
    // What would be a 409 is not told to be possible, by the proposal and by the list.
    assert_eq!(seen.body["allowed_actions"], json!(["refuse"]));
    let list = scene.officer.get("/v1/proposals?state=proposed").expect(200);
    assert_eq!(list.body["data"][0]["allowed_actions"], json!(["refuse"]));
    let refused = scene.officer.act(&accept, seen.etag(), &json!({})).problem(409, "record_changed");
    assert_eq!(refused.findings(), [("/record_version", "record_changed")]);
    let old = json!({"record_version": version - 1});
    scene.officer.act(&accept, seen.etag(), &old).problem(409, "record_changed");
    assert_eq!(scene.record().str("/native_place"), "Mường Lay");
    scene.officer.act(&accept, seen.etag(), &json!({"record_version": version})).expect(200);
    assert_eq!(scene.record().str("/native_place"), "Mường Phăng");
}

#[test]
fn a_proposal_is_refused_with_a_reason_or_taken_back() {
    let scene = scene();
    let refused = scene.proposed(&json!({"native_place": "Mường Phăng"}));
    let seen = scene.officer.get(&refused).expect(200);
    let empty = scene.officer.act(&format!("{refused}/refuse"), seen.etag(), &json!({"reason": " "}));
    assert_eq!(empty.problem(422, "refused").findings(), [("/reason", "required")]);
    scene.person.act(&format!("{refused}/refuse"), seen.etag(), &json!({"reason": "x"})).problem(403, "forbidden");
    let reason = json!({"reason": "Trích lục không ghi nơi này"});
    scene.officer.act(&format!("{refused}/refuse"), seen.etag(), &reason).expect(200);
    let read = scene.person.get(&refused).expect(200);
    assert_eq!((read.str("/state"), read.str("/settlement/reason")), ("refused", "Trích lục không ghi nơi này"));
    scene.person.act(&format!("{refused}/take-back"), read.etag(), &Value::Null).problem(409, "wrong_state");

    scene.app.clock.set(scene.app.clock.now() + chrono::TimeDelta::seconds(1));
    let back = scene.proposed(&json!({"native_place": "Mường Lay"}));
    let made = scene.person.get(&back).expect(200);
    scene.officer.act(&format!("{back}/take-back"), made.etag(), &Value::Null).problem(403, "forbidden");
    let taken = scene.person.act(&format!("{back}/take-back"), made.etag(), &Value::Null).expect(200);
    assert_eq!((taken.str("/state"), &taken.body["settlement"]["reason"]), ("taken_back", &Value::Null));
    scene.officer.act(&format!("{back}/accept"), made.etag(), &json!({})).problem(409, "wrong_state");
    assert_eq!(scene.record().str("/native_place"), "Na Sang");
    let own = scene.person.get(&format!("/v1/cadres/{}/proposals?limit=1", scene.cadre)).expect(200);
    assert_eq!(own.rows()[0]["id"], made.body["id"], "the newest first");
    let next = own.str("/next_cursor");
    let second = scene.person.get(&format!("/v1/cadres/{}/proposals?limit=1&cursor={next}", scene.cadre)).expect(200);
    assert_eq!((&second.rows()[0]["id"], &second.body["next_cursor"]), (&read.body["id"], &Value::Null));
    assert!(scene.events().ends_with("proposal.made proposal.refused proposal.made proposal.taken_back"));
}

#[test]
fn nobody_proposes_for_others_or_accepts_their_own() {
    let scene = scene();
    let commune = scene.record().str("/unit/id").to_owned();
    let body = json!({"full_name": "Quàng Thị Ơn", "sex": "female", "born_on": "1990-01-01", "ethnic_group": "thai", "unit_id": commune});
    let other = scene.office.post("/v1/cadres", &body).expect(201).str("/id").to_owned();
    let body = correction(&json!({"native_place": "Mường Phăng"}));
    scene.person.post(&format!("/v1/cadres/{other}/proposals"), &body).problem(404, "not_found");
    scene.officer.post(&format!("/v1/cadres/{}/proposals", scene.cadre), &body).problem(403, "forbidden");
    let path = scene.proposed(&json!({"native_place": "Mường Phăng"}));

    // Elsewhere there is none.
    for path in [path.clone(), format!("/v1/cadres/{}/proposals", scene.cadre)] {
        scene.stranger.get(&path).problem(404, "not_found");
    }
    scene.stranger.act(&format!("{path}/accept"), "*", &json!({})).problem(404, "not_found");
    scene.stranger.act(&format!("{path}/refuse"), "*", &json!({"reason": "x"})).problem(404, "not_found");
    assert!(scene.stranger.get("/v1/proposals").expect(200).rows().is_empty());
    scene.app.sign_in("reader").get(&path).problem(403, "forbidden");

    // The person becomes the officer of the unit: still not their own.
    scene.app.execute(
        "INSERT INTO grants (id, account_id, role, unit_id, during, created_at) \
         SELECT gen_random_uuid(), (SELECT id FROM accounts WHERE user_name = 'cadre'), role, unit_id, during, created_at FROM grants \
         WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer')",
    );
    let person = scene.app.sign_in("cadre");
    assert_eq!(person.get(&path).expect(200).body["allowed_actions"], json!(["take_back"]));
    person.act(&format!("{path}/accept"), "*", &json!({})).problem(403, "own_case");
    person.act(&format!("{path}/refuse"), "*", &json!({"reason": "x"})).problem(403, "own_case");
}

#[test]
fn sensitive_fields_are_shown_to_who_may_see_them() {
    let scene = scene();
    let path = scene.proposed(&json!({"religion": "buddhism", "native_place": "Mường Phăng"}));
    // A system that may read proposals and accept them, and not the sensitive fields.
    let administrator = scene.app.sign_in("administrator");
    let client = json!({"client_id": "files", "name": "x", "allowed_scope": "proposals.read cadres.manage"});
    let made = administrator.post("/v1/clients", &client).expect(201);
    let commune = scene.record().str("/unit/id").to_owned();
    let grant = json!({"client_id": made.str("/client/id"), "role": "unit_officer", "unit_id": commune});
    administrator.post("/v1/grants", &grant).expect(201);
    let form = [("grant_type", "client_credentials")];
    let token = scene.app.anonymous().request(reqwest::Method::POST, "/oauth/token");
    let token = Answer::of(token.basic_auth("files", Some(made.str("/client_secret"))).form(&form)).expect(200);
    let system = scene.app.anonymous().with_token(token.str("/access_token"));
    let seen = system.get(&path).expect(200);
    assert_eq!((seen.body["fields"].as_array().unwrap().len(), &seen.body["withheld"]), (1, &json!(1)));
    assert!(!seen.text.contains("buddhism"));
    assert_eq!(seen.body["allowed_actions"], json!(["refuse"]), "who accepts sees it all");
    system.act(&format!("{path}/accept"), seen.etag(), &json!({})).problem(403, "forbidden");
    assert_eq!(scene.officer.get(&path).expect(200).body["withheld"], 0);
    assert_eq!(scene.app.sign_in("auditor").get(&path).expect(200).body["allowed_actions"], json!([]));
}

#[test]
fn the_same_key_proposes_and_accepts_once() {
    let scene = scene();
    let keyed = |client: &Client, path: &str, key: &str, etag: Option<&str>, body: &Value| {
        let request = client.request(reqwest::Method::POST, path).json(body).header("idempotency-key", key);
        Answer::of(etag.into_iter().fold(request, |request, etag| request.header("if-match", etag)))
    };
    let path = format!("/v1/cadres/{}/proposals", scene.cadre);
    let body = correction(&json!({"native_place": "Mường Phăng"}));
    let first = keyed(&scene.person, &path, "one", None, &body).expect(201);
    let again = keyed(&scene.person, &path, "one", None, &body).expect(201);
    assert_eq!((again.header("idempotency-replayed"), again.str("/id")), ("true", first.str("/id")));
    assert_eq!(scene.person.get(&format!("{path}?count=true")).expect(200).body["total"], 1);
    let accept = format!("/v1/proposals/{}/accept", first.str("/id"));
    let etag = scene.officer.get(accept.trim_end_matches("/accept")).expect(200).etag().to_owned();
    keyed(&scene.officer, &accept, "two", Some(&etag), &json!({})).expect(200);
    let again = keyed(&scene.officer, &accept, "two", Some(&etag), &json!({})).expect(200);
    assert_eq!((again.header("idempotency-replayed"), again.str("/state")), ("true", "accepted"));
}

/// Twenty may wait; of those who propose at once nobody slips past, and one that is settled makes room.
#[test]
fn no_more_than_twenty_proposals_wait() {
    let scene = scene();
    let propose = |n: usize| scene.propose(&correction(&json!({"native_place": format!("Bản {n}")})));
    for n in 0..17 {
        propose(n).expect(201);
    }
    let answers: Vec<Answer> = std::thread::scope(|threads| {
        let sent: Vec<_> = (17..25).map(|n| threads.spawn(move || propose(n))).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (made, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (3, 5));
    for answer in refused {
        assert_eq!((answer.status, answer.str("/code")), (409, "too_many_open"), "{}", answer.text);
    }
    let list = scene.person.get("/v1/proposals?count=true").expect(200);
    assert_eq!(list.body["total"], 20);
    let path = made[0].header("location");
    scene.person.act(&format!("{path}/take-back"), "*", &Value::Null).expect(200);
    propose(30).expect(201);
    propose(31).problem(409, "too_many_open");
}
