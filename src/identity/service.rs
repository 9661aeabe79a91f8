//! Signing in and out, tokens of systems, and the keeping of accounts, clients and grants.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::caller::Caller;
use super::model::{
    Account, AccountId, Client, ClientAction, ClientId, Grant, GrantId, Holder, LoginName, Permission, Role,
};
use super::store::{self, AccountChange};
use super::tokens::{self, Subject, Tokens};
use super::{password, scope};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{Actor, ActorKind, Effect, Entry, Origin, Outcome, Tx, Write};
use crate::platform::error::{Error, Finding, Kind, Result, code};
use crate::platform::period::Period;

/// A session ends at the latest after this, whatever its tokens.
const SESSION_LIFE: TimeDelta = TimeDelta::days(7);
/// The secret before goes on for this long after a rotation.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Tokens of a person.
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Good once, for the next pair.
    pub refresh_token: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn origin(account: Uuid, label: &str, request_id: &str) -> Origin {
    let actor = Actor {
        kind: ActorKind::Account,
        id: Some(account),
        label: label.to_owned(),
        request_id: request_id.to_owned(),
    };
    Origin { actor, write: Write::default() }
}

/// Signs a person in.
pub async fn sign_in(
    app: &App,
    tokens: &Tokens,
    user_name: &str,
    secret: &Secret,
    request_id: &str,
) -> Result<SignedIn> {
    let refused = || Error::new(code::INVALID_CREDENTIALS);
    let known = store::login(&mut *app.db.read().await?, user_name).await?;
    let hash = known.as_ref().map(|(_, hash)| hash.clone());
    let good = password::verify(secret, hash).await?;
    let (account, verified) = known.filter(|_| good).ok_or_else(refused)?;
    let refresh_token = new_secret(app);
    let by = OriginOf(origin(account.0, user_name, request_id));
    let session = app
        .db
        .change(&by, "sign_in", async |tx| {
            // A password that was changed meanwhile opens no session.
            if !store::has_password(tx, account, &verified).await? {
                return Err(refused());
            }
            let session = tx.new_id();
            store::insert_session(tx, session, account, tx.now() + SESSION_LIFE).await?;
            store::insert_refresh_token(tx, session, &digest(&refresh_token)).await?;
            Ok((session, Entry::on("session", session)))
        })
        .await?
        .value;
    let now = app.clock.now();
    let access_token =
        tokens.issue(Subject::Account { account: account.0, session }, None, app.db.ids().next(now), now)?;
    Ok(SignedIn { access_token, refresh_token, expires_at: now + SESSION_LIFE })
}

struct OriginOf(Origin);

impl AsRef<Origin> for OriginOf {
    fn as_ref(&self) -> &Origin {
        &self.0
    }
}

/// What became of a refresh token.
#[derive(Serialize, Deserialize)]
enum Refreshed {
    Good { account: Uuid, session: Uuid, expires_at: DateTime<Utc> },
    Reused,
}

/// Gives a new pair for a refresh token. A second use of one token ends the session: one of the two users of it is not
/// who they seem.
pub async fn refresh(app: &App, tokens: &Tokens, refresh_token: &str, request_id: &str) -> Result<SignedIn> {
    let used = digest(refresh_token);
    let next = new_secret(app);
    let refused = || Error::new(code::INVALID_REFRESH_TOKEN);
    // A token that was never ours changes nothing and leaves no trace in the record.
    let owner = store::owner_of_token(&mut *app.db.read().await?, &used).await?;
    let (account, user_name) = owner.ok_or_else(refused)?;
    let by = OriginOf(origin(account.0, &user_name, request_id));
    let outcome = app
        .db
        .change(&by, "refresh_session", async |tx| {
            let Some(session) = store::use_refresh_token(tx, &used).await? else {
                let session = store::session_of_used_token(tx, &used).await?.ok_or_else(refused)?;
                store::revoke_session(tx, session).await?;
                return Ok((Refreshed::Reused, Entry::on("session", session)));
            };
            let (account, expires_at) = store::live_session(tx, session).await?.ok_or_else(refused)?;
            store::insert_refresh_token(tx, session, &digest(&next)).await?;
            Ok((Refreshed::Good { account: account.0, session, expires_at }, Entry::on("session", session)))
        })
        .await?;
    match outcome.value {
        Refreshed::Reused => Err(refused().caused_by("a refresh token was used twice: its session is revoked")),
        Refreshed::Good { account, session, expires_at } => {
            let now = app.clock.now();
            let access_token =
                tokens.issue(Subject::Account { account, session }, None, app.db.ids().next(now), now)?;
            Ok(SignedIn { access_token, refresh_token: next, expires_at })
        }
    }
}

/// Ends the caller's session.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<Outcome<()>> {
    let session = caller.session().ok_or_else(Error::not_found)?;
    app.db
        .change(caller, "sign_out", async |tx| {
            store::revoke_session(tx, session).await?;
            let ended = Effect::new("session_ended", "session", session, &caller.actor().label, None);
            Ok(((), Entry::on("session", session).effects([ended])))
        })
        .await
}

/// A token for a system that shows its secret.
pub async fn client_token(app: &App, tokens: &Tokens, client_id: &str, secret: &str) -> Result<String> {
    let now = app.clock.now();
    let known = store::client_secrets_of(&mut *app.db.read().await?, client_id, now).await?;
    let shown = digest(secret);
    let client =
        known.iter().find(|(_, hash)| bool::from(hash.as_slice().ct_eq(shown.as_slice()))).map(|(client, _)| *client);
    let client = client.ok_or_else(|| Error::new(code::INVALID_CLIENT))?;
    tokens.issue(Subject::Client(client), Some(client_id), app.db.ids().next(now), now)
}

/// Seconds that an access token is good for.
pub fn access_token_seconds() -> i64 {
    tokens::LIFE.num_seconds()
}

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

/// A client with the secret that is shown this once.
#[derive(Serialize, Deserialize)]
pub struct NewClientSecret {
    /// The client.
    pub client: Client,
    /// Its secret; empty in a replay, since it is kept nowhere.
    #[serde(skip)]
    pub secret: String,
}

/// A secret of 256 random bits.
pub fn new_secret(app: &App) -> String {
    BASE64.encode(app.db.ids().bytes::<32>())
}

/// Makes a client with its first secret.
pub async fn create_client(
    app: &App,
    caller: &Caller,
    client_id: &LoginName,
    name: &str,
    secret: &str,
) -> Result<Outcome<NewClientSecret>> {
    app.db
        .change(caller, "create_client", async |tx| {
            let client = Client {
                id: ClientId(tx.new_id()),
                client_id: client_id.as_str().to_owned(),
                name: name.to_owned(),
                disabled_at: None,
                allowed_actions: vec![ClientAction::RotateSecret],
                version: 1,
                created_at: tx.now(),
            };
            store::insert_client(tx, &client).await?;
            store::insert_secret(tx, client.id, &digest(secret), tx.now()).await?;
            let made = Effect::new("client_created", "client", client.id, &client.client_id, None);
            let entry = Entry::on("client", client.id).effects([made]);
            Ok((NewClientSecret { client, secret: secret.to_owned() }, entry))
        })
        .await
}

/// Says of each client what the caller may do with it: one statement whatever their number. One that acts elsewhere too
/// is seen, and changed by nobody here.
pub async fn tell_client_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    clients: &mut [Client],
    today: NaiveDate,
) -> Result<()> {
    let ids: Vec<ClientId> = clients.iter().map(|client| client.id).collect();
    let elsewhere = store::clients_granted_outside(conn, caller.scope(), &ids, today).await?;
    for client in clients {
        client.allowed_actions =
            if elsewhere.contains(&client.id) { Vec::new() } else { vec![ClientAction::RotateSecret] };
    }
    Ok(())
}

/// Gives a client a new secret; the one before goes on for a day.
pub async fn rotate_client_secret(app: &App, caller: &Caller, id: ClientId) -> Result<Outcome<NewClientSecret>> {
    let secret = new_secret(app);
    app.db
        .change(caller, "rotate_client_secret", async |tx| {
            tx.lock([id.0]).await?;
            let mut client = store::find_client(tx.conn(), caller.scope(), id).await?;
            let today = tx.today();
            tell_client_actions(tx.conn(), caller, std::slice::from_mut(&mut client), today).await?;
            if !client.allowed_actions.contains(&ClientAction::RotateSecret) {
                return Err(Error::not_found());
            }
            tx.check_version(client.version)?;
            store::insert_secret(tx, id, &digest(&secret), tx.now() + SECRET_OVERLAP).await?;
            store::touch_client(tx, id).await?;
            let allowed_actions = client.allowed_actions;
            let client = Client { allowed_actions, ..store::find_client(tx.conn(), caller.scope(), id).await? };
            let entry =
                Entry::on("client", id).effects([Effect::new("secret_rotated", "client", id, &client.client_id, None)]);
            Ok((NewClientSecret { client, secret: secret.clone() }, entry))
        })
        .await
}

/// A role to be given.
pub struct GrantProposal {
    /// To whom.
    pub holder: Holder,
    /// Which.
    pub role: Role,
    /// Where, and below.
    pub unit_id: Uuid,
    /// When.
    pub during: Period,
}

/// Gives a role. Who gives it must manage accounts in that unit.
pub async fn create_grant(app: &App, caller: &Caller, proposal: &GrantProposal) -> Result<Outcome<Grant>> {
    app.db
        .change(caller, "create_grant", async |tx| {
            let unknown =
                |pointer: &'static str| Error::refused(vec![Finding::plain(pointer, code::UNKNOWN_REFERENCE)]);
            if !scope::covers(tx.conn(), caller.scope(), proposal.unit_id).await? {
                return Err(unknown("/unit_id"));
            }
            let unseen =
                |pointer| move |error: Error| if error.kind() == Kind::NotFound { unknown(pointer) } else { error };
            let holder = match proposal.holder {
                Holder::Account(id) => {
                    store::find_account(tx.conn(), caller.scope(), id).await.map_err(unseen("/account_id"))?;
                    id.0
                }
                Holder::Client(id) => {
                    store::find_client(tx.conn(), caller.scope(), id).await.map_err(unseen("/client_id"))?;
                    id.0
                }
            };
            if caller.actor().id == Some(holder) {
                return Err(Error::new(code::OWN_CASE));
            }
            // A change of the account waits: what it may touch depends on the grants.
            tx.lock([holder]).await?;
            let id = GrantId(tx.new_id());
            store::insert_grant(tx, id, proposal.holder, proposal.role, proposal.unit_id, proposal.during).await?;
            let grant = store::find_grant(tx.conn(), caller.scope(), id).await?;
            let given = Effect::new("grant_given", "grant", id, proposal.role.name(), proposal.during.from());
            let entry = Entry::on("grant", id)
                .within(proposal.unit_id)
                .effects([given])
                .event("grant.given", json!({"grant_id": id, "role": proposal.role}));
            Ok((grant, entry))
        })
        .await
}

/// Ends a grant: from this instant it counts no more. The period that it was given for stays as it was.
pub async fn end_grant(app: &App, caller: &Caller, id: GrantId) -> Result<Outcome<()>> {
    app.db
        .change(caller, "end_grant", async |tx| {
            tx.lock([id.0]).await?;
            let grant = store::find_grant(tx.conn(), caller.scope(), id).await?;
            tx.check_version(grant.version)?;
            let today = tx.today();
            if grant.ended_at.is_some() || grant.during.to().is_some_and(|to| to <= today) {
                return Err(Error::new(code::WRONG_STATE));
            }
            store::end_grant(tx, id).await?;
            let taken = Effect::new("grant_ended", "grant", id, grant.role.name(), Some(today));
            let entry = Entry::on("grant", id).within(grant.unit.id).effects([taken]);
            Ok(((), entry.event("grant.ended", json!({"grant_id": id}))))
        })
        .await
}

/// The first day of grants that are made without one.
pub fn default_period(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> Result<Period, Finding> {
    let wire = crate::platform::period::WirePeriod { from: Some(from.unwrap_or(today)), to };
    Period::try_from(wire).map_err(|_| Finding::plain("/to", code::BAD_PERIOD))
}

/// What the caller may do somewhere.
pub fn permissions_of(caller: &Caller<impl Sized>) -> Vec<&'static str> {
    Permission::ALL
        .iter()
        .filter(|permission| caller.holdings().iter().any(|holding| holding.role.may(**permission)))
        .map(|permission| permission.name())
        .collect()
}
