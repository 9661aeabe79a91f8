//! Rows of grants.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::identity::model::{AccountId, ClientId, Grant, GrantId, Holder, Role};
use crate::identity::scope::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::schema::{grants, scope_tree};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 5000;

#[derive(Queryable)]
struct GrantRow {
    id: GrantId,
    account_id: Option<AccountId>,
    client_id: Option<ClientId>,
    role: String,
    unit_id: Uuid,
    unit_label: String,
    during: Period,
    ended_at: Option<DateTime<Utc>>,
    version: i32,
}

impl TryFrom<GrantRow> for Grant {
    type Error = Error;
    fn try_from(row: GrantRow) -> Result<Self> {
        let GrantRow { id, account_id, client_id, role, unit_id, unit_label, during, ended_at, version } = row;
        let role = Role::of(&role).ok_or_else(|| Error::internal(format!("grant {id} has an unknown role")))?;
        Ok(Self { id, account_id, client_id, role, unit: Ref::new(unit_id, unit_label), during, ended_at, version })
    }
}

macro_rules! grant_rows {
    ($scope:expr) => {
        grants::table
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(grants::unit_id).and(scope_tree::depth.eq(0))))
            .filter(grants::unit_id.eq_any($scope.units()))
            .select((
                grants::id,
                grants::account_id,
                grants::client_id,
                grants::role,
                grants::unit_id,
                scope_tree::label,
                grants::during,
                grants::ended_at,
                grants::version,
            ))
    };
}

/// Adds a grant.
pub async fn insert_grant(
    tx: &mut Tx,
    id: GrantId,
    holder: Holder,
    role: Role,
    unit: Uuid,
    during: Period,
) -> Result<()> {
    let (account, client) = match holder {
        Holder::Account(account) => (Some(account), None),
        Holder::Client(client) => (None, Some(client)),
    };
    let row = (
        grants::id.eq(id),
        grants::account_id.eq(account),
        grants::client_id.eq(client),
        grants::role.eq(role.name()),
        grants::unit_id.eq(unit),
        grants::during.eq(during),
        grants::created_at.eq(tx.now()),
    );
    diesel::insert_into(grants::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// A grant in scope.
pub async fn find_grant(conn: &mut AsyncPgConnection, scope: &Scope, id: GrantId) -> Result<Grant> {
    let row: GrantRow = grant_rows!(scope).filter(grants::id.eq(id)).first(conn).await?;
    row.try_into()
}

/// Grants in scope, oldest first.
pub async fn list_grants(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    account: Option<AccountId>,
    paging: &Paging,
) -> Result<(Vec<Grant>, Option<i64>)> {
    let mut query = grant_rows!(scope).into_boxed();
    let mut counted = grants::table.filter(grants::unit_id.eq_any(scope.units())).into_boxed();
    if let Some(account) = account {
        query = query.filter(grants::account_id.eq(account));
        counted = counted.filter(grants::account_id.eq(account));
    }
    if let Some(after) = paging.key::<Uuid>(0)? {
        query = query.filter(grants::id.gt(after));
    }
    let rows: Vec<GrantRow> = query.order(grants::id).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count { Some(counted.count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Grant::try_from).collect::<Result<_>>()?, total))
}

/// Ends a grant now.
pub async fn end_grant(tx: &mut Tx, id: GrantId) -> Result<()> {
    let now = tx.now();
    diesel::update(grants::table.find(id))
        .set((grants::ended_at.eq(now), grants::version.eq(grants::version + 1)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The grants at these units that count on a day or later, wherever they are.
pub async fn grants_at(tx: &mut Tx, units: &[Uuid], from: NaiveDate) -> Result<Vec<Grant>> {
    let rows: Vec<GrantRow> = grant_rows!(Scope::everything())
        .filter(grants::unit_id.eq_any(units).and(grants::ended_at.is_null()))
        .filter(grants::during.overlaps_with(Period::since(from)))
        .order(grants::id)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Lets grants count no more from a day on; those that begin later, never.
pub async fn cut_grants(tx: &mut Tx, ids: &[GrantId], before: NaiveDate) -> Result<()> {
    let now = tx.now();
    // The bound of a range is no column of the DSL.
    diesel::sql_query(
        "UPDATE grants SET version = version + 1, \
           during = CASE WHEN lower(during) < $2 THEN daterange(lower(during), $2) ELSE during END, \
           ended_at = CASE WHEN lower(during) < $2 THEN ended_at ELSE $3 END \
         WHERE id = ANY($1)",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Date, _>(before)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct LeftRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: GrantId,
    #[diesel(sql_type = diesel::sql_types::Text)]
    role: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    unit: String,
}

/// The grants that people leave behind with a post: those at, above or below a unit that they leave (no unit: all of theirs) which reach
/// no unit where they hold a post. What makes somebody an administrator, or the reader of their own file, is bound to no
/// post. Gives each with its role and unit, in words.
pub async fn grants_left(
    tx: &mut Tx,
    left: &[(Uuid, Option<Uuid>)],
    held: &[(Uuid, Uuid)],
) -> Result<Vec<(GrantId, String)>> {
    let today = tx.today();
    let (leavers, units): (Vec<Uuid>, Vec<Option<Uuid>>) = left.iter().copied().unzip();
    let (holders, places): (Vec<Uuid>, Vec<Uuid>) = held.iter().copied().unzip();
    let rows: Vec<LeftRow> = diesel::sql_query(
        "SELECT DISTINCT g.id, g.role, n.label AS unit
         FROM unnest($1, $2) AS l (cadre_id, unit_id)
         JOIN accounts a ON a.cadre_id = l.cadre_id
         JOIN grants g ON g.account_id = a.id AND g.ended_at IS NULL AND g.role NOT IN ('administrator', 'cadre')
             AND (upper_inf(g.during) OR upper(g.during) > $5)
         JOIN scope_tree n ON n.unit_id = g.unit_id AND n.depth = 0
         WHERE (l.unit_id IS NULL
             OR EXISTS (SELECT FROM scope_tree s WHERE s.unit_id = l.unit_id AND s.ancestor_id = g.unit_id)
             OR EXISTS (SELECT FROM scope_tree s WHERE s.unit_id = g.unit_id AND s.ancestor_id = l.unit_id))
           AND NOT EXISTS (
             SELECT FROM unnest($3, $4) AS h (cadre_id, unit_id)
             JOIN scope_tree s ON s.unit_id = h.unit_id AND s.ancestor_id = g.unit_id WHERE h.cadre_id = l.cadre_id)
         ORDER BY g.id",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(leavers)
    .bind::<Array<diesel::sql_types::Nullable<diesel::sql_types::Uuid>>, _>(units)
    .bind::<Array<diesel::sql_types::Uuid>, _>(holders)
    .bind::<Array<diesel::sql_types::Uuid>, _>(places)
    .bind::<Date, _>(today)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, format!("{}: {}", row.role, row.unit))).collect())
}

/// Gives the roles of grants at other units, from a day on; gives the new ids in the same order.
pub async fn pass_on_grants(tx: &mut Tx, passed: &[(&Grant, Uuid)], from: NaiveDate) -> Result<Vec<GrantId>> {
    let (mut ids, mut rows) = (Vec::with_capacity(passed.len()), Vec::with_capacity(passed.len()));
    for (grant, unit) in passed {
        let id = GrantId(tx.new_id());
        let begins = grant.during.from().map_or(from, |begins| begins.max(from));
        let during = Period::new(Some(begins), grant.during.to()).map_err(Error::internal)?;
        ids.push(id);
        rows.push((
            grants::id.eq(id),
            grants::account_id.eq(grant.account_id),
            grants::client_id.eq(grant.client_id),
            grants::role.eq(grant.role.name()),
            grants::unit_id.eq(*unit),
            grants::during.eq(during),
            grants::created_at.eq(tx.now()),
        ));
    }
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(grants::table).values(chunk.to_vec()).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// Whether an account was ever given a role.
pub async fn has_grants(conn: &mut AsyncPgConnection, account: AccountId) -> Result<bool> {
    let given = grants::table.filter(grants::account_id.eq(account)).select(grants::id);
    Ok(diesel::select(exists(given)).get_result(conn).await?)
}

/// Grants that count, today or later, outside a scope: their holders are not for that scope to change.
fn alive_outside(scope: &Scope, today: NaiveDate) -> grants::BoxedQuery<'static, diesel::pg::Pg> {
    grants::table
        .filter(grants::ended_at.is_null())
        .filter(grants::during.overlaps_with(Period::since(today)))
        .filter(diesel::dsl::not(grants::unit_id.eq_any(scope.units())))
        .into_boxed()
}

/// Those of these accounts that have a grant that counts, today or later, outside a scope.
pub async fn accounts_granted_outside(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    accounts: &[AccountId],
    today: NaiveDate,
) -> Result<HashSet<AccountId>> {
    let held = alive_outside(scope, today).filter(grants::account_id.eq_any(accounts));
    let found: Vec<Option<AccountId>> = held.select(grants::account_id).load(conn).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Those of these clients that have a grant that counts, today or later, outside a scope.
pub async fn clients_granted_outside(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    clients: &[ClientId],
    today: NaiveDate,
) -> Result<HashSet<ClientId>> {
    let held = alive_outside(scope, today).filter(grants::client_id.eq_any(clients));
    let found: Vec<Option<ClientId>> = held.select(grants::client_id).load(conn).await?;
    Ok(found.into_iter().flatten().collect())
}
