//! The decoder alone, with many inputs; what callers see of it is tried over HTTP.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::Signer as _;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://canbo.example.vn";

fn tokens(seed: u8, issuer: &str) -> Tokens {
    Tokens::from_keys(issuer, &[SigningKey::from_bytes(&[seed; 32])]).unwrap()
}

fn client(scope: Option<Permissions>) -> Subject {
    Subject::Client { client: Uuid::from_u128(9), scope }
}

fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn good(ours: &Tokens) -> String {
    ours.issue(&client(None), Some("other"), Uuid::from_u128(3), now()).unwrap()
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "canbo", "sub": Uuid::from_u128(9), "client_id": "other", "jti": Uuid::from_u128(3),
        "iat": now().timestamp(), "exp": now().timestamp() + 600})
}

/// A token of these bytes that our key has really signed.
fn signed(payload: impl AsRef<[u8]>) -> String {
    let key = keys::Key::new(SigningKey::from_bytes(&[1; 32]), now(), PathBuf::new());
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key.kid()}).to_string();
    let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let signature = BASE64.encode(key.private().sign(text.as_bytes()).to_bytes());
    format!("{text}.{signature}")
}

#[test]
fn a_token_is_good_for_its_issuer_key_and_time_alone() {
    let ours = tokens(1, ISSUER);
    let subject = Subject::Account { account: Uuid::from_u128(1), session: Uuid::from_u128(2) };
    let token = ours.issue(&subject, None, Uuid::from_u128(3), now()).unwrap();
    // Twice: the second time it is remembered.
    for _ in 0..2 {
        assert_eq!(ours.verify(&token, now()).unwrap(), subject);
        assert_eq!(ours.verify(&token, now() + LIFE).unwrap(), subject);
        assert!(ours.verify(&token, now() + LIFE + LEEWAY).is_err());
        assert!(ours.verify(&token, now() - LEEWAY - TimeDelta::seconds(1)).is_err());
        assert!(tokens(2, ISSUER).verify(&token, now()).is_err());
        assert!(tokens(1, "https://other.example.vn").verify(&token, now()).is_err());
    }
    assert_eq!(ours.verify(&signed(claims().to_string()), now()).unwrap(), client(None), "the tests below sign well");
}

/// J22: each bit counts.
#[test]
fn every_flipped_bit_is_refused() {
    let ours = tokens(1, ISSUER);
    let token = good(&ours);
    ours.verify(&token, now()).unwrap();
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let forged = String::from_utf8(bytes).unwrap();
            assert!(ours.verify(&forged, now()).is_err(), "byte {at} bit {bit}");
        }
    }
}

/// J27: the scope of a token narrows it; what is no list of names in one string is refused.
#[test]
fn a_scope_narrows_or_is_refused() {
    let ours = tokens(1, ISSUER);
    for scope in [None, Permissions::of_scope("units.read posts.read")] {
        let token = ours.issue(&client(scope), Some("other"), Uuid::from_u128(3), now()).unwrap();
        assert_eq!(ours.verify(&token, now()).unwrap(), client(scope));
    }
    let nothing = Permissions::of_scope("*");
    assert!(ours.issue(&client(nothing), Some("other"), Uuid::from_u128(3), now()).is_err());
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    let read = |claims: &Value| ours.verify(&signed(claims.to_string()), now());
    assert_eq!(read(&with("scope", json!("* all nothing.known"))).unwrap(), client(nothing));
    for malformed in [json!(null), json!(["units.read"]), json!(7), json!(""), json!("units.read units.read")] {
        assert!(read(&with("scope", malformed.clone())).is_err(), "{malformed}");
    }
    let mut session = with("sid", json!(Uuid::from_u128(2)));
    assert!(read(&session).is_ok());
    session["scope"] = json!("units.read");
    assert!(read(&session).is_err(), "a session has no scope");
}

/// J29: a set that can sign nothing is refused before anything is served.
#[test]
fn a_set_without_a_key_that_signs_is_refused() {
    assert!(Tokens::from_keys(ISSUER, &[]).is_err());
    let folder = std::env::temp_dir().join(format!("canbo-keys-{}", std::process::id()));
    let clock = Clock::manual(now());
    assert!(Tokens::from_files(ISSUER, vec![folder.clone()], &clock).is_err(), "not there");
    let ids = crate::platform::id::Ids::seeded(1);
    folder::make(&folder, TimeDelta::zero(), &ids, now()).unwrap();
    Tokens::from_files(ISSUER, vec![folder.clone()], &clock).unwrap();
    let early = Clock::manual(now() - TimeDelta::days(1));
    let refused = Tokens::from_files(ISSUER, vec![folder.clone()], &early).err().unwrap().to_string();
    assert!(refused.contains("none signs yet"), "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// O09: the key set shows no private member.
#[test]
fn the_key_set_shows_no_private_member() {
    let set = tokens(1, ISSUER).jwks();
    let members: Vec<&String> = set["keys"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
}

/// J17: a repeated name is refused wherever it stands, also where nobody looks.
#[test]
fn repeated_names_are_found_at_any_depth() {
    for good in [r#"{"a":1,"b":{"a":[{"a":1},{"a":2}]}}"#, "{}", r#"{"a":{"b":null,"c":-1.5e3,"d":"x","e":true}}"#] {
        assert!(strict::object(good.as_bytes()).is_some(), "{good}");
    }
    for bad in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"x":{"a":1,"b":2,"a":3}}"#,
        r#"{"x":[[{"a":1,"a":1}]]}"#,
        "[]",
        "1",
        "",
        "{} {}",
        "\u{feff}{}",
    ] {
        assert!(strict::object(bad.as_bytes()).is_none(), "{bad}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(strict::object(deep.as_bytes()).is_none());
}

proptest! {
    /// J12: an instant is a whole number of seconds in bounds; every other end is refused.
    #[test]
    fn no_other_end_is_taken(end in prop_oneof![
        Just(json!(null)), Just(json!("123")), Just(json!(1e30)), Just(json!([])), Just(json!({})), Just(json!(true)),
        any::<f64>().prop_filter("a number", |n| n.is_finite()).prop_map(|n| json!(n)),
        any::<i64>().prop_map(|n| json!(n)),
        (-20_i64..620).prop_map(|n| json!(now().timestamp() + n)),
        (-20_i64..620).prop_map(|n| json!(f64::from(i32::try_from(now().timestamp() + n).unwrap()))),
        ".*".prop_map(|s| json!(s)),
    ]) {
        let mut claims = claims();
        claims["exp"] = end.clone();
        let good = tokens(1, ISSUER).verify(&signed(claims.to_string()), now()).is_ok();
        let fits = end.as_i64().is_some_and(|end| (1..=600).contains(&(end.saturating_sub(now().timestamp()))));
        prop_assert_eq!(good, fits, "{}", end);
    }

    /// J19: each value has one spelling: characters beside those of base64url, padding, other parts are refused.
    #[test]
    fn no_other_spelling_is_taken(at in 0_usize..400, what in "[=+/ \t\r\n.A-Za-z0-9_-]{1,3}", cut in 0_usize..3) {
        let ours = tokens(1, ISSUER);
        let token = good(&ours);
        let at = at.min(token.len());
        let mut other = format!("{}{what}{}", &token[..at], &token[(at + cut).min(token.len())..]);
        if other == token {
            other.push('=');
        }
        prop_assert!(ours.verify(&other, now()).is_err());
    }

    /// J18 J30: any bytes at all, signed by our own key, never panic, and never become a token.
    #[test]
    fn any_signed_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(tokens(1, ISSUER).verify(&signed(bytes), now()).is_err());
    }

    /// J30: any text at all is refused.
    #[test]
    fn any_text_is_refused(text in ".{0,300}") {
        prop_assert!(tokens(1, ISSUER).verify(&text, now()).is_err());
    }
}

/// J19: the bits of the last character that no byte needs are zero.
#[test]
fn trailing_bits_are_zero() {
    let ours = tokens(1, ISSUER);
    let token = good(&ours);
    // 64 bytes are 86 characters: of the last one four bits count for nothing.
    let (rest, last) = token.split_at(token.len() - 1);
    let others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    let spellings: Vec<String> =
        others.map(String::from).filter(|c| ours.verify(&format!("{rest}{c}"), now()).is_ok()).collect();
    assert_eq!(spellings, [last]);
}
