//! The public keys of an identity provider: a JWK set (RFC 7517), of which only what we can use is kept.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The most keys that a set may have.
const MOST: usize = 64;
/// Bytes of the modulus of an RSA key, least and most: 2048 and 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// One public key with its one algorithm.
pub struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl PublicKey {
    /// Whether a header's `alg` is this key's.
    pub fn is_for(&self, alg: &str) -> bool {
        name(self.algorithm) == Some(alg)
    }

    /// Whether the signature is of this key.
    pub fn verifies(&self, signed: &str, signature: &[u8]) -> bool {
        // Named, so that no other crate can put another implementation in its place.
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm, &self.key)
            .is_ok_and(|verifier| verifier.verify(signed.as_bytes(), &signature.to_vec()).is_ok())
    }
}

/// The algorithms that a provider may use: all with a public key.
pub const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA];

/// As in `alg`.
pub fn name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::RS256 => Some("RS256"),
        Algorithm::ES256 => Some("ES256"),
        Algorithm::PS256 => Some("PS256"),
        Algorithm::EdDSA => Some("EdDSA"),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// The members that we look at.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys of a set that sign with one of these algorithms, by their ids; `taken` are ids of our own keys. What cannot
/// be used is left out; of a document that is no set nothing is taken.
pub fn keys(bytes: &[u8], algorithms: &[Algorithm], taken: &[String]) -> Result<HashMap<String, PublicKey>, String> {
    let set: Set = serde_json::from_slice(bytes).map_err(|error| format!("is no JWK set: {error}"))?;
    if set.keys.len() > MOST {
        return Err(format!("has {} keys, more than {MOST}", set.keys.len()));
    }
    let (mut found, mut twice) = (HashMap::new(), HashSet::new());
    for value in set.keys {
        let Ok(jwk) = Jwk::deserialize(value) else { continue };
        let kid = jwk.kid.clone();
        if kid.is_empty() || taken.contains(&kid) {
            log::warn!("a key of an identity provider bears an id that is empty or ours: {kid:?}");
            continue;
        }
        let Some(key) = usable(&jwk, algorithms) else { continue };
        if found.insert(kid.clone(), key).is_some() {
            twice.insert(kid);
        }
    }
    // Which of two keys of one id is meant cannot be known.
    found.retain(|kid, _| !twice.contains(kid));
    Ok(found)
}

fn usable(jwk: &Jwk, algorithms: &[Algorithm]) -> Option<PublicKey> {
    let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
        && jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
    if !signs {
        return None;
    }
    let fits = |algorithm: &&Algorithm| {
        matches!(
            (jwk.kty.as_str(), jwk.crv.as_deref(), algorithm),
            ("RSA", _, Algorithm::RS256 | Algorithm::PS256)
                | ("EC", Some("P-256"), Algorithm::ES256)
                | ("OKP", Some("Ed25519"), Algorithm::EdDSA)
        ) && jwk.alg.as_deref().is_none_or(|alg| name(**algorithm) == Some(alg))
    };
    let algorithm = *algorithms.iter().find(fits)?;
    let length = |text: &str| BASE64.decode(text).ok().map(|bytes| bytes.len());
    let key = match algorithm {
        Algorithm::ES256 => {
            let (x, y) = (jwk.x.as_deref()?, jwk.y.as_deref()?);
            if length(x)? != 32 || length(y)? != 32 {
                return None;
            }
            DecodingKey::from_ec_components(x, y)
        }
        Algorithm::EdDSA => {
            let x = jwk.x.as_deref()?;
            if length(x)? != 32 {
                return None;
            }
            DecodingKey::from_ed_components(x)
        }
        _ => {
            let (n, e) = (jwk.n.as_deref()?, jwk.e.as_deref()?);
            if !MODULUS.contains(&length(n)?) || !(1..=4).contains(&length(e)?) {
                return None;
            }
            DecodingKey::from_rsa_components(n, e)
        }
    };
    Some(PublicKey { algorithm, key: key.ok()? })
}
