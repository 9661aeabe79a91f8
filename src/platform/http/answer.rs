//! Answers: JSON with a strong tag, 304, 201 with its address, effects of a dry run.
//!
//! A tag is `"VERSION-HASH"`: the version is what `If-Match` compares, the hash of the bytes makes the tag strong, since
//! a label may change without the thing that carries it.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::page::Page;
use crate::platform::db::{Effect, Outcome};
use crate::platform::error::{Error, Result};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The media type of the effects of a dry run: they are not the thing that the operation answers with.
pub const EFFECTS: &str = "application/vnd.canbo.effects+json";

/// What a dry run answers: everything that the write would do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Effects {
    /// Always true: what was asked would be done.
    pub valid: bool,
    /// The consequences, in order.
    #[schema(max_items = 100_000)]
    pub effects: Vec<Effect>,
}

/// A 2xx answer.
pub struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    media: &'static str,
    version: Option<i32>,
    location: Option<String>,
    link: Option<String>,
    replayed: bool,
    cacheable: Option<String>,
}

impl Answer {
    fn of(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        Ok(Self {
            status,
            body,
            media: "application/json",
            version: None,
            location: None,
            link: None,
            replayed: false,
            cacheable: None,
        })
    }

    fn effects(effects: Vec<Effect>) -> Result<Self> {
        Ok(Self { media: EFFECTS, ..Self::of(StatusCode::OK, &Effects { valid: true, effects })? })
    }

    /// 200 with a value that has no version.
    pub fn value(body: &impl Serialize) -> Result<Self> {
        Self::of(StatusCode::OK, body)
    }

    /// 200 with a table.
    pub fn csv(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, body, media: "text/csv; charset=utf-8; header=present", ..Self::nothing() }
    }

    /// 200 with an iCalendar object (RFC 5545).
    pub fn icalendar(body: String) -> Self {
        Self {
            status: StatusCode::OK,
            body: body.into_bytes(),
            media: "text/calendar; charset=utf-8",
            ..Self::nothing()
        }
    }

    /// 200 with one JSON object a line, and where the next part is.
    pub fn lines(body: Vec<u8>, link: Option<String>) -> Self {
        Self { status: StatusCode::OK, body, media: "application/x-ndjson", link, ..Self::nothing() }
    }

    /// 200 with one resource and its tag.
    pub fn found(version: i32, body: &impl Serialize) -> Result<Self> {
        Ok(Self { version: Some(version), ..Self::of(StatusCode::OK, body)? })
    }

    /// 200 with a page.
    pub fn page<T: Serialize>(page: &Page<T>) -> Result<Self> {
        Ok(Self { link: page.link.clone(), ..Self::of(StatusCode::OK, page)? })
    }

    /// 201 with the new resource at its address, or 200 with the effects of a dry run.
    pub fn created<T, V: Serialize>(
        outcome: Outcome<T>,
        location: impl FnOnce(&T) -> String,
        version: impl FnOnce(&T) -> i32,
        view: impl FnOnce(T) -> V,
    ) -> Result<Self> {
        if outcome.validated_only {
            return Self::effects(outcome.effects);
        }
        let (location, version) = (location(&outcome.value), version(&outcome.value));
        let answer = Self::of(StatusCode::CREATED, &view(outcome.value))?;
        Ok(Self { location: Some(location), version: Some(version), replayed: outcome.replayed, ..answer })
    }

    /// 200 with the changed resource, or with the effects of a dry run.
    pub fn changed<T, V: Serialize>(
        outcome: Outcome<T>,
        version: impl FnOnce(&T) -> i32,
        view: impl FnOnce(T) -> V,
    ) -> Result<Self> {
        if outcome.validated_only {
            return Self::effects(outcome.effects);
        }
        let version = version(&outcome.value);
        let answer = Self::of(StatusCode::OK, &view(outcome.value))?;
        Ok(Self { version: Some(version), replayed: outcome.replayed, ..answer })
    }

    /// 204.
    fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Vec::new(),
            media: "application/json",
            version: None,
            location: None,
            link: None,
            replayed: false,
            cacheable: None,
        }
    }

    /// 204 when it is done, or 200 with the effects of a dry run.
    pub fn done(outcome: Outcome<()>) -> Result<Self> {
        if outcome.validated_only {
            return Self::effects(outcome.effects);
        }
        Ok(Self { replayed: outcome.replayed, ..Self::nothing() })
    }

    /// Says nothing of a person: callers may keep it and ask whether it still holds.
    #[must_use]
    pub fn cacheable(mut self) -> Self {
        self.cacheable = Some("private, no-cache".to_owned());
        self
    }

    /// Anybody may keep it for some seconds: it says nothing of a person.
    #[must_use]
    pub fn cacheable_for(mut self, seconds: u32) -> Self {
        self.cacheable = Some(format!("public, max-age={seconds}"));
        self
    }
}

/// Whether `If-None-Match` names the tag.
fn has(req: &HttpRequest, tag: &str) -> bool {
    req.headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|part| part.trim().trim_start_matches("W/"))
        .any(|part| part == "*" || part == tag)
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, self.cacheable.as_deref().unwrap_or("no-store")));
        if self.replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(link) = self.link {
            response.insert_header((header::LINK, link));
        }
        if let Some(version) = self.version {
            let digest = Sha256::digest(&self.body);
            let hash = u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
            let tag = format!("\"{version}-{hash:016x}\"");
            let unchanged = req.method().is_safe() && has(req, &tag);
            response.insert_header((header::ETAG, tag));
            if unchanged {
                return response.status(StatusCode::NOT_MODIFIED).finish();
            }
        }
        if self.status == StatusCode::NO_CONTENT {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.media)).body(self.body)
    }
}
