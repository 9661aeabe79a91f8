//! The whole decoder of tokens. Nothing panics, and nothing is taken but what was really issued.
//!
//! The first byte says what the others are: a token; a good token with bytes of it changed; claims or a header that our
//! key signs; claims that the key of an identity provider signs. The last three reach behind the signature. What is
//! taken there is held against a second reading of the claims, which knows nothing of the first.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use canbo::identity::tokens::{LEEWAY, LIFE, Pace, Provider, Subject, Tokens};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer, SigningKey};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const ISSUER: &str = "https://canbo.example.vn";
const OTHER: &str = "https://sso.example.vn";

struct Gate {
    tokens: Arc<Tokens>,
    now: DateTime<Utc>,
    own: SigningKey,
    own_kid: String,
    other: SigningKey,
    issued: Vec<String>,
}

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let now = DateTime::from_timestamp(1_795_420_800, 0).unwrap();
    let (own, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let x = |key: &SigningKey| BASE64.encode(key.verifying_key().as_bytes());
    let own_kid = BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, x(&own))));
    let folder = std::env::temp_dir().join(format!("canbo-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "other", "x": x(&other)}]});
    std::fs::write(folder.join("jwks.json"), keys.to_string()).unwrap();
    let providers = json!([{"issuer": OTHER, "jwks_file": folder.join("jwks.json"), "audience": "canbo",
        "account_claim": "name", "algorithms": ["EdDSA"], "narrowed_by_scope": true}]);
    std::fs::write(folder.join("providers.json"), providers.to_string()).unwrap();
    let pace = Pace { least: std::time::Duration::from_secs(3600), most: std::time::Duration::from_secs(3600) };
    let providers = Provider::from_file(&folder.join("providers.json"), pace).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for provider in &providers {
        assert!(runtime.block_on(provider.refresh(&[])), "the provider's key is read");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let tokens = Tokens::from_keys(ISSUER, &[own.clone()]).unwrap().trusting(providers).unwrap();
    let subjects = [
        Subject::Account { account: Uuid::from_u128(1), session: Uuid::from_u128(2) },
        Subject::Client { client: Uuid::from_u128(3), scope: None },
    ];
    let issued = subjects.iter().map(|subject| tokens.issue(subject, None, Uuid::from_u128(4), now).unwrap()).collect();
    Gate { tokens: Arc::new(tokens), now, own, own_kid, other, issued }
});

fn sign(key: &SigningKey, header: &[u8], payload: &[u8]) -> String {
    let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let signature = key.sign(text.as_bytes());
    format!("{text}.{}", BASE64.encode(signature.to_bytes()))
}

/// The second reading of what was taken.
fn fits(payload: &[u8], gate: &Gate, issuer: &str, longest: i64) -> bool {
    let Ok(claims) = serde_json::from_slice::<Value>(payload) else { return false };
    let now = gate.now.timestamp();
    let audience = claims["aud"] == "canbo" || claims["aud"].as_array().is_some_and(|list| list.contains(&json!("canbo")));
    let (Some(issued), Some(ends)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else { return false };
    let leeway = LEEWAY.num_seconds();
    claims["iss"] == issuer && audience && issued <= now + leeway && now < ends + leeway && ends - issued <= longest && ends > issued
}

fuzz_target!(|data: &[u8]| {
    let gate = &*GATE;
    let Some((how, rest)) = data.split_first() else { return };
    let own_header = || json!({"typ": "at+jwt", "alg": "EdDSA", "kid": gate.own_kid}).to_string();
    let verify = |token: &str| gate.tokens.verify(token, gate.now);
    match how % 5 {
        0 => {
            let text = String::from_utf8_lossy(rest);
            if verify(&text).is_ok() {
                assert!(gate.issued.iter().any(|token| *token == text), "{text}");
            }
        }
        1 => {
            let good = &gate.issued[rest.len() % gate.issued.len()];
            let mut bytes = good.clone().into_bytes();
            for change in rest.chunks_exact(3).take(8) {
                let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % bytes.len();
                bytes[place] = change[2] & 0x7F;
            }
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(verify(&text).is_ok(), gate.issued.iter().any(|token| *token == text), "{text}");
        }
        2 => {
            if let Ok(subject) = verify(&sign(&gate.own, own_header().as_bytes(), rest)) {
                assert!(fits(rest, gate, ISSUER, LIFE.num_seconds()), "{subject:?}");
                assert!(!matches!(subject, Subject::External { .. }));
            }
        }
        3 => {
            let payload = json!({"iss": ISSUER, "aud": "canbo", "sub": Uuid::nil(), "client_id": "x", "jti": Uuid::nil(),
                "iat": gate.now.timestamp(), "exp": gate.now.timestamp() + 600});
            if verify(&sign(&gate.own, rest, payload.to_string().as_bytes())).is_ok() {
                let header: Value = serde_json::from_slice(rest).unwrap();
                let typ = header["typ"].as_str().unwrap().to_ascii_lowercase();
                assert!(header["alg"] == "EdDSA" && header["kid"] == gate.own_kid && typ.ends_with("at+jwt"), "{header}");
                assert_eq!(header.as_object().unwrap().len(), 3, "{header}");
            }
        }
        _ => {
            if let Ok(subject) = verify(&sign(&gate.other, br#"{"alg":"EdDSA","kid":"other"}"#, rest)) {
                assert!(fits(rest, gate, OTHER, 3600), "{subject:?}");
                assert!(matches!(subject, Subject::External { .. }), "{subject:?}");
            }
        }
    }
});
