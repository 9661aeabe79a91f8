//! Headers, keys and signatures that are not ours.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canbo::platform::clock::Clock;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Gate;
use crate::support::app::http;
use crate::support::forge::{Forge, kid, part};
use crate::support::{PASSWORD, TODAY, TestApp, database, day};

/// J03: without a signature nothing is a token.
#[test]
fn no_algorithm_is_none() {
    let gate = Gate::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let mut forge = gate.forge.clone();
        forge.header["alg"] = json!(alg);
        let (signed, signature) = (forge.token(), part([0; 64]));
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        for token in [&signed, &format!("{unsigned}."), unsigned, &format!("{unsigned}.{signature}")] {
            gate.refuses(&format!("{alg}: {token}"), token);
        }
    }
    let good = gate.forge.token();
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    gate.refuses("without a third part", unsigned);
    gate.refuses("with an empty one", &format!("{unsigned}."));
}

fn hmac(secret: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// J04 J05: our public key, in whatever form, and other guesses are no HMAC secret.
#[test]
fn a_public_key_is_no_hmac_secret() {
    let gate = Gate::new();
    let public = gate.forge.key.verifying_key();
    let pem = public.to_public_key_pem(LineEnding::LF).unwrap();
    let der = public.to_public_key_der().unwrap().as_bytes().to_vec();
    let raw = public.as_bytes().to_vec();
    let mut secrets: Vec<Vec<u8>> = vec![
        pem.as_bytes().to_vec(),
        der.clone(),
        raw.clone(),
        part(&raw).into_bytes(),
        Vec::new(),
        b"secret".to_vec(),
    ];
    secrets.extend([vec![0; 32], b"canbo".to_vec(), b"changeit".to_vec(), kid(&gate.forge.key).into_bytes()]);
    secrets.extend([STANDARD.encode(&pem), STANDARD.encode(&der), STANDARD.encode(&raw)].map(String::into_bytes));
    for secret in secrets.clone() {
        let trimmed = String::from_utf8_lossy(&secret).trim_end().as_bytes().to_vec();
        secrets.extend([[secret.clone(), b"\n".to_vec()].concat(), trimmed]);
    }
    for alg in ["HS256", "HS384", "HS512"] {
        for secret in &secrets {
            let mut forge = gate.forge.clone();
            forge.header["alg"] = json!(alg);
            let token = forge.token();
            let (signed, _) = token.rsplit_once('.').unwrap();
            gate.refuses(alg, &format!("{signed}.{}", part(hmac(secret, signed))));
        }
    }
}

/// J06: the header's algorithm is that of the key, or the token is none, though the signature is good.
#[test]
fn the_algorithm_is_the_keys() {
    let gate = Gate::new();
    for alg in ["RS256", "ES256", "PS256", "HS256", "Ed25519", "Ed448", "eddsa", "EDDSA", " EdDSA", "EdDSA\u{0}"] {
        gate.refuses_header("alg", json!(alg));
    }
    for alg in [json!(null), json!(1), json!(["EdDSA"]), json!({"EdDSA": 1}), json!(true)] {
        gate.refuses_header("alg", alg);
    }
    for absent in ["alg", "kid", "typ"] {
        let mut forge = gate.forge.clone();
        forge.header.as_object_mut().unwrap().remove(absent).unwrap();
        gate.refuses(&format!("without {absent}"), &forge.token());
    }
}

/// The order of Ed25519's group, little-endian.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// J07: a signature has one form.
#[test]
fn a_signature_has_one_form() {
    let gate = Gate::new();
    let good = gate.forge.token();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut malleated = signature.clone();
    let mut carry = 0;
    for (byte, more) in malleated[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(carry, 0);
    let der = [&[0x30, 0x44, 0x02, 0x20], &signature[..32], &[0x02, 0x20], &signature[32..]].concat();
    let mut identity = vec![0; 64];
    identity[0] = 1;
    for (what, bytes) in [
        ("zero", vec![0; 64]),
        ("the identity and zero", identity),
        ("S + L", malleated),
        ("DER", der),
        ("one byte", vec![1]),
        ("cut", signature[..63].to_vec()),
        ("half", signature[..32].to_vec()),
        ("longer", [signature.as_slice(), &[0]].concat()),
        ("twice", [signature.as_slice(), &signature].concat()),
        ("halves exchanged", [&signature[32..], &signature[..32]].concat()),
    ] {
        gate.refuses(what, &format!("{signed}.{}", part(bytes)));
    }
}

/// J08: a `kid` is looked up among the ids of keys and nowhere else: with a database that is not there, a bad token is
/// the same 401, and only a good one comes as far as needing it.
#[test]
fn a_kid_is_an_id_of_a_key() {
    let gate = Gate::new();
    let other = SigningKey::from_bytes(&[8; 32]);
    let lone = TestApp::with("canbo_not_there".to_owned(), http(), Clock::manual_on(day(TODAY)));
    let kids = [
        json!(""),
        json!("unknown"),
        json!("../../dev/null"),
        json!("/etc/passwd"),
        json!("' OR 1=1--"),
        json!(format!("{}\u{0}", kid(&gate.forge.key))),
        json!("\u{0}"),
        json!("k".repeat(5_000)),
        json!("k".repeat(10_000)),
        json!([kid(&gate.forge.key)]),
        json!({}),
        json!(null),
        json!(0),
        json!(kid(&other)),
    ];
    for kid in kids {
        gate.refuses_header("kid", kid.clone());
        let mut forge = gate.forge.clone();
        forge.header["kid"] = kid;
        lone.anonymous().with_token(&forge.token()).get("/v1/me").problem(401, "unauthenticated");
    }
    lone.anonymous().with_token(&gate.forge.token()).get("/v1/me").problem(503, "unavailable");
    // The kid of our key over a signature of another.
    let forge = Forge { key: other, ..gate.forge.clone() };
    gate.refuses("the kid of another key", &forge.token());
}

/// J08: with two live keys, the kid of the one does not serve for the other.
#[test]
fn the_kid_of_another_live_key_is_refused() {
    use canbo::identity::tokens::Tokens;
    let keys = [SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32])];
    let (clock, both) = (Clock::manual_on(day(TODAY)), keys.clone());
    let app =
        TestApp::gated(database::founded(), http(), clock, move |issuer, _| Tokens::from_keys(issuer, &both).unwrap());
    let forge = super::mighty(&app);
    for (signs, named, status) in [(0, 0, 200), (1, 1, 200), (0, 1, 401), (1, 0, 401)] {
        let mut forge = Forge { key: keys[signs].clone(), ..forge.clone() };
        forge.header["kid"] = json!(kid(&keys[named]));
        app.anonymous().with_token(&forge.token()).get("/v1/me").expect(status);
    }
}

/// J09: a key that the token brings or points at is not looked at, and nobody is asked for it.
#[test]
fn a_key_that_the_token_brings_is_not_asked_for() {
    let gate = Gate::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}/keys", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.unwrap().read(&mut [0; 16]);
        }
    });
    let attacker = SigningKey::from_bytes(&[66; 32]);
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "x": part(attacker.verifying_key().as_bytes()), "kid": kid(&attacker)});
    for (name, value) in [
        ("jku", json!(address)),
        ("x5u", json!(address)),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("x")),
        ("x5t#S256", json!("x")),
        ("iss", json!(address)),
    ] {
        gate.refuses_header(name, value.clone());
        for named in [kid(&attacker), kid(&gate.forge.key), address.clone()] {
            let mut forge = Forge { key: attacker.clone(), ..gate.forge.clone() };
            forge.header[name] = value.clone();
            forge.header["kid"] = json!(named);
            gate.refuses(name, &forge.token());
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(asked.load(Ordering::SeqCst), 0, "somebody was asked");
}

/// J10: what a header calls critical or changes the meaning of the rest is refused, known to us or not.
#[test]
fn headers_have_no_other_members() {
    let gate = Gate::new();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["http://example.vn/unknown"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
        ("unknown", json!(1)),
    ] {
        gate.refuses_header(name, value);
    }
}

/// J11: only access tokens are, by their type, in any case of letters.
#[test]
fn only_an_access_token_is_one() {
    let gate = Gate::new();
    for typ in ["JWT", "jwt", "id_token", "refresh", "rt+jwt", "at+jwt ", "text/at+jwt", "at+jwt; x", "logout+jwt", ""]
    {
        gate.refuses_header("typ", json!(typ));
    }
    for typ in [json!(null), json!(1), json!(["at+jwt"])] {
        gate.refuses_header("typ", typ);
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let mut forge = gate.forge.clone();
        forge.header["typ"] = json!(typ);
        gate.takes(typ, &forge.token());
    }
}

/// J20: an encrypted token that asks for two thousand million rounds of hashing costs nothing.
#[test]
fn an_encrypted_token_is_none() {
    let gate = Gate::new();
    let header = |value: Value| part(value.to_string());
    let expensive =
        header(json!({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2_147_483_648_u64, "p2s": "AAAA"}));
    let bomb = header(json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}));
    for head in [expensive, bomb] {
        for token in
            [format!("{head}.AAAA.AAAA.AAAA.AAAA"), format!("{head}..AAAA.AAAA.AAAA"), format!("{head}.AAAA.AAAA")]
        {
            let started = Instant::now();
            gate.refuses("encrypted", &token);
            assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        }
    }
}

/// J23: one secret does not serve as another.
#[test]
fn other_secrets_are_no_access_tokens() {
    let gate = Gate::new();
    let anonymous = gate.app.anonymous();
    let signed = anonymous.post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
    gate.refuses("a refresh token", signed.str("/refresh_token"));
    let access = json!({"refresh_token": signed.str("/access_token")});
    anonymous.post("/v1/sessions/refresh", &access).problem(401, "invalid_refresh_token");
    let client = gate.app.sign_in("administrator").post("/v1/clients", &json!({"client_id": "other", "name": "x"}));
    gate.refuses("a client's secret", client.expect(201).str("/client_secret"));
    gate.refuses("a password", PASSWORD);
    let mut id_token = gate.forge.clone().claim("nonce", json!("n"));
    id_token.header["typ"] = json!("JWT");
    gate.refuses("an ID token", &id_token.token());
}

/// J24: another environment's tokens are not ours, nor are those of another issuer with the same keys.
#[test]
fn tokens_of_another_environment_are_refused() {
    let gate = Gate::new();
    let other = TestApp::with(
        gate.app.database.clone(),
        canbo::platform::config::HttpSettings { issuer: "https://staging.canbo.test".to_owned(), ..http() },
        gate.app.clock.clone(),
    );
    let token = gate.forge.token();
    other.anonymous().with_token(&token).get("/v1/me").problem(401, "unauthenticated");
    let theirs =
        other.anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
    gate.refuses("of another issuer with our keys", theirs.str("/access_token"));
    let forge = Forge { key: SigningKey::from_bytes(&[9; 32]), ..gate.forge.clone() };
    let mut known = forge.clone();
    known.header["kid"] = json!(kid(&forge.key));
    gate.refuses("of another environment's key", &known.token());
}
