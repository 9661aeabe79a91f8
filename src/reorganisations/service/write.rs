//! Writing what an act does to everything in units that end, in bulk: a province is one change.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::gather::{Found, NewSeat};
use crate::cadres::{self, CadreId};
use crate::identity::model::{Grant, GrantId};
use crate::identity::{self, Caller, Scope};
use crate::organisations::Plan;
use crate::organisations::model::{Act, ChangeKind, UnitId};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Tx};
use crate::platform::error::{Error, Result, code};
use crate::platform::period::Period;
use crate::posts::{self, AppointmentId, Basis, NewAppointment, NewPostRow, PostId, Seat};
use crate::reorganisations::model::PlacementSubject;
use crate::reorganisations::rules::{Fate, Fates, Hanging, SeatRef, Tenant};
use crate::reorganisations::store::{self, Passage};
use crate::rotations::{self, RotationId};
use crate::training::{self, CourseId};

/// Writes everything but the units; gives all effects of the act.
pub async fn everything(
    tx: &mut Tx,
    act: &Act,
    plan: &Plan,
    hanging: &Hanging<'_>,
    found: &Found,
    fates: &Fates,
    seats: Vec<NewSeat>,
) -> Result<Vec<Effect>> {
    let mut effects = of_units(act, plan);
    let day = act.effective_from;
    let reason = format!("{} {}", act.number, act.issuer);
    let name = |unit: &UnitId| hanging.units.get(unit).map_or("", String::as_str);
    let mut made: Vec<NewPostRow> = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for NewSeat { row, label } in seats {
        made.push(row);
        labels.push(label);
    }
    let own = made.len();
    let going_on: Vec<(&Seat, &UnitId)> =
        found.posts.iter().filter_map(|post| Some((post, fates.posts.get(&post.id)?.as_ref()?))).collect();
    for (post, unit) in &going_on {
        made.push(NewPostRow {
            title_id: post.title_id,
            unit_id: unit.0,
            seat: None,
            full_time: post.full_time,
            term_months: post.term_months,
            during: Period::new(Some(day), post.during.to()).map_err(Error::internal)?,
        });
        labels.push(format!("{}, {}", post.title, name(unit)));
    }
    let new = posts::add(tx, &made, |index| format!("/seats/{index}")).await?;
    effects
        .extend(new.iter().zip(&labels).map(|(id, label)| Effect::new("post_created", "post", *id, label, Some(day))));
    let successors = new.iter().zip(&labels).zip(&made).skip(own);
    let carried: Vec<GoesOn<'_>> = going_on
        .iter()
        .zip(successors)
        .map(|((old, _), ((id, label), row))| GoesOn { old, id: *id, label, during: row.during })
        .collect();
    effects.extend(freezes(tx, day, &carried).await?);
    effects.extend(appointments(tx, act, &reason, hanging, found, fates, (&new, &labels, &made)).await?);
    let ended: Vec<PostId> = found.posts.iter().map(|post| post.id).collect();
    posts::end_posts(tx, &ended, day).await?;
    effects.extend(found.posts.iter().map(|post| Effect::new("post_ended", "post", post.id, &post.label, Some(day))));
    let settled: Vec<(&Tenant, Fate)> = found.tenants.iter().zip(fates.tenants.iter().copied()).collect();
    effects.extend(grants(tx, day, hanging, &found.grants, &settled).await?);
    effects.extend(passages(tx, act, hanging, &settled).await?);
    effects.extend(cases(tx, day, &reason, hanging, &settled).await?);
    Ok(effects)
}

/// A seat and the one that takes its place.
struct GoesOn<'a> {
    old: &'a Seat,
    id: PostId,
    label: &'a str,
    during: Period,
}

/// What is frozen stays frozen in the seat that takes its place, to the last day of both.
async fn freezes(tx: &mut Tx, day: NaiveDate, carried: &[GoesOn<'_>]) -> Result<Vec<Effect>> {
    let seats: Vec<_> = carried.iter().map(|one| (one.old, one.id, one.during)).collect();
    let counts = posts::carry_freezes(tx, &seats).await?;
    let frozen = carried.iter().zip(counts).filter(|(_, count)| *count > 0);
    Ok(frozen.map(|(one, _)| Effect::new("post_frozen", "post", one.id, one.label, Some(day))).collect())
}

fn of_units(act: &Act, plan: &Plan) -> Vec<Effect> {
    let name = |unit: &UnitId| plan.names.get(unit).map_or("", String::as_str);
    let told = plan.lines.iter().map(|line| {
        let effect = match line.kind {
            ChangeKind::Create => "unit_created",
            ChangeKind::Merge => "unit_merged",
            ChangeKind::Split => "unit_split",
            ChangeKind::Rename => "unit_renamed",
            ChangeKind::Move => "unit_moved",
            ChangeKind::Abolish => "unit_abolished",
        };
        let own = name(&line.unit);
        let label = line.into.map_or_else(|| own.to_owned(), |(into, _)| format!("{own}: {}", name(&into)));
        Effect::new(effect, "unit", line.unit, label, Some(act.effective_from))
    });
    told.collect()
}

/// Ends what is held in seats that end, then opens what is entered.
async fn appointments(
    tx: &mut Tx,
    act: &Act,
    reason: &str,
    hanging: &Hanging<'_>,
    found: &Found,
    fates: &Fates,
    (new, labels, made): (&[PostId], &[String], &[NewPostRow]),
) -> Result<Vec<Effect>> {
    let day = act.effective_from;
    let ids: Vec<AppointmentId> = found.appointments.iter().map(|held| held.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    posts::close(tx, &ids, day, reason, None).await?;
    let people: Vec<CadreId> = found.appointments.iter().map(|held| CadreId(held.cadre_id)).collect();
    // Whoever may end the unit places its people, wherever their files are.
    let people = cadres::people(tx.conn(), &Scope::everything(), &people).await?;
    let people: HashMap<Uuid, cadres::Person> = people.into_iter().map(|person| (person.id.0, person)).collect();
    let free: HashMap<SeatRef, _> = hanging.free.iter().map(|free| (free.seat, free)).collect();
    let (mut effects, mut opened, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (held, fate) in found.appointments.iter().zip(&fates.appointments) {
        let label = format!("{}: {}", held.cadre_name, held.post_label);
        effects.push(Effect::new("appointment_closed", "appointment", held.id, label, Some(day)));
        let Fate::Seat(seat) = fate else { continue };
        let missing = || Error::internal("a seat that is entered, and its holder, are there");
        let (post, label, to, full_time) = match seat {
            SeatRef::Known(post) => {
                let seat = free.get(seat).ok_or_else(missing)?;
                (*post, seat.label.clone(), seat.to, seat.full_time)
            }
            SeatRef::New(index) => {
                let row = made.get(*index).ok_or_else(missing)?;
                let (id, label) = new.get(*index).zip(labels.get(*index)).ok_or_else(missing)?;
                (*id, label.clone(), row.during.to(), row.full_time)
            }
        };
        let to = match (held.during.to(), to) {
            (Some(own), Some(post)) => Some(own.min(post)),
            (own, post) => own.or(post),
        };
        told.push(format!("{}: {label}", held.cadre_name));
        // Who is away by a rotation or a secondment stays away by it; of others, those who lead what a merger makes are designated, not
        // elected, until the next election.
        let away = matches!(held.basis, Basis::Rotated | Basis::Seconded);
        let (basis, rotation_id) = if away { (held.basis, held.rotation_id) } else { (Basis::Designated, None) };
        opened.push(NewAppointment {
            holder: people.get(&held.cadre_id).ok_or_else(missing)?.holder(),
            post_id: post,
            during: Period::new(Some(day), to).map_err(Error::internal)?,
            full_time,
            basis,
            decision_number: Some(act.number.clone()),
            decided_on: Some(act.decided_on),
            rotation_id,
        });
    }
    let entered = posts::open(tx, &opened).await?;
    let entered = entered.iter().zip(told);
    effects.extend(entered.map(|(id, label)| Effect::new("appointment_opened", "appointment", *id, label, Some(day))));
    Ok(effects)
}

/// Roles end where they were and are given where they go, from the day on, but not before today.
async fn grants(
    tx: &mut Tx,
    day: NaiveDate,
    hanging: &Hanging<'_>,
    all: &[Grant],
    settled: &[(&Tenant, Fate)],
) -> Result<Vec<Effect>> {
    let from = day.max(tx.today());
    let of: BTreeMap<Uuid, &Grant> = all.iter().map(|grant| (grant.id.0, grant)).collect();
    let (mut ids, mut passed, mut effects, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (tenant, fate) in settled.iter().filter(|(tenant, _)| tenant.subject == PlacementSubject::Grant) {
        ids.push(GrantId(tenant.id));
        effects.push(Effect::new("grant_ended", "grant", tenant.id, &tenant.label, Some(from)));
        if let (Fate::Unit(unit), Some(grant)) = (fate, of.get(&tenant.id)) {
            passed.push((*grant, unit.0));
            let name = hanging.units.get(unit).map_or("", String::as_str);
            told.push(format!("{}: {name}", grant.role.name()));
        }
    }
    if ids.is_empty() {
        return Ok(effects);
    }
    identity::cut_grants(tx, &ids, from).await?;
    let given = identity::pass_on_grants(tx, &passed, from).await?;
    let given = given.iter().zip(told);
    effects.extend(given.map(|(id, label)| Effect::new("grant_given", "grant", *id, label, Some(from))));
    Ok(effects)
}

/// Files and courses have no periods: they go now where the day has come, else on the day.
async fn passages(tx: &mut Tx, act: &Act, hanging: &Hanging<'_>, settled: &[(&Tenant, Fate)]) -> Result<Vec<Effect>> {
    let (mut rows, mut effects) = (Vec::new(), Vec::new());
    for (tenant, fate) in settled {
        let (effect, Fate::Unit(unit)) = (
            match tenant.subject {
                PlacementSubject::Cadre => "file_moved",
                PlacementSubject::Course => "course_moved",
                _ => continue,
            },
            fate,
        ) else {
            continue;
        };
        rows.push(Passage { subject: tenant.subject, id: tenant.id, from: tenant.unit.0, to: unit.0 });
        let name = hanging.units.get(unit).map_or("", String::as_str);
        let label = format!("{}: {name}", tenant.label);
        effects.push(Effect::new(effect, tenant.subject.name(), tenant.id, label, Some(act.effective_from)));
    }
    if rows.is_empty() {
        return Ok(effects);
    }
    let now = act.effective_from <= tx.today();
    if now {
        go(tx, &rows).await?;
    }
    store::insert_passages(tx, act.id, &rows, now).await?;
    Ok(effects)
}

async fn go(tx: &mut Tx, rows: &[Passage]) -> Result<()> {
    let of = |subject: PlacementSubject| rows.iter().filter(move |row| row.subject == subject);
    let files: Vec<_> = of(PlacementSubject::Cadre).map(|row| (CadreId(row.id), row.from, row.to)).collect();
    let courses: Vec<_> = of(PlacementSubject::Course).map(|row| (CourseId(row.id), row.from, row.to)).collect();
    cadres::move_files(tx, &files).await?;
    training::move_courses(tx, &courses).await
}

async fn cases(
    tx: &mut Tx,
    day: NaiveDate,
    reason: &str,
    hanging: &Hanging<'_>,
    settled: &[(&Tenant, Fate)],
) -> Result<Vec<Effect>> {
    let (mut withdrawn, mut moved, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for (tenant, fate) in settled.iter().filter(|(tenant, _)| tenant.subject == PlacementSubject::Rotation) {
        let id = RotationId(tenant.id);
        if let Fate::Unit(unit) = fate {
            moved.push((id, unit.0));
            let name = hanging.units.get(unit).map_or("", String::as_str);
            let label = format!("{}: {name}", tenant.label);
            effects.push(Effect::new("rotation_moved", "rotation", id, label, Some(day)));
        } else {
            withdrawn.push(id);
            effects.push(Effect::new("rotation_withdrawn", "rotation", id, &tenant.label, None));
        }
    }
    if !withdrawn.is_empty() {
        rotations::withdraw_undecided(tx, &withdrawn, reason).await?;
    }
    if !moved.is_empty() {
        rotations::move_cases(tx, &moved).await?;
    }
    Ok(effects)
}

/// Moves the files and courses of all acts whose day has come, each act in a change of its own, exactly once: the rows say
/// what has gone. Gives how many acts.
pub async fn take_due_effects(app: &App) -> Result<usize> {
    let due = store::due(&mut *app.db.read().await?, app.clock.today()).await?;
    let system = Caller::system("calendar");
    let mut taken = 0;
    for act in due {
        let done = app
            .db
            .change(&system, "settle_act", async |tx| {
                let rows = store::take_passages(tx, act).await?;
                if rows.is_empty() {
                    return Err(Error::new(code::WRONG_STATE));
                }
                go(tx, &rows).await?;
                let moved = rows.iter().map(|row| {
                    let effect = if row.subject == PlacementSubject::Cadre { "file_moved" } else { "course_moved" };
                    Effect::new(effect, row.subject.name(), row.id, "", None)
                });
                let entry = Entry::on("reorganisation", act).effects(moved);
                Ok(((), entry.event("reorganisation.effective", json!({"act_id": act}))))
            })
            .await;
        match done {
            Ok(_) => taken += 1,
            Err(error) if error.code() == code::WRONG_STATE => log::debug!("act {act}: another replica was first"),
            Err(error) => {
                log::error!("what act {act} moves has not gone and will be tried again: {error}: {}", error.chain());
            }
        }
    }
    Ok(taken)
}
