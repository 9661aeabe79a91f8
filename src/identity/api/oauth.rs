//! Client credentials (RFC 6749), the public keys, and the description of both (RFC 8414).

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, get, post, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::identity::service;
use crate::identity::tokens::{KEYS_MAX_AGE, Tokens};
use crate::platform::App;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::extract::body;
use crate::platform::http::{Answer, ListProblems, WriteProblems};

/// What a system asks with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant_type": "client_credentials"}))]
pub struct TokenRequest {
    /// `client_credentials`.
    #[schema(max_length = 100)]
    grant_type: Option<String>,
    /// Where not in the Basic header.
    #[schema(max_length = 64)]
    client_id: Option<String>,
    /// Where not in the Basic header.
    #[schema(max_length = 200)]
    client_secret: Option<String>,
}

/// A token for a system.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// For `Authorization: Bearer`.
    #[schema(max_length = 8192)]
    access_token: String,
    /// `Bearer`.
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that it is good for.
    expires_in: i64,
}

/// A form body.
pub struct Form(TokenRequest);

impl FromRequest for Form {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = body(&req, payload, &["application/x-www-form-urlencoded"]).await?;
            let form = serde_urlencoded::from_bytes(&bytes)
                .map_err(|error| Error::new(code::INVALID_REQUEST).caused_by(error))?;
            Ok(Self(form))
        })
    }
}

/// Both halves of a Basic header are form-encoded (RFC 6749, 2.3.1).
fn basic(req: &HttpRequest) -> Option<(String, String)> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |half: &str| {
        serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("x={half}")).ok()?.pop().map(|(_, value)| value)
    };
    if scheme.eq_ignore_ascii_case("basic") { decode(id).zip(decode(secret)) } else { None }
}

/// A token for a system, by client credentials.
///
/// RFC 6749, 4.4. The client shows its id and secret by HTTP Basic or in the form, not both. The token is good for ten
/// minutes and is asked for anew, there is no refresh token. Its grants are read at each request, not when it is made.
#[utoipa::path(operation_id = "createClientToken", tag = "identity", security(("client" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenView, description = "A token"), WriteProblems))]
#[post("/oauth/token")]
pub async fn create_client_token(
    req: HttpRequest,
    app: App,
    tokens: web::Data<Tokens>,
    Form(form): Form,
) -> Result<Answer> {
    let header = basic(&req);
    let (id, secret) = match (header, form.client_id.zip(form.client_secret)) {
        (Some(_), Some(_)) => return Err(Error::new(code::INVALID_REQUEST)),
        (Some(pair), None) | (None, Some(pair)) => pair,
        (None, None) => return Err(Error::new(code::INVALID_CLIENT)),
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        None => return Err(Error::new(code::INVALID_REQUEST)),
        Some(_) => return Err(Error::new(code::UNSUPPORTED_GRANT_TYPE)),
    }
    let access_token = service::client_token(&app, &tokens, &id, &secret).await?;
    Answer::value(&TokenView { access_token, token_type: "Bearer", expires_in: service::access_token_seconds() })
}

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
pub struct KeySet {
    /// Ed25519 keys.
    #[schema(max_items = 20, value_type = Vec<Object>)]
    keys: Value,
}

/// The public keys of our tokens.
///
/// For services that verify our access tokens themselves. Every key that verifies is listed, the one that signs first;
/// a key that was replaced stays until its last token has ended.
#[utoipa::path(operation_id = "getJwks", tag = "identity", security(()), responses((status = 200, body = KeySet, description = "The keys"), ListProblems))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(tokens: web::Data<Tokens>) -> Result<Answer> {
    let keys = tokens.jwks().get("keys").cloned().unwrap_or_default();
    Ok(Answer::value(&KeySet { keys })?.cacheable_for(KEYS_MAX_AGE))
}

/// Where to get tokens and how (RFC 8414).
#[derive(Serialize, ToSchema)]
pub struct AuthorizationServer {
    /// The issuer of our tokens.
    #[schema(max_length = 2000)]
    issuer: String,
    /// Where systems get tokens.
    #[schema(max_length = 2000)]
    token_endpoint: String,
    /// Where the public keys are.
    #[schema(max_length = 2000)]
    jwks_uri: String,
    /// `client_credentials`.
    #[schema(max_items = 10)]
    grant_types_supported: Vec<&'static str>,
    /// How clients show who they are.
    #[schema(max_items = 10)]
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// None: there is no authorization endpoint.
    #[schema(max_items = 10)]
    response_types_supported: Vec<&'static str>,
}

/// Where to get tokens and how.
///
/// The metadata of RFC 8414: the issuer, the token endpoint, the keys, and the ways in which a client shows who it is.
/// It lists what works and nothing else.
#[utoipa::path(operation_id = "getAuthorizationServer", tag = "identity", security(()),
    responses((status = 200, body = AuthorizationServer, description = "The description"), ListProblems))]
#[get("/.well-known/oauth-authorization-server")]
pub async fn get_authorization_server(tokens: web::Data<Tokens>) -> Result<Answer> {
    let issuer = tokens.issuer();
    let view = AuthorizationServer {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}/oauth/token"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
        response_types_supported: Vec::new(),
    };
    Ok(Answer::value(&view)?.cacheable())
}
