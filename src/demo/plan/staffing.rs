//! How seats fill and empty in ordinary times: recruits, promotions, retirements, departures.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::PostNo;
use super::calendar::{self, FIRST_DAY, REFORM, minus_months, plus_months};
use super::people::{self, Fixed};
use super::seats::{Seat, Wanted};
use super::world::{Service, Who, World};
use crate::organisations::model::UnitKind;

/// How many seats in a thousand are held. There are more than 2,000 people could hold, so most of what stays vacant
/// does not lead; the district of the article has more people, to send them to more courses.
fn target(seat: &Seat, on: NaiveDate) -> u32 {
    match (seat.in_story, seat.leading, on < REFORM) {
        (true, true, _) => 970,
        (true, false, _) => 850,
        (_, true, true) => 875,
        (_, false, true) => 300,
        (_, true, false) => 910,
        (_, false, false) => 620,
    }
}

/// Who is there when the plan begins.
pub(super) fn found(world: &mut World) {
    let vacant: Vec<&Seat> = world.vacant(FIRST_DAY).collect();
    for seat in vacant {
        if world.chance.permille(target(seat, FIRST_DAY)) {
            settle(world, seat, Fixed::default());
        }
    }
}

/// Somebody who has been in the seat for up to five years when the plan begins.
pub(super) fn settle<'a>(world: &mut World<'a>, seat: &'a Seat, fixed: Fixed) -> Who {
    let who = people::newcomer(world, seat, FIRST_DAY, true, fixed);
    let months = u32::try_from(world.chance.between(1, 59)).unwrap_or(1);
    let recruited = world.people.last().map_or(FIRST_DAY, |person| person.recruited_on);
    let since = minus_months(FIRST_DAY, months).max(recruited.min(minus_months(FIRST_DAY, 1)));
    world.appoint(who, seat, since);
    who
}

/// Those whose age is reached retire; a few leave before.
pub(super) fn departures(world: &mut World, month: NaiveDate) {
    for service in services(world) {
        let who = service.who;
        if who.retires < month {
            world.leave(who, month, "retired");
        } else if month > FIRST_DAY && !world.pinned.contains(&who.no) {
            let chance = if service.seat.in_story { 8 } else { 1 };
            if world.chance.permille(chance) {
                let status = if world.chance.permille(40) { "deceased" } else { "left" };
                world.leave(who, month, status);
            }
        }
    }
}

pub(super) fn services<'a>(world: &World<'a>) -> Vec<Service<'a>> {
    world.serving.values().copied().collect()
}

/// Whether anybody may move the person.
pub(super) fn free(world: &World, service: &Service) -> bool {
    !world.pinned.contains(&service.who.no) && !world.seconded.contains_key(&service.who.no)
}

/// Fills vacancies up to the target, from below where somebody is ready, else from outside.
pub(super) fn fill(world: &mut World, on: NaiveDate) {
    outgrown(world, on);
    let mut lacking: BTreeMap<(bool, bool), (u32, u32)> = BTreeMap::new();
    for seat in world.seats.iter().filter(|seat| seat.full_time && seat.during.holds(on)) {
        let (wanted, held) = lacking.entry((seat.in_story, seat.leading)).or_default();
        *wanted += target(seat, on);
        *held += u32::from(world.holders.contains_key(&seat.no));
    }
    let vacant: Vec<&Seat> = world.vacant(on).collect();
    // The high seats first, by and large: what stays vacant is spread.
    let mut queue: BTreeSet<(i32, PostNo)> = BTreeSet::new();
    for seat in vacant {
        queue.insert((seat.standing + world.chance.between(0, 250), seat.no));
    }
    while let Some((_, no)) = queue.pop_first() {
        let Some(seat) = world.seats.get(no.0) else { continue };
        let Some((wanted, held)) = lacking.get_mut(&(seat.in_story, seat.leading)) else { continue };
        if *held * 1000 >= *wanted {
            continue;
        }
        *held += 1;
        if let Some(service) = successor(world, seat, on) {
            world.promote(service.who, seat, on);
            if let Some((_, held)) = lacking.get_mut(&(service.seat.in_story, service.seat.leading)) {
                *held = held.saturating_sub(1);
            }
            queue.insert((service.seat.standing + world.chance.between(0, 250), service.seat.no));
        } else {
            let who = people::newcomer(world, seat, on, false, Fixed::default());
            world.appoint(who, seat, on);
        }
    }
}

/// Somebody one or a few rungs below, two years in the seat, with a term left before retirement.
fn successor<'a>(world: &mut World<'a>, seat: &Seat, on: NaiveDate) -> Option<Service<'a>> {
    if !seat.leading {
        return None;
    }
    let wide = seat.level == UnitKind::Province && world.chance.permille(300);
    let (since, until) = (minus_months(on, calendar::seasoning(on)), plus_months(on, 60));
    let ready: Vec<Service> = world
        .serving
        .values()
        .filter(|service| {
            let rungs = service.seat.standing - seat.standing;
            (1..=if service.seat.leading { 200 } else { 360 }).contains(&rungs)
                && service.since <= since
                && service.who.retires >= until
                && (wide || service.seat.area == seat.area)
                && seat.suits(service.who, on)
                && free(world, service)
        })
        .copied()
        .collect();
    let outside = if seat.in_story { 500 } else { 300 };
    if seat.standing >= 350 && world.chance.permille(outside) { None } else { world.chance.pick(&ready) }
}

/// Leaders of the Youth Union who are no longer young go on to something else.
fn outgrown(world: &mut World, on: NaiveDate) {
    for service in services(world) {
        if service.seat.wanted != Wanted::Young || calendar::age(service.who.born, on) < 37 || !free(world, &service) {
            continue;
        }
        let open: Vec<&Seat> = world
            .vacant(on)
            .filter(|seat| seat.area == service.seat.area && seat.leading && seat.wanted == Wanted::Anybody)
            .filter(|seat| (seat.standing - service.seat.standing).abs() <= 150)
            .collect();
        if let Some(seat) = world.chance.pick(&open) {
            world.promote(service.who, seat, on);
        }
    }
}

/// Concurrent seats follow the main ones that they go with.
pub(super) fn concurrent(world: &mut World, on: NaiveDate) {
    let pairs = world.pairs.clone();
    for (main, side) in &pairs {
        let holder = world.holders.get(&main.no).copied();
        let beside = world.holders.get(&side.no).copied();
        if let Some(person) = beside.filter(|person| Some(*person) != holder) {
            world.drop_concurrent(person, side.no, on, "reassigned");
        }
    }
    for (main, side) in &pairs {
        let holder = world.holders.get(&main.no).and_then(|person| world.serving.get(person)).copied();
        if let Some(service) = holder.filter(|_| side.during.holds(on) && !world.holders.contains_key(&side.no)) {
            world.appoint(service.who, side, on);
        }
    }
}
