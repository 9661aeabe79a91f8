//! What an act finds in the units that end, and where it may go.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::Draft;
use crate::cadres::{self, CadreId};
use crate::identity::model::Grant;
use crate::identity::{self, Caller, scope};
use crate::organisations::model::UnitId;
use crate::organisations::{self, Plan};
use crate::platform::db::Tx;
use crate::platform::error::{Finding, Findings, Result, Say, code};
use crate::platform::period::Period;
use crate::posts::{self, NewPostRow, PostId, Seat, Standing, TitleId};
use crate::reorganisations::model::{PlacementSubject, ReorganisationProposal, UnitPlace};
use crate::reorganisations::rules::{FreeSeat, SeatRef, Tenant, own};
use crate::rotations;
use crate::training;

/// A seat that the act makes.
pub struct NewSeat {
    /// The seat.
    pub row: NewPostRow,
    /// Title and unit.
    pub label: String,
}

/// Everything in units that end, and the seats that are free around them.
pub struct Found {
    /// Seats that end.
    pub posts: Vec<Seat>,
    /// Who holds them.
    pub appointments: Vec<Standing>,
    /// Free seats.
    pub free: Vec<FreeSeat>,
    /// Grants, files, courses, cases.
    pub tenants: Vec<Tenant>,
    /// The grants as they are.
    pub grants: Vec<Grant>,
}

/// The units of the act that go on or begin with it, and those that placements name and the caller may: with their names.
pub async fn known_units(
    tx: &mut Tx,
    caller: &Caller,
    draft: &Draft,
    plan: &Plan,
    proposal: &ReorganisationProposal,
) -> Result<BTreeMap<UnitId, String>> {
    let goes_on = |unit: &UnitId| !plan.ended.contains(unit);
    let mut known: BTreeMap<UnitId, String> =
        plan.names.iter().filter(|(unit, _)| goes_on(unit)).map(|(unit, name)| (*unit, name.clone())).collect();
    let named: Vec<Uuid> = proposal
        .placements
        .iter()
        .filter_map(|placement| match placement.unit {
            Some(UnitPlace::Known(unit)) => Some(unit.0),
            _ => None,
        })
        .collect();
    let seen = scope::covered(tx.conn(), caller.scope(), &named).await?;
    // A unit that the plan knows because it stands above may be out of sight.
    for unit in named.iter().filter(|unit| !seen.contains(unit)) {
        known.remove(&UnitId(*unit));
    }
    let seen: Vec<UnitId> = seen.into_iter().map(UnitId).collect();
    let living = organisations::names_on(tx, &seen, proposal.effective_from).await?;
    known.extend(living.into_iter().filter(|(unit, _)| goes_on(unit) && !draft.keys_by_unit.contains_key(unit)));
    Ok(known)
}

/// The seats that the act makes in its new units.
pub async fn new_seats(
    tx: &mut Tx,
    draft: &Draft,
    units: &BTreeMap<UnitId, String>,
    day: NaiveDate,
) -> Result<Vec<NewSeat>> {
    let mut titles: Vec<TitleId> = draft.seats.iter().map(|(_, _, seats)| seats.title_id).collect();
    titles.sort_unstable();
    titles.dedup();
    let titles: BTreeMap<Uuid, String> =
        posts::title_refs(tx.conn(), &titles).await?.into_iter().map(|title| (title.id, title.label)).collect();
    let (mut findings, mut made) = (Findings::new(), Vec::new());
    for (at, unit, seats) in &draft.seats {
        let Some(title) = titles.get(&seats.title_id.0) else {
            findings.push(Finding::plain(format!("{at}/title_id"), code::UNKNOWN_REFERENCE));
            continue;
        };
        for _ in 0..seats.seats {
            let row = NewPostRow {
                title_id: seats.title_id,
                unit_id: unit.0,
                seat: None,
                full_time: seats.full_time,
                term_months: seats.term_months,
                during: Period::since(day),
            };
            let name = units.get(unit).map_or("", String::as_str);
            made.push(NewSeat { row, label: format!("{title}, {name}") });
        }
    }
    findings.settle()?;
    Ok(made)
}

/// Everything in the units that end.
pub async fn hanging(
    tx: &mut Tx,
    caller: &Caller,
    proposal: &ReorganisationProposal,
    plan: &Plan,
    seats: &[NewSeat],
) -> Result<Found> {
    let day = proposal.effective_from;
    let ended: Vec<Uuid> = plan.ended.iter().map(|unit| unit.0).collect();
    let near: BTreeSet<Uuid> = plan.ended.iter().flat_map(|unit| plan.heirs.around(*unit)).map(|unit| unit.0).collect();
    let both: Vec<Uuid> = ended.iter().copied().chain(near).collect();
    let all = posts::posts_of_units(tx, &both, day).await?;
    let (posts, mut open): (Vec<Seat>, Vec<Seat>) =
        all.into_iter().partition(|post| plan.ended.contains(&UnitId(post.unit_id)));
    let named: Vec<PostId> = proposal.placements.iter().filter_map(|placement| placement.post_id).collect();
    for seat in posts::seats(tx.conn(), caller.scope(), &named).await? {
        if !plan.ended.contains(&UnitId(seat.unit_id)) && open.iter().all(|known| known.id != seat.id) {
            open.push(seat);
        }
    }
    let ids: Vec<PostId> = posts.iter().chain(&open).map(|post| post.id).collect();
    let ending: HashSet<PostId> = posts.iter().map(|post| post.id).collect();
    let (appointments, held): (Vec<Standing>, Vec<Standing>) =
        posts::standing(tx.conn(), &ids, &[], day).await?.into_iter().partition(|held| ending.contains(&held.post_id));
    let held: HashSet<PostId> = held.into_iter().map(|held| held.post_id).collect();
    // Nobody comes to a frozen post by the way.
    let is_free = |post: &Seat| {
        post.during.holds(day)
            && !held.contains(&post.id)
            && posts::unfrozen("/placements", &post.freezes, day, false).is_ok()
    };
    let known = open.into_iter().filter(is_free).map(|post| FreeSeat {
        seat: SeatRef::Known(post.id),
        title_id: post.title_id,
        unit: UnitId(post.unit_id),
        full_time: post.full_time,
        to: post.during.to(),
        label: post.label,
    });
    let new = seats.iter().enumerate().map(|(index, NewSeat { row, label })| FreeSeat {
        seat: SeatRef::New(index),
        title_id: row.title_id,
        unit: UnitId(row.unit_id),
        full_time: row.full_time,
        to: None,
        label: label.clone(),
    });
    let free = known.chain(new).collect();
    let ending: Vec<PostId> = ending.into_iter().collect();
    // Access is given and taken from today on, whatever the day of the act.
    let grants = identity::grants_at(tx, &ended, day.max(tx.today())).await?;
    let mut tenants = of_grants(tx, caller, &grants).await?;
    tenants.extend(files(tx, caller, &ended).await?);
    let courses = training::courses_of(tx, &ended, day).await?;
    tenants.extend(courses.into_iter().map(|(id, label, unit)| tenant(PlacementSubject::Course, id.0, label, unit)));
    tenants.extend(cases(tx, caller, (&ended, &ending), day).await?);
    Ok(Found { posts, appointments, free, tenants, grants })
}

fn tenant(subject: PlacementSubject, id: Uuid, label: String, unit: Uuid) -> Tenant {
    Tenant { subject, id, label, unit: UnitId(unit), withdraws: false, blocked: None }
}

async fn of_grants(tx: &mut Tx, caller: &Caller, grants: &[Grant]) -> Result<Vec<Tenant>> {
    let holder = |grant: &Grant| grant.account_id.map(|id| id.0).or(grant.client_id.map(|id| id.0));
    let holders: Vec<Uuid> = grants.iter().filter_map(holder).collect();
    // What may be done with an account depends on its grants: whoever is at that waits.
    tx.lock(holders.iter().copied()).await?;
    let names = identity::names_of(tx.conn(), &holders).await?;
    let one = |grant: &Grant| {
        let name = holder(grant).and_then(|id| names.get(&id)).map_or("", String::as_str);
        let label = format!("{}: {name}, {}", grant.role.name(), grant.unit.label);
        let blocked = (holder(grant) == caller.actor().id).then(|| own(&label));
        Tenant { blocked, ..tenant(PlacementSubject::Grant, grant.id.0, label, grant.unit.id) }
    };
    Ok(grants.iter().map(one).collect())
}

async fn files(tx: &mut Tx, caller: &Caller, ended: &[Uuid]) -> Result<Vec<Tenant>> {
    let kept: Vec<(CadreId, String, Uuid)> = cadres::files_of(tx, ended).await?;
    let one = |(cadre, name, unit): (CadreId, String, Uuid)| {
        let blocked = (caller.cadre_id() == Some(cadre.0)).then(|| own(&name));
        Tenant { blocked, ..tenant(PlacementSubject::Cadre, cadre.0, name, unit) }
    };
    Ok(kept.into_iter().map(one).collect())
}

async fn cases(
    tx: &mut Tx,
    caller: &Caller,
    (ended, posts): (&[Uuid], &[PostId]),
    day: NaiveDate,
) -> Result<Vec<Tenant>> {
    let open = rotations::open_cases(tx, ended, posts, day, caller.cadre_id()).await?;
    let one = |case: rotations::OpenCase| {
        let number = &case.number;
        // A decision is taken back by who decides, not by the way.
        let decided = (case.decided && case.touches).then(|| {
            let vi = format!("Hồ sơ {number} đã quyết định: rút trước");
            let say = Say::new(vi, format!("The case {number} is decided: withdraw it first"));
            Finding::new("/effective_from", code::OVERTAKEN, say)
        });
        let blocked = if case.own { Some(own(number)) } else { decided };
        let label = case.number.clone();
        let kept = tenant(PlacementSubject::Rotation, case.id.0, label, case.unit_id);
        Tenant { withdraws: case.touches, blocked, ..kept }
    };
    Ok(open.into_iter().map(one).collect())
}
