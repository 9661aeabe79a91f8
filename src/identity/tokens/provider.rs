//! Identity providers that an operator trusts, as a province's single sign-on: their tokens speak for accounts of ours.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::claims::{self, Verified, Wanted};
use super::envelope::Envelope;
use super::fetch::Remote;
use super::jwk::{self, PublicKey};
use super::keys::BadKey;
use super::refuse;
use crate::platform::error::Result;

/// How long a provider's token may live.
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(1);

/// One entry of the file of providers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    issuer: String,
    jwks_url: Option<String>,
    jwks_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    audience: String,
    account_claim: String,
    algorithms: Option<Vec<String>>,
    typ: Option<String>,
    #[serde(default)]
    narrowed_by_scope: bool,
}

/// How often the keys of a provider are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Never sooner than this after the time before, whatever tokens come.
    pub least: Duration,
    /// Never later than this.
    pub most: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { least: Duration::from_secs(30), most: Duration::from_mins(5) }
    }
}

enum Source {
    Remote(Remote),
    File(PathBuf),
}

/// A trusted provider and the keys that it showed last.
pub struct Provider {
    issuer: String,
    source: Source,
    audience: String,
    account_claim: String,
    algorithms: Vec<Algorithm>,
    typ: Option<String>,
    narrowed: bool,
    pace: Pace,
    keys: RwLock<Arc<HashMap<String, PublicKey>>>,
    /// The document that the keys are of.
    document: Mutex<Vec<u8>>,
    /// A token named a key that is not known.
    missed: Notify,
}

impl Provider {
    /// The providers of a file: a JSON list.
    pub fn from_file(file: &Path, pace: Pace) -> Result<Vec<Self>, BadKey> {
        let name = file.display().to_string();
        let text = std::fs::read(file).map_err(|error| BadKey::provider(&name, format!("cannot be read: {error}")))?;
        let list: Vec<Settings> =
            serde_json::from_slice(&text).map_err(|error| BadKey::provider(&name, error.to_string()))?;
        list.into_iter().map(|settings| Self::new(settings, pace)).collect()
    }

    fn new(settings: Settings, pace: Pace) -> Result<Self, BadKey> {
        let Settings { issuer, audience, account_claim, typ, narrowed_by_scope: narrowed, .. } = settings;
        let bad = |what: &str| BadKey::provider(&issuer, what);
        if issuer.is_empty() || audience.is_empty() || account_claim.is_empty() {
            return Err(bad("issuer, audience and account_claim must not be empty"));
        }
        let source = match (settings.jwks_url, settings.jwks_file) {
            (Some(url), None) => {
                Source::Remote(Remote::new(&url, settings.ca_file.as_deref()).map_err(|what| bad(&what))?)
            }
            (None, Some(file)) => Source::File(file),
            _ => return Err(bad("needs one of jwks_url and jwks_file")),
        };
        let names = settings.algorithms.unwrap_or_else(|| vec!["RS256".to_owned(), "ES256".to_owned()]);
        let of = |text: &String| jwk::ALGORITHMS.into_iter().find(|one| jwk::name(*one) == Some(text));
        let algorithms = names.iter().map(of).collect::<Option<Vec<_>>>().filter(|list| !list.is_empty());
        let algorithms = algorithms.ok_or_else(|| bad("algorithms are some of RS256, ES256, PS256, EdDSA"))?;
        Ok(Self {
            issuer,
            source,
            audience,
            account_claim,
            algorithms,
            typ,
            narrowed,
            pace,
            keys: RwLock::default(),
            document: Mutex::default(),
            missed: Notify::new(),
        })
    }

    /// The name that its tokens carry as `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a token of this provider says. It is verified by the key that its `kid` names, with that key's algorithm.
    pub fn verify(&self, envelope: &Envelope<'_>, claims: &Map<String, Value>) -> Result<Verified> {
        let header = &envelope.header;
        if let Some(typ) = &self.typ
            && !header.typ.as_ref().is_some_and(|shown| shown.eq_ignore_ascii_case(typ))
        {
            return Err(refuse("the kind of token is another"));
        }
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let Some(key) = keys.get(&header.kid) else {
            self.missed.notify_one();
            return Err(refuse("the key is not one of the provider's"));
        };
        if !key.is_for(&header.alg) {
            return Err(refuse("the algorithm is not the key's"));
        }
        if !key.verifies(envelope.signed, &envelope.signature) {
            return Err(refuse("the signature is not of that key"));
        }
        let wanted = Wanted {
            audience: &self.audience,
            account_claim: &self.account_claim,
            narrowed: self.narrowed,
            longest: LONGEST_LIFE,
        };
        claims::external(claims, &wanted)
    }

    /// Asks for the keys; says whether they have changed. What goes wrong leaves those that are there. `taken` are the
    /// ids of our own keys.
    pub async fn refresh(&self, taken: &[String]) -> bool {
        let got = match &self.source {
            Source::Remote(remote) => remote.get().await,
            Source::File(file) => {
                let file = file.clone();
                let read = tokio::task::spawn_blocking(move || std::fs::read(file).map_err(|error| error.to_string()));
                read.await.unwrap_or_else(|error| Err(error.to_string()))
            }
        };
        let keys = got.and_then(|bytes| jwk::keys(&bytes, &self.algorithms, taken).map(|keys| (bytes, keys)));
        match keys {
            Ok((bytes, keys)) => {
                let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
                if *document == bytes {
                    return false;
                }
                log::info!("the identity provider {} shows {} keys", self.issuer, keys.len());
                *document = bytes;
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                true
            }
            Err(error) => {
                log::warn!("the keys of the identity provider {}: {error}; those known stay", self.issuer);
                false
            }
        }
    }

    /// Waits until the keys are to be asked for again.
    pub async fn rest(&self) {
        tokio::time::sleep(self.pace.least).await;
        let rest = self.pace.most.saturating_sub(self.pace.least);
        let _ = tokio::time::timeout(rest, self.missed.notified()).await;
    }
}
