//! Deciding and withdrawing a case, and its effect when its day has come.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::authority::signature;
use super::eligibility::keep_verdicts;
use super::{by, facts, lock_for, lock_slate, not_allowed, proposed};
use crate::cadres::{self, CadreId, CadreStatus, Person};
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::{self, NewAppointment, PostId, Standing};
use crate::regulations;
use crate::rotations::model::{Decision, ProposedMove, Rotation, RotationAction, RotationId, RotationState};
use crate::rotations::rules::{self, Admitted, Facts, Unmet};
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
            let mut unmet = leaving(tx, caller, &rotation, &facts, &moves).await?;
            unmet.note(false, keep_verdicts(tx, caller, &rotation).await?);
            write_appointments(tx, &rotation, &facts, &admitted, decision).await?;
            store::set_decided(tx, id, by, decision).await?;
            if let Some(signer) = decision.signed_by {
                store::keep_signature(tx, id, signer, &signature).await?;
            }
            let decided = store::find(tx.conn(), &Scope::everything(), id).await?;
            let mut effects = told(&rotation, &facts, &admitted);
            effects.extend(not_allowed(&rotation, unmet));
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

/// Refuses what a confirmed rule on leaving does not allow; gives what others do not.
async fn leaving(
    tx: &mut Tx,
    caller: &Caller,
    rotation: &Rotation,
    facts: &Facts,
    moves: &[ProposedMove],
) -> Result<Unmet> {
    let book = regulations::on(tx.conn(), rotation.effective_from).await?;
    let waived = store::waived(tx.conn(), caller.scope(), rotation.id).await?;
    rules::leaving(facts, moves, rotation.effective_from, &book, &waived).enforced()
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
    let ends: Vec<_> = admitted.iter().flat_map(|one| one.ends.iter().copied()).collect();
    let reason = format!("{} {}", decision.number, decision.issuer);
    if !ends.is_empty() {
        posts::close(tx, &ends, rotation.effective_from, &reason, Some(rotation.id.0)).await?;
    }
    // The act that puts a person into a post is that of the state body, where there is one.
    let (number, decided_on) = match &decision.state {
        Some(state) => (&state.number, state.decided_on),
        None => (&decision.number, decision.decided_on),
    };
    let missing = || Error::internal("an admitted move has its people and its seats");
    let (mut opened, mut in_charge) = (Vec::with_capacity(admitted.len()), Vec::new());
    for one in admitted {
        let person = |id: CadreId| facts.people.get(&id).ok_or_else(missing);
        if let Some((stand_in, post)) = one.step.stand_in_id.zip(one.step.from_post_id) {
            in_charge.push((post, person(stand_in)?.holder()));
        }
        let Some(post) = one.step.to_post_id else { continue };
        let person = person(one.step.cadre_id)?;
        let seat = facts.seats.get(&post).ok_or_else(missing)?;
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
    posts::put_in_charge(tx, &in_charge, rotation.effective_from, rotation.id.0).await
}

/// What a decision does, post by post.
fn told(rotation: &Rotation, facts: &Facts, admitted: &[Admitted]) -> Vec<Effect> {
    let day = Some(rotation.effective_from);
    let entered: BTreeSet<Uuid> = rotation.moves.iter().flat_map(|step| &step.to_post).map(|post| post.id).collect();
    let label =
        |post: &Ref| facts.seats.get(&PostId(post.id)).map_or_else(|| post.label.clone(), |seat| seat.label.clone());
    let mut effects = Vec::new();
    for (step, one) in rotation.moves.iter().zip(admitted) {
        for standing in facts.standings.iter().filter(|standing| one.ends.contains(&standing.id)) {
            let (post, left) = (standing.post_id, &standing.post_label);
            let closed = format!("{}: {left}", step.cadre.label);
            effects.push(Effect::new("appointment_closed", "post", post, closed, day));
            if !entered.contains(&post.0) {
                effects.push(Effect::new("post_left_vacant", "post", post, left, day));
            }
        }
        if let Some((stand_in, post)) = step.stand_in.as_ref().zip(step.from_post.as_ref()) {
            let named = format!("{}: {}", stand_in.label, label(post));
            effects.push(Effect::new("stand_in_named", "post", post.id, named, day));
        }
        match (&step.to_post, &step.to_outside) {
            (Some(post), _) => {
                let opened = format!("{}: {}", step.cadre.label, label(post));
                effects.push(Effect::new("appointment_opened", "post", post.id, opened, day));
            }
            (None, outside) => {
                let gone = format!("{}: {}", step.cadre.label, outside.as_deref().unwrap_or_default());
                effects.push(Effect::new("gone_outside", "cadre", step.cadre.id, gone, day));
            }
        }
    }
    effects
}

/// What follows when the day has come: the unit that keeps the file follows the full-time post that is held today, the roles
/// that went with a post end, who has gone for good is no longer in service. A case of a day long past, or one that a later case
/// has overtaken, moves no file.
async fn become_effective(tx: &mut Tx, rotation: &Rotation) -> Result<Vec<Effect>> {
    let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
    lock_slate(tx, &moves).await?;
    let everything = Scope::everything();
    let (today, ids) = (tx.today(), moves.iter().map(|step| step.cadre_id).collect::<Vec<_>>());
    let people = cadres::people(tx.conn(), &everything, &ids).await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut held = posts::standing(tx.conn(), &[], &ids, today).await?;
    held.retain(|standing| standing.during.holds(today));
    let touched = held.iter().map(|standing| standing.post_id).chain(moves.iter().filter_map(|step| step.from_post_id));
    let touched: Vec<PostId> = touched.collect();
    let seats = posts::seats(tx.conn(), &everything, &touched).await?;
    let unit_of = |post: PostId| seats.iter().find(|seat| seat.id == post).map(|seat| seat.unit_id);
    let mut effects = in_service(tx, rotation, &moves, &people, &held).await?;
    for person in &people {
        let full_time = |standing: &&Standing| standing.full_time && standing.cadre_id == person.id.0;
        let post = held.iter().find(full_time).map(|standing| standing.post_id);
        let seat = seats.iter().find(|seat| Some(seat.id) == post);
        if let Some(seat) = seat.filter(|seat| seat.unit_id != person.unit_id) {
            cadres::move_to_unit(tx, person.id, seat.unit_id).await?;
            let label = format!("{}: {}", person.full_name, seat.unit);
            effects.push(Effect::new("file_moved", "cadre", person.id, label, Some(today)));
        }
    }
    let places: Vec<(Uuid, Uuid)> =
        held.iter().filter_map(|standing| Some((standing.cadre_id, unit_of(standing.post_id)?))).collect();
    let left = moves.iter().filter_map(|step| {
        let unit = unit_of(step.from_post_id?)?;
        Some((step.cadre_id.0, (!step.leaves_service()).then_some(unit)))
    });
    let left: Vec<(Uuid, Option<Uuid>)> = left.collect();
    let grants = identity::grants_left(tx, &left, &places).await?;
    let ids: Vec<_> = grants.iter().map(|(id, _)| *id).collect();
    identity::cut_grants(tx, &ids, today).await?;
    effects.extend(grants.into_iter().map(|(id, label)| Effect::new("grant_ended", "grant", id, label, Some(today))));
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

/// Who has gone for good has left the service, who has come back from outside is in it again.
async fn in_service(
    tx: &mut Tx,
    rotation: &Rotation,
    moves: &[ProposedMove],
    people: &[Person],
    held: &[Standing],
) -> Result<Vec<Effect>> {
    let holds = |cadre: CadreId| held.iter().any(|standing| standing.cadre_id == cadre.0);
    let becomes = |person: &&Person| {
        let step = moves.iter().find(|step| step.cadre_id == person.id)?;
        match person.status {
            CadreStatus::Active if step.leaves_service() && !holds(person.id) => Some(CadreStatus::Left),
            CadreStatus::Left if step.from_post_id.is_none() => Some(CadreStatus::Active),
            _ => None,
        }
    };
    let mut effects = Vec::new();
    for (status, what) in [(CadreStatus::Left, "service_left"), (CadreStatus::Active, "service_entered")] {
        let theirs: Vec<&Person> = people.iter().filter(|person| becomes(person) == Some(status)).collect();
        if theirs.is_empty() {
            continue;
        }
        let ids: Vec<CadreId> = theirs.iter().map(|person| person.id).collect();
        cadres::set_status(tx, &ids, status, &rotation.number).await?;
        let told = |person: &Person| Effect::new(what, "cadre", person.id, &person.full_name, Some(tx.today()));
        effects.extend(theirs.into_iter().map(told));
    }
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
                posts::take_out_of_charge(tx, id.0).await?;
                for step in &rotation.moves {
                    if let Some(entered) = &step.to_post {
                        effects.push(Effect::new("appointment_undone", "post", entered.id, &entered.label, None));
                    }
                    if let Some(left) = &step.from_post {
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
