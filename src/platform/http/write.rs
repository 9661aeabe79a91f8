//! The conditions that a write comes with: `Idempotency-Key`, `If-Match`, `validate_only`.

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};
use utoipa::IntoParams;

use super::extract::query;
use super::request::{RequestInfo, once_admitted};
use crate::platform::db::change::Expected;
use crate::platform::db::{Actor, Origin, Write};
use crate::platform::error::{Error, Finding, Result, Say, code};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The conditions of a POST that creates or acts.
pub struct Send {
    write: Write,
    digest: Arc<OnceLock<Vec<u8>>>,
}

/// The conditions of a change to one resource: `If-Match` is required.
pub struct Edit(Send);

impl Send {
    /// Who writes, under these conditions.
    pub fn by(self, actor: Actor) -> Origin {
        // The body was read by another extractor of the same request.
        let digest = self.digest.get().cloned().unwrap_or_default();
        Origin { actor, write: Write { digest, ..self.write } }
    }
}

impl From<Edit> for Send {
    fn from(Edit(send): Edit) -> Self {
        send
    }
}

/// Parameters that every write takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WriteQuery {
    /// Does everything except commit, and answers with the effects, or with the same problems.
    #[param(example = false)]
    pub validate_only: Option<bool>,
}

/// Headers of a write that is not tied to a version.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the headers in the document; the extractor reads them")]
pub struct SendHeaders {
    /// The same key, caller, path and body gives the same answer again, for 24 hours.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        max_length = 255,
        example = "0f8fad5b-d9cb-469f-a165-70867728950e"
    )]
    idempotency_key: Option<String>,
}

/// Headers of a change to one resource.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the headers in the document; the extractor reads them")]
pub struct EditHeaders {
    /// The `ETag` that was read; 428 without, 412 when it has changed.
    #[param(rename = "If-Match", max_length = 100, example = "\"1-5f2a9c0b7e4d1a63\"")]
    if_match: String,
    /// The same key, caller, path and body gives the same answer again, for 24 hours.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        max_length = 255,
        example = "0f8fad5b-d9cb-469f-a165-70867728950e"
    )]
    idempotency_key: Option<String>,
}

impl FromRequest for Send {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        once_admitted(req, send(req))
    }
}

impl FromRequest for Edit {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let edit = send(req).and_then(|send| {
            if req.headers().contains_key(header::IF_MATCH) {
                Ok(Self(send))
            } else {
                Err(Error::new(code::PRECONDITION_REQUIRED))
            }
        });
        once_admitted(req, edit)
    }
}

fn send(req: &HttpRequest) -> Result<Send> {
    if req.headers().get(header::IF_MATCH).is_some_and(|value| value.len() > 100) {
        return Err(Error::new(code::INVALID_HEADER).with(Finding::plain("If-Match", code::OUT_OF_RANGE)));
    }
    let asked: WriteQuery = query(req.query_string())?;
    let write = Write {
        key: idempotency_key(req)?,
        route: format!("{} {}", req.method(), req.path()),
        digest: Vec::new(),
        expected: expected(req),
        validate_only: asked.validate_only.unwrap_or(false),
    };
    Ok(Send { write, digest: RequestInfo::of(req).digest })
}

fn idempotency_key(req: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = req.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Error::new(code::INVALID_HEADER).with(Finding::new(
            "Idempotency-Key",
            code::BAD_FORMAT,
            Say::new("Cần 1 đến 255 ký tự ASCII", "Needs 1 to 255 ASCII characters"),
        ))),
    }
}

/// A tag is `"VERSION-HASH"` (see [`super::answer`]); the version is what a change depends on. A weak tag never matches.
fn expected(req: &HttpRequest) -> Expected {
    let Some(text) = req.headers().get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default().trim()) else {
        return Expected::Any;
    };
    if text == "*" {
        return Expected::Any;
    }
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .and_then(|text| text.split_once('-'))
        .and_then(|(version, _)| version.parse().ok())
        .map_or(Expected::Never, Expected::Version)
}
