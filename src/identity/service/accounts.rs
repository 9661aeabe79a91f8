//! The keeping of accounts.

use uuid::Uuid;

use crate::identity::caller::Caller;
use crate::identity::model::{Account, AccountId, Holder, LoginName};
use crate::identity::store::{self, AccountChange};
use crate::identity::{password, scope};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result, code};

/// A person to be given an account.
pub struct AccountProposal {
    /// Name to sign in with.
    pub user_name: LoginName,
    /// Name to show.
    pub display_name: String,
    /// First password.
    pub password: Secret,
    /// The cadre that the person is.
    pub cadre_id: Option<Uuid>,
}

/// Who a person is decides whose file they read and about whom they may not decide: only who manages the accounts of the
/// whole province says it, and not about themselves.
async fn check_link(tx: &mut Tx, caller: &Caller, account: AccountId) -> Result<()> {
    if caller.actor().id == Some(account.0) {
        return Err(Error::new(code::OWN_CASE));
    }
    if scope::covers_all(tx.conn(), caller.scope()).await? {
        return Ok(());
    }
    Err(Error::new(code::FORBIDDEN).detail(
        "Chỉ người quản trị tài khoản toàn tỉnh được đặt cadre_id",
        "Only who manages the accounts of the whole province sets cadre_id",
    ))
}

/// Makes an account.
pub async fn create_account(app: &App, caller: &Caller, proposal: &AccountProposal) -> Result<Outcome<Account>> {
    password::acceptable("/password", &proposal.password).map_err(|finding| Error::refused(vec![finding]))?;
    let hash = password::hash(&proposal.password, app.db.ids().bytes()).await?;
    app.db
        .change(caller, "create_account", async |tx| {
            let account = Account {
                id: AccountId(tx.new_id()),
                user_name: proposal.user_name.as_str().to_owned(),
                display_name: proposal.display_name.clone(),
                cadre_id: proposal.cadre_id,
                disabled_at: None,
                version: 1,
                created_at: tx.now(),
            };
            if account.cadre_id.is_some() {
                check_link(tx, caller, account.id).await?;
            }
            store::insert_account(tx, &account, &hash).await?;
            let made = Effect::new("account_created", "account", account.id, &account.user_name, None);
            let entry = Entry::on("account", account.id).effects([made]);
            Ok((account, entry))
        })
        .await
}

/// Changes an account; a new password or disabling ends its sessions.
pub async fn update_account(
    app: &App,
    caller: &Caller,
    id: AccountId,
    mut change: AccountChange,
    password: Option<Secret>,
    disabled: Option<bool>,
) -> Result<Outcome<Account>> {
    if let Some(password) = &password {
        password::acceptable("/password", password).map_err(|finding| Error::refused(vec![finding]))?;
        change.password_hash = Some(password::hash(password, app.db.ids().bytes()).await?);
    }
    app.db
        .change(caller, "update_account", async |tx| {
            tx.lock([id.0]).await?;
            let account = store::lock_account(tx, caller.scope(), id).await?;
            if store::has_grants_outside(tx, caller.scope(), Holder::Account(id)).await? {
                return Err(Error::not_found());
            }
            tx.check_version(account.version)?;
            if change.cadre_id.is_some() {
                check_link(tx, caller, id).await?;
            }
            let disabled_at = disabled.map(|disabled| disabled.then(|| account.disabled_at.unwrap_or(tx.now())));
            let ends_sessions = change.password_hash.is_some() || disabled == Some(true);
            let change = AccountChange {
                display_name: change.display_name.clone(),
                cadre_id: change.cadre_id,
                disabled_at,
                password_hash: change.password_hash.clone(),
            };
            store::update_account(tx, id, &change).await?;
            if ends_sessions {
                store::revoke_sessions_of(tx, id).await?;
            }
            let account = store::find_account(tx.conn(), caller.scope(), id).await?;
            let told = [
                (change.display_name.is_some(), "display_name_set"),
                (change.password_hash.is_some(), "password_set"),
                (change.cadre_id == Some(None), "cadre_unlinked"),
                (matches!(change.cadre_id, Some(Some(_))), "cadre_linked"),
                (disabled == Some(true), "account_disabled"),
                (disabled == Some(false), "account_enabled"),
            ];
            let effects = told.into_iter().filter(|(happened, _)| *happened);
            let effects = effects.map(|(_, effect)| Effect::new(effect, "account", id, &account.user_name, None));
            let entry = Entry::on("account", id).effects(effects);
            Ok((account, entry))
        })
        .await
}

/// An account by its name, for the command line.
pub async fn find_account(app: &App, name: &str) -> Result<Account> {
    store::find_account_by_name(&mut *app.db.read().await?, name).await
}

/// Whether an account was ever given a role.
pub async fn has_grants(app: &App, account: AccountId) -> Result<bool> {
    store::has_grants(&mut *app.db.read().await?, account).await
}
