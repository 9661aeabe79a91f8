//! Making and changing clients, and their secrets.

use chrono::{NaiveDate, TimeDelta};
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::{digest, new_secret};
use crate::identity::caller::Caller;
use crate::identity::model::{Client, ClientAction, ClientId, LoginName, Permissions};
use crate::identity::store;
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result};

pub use crate::identity::store::ClientChange;

/// The secret before goes on for this long after a rotation.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// A client with the secret that is shown this once.
#[derive(Serialize, Deserialize)]
pub struct NewClientSecret {
    /// The client.
    pub client: Client,
    /// Its secret; empty in a replay, since it is kept nowhere.
    #[serde(skip)]
    pub secret: String,
}

/// A system to be let in.
pub struct ClientProposal {
    /// Its `client_id`.
    pub client_id: LoginName,
    /// Shown to others.
    pub name: String,
    /// What its tokens allow at most; none: whatever its roles allow.
    pub allowed_scope: Option<Permissions>,
    /// Whether it gets tokens.
    pub gets_tokens: bool,
    /// Its first secret.
    pub secret: String,
}

/// Makes a client with its first secret.
pub async fn create_client(app: &App, caller: &Caller, proposal: &ClientProposal) -> Result<Outcome<NewClientSecret>> {
    app.db
        .change(caller, "create_client", async |tx| {
            let client = Client {
                id: ClientId(tx.new_id()),
                client_id: proposal.client_id.as_str().to_owned(),
                name: proposal.name.clone(),
                allowed_scope: proposal.allowed_scope.map(Permissions::scope),
                gets_tokens: proposal.gets_tokens,
                disabled_at: None,
                allowed_actions: vec![ClientAction::RotateSecret],
                version: 1,
                created_at: tx.now(),
            };
            store::insert_client(tx, &client).await?;
            store::insert_secret(tx, client.id, &digest(&proposal.secret), tx.now()).await?;
            let made = Effect::new("client_created", "client", client.id, &client.client_id, None);
            let entry = Entry::on("client", client.id).effects([made]);
            Ok((NewClientSecret { client, secret: proposal.secret.clone() }, entry))
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

/// A client that the caller may change.
async fn changeable(tx: &mut Tx, caller: &Caller, id: ClientId) -> Result<Client> {
    tx.lock([id.0]).await?;
    let mut client = store::find_client(tx.conn(), caller.scope(), id).await?;
    let today = tx.today();
    tell_client_actions(tx.conn(), caller, std::slice::from_mut(&mut client), today).await?;
    if client.allowed_actions.is_empty() {
        return Err(Error::not_found());
    }
    tx.check_version(client.version)?;
    Ok(client)
}

/// Changes a client. What it may no longer do, it may no longer do with the tokens that it has.
pub async fn update_client(
    app: &App,
    caller: &Caller,
    id: ClientId,
    change: ClientChange,
    disabled: Option<bool>,
) -> Result<Outcome<Client>> {
    app.db
        .change(caller, "update_client", async |tx| {
            let client = changeable(tx, caller, id).await?;
            let disabled_at = disabled.map(|disabled| disabled.then(|| client.disabled_at.unwrap_or(tx.now())));
            store::update_client(tx, id, &ClientChange { disabled_at, ..change.clone() }).await?;
            let client = Client {
                allowed_actions: client.allowed_actions,
                ..store::find_client(tx.conn(), caller.scope(), id).await?
            };
            let told = [
                (change.name.is_some(), "name_set"),
                (change.allowed_scope.is_some(), "allowed_scope_set"),
                (change.gets_tokens.is_some(), "gets_tokens_set"),
                (disabled == Some(true), "client_disabled"),
                (disabled == Some(false), "client_enabled"),
            ];
            let effects = told.into_iter().filter(|(happened, _)| *happened);
            let effects = effects.map(|(_, effect)| Effect::new(effect, "client", id, &client.client_id, None));
            let entry = Entry::on("client", id).effects(effects);
            Ok((client, entry))
        })
        .await
}

/// Gives a client a new secret; the one before goes on for a day.
pub async fn rotate_client_secret(app: &App, caller: &Caller, id: ClientId) -> Result<Outcome<NewClientSecret>> {
    let secret = new_secret(app);
    app.db
        .change(caller, "rotate_client_secret", async |tx| {
            let client = changeable(tx, caller, id).await?;
            store::insert_secret(tx, id, &digest(&secret), tx.now() + SECRET_OVERLAP).await?;
            store::touch_client(tx, id).await?;
            let client = Client {
                allowed_actions: client.allowed_actions,
                ..store::find_client(tx.conn(), caller.scope(), id).await?
            };
            let entry =
                Entry::on("client", id).effects([Effect::new("secret_rotated", "client", id, &client.client_id, None)]);
            Ok((NewClientSecret { client, secret: secret.clone() }, entry))
        })
        .await
}
