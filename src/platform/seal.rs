//! Signatures of the service over what it writes elsewhere: the checkpoints of the audit record. The keys are those of
//! the tokens; a text that is signed here begins with words that no token begins with.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use sha2::{Digest, Sha256};

/// Signs with the first of its keys and knows the signatures of all. The keys may change while it is used.
#[derive(Clone)]
pub struct Seal(Arc<RwLock<Keys>>);

type Keys = Vec<(String, SigningKey)>;

/// A signature, and the key that made it.
pub struct Signed {
    /// The `kid` of the key in the published key set.
    pub key_id: String,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

impl Seal {
    /// With these keys: the first signs.
    pub fn of(keys: &[SigningKey]) -> Self {
        let seal = Self(Arc::default());
        seal.set(keys);
        seal
    }

    /// Goes on with other keys.
    pub fn set(&self, keys: &[SigningKey]) {
        let keys = keys.iter().map(|key| (thumbprint(key), key.clone())).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Signs; nothing without a key.
    pub fn sign(&self, message: &str) -> Option<Signed> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (key_id, key) = keys.first()?;
        Some(Signed { key_id: key_id.clone(), signature: key.sign(message.as_bytes()).to_bytes().to_vec() })
    }

    /// Whether a signature is good; nothing when its key is not one of ours.
    pub fn verifies(&self, key_id: &str, message: &str, signature: &[u8]) -> Option<bool> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (_, key) = keys.iter().find(|(known, _)| known == key_id)?;
        let good = Signature::from_slice(signature)
            .is_ok_and(|signature| key.verifying_key().verify_strict(message.as_bytes(), &signature).is_ok());
        Some(good)
    }
}

/// RFC 7638: the digest of the required members of the public key, in lexical order.
fn thumbprint(key: &SigningKey) -> String {
    let x = BASE64.encode(key.verifying_key().as_bytes());
    BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_text_and_key() {
        let (one, two) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let seal = Seal::of(&[one.clone(), two.clone()]);
        let signed = seal.sign("a").unwrap();
        assert_eq!(seal.verifies(&signed.key_id, "a", &signed.signature), Some(true));
        assert_eq!(seal.verifies(&signed.key_id, "b", &signed.signature), Some(false));
        assert_eq!(seal.verifies(&signed.key_id, "a", &[0; 64]), Some(false));
        assert_eq!(seal.verifies(&signed.key_id, "a", b"short"), Some(false));
        assert_eq!(Seal::of(&[two]).verifies(&signed.key_id, "a", &signed.signature), None);
        assert!(Seal::of(&[]).sign("a").is_none());
    }
}
