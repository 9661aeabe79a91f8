//! Signing in and out, and the next pair of tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::throttle::{self, On};
use super::{OriginOf, digest, new_secret, passwords};
use crate::identity::caller::Caller;
use crate::identity::model::{AccountId, LoginName};
use crate::identity::store::{self, AccountChange};
use crate::identity::tokens::{Subject, Tokens};
use crate::identity::{password, store::UsedToken};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{ActorKind, Effect, Entry, Outcome};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::Peer;

/// A session ends at the latest after this, whatever its tokens.
const SESSION_LIFE: TimeDelta = TimeDelta::days(7);
/// Who uses a refresh token once more within this time, since the answer was lost or two of its tasks asked at once, gets
/// the same pair's refresh token again.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Tokens of a person.
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Good once, for the next pair.
    pub refresh_token: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// What is known of a request that no token vouches for.
pub struct Request {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub peer: Peer,
}

/// What a person signs in with.
pub struct SignIn {
    /// The name.
    pub user_name: String,
    /// The password.
    pub password: Secret,
    /// The one that replaces an initial password.
    pub new_password: Option<Secret>,
}

/// Signs a person in. Unknown, wrong, disabled, and initial passwords that have ended are one refusal.
pub async fn sign_in(app: &App, tokens: &Tokens, asked: &SignIn, request: &Request) -> Result<SignedIn> {
    let refused = || Error::new(code::INVALID_CREDENTIALS);
    let form = |finding: Finding| Error::refused(vec![finding]);
    password::possible("/password", &asked.password).map_err(form)?;
    let place = app.turns.queue()?;
    let tried = throttle::charge(app, On::Account(&asked.user_name), request.peer).await?;
    let known = match LoginName::parse("/user_name", &asked.user_name) {
        Ok(name) => store::login(&mut *app.db.read().await?, name.as_str()).await?,
        Err(_) => None,
    };
    let now = app.clock.now();
    let hash = known.as_ref().map(|login| login.hash.clone());
    let good = password::verify(app, place, &asked.password, hash).await?;
    let login =
        known.filter(|login| good && login.initial_until.is_none_or(|until| now < until)).ok_or_else(refused)?;
    throttle::give_back(app, tried).await;
    let new_hash = match (&asked.new_password, login.initial_until) {
        (Some(_), None) => return Err(Error::new(code::WRONG_STATE)),
        (None, Some(_)) => return Err(Error::new(code::NEW_PASSWORD_NEEDED)),
        (Some(new), Some(_)) => {
            passwords::check_new(app, "/new_password", new, &login, &asked.password).await?;
            Some(password::hash(app, new).await?)
        }
        (None, None) if password::is_weaker(&login.hash, app.settings.sign_in.cost) => {
            Some(password::hash(app, &asked.password).await?)
        }
        (None, None) => None,
    };
    let refresh_token = new_secret(app);
    let by = OriginOf::new(ActorKind::Account, login.account.0, &asked.user_name, &request.id);
    let (account, address) = (login.account, request.peer.household().to_string());
    let session = app
        .db
        .change(&by, "sign_in", async |tx| {
            // A password that was changed meanwhile opens no session.
            if !store::has_password(tx, account, &login.hash).await? {
                return Err(refused());
            }
            if let Some(hash) = &new_hash {
                let change = AccountChange {
                    password_hash: Some(hash.clone()),
                    initial_until: Some(None),
                    ..AccountChange::default()
                };
                store::update_account(tx, account, &change).await?;
            }
            let session = tx.new_id();
            store::insert_session(tx, session, account, tx.now() + SESSION_LIFE, &address).await?;
            store::insert_refresh_token(tx, session, &digest(&refresh_token)).await?;
            let replaced =
                login.initial_until.map(|_| Effect::new("password_set", "account", account, &asked.user_name, None));
            Ok((session, Entry::on("session", session).effects(replaced)))
        })
        .await?
        .value;
    let access_token = access_token(app, tokens, account.0, session)?;
    Ok(SignedIn { access_token, refresh_token, expires_at: now + SESSION_LIFE })
}

fn access_token(app: &App, tokens: &Tokens, account: Uuid, session: Uuid) -> Result<String> {
    let now = app.clock.now();
    tokens.issue(&Subject::Account { account, session }, None, app.db.ids().next(now), now)
}

/// The token after one, made of it and of what the database keeps: neither alone gives it away.
fn successor(token: &str, seed: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).map_err(Error::internal)?;
    mac.update(b"canbo refresh");
    mac.update(seed);
    Ok(BASE64.encode(mac.finalize().into_bytes()))
}

/// What became of a refresh token.
#[derive(Serialize, Deserialize)]
enum Refreshed {
    Good { account: Uuid, session: Uuid, expires_at: DateTime<Utc>, seed: Vec<u8> },
    Reused,
}

/// Gives a new pair for a refresh token.
///
/// Of any number who ask with one token at once, one makes the next; who asks again within [`GRACE`] gets the same next
/// token, as long as that was not used. Any other second use ends the session: one of the two who used it is not who
/// they seem.
pub async fn refresh(app: &App, tokens: &Tokens, refresh_token: &str, request_id: &str) -> Result<SignedIn> {
    let used = digest(refresh_token);
    let refused = || Error::new(code::INVALID_REFRESH_TOKEN);
    // A token that was never ours changes nothing and leaves no trace in the record.
    let owner = store::owner_of_token(&mut *app.db.read().await?, &used).await?;
    let (account, user_name) = owner.ok_or_else(refused)?;
    let by = OriginOf::new(ActorKind::Account, account.0, &user_name, request_id);
    let new_seed = app.db.ids().bytes::<32>();
    let outcome = app
        .db
        .change(&by, "refresh_session", async |tx| {
            let (session, seed) = if let Some(session) = store::use_refresh_token(tx, &used, &new_seed).await? {
                let next = digest(&successor(refresh_token, &new_seed)?);
                store::insert_refresh_token(tx, session, &next).await?;
                (session, new_seed.to_vec())
            } else {
                let UsedToken { session, used_at, seed } = store::used_token(tx, &used).await?.ok_or_else(refused)?;
                let again = match seed {
                    Some(seed) if tx.now() < used_at + GRACE => {
                        let next = digest(&successor(refresh_token, &seed)?);
                        store::is_unused(tx, &next).await?.then_some(seed)
                    }
                    _ => None,
                };
                let Some(seed) = again else {
                    store::revoke_session(tx, session).await?;
                    let ended = Effect::new("session_ended", "session", session, &user_name, None);
                    return Ok((Refreshed::Reused, Entry::on("session", session).effects([ended])));
                };
                (session, seed)
            };
            let (account, expires_at) = store::live_session(tx, session).await?.ok_or_else(refused)?;
            Ok((Refreshed::Good { account: account.0, session, expires_at, seed }, Entry::on("session", session)))
        })
        .await?;
    match outcome.value {
        Refreshed::Reused => Err(refused().caused_by("a refresh token was used twice: its session is revoked")),
        Refreshed::Good { account, session, expires_at, seed } => {
            let access_token = access_token(app, tokens, account, session)?;
            Ok(SignedIn { access_token, refresh_token: successor(refresh_token, &seed)?, expires_at })
        }
    }
}

/// Ends the caller's session.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<Outcome<()>> {
    let session = caller.session().ok_or_else(Error::not_found)?;
    end(app, caller, "sign_out", session).await
}

/// Ends one of the caller's own sessions.
pub async fn end_session(app: &App, caller: &Caller, session: Uuid) -> Result<Outcome<()>> {
    end(app, caller, "end_session", session).await
}

/// The account of a person who calls.
fn account_of(caller: &Caller) -> Result<AccountId> {
    let actor = caller.actor();
    actor.id.filter(|_| actor.kind == ActorKind::Account).map(AccountId).ok_or_else(Error::not_found)
}

async fn end(app: &App, caller: &Caller, action: &'static str, session: Uuid) -> Result<Outcome<()>> {
    let account = account_of(caller)?;
    app.db
        .change(caller, action, async |tx| {
            let (owner, _) = store::live_session(tx, session).await?.ok_or_else(Error::not_found)?;
            if owner != account {
                return Err(Error::not_found());
            }
            store::revoke_session(tx, session).await?;
            let ended = Effect::new("session_ended", "session", session, &caller.actor().label, None);
            Ok(((), Entry::on("session", session).effects([ended])))
        })
        .await
}

/// Ends every session of the caller, the present one too.
pub async fn end_all_sessions(app: &App, caller: &Caller) -> Result<Outcome<()>> {
    let account = account_of(caller)?;
    app.db
        .change(caller, "end_all_sessions", async |tx| {
            store::revoke_sessions_of(tx, account, None).await?;
            let ended = Effect::new("sessions_ended", "account", account, &caller.actor().label, None);
            Ok(((), Entry::on("account", account).effects([ended])))
        })
        .await
}
