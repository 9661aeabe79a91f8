//! Preparing, deciding, withdrawing a case, and its effect when its day has come.

mod eligibility;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::model::{
    Decision, Proposal, ProposedMove, Rotation, RotationAction, RotationId, RotationMove, RotationState,
};
use super::rules::{self, Admitted, Facts};
use super::store;
use crate::cadres::{self, CadreId};
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{ActorKind, Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::period::Period;
use crate::posts::{self, NewAppointment, PostId};

pub use eligibility::eligibility;

/// Loads what a slate is judged by; posts and people out of scope are not there.
async fn facts(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    moves: &[ProposedMove],
    effective: NaiveDate,
) -> Result<Facts> {
    let posts: Vec<PostId> =
        moves.iter().flat_map(|step| step.from_post_id.into_iter().chain([step.to_post_id])).collect();
    let people: Vec<CadreId> = moves.iter().map(|step| step.cadre_id).collect();
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
    let case_numbers = store::numbers(conn, cases).await?;
    Ok(Facts {
        seats: seats.into_iter().map(|seat| (seat.id, seat)).collect(),
        people: people.into_iter().map(|person| (person.id, person)).collect(),
        standings,
        case_numbers,
    })
}

/// Keeps every seat and person of a slate until the end of the change, in one order for all.
async fn lock_slate(tx: &mut Tx, moves: &[ProposedMove]) -> Result<()> {
    identity::scope::hold_tree(tx).await?;
    let seats = moves.iter().flat_map(|step| step.from_post_id.into_iter().chain([step.to_post_id])).map(|post| post.0);
    tx.lock(seats.chain(moves.iter().map(|step| step.cadre_id.0))).await
}

/// Prepares a case. The same faults are told as at the decision.
pub async fn prepare(app: &App, caller: &Caller, proposal: &Proposal) -> Result<Outcome<Rotation>> {
    let by = caller.actor().id.ok_or_else(|| Error::internal("a case is prepared by an account or a client"))?;
    app.db
        .change(caller, "prepare_rotation", async |tx| {
            if !identity::scope::covers(tx.conn(), caller.scope(), proposal.unit_id).await? {
                return Err(Error::refused(vec![Finding::plain("/unit_id", code::UNKNOWN_REFERENCE)]));
            }
            if proposal.moves.iter().any(|step| caller.cadre_id() == Some(step.cadre_id.0)) {
                return Err(Error::new(code::OWN_CASE));
            }
            rules::countable(proposal.moves.len()).map_err(|finding| Error::refused(vec![finding]))?;
            lock_slate(tx, &proposal.moves).await?;
            let facts = facts(tx.conn(), caller.scope(), &proposal.moves, proposal.effective_from).await?;
            let admitted = rules::assess(&facts, &proposal.moves, proposal.effective_from).map_err(rules::refusal)?;
            let number = match &proposal.number {
                Some(number) if number.starts_with(store::OWN_NUMBERS) => {
                    let message = Say::new("Số HS-... do hệ thống cấp", "Numbers HS-... are given by canbo");
                    return Err(Error::refused(vec![Finding::new("/number", code::BAD_FORMAT, message)]));
                }
                Some(number) => number.clone(),
                None => store::next_number(tx).await?,
            };
            let id = RotationId(tx.new_id());
            store::insert(tx, id, &number, by, proposal, &admitted).await?;
            let rotation = store::find(tx.conn(), &Scope::everything(), id).await?;
            let made = Effect::new("rotation_prepared", "rotation", id, &number, Some(proposal.effective_from));
            let entry = Entry::on("rotation", id).within(proposal.unit_id).effects([made]);
            let event = json!({"rotation_id": id, "effective_from": proposal.effective_from});
            Ok((rotation, entry.event("rotation.prepared", event)))
        })
        .await
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
        let posts = rotation.moves.iter().flat_map(|step| step.from_post.iter().chain([&step.to_post]));
        posts.map(|post| PostId(post.id)).collect()
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

/// What the caller may do with each of these cases now.
pub async fn allowed_on_page(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    rotations: &[Rotation],
    today: NaiveDate,
) -> Result<Vec<Vec<RotationAction>>> {
    let actors = actors(conn, caller, rotations).await?;
    let all = [RotationAction::Decide, RotationAction::Withdraw];
    let allowed = |(rotation, actor): (&Rotation, rules::Actor)| {
        all.into_iter().filter(|action| rules::guard(rotation, *action, actor, today).is_ok()).collect()
    };
    Ok(rotations.iter().zip(actors).map(allowed).collect())
}

/// What the caller may do with a case now.
pub async fn allowed_actions(
    conn: &mut AsyncPgConnection,
    caller: &Caller<impl Sized>,
    rotation: &Rotation,
    today: NaiveDate,
) -> Result<Vec<RotationAction>> {
    let page = allowed_on_page(conn, caller, std::slice::from_ref(rotation), today).await?;
    Ok(page.into_iter().flatten().collect())
}

fn proposed(step: &RotationMove) -> ProposedMove {
    ProposedMove {
        kind: step.kind,
        cadre_id: CadreId(step.cadre.id),
        from_post_id: step.from_post.as_ref().map(|post| PostId(post.id)),
        to_post_id: PostId(step.to_post.id),
        expected_end_on: step.expected_end_on,
        special_case: step.special_case,
        reason: step.reason.clone(),
    }
}

/// A case in the caller's sight, kept until the end of the change, on which they may do this.
async fn lock_for(tx: &mut Tx, caller: &Caller, id: RotationId, action: RotationAction) -> Result<Rotation> {
    let rotation = store::lock(tx, caller.scope(), id).await?;
    for actor in actors(tx.conn(), caller, std::slice::from_ref(&rotation)).await? {
        rules::guard(&rotation, action, actor, tx.today())?;
    }
    tx.check_version(rotation.version)?;
    Ok(rotation)
}

/// Decides a case: ends and opens its appointments from the effective day on. A day that has come takes effect at once.
pub async fn decide(app: &App, caller: &Caller, id: RotationId, decision: &Decision) -> Result<Outcome<Rotation>> {
    let by = caller.actor().id.ok_or_else(|| Error::internal("a case is decided by an account or a client"))?;
    app.db
        .change(caller, "decide_rotation", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::Decide).await?;
            decidable(decision, rotation.effective_from, tx.today())?;
            let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
            lock_slate(tx, &moves).await?;
            let facts = facts(tx.conn(), &Scope::everything(), &moves, rotation.effective_from).await?;
            let admitted = rules::assess(&facts, &moves, rotation.effective_from).map_err(rules::refusal)?;
            write_appointments(tx, &rotation, &facts, &admitted, decision).await?;
            store::set_decided(tx, id, by, decision).await?;
            let mut effects = told(&rotation, &facts);
            let event = json!({"rotation_id": id, "effective_from": rotation.effective_from});
            let entry = Entry::on("rotation", id).within(rotation.unit.id).before(&rotation);
            let mut entry = entry.event("rotation.decided", event);
            if rotation.effective_from <= tx.today() {
                effects.extend(become_effective(tx, &rotation).await?);
                entry = entry.event("rotation.effective", json!({"rotation_id": id}));
            }
            Ok((store::find(tx.conn(), &Scope::everything(), id).await?, entry.effects(effects)))
        })
        .await
}

fn decidable(decision: &Decision, effective: NaiveDate, today: NaiveDate) -> Result<()> {
    let mut findings = Vec::new();
    if decision.decided_on > today {
        let message = Say::new("Ngày quyết định ở tương lai", "The day of the decision lies in the future");
        findings.push(Finding::new("/decided_on", code::BAD_ORDER, message));
    }
    if decision.decided_on > effective {
        let message = Say::new(format!("Hiệu lực từ {effective}"), format!("Effective from {effective}"));
        findings.push(Finding::new("/decided_on", code::BAD_ORDER, message));
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::refused(findings)) }
}

/// Ends what is left first, then opens what is entered: so a swap never has two holders.
async fn write_appointments(
    tx: &mut Tx,
    rotation: &Rotation,
    facts: &Facts,
    admitted: &[Admitted],
    decision: &Decision,
) -> Result<()> {
    let ends: Vec<_> = admitted.iter().filter_map(|one| one.ends).collect();
    let reason = format!("{} {}", decision.number, decision.issuer);
    if !ends.is_empty() {
        posts::close(tx, &ends, rotation.effective_from, &reason, Some(rotation.id.0)).await?;
    }
    let mut opened = Vec::with_capacity(admitted.len());
    for one in admitted {
        let missing = || Error::internal("an admitted move has its person and its seat");
        let person = facts.people.get(&one.step.cadre_id).ok_or_else(missing)?;
        let seat = facts.seats.get(&one.step.to_post_id).ok_or_else(missing)?;
        let during = Period::new(Some(rotation.effective_from), seat.during.to()).map_err(Error::internal)?;
        opened.push(NewAppointment {
            holder: person.holder(),
            post_id: seat.id,
            during,
            full_time: seat.full_time,
            basis: one.step.kind.basis(),
            decision_number: Some(decision.number.clone()),
            decided_on: Some(decision.decided_on),
            rotation_id: Some(rotation.id.0),
        });
    }
    posts::open(tx, &opened).await?;
    Ok(())
}

/// What a decision does, post by post.
fn told(rotation: &Rotation, facts: &Facts) -> Vec<Effect> {
    let day = Some(rotation.effective_from);
    let entered: BTreeSet<Uuid> = rotation.moves.iter().map(|step| step.to_post.id).collect();
    let mut effects = Vec::new();
    for step in &rotation.moves {
        if let Some(left) = &step.from_post {
            effects.push(Effect::new(
                "appointment_closed",
                "post",
                left.id,
                format!("{}: {}", step.cadre.label, left.label),
                day,
            ));
            if !entered.contains(&left.id) {
                effects.push(Effect::new("post_left_vacant", "post", left.id, &left.label, day));
            }
        }
        let label = facts
            .seats
            .get(&PostId(step.to_post.id))
            .map_or_else(|| step.to_post.label.clone(), |seat| seat.label.clone());
        effects.push(Effect::new(
            "appointment_opened",
            "post",
            step.to_post.id,
            format!("{}: {label}", step.cadre.label),
            day,
        ));
    }
    effects
}

/// What follows when the day has come: the unit that keeps the file follows the full-time post that is held today. A case
/// of a day long past, or one that a later case has overtaken, moves no file.
async fn become_effective(tx: &mut Tx, rotation: &Rotation) -> Result<Vec<Effect>> {
    let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
    lock_slate(tx, &moves).await?;
    let everything = Scope::everything();
    let (today, ids) = (tx.today(), moves.iter().map(|step| step.cadre_id).collect::<Vec<_>>());
    let people = cadres::people(tx.conn(), &everything, &ids).await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut held = posts::standing(tx.conn(), &[], &ids, today).await?;
    held.retain(|standing| standing.full_time && standing.during.holds(today));
    let posts: Vec<PostId> = held.iter().map(|standing| standing.post_id).collect();
    let seats = posts::seats(tx.conn(), &everything, &posts).await?;
    let mut effects = Vec::new();
    for person in people {
        let post = held.iter().find(|standing| standing.cadre_id == person.id.0).map(|standing| standing.post_id);
        let seat = seats.iter().find(|seat| Some(seat.id) == post);
        if let Some(seat) = seat.filter(|seat| seat.unit_id != person.unit_id) {
            cadres::move_to_unit(tx, person.id, seat.unit_id).await?;
            let label = format!("{}: {}", person.full_name, seat.unit);
            effects.push(Effect::new("file_moved", "cadre", person.id, label, Some(today)));
        }
    }
    store::set_effective(tx, rotation.id).await?;
    effects.push(Effect::new(
        "rotation_effective",
        "rotation",
        rotation.id,
        &rotation.number,
        Some(rotation.effective_from),
    ));
    Ok(effects)
}

/// Withdraws a case before its effect; a decided one gives back what its decision took.
pub async fn withdraw(app: &App, caller: &Caller, id: RotationId, reason: &str) -> Result<Outcome<Rotation>> {
    app.db
        .change(caller, "withdraw_rotation", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::Withdraw).await?;
            let mut effects = Vec::new();
            if rotation.state == RotationState::Decided {
                let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
                lock_slate(tx, &moves).await?;
                posts::undo(tx, id.0, reason).await?;
                for step in &rotation.moves {
                    let (entered, left) = (&step.to_post, &step.from_post);
                    effects.push(Effect::new("appointment_undone", "post", entered.id, &entered.label, None));
                    if let Some(left) = left {
                        effects.push(Effect::new("appointment_restored", "post", left.id, &left.label, None));
                    }
                }
            }
            store::set_withdrawn(tx, id, reason).await?;
            effects.push(Effect::new("rotation_withdrawn", "rotation", id, &rotation.number, None));
            let entry = Entry::on("rotation", id).within(rotation.unit.id).before(&rotation).effects(effects);
            let entry = entry.event("rotation.withdrawn", json!({"rotation_id": id}));
            Ok((store::find(tx.conn(), &Scope::everything(), id).await?, entry))
        })
        .await
}

/// Writes the effects of all decided cases whose day has come, each in a change of its own, exactly once: the row's
/// state says whether it happened. Gives how many.
pub async fn take_due_effects(app: &App) -> Result<usize> {
    let due = store::due(&mut *app.db.read().await?, app.clock.today()).await?;
    let system = Caller::system("calendar");
    let mut taken = 0;
    for id in due {
        let done = app
            .db
            .change(&system, "take_effect", async |tx| {
                let rotation = store::lock(tx, &Scope::everything(), id).await?;
                if rotation.state != RotationState::Decided || rotation.effective_from > tx.today() {
                    return Err(Error::new(code::WRONG_STATE));
                }
                let effects = become_effective(tx, &rotation).await?;
                let entry = Entry::on("rotation", id).within(rotation.unit.id).before(&rotation).effects(effects);
                Ok(((), entry.event("rotation.effective", json!({"rotation_id": id}))))
            })
            .await;
        match done {
            Ok(_) => taken += 1,
            Err(error) if error.code() == code::WRONG_STATE => log::debug!("rotation {id}: another replica was first"),
            Err(error) => {
                log::error!("rotation {id} did not take effect and will be tried again: {error}: {}", error.chain());
            }
        }
    }
    Ok(taken)
}
