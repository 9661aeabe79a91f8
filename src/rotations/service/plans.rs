//! Plans: prepared, changed while they are drafts, approved by the authority, withdrawn; and how far they are carried out.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::by;
use super::numbers::number;
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::fields;
use crate::platform::period::Period;
use crate::posts::{self, TitleId};
use crate::rotations::model::{
    Approval, BeyondPlan, PlanChange, PlanDraft, PlanItemProgress, PlanLine, Rotation, RotationPlan,
    RotationPlanAction, RotationPlanId, RotationPlanItem,
};
use crate::rotations::rules::{self, PlanActor};
use crate::rotations::store::{self, Series};

/// What the caller is to each of these plans: a fixed number of statements whatever their number. Who approves a plan
/// decides for the unit that keeps it and for the units of all of its lines.
async fn plan_actors(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    plans: &[RotationPlan],
) -> Result<Vec<PlanActor>> {
    let named = |plan: &RotationPlan| -> Vec<Uuid> {
        let lines = plan.items.iter().filter_map(|item| item.unit.as_ref());
        lines.chain([&plan.unit]).map(|unit| unit.id).collect()
    };
    let units: Vec<Uuid> = plans.iter().flat_map(named).collect();
    let mut within = [BTreeSet::new(), BTreeSet::new()];
    for (permission, covered) in [Permission::PrepareRotation, Permission::DecideRotation].into_iter().zip(&mut within)
    {
        if let Some(scope) = caller.scope_for(permission) {
            *covered = identity::scope::covered(conn, &scope, &units).await?;
        }
    }
    let [prepares, decides] = within;
    let actor = |plan: &RotationPlan| PlanActor {
        id: caller.actor().id,
        prepares: prepares.contains(&plan.unit.id),
        decides: named(plan).iter().all(|unit| decides.contains(unit)),
    };
    Ok(plans.iter().map(actor).collect())
}

/// What the caller may do with each of these plans now.
pub async fn plan_actions(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    plans: &[RotationPlan],
) -> Result<Vec<Vec<RotationPlanAction>>> {
    let actors = plan_actors(conn, caller, plans).await?;
    let allowed = |(plan, actor): (&RotationPlan, PlanActor)| {
        let open = |action: &RotationPlanAction| rules::plan_guard(plan, *action, actor).is_ok();
        RotationPlanAction::ALL.into_iter().filter(open).collect()
    };
    Ok(plans.iter().zip(actors).map(allowed).collect())
}

async fn plan_actor(tx: &mut Tx, caller: &Caller, plan: &RotationPlan) -> Result<PlanActor> {
    let found = plan_actors(tx.conn(), caller, std::slice::from_ref(plan)).await?;
    found.into_iter().next().ok_or_else(|| Error::internal("a plan has an actor"))
}

/// What is wrong with the lines of a plan, told of nothing that the caller cannot see.
async fn faults(tx: &mut Tx, caller: &Caller, items: &[PlanLine], during: Period) -> Result<Vec<Finding>> {
    let named: Vec<TitleId> = items.iter().map(|item| item.title_id).collect();
    let titles = posts::title_refs(tx.conn(), &named).await?.into_iter().map(|title| TitleId(title.id)).collect();
    let named: Vec<Uuid> = items.iter().filter_map(|item| item.unit_id).collect();
    let units = identity::scope::covered(tx.conn(), caller.scope(), &named).await?;
    Ok(rules::lines(items, during, &titles, &units))
}

fn told(effect: &'static str, plan: &RotationPlan) -> Effect {
    Effect::new(effect, "rotation_plan", plan.id, &plan.number, plan.during.from())
}

/// Prepares a plan: a draft.
pub async fn create_plan(app: &App, caller: &Caller, draft: &PlanDraft) -> Result<Outcome<RotationPlan>> {
    let by = by(caller)?;
    app.db
        .change(caller, "create_rotation_plan", async |tx| {
            rules::listable(draft.items.len()).map_err(|finding| Error::refused(vec![finding]))?;
            identity::scope::hold_tree(tx).await?;
            let mut findings = faults(tx, caller, &draft.items, draft.during).await?;
            if !identity::scope::covers(tx.conn(), caller.scope(), draft.unit_id).await? {
                findings.push(Finding::plain("/unit_id", code::UNKNOWN_REFERENCE));
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let number = number(tx, draft.number.as_ref(), Series::Plans).await?;
            let id = RotationPlanId(tx.new_id());
            store::insert_plan(tx, id, &number, by, draft).await?;
            let plan = store::find_plan(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("rotation_plan", id).within(draft.unit_id);
            let entry = entry.effects([told("rotation_plan_drafted", &plan)]);
            Ok((plan, entry.event("rotation_plan.drafted", json!({"plan_id": id}))))
        })
        .await
}

/// The days of a draft after a change of them.
fn days(plan: &RotationPlan, change: &PlanChange) -> Result<Period> {
    let from = change.from.or(plan.during.from()).unwrap_or_default();
    let to = change.to.or(plan.during.last_day());
    fields::period("/to", from, to).map_err(|finding| Error::refused(vec![finding]))
}

/// Changes a draft. Lines that are given take the place of all others.
pub async fn change_plan(
    app: &App,
    caller: &Caller,
    id: RotationPlanId,
    change: &PlanChange,
) -> Result<Outcome<RotationPlan>> {
    app.db
        .change(caller, "update_rotation_plan", async |tx| {
            identity::scope::hold_tree(tx).await?;
            let before = store::lock_plan(tx, caller.scope(), id).await?;
            rules::changeable(&before, plan_actor(tx, caller, &before).await?)?;
            tx.check_version(before.version)?;
            let during = days(&before, change)?;
            // Lines that stay are held against the new days too.
            let kept: Vec<PlanLine> = before.items.iter().map(line).collect();
            let items = change.items.as_deref();
            if let Some(items) = items {
                rules::listable(items.len()).map_err(|finding| Error::refused(vec![finding]))?;
            }
            let mut findings = faults(tx, caller, items.unwrap_or(&kept), during).await?;
            if items.is_none() {
                // They were in the sight of who wrote them.
                findings.retain(|finding| finding.code != code::UNKNOWN_REFERENCE);
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let mut next = RotationPlan { during, ..before.clone() };
            next.subject = change.subject.clone().unwrap_or(next.subject);
            next.need = change.need.clone().over(next.need);
            next.policy = change.policy.clone().over(next.policy);
            store::update_plan(tx, &next, items).await?;
            let plan = store::find_plan(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("rotation_plan", id).within(plan.unit.id).before(&before);
            let entry = entry.effects([told("rotation_plan_changed", &plan)]);
            Ok((plan, entry.event("rotation_plan.changed", json!({"plan_id": id}))))
        })
        .await
}

fn line(item: &RotationPlanItem) -> PlanLine {
    PlanLine {
        title_id: TitleId(item.title.id),
        unit_id: item.unit.as_ref().map(|unit| unit.id),
        kind: item.kind,
        count: item.count,
        placement: item.placement.clone(),
        starts_on: item.starts_on,
        note: item.note.clone(),
    }
}

/// A plan in the caller's sight, kept until the end of the change, on which they may do this.
async fn lock_for_action(
    tx: &mut Tx,
    caller: &Caller,
    id: RotationPlanId,
    action: RotationPlanAction,
) -> Result<RotationPlan> {
    let plan = store::lock_plan(tx, caller.scope(), id).await?;
    rules::plan_guard(&plan, action, plan_actor(tx, caller, &plan).await?)?;
    tx.check_version(plan.version)?;
    Ok(plan)
}

/// The authority approves a plan: cases may belong to it.
pub async fn approve_plan(
    app: &App,
    caller: &Caller,
    id: RotationPlanId,
    approval: &Approval,
) -> Result<Outcome<RotationPlan>> {
    let by = by(caller)?;
    app.db
        .change(caller, "approve_rotation_plan", async |tx| {
            let before = lock_for_action(tx, caller, id, RotationPlanAction::Approve).await?;
            rules::has_come("/approved_on", approval.approved_on, tx.today())
                .map_err(|finding| Error::refused(vec![finding]))?;
            store::set_plan_approved(tx, id, by, approval).await?;
            let plan = store::find_plan(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("rotation_plan", id).within(plan.unit.id).before(&before);
            let entry = entry.effects([told("rotation_plan_approved", &plan)]);
            Ok((plan, entry.event("rotation_plan.approved", json!({"plan_id": id}))))
        })
        .await
}

/// Withdraws a plan: no further case belongs to it; those that do go on.
pub async fn withdraw_plan(
    app: &App,
    caller: &Caller,
    id: RotationPlanId,
    reason: &str,
) -> Result<Outcome<RotationPlan>> {
    let by = by(caller)?;
    app.db
        .change(caller, "withdraw_rotation_plan", async |tx| {
            let before = lock_for_action(tx, caller, id, RotationPlanAction::Withdraw).await?;
            store::set_plan_withdrawn(tx, id, by, reason).await?;
            let plan = store::find_plan(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("rotation_plan", id).within(plan.unit.id).before(&before);
            let entry = entry.effects([told("rotation_plan_withdrawn", &plan)]);
            Ok((plan, entry.event("rotation_plan.withdrawn", json!({"plan_id": id}))))
        })
        .await
}

/// Refuses unless a case of this day may belong to this plan, which is kept as it is until the end of the change.
pub(super) async fn check_belongs(
    tx: &mut Tx,
    caller: &Caller,
    plan: RotationPlanId,
    effective: NaiveDate,
) -> Result<()> {
    let found = match store::lock_plan(tx, caller.scope(), plan).await {
        Ok(plan) => rules::belongs(&plan, effective),
        Err(error) if error.code() == code::NOT_FOUND => {
            vec![Finding::plain("/plan_id", code::UNKNOWN_REFERENCE)]
        }
        Err(error) => return Err(error),
    };
    if found.is_empty() { Ok(()) } else { Err(Error::refused(found)) }
}

/// Refuses a day that the plan of a case, if it has one, is not made for. A plan that was withdrawn lets its cases go on.
pub(super) async fn check_days(tx: &mut Tx, rotation: &Rotation, effective: NaiveDate) -> Result<()> {
    let Some(plan) = &rotation.plan else { return Ok(()) };
    let plan = store::find_plan(tx.conn(), &Scope::everything(), RotationPlanId(plan.id)).await?;
    rules::on_its_days(&plan, effective).map_err(|finding| Error::refused(vec![finding]))
}

/// How far a plan is carried out, by the cases that the caller may see: line by line, and what goes beyond it.
pub async fn plan_progress<P>(
    app: &App,
    caller: &Caller<P>,
    id: RotationPlanId,
) -> Result<(RotationPlan, Vec<PlanItemProgress>, Vec<BeyondPlan>)> {
    let mut conn = app.db.read().await?;
    let plan = store::find_plan(&mut conn, caller.scope(), id).await?;
    let moves = store::planned_moves(&mut conn, caller.scope(), &plan).await?;
    let (items, beyond) = rules::progress(&plan, &moves);
    Ok((plan, items, beyond))
}
