//! The public keys of our tokens, and the description of where tokens come from (RFC 8414).

use actix_web::{get, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::identity::model::Permission;
use crate::identity::tokens::{KEYS_MAX_AGE, Tokens};
use crate::platform::error::Result;
use crate::platform::http::{Answer, ListProblems};

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
pub struct KeySet {
    /// Ed25519 keys.
    #[schema(max_items = 20, value_type = Vec<Object>)]
    keys: Value,
}

/// The public keys of our tokens.
///
/// For services that verify our access tokens themselves. Every key that verifies is listed, and one that will sign for
/// 10 minutes before it does; a key that was replaced stays until its last token has ended.
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
    /// Where systems take their tokens back (RFC 7009).
    #[schema(max_length = 2000)]
    revocation_endpoint: String,
    /// Where systems ask about their tokens (RFC 7662).
    #[schema(max_length = 2000)]
    introspection_endpoint: String,
    /// Where the public keys are.
    #[schema(max_length = 2000)]
    jwks_uri: String,
    /// What a token may be asked for: names of permissions.
    #[schema(max_items = 100)]
    scopes_supported: Vec<&'static str>,
    /// `client_credentials`.
    #[schema(max_items = 10)]
    grant_types_supported: Vec<&'static str>,
    /// How clients show who they are.
    #[schema(max_items = 10)]
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The same.
    #[schema(max_items = 10)]
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The same.
    #[schema(max_items = 10)]
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// None: there is no authorization endpoint.
    #[schema(max_items = 10)]
    response_types_supported: Vec<&'static str>,
}

/// Where to get tokens and how.
///
/// The metadata of RFC 8414: the issuer, the endpoints, the keys, the scopes, and the ways in which a client shows who it
/// is. It lists what works and nothing else.
#[utoipa::path(operation_id = "getAuthorizationServer", tag = "identity", security(()),
    responses((status = 200, body = AuthorizationServer, description = "The description"), ListProblems))]
#[get("/.well-known/oauth-authorization-server")]
pub async fn get_authorization_server(tokens: web::Data<Tokens>) -> Result<Answer> {
    let issuer = tokens.issuer();
    let methods = vec!["client_secret_basic", "client_secret_post"];
    let view = AuthorizationServer {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}/oauth/token"),
        revocation_endpoint: format!("{issuer}/oauth/revoke"),
        introspection_endpoint: format!("{issuer}/oauth/introspect"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials"],
        scopes_supported: Permission::ALL.iter().filter(|one| one.is_for_scopes()).map(|one| one.name()).collect(),
        token_endpoint_auth_methods_supported: methods.clone(),
        revocation_endpoint_auth_methods_supported: methods.clone(),
        introspection_endpoint_auth_methods_supported: methods,
        response_types_supported: Vec::new(),
    };
    Ok(Answer::value(&view)?.cacheable())
}
