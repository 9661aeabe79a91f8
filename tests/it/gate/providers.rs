//! Tokens of an identity provider, whose keys come over a real connection from a server of the test.

mod https;
mod server;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use canbo::identity::tokens::{Pace, Provider, Tokens};
use canbo::platform::clock::Clock;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};

use self::server::{Says, Server};
use crate::support::app::{SIGNING_KEY, http};
use crate::support::forge::{Forge, kid, part};
use crate::support::{Answer, PASSWORD, TODAY, TestApp, database, day};

const ISSUER: &str = "https://sso.dienbien.test/realms/province";
/// So quick that a test need not wait.
const QUICK: Pace = Pace { least: Duration::from_millis(300), most: Duration::from_mins(1) };

/// A key of the provider.
struct Signs {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Signs {
    fn new(kid: &str, algorithm: Algorithm) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(include_bytes!("ec.pem")).unwrap(),
            Algorithm::EdDSA => Self::ed25519(),
            _ => EncodingKey::from_rsa_pem(include_bytes!("rsa.pem")).unwrap(),
        };
        Self { kid: kid.to_owned(), algorithm, key }
    }

    fn ed25519() -> EncodingKey {
        let pem = SigningKey::from_bytes(&[5; 32]).to_pkcs8_pem(LineEnding::LF).unwrap();
        EncodingKey::from_ed_pem(pem.as_bytes()).unwrap()
    }

    fn jwk(&self) -> Value {
        if self.algorithm == Algorithm::EdDSA {
            let x = part(SigningKey::from_bytes(&[5; 32]).verifying_key().as_bytes());
            return json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": self.kid, "x": x});
        }
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk
    }

    fn token(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

fn set(keys: &[&Signs]) -> Says {
    Says::Text(json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string())
}

/// The claims of a token that is good on the day of the tests.
fn claims(name: &str) -> Value {
    let now = Clock::manual_on(day(TODAY)).now().timestamp();
    json!({"iss": ISSUER, "aud": ["account", "canbo"], "sub": "f:1:an", "preferred_username": name, "iat": now,
        "exp": now + 300, "scope": "openid profile", "realm_access": {"roles": ["x"]}})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims("reader");
    claims[name] = value;
    claims
}

fn file(text: &str) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let name = format!("canbo-providers-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::SeqCst));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The setting for a provider at this address.
fn setting(url: &str) -> Value {
    json!({"issuer": ISSUER, "jwks_url": url, "audience": "canbo", "account_claim": "preferred_username",
        "algorithms": ["RS256", "ES256", "EdDSA"]})
}

fn app(setting: &Value, pace: Pace) -> TestApp {
    let path = file(&json!([setting]).to_string());
    TestApp::gated(database::founded(), http(), Clock::manual_on(day(TODAY)), move |issuer, _| {
        let tokens = Tokens::from_keys(issuer, &[SigningKey::from_bytes(&SIGNING_KEY)]).unwrap();
        let tokens = tokens.trusting(Provider::from_file(&path, pace).unwrap()).unwrap();
        std::fs::remove_file(path).unwrap();
        tokens
    })
}

fn ask(app: &TestApp, token: &str) -> Answer {
    app.anonymous().with_token(token).get("/v1/me")
}

#[track_caller]
fn soon(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The worked example of the README: a token of the province's single sign-on speaks for the account that it names, with
/// the roles of that account, by each of the algorithms; and stops with the account.
#[test]
fn a_providers_token_speaks_for_an_account() {
    let keys =
        [Signs::new("rsa", Algorithm::RS256), Signs::new("ec", Algorithm::ES256), Signs::new("ed", Algorithm::EdDSA)];
    let server = Server::start(set(&keys.iter().collect::<Vec<_>>()));
    let app = app(&setting(&server.url()), QUICK);
    for key in &keys {
        let token = key.token(&claims("reader"));
        soon("the first token", || ask(&app, &token).status == 200);
        let me = ask(&app, &token).expect(200);
        assert_eq!((me.str("/kind"), me.str("/name"), me.str("/roles/0/role")), ("account", "reader", "reader"));
        let caller = app.anonymous().with_token(&token);
        caller.get("/v1/units").expect(200);
        caller.get("/v1/accounts").problem(403, "forbidden");
        // There is no session to end.
        Answer::of(caller.request(Method::DELETE, "/v1/sessions/current")).problem(404, "not_found");
    }
    let token = keys[0].token(&claims("reader"));
    let refused = ask(&app, "").text.len();
    for nobody in ["nobody-here", "READER", "reader ", "reader\u{0}", "' OR 1=1--", "*"] {
        let answer = ask(&app, &keys[1].token(&claims(nobody))).problem(401, "unauthenticated");
        assert_eq!(answer.text.len(), refused, "one answer for all: {}", answer.text);
    }
    let administrator = app.sign_in("administrator");
    let rows = administrator.get("/v1/accounts?limit=200").expect(200);
    let id = rows.rows().iter().find(|row| row["user_name"] == "reader").unwrap()["id"].as_str().unwrap().to_owned();
    administrator.patch(&format!("/v1/accounts/{id}"), "*", &json!({"disabled": true})).expect(200);
    ask(&app, &token).problem(401, "unauthenticated");
}

/// A provider's token is held to the same strictness: one key, one algorithm, typed claims, a life of an hour.
#[test]
fn a_providers_token_is_read_strictly() {
    let (rsa, ec) = (Signs::new("rsa", Algorithm::RS256), Signs::new("ec", Algorithm::ES256));
    let server = Server::start(set(&[&rsa, &ec]));
    let app = app(&setting(&server.url()), QUICK);
    let good = rsa.token(&claims("reader"));
    soon("the first token", || ask(&app, &good).status == 200);
    let now = app.clock.now().timestamp();
    let refuses = |what: &str, token: &str| {
        ask(&app, token).problem(401, "unauthenticated");
        assert_eq!(ask(&app, &good).status, 200, "{what}");
    };
    for (name, value) in [
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", json!([ISSUER])),
        ("iss", json!(http().issuer)),
        ("aud", json!("account")),
        ("aud", json!([])),
        ("aud", json!(["canb"])),
        ("aud", json!(null)),
        ("aud", json!(["canbo", 1])),
        ("exp", json!(null)),
        ("exp", json!("9999999999")),
        ("exp", json!(1e12)),
        ("exp", json!(now + 3_601)),
        ("exp", json!(now - 10)),
        ("iat", json!(now + 11)),
        ("iat", json!(null)),
        ("iat", json!("0")),
        ("nbf", json!(now + 11)),
        ("nbf", json!("0")),
        ("nbf", json!(null)),
        ("preferred_username", json!(null)),
        ("preferred_username", json!("")),
        ("preferred_username", json!(["reader"])),
        ("preferred_username", json!({"name": "reader"})),
        ("preferred_username", json!(7)),
    ] {
        refuses(&format!("{name} {value}"), &rsa.token(&with(name, value)));
    }
    for name in ["iss", "aud", "exp", "iat", "preferred_username"] {
        let mut claims = claims("reader");
        claims.as_object_mut().unwrap().remove(name);
        refuses(name, &rsa.token(&claims));
    }
    let header = |header: Value| {
        let (signed, text) = (good.split('.').collect::<Vec<_>>(), part(header.to_string()));
        format!("{text}.{}.{}", signed[1], signed[2])
    };
    for bad in [
        json!({"alg": "HS256", "kid": "rsa"}),
        json!({"alg": "PS256", "kid": "rsa"}),
        json!({"alg": "none", "kid": "rsa"}),
        json!({"alg": "RS256"}),
        json!({"alg": "RS256", "kid": "ec"}),
        json!({"alg": "RS256", "kid": "rsa", "jku": server.url()}),
        json!({"alg": "RS256", "kid": "rsa", "crit": ["exp"]}),
    ] {
        refuses(&bad.to_string(), &header(bad.clone()));
    }
    // The same key under another algorithm of its family: a key has one.
    let mut other = Header::new(Algorithm::PS256);
    other.kid = Some("rsa".to_owned());
    refuses("PS256", &jsonwebtoken::encode(&other, &claims("reader"), &rsa.key).unwrap());
    let other = Signs { kid: "ec".to_owned(), ..Signs::new("rsa", Algorithm::RS256) };
    refuses("the id of another key", &other.token(&claims("reader")));
    // The life is at most an hour, and the claims may be many: those of the provider are its own.
    let longest = with("exp", json!(now + 3_600));
    assert_eq!(ask(&app, &rsa.token(&longest)).status, 200);
    // A repeated claim, also one that nobody looks at.
    let text = claims("reader").to_string();
    let twice = format!("{},\"realm_access\":{{}}}}", text.strip_suffix('}').unwrap());
    let ed = Forge {
        key: SigningKey::from_bytes(&[5; 32]),
        header: json!({"alg": "EdDSA", "kid": "ed"}),
        claims: json!({}),
    };
    server.say(set(&[&Signs::new("ed", Algorithm::EdDSA), &rsa]));
    let fine = ed.raw(ed.header.to_string(), &text);
    soon("the other key", || ask(&app, &fine).status == 200);
    refuses("a repeated claim", &ed.raw(ed.header.to_string(), twice));
}

/// A provider speaks neither for us nor by the ids of our keys.
#[test]
fn a_provider_does_not_speak_for_us() {
    let ours = SigningKey::from_bytes(&SIGNING_KEY);
    let mut thief = Signs::new("ed", Algorithm::EdDSA);
    thief.kid = kid(&ours);
    let honest = Signs::new("rsa", Algorithm::RS256);
    let server = Server::start(set(&[&thief, &honest]));
    let app = app(&setting(&server.url()), QUICK);
    soon("the first token", || ask(&app, &honest.token(&claims("reader"))).status == 200);
    ask(&app, &thief.token(&claims("reader"))).problem(401, "unauthenticated");
    let forge = Forge::client("01994f7e-0000-7000-8000-000000000001", "x", app.clock.now());
    ask(&app, &honest.token(&forge.claims)).problem(401, "unauthenticated");
    app.sign_in("reader").get("/v1/me").expect(200);

    let refused = |text: &Value| {
        let path = file(&text.to_string());
        let tokens = Tokens::from_keys("https://canbo.test", std::slice::from_ref(&ours)).unwrap();
        let ended = Provider::from_file(&path, QUICK).and_then(|providers| tokens.trusting(providers));
        std::fs::remove_file(path).unwrap();
        ended.err().unwrap_or_else(|| panic!("{text} is taken")).to_string()
    };
    let change = |name: &str, value: Value| {
        let mut setting = setting("https://sso.test/keys");
        setting[name] = value;
        json!([setting])
    };
    for own in ["https://canbo.test", "https://canbo.test/", "HTTPS://CANBO.TEST"] {
        assert!(refused(&change("issuer", json!(own))).contains("our own issuer"), "{own}");
    }
    assert!(refused(&json!([setting("https://a.test/"), setting("https://b.test/")])).contains("twice"));
    for url in [
        "http://sso.test/keys",
        "ftp://sso.test/",
        "sso.test",
        "http://127.0.0.1.sso.test/",
        "https://a:b@sso.test/",
        "",
    ] {
        assert!(refused(&change("jwks_url", json!(url))).contains("identity provider"), "{url}");
    }
    for (name, value) in [
        ("algorithms", json!(["HS256"])),
        ("algorithms", json!(["none"])),
        ("algorithms", json!([])),
        ("audience", json!("")),
        ("audience", json!(["canbo"])),
        ("account_claim", json!("")),
        ("jwks_file", json!("/tmp/x")),
        ("unknown", json!(1)),
        ("ca_file", json!("/nowhere")),
    ] {
        refused(&change(name, value));
    }
}

/// Whether `scope` narrows, and the kind of token, are the operator's to say.
#[test]
fn a_provider_may_be_narrowed() {
    let key = Signs::new("rsa", Algorithm::RS256);
    let server = Server::start(set(&[&key]));
    let mut setting = setting(&server.url());
    setting["narrowed_by_scope"] = json!(true);
    setting["typ"] = json!("at+jwt");
    let app = app(&setting, QUICK);
    let token = |typ: &str, scope: &str| {
        let mut header = Header::new(Algorithm::RS256);
        (header.kid, header.typ) = (Some("rsa".to_owned()), Some(typ.to_owned()));
        jsonwebtoken::encode(&header, &with("scope", json!(scope)), &key.key).unwrap()
    };
    soon("the first token", || ask(&app, &token("at+jwt", "units.read")).status == 200);
    ask(&app, &token("JWT", "units.read")).problem(401, "unauthenticated");
    let caller = app.anonymous().with_token(&token("AT+JWT", "openid units.read"));
    assert_eq!(caller.get("/v1/me").expect(200).body["permissions"], json!(["signed_in", "units.read"]));
    caller.get("/v1/units").expect(200);
    caller.get("/v1/posts").problem(403, "forbidden");
    ask(&app, &key.token(&claims("reader"))).problem(401, "unauthenticated");
}

/// J28: keys that the provider changes are followed, and those that it takes back are worth nothing.
#[test]
fn a_providers_keys_are_followed() {
    let (old, new) = (Signs::new("old", Algorithm::RS256), Signs::new("new", Algorithm::ES256));
    let server = Server::start(set(&[&old]));
    let app = app(&setting(&server.url()), QUICK);
    let (first, second) = (old.token(&claims("reader")), new.token(&claims("decider")));
    soon("the first token", || ask(&app, &first).status == 200);
    ask(&app, &second).problem(401, "unauthenticated");
    server.say(set(&[&old, &new]));
    soon("the second key", || ask(&app, &second).status == 200);
    assert_eq!(ask(&app, &first).status, 200, "inside the overlap");
    server.say(set(&[&new]));
    // A kid that nobody knows makes it look again.
    soon("the end of the first key", || {
        ask(&app, &Signs::new("lure", Algorithm::RS256).token(&claims("reader")));
        ask(&app, &first).status == 401
    });
    assert_eq!(ask(&app, &second).status, 200);
}

/// J28: a flood of unknown kids asks the provider no more often than the stated pace, and good tokens are not slowed.
#[test]
fn a_flood_of_unknown_kids_asks_nobody() {
    let (key, stranger) = (Signs::new("rsa", Algorithm::RS256), Signs::new("ed", Algorithm::EdDSA));
    let server = Server::start(set(&[&key]));
    let app = app(&setting(&server.url()), Pace::default());
    let good = key.token(&claims("reader"));
    soon("the first token", || ask(&app, &good).status == 200);
    assert_eq!(server.asked(), 1);
    let started = Instant::now();
    for n in 0..300 {
        let stranger = Signs { kid: format!("kid-{n}"), key: Signs::ed25519(), ..stranger };
        ask(&app, &stranger.token(&claims("reader"))).problem(401, "unauthenticated");
        assert_eq!(ask(&app, &good).status, 200);
    }
    assert!(started.elapsed() < Pace::default().least, "{:?}", started.elapsed());
    assert_eq!(server.asked(), 1, "once at the start, and not again within thirty seconds");
}

/// J28: at a quicker pace, which a test can wait for: asked again once a pace, however many tokens come.
#[test]
fn the_pace_bounds_the_asking() {
    let (key, stranger) = (Signs::new("rsa", Algorithm::RS256), Signs::new("ed", Algorithm::EdDSA));
    let server = Server::start(set(&[&key]));
    let app = app(&setting(&server.url()), QUICK);
    soon("the first token", || ask(&app, &key.token(&claims("reader"))).status == 200);
    let (started, before) = (Instant::now(), server.asked());
    while started.elapsed() < Duration::from_secs(2) {
        ask(&app, &stranger.token(&claims("reader"))).problem(401, "unauthenticated");
    }
    let (asked, paces) = (server.asked() - before, started.elapsed().as_millis() / QUICK.least.as_millis());
    assert!(asked >= 2 && u128::from(asked) <= paces + 1, "asked {asked} times in {paces} paces");
}

/// I20: whatever the provider answers, or does not, is bounded, and the keys of before stay.
#[test]
fn bad_answers_of_a_provider_keep_the_old_keys() {
    let (key, lure) = (Signs::new("rsa", Algorithm::RS256), Signs::new("lure", Algorithm::ES256));
    let server = Server::start(Says::Nothing);
    // It has no keys when the service starts: the service serves, and knows no such token.
    let app = app(&setting(&server.url()), QUICK);
    let good = key.token(&claims("reader"));
    ask(&app, &good).problem(401, "unauthenticated");
    app.sign_in("reader").get("/v1/units").expect(200);
    server.say(set(&[&key]));
    soon("the first token", || ask(&app, &good).status == 200);

    let other = Server::start(set(&[&lure]));
    let many: Vec<Value> = (0..65).map(|n| Signs::new(&n.to_string(), Algorithm::EdDSA).jwk()).collect();
    let both = |status: &str, extra: &str| {
        let Says::Text(text) = set(&[&lure]) else { panic!() };
        Says::Raw(format!("HTTP/1.1 {status}\r\n{extra}Content-Length: {}\r\n\r\n{text}", text.len()))
    };
    for (what, says) in [
        ("junk", Says::Text("<html>".to_owned())),
        ("no JSON", Says::Text("{\"keys\":[".to_owned())),
        ("another shape", Says::Text("{\"keys\":{}}".to_owned())),
        ("nothing at all", Says::Text(String::new())),
        ("no list", Says::Text("[]".to_owned())),
        ("too many keys", Says::Text(json!({"keys": many}).to_string())),
        ("10 MB", Says::Large(10 * 1024 * 1024)),
        ("an endless body", Says::Endless),
        ("500", both("500 Internal Server Error", "")),
        ("404", both("404 Not Found", "")),
        ("204", both("204 No Content", "")),
        ("a redirect", both("302 Found", &format!("Location: {}\r\n", other.url()))),
        ("no HTTP", Says::Raw("SSH-2.0-OpenSSH\r\n".to_owned())),
        ("endless headers", Says::Raw(format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(100_000)))),
        ("a close", Says::Nothing),
        ("a body cut short", Says::Raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":[]}".to_owned())),
        ("a hang", Says::Hang),
    ] {
        server.say(says);
        let before = server.asked();
        soon(what, || {
            // Good tokens are served while the provider is being asked.
            let started = Instant::now();
            ask(&app, &lure.token(&claims("reader"))).problem(401, "unauthenticated");
            assert_eq!(ask(&app, &good).status, 200, "{what}");
            assert!(started.elapsed() < Duration::from_secs(2), "{what}");
            server.asked() >= before + 2 || what == "a hang" && server.asked() > before
        });
    }
    assert_eq!(other.asked(), 0, "no redirect is followed");
    // The hang ends by itself, and what is good is followed again.
    server.say(set(&[&lure]));
    soon("the next key", || ask(&app, &lure.token(&claims("reader"))).status == 200);
    app.anonymous().signed_in("reader", PASSWORD).get("/v1/me").expect(200);
}
