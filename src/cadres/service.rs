//! The keeping of cadre records, and what is read of them.

mod careers;
mod corrections;
mod facts;
mod limits;
mod profile;
mod proposals;
mod register;
mod retirements;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{
    Cadre, CadreId, CadreStatus, CadreSummary, InitialAppointment, InitialQualification, NewPlanning, Person,
    PersonalData, Planning, PlanningId, Qualification, QualificationId,
};
use super::rules;
use super::store::{self, CadreFilter, Entries, Listed, Sight};
use crate::audit::{self, CadreAccess};
use crate::identity::{Caller, Scope, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::Paging;
use crate::posts::{self, Appointment, Holder};

use limits::check_planning;

pub use careers::{record_careers, settle_files};
pub use corrections::{correct_appointment, correct_planning, correct_qualification, end_appointment, withdraw_entry};
pub use facts::{correct_fact, fact, facts, record_fact, record_facts};
pub use profile::{derived_facts, profile};
pub use proposals::{accept_proposal, proposal, proposals, propose, refuse_proposal, take_back_proposal};
pub use register::{create_cadre, register};
pub use retirements::retirement_days;

/// People whom the caller may see, each with the full-time post on the day: three queries a page.
pub async fn cadres<P>(
    app: &App,
    caller: &Caller<P>,
    filter: &CadreFilter,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    let (mut rows, total) = store::list_cadres(&mut conn, caller.scope(), filter, paging).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.cadre.id.0).collect();
    let mut held = posts::posts_held(&mut conn, &ids, filter.day).await?;
    for Listed { cadre: CadreSummary { id, post, .. }, .. } in &mut rows {
        *post = held.remove(&id.0);
    }
    Ok((rows, total))
}

/// In which roles somebody reads: what the record of reads says beside who.
fn in_roles<P>(caller: &Caller<P>) -> Value {
    json!({"roles": caller.roles()})
}

/// A record that the caller may see.
pub async fn cadre<P>(app: &App, caller: &Caller<P>, id: CadreId) -> Result<Cadre> {
    let found = store::find_cadre(&mut *app.db.read().await?, &Sight::of(caller), id, app.clock.today()).await?;
    found.read_by(&app.db, caller.actor(), "get_cadre", in_roles(caller))
}

/// A page of the appointments of a person whom the caller may see, wherever the posts are.
pub async fn appointments<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<Appointment>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), id).await?;
    posts::careers(&mut conn, id.0, app.clock.today(), None, Some(paging)).await
}

/// A page of who read or changed the file of a person whom the caller may see.
pub async fn accesses<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<CadreAccess>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), id).await?;
    audit::accesses(&mut conn, id.0, paging).await
}

/// A page of a person's qualifications.
pub async fn qualifications<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<Qualification>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), id).await?;
    let which = Entries { day: app.clock.today(), known_at: None, paging: Some(paging) };
    store::qualifications(&mut conn, id, which).await
}

/// One qualification of a person.
pub async fn qualification<P>(
    app: &App,
    caller: &Caller<P>,
    cadre: CadreId,
    id: QualificationId,
) -> Result<Qualification> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), cadre).await?;
    store::find_qualification(&mut conn, cadre, id, app.clock.today()).await
}

/// A page of a person's plannings.
pub async fn plannings<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<Planning>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), id).await?;
    let which = Entries { day: app.clock.today(), known_at: None, paging: Some(paging) };
    store::plannings(&mut conn, id, which).await
}

/// One planning of a person.
pub async fn planning<P>(app: &App, caller: &Caller<P>, cadre: CadreId, id: PlanningId) -> Result<Planning> {
    let mut conn = app.db.read().await?;
    store::see(&mut conn, caller.scope(), cadre).await?;
    store::find_planning(&mut conn, cadre, id, app.clock.today()).await
}

/// Why a record is changed, and what goes with it.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// Why; kept with what was recorded before.
    pub reason: Option<String>,
    /// Where the person leaves the service: the last day of everything that they hold.
    pub end_appointments_on: Option<NaiveDate>,
}

/// Changes a record, by what `change` makes of it. A new name goes to the appointments too. Who leaves the service holds
/// nothing any more.
pub async fn update_cadre(
    app: &App,
    caller: &Caller,
    id: CadreId,
    change: impl Fn(PersonalData) -> PersonalData,
    grounds: &Grounds,
) -> Result<Outcome<Cadre>> {
    app.db
        .change(caller, "update_cadre", async |tx| {
            own(caller, id)?;
            tx.lock([id.0]).await?;
            let (old, unit, version) = store::lock_record(tx, caller.scope(), id).await?;
            tx.check_version(version)?;
            let new = change(old.clone());
            let changed = amend(tx, caller, id, (old, new), grounds).await?;
            let entry = Entry::on("cadre", id).within(unit).before(&changed.before).effects(changed.effects);
            Ok((changed.cadre, entry.event("cadre.changed", json!({"cadre_id": id}))))
        })
        .await
}

/// A record that was changed.
struct Amended {
    before: Cadre,
    cadre: Cadre,
    effects: Vec<Effect>,
}

/// Writes what a locked record becomes, when nothing speaks against it. A new name goes to the appointments too; who
/// leaves the service holds nothing any more.
async fn amend(
    tx: &mut Tx,
    caller: &Caller,
    id: CadreId,
    (old, mut new): (PersonalData, PersonalData),
    grounds: &Grounds,
) -> Result<Amended> {
    let today = tx.today();
    let before = store::find_cadre(tx.conn(), &Sight::of(caller), id, today).await?.within(tx);
    // What was confirmed once is not asked again until the facts change.
    new.confirm_number_mismatch |=
        (&old.personal_number, old.sex, old.born_on) == (&new.personal_number, new.sex, new.born_on);
    let mut findings = rules::assess(&new, today);
    if new.native_unit_id != old.native_unit_id {
        findings.extend(unknown_native(tx, caller.scope(), new.native_unit_id).await?);
    }
    let mut effects = Vec::new();
    if new.status != CadreStatus::Active && old.status == CadreStatus::Active {
        let reason = grounds.reason.as_deref().unwrap_or(new.status.name());
        let (still, ended) = corrections::end_all(tx, id, grounds.end_appointments_on, reason).await?;
        findings.extend(still);
        effects = ended;
    }
    if !findings.is_empty() {
        return Err(Error::refused(findings));
    }
    store::update_cadre(tx, id, &new, grounds.reason.as_deref()).await?;
    if (&new.full_name, new.born_on, new.sex) != (&old.full_name, old.born_on, old.sex) {
        let (name, born_on, sex) = (new.full_name.clone(), new.born_on, new.sex);
        posts::describe_holder(tx, &Holder { id: id.0, name, born_on, sex }).await?;
    }
    let cadre = store::find_cadre(tx.conn(), &Sight::of(caller), id, today).await?.within(tx);
    effects.insert(0, Effect::new("cadre_changed", "cadre", id, &cadre.full_name, None));
    Ok(Amended { before, cadre, effects })
}

/// What is wrong with a native unit: it is none of the administrative units of the scope.
async fn unknown_native(tx: &mut Tx, scope: &Scope, native: Option<Uuid>) -> Result<Option<Finding>> {
    let Some(unit) = native else { return Ok(None) };
    let known = store::localities_in_scope(tx.conn(), scope, &[unit]).await?;
    Ok(rules::native_unit(native, &known).err())
}

/// Nobody writes their own career or record.
fn own(caller: &Caller, id: CadreId) -> Result<()> {
    if caller.cadre_id() == Some(id.0) { Err(Error::new(code::OWN_CASE)) } else { Ok(()) }
}

/// One person, kept until the end of the change, who is not the caller.
async fn lock_one(tx: &mut Tx, caller: &Caller, id: CadreId) -> Result<Person> {
    own(caller, id)?;
    store::lock_people(tx, caller.scope(), &[id]).await?.pop().ok_or_else(Error::not_found)
}

/// The seat of an appointment, where it is one of the caller's units; not found elsewhere.
async fn in_scope(tx: &mut Tx, caller: &Caller, of: &Appointment) -> Result<posts::Seat> {
    let seat = posts::seats(tx.conn(), caller.scope(), &[posts::PostId(of.post.id)]).await?.pop();
    seat.ok_or_else(Error::not_found)
}

/// Records that a person holds or held a post. Where it is full-time and holds today, their file goes to its unit.
pub async fn record_appointment(
    app: &App,
    caller: &Caller,
    id: CadreId,
    proposal: &InitialAppointment,
) -> Result<Outcome<Appointment>> {
    app.db
        .change(caller, "record_appointment", async |tx| {
            scope::hold_tree(tx).await?;
            tx.lock([proposal.post_id.0, id.0]).await?;
            let person = lock_one(tx, caller, id).await?;
            let seat = posts::seats(tx.conn(), caller.scope(), &[proposal.post_id]).await?.pop();
            let findings = rules::appointment(proposal, seat.as_ref(), person.status, tx.today());
            let (Some(seat), true) = (seat, findings.is_empty()) else { return Err(Error::refused(findings)) };
            let row = register::opened(proposal, &seat, person.holder());
            let opened = posts::open(tx, std::slice::from_ref(&row)).await?;
            let opened = *opened.first().ok_or_else(|| Error::internal("an appointment has no id"))?;
            let mut effects =
                vec![Effect::new("appointment_opened", "appointment", opened, &seat.label, row.during.from())];
            if row.full_time && row.during.holds(tx.today()) && person.unit_id != seat.unit_id {
                store::move_to_unit(tx, id, seat.unit_id).await?;
                effects.push(Effect::new("file_moved", "cadre", id, &seat.unit, Some(tx.today())));
            }
            let appointment = posts::find_appointment_of(tx, id.0, opened).await?;
            let entry = Entry::on("appointment", opened).within(seat.unit_id).effects(effects).event(
                "appointment.recorded",
                json!({"appointment_id": opened, "cadre_id": id, "post_id": proposal.post_id}),
            );
            Ok((appointment, entry))
        })
        .await
}

/// Records what a person learned.
pub async fn add_qualification(
    app: &App,
    caller: &Caller,
    id: CadreId,
    proposal: &InitialQualification,
) -> Result<Outcome<Qualification>> {
    app.db
        .change(caller, "record_qualification", async |tx| {
            let person = lock_one(tx, caller, id).await?;
            let (qualification, effect) = learn(tx, id, person.born_on, proposal).await?;
            let event = json!({"qualification_id": qualification.id, "cadre_id": id});
            let entry = Entry::on("qualification", qualification.id).within(person.unit_id).effects([effect]);
            Ok((qualification, entry.event("qualification.recorded", event)))
        })
        .await
}

/// Writes what a person learned, when nothing speaks against it.
async fn learn(
    tx: &mut Tx,
    id: CadreId,
    born_on: NaiveDate,
    proposal: &InitialQualification,
) -> Result<(Qualification, Effect)> {
    let today = tx.today();
    let findings = rules::qualification(proposal, born_on, today);
    if !findings.is_empty() {
        return Err(Error::refused(findings));
    }
    let made = store::record_qualification(tx, &proposal.of(id)).await?;
    let qualification = store::find_qualification(tx.conn(), id, made, today).await?;
    let label = format!("{}: {}", proposal.kind.name(), proposal.level);
    let effect = Effect::new("qualification_recorded", "qualification", made, label, Some(proposal.obtained_on));
    Ok((qualification, effect))
}

/// Records for which title a person is planned.
pub async fn add_planning(app: &App, caller: &Caller, proposal: &NewPlanning) -> Result<Outcome<Planning>> {
    let id = proposal.cadre_id;
    app.db
        .change(caller, "record_planning", async |tx| {
            let person = lock_one(tx, caller, id).await?;
            let told = check_planning(tx, proposal, None).await?;
            let made = store::insert_plannings(tx, std::slice::from_ref(proposal)).await?;
            let made = *made.first().ok_or_else(|| Error::internal("a planning has no id"))?;
            let today = tx.today();
            let planning = store::find_planning(tx.conn(), id, made, today).await?;
            let from = proposal.during.from();
            let effect = Effect::new("planning_recorded", "planning", made, &planning.title.label, from);
            let entry = Entry::on("planning", made).within(person.unit_id).effects([effect]).effects(told);
            Ok((planning, entry.event("planning.recorded", json!({"planning_id": made, "cadre_id": id}))))
        })
        .await
}
