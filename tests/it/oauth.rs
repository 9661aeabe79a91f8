//! Tokens of systems and of sessions: getting, narrowing, refreshing, taking back, asking about.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::timing::take_the_same_time;
use crate::support::{Answer, Client, PASSWORD, TestApp, database};
use crate::throttle::replicas;

/// A client of the province and its secret.
struct System {
    id: String,
    secret: String,
}

fn system(app: &TestApp, client_id: &str, roles: &[&str], more: &Value) -> System {
    let administrator = app.sign_in("administrator");
    let mut body = json!({"client_id": client_id, "name": "Hệ thống"});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let made = administrator.post("/v1/clients", &body).expect(201);
    let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    for role in roles {
        let grant = json!({"client_id": made.str("/client/id"), "role": role, "unit_id": unit});
        administrator.post("/v1/grants", &grant).expect(201);
    }
    System { id: made.str("/client/id").to_owned(), secret: made.str("/client_secret").to_owned() }
}

fn form(app: &TestApp, path: &str, basic: Option<(&str, &str)>, fields: &[(&str, &str)]) -> Answer {
    let request = app.anonymous().request(Method::POST, path).form(fields);
    Answer::of(match basic {
        Some((id, secret)) => request.basic_auth(id, Some(secret)),
        None => request,
    })
}

fn token(app: &TestApp, id: &str, secret: &str, scope: Option<&str>) -> Answer {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(scope.map(|scope| ("scope", scope)));
    form(app, "/oauth/token", Some((id, secret)), &fields)
}

fn part(token: &str, place: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(place).unwrap()).unwrap()).unwrap()
}

fn caller(app: &TestApp, of: &Answer) -> Client {
    app.anonymous().with_token(of.str("/access_token"))
}

/// O01: what a good client gets, and what the token says.
#[test]
fn a_good_client_gets_a_token_and_nothing_else() {
    let app = TestApp::start();
    let payroll = system(&app, "payroll", &["reader"], &json!({}));
    let given = token(&app, "payroll", &payroll.secret, None).expect(200);
    assert_eq!((given.header("cache-control"), given.str("/token_type")), ("no-store", "Bearer"));
    assert_eq!((&given.body["expires_in"], given.body.get("refresh_token")), (&json!(600), None));
    let (head, claims) = (part(given.str("/access_token"), 0), part(given.str("/access_token"), 1));
    assert_eq!(head["typ"], "at+jwt");
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(claims.get(claim).is_some(), "{claim} is not in {claims}");
    }
    // The subject is the client by the name that nobody can give to an account: its id.
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(payroll.id), &json!("payroll")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    caller(&app, &given).get("/v1/units").expect(200);
}

/// O02: a wrong secret, an unknown client and a disabled one are one answer with a challenge.
#[test]
fn unknown_clients_and_wrong_secrets_are_one_answer() {
    let app = TestApp::start();
    let payroll = system(&app, "payroll", &["reader"], &json!({}));
    let gone = system(&app, "gone", &["reader"], &json!({}));
    let path = format!("/v1/clients/{}", gone.id);
    app.sign_in("administrator").patch(&path, "*", &json!({"disabled": true})).expect(200);
    let refused: Vec<(String, String, usize)> = [
        ("payroll", "wrong"),
        ("nobody", "wrong"),
        ("Not a name", "wrong"),
        ("gone", &*gone.secret),
        ("nobody", &*payroll.secret),
        ("a\u{0}b", "wrong"),
    ]
    .into_iter()
    .map(|(id, secret)| {
        let answer = token(&app, id, secret, None).problem(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"canbo\"");
        let mut body = answer.body.clone();
        body["request_id"] = json!(null);
        (body.to_string(), answer.header("content-length").to_owned(), answer.headers.len())
    })
    .collect();
    assert!(refused.iter().all(|one| *one == refused[0]), "{refused:?}");
    take_the_same_time(&app, ["payroll", "nobody"], |id| drop(token(&app, id, "wrong", None)));
}

/// O03 O04: Basic is form-encoded; one way to show who one is; one value for a parameter; a form and nothing else.
#[test]
fn requests_of_another_form_are_refused() {
    let app = TestApp::start();
    let payroll = system(&app, "pay-roll", &["reader"], &json!({}));
    let grant = ("grant_type", "client_credentials");
    let raw = |header: &str, media: &str, body: &str| {
        let mut request = app.anonymous().request(Method::POST, "/oauth/token").body(body.to_owned());
        if !header.is_empty() {
            request = request.header("authorization", header);
        }
        Answer::of(request.header("content-type", media))
    };
    let media = "application/x-www-form-urlencoded";
    let encoded = |byte: u8| format!("%{byte:02X}");
    let (id, secret): (String, String) =
        ("pay-roll".bytes().map(encoded).collect(), payroll.secret.bytes().map(encoded).collect());
    let percent = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    raw(&percent, media, "grant_type=client_credentials").expect(200);
    raw(&percent, &format!("{media}; charset=UTF-8"), "grant_type=client_credentials&unknown=1&scope=").expect(200);
    let body = [grant, ("client_id", "pay-roll"), ("client_secret", &*payroll.secret)];
    form(&app, "/oauth/token", None, &body).expect(200);

    let basic = Some(("pay-roll", &*payroll.secret));
    let both = form(&app, "/oauth/token", basic, &body).problem(400, "invalid_request");
    assert_eq!(both.str("/error"), "invalid_request");
    assert!(both.str("/error_description").is_ascii());
    form(&app, "/oauth/token", basic, &[grant, ("client_id", "pay-roll")]).expect(200);
    form(&app, "/oauth/token", basic, &[grant, ("client_id", "another")]).problem(400, "invalid_request");
    form(&app, "/oauth/token", basic, &[grant, grant]).problem(400, "invalid_request");
    form(&app, "/oauth/token", basic, &[grant, ("odd", "1"), ("odd", "2")]).problem(400, "invalid_request");
    for junk in ["grant_type=client_credentials&scope=%ff", "grant_type=client_credentials&%c3%28=1"] {
        raw(&percent, media, junk).problem(400, "invalid_request");
    }
    raw(&percent, &format!("{media}; charset=utf-16"), "grant_type=client_credentials")
        .problem(415, "unsupported_media_type");
    raw(&percent, "application/json", r#"{"grant_type":"client_credentials"}"#).problem(415, "unsupported_media_type");
    for junk in ["Basic", "Basic !!!", "Basic YQ==", "Bearer abc"] {
        raw(junk, media, "grant_type=client_credentials").problem(401, "invalid_client");
    }
    let get = Answer::of(app.anonymous().request(Method::GET, "/oauth/token?grant_type=client_credentials"));
    assert_eq!(get.problem(405, "method_not_allowed").header("allow"), "POST");
}

/// O05: grant types that are missing, unknown, or not this client's.
#[test]
fn other_grant_types_are_refused() {
    let app = TestApp::start();
    let payroll = system(&app, "payroll", &["reader"], &json!({}));
    let asker = system(&app, "asker", &["reader"], &json!({"gets_tokens": false}));
    let ask = |fields: &[(&str, &str)]| form(&app, "/oauth/token", Some(("payroll", &payroll.secret)), fields);
    assert_eq!(ask(&[]).problem(400, "invalid_request").str("/error"), "invalid_request");
    ask(&[("grant_type", "")]).problem(400, "invalid_request");
    for kind in ["password", "refresh_token", "authorization_code", "CLIENT_CREDENTIALS", "client_credentials "] {
        let refused = ask(&[("grant_type", kind)]).problem(400, "unsupported_grant_type");
        assert_eq!(refused.str("/error"), "unsupported_grant_type");
    }
    let refused = token(&app, "asker", &asker.secret, None).problem(400, "unauthorized_client");
    assert_eq!(refused.str("/error"), "unauthorized_client");
}

/// O06: a scope beyond what the client may is refused; what is granted is told; nothing is widened or cut down.
#[test]
fn a_scope_is_granted_whole_or_refused() {
    let app = TestApp::start();
    let narrow = system(&app, "narrow", &["reader"], &json!({"allowed_scope": "units.read posts.read"}));
    let wide = system(&app, "wide", &["reader"], &json!({}));
    let ask = |id: &str, of: &System, scope: &str| token(&app, id, &of.secret, Some(scope));
    let given = ask("narrow", &narrow, "units.read").expect(200);
    assert_eq!(given.str("/scope"), "units.read");
    assert_eq!(part(given.str("/access_token"), 1)["scope"], "units.read");
    caller(&app, &given).get("/v1/units?limit=1").expect(200);
    caller(&app, &given).get("/v1/posts?limit=1").problem(403, "forbidden");
    let default = token(&app, "narrow", &narrow.secret, None).expect(200);
    assert_eq!(default.str("/scope"), "units.read posts.read");
    caller(&app, &default).get("/v1/cadres?limit=1").problem(403, "forbidden");
    assert_eq!(token(&app, "wide", &wide.secret, None).expect(200).body.get("scope"), None);
    ask("wide", &wide, "cadres.read units.read").expect(200);
    for (id, of, scope) in [
        ("narrow", &narrow, "units.read cadres.read"),
        ("wide", &wide, "units.manage"),
        ("wide", &wide, "units.read nothing.known"),
        ("wide", &wide, "*"),
        ("wide", &wide, "signed_in"),
        ("wide", &wide, "units.read  posts.read"),
        ("wide", &wide, "units.read units.read"),
        ("wide", &wide, "UNITS.READ"),
        ("wide", &wide, "units.read\0"),
    ] {
        let refused = ask(id, of, scope).problem(400, "invalid_scope");
        assert_eq!(refused.str("/error"), "invalid_scope", "{scope}");
    }
    let administrator = app.sign_in("administrator");
    for bad in ["nothing.known", "rotations.decide", "", "units.read,posts.read"] {
        let body = json!({"client_id": "third", "name": "x", "allowed_scope": bad});
        administrator.post("/v1/clients", &body).problem(422, "refused");
    }
    let path = format!("/v1/clients/{}", narrow.id);
    administrator.patch(&path, "*", &json!({"allowed_scope": "posts.read"})).expect(200);
    ask("narrow", &narrow, "units.read").problem(400, "invalid_scope");
}

/// O07 J25: a client takes its token back, in every replica within the bound; nothing else has any effect.
#[test]
fn a_client_takes_its_token_back() {
    let (apps, _) = replicas();
    let one = system(&apps[0], "one", &["reader"], &json!({}));
    let two = system(&apps[0], "two", &["reader"], &json!({}));
    let (first, second) = (token(&apps[0], "one", &one.secret, None), token(&apps[0], "one", &one.secret, None));
    let person =
        apps[0].anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
    let revoke = |n: usize, basic: Option<(&str, &str)>, token: &str| {
        form(&apps[n], "/oauth/revoke", basic, &[("token", token), ("token_type_hint", "access_token")])
    };
    let good = |n: usize, of: &Answer| caller(&apps[n], of).get("/v1/me").status;
    for n in 0..3 {
        assert_eq!((good(n, &first), good(n, &second)), (200, 200));
    }
    revoke(0, None, first.str("/access_token")).problem(401, "invalid_client");
    revoke(0, Some(("one", "wrong")), first.str("/access_token")).problem(401, "invalid_client");
    form(&apps[0], "/oauth/revoke", Some(("one", &one.secret)), &[]).problem(400, "invalid_request");
    let own = Some(("one", &*one.secret));
    for text in ["rubbish", "a.b.c", person.str("/access_token"), person.str("/refresh_token")] {
        revoke(1, own, text).expect(200);
    }
    revoke(1, Some(("two", &two.secret)), first.str("/access_token")).expect(200);
    assert_eq!((good(0, &first), good(0, &person)), (200, 200), "nobody else's token is touched");

    revoke(1, own, first.str("/access_token")).expect(200);
    revoke(2, own, first.str("/access_token")).expect(200);
    // At once where it was done and for whatever changes something; elsewhere within the bound.
    assert_eq!(good(1, &first), 401);
    Answer::of(caller(&apps[0], &first).request(Method::DELETE, "/v1/me/sessions")).problem(401, "unauthenticated");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    for n in 0..3 {
        assert_eq!((good(n, &first), good(n, &second)), (401, 200));
    }
}

/// O08: of a token that is over, taken back or not one's own, nothing is told.
#[test]
fn a_client_asks_about_its_own_tokens_alone() {
    let app = TestApp::start();
    let one = system(&app, "one", &["reader"], &json!({}));
    let two = system(&app, "two", &["reader"], &json!({}));
    let ask = |basic: Option<(&str, &str)>, token: &str| form(&app, "/oauth/introspect", basic, &[("token", token)]);
    let own = Some(("one", &*one.secret));
    let given = token(&app, "one", &one.secret, Some("units.read")).expect(200);
    let text = given.str("/access_token");
    let told = ask(own, text).expect(200);
    assert_eq!(
        (told.body["active"].as_bool(), told.str("/scope"), told.str("/client_id")),
        (Some(true), "units.read", "one")
    );
    assert_eq!((told.str("/sub"), told.str("/iss")), (&*one.id, "https://canbo.test"));
    assert_eq!(told.header("cache-control"), "no-store");

    ask(None, text).problem(401, "invalid_client");
    ask(Some(("one", "wrong")), text).problem(401, "invalid_client");
    let nothing = json!({"active": false});
    let person =
        app.anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
    for foreign in ["rubbish", "", person.str("/access_token"), person.str("/refresh_token")] {
        let answer = ask(own, foreign);
        assert!(answer.body == nothing || foreign.is_empty() && answer.status == 400, "{foreign}: {}", answer.text);
    }
    assert_eq!(ask(Some(("two", &two.secret)), text).expect(200).body, nothing);
    form(&app, "/oauth/revoke", own, &[("token", text)]).expect(200);
    assert_eq!(ask(own, text).expect(200).body, nothing);
    let later = token(&app, "one", &one.secret, None).expect(200);
    assert_eq!(ask(own, later.str("/access_token")).expect(200).body["active"], true);
    app.clock.set(app.clock.now() + TimeDelta::minutes(11));
    assert_eq!(ask(own, later.str("/access_token")).expect(200).body, nothing);
}

/// O09: the description names what works, by the issuer as it is set, and the keys show nothing private.
#[test]
fn the_description_is_true() {
    let app = TestApp::start();
    let told = app.anonymous().get("/.well-known/oauth-authorization-server").expect(200);
    let issuer = "https://canbo.test";
    assert_eq!(told.str("/issuer"), issuer);
    assert!(!told.header("cache-control").contains("no-store"));
    let endpoints: Vec<(&String, &str)> = told
        .body
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"))
        .map(|(name, value)| (name, value.as_str().unwrap().strip_prefix(issuer).unwrap()))
        .collect();
    assert_eq!(endpoints.len(), 4, "{endpoints:?}");
    for (name, path) in endpoints {
        if name == "jwks_uri" {
            let keys = app.anonymous().get(path).expect(200);
            assert!(keys.header("cache-control").contains("max-age"), "{}", keys.header("cache-control"));
            for key in keys.body["keys"].as_array().unwrap() {
                for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                    assert!(key.get(private).is_none(), "{private}");
                }
            }
        } else {
            form(&app, path, None, &[("grant_type", "client_credentials"), ("token", "x")])
                .problem(401, "invalid_client");
        }
    }
    assert_eq!(told.body["grant_types_supported"], json!(["client_credentials"]));
    let scopes: Vec<&str> =
        told.body["scopes_supported"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert!(scopes.contains(&"units.read") && !scopes.contains(&"signed_in") && !scopes.contains(&"rotations.decide"));
}

fn refresh(app: &TestApp, token: &str) -> Answer {
    app.anonymous().post("/v1/sessions/refresh", &json!({"refresh_token": token}))
}

fn session(app: &TestApp) -> Answer {
    app.anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200)
}

/// O10: fifty refreshes with one token over three replicas make exactly one successor, and the family lives.
#[test]
fn parallel_refreshes_have_one_successor() {
    let (apps, clock) = replicas();
    let first = session(&apps[0]);
    let tries = std::sync::Barrier::new(50);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let ask = |n: usize| {
            let (app, token, tries) = (&apps[n % 3], first.str("/refresh_token"), &tries);
            scope.spawn(move || {
                tries.wait();
                refresh(app, token)
            })
        };
        let asking: Vec<_> = (0..50).map(ask).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let good: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!good.is_empty());
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 503)), "{answers:?}");
    assert!(good.iter().all(|answer| answer.str("/refresh_token") == good[0].str("/refresh_token")));
    let count = |what: &str| database::text(&apps[0].database, &format!("SELECT count(*)::text AS text FROM {what}"));
    let of_session = "refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN accounts a ON a.id = s.account_id WHERE a.user_name = 'reader'";
    assert_eq!(count(of_session), "2", "one that was used and one successor");
    caller(&apps[1], good[0]).get("/v1/me").expect(200);

    // After the grace the first token is one that was stolen.
    let next = good[0].str("/refresh_token").to_owned();
    clock.set(clock.now() + TimeDelta::seconds(11));
    refresh(&apps[2], first.str("/refresh_token")).problem(401, "invalid_refresh_token");
    refresh(&apps[0], &next).problem(401, "invalid_refresh_token");
    assert_eq!(count("sessions WHERE revoked_at IS NOT NULL"), "1");
}

/// O10: a token whose successor was used is no lost answer: its family ends, even within the grace. What is kept of a
/// token gives nobody its successor.
#[test]
fn a_grandparent_ends_the_family() {
    let app = TestApp::start();
    let first = session(&app);
    let second = refresh(&app, first.str("/refresh_token")).expect(200);
    let again = refresh(&app, first.str("/refresh_token")).expect(200);
    assert_eq!(again.str("/refresh_token"), second.str("/refresh_token"));
    let third = refresh(&app, second.str("/refresh_token")).expect(200);
    let kept = database::text(
        &app.database,
        "SELECT string_agg(encode(token_hash, 'base64') || encode(coalesce(successor_seed, ''), 'base64'), ' ') AS text FROM refresh_tokens",
    );
    for token in [&first, &second, &third] {
        let bytes = URL_SAFE_NO_PAD.decode(token.str("/refresh_token")).unwrap();
        assert_eq!(bytes.len(), 32);
        assert!(!kept.contains(&STANDARD.encode(bytes)));
    }
    refresh(&app, first.str("/refresh_token")).problem(401, "invalid_refresh_token");
    refresh(&app, third.str("/refresh_token")).problem(401, "invalid_refresh_token");
    caller(&app, &third).get("/v1/me").problem(401, "unauthenticated");
}

/// O11: refreshing does not make a session longer, and a token of a session is nothing at the token endpoint.
#[test]
fn a_session_ends_at_its_time() {
    let app = TestApp::start();
    let payroll = system(&app, "payroll", &["reader"], &json!({}));
    let first = session(&app);
    app.clock.set(app.clock.now() + TimeDelta::days(6));
    let second = refresh(&app, first.str("/refresh_token")).expect(200);
    assert_eq!(first.str("/session_expires_at"), second.str("/session_expires_at"));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", second.str("/refresh_token"))];
    form(&app, "/oauth/token", Some(("payroll", &payroll.secret)), &fields).problem(400, "unsupported_grant_type");
    app.clock.set(app.clock.now() + TimeDelta::days(1));
    refresh(&app, second.str("/refresh_token")).problem(401, "invalid_refresh_token");
}

/// O12: secrets have 256 bits and are kept as digests; two live during a rotation.
#[test]
fn client_secrets_are_digests_and_two_live() {
    let app = TestApp::start();
    let payroll = system(&app, "payroll", &["reader"], &json!({}));
    assert_eq!(URL_SAFE_NO_PAD.decode(&payroll.secret).unwrap().len(), 32);
    let path = format!("/v1/clients/{}/rotate-secret", payroll.id);
    let rotated = app.sign_in("administrator").act(&path, "*", &json!({})).expect(200);
    for secret in [&*payroll.secret, rotated.str("/client_secret")] {
        token(&app, "payroll", secret, None).expect(200);
        let kept = database::text(
            &app.database,
            &format!("SELECT count(*)::text AS text FROM client_secrets WHERE secret_hash = sha256('{secret}'::bytea)"),
        );
        assert_eq!(kept, "1");
    }
    let third = app.sign_in("administrator").act(&path, "*", &json!({})).expect(200);
    let live = "SELECT count(*)::text AS text FROM client_secrets WHERE expires_at IS NULL";
    assert_eq!(database::text(&app.database, live), "1");
    app.clock.set(app.clock.now() + TimeDelta::hours(24));
    token(&app, "payroll", rotated.str("/client_secret"), None).problem(401, "invalid_client");
    token(&app, "payroll", third.str("/client_secret"), None).expect(200);
}

/// O13: what somebody must answer for in person is refused to every system, whatever its roles; a person may.
#[test]
fn systems_decide_nothing() {
    let app = TestApp::start();
    let robot = system(&app, "robot", &["decider", "organisation_officer"], &json!({}));
    let given = token(&app, "robot", &robot.secret, None).expect(200);
    token(&app, "robot", &robot.secret, Some("rotations.decide")).problem(400, "invalid_scope");
    let robot = caller(&app, &given);
    let me = robot.get("/v1/me").expect(200);
    let may: Vec<&str> = me.body["permissions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(may.contains(&"rotations.read") && !may.contains(&"rotations.decide"), "{may:?}");
    let document: Value = serde_json::from_str(&canbo::app::document_text().unwrap()).unwrap();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation.pointer("/security/0/bearer/0") != Some(&json!("rotations.decide")) {
                continue;
            }
            seen += 1;
            let path = path.replace("{id}", "01994f7e-1111-7000-8000-000000000bad");
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
            for (client, wanted) in [(&robot, 403), (&app.sign_in("reader"), 403)] {
                let request = client.request(method.clone(), &path).header("if-match", "*").json(&json!({}));
                assert_eq!(Answer::of(request).status, wanted, "{path}");
            }
            let request =
                app.sign_in("decider").request(method.clone(), &path).header("if-match", "*").json(&json!({}));
            assert_ne!(Answer::of(request).status, 403, "{path}");
        }
    }
    assert!(seen >= 1);
}
