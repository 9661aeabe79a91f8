//! Extractors whose every fault is a problem document with pointers.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::request::{RequestInfo, once_admitted};
use super::shape::Shapes;
use crate::platform::App;
use crate::platform::error::{Error, Finding, Result, Say, code};

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
    let kind = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = parameters.trim().to_ascii_lowercase().replace('"', "");
    if !media.iter().any(|known| kind.trim().eq_ignore_ascii_case(known))
        || !matches!(charset.as_str(), "" | "charset=utf-8")
    {
        return Err(Error::new(code::UNSUPPORTED_MEDIA_TYPE)
            .detail(format!("Cần {}", media.join(", ")), format!("Send {}", media.join(" or "))));
    }
    let limit = App::extract(req).await?.settings.body_limit;
    let bytes = web::Payload::from_request(req, &mut payload)
        .await
        .map_err(|error| Error::new(code::INVALID_REQUEST).caused_by(error.to_string()))?
        .to_bytes_limited(limit)
        .await
        .map_err(|_| {
            Error::new(code::TOO_LARGE).detail(format!("Tối đa {limit} byte"), format!("At most {limit} bytes"))
        })?
        .map_err(|error| Error::new(code::INVALID_REQUEST).caused_by(error.to_string()))?;
    let _ = RequestInfo::of(req).digest.set(Sha256::digest(&bytes).to_vec());
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(req: &HttpRequest, bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| (pointer(error.path()), error.into_inner()))
        .and_then(|value| reader.end().map(|()| value).map_err(|error| (String::new(), error)));
    parsed.map_err(|(pointer, error)| {
        if !error.is_data() {
            return Error::new(code::MALFORMED_JSON).detail(
                format!("Dòng {}, cột {}", error.line(), error.column()),
                format!("At line {}, column {}", error.line(), error.column()),
            );
        }
        // serde stops at the first fault; the document knows the shape of the body and finds the others.
        let all = req.app_data::<web::Data<Shapes>>().map(|shapes| shapes.faults(req, bytes)).unwrap_or_default();
        if all.is_empty() {
            let text = error.to_string();
            Error::refused(vec![Finding::new(pointer, code::WRONG_TYPE, Say::new(text.clone(), text))])
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
            let text = error.to_string();
            Error::new(code::INVALID_PATH).with(Finding::new("path", code::BAD_FORMAT, Say::new(text.clone(), text)))
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
        once_admitted(req, query(req.query_string()).map(Self))
    }
}

/// Parses a query string.
pub fn query<T: DeserializeOwned>(text: &str) -> Result<T> {
    if let Some(pair) = text.split('&').find(|pair| pair.contains("%00")) {
        let name = pair.split('=').next().unwrap_or_default().to_owned();
        return Err(Error::new(code::INVALID_QUERY).with(Finding::plain(name, code::BAD_CHARACTER)));
    }
    serde_urlencoded::from_str(text).map_err(|error| {
        let text = error.to_string();
        let name = text.split('`').nth(1).unwrap_or("query").to_owned();
        let code = if text.starts_with("unknown field") { code::UNKNOWN_FIELD } else { code::BAD_FORMAT };
        Error::new(code::INVALID_QUERY).with(Finding::new(name, code, Say::new(text.clone(), text)))
    })
}
