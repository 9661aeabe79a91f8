//! Pages of lists: keyset cursors, opaque and signed, bound to the query that they came from.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures_util::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::request::once_admitted;
use crate::platform::App;
use crate::platform::error::{Error, Finding, Result, Say, code};

const DEFAULT_LIMIT: usize = 50;
const MOST: usize = 200;
const TAG_BYTES: usize = 16;

/// Signs cursors. The keys may be exchanged while it is used.
#[derive(Clone)]
pub struct Signer(Arc<RwLock<Vec<[u8; 32]>>>);

impl Signer {
    /// With a key that all replicas share.
    pub fn new(key: &[u8; 32]) -> Self {
        Self::of(&[*key])
    }

    /// With keys that all replicas share: the first signs, all verify.
    pub fn of(keys: &[[u8; 32]]) -> Self {
        let signer = Self(Arc::default());
        signer.set(keys);
        signer
    }

    /// Goes on with other keys.
    pub fn set(&self, keys: &[[u8; 32]]) {
        let keys = keys.iter().map(|key| Sha256::digest([b"canbo cursor", key.as_slice()].concat()).into()).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn tag(key: &[u8; 32], payload: &[u8], query: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(query.as_bytes());
        mac.update(&[0]);
        mac.update(payload);
        Some(mac)
    }

    fn seal(&self, keys: &[String], query: &str) -> Option<String> {
        let mut bytes = serde_json::to_vec(keys).ok()?;
        let key = *self.0.read().unwrap_or_else(PoisonError::into_inner).first()?;
        let tag = Self::tag(&key, &bytes, query)?.finalize().into_bytes();
        bytes.extend_from_slice(tag.get(..TAG_BYTES)?);
        Some(BASE64.encode(bytes))
    }

    fn open(&self, cursor: &str, query: &str) -> Option<Vec<String>> {
        let bytes = BASE64.decode(cursor).ok()?;
        let (payload, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let good = |key| Self::tag(key, payload, query).is_some_and(|mac| mac.verify_truncated_left(tag).is_ok());
        if keys.iter().any(good) { serde_json::from_slice(payload).ok() } else { None }
    }
}

/// The part of a list that is asked for.
#[derive(Clone)]
pub struct Paging {
    /// Rows wanted.
    pub limit: usize,
    /// The sort keys of the last row of the page before.
    pub after: Option<Vec<String>>,
    /// Whether an exact total is wanted.
    pub count: bool,
    signer: Signer,
    path: String,
    /// The query without paging, sorted: what a cursor is bound to.
    query: Vec<(String, String)>,
}

impl FromRequest for Paging {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        once_admitted(req, App::from_request(req, payload).into_inner().and_then(|app| read(req, &app.cursors)))
    }
}

fn read(req: &HttpRequest, signer: &Signer) -> Result<Paging> {
    let mut query: Vec<(String, String)> = serde_urlencoded::from_str(req.query_string())
        .map_err(|error| Error::new(code::INVALID_QUERY).caused_by(error))?;
    let mut take = |name: &str| {
        let value = query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        query.retain(|(key, _)| key != name);
        value
    };
    let (limit, cursor, count) = (take("limit"), take("cursor"), take("count"));
    query.sort();
    let limit = match limit.map(|text| text.parse::<usize>()) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => {
            return Err(Error::new(code::INVALID_QUERY).with(Finding::new(
                "limit",
                code::OUT_OF_RANGE,
                Say::new(format!("Từ 1 đến {MOST}"), format!("1 to {MOST}")),
            )));
        }
    };
    let mut paging = Paging {
        limit,
        after: None,
        count: count.as_deref() == Some("true"),
        signer: signer.clone(),
        path: req.path().to_owned(),
        query,
    };
    if let Some(cursor) = cursor {
        let keys =
            paging.signer.open(&cursor, &paging.fingerprint()).ok_or_else(|| Error::new(code::INVALID_CURSOR))?;
        paging.after = Some(keys);
    }
    Ok(paging)
}

impl Paging {
    /// Rows to fetch: one more than wanted, to know whether more follow.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// One sort key of the last row of the page before; a cursor that lacks it is not one of this list.
    pub fn key<T: std::str::FromStr>(&self, index: usize) -> Result<Option<T>> {
        let Some(keys) = &self.after else { return Ok(None) };
        keys.get(index).and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| Error::new(code::INVALID_CURSOR))
    }

    fn fingerprint(&self) -> String {
        format!("{}?{}", self.path, serde_urlencoded::to_string(&self.query).unwrap_or_default())
    }

    /// Makes the page of the rows that were fetched. `keys` gives the sort keys of a row, in order, the id last.
    pub fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        total: Option<i64>,
        keys: impl Fn(&R) -> Vec<String>,
        view: impl FnMut(R) -> T,
    ) -> Page<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = if more { rows.last() } else { None };
        let next_cursor = last.and_then(|row| self.signer.seal(&keys(row), &self.fingerprint()));
        let link = next_cursor.as_ref().map(|cursor| {
            let mut query = self.query.clone();
            query.push(("limit".to_owned(), self.limit.to_string()));
            query.push(("cursor".to_owned(), cursor.clone()));
            format!("<{}?{}>; rel=\"next\"", self.path, serde_urlencoded::to_string(query).unwrap_or_default())
        });
        Page { data: rows.into_iter().map(view).collect(), next_cursor, total, link }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    #[schema(max_items = 200)]
    pub data: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
    /// How many there are in all; only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) link: Option<String>,
}

/// A reference to another object, with a name to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct Ref {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its name.
    #[schema(max_length = 400)]
    pub label: String,
}

impl Ref {
    /// A reference.
    pub fn new(id: impl Into<uuid::Uuid>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_query_and_key_alone() {
        let signer = Signer::new(&[1; 32]);
        let sealed = signer.seal(&["an".to_owned(), "7".to_owned()], "/v1/cadres?q=an").unwrap();
        assert_eq!(signer.open(&sealed, "/v1/cadres?q=an").unwrap(), ["an", "7"]);
        assert!(signer.open(&sealed, "/v1/cadres?q=binh").is_none());
        assert!(Signer::new(&[2; 32]).open(&sealed, "/v1/cadres?q=an").is_none());
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).unwrap();
            if forged != sealed {
                assert!(signer.open(&forged, "/v1/cadres?q=an").is_none(), "{at}");
            }
        }
        let rotated = Signer::of(&[[2; 32], [1; 32]]);
        assert!(rotated.open(&sealed, "/v1/cadres?q=an").is_some(), "a key of before opens");
        let newer = rotated.seal(&["an".to_owned()], "/v1/cadres").unwrap();
        assert!(signer.open(&newer, "/v1/cadres").is_none(), "the first signs");
        rotated.set(&[[2; 32]]);
        assert!(rotated.open(&sealed, "/v1/cadres?q=an").is_none() && rotated.open(&newer, "/v1/cadres").is_some());
        assert!(signer.open("", "").is_none() && signer.open("AAAA", "").is_none());
    }
}
