//! Separation of duties: who may not, although their role may.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::machine;
use crate::support::fixtures::{Office, decision, transfer};
use crate::support::{Answer, Client, TestApp};

const PASSWORD: &str = "mot mat khau dai";

/// An account, linked to a cadre or not, with roles at the province.
fn person(app: &TestApp, office: &Office, name: &str, cadre: Option<&str>, roles: &[&str]) -> (String, Client) {
    let administrator = app.sign_in("administrator");
    let body = json!({"user_name": name, "display_name": name, "password": PASSWORD, "cadre_id": cadre});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    for role in roles {
        let grant = json!({"account_id": account, "role": role, "unit_id": office.province()});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    (account, app.anonymous().signed_in(name, PASSWORD))
}

/// Z09: nobody writes their own career or record, moves themselves, decides or lifts what moves them, puts themselves on a
/// course, records their own result, or gives themselves a role, whatever roles they have; each is `own_case`, as a dry
/// run too.
#[test]
fn nobody_acts_about_themselves() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("duty_title", "commune");
    let posts: Vec<String> = (0..3).map(|_| office.post(&title, &here)).collect();
    let me = office.holder("Lò Văn Tôi", &here, &posts[0]);
    let held = office.officer.get(&format!("/v1/cadres/{me}/appointments")).expect(200).str("/data/0/id").to_owned();
    let roles = ["administrator", "organisation_officer", "unit_officer", "decider", "training_officer"];
    let (account, myself) = person(&app, &office, "myself", Some(&me), &roles);
    let training = app.sign_in("training_officer");
    let programme = json!({"code": "DUTY", "name": "x", "kind": "political_theory", "level": "intermediate"});
    let programme = training.post("/v1/programmes", &programme).expect(201).str("/id").to_owned();
    let course = |code: &str| {
        let body = json!({"programme_id": programme, "code": code, "name": "x", "institution": "x", "unit_id": here,
            "from": "2026-01-01", "to": "2026-12-31", "seats": 9});
        training.post("/v1/courses", &body).expect(201).str("/id").to_owned()
    };
    let (taken, open) = (course("D1"), course("D2"));
    let enrolled = json!({"cadre_ids": [me], "enrolled_on": "2026-02-15"});
    let enrolled = training.post(&format!("/v1/courses/{taken}/enrolments"), &enrolled).expect(201);
    let case = office.prepare("2026-12-01", &[transfer(&me, Some(&posts[0]), &posts[1])]).expect(201);
    let moved = json!({"subject": "x", "effective_from": "2026-12-01", "unit_id": here,
        "moves": [transfer(&me, Some(&posts[0]), &posts[1])]});
    let calls: [(Method, String, Value); 12] = [
        (Method::PATCH, format!("/v1/cadres/{me}"), json!({"native_place": "Na Sang"})),
        (
            Method::POST,
            format!("/v1/cadres/{me}/appointments"),
            json!({"post_id": posts[2], "from": "2026-01-01", "basis": "appointed", "full_time": false}),
        ),
        (
            Method::POST,
            format!("/v1/cadres/{me}/qualifications"),
            json!({"kind": "degree", "level": "university", "obtained_on": "2010-06-30"}),
        ),
        (Method::POST, format!("/v1/cadres/{me}/plannings"), json!({"title_id": title, "from": "2026-01-01"})),
        (Method::POST, format!("/v1/cadres/{me}/assessments"), json!({"year": 2025, "class": "excellent"})),
        (
            Method::POST,
            format!("/v1/cadres/{me}/appointments/{held}/end"),
            json!({"last_on": "2026-11-30", "reason": "Từ chức"}),
        ),
        (Method::POST, "/v1/rotations".to_owned(), moved),
        (Method::POST, format!("/v1/rotations/{}/decide", case.str("/id")), decision()),
        (Method::POST, format!("/v1/rotations/{}/withdraw", case.str("/id")), json!({"reason": "x"})),
        (Method::POST, format!("/v1/courses/{open}/enrolments"), json!({"cadre_ids": [me]})),
        (
            Method::POST,
            format!("/v1/enrolments/{}/record-result", enrolled.str("/data/0/id")),
            json!({"outcome": "passed", "result_on": "2026-09-30"}),
        ),
        (
            Method::POST,
            "/v1/grants".to_owned(),
            json!({"account_id": account, "role": "auditor", "unit_id": office.province()}),
        ),
    ];
    for (method, path, body) in &calls {
        for query in ["?validate_only=true", ""] {
            let call = myself.request(method.clone(), &format!("{path}{query}")).header("if-match", "*").json(body);
            let answer = Answer::of(call);
            assert_eq!((answer.status, answer.str("/code")), (403, "own_case"), "{method} {path}: {}", answer.text);
        }
    }
    // Another with the same roles may do each of them.
    let (_, other) = person(&app, &office, "another", None, &roles);
    for (method, path, body) in &calls {
        let call =
            other.request(method.clone(), &format!("{path}?validate_only=true")).header("if-match", "*").json(body);
        Answer::of(call).expect(200);
    }
}

/// Z09 O13: a system decides nothing and lifts no decision, whatever its client was granted: the authority is people. It
/// prepares, and takes back what nobody has decided.
#[test]
fn a_system_decides_nothing() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("duty_title", "commune");
    let posts: Vec<String> = (0..2).map(|_| office.post(&title, &here)).collect();
    let cadre = office.holder("Lò Văn Một", &here, &posts[0]);
    let administrator = app.sign_in("administrator");
    let (id, system) = machine(&app, &administrator, "decision-system");
    for role in ["organisation_officer", "decider"] {
        let grant = json!({"client_id": id, "role": role, "unit_id": office.province()});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    let moves = [transfer(&cadre, Some(&posts[0]), &posts[1])];
    let case = office.prepare("2026-12-01", &moves).expect(201);
    let path = format!("/v1/rotations/{}", case.str("/id"));
    system.act(&format!("{path}/decide"), "*", &decision()).problem(403, "forbidden");
    assert_eq!(system.get(&path).expect(200).body["allowed_actions"], json!(["refuse", "withdraw"]));
    office.decide(&case).expect(200);
    system.act(&format!("{path}/withdraw"), "*", &json!({"reason": "x"})).problem(403, "forbidden");
    assert_eq!(system.get(&path).expect(200).body["allowed_actions"], json!([]));
    let withdrawn = office.decider.act(&format!("{path}/withdraw"), "*", &json!({"reason": "x"})).expect(200);
    assert_eq!(withdrawn.str("/state"), "withdrawn");
    let body = json!({"subject": "x", "effective_from": "2026-12-01", "moves": moves, "unit_id": office.province()});
    let own = system.post("/v1/rotations", &body).expect(201);
    let path = format!("/v1/rotations/{}/withdraw", own.str("/id"));
    system.act(&path, own.etag(), &json!({"reason": "x"})).expect(200);
}

/// What is the province's (titles, programmes) is written by who keeps the whole of it; a role in one commune reads it.
#[test]
fn what_is_the_province_s_is_for_who_keeps_the_whole_of_it() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let here = office.commune("03172");
    let title = office.title("duty_title", "commune");
    let administrator = app.sign_in("administrator");
    let body = json!({"user_name": "na-sang", "display_name": "x", "password": PASSWORD});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    for role in ["organisation_officer", "training_officer"] {
        let grant = json!({"account_id": account, "role": role, "unit_id": here});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    let local = app.anonymous().signed_in("na-sang", PASSWORD);
    let path = format!("/v1/titles/{title}");
    let seen = local.get(&path).expect(200);
    local.patch(&path, "*", &json!({"name_vi": "Khác"})).problem(403, "forbidden");
    let body = json!({"code": "local_title", "name_vi": "x", "name_en": "x", "category": "government", "level": "commune",
        "leadership": true, "rank_order": 1});
    local.post("/v1/titles", &body).problem(403, "forbidden");
    let programme = json!({"code": "LOCAL", "name": "x", "kind": "political_theory", "level": "intermediate"});
    local.post("/v1/programmes", &programme).problem(403, "forbidden");
    assert_eq!(local.get(&path).expect(200).text, seen.text);
    office.officer.patch(&path, "*", &json!({"name_vi": "Khác"})).expect(200);
}

/// Z04: an Idempotency-Key is its caller's own: the same key, path and body of somebody else is another request, and
/// tells nothing of the first.
#[test]
fn a_key_is_its_caller_s_own() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let administrator = app.sign_in("administrator");
    let local = |name: &str, code: &str| {
        let body = json!({"user_name": name, "display_name": name, "password": PASSWORD});
        let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        let grant = json!({"account_id": account, "role": "unit_officer", "unit_id": office.commune(code)});
        administrator.post("/v1/grants", &grant).expect(201);
        app.anonymous().signed_in(name, PASSWORD)
    };
    let (here, there) = (local("here", "03172"), local("there", "03181"));
    let body = json!({"full_name": "Lò Văn Một", "sex": "male", "born_on": "1985-05-04", "ethnic_group": "thai",
        "unit_id": office.commune("03172")});
    let send = |client: &Client| {
        Answer::of(client.request(Method::POST, "/v1/cadres").header("idempotency-key", "one").json(&body))
    };
    let made = send(&here).expect(201);
    assert_eq!(send(&here).expect(201).header("idempotency-replayed"), "true");
    let other = send(&there).problem(422, "refused");
    assert_eq!(other.findings(), [("/unit_id", "unknown_reference")]);
    assert!(!other.text.contains(made.str("/id")) && other.header("idempotency-replayed").is_empty());
}
