//! Rows of sessions and their refresh tokens.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::identity::model::{AccountId, Session};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{accounts, refresh_tokens, sessions};

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
pub async fn insert_session(
    tx: &mut Tx,
    id: Uuid,
    account: AccountId,
    expires_at: DateTime<Utc>,
    address: &str,
) -> Result<()> {
    let row = (
        sessions::id.eq(id),
        sessions::account_id.eq(account),
        sessions::created_at.eq(tx.now()),
        sessions::expires_at.eq(expires_at),
        sessions::address.eq(address),
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
pub async fn use_refresh_token(tx: &mut Tx, token_hash: &[u8], seed: &[u8]) -> Result<Option<Uuid>> {
    let now = tx.now();
    Ok(diesel::update(refresh_tokens::table.find(token_hash).filter(refresh_tokens::used_at.is_null()))
        .set((refresh_tokens::used_at.eq(now), refresh_tokens::successor_seed.eq(seed)))
        .returning(refresh_tokens::session_id)
        .get_result(tx.conn())
        .await
        .optional()?)
}

/// A refresh token that was used.
#[derive(Queryable)]
pub struct UsedToken {
    /// Its session.
    pub session: Uuid,
    /// When.
    pub used_at: DateTime<Utc>,
    /// What its successor is made of; none from before there were such.
    pub seed: Option<Vec<u8>>,
}

/// What became of a token that was used before.
pub async fn used_token(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<UsedToken>> {
    Ok(refresh_tokens::table
        .find(token_hash)
        .select((refresh_tokens::session_id, refresh_tokens::used_at.assume_not_null(), refresh_tokens::successor_seed))
        .first(tx.conn())
        .await
        .optional()?)
}

/// Whether a refresh token is there and was never used.
pub async fn is_unused(tx: &mut Tx, token_hash: &[u8]) -> Result<bool> {
    let unused = refresh_tokens::table.find(token_hash).filter(refresh_tokens::used_at.is_null());
    Ok(diesel::select(exists(unused.select(refresh_tokens::session_id))).get_result(tx.conn()).await?)
}

/// Id, opened, ends, where from.
type SessionRow = (Uuid, DateTime<Utc>, DateTime<Utc>, Option<String>);

/// The sessions of an account that are alive, newest first.
pub async fn list_sessions(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
    paging: &Paging,
) -> Result<(Vec<Session>, Option<i64>)> {
    let alive = || {
        sessions::table
            .filter(sessions::account_id.eq(account).and(sessions::revoked_at.is_null()))
            .filter(sessions::expires_at.gt(now))
            .into_boxed()
    };
    let mut query = alive();
    if let Some(after) = paging.key::<Uuid>(0)? {
        query = query.filter(sessions::id.lt(after));
    }
    let rows: Vec<SessionRow> = query
        .order(sessions::id.desc())
        .limit(paging.fetch())
        .select((sessions::id, sessions::created_at, sessions::expires_at, sessions::address))
        .load(conn)
        .await?;
    let total = if paging.count { Some(alive().count().get_result(conn).await?) } else { None };
    let sessions =
        rows.into_iter().map(|(id, created_at, expires_at, address)| Session { id, created_at, expires_at, address });
    Ok((sessions.collect(), total))
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

/// Ends every session of an account, but for one that goes on.
pub async fn revoke_sessions_of(tx: &mut Tx, account: AccountId, but: Option<Uuid>) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.filter(sessions::account_id.eq(account).and(sessions::revoked_at.is_null())))
        .filter(sessions::id.is_distinct_from(but.unwrap_or_default()))
        .set(sessions::revoked_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}
