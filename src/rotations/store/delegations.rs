//! Rows of delegations, and of who signed a decision by one.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::authority::post_names;
use crate::cadres::CadreId;
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::PostId;
use crate::rotations::model::{
    DecisionSigner, Delegation, DelegationId, DelegationRow, RotationId, Signature, Signer, Withdrawal,
};
use crate::schema::{cadres, delegations, posts as post_rows, rotation_signatures};

#[derive(Queryable)]
struct StoredDelegation {
    id: DelegationId,
    post: (PostId, Uuid),
    cadre: (CadreId, String),
    during: Period,
    decision: (String, String, NaiveDate),
    recorded: (DateTime<Utc>, String),
    withdrawal: (Option<DateTime<Utc>>, Option<String>),
    version: i32,
}

macro_rules! delegation_rows {
    ($scope:expr) => {
        delegations::table
            .inner_join(post_rows::table)
            .inner_join(cadres::table)
            .filter(post_rows::unit_id.eq_any($scope.units()))
            .select((
                delegations::id,
                (post_rows::id, post_rows::unit_id),
                (cadres::id, cadres::full_name),
                delegations::during,
                (delegations::number, delegations::issuer, delegations::decided_on),
                (delegations::recorded_at, delegations::recorded_by),
                (delegations::withdrawn_at, delegations::withdrawn_reason),
                delegations::version,
            ))
    };
}

async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<StoredDelegation>) -> Result<Vec<Delegation>> {
    let ids: Vec<PostId> = rows.iter().map(|row| row.post.0).collect();
    let names = post_names(conn, &ids).await?;
    let delegation = |row: StoredDelegation| {
        let StoredDelegation { id, post, cadre, during, decision, recorded, withdrawal, version } = row;
        let withdrawal = match withdrawal {
            (Some(withdrawn_at), Some(reason)) => Some(Withdrawal { reason, withdrawn_at }),
            _ => None,
        };
        Delegation {
            id,
            authority_post: Ref::new(post.0, names.get(&post.0).cloned().unwrap_or_default()),
            unit_id: post.1,
            cadre: Ref::new(cadre.0, cadre.1),
            during,
            number: decision.0,
            issuer: decision.1,
            decided_on: decision.2,
            recorded_at: recorded.0,
            recorded_by: recorded.1,
            withdrawal,
            version,
        }
    };
    Ok(rows.into_iter().map(delegation).collect())
}

/// Which delegations.
#[derive(Clone, Copy, Default)]
pub struct DelegationFilter {
    /// Those that hold on this day and were not taken back.
    pub day: Option<NaiveDate>,
    /// Of this post.
    pub post: Option<PostId>,
    /// To this person.
    pub cadre: Option<CadreId>,
}

/// Adds the conditions of a filter to a boxed query that has `delegations` in it.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: DelegationFilter = $filter;
        let mut query = $query;
        if let Some(day) = filter.day {
            query = query.filter(delegations::during.contains(day).and(delegations::withdrawn_at.is_null()));
        }
        if let Some(post) = filter.post {
            query = query.filter(delegations::post_id.eq(post));
        }
        if let Some(cadre) = filter.cadre {
            query = query.filter(delegations::cadre_id.eq(cadre));
        }
        query
    }};
}

/// Delegations of posts in scope, those that begin last first.
pub async fn list_delegations(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: DelegationFilter,
    paging: &Paging,
) -> Result<(Vec<Delegation>, Option<i64>)> {
    let mut query = filtered!(delegation_rows!(scope).into_boxed(), filter);
    if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let earlier = sql::<Bool>("(lower(delegations.during), delegations.id) < (")
            .bind::<Date, _>(from)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        query = query.filter(earlier);
    }
    let latest = (sql::<Date>("lower(delegations.during)").desc(), delegations::id.desc());
    let rows: Vec<StoredDelegation> = query.order(latest).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        let all = delegations::table
            .inner_join(post_rows::table)
            .filter(post_rows::unit_id.eq_any(scope.units()))
            .into_boxed();
        Some(filtered!(all, filter).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((assemble(conn, rows).await?, total))
}

/// A delegation of a post in scope.
pub async fn find_delegation(conn: &mut AsyncPgConnection, scope: &Scope, id: DelegationId) -> Result<Delegation> {
    let rows = delegation_rows!(scope).filter(delegations::id.eq(id)).load(conn).await?;
    assemble(conn, rows).await?.pop().ok_or_else(Error::not_found)
}

/// A delegation of a post in scope, kept until the end of the change.
pub async fn lock_delegation(tx: &mut Tx, scope: &Scope, id: DelegationId) -> Result<Delegation> {
    let of_post = post_rows::table.filter(post_rows::unit_id.eq_any(scope.units())).select(post_rows::id);
    let locked: DelegationId = delegations::table
        .filter(delegations::id.eq(id).and(delegations::post_id.eq_any(of_post)))
        .select(delegations::id)
        .for_update()
        .first(tx.conn())
        .await?;
    find_delegation(tx.conn(), scope, locked).await
}

/// Who may sign for these posts on a day by a delegation, by post.
pub async fn delegates(
    conn: &mut AsyncPgConnection,
    posts: &[PostId],
    day: NaiveDate,
) -> Result<HashMap<PostId, Vec<Signer>>> {
    let rows: Vec<(PostId, DelegationId, CadreId, String)> = delegations::table
        .inner_join(cadres::table)
        .filter(delegations::post_id.eq_any(posts))
        .filter(delegations::during.contains(day).and(delegations::withdrawn_at.is_null()))
        .order((delegations::post_id, delegations::id))
        .select((delegations::post_id, delegations::id, cadres::id, cadres::full_name))
        .load(conn)
        .await?;
    let mut found: HashMap<PostId, Vec<Signer>> = HashMap::new();
    for (post, id, cadre, name) in rows {
        found.entry(post).or_default().push(Signer { cadre: Ref::new(cadre, name), delegation_id: Some(id) });
    }
    Ok(found)
}

/// Adds a delegation.
pub async fn insert_delegation(tx: &mut Tx, delegation: &DelegationRow) -> Result<DelegationId> {
    let id = DelegationId(tx.new_id());
    let row = (
        delegations::id.eq(id),
        delegations::post_id.eq(delegation.authority_post_id),
        delegations::cadre_id.eq(delegation.cadre_id),
        delegations::during.eq(delegation.during),
        delegations::number.eq(&delegation.number),
        delegations::issuer.eq(&delegation.issuer),
        delegations::decided_on.eq(delegation.decided_on),
        delegations::recorded_at.eq(tx.now()),
        delegations::recorded_by.eq(tx.actor().label.clone()),
    );
    diesel::insert_into(delegations::table).values(row).execute(tx.conn()).await?;
    Ok(id)
}

/// Notes that a delegation is taken back.
pub async fn set_delegation_withdrawn(tx: &mut Tx, id: DelegationId, reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(delegations::table.find(id))
        .set((
            delegations::withdrawn_at.eq(now),
            delegations::withdrawn_by.eq(by),
            delegations::withdrawn_reason.eq(reason),
            delegations::version.eq(delegations::version + 1),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps who signed the decision of a case.
pub async fn keep_signature(tx: &mut Tx, case: RotationId, signer: CadreId, signature: &Signature) -> Result<()> {
    let row = (
        rotation_signatures::rotation_id.eq(case),
        rotation_signatures::signed_by.eq(signer),
        rotation_signatures::authority_post_id.eq(signature.authority_post_id),
        rotation_signatures::delegation_id.eq(signature.delegation_id),
    );
    diesel::insert_into(rotation_signatures::table).values(row).execute(tx.conn()).await?;
    Ok(())
}

/// Who signed the decisions of cases.
pub(super) async fn signers(
    conn: &mut AsyncPgConnection,
    cases: &[RotationId],
) -> Result<HashMap<RotationId, DecisionSigner>> {
    type Row = (RotationId, (CadreId, String), Option<PostId>, Option<DelegationId>);
    let rows: Vec<Row> = rotation_signatures::table
        .inner_join(cadres::table)
        .filter(rotation_signatures::rotation_id.eq_any(cases))
        .select((
            rotation_signatures::rotation_id,
            (cadres::id, cadres::full_name),
            rotation_signatures::authority_post_id,
            rotation_signatures::delegation_id,
        ))
        .load(conn)
        .await?;
    let ids: Vec<PostId> = rows.iter().filter_map(|row| row.2).collect();
    let names = post_names(conn, &ids).await?;
    let signer = |(case, cadre, post, delegation_id): Row| {
        let authority_post = post.map(|post| Ref::new(post, names.get(&post).cloned().unwrap_or_default()));
        (case, DecisionSigner { cadre: Ref::new(cadre.0, cadre.1), authority_post, delegation_id })
    };
    Ok(rows.into_iter().map(signer).collect())
}
