//! Making and changing accounts, and the initial passwords that the service makes.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::passwords::check_guessable;
use crate::identity::caller::Caller;
use crate::identity::model::{Account, AccountAction, AccountId, LoginName};
use crate::identity::store::{self, AccountChange};
use crate::identity::{password, scope};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{ActorKind, Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result, code};

/// An initial password is good for this long.
const INITIAL_LIFE: TimeDelta = TimeDelta::hours(72);
/// Characters of an initial password, without those that are read as another: 5 bits each.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    '2', '3', '4', '5', '6', '7', '8', '9', '-',
];

/// A person to be given an account.
pub struct AccountProposal {
    /// Name to sign in with.
    pub user_name: LoginName,
    /// Name to show.
    pub display_name: String,
    /// First password; none: the service makes an initial one.
    pub password: Option<Secret>,
    /// The cadre that the person is.
    pub cadre_id: Option<Uuid>,
}

/// An account with the initial password that is shown this once.
#[derive(Serialize, Deserialize)]
pub struct NewPassword {
    /// The account.
    pub account: Account,
    /// Its initial password, if one was made; none in a replay, since it is kept nowhere.
    #[serde(skip)]
    pub initial_password: Option<String>,
}

/// 20 characters, 100 bits.
fn initial_password(app: &App) -> String {
    let bytes = app.db.ids().bytes::<20>();
    let text = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    text.collect()
}

fn units_of(caller: &Caller) -> Vec<Uuid> {
    caller.holdings().iter().map(|holding| holding.unit_id).collect()
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

/// Makes an account. canbo itself, at the first start and in the demo province, may take any password of good length.
pub async fn create_account(app: &App, caller: &Caller, proposal: &AccountProposal) -> Result<Outcome<NewPassword>> {
    let made = proposal.password.is_none().then(|| initial_password(app));
    let hash = match (&proposal.password, &made) {
        (Some(password), _) => {
            password::acceptable("/password", password).map_err(|finding| Error::refused(vec![finding]))?;
            if caller.actor().kind != ActorKind::System {
                let names = [proposal.user_name.as_str(), &proposal.display_name];
                check_guessable(app, "/password", password, names, &units_of(caller)).await?;
            }
            password::hash(app, password).await?
        }
        (None, made) => password::hash(app, &Secret::new(made.clone().unwrap_or_default())).await?,
    };
    app.db
        .change(caller, "create_account", async |tx| {
            let account = Account {
                id: AccountId(tx.new_id()),
                user_name: proposal.user_name.as_str().to_owned(),
                display_name: proposal.display_name.clone(),
                cadre_id: proposal.cadre_id,
                disabled_at: None,
                initial_until: made.as_ref().map(|_| tx.now() + INITIAL_LIFE),
                allowed_actions: vec![AccountAction::ResetPassword],
                version: 1,
                created_at: tx.now(),
            };
            if account.cadre_id.is_some() {
                check_link(tx, caller, account.id).await?;
            }
            store::insert_account(tx, &account, &hash).await?;
            let told = Effect::new("account_created", "account", account.id, &account.user_name, None);
            let entry = Entry::on("account", account.id).effects([told]);
            Ok((NewPassword { account, initial_password: made.clone() }, entry))
        })
        .await
}

/// Says of each account what the caller may do with it: one statement whatever their number. One that acts elsewhere too
/// is seen, and changed by nobody here.
pub async fn tell_account_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    accounts: &mut [Account],
    today: NaiveDate,
) -> Result<()> {
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let elsewhere = store::accounts_granted_outside(conn, caller.scope(), &ids, today).await?;
    for account in accounts {
        account.allowed_actions =
            if elsewhere.contains(&account.id) { Vec::new() } else { vec![AccountAction::ResetPassword] };
    }
    Ok(())
}

/// An account that the caller may change.
async fn changeable(tx: &mut Tx, caller: &Caller, id: AccountId) -> Result<Account> {
    tx.lock([id.0]).await?;
    let mut account = store::lock_account(tx, caller.scope(), id).await?;
    let today = tx.today();
    tell_account_actions(tx.conn(), caller, std::slice::from_mut(&mut account), today).await?;
    if account.allowed_actions.is_empty() {
        return Err(Error::not_found());
    }
    tx.check_version(account.version)?;
    Ok(account)
}

/// Gives an account an initial password in place of its own, and ends its sessions.
pub async fn reset_password(app: &App, caller: &Caller, id: AccountId) -> Result<Outcome<NewPassword>> {
    let made = initial_password(app);
    let hash = password::hash(app, &Secret::new(made.clone())).await?;
    app.db
        .change(caller, "reset_password", async |tx| {
            let account = changeable(tx, caller, id).await?;
            let until: DateTime<Utc> = tx.now() + INITIAL_LIFE;
            let change = AccountChange {
                password_hash: Some(hash.clone()),
                initial_until: Some(Some(until)),
                ..AccountChange::default()
            };
            store::update_account(tx, id, &change).await?;
            store::revoke_sessions_of(tx, id, None).await?;
            let allowed_actions = account.allowed_actions;
            let account = Account { allowed_actions, ..store::find_account(tx.conn(), caller.scope(), id).await? };
            let told = Effect::new("password_reset", "account", id, &account.user_name, None);
            let entry = Entry::on("account", id).effects([told]);
            Ok((NewPassword { account, initial_password: Some(made.clone()) }, entry))
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
        let of = store::find_account(&mut *app.db.read().await?, caller.scope(), id).await?;
        check_guessable(app, "/password", password, [&of.user_name, &of.display_name], &units_of(caller)).await?;
        change.password_hash = Some(password::hash(app, password).await?);
        change.initial_until = Some(None);
    }
    app.db
        .change(caller, "update_account", async |tx| {
            let account = changeable(tx, caller, id).await?;
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
                initial_until: change.initial_until,
            };
            store::update_account(tx, id, &change).await?;
            if ends_sessions {
                store::revoke_sessions_of(tx, id, None).await?;
            }
            let allowed_actions = account.allowed_actions;
            let account = Account { allowed_actions, ..store::find_account(tx.conn(), caller.scope(), id).await? };
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
