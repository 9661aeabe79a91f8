//! Cases put together from their rows.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{delegations, invitations, papers};
use crate::identity::{self, Scope};
use crate::platform::clock::day_of;
use crate::platform::error::{Error, Result};
use crate::platform::http::page::Ref;
use crate::posts::{self, PostId, Seat};
use crate::rotations::model::{
    CaseRefusal, Direction, MoveId, MoveKind, MovePurpose, MoveStanding, PolicyApproval, Rotation, RotationDecision,
    RotationId, RotationMove, RotationProcedure, RotationState, Stance, StateDecision, Withdrawal,
};
use crate::schema::{cadres, rotation_moves, rotations};

/// Number, issuer, day, by whom, when recorded.
type DecisionColumns = (Option<String>, Option<String>, Option<NaiveDate>, Option<Uuid>, Option<DateTime<Utc>>);

#[derive(Queryable)]
pub(super) struct RotationRow {
    id: RotationId,
    number: String,
    subject: String,
    unit: (Uuid, String),
    state: String,
    effective_from: NaiveDate,
    prepared: (Uuid, DateTime<Utc>),
    decision: DecisionColumns,
    took_effect_at: Option<DateTime<Utc>>,
    withdrawal: (Option<DateTime<Utc>>, Option<String>),
    version: i32,
    procedure: (String, Option<String>),
    policy: Option<(String, String, NaiveDate, Uuid, DateTime<Utc>)>,
    state_decision: (Option<String>, Option<String>, Option<NaiveDate>),
    compensates_id: Option<Uuid>,
    refusal: (Option<String>, Option<String>, Option<DateTime<Utc>>, Option<Uuid>),
    plan: Option<(Uuid, String)>,
}

#[derive(Queryable)]
struct MoveRow {
    rotation_id: RotationId,
    id: MoveId,
    kind: String,
    direction: String,
    cadre_id: Uuid,
    cadre_name: String,
    ends: (Option<PostId>, Option<String>, Option<PostId>, Option<String>),
    stand_in_id: Option<Uuid>,
    expected_end_on: Option<NaiveDate>,
    special_case: bool,
    by_election: bool,
    said: (Option<String>, bool),
    reason: Option<String>,
}

macro_rules! rotation_rows {
    () => {
        rotations::table
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(rotations::unit_id).and(scope_tree::depth.eq(0))))
            .left_join(rotation_policies::table)
            .left_join(rotation_plans::table)
            .select((
                rotations::id,
                rotations::number,
                rotations::subject,
                (rotations::unit_id, scope_tree::label),
                rotations::state,
                rotations::effective_from,
                (rotations::prepared_by, rotations::prepared_at),
                (
                    rotations::decision_number,
                    rotations::decision_issuer,
                    rotations::decided_on,
                    rotations::decided_by,
                    rotations::decided_at,
                ),
                rotations::took_effect_at,
                (rotations::withdrawn_at, rotations::withdrawn_reason),
                rotations::version,
                (rotations::procedure, rotations::need),
                (
                    rotation_policies::number,
                    rotation_policies::issuer,
                    rotation_policies::approved_on,
                    rotation_policies::approved_by,
                    rotation_policies::approved_at,
                )
                    .nullable(),
                (rotations::state_decision_number, rotations::state_decision_issuer, rotations::state_decided_on),
                rotations::compensates_id,
                (rotations::refused_in, rotations::refused_reason, rotations::refused_at, rotations::refused_by),
                (rotation_plans::id, rotation_plans::number).nullable(),
            ))
    };
}
pub(super) use rotation_rows;

/// Puts cases together with their moves and labels, in a fixed number of statements.
pub(super) async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<RotationRow>) -> Result<Vec<Rotation>> {
    let ids: Vec<RotationId> = rows.iter().map(|row| row.id).collect();
    let moves: Vec<MoveRow> = rotation_moves::table
        .inner_join(cadres::table.on(cadres::id.eq(rotation_moves::cadre_id)))
        .filter(rotation_moves::rotation_id.eq_any(&ids))
        .order((rotation_moves::rotation_id, rotation_moves::position))
        .select((
            rotation_moves::rotation_id,
            rotation_moves::id,
            rotation_moves::kind,
            rotation_moves::direction,
            rotation_moves::cadre_id,
            cadres::full_name,
            (
                rotation_moves::from_post_id,
                rotation_moves::from_outside,
                rotation_moves::to_post_id,
                rotation_moves::to_outside,
            ),
            rotation_moves::stand_in_id,
            rotation_moves::expected_end_on,
            rotation_moves::special_case,
            rotation_moves::by_election,
            (rotation_moves::purpose, rotation_moves::allowance_kept),
            rotation_moves::reason,
        ))
        .load(conn)
        .await?;
    let touched: Vec<PostId> = moves.iter().flat_map(|row| row.ends.0.into_iter().chain(row.ends.2)).collect();
    // A case names both its posts to whoever may see the case.
    let seats = posts::seats(conn, &Scope::everything(), &touched).await?;
    let seats: HashMap<PostId, Seat> = seats.into_iter().map(|seat| (seat.id, seat)).collect();
    let actors = rows.iter().flat_map(|row| {
        [Some(row.prepared.0), row.decision.3, row.policy.as_ref().map(|policy| policy.3), row.refusal.3]
    });
    let actors: Vec<Uuid> = actors.flatten().collect();
    let names = identity::names_of(conn, &actors).await?;
    let mut stances = papers::stances(conn, &ids).await?;
    let linked = linked(conn, &rows).await?;
    let standing_in: Vec<Uuid> = moves.iter().filter_map(|row| row.stand_in_id).collect();
    let people: HashMap<Uuid, String> = if standing_in.is_empty() {
        HashMap::new()
    } else {
        let rows = cadres::table.filter(cadres::id.eq_any(standing_in)).select((cadres::id, cadres::full_name));
        rows.load::<(Uuid, String)>(conn).await?.into_iter().collect()
    };
    let mut invited = invitations::invited(conn, &ids).await?;
    let mut signers = delegations::signers(conn, &ids).await?;
    let mut by_case: HashMap<RotationId, Vec<RotationMove>> = HashMap::new();
    for row in moves {
        by_case.entry(row.rotation_id).or_default().push(step(row, &seats, &people)?);
    }
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let (moves, stances) = (by_case.remove(&id), stances.remove(&id));
            let known = (moves.unwrap_or_default(), stances.unwrap_or_default());
            let mut case = rotation(row, known, &names, &linked)?;
            if let Some(policy) = &mut case.policy {
                policy.invited_units = invited.remove(&id).unwrap_or_default();
            }
            if let Some(decision) = &mut case.decision {
                decision.signed_by = signers.remove(&id);
            }
            Ok(case)
        })
        .collect()
}

fn step(row: MoveRow, seats: &HashMap<PostId, Seat>, people: &HashMap<Uuid, String>) -> Result<RotationMove> {
    let MoveRow {
        rotation_id,
        id,
        kind,
        direction,
        cadre_id,
        cadre_name,
        ends: (from_post_id, from_outside, to_post_id, to_outside),
        stand_in_id,
        expected_end_on,
        special_case,
        by_election,
        said: (purpose, allowance_kept),
        reason,
    } = row;
    let unknown = || Error::internal(format!("a move of rotation {rotation_id} has an unknown kind or direction"));
    let post = |post: PostId| Ref::new(post, seats.get(&post).map(|seat| seat.label.clone()).unwrap_or_default());
    let height = |post: PostId| seats.get(&post).map(|seat| (seat.level, seat.rank_order));
    let heights = from_post_id.and_then(height).zip(to_post_id.and_then(height));
    Ok(RotationMove {
        id,
        kind: MoveKind::of(&kind).ok_or_else(unknown)?,
        direction: Direction::of(&direction).ok_or_else(unknown)?,
        cadre: Ref::new(cadre_id, cadre_name),
        from_post: from_post_id.map(post),
        from_outside,
        to_post: to_post_id.map(post),
        to_outside,
        stand_in: stand_in_id.map(|id| Ref::new(id, people.get(&id).cloned().unwrap_or_default())),
        expected_end_on,
        special_case,
        by_election,
        standing: heights.map(|(from, to)| MoveStanding::between(from, to)),
        purpose: purpose.map(|purpose| MovePurpose::of(&purpose).ok_or_else(unknown)).transpose()?,
        allowance_kept,
        reason,
    })
}

/// Cases that take back these, and that these take back: id, number, and what they take back. Withdrawn and refused ones take back nothing.
async fn linked(conn: &mut AsyncPgConnection, rows: &[RotationRow]) -> Result<Vec<(Uuid, String, Option<Uuid>)>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let named: Vec<Uuid> = rows.iter().filter_map(|row| row.compensates_id).collect();
    let ended = [RotationState::Refused, RotationState::Withdrawn].map(RotationState::name);
    let taking = rotations::compensates_id.eq_any(ids).and(rotations::state.ne_all(ended)).assume_not_null();
    Ok(rotations::table
        .filter(rotations::id.eq_any(named).or(taking))
        .select((rotations::id, rotations::number, rotations::compensates_id))
        .load(conn)
        .await?)
}

fn rotation(
    row: RotationRow,
    (moves, stances): (Vec<RotationMove>, Vec<Stance>),
    names: &HashMap<Uuid, String>,
    linked: &[(Uuid, String, Option<Uuid>)],
) -> Result<Rotation> {
    let RotationRow {
        id,
        number,
        subject,
        unit,
        state,
        effective_from,
        prepared,
        decision,
        took_effect_at,
        withdrawal,
        version,
        procedure: (procedure, need),
        policy,
        state_decision,
        compensates_id,
        refusal,
        plan,
    } = row;
    let other = |(id, number, _): &(Uuid, String, Option<Uuid>)| Ref::new(*id, &**number);
    let compensates = linked.iter().find(|one| Some(one.0) == compensates_id).map(other);
    let compensated_by = linked.iter().find(|one| one.2 == Some(id.0)).map(other);
    let unknown = || Error::internal(format!("rotation {id} has an unknown state or procedure"));
    let actor = |id: Uuid| Ref::new(id, names.get(&id).cloned().unwrap_or_default());
    let decision = match decision {
        (Some(number), Some(issuer), Some(decided_on), Some(by), Some(recorded_at)) => {
            let state_decision = match state_decision {
                (Some(number), Some(issuer), Some(decided_on)) => Some(StateDecision { number, issuer, decided_on }),
                _ => None,
            };
            Some(RotationDecision {
                number,
                issuer,
                decided_on,
                decided_by: actor(by),
                recorded_at,
                state_decision,
                back_dated: day_of(recorded_at) > effective_from,
                signed_by: None,
            })
        }
        _ => None,
    };
    let withdrawal = match withdrawal {
        (Some(withdrawn_at), reason) => Some(Withdrawal { reason: reason.unwrap_or_default(), withdrawn_at }),
        (None, _) => None,
    };
    let policy = policy.map(|(number, issuer, approved_on, by, recorded_at)| PolicyApproval {
        number,
        issuer,
        approved_on,
        approved_by: actor(by),
        recorded_at,
        invited_units: Vec::new(),
    });
    let refusal = match refusal {
        (Some(state), Some(reason), Some(refused_at), Some(by)) => {
            let state = RotationState::of(&state).ok_or_else(unknown)?;
            Some(CaseRefusal { state, reason, refused_at, refused_by: actor(by) })
        }
        _ => None,
    };
    Ok(Rotation {
        state: RotationState::of(&state).ok_or_else(unknown)?,
        procedure: RotationProcedure::of(&procedure).ok_or_else(unknown)?,
        need,
        policy,
        compensates,
        compensated_by,
        refusal,
        stances,
        unit: Ref::new(unit.0, unit.1),
        plan: plan.map(|(id, number)| Ref::new(id, number)),
        moves,
        prepared_by: actor(prepared.0),
        prepared_at: prepared.1,
        id,
        number,
        subject,
        effective_from,
        decision,
        took_effect_at,
        withdrawal,
        version,
    })
}
