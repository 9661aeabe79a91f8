//! Our keys: Ed25519, each with the instant from which it signs. All verify; the latest that has begun signs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A fault in the keys or the identity providers, told at start-up.
#[derive(Debug, thiserror::Error)]
#[error("{0}: {1}")]
pub struct BadKey(String, String);

impl BadKey {
    /// In a file or folder of keys.
    pub fn file(path: &Path, what: impl Into<String>) -> Self {
        Self(format!("the signing key {}", path.display()), what.into())
    }

    /// In the settings of a provider.
    pub fn provider(name: &str, what: impl Into<String>) -> Self {
        Self(format!("the identity provider {name}"), what.into())
    }

    /// In the set as a whole.
    pub fn set(what: impl Into<String>) -> Self {
        Self("the signing keys".to_owned(), what.into())
    }
}

/// One key.
pub struct Key {
    kid: String,
    from: DateTime<Utc>,
    file: PathBuf,
    private: SigningKey,
    public: VerifyingKey,
}

impl Key {
    /// A key that signs from an instant.
    pub fn new(private: SigningKey, from: DateTime<Utc>, file: PathBuf) -> Self {
        let public = private.verifying_key();
        // RFC 7638: the digest of the required members in lexical order.
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, BASE64.encode(public.as_bytes()));
        Self { kid: BASE64.encode(Sha256::digest(thumbprint)), from, file, private, public }
    }

    /// Its id in headers of tokens: its thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The instant from which it signs.
    pub fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// Where it is kept.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its public half.
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Its private half.
    pub fn private(&self) -> &SigningKey {
        &self.private
    }
}

/// The keys of a moment, by the instant from which they sign.
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    by_kid: HashMap<String, usize>,
}

impl KeySet {
    /// These keys; of one that is there twice, the first.
    pub fn of(keys: impl IntoIterator<Item = Key>) -> Self {
        Self::shared(keys.into_iter().map(Arc::new))
    }

    fn shared(keys: impl IntoIterator<Item = Arc<Key>>) -> Self {
        let mut keys: Vec<Arc<Key>> = keys.into_iter().collect();
        keys.sort_by(|one, other| (one.from, &one.kid).cmp(&(other.from, &other.kid)));
        let mut by_kid = HashMap::new();
        keys.retain(|key| by_kid.insert(key.kid.clone(), 0).is_none());
        let by_kid = keys.iter().enumerate().map(|(place, key)| (key.kid.clone(), place)).collect();
        Self { keys, by_kid }
    }

    /// Refuses a set with which nothing can be signed now.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), BadKey> {
        match (self.signer(now), self.keys.first()) {
            (Some(_), _) => Ok(()),
            (None, Some(first)) => {
                Err(BadKey::set(format!("none signs yet: the first begins at {}", first.from.to_rfc3339())))
            }
            (None, None) => Err(BadKey::set("there is none; canbo keys new makes one")),
        }
    }

    /// The keys, by the instant from which they sign.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().map(AsRef::as_ref)
    }

    /// The key that signs at an instant.
    pub fn signer(&self, now: DateTime<Utc>) -> Option<&Key> {
        self.keys.iter().rfind(|key| key.from <= now).map(AsRef::as_ref)
    }

    /// The key of an id.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.by_kid.get(kid).and_then(|place| self.keys.get(*place)).map(AsRef::as_ref)
    }

    /// The ids.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// The public halves, as a JWK set.
    pub fn jwks(&self) -> Value {
        let view = |key: &Key| {
            let x = BASE64.encode(key.public.as_bytes());
            json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": x})
        };
        json!({"keys": self.iter().map(view).collect::<Vec<_>>()})
    }

    /// The keys, first the one that signs now.
    fn signer_first(&self, now: DateTime<Utc>) -> Vec<&Key> {
        let signer = self.signer(now).map(Key::kid);
        let mut keys: Vec<&Key> = self.iter().collect();
        keys.sort_by_key(|key| Some(key.kid()) != signer);
        keys
    }

    /// What cursors are signed with: first that of the key that signs now.
    pub fn cursor_keys(&self, now: DateTime<Utc>) -> Vec<[u8; 32]> {
        let of = |key: &Key| Sha256::digest([b"canbo lists".as_slice(), key.private.as_bytes()].concat()).into();
        self.signer_first(now).into_iter().map(of).collect()
    }

    /// What checkpoints are signed with: first the key that signs now.
    pub fn seal_keys(&self, now: DateTime<Utc>) -> Vec<SigningKey> {
        self.signer_first(now).into_iter().map(|key| key.private.clone()).collect()
    }

    /// The set after a folder was read again. A file that has become bad keeps the key that it had; a set that could
    /// sign nothing is not taken.
    pub fn follow(&self, found: Vec<(PathBuf, Result<Key, BadKey>)>, now: DateTime<Utc>) -> Self {
        let mut keys = Vec::new();
        for (path, read) in found {
            match read {
                Ok(key) => keys.push(Arc::new(key)),
                Err(bad) => {
                    log::error!("{bad}; the keys that were good stay");
                    keys.extend(self.keys.iter().filter(|key| key.file.starts_with(&path)).cloned());
                }
            }
        }
        let set = Self::shared(keys);
        match set.check(now) {
            Ok(()) => set,
            Err(bad) => {
                log::error!("{bad}; the keys that were good stay");
                Self::shared(self.keys.iter().cloned())
            }
        }
    }

    /// Whether both hold the same keys.
    pub fn same_as(&self, other: &Self) -> bool {
        self.iter().map(|key| (&key.kid, key.from)).eq(other.iter().map(|key| (&key.kid, key.from)))
    }

    /// A line for the log.
    pub fn describe(&self, now: DateTime<Utc>) -> String {
        let signer = self.signer(now).map(Key::kid);
        let words = self.iter().map(|key| {
            let state = match () {
                () if Some(key.kid()) == signer => "signs",
                () if key.from > now => "will sign",
                () => "verifies",
            };
            format!("{} {state}", key.kid)
        });
        words.collect::<Vec<_>>().join(", ")
    }
}
