//! Corrections of what has tables of its own: qualifications, plannings, appointments; and the end of an appointment.

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::facts::withdraw_fact_in;
use super::{check_planning, in_scope, lock_one, own};
use crate::cadres::model::{
    CadreId, FactId, InitialAppointment, InitialQualification, NewPlanning, NewQualification, Person, Planning,
    PlanningId, Qualification, QualificationId,
};
use crate::cadres::{rules, store};
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::posts::{self, Appointment, AppointmentCorrection, AppointmentId, Seat};

/// Corrects what was recorded of something learned. What a course led to stays with its enrolment.
pub async fn correct_qualification(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    id: QualificationId,
    proposal: &InitialQualification,
    reason: &str,
) -> Result<Outcome<Qualification>> {
    app.db
        .change(caller, "correct_qualification", async |tx| {
            let person = lock_one(tx, caller, cadre).await?;
            let today = tx.today();
            let before = store::find_qualification(tx.conn(), cadre, id, today).await?;
            tx.check_version(before.version)?;
            let findings = rules::qualification(proposal, person.born_on, today);
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let row = NewQualification { enrolment_id: before.enrolment_id, ..proposal.of(cadre) };
            store::correct_qualification(tx, id, before.version.saturating_add(1), &row, reason).await?;
            let qualification = store::find_qualification(tx.conn(), cadre, id, today).await?;
            let label = format!("{}: {}", proposal.kind.name(), proposal.level);
            let effect = Effect::new("qualification_corrected", "qualification", id, label, Some(proposal.obtained_on));
            let entry = Entry::on("qualification", id).within(person.unit_id).before(&before).effects([effect]);
            let event = json!({"qualification_id": id, "cadre_id": cadre});
            Ok((qualification, entry.event("qualification.corrected", event)))
        })
        .await
}

/// Corrects what was recorded of a planning.
pub async fn correct_planning(
    app: &App,
    caller: &Caller,
    id: PlanningId,
    proposal: &NewPlanning,
    reason: &str,
) -> Result<Outcome<Planning>> {
    let cadre = proposal.cadre_id;
    app.db
        .change(caller, "correct_planning", async |tx| {
            let person = lock_one(tx, caller, cadre).await?;
            let today = tx.today();
            let before = store::find_planning(tx.conn(), cadre, id, today).await?;
            tx.check_version(before.version)?;
            let told = check_planning(tx, proposal, Some(id)).await?;
            store::correct_planning(tx, id, before.version.saturating_add(1), proposal, reason).await?;
            let planning = store::find_planning(tx.conn(), cadre, id, today).await?;
            let from = proposal.during.from();
            let effect = Effect::new("planning_corrected", "planning", id, &planning.title.label, from);
            let entry =
                Entry::on("planning", id).within(person.unit_id).before(&before).effects([effect]).effects(told);
            Ok((planning, entry.event("planning.corrected", json!({"planning_id": id, "cadre_id": cadre}))))
        })
        .await
}

/// An appointment of a person to a post of the caller's units, with both kept until the end of the change.
async fn lock_appointment(
    tx: &mut Tx,
    caller: &Caller,
    cadre: CadreId,
    id: AppointmentId,
) -> Result<(Person, Appointment, Seat)> {
    // An act that ends the unit must not pass between the look at the seat and the write.
    scope::hold_tree(tx).await?;
    own(caller, cadre)?;
    store::see(tx.conn(), caller.scope(), cadre).await?;
    let post = posts::find_appointment_of(tx, cadre.0, id).await?.post.id;
    tx.lock([post, cadre.0]).await?;
    let person = lock_one(tx, caller, cadre).await?;
    let before = posts::find_appointment_of(tx, cadre.0, id).await?;
    let seat = in_scope(tx, caller, &before).await?;
    tx.check_version(before.version)?;
    Ok((person, before, seat))
}

/// Corrects what was recorded of an appointment, but for its post: a wrong post is withdrawn and recorded anew.
pub async fn correct_appointment(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    id: AppointmentId,
    right: &AppointmentCorrection,
    reason: &str,
) -> Result<Outcome<Appointment>> {
    app.db
        .change(caller, "correct_appointment", async |tx| {
            let (person, before, seat) = lock_appointment(tx, caller, cadre, id).await?;
            let proposal = InitialAppointment {
                post_id: seat.id,
                during: right.during,
                full_time: Some(right.full_time),
                basis: right.basis,
                decision_number: right.decision_number.clone(),
                decided_on: right.decided_on,
                // Whether they might come to the post was asked when they did.
                special_case: true,
            };
            let findings = rules::appointment(&proposal, Some(&seat), person.status, tx.today());
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            posts::correct(tx, id, right, reason).await?;
            let appointment = posts::find_appointment_of(tx, cadre.0, id).await?;
            let from = right.during.from();
            let effect = Effect::new("appointment_corrected", "appointment", id, &seat.label, from);
            let entry = Entry::on("appointment", id).within(seat.unit_id).before(&before).effects([effect]);
            let event = json!({"appointment_id": id, "cadre_id": cadre, "post_id": seat.id});
            Ok((appointment, entry.event("appointment.corrected", event)))
        })
        .await
}

/// Ends an appointment outside a case: the person retires, leaves, is relieved.
pub async fn end_appointment(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    id: AppointmentId,
    last_on: NaiveDate,
    reason: &str,
) -> Result<Outcome<Appointment>> {
    app.db
        .change(caller, "end_appointment", async |tx| {
            let (_, before, seat) = lock_appointment(tx, caller, cadre, id).await?;
            let next = rules::end_of_appointment(before.during, last_on).map_err(|one| Error::refused(vec![one]))?;
            posts::close(tx, &[id], next, reason, None).await?;
            let appointment = posts::find_appointment_of(tx, cadre.0, id).await?;
            let ended = Effect::new("appointment_ended", "appointment", id, &seat.label, Some(next));
            let vacant = Effect::new("post_left_vacant", "post", seat.id, &seat.label, Some(next));
            let entry = Entry::on("appointment", id).within(seat.unit_id).before(&before).effects([ended, vacant]);
            let event = json!({"appointment_id": id, "cadre_id": cadre, "post_id": seat.id});
            Ok((appointment, entry.event("appointment.ended", event)))
        })
        .await
}

/// Ends everything that a person holds after a day, because they are no longer in service.
///
/// Without the day it is a finding that they still hold something.
pub async fn end_all(
    tx: &mut Tx,
    cadre: CadreId,
    last_on: Option<NaiveDate>,
    reason: &str,
) -> Result<(Vec<Finding>, Vec<Effect>)> {
    let today = tx.today();
    let next = last_on.unwrap_or(today).checked_add_days(Days::new(1)).unwrap_or(today);
    let held = posts::standing(tx.conn(), &[], &[cadre.0], next).await?;
    let mut findings = Findings::new();
    findings.keep(rules::may_leave(&held, last_on, today));
    if last_on.is_none() || !findings.is_empty() || held.is_empty() {
        return Ok((findings.into_vec(), Vec::new()));
    }
    let ids: Vec<AppointmentId> = held.iter().map(|one| one.id).collect();
    posts::close(tx, &ids, next, reason, None).await?;
    let ended =
        held.iter().map(|one| Effect::new("appointment_ended", "appointment", one.id, &one.post_label, Some(next)));
    Ok((Vec::new(), ended.collect()))
}

/// Withdraws an entry of the file that was never true: a fact, a qualification, a planning, an appointment.
pub async fn withdraw_entry(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    id: FactId,
    reason: &str,
) -> Result<Outcome<()>> {
    app.db
        .change(caller, "withdraw_entry", async |tx| {
            scope::hold_tree(tx).await?;
            let person = lock_one(tx, caller, cadre).await?;
            let kind = match withdraw_fact_in(tx, caller, cadre, id, reason).await? {
                Some(kind) => kind,
                None => withdraw_other(tx, caller, cadre, id, reason).await?,
            };
            let withdrawn = Effect::new("entry_withdrawn", "entry", id, kind, None);
            let entry = Entry::on("entry", id).within(person.unit_id).effects([withdrawn]);
            Ok(((), entry.event("entry.withdrawn", json!({"entry_id": id, "kind": kind, "cadre_id": cadre}))))
        })
        .await
}

async fn withdraw_other(
    tx: &mut Tx,
    caller: &Caller,
    cadre: CadreId,
    id: FactId,
    reason: &str,
) -> Result<&'static str> {
    let today = tx.today();
    let learned = QualificationId(id.0);
    if let Some(before) = found(store::find_qualification(tx.conn(), cadre, learned, today).await)? {
        tx.check_version(before.version)?;
        if before.enrolment_id.is_some() {
            return Err(Error::new(code::WRONG_STATE).detail(
                "Văn bằng, chứng chỉ này do kết quả một lớp học tạo ra",
                "The result of a course wrote this qualification",
            ));
        }
        store::withdraw_qualification(tx, cadre, learned, reason).await?;
        return Ok("qualification");
    }
    let planned = PlanningId(id.0);
    if let Some(before) = found(store::find_planning(tx.conn(), cadre, planned, today).await)? {
        tx.check_version(before.version)?;
        store::withdraw_planning(tx, cadre, planned, reason).await?;
        return Ok("planning");
    }
    let held = AppointmentId(id.0);
    lock_appointment(tx, caller, cadre, held).await?;
    posts::withdraw(tx, cadre.0, held, reason).await?;
    Ok("appointment")
}

/// What was found, if anything was.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == code::NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    }
}
