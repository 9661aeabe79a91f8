//! Rows of clients and their secrets.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::identity::model::{Client, ClientId};
use crate::identity::scope::Scope;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{client_secrets, clients, grants};

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: ClientId,
    client_id: String,
    name: String,
    disabled_at: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        let ClientRow { id, client_id, name, disabled_at, version, created_at } = row;
        Self { id, client_id, name, disabled_at, allowed_actions: Vec::new(), version, created_at }
    }
}

/// Adds a client.
pub async fn insert_client(tx: &mut Tx, client: &Client) -> Result<()> {
    let row = (
        clients::id.eq(client.id),
        clients::client_id.eq(&client.client_id),
        clients::name.eq(&client.name),
        clients::created_at.eq(client.created_at),
        clients::updated_at.eq(client.created_at),
    );
    diesel::insert_into(clients::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// Adds a secret; those before it end at `others_end_at`.
pub async fn insert_secret(
    tx: &mut Tx,
    client: ClientId,
    secret_hash: &[u8],
    others_end_at: DateTime<Utc>,
) -> Result<()> {
    diesel::update(client_secrets::table.filter(client_secrets::client_id.eq(client)))
        .filter(client_secrets::expires_at.is_null().or(client_secrets::expires_at.gt(others_end_at)))
        .set(client_secrets::expires_at.eq(others_end_at))
        .execute(tx.conn())
        .await?;
    let row = (
        client_secrets::id.eq(tx.new_id()),
        client_secrets::client_id.eq(client),
        client_secrets::secret_hash.eq(secret_hash),
        client_secrets::created_at.eq(tx.now()),
    );
    diesel::insert_into(client_secrets::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

fn visible_clients(scope: &Scope) -> clients::BoxedQuery<'static, diesel::pg::Pg> {
    let in_scope = grants::table
        .filter(grants::client_id.eq(clients::id.nullable()))
        .filter(grants::unit_id.eq_any(scope.units()));
    let granted = grants::table.filter(grants::client_id.eq(clients::id.nullable()));
    clients::table.filter(exists(in_scope).or(diesel::dsl::not(exists(granted)))).into_boxed()
}

/// A client in scope.
pub async fn find_client(conn: &mut AsyncPgConnection, scope: &Scope, id: ClientId) -> Result<Client> {
    let row: ClientRow =
        visible_clients(scope).filter(clients::id.eq(id)).select(ClientRow::as_select()).first(conn).await?;
    Ok(row.into())
}

/// Clients in scope by client id.
pub async fn list_clients(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    paging: &Paging,
) -> Result<(Vec<Client>, Option<i64>)> {
    let mut query = visible_clients(scope);
    if let Some(after) = paging.key::<String>(0)? {
        query = query.filter(clients::client_id.gt(after));
    }
    let rows: Vec<ClientRow> =
        query.order(clients::client_id).limit(paging.fetch()).select(ClientRow::as_select()).load(conn).await?;
    let total = if paging.count { Some(visible_clients(scope).count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Client::from).collect(), total))
}

/// Counts a client's version up.
pub async fn touch_client(tx: &mut Tx, id: ClientId) -> Result<()> {
    let now = tx.now();
    diesel::update(clients::table.find(id))
        .set((clients::version.eq(clients::version + 1), clients::updated_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}
