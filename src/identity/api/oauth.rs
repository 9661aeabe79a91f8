//! Tokens of systems: getting them (RFC 6749), taking them back (RFC 7009), asking about them (RFC 7662).

use actix_web::{post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credentials::Form;
use crate::identity::model::Permissions;
use crate::identity::service::{self, Introspection};
use crate::identity::standing::Standings;
use crate::identity::tokens::Tokens;
use crate::platform::App;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::{Answer, AttemptProblems, WriteProblems};

/// What a system asks with.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "scope": "units.read posts.read"}))]
#[expect(dead_code, reason = "describes the form in the document; its extractor reads it")]
pub struct TokenRequest {
    /// `client_credentials`.
    #[schema(max_length = 100)]
    grant_type: Option<String>,
    /// What the token is to allow: names of permissions, one space between them. Absent: whatever the client may.
    #[schema(max_length = 2000)]
    scope: Option<String>,
    /// Where not in the Basic header.
    #[schema(max_length = 64)]
    client_id: Option<String>,
    /// Where not in the Basic header.
    #[schema(max_length = 200)]
    client_secret: Option<String>,
}

/// A token that is asked about or taken back.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.AA"}))]
#[expect(dead_code, reason = "describes the form in the document; its extractor reads it")]
pub struct OwnTokenRequest {
    /// The token.
    #[schema(max_length = 8192)]
    token: String,
    /// `access_token`; anything else is ignored.
    #[schema(max_length = 100)]
    token_type_hint: Option<String>,
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
    /// What it allows at most; absent: whatever the client's roles allow when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    scope: Option<String>,
}

/// A token for a system, by client credentials.
///
/// RFC 6749, 4.4. The client shows its id and secret by HTTP Basic or in the form, not both. The token is good for ten
/// minutes and is asked for anew, there is no refresh token. Its grants are read at each request, not when it is made.
/// A scope beyond what the client may is refused with `invalid_scope`.
#[utoipa::path(operation_id = "createClientToken", tag = "identity", security(("client" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenView, description = "A token"), WriteProblems, AttemptProblems))]
#[post("/oauth/token")]
pub async fn create_client_token(app: App, tokens: web::Data<Tokens>, form: Form) -> Result<Answer> {
    let (id, secret) = form.credentials()?;
    match form.need("grant_type")? {
        "client_credentials" => {}
        _ => return Err(Error::new(code::UNSUPPORTED_GRANT_TYPE)),
    }
    let client = service::authenticate(&app, id, secret, &form.request).await?;
    let (access_token, scope) = service::client_token(&app, &tokens, &client, form.get("scope")).await?;
    Answer::value(&TokenView {
        access_token,
        token_type: "Bearer",
        expires_in: service::access_token_seconds(),
        scope: scope.map(Permissions::scope),
    })
}

/// What taking a token back answers, whatever it was.
#[derive(Serialize, ToSchema)]
pub struct RevocationView {}

/// Takes an access token of the calling client back.
///
/// A token that is over, unknown or another client's changes nothing and gets the same answer. Tokens of people are no
/// client's: a person signs out.
#[utoipa::path(operation_id = "revokeClientToken", tag = "identity", security(("client" = [])),
    request_body(content = OwnTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = RevocationView, description = "It is good no more"), WriteProblems, AttemptProblems))]
#[post("/oauth/revoke")]
pub async fn revoke_client_token(app: App, tokens: web::Data<Tokens>, form: Form) -> Result<Answer> {
    let (id, secret) = form.credentials()?;
    let token = form.need("token")?;
    let client = service::authenticate(&app, id, secret, &form.request).await?;
    service::revoke(&app, &tokens, &client, token, &form.request).await?;
    Answer::value(&RevocationView {})
}

/// What a token is worth.
#[derive(Default, Serialize, ToSchema)]
pub struct IntrospectionView {
    /// Whether it is good; false: nothing else is told.
    active: bool,
    /// What it allows now: names of permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    scope: Option<String>,
    /// The client, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    client_id: Option<String>,
    /// The client, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    sub: Option<String>,
    /// `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10)]
    token_type: Option<&'static str>,
    /// Issued, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// Ends, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// Its issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    jti: Option<String>,
}

/// What an access token of the calling client is worth.
///
/// Of a token that is over, taken back, or not the client's own, `{"active": false}` is all that is told.
#[utoipa::path(operation_id = "introspectClientToken", tag = "identity", security(("client" = [])),
    request_body(content = OwnTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = IntrospectionView, description = "What it is worth"), WriteProblems, AttemptProblems))]
#[post("/oauth/introspect")]
pub async fn introspect_client_token(
    app: App,
    tokens: web::Data<Tokens>,
    standings: web::Data<Standings>,
    form: Form,
) -> Result<Answer> {
    let (id, secret) = form.credentials()?;
    let token = form.need("token")?;
    let client = service::authenticate(&app, id, secret, &form.request).await?;
    let found = service::introspect(&app, &tokens, &standings, &client, token).await?;
    let view = found.map_or_else(IntrospectionView::default, |Introspection { own, scope }| IntrospectionView {
        active: true,
        scope: Some(scope.scope()),
        client_id: Some(own.client_id.to_string()),
        sub: Some(own.sub.to_string()),
        token_type: Some("Bearer"),
        iat: Some(own.starts.timestamp()),
        exp: Some(own.ends.timestamp()),
        iss: Some(tokens.issuer().to_owned()),
        jti: Some(own.jti.to_string()),
    });
    Answer::value(&view)
}
