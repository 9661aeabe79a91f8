//! Around every request: its id, its language, its line in the log, its counters, its deadline, and the rendering of
//! whatever error comes out.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use tokio::sync::Semaphore;

use super::problem::{self, MEDIA_TYPE, Rendered};
use crate::platform::App;
use crate::platform::error::{self, Error, Kind, code};

/// The language of titles and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Unless the caller asks for English.
    Vietnamese,
    /// When `Accept-Language` puts it before Vietnamese.
    English,
}

impl Language {
    /// As in `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    fn wanted(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let weight = |tag: &str| {
            text.split(',')
                .filter_map(|range| {
                    let (name, quality) = range.split_once(";q=").unwrap_or((range, "1"));
                    name.trim()
                        .to_ascii_lowercase()
                        .starts_with(tag)
                        .then(|| quality.trim().parse::<f32>().unwrap_or(0.0))
                })
                .fold(0.0, f32::max)
        };
        if weight("en") > weight("vi") { Self::English } else { Self::Vietnamese }
    }
}

/// What is known of a request from its first byte to its log line.
#[derive(Clone)]
pub struct RequestInfo {
    /// The caller's `X-Request-Id`, or one of ours.
    pub id: String,
    /// For titles and messages.
    pub language: Language,
    /// Digest of the body, set by the extractor that reads it.
    pub digest: Arc<OnceLock<Vec<u8>>>,
    /// Who called, set when the token is known to be good.
    pub caller: Arc<OnceLock<String>>,
    /// Its one permit is held while it is asked who calls and whether they may.
    pub admission: Arc<Semaphore>,
}

impl RequestInfo {
    /// That of a request.
    pub fn of(req: &HttpRequest) -> Self {
        req.extensions().get::<Self>().cloned().unwrap_or_else(|| Self {
            id: String::new(),
            language: Language::Vietnamese,
            digest: Arc::default(),
            caller: Arc::default(),
            admission: Arc::new(Semaphore::new(1)),
        })
    }
}

/// What an extractor found; a fault only when it is known that the caller may call, for who may not learns nothing else.
/// The extractors of a handler run beside each other, and the quickest fault would win.
pub fn once_admitted<T: 'static>(
    req: &HttpRequest,
    found: error::Result<T>,
) -> LocalBoxFuture<'static, error::Result<T>> {
    if found.is_ok() {
        return Box::pin(std::future::ready(found));
    }
    let admission = RequestInfo::of(req).admission;
    Box::pin(async move {
        let _ = admission.acquire().await;
        found
    })
}

/// The caller's name for the request, given back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn request_id(headers: &HeaderMap, app: &App) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
        .map_or_else(|| app.db.ids().next(app.clock.now()).to_string(), str::to_owned)
}

/// The outermost middleware.
pub async fn observe<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let Some(app) = req.app_data::<web::Data<App>>().map(|app| App::clone(app)) else {
        return Err(Error::internal("the application has no state").into());
    };
    let started = Instant::now();
    let info = RequestInfo {
        id: request_id(req.headers(), &app),
        language: Language::wanted(req.headers()),
        digest: Arc::default(),
        caller: Arc::default(),
        admission: Arc::new(Semaphore::new(1)),
    };
    req.extensions_mut().insert(info.clone());
    let (method, path) = (known_method(req.method()), req.path().to_owned());
    let answer = tokio::time::timeout(app.settings.deadline, next.call(req)).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(_) => Err(Error::new(code::UNAVAILABLE).caused_by("the deadline passed").into()),
    };
    let mut response = match answer {
        Ok(response) => finish(response, &info),
        Err(error) => {
            let ours = error.as_error::<Error>();
            let status = ours.map_or_else(|| error.as_response_error().status_code(), |e| problem::status(e.kind()));
            let internal = Error::internal(error.to_string());
            let ours = ours.unwrap_or(&internal);
            log_failure(ours, &info);
            app.metrics.observe(method, "unmatched", status.as_u16(), started.elapsed());
            access_line(&info, method, &path, status.as_u16(), started.elapsed());
            return Err(Rendered::of(ours, info.language, &path, &info.id).into());
        }
    };
    let status = response.status().as_u16();
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    for (name, value) in problem::STANDARD_HEADERS {
        response.headers_mut().insert(name, value);
    }
    if let Ok(value) = HeaderValue::from_str(&info.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    app.metrics.observe(method, &route, status, started.elapsed());
    access_line(&info, method, &path, status, started.elapsed());
    Ok(response)
}

/// A method as a label of counters: callers may invent others without end.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| method == known).unwrap_or("other")
}

/// Gives every error its document, the framework's own included.
fn finish<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    info: &RequestInfo,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = response.status();
    if status.is_informational() || status.is_success() || status.is_redirection() {
        return response.map_into_left_body();
    }
    let path = response.request().path().to_owned();
    let rendered = match response.response().error().and_then(|error| error.as_error::<Error>()) {
        Some(error) => {
            log_failure(error, info);
            Some(problem::render(error, info.language, &path, &info.id))
        }
        None if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE) => None,
        None => {
            if let Some(error) = response.response().error() {
                log::debug!("request {}: {error}", info.id);
            }
            Some(problem::render(&problem::of_status(status), info.language, &path, &info.id))
        }
    };
    match rendered {
        Some(answer) => {
            let mut fresh = response.into_response(answer.map_into_boxed_body()).map_into_right_body();
            fresh.headers_mut().remove(header::CONTENT_LENGTH);
            fresh
        }
        None => response.map_into_left_body(),
    }
}

fn log_failure(error: &Error, info: &RequestInfo) {
    match error.kind() {
        Kind::Internal => log::error!("request {}: {}: {}", info.id, error, error.chain()),
        Kind::Unavailable => log::warn!("request {}: {}: {}", info.id, error, error.chain()),
        Kind::Unauthenticated => log::info!("request {}: {}: {}", info.id, error.code().name, error.chain()),
        _ => {}
    }
}

fn access_line(info: &RequestInfo, method: &str, path: &str, status: u16, took: Duration) {
    let caller = info.caller.get().map_or("-", String::as_str);
    let millis = took.as_secs_f64() * 1000.0;
    log::info!(
        target: "access",
        request_id = info.id.as_str(), method = method, path = path, status = status, caller = caller, millis = millis;
        "{method} {path} {status} {millis:.1}ms {caller} {}", info.id
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_unless_english_is_wanted_more() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(text).unwrap());
            Language::wanted(&headers)
        };
        assert_eq!(Language::wanted(&HeaderMap::new()), Language::Vietnamese);
        assert_eq!(of("en-GB,en;q=0.9"), Language::English);
        assert_eq!(of("vi,en;q=0.8"), Language::Vietnamese);
        assert_eq!(of("en;q=0.3, vi-VN;q=0.7"), Language::Vietnamese);
        assert_eq!(of("*"), Language::Vietnamese);
    }
}
