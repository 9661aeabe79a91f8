//! Access tokens: JWT after RFC 9068, signed with Ed25519, and tokens of the identity providers that an operator trusts.
//!
//! A token passes, in this order: a length, three parts of exact base64url, a header of known members, the one key that
//! its `kid` names with that key's one algorithm, typed claims, the clock. What is not expressly allowed is refused, by
//! one answer for all causes; the cause goes to the log.
//!
//! Worked example: `{"alg":"HS256","kid":K,...}` with K the id of our Ed25519 key is refused before any computation,
//! because K's algorithm is EdDSA; so the public key can never serve as an HMAC secret.

mod claims;
mod envelope;
mod fetch;
pub mod folder;
mod jwk;
mod keys;
mod provider;
mod strict;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use futures_util::future::{join, join_all};
use quick_cache::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use self::envelope::Envelope;
use self::keys::KeySet;
use super::model::Permissions;
use crate::platform::clock::Clock;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::page::Signer;
use crate::platform::seal::Seal;

pub use self::claims::{Own, Verified};
pub use self::keys::BadKey;
pub use self::provider::{Pace, Provider};

/// Who our tokens are for.
const AUDIENCE: &str = "canbo";
/// How long an access token is good.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);
/// How far clocks of replicas may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(10);
/// How often the folder of keys is read again.
pub const REREAD: Duration = Duration::from_secs(3);
/// How long others may keep our public keys, seconds.
pub const KEYS_MAX_AGE: u32 = 300;
/// Verified tokens that are remembered.
const REMEMBERED: usize = 16 * 1024;

/// Whom a good token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person in a session.
    Account {
        /// The account.
        account: Uuid,
        /// The session.
        session: Uuid,
    },
    /// A system.
    Client {
        /// The client.
        client: Uuid,
        /// What the token may be used for at most; none: whatever the client's roles allow.
        scope: Option<Permissions>,
    },
    /// A person whom an identity provider names.
    External {
        /// The account's name to sign in with.
        user_name: Arc<str>,
        /// What the token may be used for at most; none: whatever the account's roles allow.
        scope: Option<Permissions>,
    },
}

/// Signs and verifies access tokens.
pub struct Tokens {
    issuer: String,
    /// Files and folders of keys; none: the set never changes.
    source: Vec<PathBuf>,
    keys: RwLock<Arc<KeySet>>,
    cursors: Signer,
    seal: Seal,
    providers: Vec<Provider>,
    /// By the digest of the token.
    verified: Cache<[u8; 32], Remembered>,
    /// Counts the changes of keys. What was verified with other keys is verified again.
    generation: AtomicU64,
}

#[derive(Clone)]
struct Remembered {
    generation: u64,
    verified: Verified,
}

/// The refusal of a token.
fn refuse(cause: impl Into<String>) -> Error {
    Error::new(code::UNAUTHENTICATED).caused_by(cause.into())
}

impl Tokens {
    /// With the Ed25519 keys, PKCS#8 PEM, of these files and folders.
    pub fn from_files(issuer: &str, source: Vec<PathBuf>, clock: &Clock) -> Result<Self, BadKey> {
        let keys = folder::read(&source).into_iter().map(|(_, key)| key).collect::<Result<Vec<_>, _>>()?;
        Self::with(issuer, source, KeySet::of(keys), clock.now())
    }

    /// With these keys, for ever: the first signs, all verify.
    pub fn from_keys(issuer: &str, keys: &[SigningKey]) -> Result<Self, BadKey> {
        let set = KeySet::of(keys.iter().rev().zip(0_i64..).map(|(key, place)| {
            keys::Key::new(key.clone(), DateTime::from_timestamp(place, 0).unwrap_or_default(), PathBuf::new())
        }));
        Self::with(issuer, Vec::new(), set, DateTime::<Utc>::MAX_UTC)
    }

    fn with(issuer: &str, source: Vec<PathBuf>, keys: KeySet, now: DateTime<Utc>) -> Result<Self, BadKey> {
        keys.check(now)?;
        Ok(Self {
            issuer: issuer.to_owned(),
            source,
            cursors: Signer::of(&keys.cursor_keys(now)),
            seal: Seal::of(&keys.seal_keys(now)),
            keys: RwLock::new(Arc::new(keys)),
            providers: Vec::new(),
            verified: Cache::new(REMEMBERED),
            generation: AtomicU64::new(0),
        })
    }

    /// Takes tokens of these identity providers too.
    pub fn trusting(mut self, providers: Vec<Provider>) -> Result<Self, BadKey> {
        for (place, provider) in providers.iter().enumerate() {
            let name = provider.issuer();
            let same = |other: &str| other.trim_end_matches('/').eq_ignore_ascii_case(name.trim_end_matches('/'));
            if same(&self.issuer) {
                return Err(BadKey::provider(name, "is our own issuer: nobody else speaks for it"));
            }
            if providers.iter().take(place).any(|other| same(other.issuer())) {
                return Err(BadKey::provider(name, "is there twice"));
            }
        }
        self.providers = providers;
        Ok(self)
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The public keys, as a JWK set: those that will sign later too.
    pub fn jwks(&self) -> Value {
        self.keys().jwks()
    }

    /// The address that our tokens name as their issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs the cursors of lists, with keys that all replicas derive alike.
    pub fn cursors(&self) -> Signer {
        self.cursors.clone()
    }

    /// Signs the checkpoints of the audit record, with the same keys.
    pub fn seal(&self) -> Seal {
        self.seal.clone()
    }

    /// A new access token. A scope that allows nothing is an error: such a token would be of no use.
    pub fn issue(&self, subject: &Subject, client_id: Option<&str>, jti: Uuid, now: DateTime<Utc>) -> Result<String> {
        let claims = claims::of(&self.issuer, subject, client_id, jti, now)?;
        let keys = self.keys();
        let key = keys.signer(now).ok_or_else(|| Error::internal("no key signs"))?;
        envelope::seal(key, &claims)
    }

    /// Whom the token speaks for. The cause of a refusal goes to the log; callers see one answer for all.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Subject> {
        Ok(self.verified(token, now)?.subject)
    }

    /// What the token says, where it is good.
    pub fn verified(&self, token: &str, now: DateTime<Utc>) -> Result<Verified> {
        // Before the digest: nobody makes us work for what cannot be a token.
        if token.len() > envelope::LONGEST {
            return Err(refuse("the token is too long"));
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let generation = self.generation.load(Ordering::SeqCst);
        let verified = match self.verified.get(&digest) {
            Some(known) if known.generation == generation => known.verified,
            _ => {
                let verified = self.examine(token, now)?;
                self.verified.insert(digest, Remembered { generation, verified: verified.clone() });
                verified
            }
        };
        verified.check(now)?;
        Ok(verified)
    }

    fn examine(&self, token: &str, now: DateTime<Utc>) -> Result<Verified> {
        let envelope = Envelope::open(token)?;
        let verified = match self.keys().find(&envelope.header.kid) {
            Some(key) => {
                envelope.check_own(key)?;
                claims::own(&envelope.payload, &self.issuer)?
            }
            None => self.external(&envelope)?,
        };
        verified.check(now)?;
        Ok(verified)
    }

    fn external(&self, envelope: &Envelope<'_>) -> Result<Verified> {
        if self.providers.is_empty() {
            return Err(refuse("the key is not known"));
        }
        let claims = strict::object(&envelope.payload).ok_or_else(|| refuse("the claims are no strict JSON"))?;
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        let provider = self.providers.iter().find(|provider| provider.issuer() == issuer);
        provider.ok_or_else(|| refuse("neither the key nor the issuer is known"))?.verify(envelope, &claims)
    }

    /// Reads the folder of keys again. What is bad is told in the log and leaves what was good as it is.
    pub async fn reread(&self, now: DateTime<Utc>) {
        let source = self.source.clone();
        let Ok(found) = tokio::task::spawn_blocking(move || folder::read(&source)).await else { return };
        let old = self.keys();
        let new = old.follow(found, now);
        // Which key signs may change with time alone.
        self.seal.set(&new.seal_keys(now));
        self.cursors.set(&new.cursor_keys(now));
        if !new.same_as(&old) {
            log::info!("signing keys: {}", new.describe(now));
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
            self.generation.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Follows the keys, ours and those of the providers, for as long as it is awaited.
    pub async fn tend(&self, clock: &Clock) {
        let own = async {
            while !self.source.is_empty() {
                tokio::time::sleep(REREAD).await;
                self.reread(clock.now()).await;
            }
        };
        let others = join_all(self.providers.iter().map(|provider| async {
            loop {
                let taken: Vec<String> = self.keys().kids().map(str::to_owned).collect();
                if provider.refresh(&taken).await {
                    self.generation.fetch_add(1, Ordering::SeqCst);
                }
                provider.rest().await;
            }
        }));
        join(own, others).await;
    }
}
