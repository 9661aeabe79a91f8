//! Passwords: what is stored, what is taken, how they change, and initial ones.

use canbo::platform::clock::Clock;
use canbo::platform::config::HashCost;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::http;
use crate::support::timing::take_the_same_time;
use crate::support::{Answer, PASSWORD, TODAY, TestApp, database, day};
use crate::throttle::replicas;

const GOOD: &str = "mot mat khau dai";

fn sign_in(app: &TestApp, user_name: &str, password: &str) -> Answer {
    app.anonymous().post("/v1/sessions", &json!({"user_name": user_name, "password": password}))
}

fn make(app: &TestApp, user_name: &str, password: Option<&str>) -> Answer {
    let mut body = json!({"user_name": user_name, "display_name": "Lò Văn An"});
    if let Some(password) = password {
        body["password"] = json!(password);
    }
    app.sign_in("administrator").post("/v1/accounts", &body)
}

fn stored(app: &TestApp, user_name: &str) -> String {
    let sql = format!("SELECT password_hash AS text FROM accounts WHERE user_name = '{user_name}'");
    database::text(&app.database, &sql)
}

/// P01: every stored hash is argon2id with the floor or more, and a weaker one is made anew at the next sign-in.
#[test]
fn stored_hashes_are_strong_and_become_stronger() {
    let weak = TestApp::start();
    assert!(stored(&weak, "reader").starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let mut settings = http();
    settings.sign_in.cost = HashCost { memory: 47104, passes: 1, lanes: 1 };
    let strong = TestApp::with(weak.database.clone(), settings, Clock::manual_on(day(TODAY)));
    assert_eq!(sign_in(&strong, "reader", "wrong password").status, 401);
    assert!(stored(&strong, "reader").contains("m=19456"), "a wrong password changes nothing");
    sign_in(&strong, "reader", PASSWORD).expect(200);
    let anew = stored(&strong, "reader");
    assert!(anew.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{anew}");
    // A replica with the settings of before does not make it weaker.
    sign_in(&weak, "reader", PASSWORD).expect(200);
    assert_eq!(stored(&weak, "reader"), anew);
}

/// P02: unknown, wrong, disabled and malformed are one answer: status, headers, length.
#[test]
fn refusals_of_a_sign_in_are_one() {
    let app = TestApp::start();
    let made = make(&app, "disabled-one", Some(GOOD)).expect(201);
    let path = format!("/v1/accounts/{}", made.str("/id"));
    app.sign_in("administrator").patch(&path, made.etag(), &json!({"disabled": true})).expect(200);
    let seen: Vec<_> = [
        ("reader", "wrong password"),
        ("unknown-one", "wrong password"),
        ("disabled-one", "wrong password"),
        ("disabled-one", GOOD),
        ("Not A Name", "wrong password"),
        ("reader", "short"),
    ]
    .into_iter()
    .map(|(name, password)| {
        let answer = sign_in(&app, name, password).problem(401, "invalid_credentials");
        let mut headers: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        headers.sort();
        (headers, answer.header("content-length").to_owned(), answer.text.len())
    })
    .collect();
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

/// P02: who is unknown waits as long as who is wrong: the medians of many tries are less than 5 ms apart.
#[test]
fn refusals_of_a_sign_in_take_the_same_time() {
    let app = TestApp::start();
    take_the_same_time(&app, ["reader", "unknown-one"], |name| {
        assert_eq!(sign_in(&app, name, "wrong password").status, 401);
    });
}

/// P03: what a password may be: long, with spaces around, of any letters in any composition; and not too long, not NUL.
#[test]
fn passwords_are_taken_as_they_are() {
    let app = TestApp::start();
    let phrase = "Mùa hoa ban nở trắng núi rừng Tây Bắc 2026";
    let decomposed: String = unicode(phrase);
    assert_ne!(phrase, decomposed);
    let letters = "Nước non ngàn dặm ra đi, cái tình chi; mượn màu son phấn đền nợ Ô, Lý. ";
    let long: String = letters.chars().cycle().take(128).collect();
    let half: String = letters.chars().cycle().skip(3).take(64).collect();
    for (n, password) in [phrase, " đầu và đuôi ", "🐘🐬🐿🦜🐘🐬🐿🦜🐘🐬", &half, &long].into_iter().enumerate()
    {
        let name = format!("person-{n}");
        make(&app, &name, Some(password)).expect(201);
        sign_in(&app, &name, password).expect(200);
        if password.trim() != password {
            assert_eq!(sign_in(&app, &name, password.trim()).status, 401, "spaces count");
        }
    }
    sign_in(&app, "person-0", &decomposed).expect(200);
    let over = format!("{long}x");
    for (password, code) in
        [(over.as_str(), "out_of_range"), ("mật khẩu\0 có NUL", "bad_character"), ("ngắn", "out_of_range")]
    {
        let refused = make(&app, "person-9", Some(password)).problem(422, "refused");
        assert_eq!(refused.findings(), [("/password", code)]);
    }
    sign_in(&app, "person-0", &over).problem(422, "refused");
    sign_in(&app, "person-0", "\0").problem(422, "refused");
    let started = std::time::Instant::now();
    let huge = sign_in(&app, "person-0", &"x".repeat(1 << 20));
    assert!(matches!(huge.status, 413 | 422), "{}", huge.status);
    assert!(started.elapsed().as_millis() < 500);
}

/// The decomposed form of a text.
fn unicode(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().collect()
}

/// P07: common passwords, and the words of the person, the unit and the province, are refused on every way in.
#[test]
fn what_others_try_first_is_refused() {
    let app = TestApp::start();
    for bad in
        ["password123", "1234567890", "Điện Biên 2026!", "dienbien-12345", "lovanan1990", "Lò Văn An!!", "an.lo-99999"]
    {
        let refused = make(&app, "an.lo-99", Some(bad)).problem(422, "refused");
        assert_eq!(refused.findings(), [("/password", "guessable")], "{bad}");
    }
    let made = make(&app, "an.lo-99", Some(GOOD)).expect(201);
    let path = format!("/v1/accounts/{}", made.str("/id"));
    let patched = app.sign_in("administrator").patch(&path, "*", &json!({"password": "qwertyuiop"}));
    assert_eq!(patched.problem(422, "refused").findings(), [("/password", "guessable")]);
    let person = app.anonymous().signed_in("an.lo-99", GOOD);
    for bad in ["anlo99anlo99", "letmein123", "aaaaaaaaaaaa"] {
        let body = json!({"current_password": GOOD, "new_password": bad});
        let refused = person.post("/v1/me/password", &body).problem(422, "refused");
        assert_eq!(refused.findings(), [("/new_password", "guessable")], "{bad}");
    }
}

/// P08: without the present password nothing changes; with it the other sessions and their refresh tokens end, in every
/// replica, and the session that changed it goes on.
#[test]
fn a_person_changes_their_password() {
    let (apps, _) = replicas();
    make(&apps[0], "an.lo", Some(GOOD)).expect(201);
    let here = sign_in(&apps[0], "an.lo", GOOD).expect(200);
    let there = sign_in(&apps[1], "an.lo", GOOD).expect(200);
    let client = |n: usize, of: &Answer| apps[n].anonymous().with_token(of.str("/access_token"));
    let change = |present: Value| {
        let mut body = json!({"current_password": present, "new_password": "một mật khẩu khác"});
        if present.is_null() {
            body.as_object_mut().unwrap().remove("current_password");
        }
        client(2, &here).post("/v1/me/password", &body)
    };
    change(json!("not the password")).problem(403, "wrong_password");
    change(json!(null)).problem(403, "wrong_password");
    client(1, &there).get("/v1/me").expect(200);
    change(json!(GOOD)).expect(204);

    let refresh = |of: &Answer| {
        apps[0].anonymous().post("/v1/sessions/refresh", &json!({"refresh_token": of.str("/refresh_token")}))
    };
    refresh(&there).problem(401, "invalid_refresh_token");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    for n in 0..3 {
        client(n, &there).get("/v1/me").problem(401, "unauthenticated");
        client(n, &here).get("/v1/me").expect(200);
    }
    refresh(&here).expect(200);
    assert_eq!(sign_in(&apps[2], "an.lo", GOOD).status, 401);
    sign_in(&apps[2], "an.lo", "một mật khẩu khác").expect(200);
    // Wrong tries here are tries to sign in.
    let wrong = json!({"current_password": "not the password", "new_password": "lại một mật khẩu nữa"});
    let statuses: Vec<u16> = (0..20).map(|n| client(n % 3, &here).post("/v1/me/password", &wrong).status).collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(apps[0].anonymous().post("/v1/me/password", &wrong).status, 401);
}

/// P09: an initial password opens one door, once, to a password of the person's own.
#[test]
fn an_initial_password_is_good_once_and_for_a_time() {
    let app = TestApp::start();
    let first = |user_name: &str, password: &str, new: &str| {
        let body = json!({"user_name": user_name, "password": password, "new_password": new});
        app.anonymous().post("/v1/sessions", &body)
    };
    let made = make(&app, "an.lo", None).expect(201);
    let initial = made.str("/initial_password").to_owned();
    assert_eq!(initial.len(), 20);
    sign_in(&app, "an.lo", &initial).problem(403, "new_password_needed");
    first("an.lo", &initial, "password123").problem(422, "refused");
    first("an.lo", &initial, &initial).problem(422, "refused");
    first("an.lo", "not the initial one", GOOD).problem(401, "invalid_credentials");
    let signed = first("an.lo", &initial, GOOD).expect(200);
    app.anonymous().with_token(signed.str("/access_token")).get("/v1/me").expect(200);
    first("an.lo", &initial, "lại một mật khẩu nữa").problem(401, "invalid_credentials");
    sign_in(&app, "an.lo", &initial).problem(401, "invalid_credentials");
    sign_in(&app, "an.lo", GOOD).expect(200);
    // A password of one's own is not changed at the door.
    first("an.lo", GOOD, "lại một mật khẩu nữa").problem(409, "wrong_state");

    let path = format!("/v1/accounts/{}/reset-password", made.str("/id"));
    let administrator = app.sign_in("administrator");
    let key =
        |request: reqwest::blocking::RequestBuilder| request.header("idempotency-key", "reset").header("if-match", "*");
    let reset = Answer::of(key(administrator.request(Method::POST, &path))).expect(200);
    let replayed = Answer::of(key(administrator.request(Method::POST, &path))).expect(200);
    assert_eq!(replayed.body["initial_password"], json!(null), "it is kept nowhere");
    app.anonymous().with_token(signed.str("/access_token")).get("/v1/me").problem(401, "unauthenticated");
    sign_in(&app, "an.lo", GOOD).problem(401, "invalid_credentials");
    let listed = administrator.get(&format!("/v1/accounts/{}", made.str("/id"))).expect(200);
    assert!(listed.body["initial_until"].is_string());
    app.clock.set(app.clock.now() + TimeDelta::hours(72));
    first("an.lo", reset.str("/initial_password"), GOOD).problem(401, "invalid_credentials");
}

/// A person sees where they are signed in and ends it, one by one or all.
#[test]
fn a_person_ends_their_sessions() {
    let app = TestApp::start();
    let (one, two, three) = (app.sign_in("reader"), app.sign_in("reader"), app.sign_in("reader"));
    let list = one.get("/v1/me/sessions?count=true").expect(200);
    assert_eq!(list.body["total"], 3);
    assert_eq!(list.rows().iter().filter(|row| row["current"] == true).count(), 1);
    assert_eq!(list.rows()[0]["address"], "127.0.0.1");
    let of_another =
        app.sign_in("auditor").get("/v1/me/sessions").expect(200).rows()[0]["id"].as_str().unwrap().to_owned();
    let end =
        |id: &str| Answer::of(one.request(Method::DELETE, &format!("/v1/me/sessions/{id}")).header("if-match", "*"));
    end(&of_another).problem(404, "not_found");
    let other = list.rows().iter().find(|row| row["current"] == false).unwrap();
    end(other["id"].as_str().unwrap()).expect(204);
    let left = [&two, &three].map(|client| client.get("/v1/me").status);
    assert!(left.contains(&200) && left.contains(&401), "{left:?}");
    Answer::of(one.request(Method::DELETE, "/v1/me/sessions")).expect(204);
    for client in [one, two, three] {
        client.get("/v1/me").problem(401, "unauthenticated");
    }
}
