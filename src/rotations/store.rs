//! Rows of cases and moves.

mod assembly;
mod authority;
mod delegations;
mod ending;
mod invitations;
mod numbers;
mod papers;
mod plans;
mod postings;
mod verdicts;
mod write;

pub use authority::{
    AuthorityFilter, authorities_on, find_authority, insert_authority, list_authorities, lock_authority,
    set_authority_confirmed, set_authority_ended,
};
pub use delegations::{
    DelegationFilter, delegates, find_delegation, insert_delegation, keep_signature, list_delegations, lock_delegation,
    set_delegation_withdrawn,
};
pub use ending::{OpenCase, move_cases, open_cases, withdraw_undecided};
pub use invitations::{invite, unit_refs};
pub use numbers::{Series, next_number};
pub use papers::{Which, carry_over, list_papers, record_paper, standing_documents, waived};
pub use plans::{
    PlanFilter, find_plan, insert_plan, list_plans, lock_plan, planned_moves, set_plan_approved, set_plan_withdrawn,
    update_plan,
};
pub use postings::{PostingFilter, find_posting, list_postings, posting_of, set_expected_end, since};
pub use verdicts::{keep_verdicts, verdicts};
pub use write::{
    insert, replace_moves, set_approved, set_decided, set_effective, set_refused, set_state, set_withdrawn,
};

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use self::assembly::{assemble, rotation_rows};
use super::model::{Rotation, RotationId, RotationPlanId, RotationState};
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::posts::PostId;
use crate::schema::{
    posts as post_rows, rotation_invitations, rotation_moves, rotation_plans, rotation_policies, rotations, scope_tree,
};

/// Cases due at a time; the rest follow at the next turn.
const DUE: i64 = 500;

/// Decided cases whose day has come, oldest first.
pub async fn due(conn: &mut AsyncPgConnection, today: NaiveDate) -> Result<Vec<RotationId>> {
    Ok(rotations::table
        .filter(rotations::state.eq(RotationState::Decided.name()).and(rotations::effective_from.le(today)))
        .order((rotations::effective_from, rotations::id))
        .limit(DUE)
        .select(rotations::id)
        .load(conn)
        .await?)
}

/// Numbers of cases.
pub async fn numbers(conn: &mut AsyncPgConnection, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = rotations::table
        .filter(rotations::id.eq_any(ids))
        .select((rotations::id, rotations::number))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The states in which a unit that was asked may propose people, and sees the case by that alone.
const ASKING: [RotationState; 2] = [RotationState::PolicyApproved, RotationState::PeopleProposed];

/// Cases that the caller may see: kept by a unit in scope, touching a post of one, or asking one whom it proposes.
fn visible(scope: &Scope) -> rotations::BoxedQuery<'static, diesel::pg::Pg, diesel::sql_types::Uuid> {
    let in_scope = || post_rows::table.filter(post_rows::unit_id.eq_any(scope.units())).select(post_rows::id);
    let touching = rotation_moves::table
        .filter(
            rotation_moves::to_post_id
                .eq_any(in_scope().select(post_rows::id.nullable()))
                .or(rotation_moves::from_post_id.eq_any(in_scope().select(post_rows::id.nullable()))),
        )
        .select(rotation_moves::rotation_id);
    let asked = rotation_invitations::table
        .filter(rotation_invitations::unit_id.eq_any(scope.units()))
        .select(rotation_invitations::rotation_id);
    let asking = rotations::id.eq_any(asked).and(rotations::state.eq_any(ASKING.map(RotationState::name)));
    rotations::table
        .filter(rotations::unit_id.eq_any(scope.units()).or(rotations::id.eq_any(touching)).or(asking))
        .select(rotations::id)
        .into_boxed()
}

/// A case in scope.
pub async fn find(conn: &mut AsyncPgConnection, scope: &Scope, id: RotationId) -> Result<Rotation> {
    let rows =
        rotation_rows!().filter(rotations::id.eq(id).and(rotations::id.eq_any(visible(scope)))).load(conn).await?;
    assemble(conn, rows).await?.pop().ok_or_else(Error::not_found)
}

/// A case in scope, kept until the end of the change.
pub async fn lock(tx: &mut Tx, scope: &Scope, id: RotationId) -> Result<Rotation> {
    let locked: RotationId = rotations::table
        .filter(rotations::id.eq(id).and(rotations::id.eq_any(visible(scope))))
        .select(rotations::id)
        .for_update()
        .first(tx.conn())
        .await?;
    find(tx.conn(), scope, locked).await
}

/// Which cases of a list are wanted.
#[derive(Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<RotationState>,
    /// Moving this person.
    pub cadre: Option<Uuid>,
    /// Leaving or entering this post.
    pub post: Option<PostId>,
    /// Carrying out a part of this plan.
    pub plan: Option<RotationPlanId>,
    /// Effective on this day or later.
    pub from: Option<NaiveDate>,
    /// Effective on this day or earlier.
    pub to: Option<NaiveDate>,
}

fn wanted(scope: &Scope, filter: &Filter) -> rotations::BoxedQuery<'static, diesel::pg::Pg, diesel::sql_types::Uuid> {
    let mut query = visible(scope);
    if let Some(state) = filter.state {
        query = query.filter(rotations::state.eq(state.name()));
    }
    if let Some(cadre) = filter.cadre {
        query = query.filter(rotations::id.eq_any(
            rotation_moves::table.filter(rotation_moves::cadre_id.eq(cadre)).select(rotation_moves::rotation_id),
        ));
    }
    if let Some(post) = filter.post {
        let touching = rotation_moves::from_post_id.eq(post).or(rotation_moves::to_post_id.eq(post));
        query = query.filter(
            rotations::id
                .eq_any(rotation_moves::table.filter(touching.assume_not_null()).select(rotation_moves::rotation_id)),
        );
    }
    if let Some(plan) = filter.plan {
        query = query.filter(rotations::plan_id.eq(plan).assume_not_null());
    }
    if let Some(from) = filter.from {
        query = query.filter(rotations::effective_from.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(rotations::effective_from.le(to));
    }
    query
}

/// Cases in scope, the latest effective day first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &Filter,
    paging: &Paging,
) -> Result<(Vec<Rotation>, Option<i64>)> {
    let mut query = rotation_rows!().filter(rotations::id.eq_any(wanted(scope, filter))).into_boxed();
    if let (Some(day), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let same_day = rotations::effective_from.eq(day).and(rotations::id.lt(id));
        query = query.filter(rotations::effective_from.lt(day).or(same_day));
    }
    let rows =
        query.order((rotations::effective_from.desc(), rotations::id.desc())).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        Some(rotations::table.filter(rotations::id.eq_any(wanted(scope, filter))).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((assemble(conn, rows).await?, total))
}
