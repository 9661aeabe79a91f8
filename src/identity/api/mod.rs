//! What callers see of identity.

mod accounts;
mod clients;
mod credentials;
mod grants;
mod metadata;
mod oauth;
mod passwords;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(sessions::create_session)
        .service(sessions::refresh_session)
        .service(sessions::delete_current_session)
        .service(sessions::list_sessions)
        .service(sessions::delete_sessions)
        .service(sessions::delete_session)
        .service(sessions::get_me)
        .service(passwords::change_own_password)
        .service(passwords::reset_password)
        .service(accounts::list_accounts)
        .service(accounts::create_account)
        .service(accounts::get_account)
        .service(accounts::update_account)
        .service(clients::list_clients)
        .service(clients::create_client)
        .service(clients::get_client)
        .service(clients::update_client)
        .service(clients::rotate_client_secret)
        .service(grants::list_grants)
        .service(grants::create_grant)
        .service(grants::get_grant)
        .service(grants::delete_grant);
}

/// Paths at the root.
pub fn configure_root(cfg: &mut ServiceConfig) {
    cfg.service(oauth::create_client_token)
        .service(oauth::revoke_client_token)
        .service(oauth::introspect_client_token)
        .service(metadata::get_jwks)
        .service(metadata::get_authorization_server);
}
