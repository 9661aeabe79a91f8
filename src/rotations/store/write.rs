//! Writing cases and moves.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::rotations::model::{Approval, Decision, MovePurpose, Proposal, Rotation, RotationId, RotationState};
use crate::rotations::rules::Admitted;
use crate::schema::{rotation_moves, rotation_policies, rotations};

/// Adds a case with its moves.
pub async fn insert(
    tx: &mut Tx,
    id: RotationId,
    number: &str,
    by: Uuid,
    proposal: &Proposal,
    moves: &[Admitted],
) -> Result<()> {
    let now = tx.now();
    let row = (
        rotations::id.eq(id),
        rotations::number.eq(number),
        rotations::subject.eq(&proposal.subject),
        rotations::unit_id.eq(proposal.unit_id),
        rotations::plan_id.eq(proposal.plan_id),
        rotations::need.eq(&proposal.need),
        rotations::procedure.eq(proposal.procedure.name()),
        rotations::state.eq(proposal.procedure.first_state().name()),
        rotations::effective_from.eq(proposal.effective_from),
        rotations::compensates_id.eq(proposal.compensates),
        rotations::prepared_by.eq(by),
        rotations::prepared_at.eq(now),
        rotations::created_at.eq(now),
        rotations::updated_at.eq(now),
    );
    diesel::insert_into(rotations::table).values(row).execute(tx.conn()).await?;
    insert_moves(tx, id, moves).await
}

async fn insert_moves(tx: &mut Tx, id: RotationId, moves: &[Admitted]) -> Result<()> {
    let rows: Vec<_> = (1..)
        .zip(moves)
        .map(|(position, one): (i32, _)| {
            (
                rotation_moves::id.eq(tx.new_id()),
                rotation_moves::rotation_id.eq(id),
                rotation_moves::position.eq(position),
                rotation_moves::kind.eq(one.step.kind.name()),
                rotation_moves::direction.eq(one.direction.name()),
                rotation_moves::cadre_id.eq(one.step.cadre_id),
                rotation_moves::from_post_id.eq(one.step.from_post_id),
                rotation_moves::from_outside.eq(one.step.from_outside.clone()),
                rotation_moves::to_post_id.eq(one.step.to_post_id),
                rotation_moves::to_outside.eq(one.step.to_outside.clone()),
                rotation_moves::stand_in_id.eq(one.step.stand_in_id),
                rotation_moves::expected_end_on.eq(one.step.expected_end_on),
                rotation_moves::special_case.eq(one.step.special_case),
                rotation_moves::by_election.eq(one.step.by_election),
                rotation_moves::purpose.eq(one.step.purpose.map(MovePurpose::name)),
                rotation_moves::allowance_kept.eq(one.step.allowance_kept),
                rotation_moves::reason.eq(one.step.reason.clone()),
            )
        })
        .collect();
    diesel::insert_into(rotation_moves::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

macro_rules! update {
    ($tx:expr, $id:expr, $($change:expr),+ $(,)?) => {{
        let now = $tx.now();
        diesel::update(rotations::table.find($id))
            .set(($($change,)+ rotations::version.eq(rotations::version + 1), rotations::updated_at.eq(now)))
            .execute($tx.conn())
            .await?;
    }};
}

/// Notes the decision.
pub async fn set_decided(tx: &mut Tx, id: RotationId, by: Uuid, decision: &Decision) -> Result<()> {
    let (now, state) = (tx.now(), decision.state.as_ref());
    update!(
        tx,
        id,
        rotations::state.eq(RotationState::Decided.name()),
        rotations::decision_number.eq(&decision.number),
        rotations::decision_issuer.eq(&decision.issuer),
        rotations::decided_on.eq(decision.decided_on),
        rotations::decided_by.eq(by),
        rotations::decided_at.eq(now),
        rotations::state_decision_number.eq(state.map(|state| &state.number)),
        rotations::state_decision_issuer.eq(state.map(|state| &state.issuer)),
        rotations::state_decided_on.eq(state.map(|state| state.decided_on)),
    );
    Ok(())
}

/// Notes that the authority approved the policy.
pub async fn set_approved(tx: &mut Tx, rotation: &Rotation, by: Uuid, approval: &Approval) -> Result<()> {
    let row = (
        rotation_policies::rotation_id.eq(rotation.id),
        rotation_policies::prepared_by.eq(rotation.prepared_by.id),
        rotation_policies::number.eq(&approval.number),
        rotation_policies::issuer.eq(&approval.issuer),
        rotation_policies::approved_on.eq(approval.approved_on),
        rotation_policies::approved_by.eq(by),
        rotation_policies::approved_at.eq(tx.now()),
    );
    diesel::insert_into(rotation_policies::table).values(row).execute(tx.conn()).await?;
    set_state(tx, rotation.id, RotationState::PolicyApproved).await
}

/// Puts these moves, on this day, in the place of those that were proposed before.
pub async fn replace_moves(tx: &mut Tx, id: RotationId, effective_from: NaiveDate, moves: &[Admitted]) -> Result<()> {
    diesel::delete(rotation_moves::table.filter(rotation_moves::rotation_id.eq(id))).execute(tx.conn()).await?;
    insert_moves(tx, id, moves).await?;
    update!(
        tx,
        id,
        rotations::state.eq(RotationState::PeopleProposed.name()),
        rotations::effective_from.eq(effective_from),
    );
    Ok(())
}

/// Notes that a step is done, or, with the same state, that something of the case has changed.
pub async fn set_state(tx: &mut Tx, id: RotationId, state: RotationState) -> Result<()> {
    update!(tx, id, rotations::state.eq(state.name()));
    Ok(())
}

/// Notes that the case ends without a decision.
pub async fn set_refused(tx: &mut Tx, rotation: &Rotation, by: Uuid, reason: &str) -> Result<()> {
    let now = tx.now();
    update!(
        tx,
        rotation.id,
        rotations::state.eq(RotationState::Refused.name()),
        rotations::refused_in.eq(rotation.state.name()),
        rotations::refused_at.eq(now),
        rotations::refused_by.eq(by),
        rotations::refused_reason.eq(reason),
    );
    Ok(())
}

/// Notes the effect.
pub async fn set_effective(tx: &mut Tx, id: RotationId) -> Result<()> {
    let now = tx.now();
    update!(tx, id, rotations::state.eq(RotationState::Effective.name()), rotations::took_effect_at.eq(now));
    Ok(())
}

/// Notes the withdrawal.
pub async fn set_withdrawn(tx: &mut Tx, id: RotationId, reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().id);
    update!(
        tx,
        id,
        rotations::state.eq(RotationState::Withdrawn.name()),
        rotations::withdrawn_at.eq(now),
        rotations::withdrawn_by.eq(by),
        rotations::withdrawn_reason.eq(reason),
    );
    Ok(())
}
