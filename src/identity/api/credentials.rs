//! How a system shows who it is: by Basic, or in the form (RFC 6749, 2.3.1), and never both.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::future::LocalBoxFuture;

use crate::identity::service::Request;
use crate::platform::config::Secret;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Peer;
use crate::platform::http::extract::body;
use crate::platform::http::request::RequestInfo;
use crate::platform::http::shape::Shapes;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form body as OAuth 2 reads it: a parameter without a value is absent, one that is not known is ignored, one that
/// stands twice is a fault.
pub struct Form {
    parameters: Vec<(String, String)>,
    /// `Authorization: Basic`, read or unreadable.
    basic: Option<Option<(String, Secret)>>,
    /// Where the request comes from.
    pub request: Request,
}

fn invalid(vi: &'static str, en: &'static str) -> Error {
    Error::new(code::INVALID_REQUEST).detail(vi, en)
}

/// Decodes a form and refuses what is no UTF-8: the usual decoder puts marks in its place.
fn pairs(text: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(text).ok()?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).ok()?;
    let written = text.contains('\u{FFFD}') || text.to_ascii_uppercase().contains("%EF%BF%BD");
    let junk = pairs.iter().any(|(name, value)| name.contains('\u{FFFD}') || value.contains('\u{FFFD}'));
    (!junk || written).then_some(pairs)
}

/// Both halves of a Basic header are form-encoded.
fn decode(half: &str) -> Option<String> {
    pairs(format!("x={}", half.replace('&', "%26")).as_bytes())?.pop().map(|(_, value)| value)
}

fn basic(value: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id)?, Secret::new(decode(secret)?)))
}

impl Form {
    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub fn need(&self, name: &'static str) -> Result<&str> {
        self.get(name).ok_or_else(|| {
            Error::new(code::INVALID_REQUEST).detail(format!("Thiếu {name}"), format!("{name} is missing"))
        })
    }

    /// Who calls, and with which secret.
    pub fn credentials(&self) -> Result<(&str, &str)> {
        let (id, secret) = (self.get("client_id"), self.get("client_secret"));
        match &self.basic {
            Some(_) if secret.is_some() => {
                Err(invalid("Chỉ dùng một cách xác thực", "Use one way to show who you are, not two"))
            }
            Some(None) => Err(Error::new(code::INVALID_CLIENT)),
            Some(Some((name, _))) if id.is_some_and(|id| id != name) => {
                Err(invalid("client_id khác với tiêu đề", "client_id is not that of the header"))
            }
            Some(Some((name, secret))) => Ok((name, secret.reveal())),
            None => id.zip(secret).ok_or_else(|| Error::new(code::INVALID_CLIENT)),
        }
    }
}

impl FromRequest for Form {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = body(&req, payload, &[FORM]).await?;
            let all = pairs(&bytes).ok_or_else(|| invalid("Không đọc được biểu mẫu", "The form cannot be read"))?;
            let names: std::collections::HashSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            if names.len() < all.len() {
                return Err(invalid("Tham số bị lặp lại", "A parameter stands twice"));
            }
            let shapes = req.app_data::<web::Data<Shapes>>();
            if shapes.is_some_and(|shapes| !shapes.too_long(&req, &all).is_empty()) {
                return Err(invalid("Tham số quá dài", "A parameter is too long"));
            }
            let parameters = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let mut headers = req.headers().get_all(header::AUTHORIZATION);
            let basic = headers.next().map(|value| value.to_str().ok().and_then(basic));
            if headers.next().is_some() {
                return Err(invalid("Tiêu đề Authorization bị lặp lại", "Authorization stands twice"));
            }
            let request = Request { id: RequestInfo::of(&req).id, peer: Peer::extract(&req).await? };
            Ok(Self { parameters, basic, request })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// O03: both halves of Basic are form-encoded, and rubbish is no credential.
    #[test]
    fn basic_is_form_encoded() {
        let of = |text: &str| basic(&format!("Basic {}", BASE64.encode(text)));
        for (sent, id, secret) in [
            ("payroll:s3cret", "payroll", "s3cret"),
            ("a%3Ab:c%25d%2Be", "a:b", "c%d+e"),
            ("a+b:c:d", "a b", "c:d"),
            ("a:b&c=d", "a", "b&c=d"),
            ("a:", "a", ""),
        ] {
            let (found, shown) = of(sent).unwrap();
            assert_eq!((&*found, shown.reveal()), (id, secret), "{sent}");
        }
        for bad in ["Bearer YTpi", "Basic", "Basic !!", "Basic YWI=", "Basic /////w=="] {
            assert!(basic(bad).is_none(), "{bad}");
        }
        assert!(of("a%ff:b").is_none() && of("a:%fe").is_none());
        assert!(basic(&format!("bAsIc  {}", BASE64.encode("a:b"))).is_some());
    }
}
