//! Rows of accounts, and what is known of a person who calls.

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
use crate::schema::{accounts, clients, grants, scope_tree, sessions};

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
    /// Tokens of a client that it took back.
    pub revoked: Vec<Uuid>,
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

pub(super) fn holdings(rows: impl Iterator<Item = HoldingRow>) -> Vec<Holding> {
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
        revoked: Vec::new(),
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
        revoked: Vec::new(),
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

/// The cadre that an account is, if it is one.
pub async fn cadre_of(conn: &mut AsyncPgConnection, account: Uuid) -> Result<Option<Uuid>> {
    let cadre: Option<Option<Uuid>> =
        accounts::table.filter(accounts::id.eq(account)).select(accounts::cadre_id).first(conn).await.optional()?;
    Ok(cadre.flatten())
}

/// What a sign-in needs to know of an account.
#[derive(Queryable)]
pub struct Login {
    /// The account.
    pub account: AccountId,
    /// Its name to sign in with.
    pub user_name: String,
    /// Its name to show.
    pub display_name: String,
    /// PHC string.
    pub hash: String,
    /// The password is an initial one, good until then.
    pub initial_until: Option<DateTime<Utc>>,
}

/// The account of a name, where it may sign in.
pub async fn login(conn: &mut AsyncPgConnection, user_name: &str) -> Result<Option<Login>> {
    Ok(accounts::table
        .filter(accounts::user_name.eq(user_name).and(accounts::disabled_at.is_null()))
        .select((
            accounts::id,
            accounts::user_name,
            accounts::display_name,
            accounts::password_hash,
            accounts::initial_until,
        ))
        .first(conn)
        .await
        .optional()?)
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct AccountRow {
    id: AccountId,
    user_name: String,
    display_name: String,
    cadre_id: Option<Uuid>,
    disabled_at: Option<DateTime<Utc>>,
    initial_until: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let AccountRow { id, user_name, display_name, cadre_id, disabled_at, initial_until, version, created_at } = row;
        let allowed_actions = Vec::new();
        Self { id, user_name, display_name, cadre_id, disabled_at, initial_until, allowed_actions, version, created_at }
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
        accounts::initial_until.eq(account.initial_until),
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
    /// The password is an initial one until then, or is not.
    pub initial_until: Option<Option<DateTime<Utc>>>,
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

/// The units of an account's grants.
pub async fn units_of_account(conn: &mut AsyncPgConnection, account: AccountId) -> Result<Vec<Uuid>> {
    Ok(grants::table.filter(grants::account_id.eq(account)).select(grants::unit_id).distinct().load(conn).await?)
}

/// The names of units and of all above them.
pub async fn labels_around(conn: &mut AsyncPgConnection, units: &[Uuid]) -> Result<Vec<String>> {
    let around = scope_tree::table.filter(scope_tree::unit_id.eq_any(units)).select(scope_tree::ancestor_id);
    let ids: Vec<Uuid> = around.distinct().load(conn).await?;
    Ok(scope_tree::table
        .filter(scope_tree::unit_id.eq_any(ids).and(scope_tree::depth.eq(0)))
        .select(scope_tree::label)
        .load(conn)
        .await?)
}
