//! Signing in and out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{digest, new_secret};
use crate::identity::caller::Caller;
use crate::identity::tokens::{Subject, Tokens};
use crate::identity::{password, store};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{Actor, ActorKind, Effect, Entry, Origin, Outcome, Write};
use crate::platform::error::{Error, Result, code};

/// A session ends at the latest after this, whatever its tokens.
const SESSION_LIFE: TimeDelta = TimeDelta::days(7);

/// Tokens of a person.
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Good once, for the next pair.
    pub refresh_token: String,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
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
        tokens.issue(&Subject::Account { account: account.0, session }, None, app.db.ids().next(now), now)?;
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
                tokens.issue(&Subject::Account { account, session }, None, app.db.ids().next(now), now)?;
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
