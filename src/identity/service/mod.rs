//! Signing in and out, tokens of systems, and the keeping of accounts, clients and grants.

mod accounts;
mod clients;
mod grants;
mod sessions;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

pub use accounts::{AccountProposal, create_account, find_account, has_grants, update_account};
pub use clients::{NewClientSecret, client_token, create_client, rotate_client_secret, tell_client_actions};
pub use grants::{GrantProposal, create_grant, default_period, end_grant};
pub use sessions::{SignedIn, refresh, sign_in, sign_out};

use super::tokens;
use crate::platform::App;

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// A secret of 256 random bits.
pub fn new_secret(app: &App) -> String {
    BASE64.encode(app.db.ids().bytes::<32>())
}

/// Seconds that an access token is good for.
pub fn access_token_seconds() -> i64 {
    tokens::LIFE.num_seconds()
}
