//! Extractors whose every fault is a problem document with pointers.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::request::{RequestInfo, once_admitted};
use super::scan;
use super::shape::Shapes;
use crate::platform::App;
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::text::is_unseen;

/// A JSON body: `application/json`, or `application/merge-patch+json` for a PATCH.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = body(&req, payload, &["application/json", "application/merge-patch+json"]).await;
            once_admitted(&req, bytes.and_then(|bytes| parse(&req, &bytes).map(Self))).await
        })
    }
}

/// Reads a body of one of these media types, up to the limit.
pub async fn body(req: &HttpRequest, mut payload: Payload, media: &[&str]) -> Result<web::Bytes> {
    let headers = req.headers();
    // What is packed may be larger by a thousand when it is unpacked: it is not unpacked.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(Error::new(code::UNSUPPORTED_MEDIA_TYPE)
            .detail("Gửi nội dung không nén", "Send the body without Content-Encoding"));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = parameters.trim().to_ascii_lowercase().replace('"', "");
    if !media.iter().any(|known| kind.trim().eq_ignore_ascii_case(known))
        || !matches!(charset.as_str(), "" | "charset=utf-8")
    {
        return Err(Error::new(code::UNSUPPORTED_MEDIA_TYPE)
            .detail(format!("Cần {}", media.join(", ")), format!("Send {}", media.join(" or "))));
    }
    let app = App::extract(req).await?;
    let (limit, most) = (app.settings.body_limit, app.settings.limits.patience.body);
    let too_large =
        || Error::new(code::TOO_LARGE).detail(format!("Tối đa {limit} byte"), format!("At most {limit} bytes"));
    // Who says that it is too large need not send it.
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let payload = web::Payload::from_request(req, &mut payload)
        .await
        .map_err(|error| Error::new(code::INVALID_REQUEST).caused_by(error.to_string()))?;
    let bytes = tokio::time::timeout(most, payload.to_bytes_limited(limit))
        .await
        .map_err(|_| Error::new(code::TOO_SLOW))?
        .map_err(|_| too_large())?
        .map_err(|error| Error::new(code::INVALID_REQUEST).caused_by(error.to_string()))?;
    let _ = RequestInfo::of(req).digest.set(Sha256::digest(&bytes).to_vec());
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(req: &HttpRequest, bytes: &[u8]) -> Result<T> {
    let unseen = scan::faults(bytes).map_err(|error| {
        Error::new(code::MALFORMED_JSON).detail(
            format!("Dòng {}, cột {}", error.line(), error.column()),
            format!("At line {}, column {}", error.line(), error.column()),
        )
    })?;
    if !unseen.is_empty() {
        let shapes = req.app_data::<web::Data<Shapes>>();
        let all = unseen.into_iter().chain(shapes.map(|shapes| shapes.faults(req, bytes)).unwrap_or_default());
        return Err(Error::refused(all.collect()));
    }
    // serde stops at the first fault, and takes a list for an object; the document knows the shape of the body.
    let all = req.app_data::<web::Data<Shapes>>().map(|shapes| shapes.faults(req, bytes)).unwrap_or_default();
    if all.iter().any(|finding| finding.code == code::WRONG_TYPE) {
        return Err(Error::refused(all));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if all.is_empty() {
            // The parser's own words repeat the value, which may be a secret.
            Error::refused(vec![Finding::plain(pointer(error.path()), code::WRONG_TYPE)])
        } else {
            Error::refused(all)
        }
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

/// The variable parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<T>::from_request(req, payload).into_inner();
        let parts = parts.map(|parts| Self(parts.into_inner())).map_err(|error| {
            Error::new(code::INVALID_PATH).with(Finding::plain("path", code::BAD_FORMAT)).caused_by(error.to_string())
        });
        once_admitted(req, parts)
    }
}

/// The query: a parameter that is not known is refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        once_admitted(req, query(req.query_string()).and_then(|parsed| bounded(req).map(|()| Self(parsed))))
    }
}

/// Refuses what is longer than the document says.
fn bounded(req: &HttpRequest) -> Result<()> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(req.query_string()).unwrap_or_default();
    let shapes = req.app_data::<web::Data<Shapes>>();
    let faults = shapes.map(|shapes| shapes.too_long(req, &pairs)).unwrap_or_default();
    if faults.is_empty() { Ok(()) } else { Err(faults.into_iter().fold(Error::new(code::INVALID_QUERY), Error::with)) }
}

/// The query of an operation without parameters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Parses a query string.
pub fn query<T: DeserializeOwned>(text: &str) -> Result<T> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(text).map_err(|error| Error::new(code::INVALID_QUERY).caused_by(error))?;
    let unseen: Vec<Finding> = pairs
        .iter()
        .filter(|(name, value)| is_unseen(name) || is_unseen(value))
        .map(|(name, _)| {
            Finding::plain(name.chars().filter(|c| !c.is_control()).take(100).collect::<String>(), code::BAD_CHARACTER)
        })
        .collect();
    if !unseen.is_empty() {
        return Err(unseen.into_iter().fold(Error::new(code::INVALID_QUERY), Error::with));
    }
    serde_urlencoded::from_str(text).map_err(|error| {
        let text = error.to_string();
        let name = text.split('`').nth(1).unwrap_or("query").to_owned();
        let code = if text.starts_with("unknown field") { code::UNKNOWN_FIELD } else { code::BAD_FORMAT };
        Error::new(code::INVALID_QUERY).with(Finding::new(name, code, Say::new(text.clone(), text)))
    })
}
