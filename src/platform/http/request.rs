//! Around every request: its id, its language, its line in the log, its counters, its deadline, and the rendering of
//! whatever error comes out.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::peer;
use super::problem::{self, MEDIA_TYPE, Rendered};
use super::quota::{self, Held, Standing};
use super::trace::Trace;
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
    /// The trace that it belongs to.
    pub trace: Arc<Trace>,
    /// Where the caller stands with their quota, set when the request has been counted.
    pub standing: Arc<OnceLock<Standing>>,
    /// The right to a costly answer.
    pub held: Arc<OnceLock<Held>>,
}

impl RequestInfo {
    /// That of a request.
    pub fn of(req: &HttpRequest) -> Self {
        req.extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self::new(String::new(), Language::Vietnamese, Trace::default()))
    }

    fn new(id: String, language: Language, trace: Trace) -> Self {
        Self {
            id,
            language,
            digest: Arc::default(),
            caller: Arc::default(),
            admission: Arc::new(Semaphore::new(1)),
            trace: Arc::new(trace),
            standing: Arc::default(),
            held: Arc::default(),
        }
    }

    /// What every answer says of its request.
    fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in problem::STANDARD_HEADERS {
            headers.insert(name, value);
        }
        for (name, text) in [(REQUEST_ID, self.id.clone()), (TRACE_RESPONSE, self.trace.response())] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
        quota::tell(self, headers);
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
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

fn request_id(headers: &HeaderMap, app: &App) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:+/=~".contains(&b))
        })
        .map_or_else(|| app.db.ids().next(app.clock.now()).to_string(), str::to_owned)
}

/// One well-formed `traceparent`; two of them are none.
fn trace(headers: &HeaderMap, app: &App) -> Trace {
    let mut parents = headers.get_all(TRACE_PARENT);
    let parent = parents.next().filter(|_| parents.next().is_none());
    Trace::of(parent.and_then(|value| value.to_str().ok()), app.db.ids())
}

/// The outermost middleware.
pub async fn observe<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let Some(app) = req.app_data::<web::Data<App>>().map(|app| App::clone(app)) else {
        return Err(Error::internal("the application has no state").into());
    };
    let started = Instant::now();
    let headers = req.headers();
    let info = RequestInfo::new(request_id(headers, &app), Language::wanted(headers), trace(headers, &app));
    req.extensions_mut().insert(info.clone());
    let (method, path) = (known_method(req.method()), req.path().to_owned());
    // A HEAD is answered as the GET would be; the connection knows that its body is not sent.
    if req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    let peer = peer::of(&app, req.request());
    let counted = !UNCOUNTED.contains(&path.as_str());
    let stranger = !req.headers().contains_key(header::AUTHORIZATION);
    let within = if counted && stranger { quota::of_peer(&app, &info, peer) } else { Ok(()) };
    let answer = match within {
        Ok(()) => tokio::time::timeout(app.settings.deadline, next.call(req))
            .await
            .unwrap_or_else(|_| Err(Error::new(code::UNAVAILABLE).caused_by("the deadline passed").into())),
        Err(beyond) => Err(beyond.into()),
    };
    // A token that is not good makes a stranger.
    let refused = |answer: &ServiceResponse<B>| answer.status() == StatusCode::UNAUTHORIZED;
    let answer = match answer {
        Ok(answer) if counted && !stranger && refused(&answer) => {
            quota::of_peer(&app, &info, peer).map(|()| answer).map_err(Into::into)
        }
        answer => answer,
    };
    let mut response = match answer {
        Ok(response) => finish(response, &info),
        Err(error) => {
            let ours = error.as_error::<Error>();
            let status = ours.map_or_else(|| error.as_response_error().status_code(), |e| problem::status(e.kind()));
            let internal = Error::internal(error.to_string());
            let ours = ours.unwrap_or(&internal);
            log_failure(ours, &info);
            app.metrics.observe(method, UNMATCHED, status.as_u16(), started.elapsed());
            access_line(&info, method, UNMATCHED, status.as_u16(), started.elapsed());
            let mut answer = problem::render(ours, info.language, &path, &info.id);
            info.tell(answer.headers_mut());
            return Err(Rendered::of(answer).into());
        }
    };
    let status = response.status().as_u16();
    let route = response.request().match_pattern().unwrap_or_else(|| UNMATCHED.to_owned());
    info.tell(response.headers_mut());
    app.metrics.observe(method, &route, status, started.elapsed());
    access_line(&info, method, &shown(&route, &path), status, started.elapsed());
    Ok(response)
}

/// The route of what no route answers.
const UNMATCHED: &str = "unmatched";
/// What supervisors and scrapers ask has no quota.
const UNCOUNTED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The path for the log: the route with the ids that stand in it, and nothing else that a caller wrote. A path may hold
/// the number of a person, or a secret that somebody pasted.
fn shown(route: &str, path: &str) -> String {
    let parts = route.split('/').zip(path.split('/'));
    let part = |(known, given): (&str, &str)| {
        if known.starts_with('{') && given.parse::<Uuid>().is_ok() { given.to_owned() } else { known.to_owned() }
    };
    parts.map(part).collect::<Vec<_>>().join("/")
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
        None => Some(problem::render(&problem::of_status(status), info.language, &path, &info.id)),
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
        request_id = info.id.as_str(), trace_id = info.trace.id.as_str(), span_id = info.trace.span.as_str(), method = method, path = path, status = status, caller = caller, millis = millis;
        "{method} {path} {status} {millis:.1}ms {caller} {} {}", info.id, info.trace.id
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I15: what a caller wrote into a path stays out of the log.
    #[test]
    fn the_log_shows_routes_and_ids() {
        let id = "01994f7e-1111-7000-8000-000000000bad";
        assert_eq!(shown("/v1/cadres/{id}", &format!("/v1/cadres/{id}")), format!("/v1/cadres/{id}"));
        assert_eq!(shown("/v1/cadres/{id}", "/v1/cadres/001099012345"), "/v1/cadres/{id}");
        assert_eq!(shown(UNMATCHED, "/v1/secret"), UNMATCHED);
    }

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
