//! The steps of a case before its decision.

use serde_json::json;
use uuid::Uuid;

use super::plans::check_days;
use super::{admit, by, lock_for, not_allowed};
use crate::cadres::CadreId;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result};
use crate::rotations::model::{
    Approval, ProposedMove, Rotation, RotationAction, RotationId, RotationMove, RotationState, Slate, SlateContent,
};
use crate::rotations::{rules, store};

/// What a step tells: the case as it is then, and the entry of the change.
async fn taken(tx: &mut Tx, before: &Rotation, what: &'static str, event: &'static str) -> Result<(Rotation, Entry)> {
    let after = store::find(tx.conn(), &Scope::everything(), before.id).await?;
    let effect = Effect::new(what, "rotation", before.id, &before.number, None);
    let entry = Entry::on("rotation", before.id).within(before.unit.id).before(before).effects([effect]);
    let entry = entry.event(event, json!({"rotation_id": before.id, "state": after.state}));
    Ok((after, entry))
}

/// The authority approves the policy: people may be proposed, by the units that are asked too.
pub async fn approve_policy(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (approval, asked): (&Approval, &[Uuid]),
) -> Result<Outcome<Rotation>> {
    let by = by(caller)?;
    app.db
        .change(caller, "approve_rotation_policy", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::ApprovePolicy).await?;
            let seen = identity::scope::covered(tx.conn(), caller.scope(), asked).await?;
            let found = rules::approval(approval.approved_on, asked, &seen, tx.today());
            if !found.is_empty() {
                return Err(Error::refused(found));
            }
            store::set_approved(tx, &rotation, by, approval).await?;
            store::invite(tx, id, asked).await?;
            let units = store::unit_refs(tx, asked).await?;
            let (after, entry) = taken(tx, &rotation, "rotation_policy_approved", "rotation.policy_approved").await?;
            let entry = entry
                .effects(units.into_iter().map(|unit| Effect::new("unit_asked", "unit", unit.id, unit.label, None)));
            if asked.is_empty() {
                return Ok((after, entry));
            }
            let event = json!({"rotation_id": id, "unit_ids": asked});
            Ok((after, entry.event("rotation.units_asked", event)))
        })
        .await
}

/// Whether somebody makes the very same move in a slate.
fn stays(step: &ProposedMove, before: &[RotationMove]) -> bool {
    before.iter().any(|old| {
        old.cadre.id == step.cadre_id.0
            && old.to_post.as_ref().map(|post| post.id) == step.to_post_id.map(|post| post.0)
            && old.to_outside == step.to_outside
            && old.from_post.as_ref().map(|post| post.id) == step.from_post_id.map(|post| post.0)
    })
}

/// Proposes people for a case, or others in their place. What was said of those who stay in the same moves goes on to count.
pub async fn propose_people(app: &App, caller: &Caller, id: RotationId, slate: &Slate) -> Result<Outcome<Rotation>> {
    let by = by(caller)?;
    app.db
        .change(caller, "propose_rotation_people", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::ProposePeople).await?;
            let effective = slate.effective_from.unwrap_or(rotation.effective_from);
            check_days(tx, &rotation, effective).await?;
            let (admitted, unmet) = admit(tx, caller, &slate.moves, effective).await?;
            let staying = slate.moves.iter().filter(|step| stays(step, &rotation.moves));
            let staying: Vec<CadreId> = staying.map(|step| step.cadre_id).collect();
            store::carry_over(tx, id, &staying, by).await?;
            store::replace_moves(tx, id, effective, &admitted).await?;
            let (after, entry) = taken(tx, &rotation, "rotation_people_proposed", "rotation.people_proposed").await?;
            let content = SlateContent { effective_from: effective, moves: after.moves.clone() };
            store::record_paper(tx, id, None, by, &content).await?;
            let told: Vec<Effect> = not_allowed(&after, unmet).collect();
            Ok((after, entry.effects(told)))
        })
        .await
}

async fn conclude(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (name, action, state, what, event): (&'static str, RotationAction, RotationState, &'static str, &'static str),
) -> Result<Outcome<Rotation>> {
    app.db
        .change(caller, name, async |tx| {
            let rotation = lock_for(tx, caller, id, action).await?;
            store::set_state(tx, id, state).await?;
            taken(tx, &rotation, what, event).await
        })
        .await
}

/// The standards of everybody have been looked into.
pub async fn conclude_preparation(app: &App, caller: &Caller, id: RotationId) -> Result<Outcome<Rotation>> {
    let (action, state) = (RotationAction::ConcludePreparation, RotationState::Prepared);
    let step = ("conclude_rotation_preparation", action, state, "rotation_prepared", "rotation.prepared");
    conclude(app, caller, id, step).await
}

/// Both units and everybody have been asked.
pub async fn conclude_exchange(app: &App, caller: &Caller, id: RotationId) -> Result<Outcome<Rotation>> {
    let (action, state) = (RotationAction::ConcludeExchange, RotationState::Exchanged);
    let step = ("conclude_rotation_exchange", action, state, "rotation_exchanged", "rotation.exchanged");
    conclude(app, caller, id, step).await
}

/// Ends a case without a decision: the policy is not approved, somebody does not meet the standards or declines, the vote does not
/// carry it.
pub async fn refuse(app: &App, caller: &Caller, id: RotationId, reason: &str) -> Result<Outcome<Rotation>> {
    let by: Uuid = by(caller)?;
    app.db
        .change(caller, "refuse_rotation", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::Refuse).await?;
            store::set_refused(tx, &rotation, by, reason).await?;
            taken(tx, &rotation, "rotation_refused", "rotation.refused").await
        })
        .await
}
