//! Rows of plans and their lines.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::visible;
use crate::identity::{self, Scope};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::TitleId;
use crate::rotations::model::{
    Approval, MoveKind, PlanDraft, PlanItemId, PlanLine, PlannedMove, RotationPlan, RotationPlanApproval,
    RotationPlanId, RotationPlanItem, RotationPlanState, RotationState, Withdrawal,
};
use crate::schema::{
    posts as post_rows, rotation_moves, rotation_plan_items, rotation_plans, rotations, scope_tree, titles,
};

/// Number, issuer, day, by whom, when recorded.
type ApprovalColumns = (Option<String>, Option<String>, Option<NaiveDate>, Option<Uuid>, Option<DateTime<Utc>>);

#[derive(Queryable)]
struct PlanRow {
    id: RotationPlanId,
    number: String,
    subject: String,
    unit: (Uuid, String),
    during: Period,
    need: Option<String>,
    policy: Option<String>,
    state: String,
    prepared: (Uuid, DateTime<Utc>),
    approval: ApprovalColumns,
    withdrawal: (Option<DateTime<Utc>>, Option<String>),
    version: i32,
}

#[derive(Queryable)]
struct ItemRow {
    plan_id: RotationPlanId,
    id: PlanItemId,
    title: (TitleId, String),
    unit: Option<(Uuid, String)>,
    kind: String,
    how_many: i32,
    placement: Option<String>,
    starts_on: Option<NaiveDate>,
    note: Option<String>,
}

macro_rules! plan_rows {
    ($scope:expr) => {
        rotation_plans::table
            .inner_join(
                scope_tree::table.on(scope_tree::unit_id.eq(rotation_plans::unit_id).and(scope_tree::depth.eq(0))),
            )
            .filter(rotation_plans::unit_id.eq_any($scope.units()))
            .select((
                rotation_plans::id,
                rotation_plans::number,
                rotation_plans::subject,
                (rotation_plans::unit_id, scope_tree::label),
                rotation_plans::during,
                rotation_plans::need,
                rotation_plans::policy,
                rotation_plans::state,
                (rotation_plans::prepared_by, rotation_plans::prepared_at),
                (
                    rotation_plans::approval_number,
                    rotation_plans::approval_issuer,
                    rotation_plans::approved_on,
                    rotation_plans::approved_by,
                    rotation_plans::approved_at,
                ),
                (rotation_plans::withdrawn_at, rotation_plans::withdrawn_reason),
                rotation_plans::version,
            ))
    };
}

/// Puts plans together with their lines and names, in a fixed number of statements.
async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<PlanRow>) -> Result<Vec<RotationPlan>> {
    let ids: Vec<RotationPlanId> = rows.iter().map(|row| row.id).collect();
    let items: Vec<ItemRow> = rotation_plan_items::table
        .inner_join(titles::table)
        .left_join(
            scope_tree::table
                .on(scope_tree::unit_id.nullable().eq(rotation_plan_items::unit_id).and(scope_tree::depth.eq(0))),
        )
        .filter(rotation_plan_items::plan_id.eq_any(&ids))
        .order((rotation_plan_items::plan_id, rotation_plan_items::position))
        .select((
            rotation_plan_items::plan_id,
            rotation_plan_items::id,
            (titles::id, titles::name_vi),
            (scope_tree::unit_id, scope_tree::label).nullable(),
            rotation_plan_items::kind,
            rotation_plan_items::how_many,
            rotation_plan_items::placement,
            rotation_plan_items::starts_on,
            rotation_plan_items::note,
        ))
        .load(conn)
        .await?;
    let actors: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.prepared.0), row.approval.3]).flatten().collect();
    let names = identity::names_of(conn, &actors).await?;
    let mut by_plan: HashMap<RotationPlanId, Vec<RotationPlanItem>> = HashMap::new();
    for row in items {
        let ItemRow { plan_id, id, title, unit, kind, how_many, placement, starts_on, note } = row;
        let kind = MoveKind::of(&kind).ok_or_else(|| Error::internal("a line of a plan has an unknown kind"))?;
        let unit = unit.map(|(id, name)| Ref::new(id, name));
        let title = Ref::new(title.0, title.1);
        let item = RotationPlanItem { id, title, unit, kind, count: how_many, placement, starts_on, note };
        by_plan.entry(plan_id).or_default().push(item);
    }
    rows.into_iter()
        .map(|row| {
            let items = by_plan.remove(&row.id).unwrap_or_default();
            plan(row, items, &names)
        })
        .collect()
}

fn plan(row: PlanRow, items: Vec<RotationPlanItem>, names: &HashMap<Uuid, String>) -> Result<RotationPlan> {
    let PlanRow { id, number, subject, unit, during, need, policy, state, prepared, approval, withdrawal, version } =
        row;
    let actor = |id: Uuid| Ref::new(id, names.get(&id).cloned().unwrap_or_default());
    let approval = match approval {
        (Some(number), Some(issuer), Some(approved_on), Some(by), Some(recorded_at)) => {
            Some(RotationPlanApproval { number, issuer, approved_on, approved_by: actor(by), recorded_at })
        }
        _ => None,
    };
    let withdrawal = match withdrawal {
        (Some(withdrawn_at), Some(reason)) => Some(Withdrawal { reason, withdrawn_at }),
        _ => None,
    };
    Ok(RotationPlan {
        state: RotationPlanState::of(&state)
            .ok_or_else(|| Error::internal(format!("plan {id} has an unknown state")))?,
        unit: Ref::new(unit.0, unit.1),
        prepared_by: actor(prepared.0),
        prepared_at: prepared.1,
        id,
        number,
        subject,
        during,
        need,
        policy,
        items,
        approval,
        withdrawal,
        version,
    })
}

/// A plan in scope.
pub async fn find_plan(conn: &mut AsyncPgConnection, scope: &Scope, id: RotationPlanId) -> Result<RotationPlan> {
    let rows = plan_rows!(scope).filter(rotation_plans::id.eq(id)).load(conn).await?;
    assemble(conn, rows).await?.pop().ok_or_else(Error::not_found)
}

/// A plan in scope, kept until the end of the change.
pub async fn lock_plan(tx: &mut Tx, scope: &Scope, id: RotationPlanId) -> Result<RotationPlan> {
    let locked: RotationPlanId = rotation_plans::table
        .filter(rotation_plans::id.eq(id).and(rotation_plans::unit_id.eq_any(scope.units())))
        .select(rotation_plans::id)
        .for_update()
        .first(tx.conn())
        .await?;
    find_plan(tx.conn(), scope, locked).await
}

/// Which plans of a list are wanted.
#[derive(Clone, Copy, Default)]
pub struct PlanFilter {
    /// Made for days of this year.
    pub year: Option<Period>,
    /// In this state.
    pub state: Option<RotationPlanState>,
    /// Kept by this unit or one below it.
    pub unit: Option<Uuid>,
}

/// Adds the conditions of a filter to a boxed query that has `rotation_plans` in it.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: PlanFilter = $filter;
        let mut query = $query;
        if let Some(year) = filter.year {
            query = query.filter(rotation_plans::during.overlaps_with(year));
        }
        if let Some(state) = filter.state {
            query = query.filter(rotation_plans::state.eq(state.name()));
        }
        if let Some(unit) = filter.unit {
            query = query.filter(rotation_plans::unit_id.eq_any(Scope::of(vec![unit], None).units()));
        }
        query
    }};
}

/// Plans in scope, those that begin last first.
pub async fn list_plans(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: PlanFilter,
    paging: &Paging,
) -> Result<(Vec<RotationPlan>, Option<i64>)> {
    let mut query = filtered!(plan_rows!(scope).into_boxed(), filter);
    if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let earlier = sql::<Bool>("(lower(rotation_plans.during), rotation_plans.id) < (")
            .bind::<Date, _>(from)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        query = query.filter(earlier);
    }
    let latest = (sql::<Date>("lower(rotation_plans.during)").desc(), rotation_plans::id.desc());
    let rows: Vec<PlanRow> = query.order(latest).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        let all = rotation_plans::table.filter(rotation_plans::unit_id.eq_any(scope.units())).into_boxed();
        Some(filtered!(all, filter).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((assemble(conn, rows).await?, total))
}

/// The moves of those cases of a plan that the caller may see.
pub async fn planned_moves(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    plan: &RotationPlan,
) -> Result<Vec<PlannedMove>> {
    /// State of the case, kind of the move, title and unit of the post that is entered.
    type Row = (String, String, (TitleId, String), (Uuid, String));
    let rows: Vec<Row> = rotation_moves::table
        .inner_join(rotations::table)
        .inner_join(post_rows::table.on(post_rows::id.nullable().eq(rotation_moves::to_post_id.nullable())))
        .inner_join(titles::table.on(titles::id.eq(post_rows::title_id)))
        .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(post_rows::unit_id).and(scope_tree::depth.eq(0))))
        .filter(rotations::plan_id.eq(plan.id).and(rotations::id.eq_any(visible(scope))))
        .order((rotations::effective_from, rotations::id, rotation_moves::position))
        .select((
            rotations::state,
            rotation_moves::kind,
            (titles::id, titles::name_vi),
            (post_rows::unit_id, scope_tree::label),
        ))
        .load(conn)
        .await?;
    let units: Vec<Uuid> = rows.iter().map(|row| row.3.0).collect();
    let named: Vec<Uuid> = plan.items.iter().filter_map(|item| item.unit.as_ref().map(|unit| unit.id)).collect();
    let above: Vec<(Uuid, Uuid)> = scope_tree::table
        .filter(scope_tree::unit_id.eq_any(units).and(scope_tree::ancestor_id.eq_any(named)))
        .order((scope_tree::unit_id, scope_tree::depth))
        .select((scope_tree::unit_id, scope_tree::ancestor_id))
        .load(conn)
        .await?;
    let mut within: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (unit, ancestor) in above {
        within.entry(unit).or_default().push(ancestor);
    }
    let unknown = || Error::internal("a move of a plan has an unknown kind or state");
    rows.into_iter()
        .map(|(state, kind, title, unit)| {
            Ok(PlannedMove {
                state: RotationState::of(&state).ok_or_else(unknown)?,
                kind: MoveKind::of(&kind).ok_or_else(unknown)?,
                title: Ref::new(title.0, title.1),
                within: within.get(&unit.0).cloned().unwrap_or_default(),
                unit: Ref::new(unit.0, unit.1),
            })
        })
        .collect()
}

/// Adds a plan with its lines.
pub async fn insert_plan(tx: &mut Tx, id: RotationPlanId, number: &str, by: Uuid, draft: &PlanDraft) -> Result<()> {
    let now = tx.now();
    let row = (
        rotation_plans::id.eq(id),
        rotation_plans::number.eq(number),
        rotation_plans::subject.eq(&draft.subject),
        rotation_plans::unit_id.eq(draft.unit_id),
        rotation_plans::during.eq(draft.during),
        rotation_plans::need.eq(&draft.need),
        rotation_plans::policy.eq(&draft.policy),
        rotation_plans::state.eq(RotationPlanState::Draft.name()),
        rotation_plans::prepared_by.eq(by),
        rotation_plans::prepared_at.eq(now),
        rotation_plans::created_at.eq(now),
        rotation_plans::updated_at.eq(now),
    );
    diesel::insert_into(rotation_plans::table).values(row).execute(tx.conn()).await?;
    insert_items(tx, id, &draft.items).await
}

async fn insert_items(tx: &mut Tx, plan: RotationPlanId, items: &[PlanLine]) -> Result<()> {
    let rows: Vec<_> = (1..)
        .zip(items)
        .map(|(position, item): (i32, _)| {
            (
                rotation_plan_items::id.eq(tx.new_id()),
                rotation_plan_items::plan_id.eq(plan),
                rotation_plan_items::position.eq(position),
                rotation_plan_items::title_id.eq(item.title_id),
                rotation_plan_items::unit_id.eq(item.unit_id),
                rotation_plan_items::kind.eq(item.kind.name()),
                rotation_plan_items::how_many.eq(item.count),
                rotation_plan_items::placement.eq(&item.placement),
                rotation_plan_items::starts_on.eq(item.starts_on),
                rotation_plan_items::note.eq(&item.note),
            )
        })
        .collect();
    diesel::insert_into(rotation_plan_items::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

macro_rules! update_plan {
    ($tx:expr, $id:expr, $($change:expr),+ $(,)?) => {{
        let now = $tx.now();
        diesel::update(rotation_plans::table.find($id))
            .set(($($change,)+ rotation_plans::version.eq(rotation_plans::version + 1), rotation_plans::updated_at.eq(now)))
            .execute($tx.conn())
            .await?;
    }};
}

/// Writes a draft as it is now; its lines are replaced where others are given.
pub async fn update_plan(tx: &mut Tx, plan: &RotationPlan, items: Option<&[PlanLine]>) -> Result<()> {
    update_plan!(
        tx,
        plan.id,
        rotation_plans::subject.eq(&plan.subject),
        rotation_plans::during.eq(plan.during),
        rotation_plans::need.eq(&plan.need),
        rotation_plans::policy.eq(&plan.policy),
    );
    if let Some(items) = items {
        let old = rotation_plan_items::plan_id.eq(plan.id);
        diesel::delete(rotation_plan_items::table.filter(old)).execute(tx.conn()).await?;
        insert_items(tx, plan.id, items).await?;
    }
    Ok(())
}

/// Notes that the authority approved the plan.
pub async fn set_plan_approved(tx: &mut Tx, id: RotationPlanId, by: Uuid, approval: &Approval) -> Result<()> {
    let now = tx.now();
    update_plan!(
        tx,
        id,
        rotation_plans::state.eq(RotationPlanState::Approved.name()),
        rotation_plans::approval_number.eq(&approval.number),
        rotation_plans::approval_issuer.eq(&approval.issuer),
        rotation_plans::approved_on.eq(approval.approved_on),
        rotation_plans::approved_by.eq(by),
        rotation_plans::approved_at.eq(now),
    );
    Ok(())
}

/// Notes the withdrawal.
pub async fn set_plan_withdrawn(tx: &mut Tx, id: RotationPlanId, by: Uuid, reason: &str) -> Result<()> {
    let now = tx.now();
    update_plan!(
        tx,
        id,
        rotation_plans::state.eq(RotationPlanState::Withdrawn.name()),
        rotation_plans::withdrawn_at.eq(now),
        rotation_plans::withdrawn_by.eq(by),
        rotation_plans::withdrawn_reason.eq(reason),
    );
    Ok(())
}
