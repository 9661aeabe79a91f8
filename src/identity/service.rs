//! Signing in and out, tokens of systems, and the keeping of accounts, clients and grants.

mod accounts;
mod clients;
mod grants;
mod passwords;
mod sessions;
mod systems;
mod throttle;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use accounts::{
    AccountProposal, NewPassword, create_account, find_account, has_grants, reset_password, tell_account_actions,
    update_account,
};
pub use clients::{
    ClientChange, ClientProposal, NewClientSecret, create_client, rotate_client_secret, tell_client_actions,
    update_client,
};
pub use grants::{GrantProposal, create_grant, default_period, end_grant};
pub use passwords::change_own_password;
pub use sessions::{Request, SignIn, SignedIn, end_all_sessions, end_session, refresh, sign_in, sign_out};
pub use systems::{Introspection, authenticate, client_token, introspect, revoke};

use super::store;
use super::tokens;
use crate::platform::App;
use crate::platform::db::{Actor, ActorKind, Origin, Write};
use crate::platform::error::Result;

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// Who writes where no token says who calls.
struct OriginOf(Origin);

impl OriginOf {
    fn new(kind: ActorKind, id: Uuid, label: &str, request_id: &str) -> Self {
        let actor = Actor { kind, id: Some(id), label: label.to_owned(), request_id: request_id.to_owned() };
        Self(Origin { actor, write: Write::default() })
    }
}

impl AsRef<Origin> for OriginOf {
    fn as_ref(&self) -> &Origin {
        &self.0
    }
}

/// A secret of 256 random bits.
pub fn new_secret(app: &App) -> String {
    BASE64.encode(app.db.ids().bytes::<32>())
}

/// Seconds that an access token is good for.
pub fn access_token_seconds() -> i64 {
    tokens::LIFE.num_seconds()
}

/// Forgets tries to sign in that mean nothing any more, and revoked tokens that have ended.
pub async fn forget_what_is_over(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    store::forget_tries(&mut conn, now).await?;
    store::forget_revoked_tokens(&mut conn, now - tokens::LEEWAY).await
}
