//! Rows of accounts and sessions, and what is known of a caller.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::identity::model::{Account, AccountId, Role};
use crate::identity::scope::Scope;
use crate::identity::tokens::Subject;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{accounts, client_secrets, clients, grants, refresh_tokens, sessions};

/// A role held today, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The role.
    pub role: Role,
    /// Where, and below.
    pub unit_id: Uuid,
}

/// A caller that the database knows and that may call.
#[derive(Debug)]
pub struct Known {
    /// The account or client.
    pub id: Uuid,
    /// When the session ends at the latest; none without one.
    pub ends: Option<DateTime<Utc>>,
    /// User name or client id.
    pub label: String,
    /// The cadre that a person is.
    pub cadre_id: Option<Uuid>,
    /// The roles held today.
    pub holdings: Vec<Holding>,
}

impl Known {
    /// Whether it is the one that a token speaks for.
    pub fn is(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Account { account: id, .. } | Subject::Client { client: id, .. } => *id == self.id,
            Subject::External { user_name, .. } => **user_name == *self.label,
        }
    }
}

type HoldingRow = (Option<String>, Option<Uuid>);
type SessionRow = (String, Option<Uuid>, Option<String>, Option<Uuid>, DateTime<Utc>);
type AccountHoldingRow = (Uuid, String, Option<Uuid>, Option<String>, Option<Uuid>);

fn holdings(rows: impl Iterator<Item = HoldingRow>) -> Vec<Holding> {
    rows.filter_map(|(role, unit)| Some(Holding { role: Role::of(&role?)?, unit_id: unit? })).collect()
}

/// An account in a session that is alive, with today's grants: one query.
pub async fn account_in_session(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    session: Uuid,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Option<Known>> {
    let rows: Vec<SessionRow> = sessions::table
        .inner_join(accounts::table)
        .left_join(
            grants::table.on(grants::account_id
                .eq(accounts::id.nullable())
                .and(grants::during.contains(today))
                .and(grants::ended_at.is_null())),
        )
        .filter(sessions::id.eq(session).and(accounts::id.eq(account)))
        .filter(sessions::revoked_at.is_null().and(sessions::expires_at.gt(now)).and(accounts::disabled_at.is_null()))
        .select((
            accounts::user_name,
            accounts::cadre_id,
            grants::role.nullable(),
            grants::unit_id.nullable(),
            sessions::expires_at,
        ))
        .load(conn)
        .await?;
    Ok(rows.as_slice().first().map(|first| Known {
        id: account,
        ends: Some(first.4),
        label: first.0.clone(),
        cadre_id: first.1,
        holdings: holdings(rows.iter().map(|row| (row.2.clone(), row.3))),
    }))
}

/// An account by its name, with today's grants: one query.
pub async fn account_with_grants(
    conn: &mut AsyncPgConnection,
    user_name: &str,
    today: NaiveDate,
) -> Result<Option<Known>> {
    let rows: Vec<AccountHoldingRow> = accounts::table
        .left_join(
            grants::table.on(grants::account_id
                .eq(accounts::id.nullable())
                .and(grants::during.contains(today))
                .and(grants::ended_at.is_null())),
        )
        .filter(accounts::user_name.eq(user_name).and(accounts::disabled_at.is_null()))
        .select((
            accounts::id,
            accounts::user_name,
            accounts::cadre_id,
            grants::role.nullable(),
            grants::unit_id.nullable(),
        ))
        .load(conn)
        .await?;
    Ok(rows.as_slice().first().map(|first| Known {
        id: first.0,
        ends: None,
        label: first.1.clone(),
        cadre_id: first.2,
        holdings: holdings(rows.iter().map(|row| (row.3.clone(), row.4))),
    }))
}

/// A client with today's grants: one query.
pub async fn client_with_grants(conn: &mut AsyncPgConnection, client: Uuid, today: NaiveDate) -> Result<Option<Known>> {
    let rows: Vec<(String, Option<String>, Option<Uuid>)> = clients::table
        .left_join(
            grants::table.on(grants::client_id
                .eq(clients::id.nullable())
                .and(grants::during.contains(today))
                .and(grants::ended_at.is_null())),
        )
        .filter(clients::id.eq(client).and(clients::disabled_at.is_null()))
        .select((clients::client_id, grants::role.nullable(), grants::unit_id.nullable()))
        .load(conn)
        .await?;
    Ok(rows.as_slice().first().map(|first| Known {
        id: client,
        ends: None,
        label: first.0.clone(),
        cadre_id: None,
        holdings: holdings(rows.iter().map(|row| (row.1.clone(), row.2))),
    }))
}

/// Names of accounts and clients.
pub async fn names_of(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let people: Vec<(Uuid, String)> =
        accounts::table.filter(accounts::id.eq_any(ids)).select((accounts::id, accounts::user_name)).load(conn).await?;
    let systems: Vec<(Uuid, String)> =
        clients::table.filter(clients::id.eq_any(ids)).select((clients::id, clients::client_id)).load(conn).await?;
    Ok(people.into_iter().chain(systems).collect())
}

/// What a sign-in needs to know of an account.
pub async fn login(conn: &mut AsyncPgConnection, user_name: &str) -> Result<Option<(AccountId, String)>> {
    Ok(accounts::table
        .filter(accounts::user_name.eq(user_name).and(accounts::disabled_at.is_null()))
        .select((accounts::id, accounts::password_hash))
        .first(conn)
        .await
        .optional()?)
}

/// A client with its live secrets' digests.
pub async fn client_secrets_of(
    conn: &mut AsyncPgConnection,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, Vec<u8>)>> {
    Ok(client_secrets::table
        .inner_join(clients::table)
        .filter(clients::client_id.eq(client_id).and(clients::disabled_at.is_null()))
        .filter(client_secrets::expires_at.is_null().or(client_secrets::expires_at.gt(now)))
        .select((clients::id, client_secrets::secret_hash))
        .load(conn)
        .await?)
}

/// Whether an account still has this password hash and may sign in; neither changes before the end of the change.
pub async fn has_password(tx: &mut Tx, account: AccountId, hash: &str) -> Result<bool> {
    let found: Option<String> = accounts::table
        .find(account)
        .filter(accounts::disabled_at.is_null())
        .select(accounts::password_hash)
        .for_share()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.as_deref() == Some(hash))
}

/// Whose refresh token it is, used or not.
pub async fn owner_of_token(conn: &mut AsyncPgConnection, token_hash: &[u8]) -> Result<Option<(AccountId, String)>> {
    Ok(refresh_tokens::table
        .inner_join(sessions::table.inner_join(accounts::table))
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select((accounts::id, accounts::user_name))
        .first(conn)
        .await
        .optional()?)
}

/// Opens a session.
pub async fn insert_session(tx: &mut Tx, id: Uuid, account: AccountId, expires_at: DateTime<Utc>) -> Result<()> {
    let row = (
        sessions::id.eq(id),
        sessions::account_id.eq(account),
        sessions::created_at.eq(tx.now()),
        sessions::expires_at.eq(expires_at),
    );
    diesel::insert_into(sessions::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// Adds a refresh token to a session.
pub async fn insert_refresh_token(tx: &mut Tx, session: Uuid, token_hash: &[u8]) -> Result<()> {
    let row = (
        refresh_tokens::token_hash.eq(token_hash),
        refresh_tokens::session_id.eq(session),
        refresh_tokens::issued_at.eq(tx.now()),
    );
    diesel::insert_into(refresh_tokens::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// Uses a refresh token up, in one statement: of any number of callers with the same token one gets its session.
pub async fn use_refresh_token(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Uuid>> {
    let now = tx.now();
    Ok(diesel::update(refresh_tokens::table.find(token_hash).filter(refresh_tokens::used_at.is_null()))
        .set(refresh_tokens::used_at.eq(now))
        .returning(refresh_tokens::session_id)
        .get_result(tx.conn())
        .await
        .optional()?)
}

/// The session of a token that was used before.
pub async fn session_of_used_token(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Uuid>> {
    Ok(refresh_tokens::table.find(token_hash).select(refresh_tokens::session_id).first(tx.conn()).await.optional()?)
}

/// The account of a session that is alive, and when it ends at the latest.
pub async fn live_session(tx: &mut Tx, session: Uuid) -> Result<Option<(AccountId, DateTime<Utc>)>> {
    let now = tx.now();
    Ok(sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(session).and(sessions::revoked_at.is_null()).and(sessions::expires_at.gt(now)))
        .filter(accounts::disabled_at.is_null())
        .select((accounts::id, sessions::expires_at))
        .first(tx.conn())
        .await
        .optional()?)
}

/// Ends a session.
pub async fn revoke_session(tx: &mut Tx, session: Uuid) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.find(session).filter(sessions::revoked_at.is_null()))
        .set(sessions::revoked_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends every session of an account.
pub async fn revoke_sessions_of(tx: &mut Tx, account: AccountId) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.filter(sessions::account_id.eq(account).and(sessions::revoked_at.is_null())))
        .set(sessions::revoked_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct AccountRow {
    id: AccountId,
    user_name: String,
    display_name: String,
    cadre_id: Option<Uuid>,
    disabled_at: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { id, user_name, display_name, cadre_id, disabled_at, version, created_at } = row;
        Self { id, user_name, display_name, cadre_id, disabled_at, version, created_at }
    }
}

/// Adds an account.
pub async fn insert_account(tx: &mut Tx, account: &Account, password_hash: &str) -> Result<()> {
    let row = (
        accounts::id.eq(account.id),
        accounts::user_name.eq(&account.user_name),
        accounts::display_name.eq(&account.display_name),
        accounts::password_hash.eq(password_hash),
        accounts::cadre_id.eq(account.cadre_id),
        accounts::created_at.eq(account.created_at),
        accounts::updated_at.eq(account.created_at),
    );
    diesel::insert_into(accounts::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// Accounts are the province's: whoever manages accounts anywhere sees those that have a grant in scope, or none yet.
fn visible_accounts(scope: &Scope) -> accounts::BoxedQuery<'static, diesel::pg::Pg> {
    let in_scope = grants::table
        .filter(grants::account_id.eq(accounts::id.nullable()))
        .filter(grants::unit_id.eq_any(scope.units()));
    let granted = grants::table.filter(grants::account_id.eq(accounts::id.nullable()));
    accounts::table.filter(exists(in_scope).or(diesel::dsl::not(exists(granted)))).into_boxed()
}

/// An account in scope.
pub async fn find_account(conn: &mut AsyncPgConnection, scope: &Scope, id: AccountId) -> Result<Account> {
    let row: AccountRow =
        visible_accounts(scope).filter(accounts::id.eq(id)).select(AccountRow::as_select()).first(conn).await?;
    Ok(row.into())
}

/// An account by its name.
pub async fn find_account_by_name(conn: &mut AsyncPgConnection, name: &str) -> Result<Account> {
    let row: AccountRow =
        accounts::table.filter(accounts::user_name.eq(name)).select(AccountRow::as_select()).first(conn).await?;
    Ok(row.into())
}

/// Accounts in scope by user name.
pub async fn list_accounts(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    paging: &Paging,
) -> Result<(Vec<Account>, Option<i64>)> {
    let mut query = visible_accounts(scope);
    if let Some(after) = paging.key::<String>(0)? {
        query = query.filter(accounts::user_name.gt(after));
    }
    let rows: Vec<AccountRow> =
        query.order(accounts::user_name).limit(paging.fetch()).select(AccountRow::as_select()).load(conn).await?;
    let total = if paging.count { Some(visible_accounts(scope).count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Account::from).collect(), total))
}

/// Changes of an account.
#[derive(AsChangeset, Default)]
#[diesel(table_name = accounts)]
pub struct AccountChange {
    /// New name to show.
    pub display_name: Option<String>,
    /// New cadre, or none.
    pub cadre_id: Option<Option<Uuid>>,
    /// Disabled at, or not.
    pub disabled_at: Option<Option<DateTime<Utc>>>,
    /// New password.
    pub password_hash: Option<String>,
}

/// Writes changes of an account and counts its version up.
pub async fn update_account(tx: &mut Tx, id: AccountId, change: &AccountChange) -> Result<()> {
    let now = tx.now();
    diesel::update(accounts::table.find(id))
        .set((change, accounts::version.eq(accounts::version + 1), accounts::updated_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Locks an account for a change.
pub async fn lock_account(tx: &mut Tx, scope: &Scope, id: AccountId) -> Result<Account> {
    let found = find_account(tx.conn(), scope, id).await?;
    let version: i32 = accounts::table.find(id).select(accounts::version).for_update().first(tx.conn()).await?;
    Ok(Account { version, ..found })
}
