//! Rows of clients and their secrets.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Array;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::accounts::{Known, holdings};
use crate::identity::model::{Client, ClientId};
use crate::identity::scope::Scope;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{client_secrets, clients, grants, revoked_tokens};

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: ClientId,
    client_id: String,
    name: String,
    allowed_scope: Option<String>,
    gets_tokens: bool,
    disabled_at: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        let ClientRow { id, client_id, name, allowed_scope, gets_tokens, disabled_at, version, created_at } = row;
        let allowed_actions = Vec::new();
        Self { id, client_id, name, allowed_scope, gets_tokens, disabled_at, allowed_actions, version, created_at }
    }
}

/// Adds a client.
pub async fn insert_client(tx: &mut Tx, client: &Client) -> Result<()> {
    let row = (
        clients::id.eq(client.id),
        clients::client_id.eq(&client.client_id),
        clients::name.eq(&client.name),
        clients::allowed_scope.eq(&client.allowed_scope),
        clients::gets_tokens.eq(client.gets_tokens),
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

/// A client that may show who it is.
#[derive(Clone, Queryable)]
pub struct ClientLogin {
    /// The client.
    pub id: Uuid,
    /// Its `client_id`.
    pub client_id: String,
    /// What its tokens allow at most.
    pub allowed_scope: Option<String>,
    /// Whether it gets tokens.
    pub gets_tokens: bool,
}

/// A client with its live secrets' digests.
pub async fn client_secrets_of(
    conn: &mut AsyncPgConnection,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(ClientLogin, Vec<u8>)>> {
    Ok(client_secrets::table
        .inner_join(clients::table)
        .filter(clients::client_id.eq(client_id).and(clients::disabled_at.is_null()))
        .filter(client_secrets::expires_at.is_null().or(client_secrets::expires_at.gt(now)))
        .select((
            (clients::id, clients::client_id, clients::allowed_scope, clients::gets_tokens),
            client_secrets::secret_hash,
        ))
        .load(conn)
        .await?)
}

/// Name, role, unit, ids of tokens that were taken back.
type ClientHoldingRow = (String, Option<String>, Option<Uuid>, Vec<Uuid>);

/// A client with today's grants: one query.
pub async fn client_with_grants(conn: &mut AsyncPgConnection, client: Uuid, today: NaiveDate) -> Result<Option<Known>> {
    let revoked = sql::<Array<diesel::sql_types::Uuid>>(
        "ARRAY(SELECT revoked_tokens.jti FROM revoked_tokens WHERE revoked_tokens.client_id = clients.id)",
    );
    let rows: Vec<ClientHoldingRow> = clients::table
        .left_join(
            grants::table.on(grants::client_id
                .eq(clients::id.nullable())
                .and(grants::during.contains(today))
                .and(grants::ended_at.is_null())),
        )
        .filter(clients::id.eq(client).and(clients::disabled_at.is_null()))
        .select((clients::client_id, grants::role.nullable(), grants::unit_id.nullable(), revoked))
        .load(conn)
        .await?;
    Ok(rows.as_slice().first().map(|first| Known {
        id: client,
        ends: None,
        label: first.0.clone(),
        cadre_id: None,
        holdings: holdings(rows.iter().map(|row| (row.1.clone(), row.2))),
        revoked: first.3.clone(),
    }))
}

/// Changes of a client.
#[derive(AsChangeset, Clone, Default)]
#[diesel(table_name = clients)]
pub struct ClientChange {
    /// New name to show.
    pub name: Option<String>,
    /// New allowance, or none.
    pub allowed_scope: Option<Option<String>>,
    /// Whether it gets tokens.
    pub gets_tokens: Option<bool>,
    /// Disabled at, or not.
    pub disabled_at: Option<Option<DateTime<Utc>>>,
}

/// Writes changes of a client and counts its version up.
pub async fn update_client(tx: &mut Tx, id: ClientId, change: &ClientChange) -> Result<()> {
    let now = tx.now();
    diesel::update(clients::table.find(id))
        .set((change, clients::version.eq(clients::version + 1), clients::updated_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps that a token was taken back; twice is once.
pub async fn insert_revoked_token(tx: &mut Tx, jti: Uuid, client: Uuid, expires_at: DateTime<Utc>) -> Result<()> {
    let row =
        (revoked_tokens::jti.eq(jti), revoked_tokens::client_id.eq(client), revoked_tokens::expires_at.eq(expires_at));
    diesel::insert_into(revoked_tokens::table).values(row).on_conflict_do_nothing().execute(tx.conn()).await?;
    Ok(())
}
