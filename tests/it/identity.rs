//! Signing in, tokens, grants, and what they reach.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp, day};

#[test]
fn a_person_signs_in_refreshes_and_signs_out() {
    let app = TestApp::start();
    let anonymous = app.anonymous();
    let wrong = anonymous.post("/v1/sessions", &json!({"user_name": "reader", "password": "wrong password"}));
    let unknown = anonymous.post("/v1/sessions", &json!({"user_name": "nobody-here", "password": "wrong password"}));
    assert_eq!(wrong.problem(401, "invalid_credentials").header("www-authenticate"), "Bearer realm=\"canbo\"");
    unknown.problem(401, "invalid_credentials");

    let first = anonymous.post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
    assert_eq!(first.header("cache-control"), "no-store");
    let reader = anonymous.with_token(first.str("/access_token"));
    let me = reader.get("/v1/me").expect(200);
    assert_eq!((me.str("/name"), me.str("/roles/0/role")), ("reader", "reader"));

    let refresh = json!({"refresh_token": first.str("/refresh_token")});
    let second = anonymous.post("/v1/sessions/refresh", &refresh).expect(200);
    // A token that is used twice ends its session, but for a repetition within seconds: the pair that came with it is no longer good either.
    app.clock.set(app.clock.now() + chrono::TimeDelta::seconds(11));
    anonymous.post("/v1/sessions/refresh", &refresh).problem(401, "invalid_refresh_token");
    let again = json!({"refresh_token": second.str("/refresh_token")});
    anonymous.post("/v1/sessions/refresh", &again).problem(401, "invalid_refresh_token");
    reader.get("/v1/me").problem(401, "unauthenticated");

    let reader = app.sign_in("reader");
    Answer::of(reader.request(Method::DELETE, "/v1/sessions/current")).expect(204);
    reader.get("/v1/me").problem(401, "unauthenticated");
}

#[test]
fn an_access_token_ends_with_its_time() {
    let app = TestApp::start();
    let reader = app.sign_in("reader");
    reader.get("/v1/me").expect(200);
    app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(11));
    reader.get("/v1/me").problem(401, "unauthenticated");
}

#[test]
fn a_system_gets_a_token_for_its_secret() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let made = administrator.post("/v1/clients", &json!({"client_id": "payroll", "name": "Tiền lương"})).expect(201);
    let (id, secret) = (made.str("/client/id").to_owned(), made.str("/client_secret").to_owned());
    let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    administrator.post("/v1/grants", &json!({"client_id": id, "role": "reader", "unit_id": unit})).expect(201);

    let token = |id: &str, secret: &str| {
        Answer::of(
            app.anonymous()
                .request(Method::POST, "/oauth/token")
                .basic_auth(id, Some(secret))
                .form(&[("grant_type", "client_credentials")]),
        )
    };
    let refused = token("payroll", "not the secret").problem(401, "invalid_client");
    assert_eq!(
        (refused.str("/error"), refused.header("www-authenticate")),
        ("invalid_client", "Basic realm=\"canbo\"")
    );
    let given = token("payroll", &secret).expect(200);
    let system = app.anonymous().with_token(given.str("/access_token"));
    assert_eq!(system.get("/v1/me").expect(200).str("/kind"), "client");
    system.get("/v1/units?kind=commune&limit=1").expect(200);

    let rotated = administrator.act(&format!("/v1/clients/{id}/rotate-secret"), "*", &json!({})).expect(200);
    token("payroll", rotated.str("/client_secret")).expect(200);
    token("payroll", &secret).expect(200);
    app.clock.set(app.clock.now() + chrono::TimeDelta::hours(25));
    token("payroll", &secret).problem(401, "invalid_client");
}

#[test]
fn a_grant_reaches_its_unit_and_what_is_below_and_ends_at_once() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let unit = |code: &str| {
        administrator.get(&format!("/v1/units?kind=commune&code={code}")).expect(200).str("/data/0/id").to_owned()
    };
    let (na_sang, muong_tung) = (unit("03172"), unit("03181"));
    let account = json!({"user_name": "na-sang", "display_name": "Na Sang", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201);
    let grant = json!({"account_id": account.str("/id"), "role": "reader", "unit_id": na_sang});
    let grant = administrator.post("/v1/grants", &grant).expect(201);
    let reader = app.anonymous().signed_in("na-sang", "mot mat khau dai");
    reader.get(&format!("/v1/units/{na_sang}")).expect(200);
    let hidden = reader.get(&format!("/v1/units/{muong_tung}")).problem(404, "not_found");
    let absent = reader.get(&format!("/v1/units/{}", "01994f7e-0000-7000-8000-000000000002")).problem(404, "not_found");
    assert_eq!(hidden.body["title"], absent.body["title"]);
    assert_eq!(reader.get("/v1/units?kind=commune&count=true").expect(200).body["total"], 1);

    administrator.delete(&format!("/v1/grants/{}", grant.str("/id")), grant.etag()).expect(204);
    reader.get(&format!("/v1/units/{na_sang}")).problem(403, "forbidden");
}

#[test]
fn a_grant_counts_within_its_period_alone() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let account = json!({"user_name": "for-a-year", "display_name": "Một năm", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &account).expect(201).str("/id").to_owned();
    let body =
        json!({"account_id": account, "role": "reader", "unit_id": unit, "from": "2027-01-01", "to": "2027-12-31"});
    administrator.post("/v1/grants", &body).expect(201);
    for (on, status) in [("2026-12-31", 403), ("2027-01-01", 200), ("2027-12-31", 200), ("2028-01-01", 403)] {
        app.clock.set_day(day(on));
        let reader = app.anonymous().signed_in("for-a-year", "mot mat khau dai");
        reader.get("/v1/units").expect(status);
    }
}

#[test]
fn faults_of_a_body_are_told_at_once() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let bad = administrator
        .post("/v1/accounts", &json!({"user_name": 7, "display_name": "x", "colour": "red"}))
        .problem(422, "refused");
    let mut findings = bad.findings();
    findings.sort_unstable();
    assert_eq!(findings, [("/colour", "unknown_field"), ("/user_name", "wrong_type")]);
    let bad = administrator
        .post("/v1/accounts", &json!({"user_name": "A", "display_name": " ", "password": "x"}))
        .problem(422, "refused");
    assert_eq!(bad.findings(), [("/user_name", "bad_format"), ("/display_name", "required")]);
}

#[test]
fn an_administrator_of_a_commune_reaches_nobody_else() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let unit = |kind: &str| administrator.get(&format!("/v1/units?{kind}")).expect(200).str("/data/0/id").to_owned();
    let (province, commune) = (unit("kind=province"), unit("kind=commune&code=03172"));
    let account = |name: &str| {
        let body = json!({"user_name": name, "display_name": name, "password": "mot mat khau dai"});
        administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned()
    };
    let give = |account: &str, role: &str, unit: &str| {
        let body = json!({"account_id": account, "role": role, "unit_id": unit});
        administrator.post("/v1/grants", &body).expect(201)
    };
    let (local, both, neighbour) = (account("local-admin"), account("both-places"), account("only-here"));
    give(&local, "administrator", &commune);
    give(&both, "reader", &commune);
    give(&both, "decider", &province);
    give(&neighbour, "reader", &commune);

    let here = app.anonymous().signed_in("local-admin", "mot mat khau dai");
    let new_password = json!({"password": "mot mat khau khac"});
    here.patch(&format!("/v1/accounts/{both}"), "*", &new_password).problem(404, "not_found");
    here.patch(&format!("/v1/accounts/{neighbour}"), "*", &new_password).expect(200);
    here.patch(&format!("/v1/accounts/{neighbour}"), "*", &json!({"cadre_id": null})).problem(403, "forbidden");
    let own = json!({"account_id": local, "role": "decider", "unit_id": commune});
    here.post("/v1/grants", &own).problem(403, "own_case");
    let above = json!({"account_id": neighbour, "role": "decider", "unit_id": province});
    here.post("/v1/grants", &above).problem(422, "refused");
    app.anonymous().signed_in("both-places", "mot mat khau dai").get("/v1/posts").expect(200);
}

#[test]
fn a_dry_run_of_an_ending_ends_nothing_and_an_ended_grant_stays_ended() {
    let app = TestApp::start();
    let administrator = app.sign_in("administrator");
    let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let body = json!({"user_name": "some-reader", "display_name": "x", "password": "mot mat khau dai"});
    let account = administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "reader", "unit_id": unit});
    let grant = administrator.post("/v1/grants", &grant).expect(201);
    let path = format!("/v1/grants/{}", grant.str("/id"));
    let dry = administrator.delete(&format!("{path}?validate_only=true"), grant.etag()).expect(200);
    assert_eq!(dry.str("/effects/0/effect"), "grant_ended");
    administrator.delete(&path, grant.etag()).expect(204);
    let ended = administrator.get(&path).expect(200);
    assert_eq!(ended.body["during"], grant.body["during"], "what it was given for stays");
    assert!(ended.body["ended_at"].is_string());
    administrator.delete(&path, ended.etag()).problem(409, "wrong_state");
}
