//! Rows of accounts, sessions, clients and grants.

mod accounts;
mod clients;
mod grants;

pub use accounts::{
    AccountChange, Holding, Known, account_in_session, account_with_grants, client_secrets_of, client_with_grants,
    find_account, find_account_by_name, has_password, insert_account, insert_refresh_token, insert_session,
    list_accounts, live_session, lock_account, login, names_of, owner_of_token, revoke_session, revoke_sessions_of,
    session_of_used_token, update_account, use_refresh_token,
};
pub use clients::{find_client, insert_client, insert_secret, list_clients, touch_client};
pub use grants::{
    clients_granted_outside, end_grant, find_grant, has_grants, has_grants_outside, insert_grant, list_grants,
};
