//! Systems: their secrets and their tokens.

use chrono::{NaiveDate, TimeDelta};
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{digest, new_secret};
use crate::identity::caller::Caller;
use crate::identity::model::{Client, ClientAction, ClientId, LoginName};
use crate::identity::store;
use crate::identity::tokens::{Subject, Tokens};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome};
use crate::platform::error::{Error, Result, code};

/// The secret before goes on for this long after a rotation.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// A token for a system that shows its secret.
pub async fn client_token(app: &App, tokens: &Tokens, client_id: &str, secret: &str) -> Result<String> {
    let now = app.clock.now();
    let known = store::client_secrets_of(&mut *app.db.read().await?, client_id, now).await?;
    let shown = digest(secret);
    let client =
        known.iter().find(|(_, hash)| bool::from(hash.as_slice().ct_eq(shown.as_slice()))).map(|(client, _)| *client);
    let client = client.ok_or_else(|| Error::new(code::INVALID_CLIENT))?;
    tokens.issue(&Subject::Client { client, scope: None }, Some(client_id), app.db.ids().next(now), now)
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
