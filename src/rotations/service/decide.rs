//! Deciding and withdrawing a case, and its effect when its day has come.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::authority::signature;
use super::eligibility::keep_verdicts;
use super::{by, facts, lock_for, lock_slate, proposed};
use crate::cadres;
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::period::Period;
use crate::posts::{self, NewAppointment, PostId};
use crate::rotations::model::{Decision, ProposedMove, Rotation, RotationAction, RotationId, RotationState};
use crate::rotations::rules::{self, Admitted, Facts};
use crate::rotations::store;

/// Decides a case: ends and opens its appointments from the effective day on. A day that has come takes effect at once.
pub async fn decide(app: &App, caller: &Caller, id: RotationId, decision: &Decision) -> Result<Outcome<Rotation>> {
    let by = by(caller)?;
    app.db
        .change(caller, "decide_rotation", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::Decide).await?;
            let mut findings = decidable(decision, rotation.effective_from, tx.today());
            let signature = match signature(tx, caller, &rotation, decision).await? {
                Ok(signature) => signature,
                Err(found) => {
                    findings.extend(found);
                    return Err(Error::refused(findings));
                }
            };
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
            lock_slate(tx, &moves).await?;
            let facts = facts(tx.conn(), &Scope::everything(), &moves, rotation.effective_from).await?;
            let admitted = rules::assess(&facts, &moves, rotation.effective_from).map_err(rules::refusal)?;
            keep_verdicts(tx, caller, &rotation).await?;
            write_appointments(tx, &rotation, &facts, &admitted, decision).await?;
            store::set_decided(tx, id, by, decision).await?;
            if let Some(signer) = decision.signed_by {
                store::keep_signature(tx, id, signer, &signature).await?;
            }
            let decided = store::find(tx.conn(), &Scope::everything(), id).await?;
            let mut effects = told(&rotation, &facts);
            effects.extend(signed(&decided));
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

fn decidable(decision: &Decision, effective: NaiveDate, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut judge = |pointer: &'static str, day: NaiveDate| {
        if day > today {
            let message = Say::new("Ngày quyết định ở tương lai", "The day of the decision lies in the future");
            findings.push(Finding::new(pointer, code::BAD_ORDER, message));
        }
        if day > effective {
            let message = Say::new(format!("Hiệu lực từ {effective}"), format!("Effective from {effective}"));
            findings.push(Finding::new(pointer, code::BAD_ORDER, message));
        }
    };
    judge("/decided_on", decision.decided_on);
    if let Some(state) = &decision.state {
        judge("/state_decision/decided_on", state.decided_on);
        if state.decided_on < decision.decided_on {
            let message = Say::new("Trước quyết định của Đảng", "Before the decision of the Party");
            findings.push(Finding::new("/state_decision/decided_on", code::BAD_ORDER, message));
        }
    }
    findings
}

/// That a decision names who signed it.
fn signed(decided: &Rotation) -> Option<Effect> {
    let decision = decided.decision.as_ref()?;
    let signer = &decision.signed_by.as_ref()?.cadre;
    Some(Effect::new("decision_signed", "cadre", signer.id, &signer.label, Some(decision.decided_on)))
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
    // The act that puts a person into a post is that of the state body, where there is one.
    let (number, decided_on) = match &decision.state {
        Some(state) => (&state.number, state.decided_on),
        None => (&decision.number, decision.decided_on),
    };
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
            basis: one.step.basis(),
            decision_number: Some(number.clone()),
            decided_on: Some(decided_on),
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
