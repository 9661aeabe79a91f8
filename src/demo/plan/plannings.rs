//! Quy hoạch: who is planned for which higher title, term by term.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::calendar::{self, LAST_DAY, TERMS, plus_months};
use super::replay::Spells;
use super::seats::{Seat, Wanted};
use super::world::{Service, World};
use super::{PersonNo, PlannedPlanning};
use crate::platform::period::Period;

/// How many in a thousand of those in service are planned.
const PLANNED: usize = 120;

/// Plans somebody for a higher title in the term that holds the day, unless they are.
pub(super) fn ensure(world: &mut World, service: &Service, on: NaiveDate) {
    let planned = |planning: &PlannedPlanning| planning.person == service.who.no && planning.during.holds(on);
    if world.plannings.iter().any(planned) {
        return;
    }
    add(world, service.who.no, service.seat, service.since, on);
}

fn add(world: &mut World, person: PersonNo, seat: &Seat, since: NaiveDate, on: NaiveDate) -> bool {
    let Some((start, end)) = TERMS.iter().copied().find(|(start, end)| *start <= on && on < *end) else { return false };
    let higher: Vec<&Seat> = world
        .seats
        .iter()
        .filter(|other| other.leading && other.full_time && other.wanted == Wanted::Anybody && other.during.holds(on))
        .filter(|other| (10..=200).contains(&(seat.standing - other.standing)) && other.level <= seat.level)
        .filter(|other| other.area == seat.area || other.area == "province")
        .collect();
    // Non-leaders are planned for a first leading post, whatever the distance.
    let first: Vec<&Seat> = world
        .seats
        .iter()
        .filter(|other| {
            other.leading
                && other.full_time
                && other.wanted == Wanted::Anybody
                && other.during.holds(on)
                && other.unit == seat.unit
        })
        .collect();
    let title = world.chance.pick(if seat.leading { &higher } else { &first });
    let during = Period::new(Some(start.max(since)), Some(end)).ok().filter(|during| during.holds(on));
    let (Some(title), Some(during)) = (title, during) else { return false };
    let decision_number = world.decision(during.from().unwrap_or(on), "TU");
    world.plannings.push(PlannedPlanning { person, title: title.title.clone(), during, decision_number });
    true
}

/// Fills the lists of every term up to their share of those in service.
pub(super) fn complete(world: &mut World, spells: &Spells) {
    for (start, _) in TERMS {
        let on = plus_months(start, 15).min(LAST_DAY);
        let planned: BTreeSet<PersonNo> = world
            .plannings
            .iter()
            .filter(|planning| planning.during.holds(on))
            .map(|planning| planning.person)
            .collect();
        let mut ready = Vec::new();
        let mut in_service = 0;
        for (person, spells) in spells {
            let main = spells.iter().find_map(|spell| {
                let seat = world.seats.get(spell.post.0).filter(|seat| seat.full_time)?;
                spell.holds(on).then_some((seat, spell.from))
            });
            let (Some((seat, since)), Some(record)) = (main, world.people.get(person.0)) else { continue };
            in_service += 1;
            let last = world.retirement.last_day(record.born_on, record.sex == "female");
            let young = calendar::age(record.born_on, on) >= 28;
            if seat.leading && young && last >= plus_months(on, 60) && !planned.contains(person) {
                ready.push((*person, seat, since));
            }
        }
        world.chance.shuffle(&mut ready);
        let mut missing = (in_service * PLANNED / 1000).saturating_sub(planned.len());
        for (person, seat, since) in ready {
            if missing == 0 {
                break;
            }
            missing -= usize::from(add(world, person, seat, since, on));
        }
    }
}
