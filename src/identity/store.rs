//! Rows of accounts, sessions, clients and grants, and of tries to sign in.

mod accounts;
mod clients;
mod grants;
mod sessions;
mod tries;

pub use accounts::{
    AccountChange, Holding, Known, Login, account_in_session, account_with_grants, cadre_of, find_account,
    find_account_by_name, has_password, insert_account, labels_around, list_accounts, lock_account, login, names_of,
    units_of_account, update_account,
};
pub use clients::{
    ClientChange, ClientLogin, client_secrets_of, client_with_grants, find_client, insert_client, insert_revoked_token,
    insert_secret, list_clients, touch_client, update_client,
};
pub use grants::{
    accounts_granted_outside, clients_granted_outside, cut_grants, end_grant, find_grant, grants_at, grants_left,
    has_grants, insert_grant, list_grants, pass_on_grants,
};
pub use sessions::{
    UsedToken, insert_refresh_token, insert_session, is_unused, list_sessions, live_session, owner_of_token,
    revoke_session, revoke_sessions_of, use_refresh_token, used_token,
};
pub use tries::{Charge, Charged, charge_try, forget_revoked_tokens, forget_tries, give_try_back};
