//! Signing in and out, tokens of systems, and the keeping of accounts, clients and grants.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::caller::Caller;
use super::model::{Account, AccountId, Client, ClientId, Grant, GrantId, Holder, LoginName, Permission, Role};
use super::store::{self, AccountChange};
use super::tokens::{self, Subject, Tokens};
use super::{password, scope};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{Actor, ActorKind, Effect, Entry, Origin, Outcome, Write};
use crate::platform::error::{Error, Finding, Result, code};
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
    let known = store::login(&mut *app.db.read().await?, user_name).await?;
    let hash = known.as_ref().map(|(_, hash)| hash.clone());
    let good = password::verify(secret, hash).await?;
    let account = match known {
        Some((account, _)) if good => account,
        _ => return Err(Error::new(code::INVALID_CREDENTIALS)),
    };
    let refresh_token = new_secret(app);
    let by = OriginOf(origin(account.0, user_name, request_id));
    let session = app
        .db
        .change(&by, "sign_in", async |tx| {
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
    Good { account: Uuid, session: Uuid },
    Reused,
}

/// Gives a new pair for a refresh token. A second use of one token ends the session: one of the two users of it is not
/// who they seem.
pub async fn refresh(app: &App, tokens: &Tokens, refresh_token: &str, request_id: &str) -> Result<SignedIn> {
    let used = digest(refresh_token);
    let next = new_secret(app);
    let by = OriginOf(origin(Uuid::nil(), "refresh", request_id));
    let refused = || Error::new(code::INVALID_REFRESH_TOKEN);
    let outcome = app
        .db
        .change(&by, "refresh_session", async |tx| {
            let Some(session) = store::use_refresh_token(tx, &used).await? else {
                let session = store::session_of_used_token(tx, &used).await?.ok_or_else(refused)?;
                store::revoke_session(tx, session).await?;
                return Ok((Refreshed::Reused, Entry::on("session", session)));
            };
            let account = store::live_session(tx, session).await?.ok_or_else(refused)?;
            store::insert_refresh_token(tx, session, &digest(&next)).await?;
            Ok((Refreshed::Good { account: account.0, session }, Entry::on("session", session)))
        })
        .await?;
    match outcome.value {
        Refreshed::Reused => Err(refused().caused_by("a refresh token was used twice: its session is revoked")),
        Refreshed::Good { account, session } => {
            let now = app.clock.now();
            let access_token =
                tokens.issue(Subject::Account { account, session }, None, app.db.ids().next(now), now)?;
            Ok(SignedIn { access_token, refresh_token: next, expires_at: now + SESSION_LIFE })
        }
    }
}

/// Ends the caller's session.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<()> {
    let session = caller.session().ok_or_else(Error::not_found)?;
    app.db
        .change(caller, "sign_out", async |tx| {
            store::revoke_session(tx, session).await?;
            Ok(((), Entry::on("session", session)))
        })
        .await?;
    Ok(())
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
            let account = store::lock_account(tx, caller.scope(), id).await?;
            tx.check_version(account.version)?;
            let disabled_at = disabled.map(|disabled| disabled.then(|| tx.now()));
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
            let changed = Effect::new("account_changed", "account", id, &account.user_name, None);
            Ok((account, Entry::on("account", id).effects([changed])))
        })
        .await
}

/// An account by its name, for the command line.
pub async fn find_account(app: &App, name: &str) -> Result<Account> {
    store::find_account_by_name(&mut *app.db.read().await?, name).await
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

/// Gives a client a new secret; the one before goes on for a day.
pub async fn rotate_client_secret(app: &App, caller: &Caller, id: ClientId) -> Result<Outcome<NewClientSecret>> {
    let secret = new_secret(app);
    app.db
        .change(caller, "rotate_client_secret", async |tx| {
            tx.lock([id.0]).await?;
            let client = store::find_client(tx.conn(), caller.scope(), id).await?;
            tx.check_version(client.version)?;
            store::insert_secret(tx, id, &digest(&secret), tx.now() + SECRET_OVERLAP).await?;
            store::touch_client(tx, id).await?;
            let client = store::find_client(tx.conn(), caller.scope(), id).await?;
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
            match proposal.holder {
                Holder::Account(id) => {
                    store::find_account(tx.conn(), caller.scope(), id).await.map_err(|_| unknown("/account_id"))?;
                }
                Holder::Client(id) => {
                    store::find_client(tx.conn(), caller.scope(), id).await.map_err(|_| unknown("/client_id"))?;
                }
            }
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

/// Ends a grant today: from this instant it counts no more.
pub async fn end_grant(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    app.db
        .change(caller, "end_grant", async |tx| {
            tx.lock([id.0]).await?;
            let grant = store::find_grant(tx.conn(), caller.scope(), id).await?;
            tx.check_version(grant.version)?;
            let today = tx.today();
            let ended = match grant.during.from() {
                Some(from) if from < today => grant.during.ending(today),
                // Given today or for a later day: it ends before it began, which an empty day before it says.
                _ => Period::new(today.checked_sub_days(chrono::Days::new(1)), Some(today)),
            };
            let ended = ended.map_err(Error::internal)?;
            store::end_grant(tx, id, ended).await?;
            let taken = Effect::new("grant_ended", "grant", id, grant.role.name(), Some(today));
            let entry = Entry::on("grant", id).within(grant.unit.id).effects([taken]);
            Ok(((), entry.event("grant.ended", json!({"grant_id": id}))))
        })
        .await?;
    Ok(())
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
