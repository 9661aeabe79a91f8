//! Tokens made by hand: any header, any claims, any key. The attacks are made of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The header and claims of a token to be, and the key that signs it.
#[derive(Clone)]
pub struct Forge {
    /// Signs.
    pub key: SigningKey,
    /// Header.
    pub header: Value,
    /// Claims.
    pub claims: Value,
}

/// The key id of a key: its thumbprint (RFC 7638).
pub fn kid(key: &SigningKey) -> String {
    let x = BASE64.encode(key.verifying_key().as_bytes());
    BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

/// One part of a token.
pub fn part(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

impl Forge {
    /// A token that the service of a test would accept for this client at this instant.
    pub fn client(id: &str, client_id: &str, now: DateTime<Utc>) -> Self {
        let key = SigningKey::from_bytes(&super::app::SIGNING_KEY);
        let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": kid(&key)});
        let (iat, exp) = (now.timestamp(), now.timestamp() + 600);
        let claims = json!({
            "iss": super::app::http().issuer, "aud": "canbo", "sub": id, "client_id": client_id,
            "jti": "01994f7e-0000-7000-8000-0000000000ff", "iat": iat, "exp": exp,
        });
        Self { key, header, claims }
    }

    /// With another claim.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    /// The token.
    pub fn token(&self) -> String {
        self.raw(self.header.to_string(), self.claims.to_string())
    }

    /// A token of these bytes, signed with the key.
    pub fn raw(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", part(signature.to_bytes()))
    }
}
