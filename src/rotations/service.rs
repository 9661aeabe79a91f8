//! Preparing a case, and what its other steps share: what they are judged by, and who may take them.

mod authority;
mod compensate;
mod decide;
mod eligibility;
mod nominations;
mod numbers;
mod papers;
mod plans;
mod postings;
mod steps;
mod vacancies;

pub use authority::{
    MoveAuthority, authority, authority_actions, confirm_authority, create_authority, create_delegation,
    delegation_actions, end_authority, withdraw_delegation,
};
pub use compensate::compensate;
pub use decide::{decide, take_due_effects, withdraw};
pub use eligibility::{Replayed, eligibility, verdicts};
pub use nominations::record_nomination;
pub use papers::{dossier, paper, papers, record, record_opinion, record_vote};
pub use plans::{approve_plan, change_plan, create_plan, plan_actions, plan_progress, withdraw_plan};
pub use postings::{posting, postings, record_evaluation, record_extension, record_placement, record_self_review};
pub use steps::{approve_policy, conclude_exchange, conclude_preparation, propose_people, refuse};
pub use vacancies::vacancies;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::model::{
    Lack, Proposal, ProposedMove, Rotation, RotationAction, RotationId, RotationMove, RotationProcedure,
};
use super::rules::{self, Admitted, Facts, Unmet};
use super::store;
use crate::cadres::{self, CadreId};
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{ActorKind, Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::posts::{self, PostId};
use crate::regulations;

/// Loads what a slate is judged by; posts and people out of scope are not there.
async fn facts(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    moves: &[ProposedMove],
    effective: NaiveDate,
) -> Result<Facts> {
    let posts: Vec<PostId> = moves.iter().flat_map(ProposedMove::posts).collect();
    let people: Vec<CadreId> = moves.iter().flat_map(ProposedMove::people).collect();
    let ids: Vec<Uuid> = people.iter().map(|id| id.0).collect();
    let eve = effective.pred_opt().unwrap_or(effective);
    let seats = posts::seats(conn, scope, &posts).await?;
    let people = cadres::people(conn, scope, &people).await?;
    let mut standings = posts::standing(conn, &posts, &ids, eve).await?;
    // Where somebody out of sight sits is not told: they are as if they were not there.
    standings.retain(|standing| {
        seats.iter().any(|seat| seat.id == standing.post_id)
            || people.iter().any(|person| person.id.0 == standing.cadre_id)
    });
    let cases: BTreeSet<Uuid> = standings.iter().filter_map(|standing| standing.rotation_id).collect();
    let rotated_since = store::since(conn, &cases).await?;
    let case_numbers = store::numbers(conn, cases).await?;
    Ok(Facts {
        seats: seats.into_iter().map(|seat| (seat.id, seat)).collect(),
        people: people.into_iter().map(|person| (person.id, person)).collect(),
        standings,
        case_numbers,
        rotated_since,
    })
}

/// Keeps every seat and person of a slate until the end of the change, in one order for all.
async fn lock_slate(tx: &mut Tx, moves: &[ProposedMove]) -> Result<()> {
    identity::scope::hold_tree(tx).await?;
    let seats = moves.iter().flat_map(ProposedMove::posts).map(|post| post.0);
    tx.lock(seats.chain(moves.iter().flat_map(ProposedMove::people).map(|cadre| cadre.0))).await
}

/// What the moves of a slate do, if it can be, and what the law on leaving would not allow; its seats and people are kept until the
/// end of the change.
async fn admit(
    tx: &mut Tx,
    caller: &Caller,
    moves: &[ProposedMove],
    effective: NaiveDate,
) -> Result<(Vec<Admitted>, Unmet)> {
    if moves.iter().flat_map(ProposedMove::people).any(|cadre| caller.cadre_id() == Some(cadre.0)) {
        return Err(Error::new(code::OWN_CASE));
    }
    rules::countable(moves.len()).map_err(|finding| Error::refused(vec![finding]))?;
    lock_slate(tx, moves).await?;
    let facts = facts(tx.conn(), caller.scope(), moves, effective).await?;
    let admitted = rules::assess(&facts, moves, effective).map_err(rules::refusal)?;
    // Nobody has made a special case yet: that is for the decision to ask.
    let book = regulations::on(tx.conn(), effective).await?;
    Ok((admitted, rules::leaving(&facts, moves, effective, &book, &HashMap::new())))
}

/// Prepares a case. The same faults are told as at the decision.
pub async fn prepare(app: &App, caller: &Caller, proposal: &Proposal) -> Result<Outcome<Rotation>> {
    let by = by(caller)?;
    app.db
        .change(caller, "prepare_rotation", async |tx| {
            if !identity::scope::covers(tx.conn(), caller.scope(), proposal.unit_id).await? {
                return Err(Error::refused(vec![Finding::plain("/unit_id", code::UNKNOWN_REFERENCE)]));
            }
            if let Some(plan) = proposal.plan_id {
                plans::check_belongs(tx, caller, plan, proposal.effective_from).await?;
            }
            let (admitted, leaving) = if proposal.procedure == RotationProcedure::FiveSteps {
                rules::unpeopled(proposal.moves.len()).map_err(|finding| Error::refused(vec![finding]))?;
                (Vec::new(), Unmet::default())
            } else {
                admit(tx, caller, &proposal.moves, proposal.effective_from).await?
            };
            let unmet = procedure(tx, proposal).await?.and(leaving);
            let (rotation, entry) = prepared(tx, by, proposal, &admitted).await?;
            let told: Vec<Effect> = not_allowed(&rotation, unmet).collect();
            Ok((rotation, entry.effects(told)))
        })
        .await
}

/// What rules would not allow, as effects: those that the province has confirmed refuse the decision, others nothing.
fn not_allowed(rotation: &Rotation, unmet: Unmet) -> impl Iterator<Item = Effect> {
    let (id, day) = (rotation.id, Some(rotation.effective_from));
    let confirmed = unmet.confirmed.into_iter().map(|finding| ("rule_not_met", finding));
    let others = unmet.others.into_iter().map(|finding| ("unconfirmed_rule_not_met", finding));
    confirmed.chain(others).map(move |(effect, finding)| {
        let cited = finding.citation.map(|citation| format!(" ({citation})")).unwrap_or_default();
        Effect::new(effect, "rotation", id, format!("{}: {}{cited}", finding.pointer, finding.message.vi), day)
    })
}

/// Whether a case of these moves takes the steps that the law of its day asks for; gives what unconfirmed rules do not allow.
async fn procedure(tx: &mut Tx, proposal: &Proposal) -> Result<Unmet> {
    let book = regulations::on(tx.conn(), proposal.effective_from).await?;
    rules::steps_missed(proposal.procedure, &proposal.moves, &book).enforced()
}

/// Writes a case that has been admitted.
async fn prepared(tx: &mut Tx, by: Uuid, proposal: &Proposal, admitted: &[Admitted]) -> Result<(Rotation, Entry)> {
    let number = numbers::number(tx, proposal.number.as_ref(), store::Series::Cases).await?;
    let id = RotationId(tx.new_id());
    store::insert(tx, id, &number, by, proposal, admitted).await?;
    let rotation = store::find(tx.conn(), &Scope::everything(), id).await?;
    let made = Effect::new("rotation_prepared", "rotation", id, &number, Some(proposal.effective_from));
    let entry = Entry::on("rotation", id).within(proposal.unit_id).effects([made]);
    let event = json!({"rotation_id": id, "effective_from": proposal.effective_from});
    Ok((rotation, entry.event("rotation.prepared", event)))
}

/// What the caller is to each of these cases, for the guards: a fixed number of statements whatever their number. Who
/// decides a case must decide for the unit that keeps it and for the units of all posts that it touches, and is a person:
/// the authority is not a system, whatever its client was granted.
async fn actors(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    rotations: &[Rotation],
) -> Result<Vec<rules::Actor>> {
    let touched = |rotation: &Rotation| -> Vec<PostId> {
        rotation.moves.iter().flat_map(RotationMove::posts).map(|post| PostId(post.id)).collect()
    };
    let posts: Vec<PostId> = rotations.iter().flat_map(touched).collect();
    let unit_of: BTreeMap<PostId, Uuid> = posts::seats(conn, &Scope::everything(), &posts)
        .await?
        .into_iter()
        .map(|seat| (seat.id, seat.unit_id))
        .collect();
    let keeping = rotations.iter().map(|rotation| rotation.unit.id);
    let units: Vec<Uuid> = keeping.chain(unit_of.values().copied()).collect();
    let mut within = Vec::new();
    for permission in [Permission::PrepareRotation, Permission::DecideRotation] {
        within.push(match caller.scope_for(permission) {
            Some(scope) => identity::scope::covered(conn, &scope, &units).await?,
            None => BTreeSet::new(),
        });
    }
    let may = |unit: &Uuid, index: usize| within.get(index).is_some_and(|units| units.contains(unit));
    let actor = |rotation: &Rotation| rules::Actor {
        id: caller.actor().id,
        cadre_id: caller.cadre_id(),
        prepares: may(&rotation.unit.id, 0),
        decides: caller.actor().kind != ActorKind::Client
            && may(&rotation.unit.id, 1)
            && touched(rotation).iter().all(|post| unit_of.get(post).is_some_and(|unit| may(unit, 1))),
    };
    Ok(rotations.iter().map(actor).collect())
}

/// How a case may go on.
#[derive(Default)]
pub struct Outlook {
    /// What the caller may do with it now.
    pub allowed_actions: Vec<RotationAction>,
    /// What its present step lacks, for those who bring it on.
    pub lacking: Vec<Lack>,
}

/// How each of these cases may go on, for the caller.
pub async fn outlooks(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    rotations: &[Rotation],
    today: NaiveDate,
) -> Result<Vec<Outlook>> {
    let actors = actors(conn, caller, rotations).await?;
    let allowed = |(rotation, actor): (&Rotation, rules::Actor)| Outlook {
        allowed_actions: RotationAction::ALL
            .into_iter()
            .filter(|action| rules::guard(rotation, *action, actor, today).is_ok())
            .collect(),
        // What was said of whom is for those who bring the case on.
        lacking: if actor.prepares || actor.decides { rules::lacking(rotation) } else { Vec::new() },
    };
    Ok(rotations.iter().zip(actors).map(allowed).collect())
}

/// How a case may go on, for the caller.
pub async fn outlook(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    rotation: &Rotation,
    today: NaiveDate,
) -> Result<Outlook> {
    let page = outlooks(conn, caller, std::slice::from_ref(rotation), today).await?;
    Ok(page.into_iter().next().unwrap_or_default())
}

fn proposed(step: &RotationMove) -> ProposedMove {
    ProposedMove {
        kind: step.kind,
        cadre_id: CadreId(step.cadre.id),
        from_post_id: step.from_post.as_ref().map(|post| PostId(post.id)),
        from_outside: step.from_outside.clone(),
        to_post_id: step.to_post.as_ref().map(|post| PostId(post.id)),
        to_outside: step.to_outside.clone(),
        stand_in_id: step.stand_in.as_ref().map(|cadre| CadreId(cadre.id)),
        expected_end_on: step.expected_end_on,
        special_case: step.special_case,
        by_election: step.by_election,
        purpose: step.purpose,
        allowance_kept: step.allowance_kept,
        reason: step.reason.clone(),
    }
}

/// A case in the caller's sight, kept until the end of the change, on which they may do this.
async fn lock_for(tx: &mut Tx, caller: &Caller, id: RotationId, action: RotationAction) -> Result<Rotation> {
    // Before the case, as an act does, which takes along the cases of units that end: so neither waits for the other.
    identity::scope::hold_tree(tx).await?;
    let rotation = store::lock(tx, caller.scope(), id).await?;
    rules::guard(&rotation, action, actor(tx, caller, &rotation).await?, tx.today())?;
    tx.check_version(rotation.version)?;
    Ok(rotation)
}

/// What the caller is to a case.
async fn actor(tx: &mut Tx, caller: &Caller, rotation: &Rotation) -> Result<rules::Actor> {
    let found = actors(tx.conn(), caller, std::slice::from_ref(rotation)).await?;
    found.into_iter().next().ok_or_else(|| Error::internal("a case has an actor"))
}

/// The account or client that acts on a case.
fn by(caller: &Caller) -> Result<Uuid> {
    caller.actor().id.ok_or_else(|| Error::internal("an account or a client acts on a case"))
}
