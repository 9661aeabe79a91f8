//! Registering people: one of them, or some hundred with all that is known of them, in one change.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use uuid::Uuid;

use super::limits::check_registered;
use crate::cadres::model::{
    Cadre, CadreId, CadreProposal, InitialAppointment, NewPlanning, NewQualification, PersonalData, Planned,
};
use crate::cadres::rules;
use crate::cadres::store::{self, Sight};
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::posts::{self, Holder, NewAppointment, PostId, Seat, TitleId};

/// An appointment of a person to a seat that is known.
pub fn opened(of: &InitialAppointment, seat: &Seat, holder: Holder) -> NewAppointment {
    NewAppointment {
        holder,
        post_id: of.post_id,
        during: of.during,
        full_time: of.full_time.unwrap_or(seat.full_time),
        basis: of.basis,
        decision_number: of.decision_number.clone(),
        decided_on: of.decided_on,
        rotation_id: None,
    }
}

/// Registers people, all or none, with their appointments, plannings and qualifications. Their audit entry has one
/// effect that counts them, and one for each planning beyond a rule that is not confirmed.
pub async fn register(app: &App, caller: &Caller, proposals: &[CadreProposal]) -> Result<Outcome<Vec<CadreId>>> {
    app.db
        .change(caller, "register_cadres", async |tx| {
            let (ids, told) = enrol(tx, caller, proposals, |index| format!("/{index}")).await?;
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let made = Effect::new("cadres_registered", "cadre", first, format!("{} cadres", ids.len()), None);
            Ok((ids, Entry::on("cadre", first).effects([made]).effects(told)))
        })
        .await
}

/// Registers a person.
pub async fn create_cadre(app: &App, caller: &Caller, proposal: &CadreProposal) -> Result<Outcome<Cadre>> {
    app.db
        .change(caller, "create_cadre", async |tx| {
            let (ids, told) = enrol(tx, caller, std::slice::from_ref(proposal), |_| String::new()).await?;
            let id = *ids.first().ok_or_else(|| Error::internal("a cadre has no id"))?;
            let today = tx.today();
            let cadre = store::find_cadre(tx.conn(), &Sight::of(caller), id, today).await?.within(tx);
            let made = Effect::new("cadre_registered", "cadre", id, &cadre.full_name, None);
            let entry = Entry::on("cadre", id).within(cadre.unit.id).effects([made]).effects(told);
            Ok((cadre, entry.event("cadre.registered", json!({"cadre_id": id}))))
        })
        .await
}

/// What proposals refer to, as far as the caller may see it.
struct Known {
    units: HashSet<Uuid>,
    natives: HashSet<Uuid>,
    seats: HashMap<PostId, Seat>,
    titles: HashMap<TitleId, Planned>,
}

async fn known(tx: &mut Tx, caller: &Caller, proposals: &[CadreProposal]) -> Result<Known> {
    let units = distinct(proposals.iter().map(|proposal| proposal.unit_id));
    let posts: Vec<PostId> =
        distinct(proposals.iter().flat_map(|proposal| &proposal.appointments).map(|held| held.post_id));
    let titles: Vec<TitleId> =
        distinct(proposals.iter().flat_map(|proposal| &proposal.plannings).map(|(title, _)| *title));
    let natives = distinct(proposals.iter().filter_map(|proposal| proposal.person.native_unit_id));
    let units = store::units_in_scope(tx.conn(), caller.scope(), &units).await?;
    let natives = store::localities_in_scope(tx.conn(), caller.scope(), &natives).await?;
    let seats = posts::seats(tx.conn(), caller.scope(), &posts).await?;
    let titles = store::title_places(tx.conn(), &titles).await?;
    Ok(Known { units, natives, seats: seats.into_iter().map(|seat| (seat.id, seat)).collect(), titles })
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// What is wrong with one proposal.
fn assess(proposal: &CadreProposal, known: &Known, today: chrono::NaiveDate) -> Vec<Finding> {
    let person = &proposal.person;
    let mut findings = rules::assess(person, today);
    if !known.units.contains(&proposal.unit_id) {
        findings.push(Finding::plain("/unit_id", code::UNKNOWN_REFERENCE));
    }
    findings.extend(rules::native_unit(person.native_unit_id, &known.natives).err());
    for (index, held) in proposal.appointments.iter().enumerate() {
        let wrong = rules::appointment(held, known.seats.get(&held.post_id), person.status, today);
        findings.extend(wrong.into_iter().map(|finding| finding.under(&format!("/appointments/{index}"))));
    }
    for (index, (title, during)) in proposal.plannings.iter().enumerate() {
        if !known.titles.contains_key(title) {
            findings.push(Finding::plain(format!("/plannings/{index}/title_id"), code::UNKNOWN_REFERENCE));
        }
        if during.from().is_none() {
            findings.push(Finding::plain(format!("/plannings/{index}/from"), code::REQUIRED));
        }
    }
    for (index, learned) in proposal.qualifications.iter().enumerate() {
        let wrong = rules::qualification(learned, person.born_on, today);
        findings.extend(wrong.into_iter().map(|finding| finding.under(&format!("/qualifications/{index}"))));
    }
    findings
}

/// Adds people and what is known of them; `at` names the place of a proposal in the body. Gives their ids, and what rules
/// that are not confirmed would refuse.
async fn enrol(
    tx: &mut Tx,
    caller: &Caller,
    proposals: &[CadreProposal],
    at: impl Fn(usize) -> String,
) -> Result<(Vec<CadreId>, Vec<Effect>)> {
    scope::hold_tree(tx).await?;
    let (known, today) = (known(tx, caller, proposals).await?, tx.today());
    let mut findings = Findings::new();
    for (index, proposal) in proposals.iter().enumerate() {
        for finding in assess(proposal, &known, today) {
            findings.push(finding.under(&at(index)));
        }
    }
    let unsure: Vec<&PersonalData> =
        proposals.iter().filter(|one| !one.confirm_duplicate).map(|one| &one.person).collect();
    let alike = store::namesakes(tx.conn(), caller.scope(), &unsure).await?;
    for (index, proposal) in proposals.iter().enumerate().filter(|(_, one)| !one.confirm_duplicate) {
        findings.extend(rules::duplicate(&proposal.person, &alike).map(|finding| finding.under(&at(index))));
    }
    let (refused, told) = check_registered(tx, proposals, &known.seats, &known.titles).await?;
    findings.extend(refused.into_iter().map(|(index, finding)| finding.under(&at(index))));
    findings.settle()?;
    let mut records = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        let full_time = |held: &&InitialAppointment, seat: &Seat| {
            held.full_time.unwrap_or(seat.full_time) && held.during.holds(today)
        };
        let unit = proposal
            .appointments
            .iter()
            .find_map(|held| known.seats.get(&held.post_id).filter(|seat| full_time(&held, seat)))
            .map_or(proposal.unit_id, |seat| seat.unit_id);
        records.push((&proposal.person, unit));
    }
    let ids = store::insert_cadres(tx, &records).await?;
    let (mut held, mut planned, mut learned) = (Vec::new(), Vec::<NewPlanning>::new(), Vec::<NewQualification>::new());
    for (proposal, &cadre_id) in proposals.iter().zip(&ids) {
        let person = &proposal.person;
        let holder =
            Holder { id: cadre_id.0, name: person.full_name.clone(), born_on: person.born_on, sex: person.sex };
        let seated = |of: &InitialAppointment| Some(opened(of, known.seats.get(&of.post_id)?, holder.clone()));
        held.extend(proposal.appointments.iter().filter_map(seated));
        planned.extend(proposal.plannings.iter().map(|&(title_id, during)| NewPlanning {
            cadre_id,
            title_id,
            during,
            decision_number: None,
        }));
        learned.extend(proposal.qualifications.iter().map(|of| of.of(cadre_id)));
    }
    posts::open(tx, &held).await?;
    store::insert_plannings(tx, &planned).await?;
    store::record_qualifications(tx, &learned).await?;
    Ok((ids, told))
}
