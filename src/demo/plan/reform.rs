//! What becomes of people whose body ends: the provincial mergers of early 2025, and the end of the districts and of the
//! old communes on 1 July 2025.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::calendar::{REFORM, plus_months};
use super::seats::Seat;
use super::world::{Service, World};
use super::{PersonNo, staffing, story as script};
use crate::organisations::model::UnitKind;

/// Which provincial body took the people of which.
const SUCCESSORS: [(&str, &str); 13] = [
    ("province_party_propaganda_board", "province_party_propaganda_mobilisation_board"),
    ("province_party_mobilisation_board", "province_party_propaganda_mobilisation_board"),
    ("province_party_bloc_committee", "province_party_government_committee"),
    ("province_party_bloc_committee", "province_party_bodies_committee"),
    ("province_planning_investment_department", "province_finance_department"),
    ("province_agriculture_rural_department", "province_agriculture_environment_department"),
    ("province_resources_environment_department", "province_agriculture_environment_department"),
    ("province_transport_department", "province_construction_department"),
    ("province_information_communications_department", "province_science_technology_department"),
    ("province_labour_society_department", "province_home_affairs_department"),
    ("province_ethnic_board", "province_ethnic_religious_affairs_department"),
    ("province_newspaper", "province_press"),
    ("province_broadcaster", "province_press"),
];

/// How many of the leading seats of a new commune are filled on its first day, in a thousand.
const LEADING_FROM_THE_START: u32 = 920;

/// Moves everybody whose seat ends on the day.
pub(super) fn reorganise(world: &mut World, story: PersonNo, on: NaiveDate) {
    let ended: Vec<Service> =
        staffing::services(world).into_iter().filter(|service| service.seat.during.to() == Some(on)).collect();
    for service in &ended {
        world.vacate(service.who, on, "post_ended");
    }
    let (mut province, below): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|service| service.seat.level == UnitKind::Province);
    province.sort_by_key(|service| (service.seat.standing, service.who.no));
    let mut left = Vec::new();
    for service in province {
        let taken_over =
            |seat: &Seat| SUCCESSORS.iter().any(|(old, new)| *old == service.seat.template && *new == seat.template);
        if !place(world, &service, on, taken_over) {
            left.push(service);
        }
    }
    if on == REFORM {
        left.extend(communes(world, story, below));
    }
    for service in left {
        // Many of those without a seat took the severance that was on offer; the others went where there was need.
        let stays = place(world, &service, on, |seat| seat.level == UnitKind::Province)
            || world.chance.permille(650)
                && place(world, &service, on, |seat| seat.level == UnitKind::Commune && !seat.leading);
        if !stays {
            go(world, &service, on);
        }
    }
}

/// Gives a vacant seat that is not higher than the one lost, the nearest first.
fn place(world: &mut World, service: &Service, on: NaiveDate, fits: impl Fn(&Seat) -> bool) -> bool {
    let seat = world
        .vacant(on)
        .filter(|seat| fits(seat) && seat.standing >= service.seat.standing && seat.suits(service.who, on))
        .filter(|seat| service.seat.leading || !seat.leading)
        .min_by_key(|seat| (seat.standing, seat.no));
    if let Some(seat) = seat {
        world.appoint(service.who, seat, on);
    }
    seat.is_some()
}

fn go(world: &mut World, service: &Service, on: NaiveDate) {
    // Early retirement was on offer to those with less than five years to go.
    let status = if service.who.retires < plus_months(on, 60) { "retired" } else { "left" };
    world.leave(service.who, on, status);
}

/// Staffs the new communes from the old ones that went into them and from the districts. Gives those without a seat.
fn communes<'a>(world: &mut World<'a>, story: PersonNo, people: Vec<Service<'a>>) -> Vec<Service<'a>> {
    let mut left = Vec::new();
    let mut pools: BTreeMap<&str, Vec<Service>> = BTreeMap::new();
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (old, new) in &world.lineage {
        if let Some(seat) = world.seats.iter().find(|seat| seat.place == *old) {
            targets.entry(seat.area.as_str()).or_default().insert(new);
        }
    }
    let mut turn: BTreeMap<&str, usize> = BTreeMap::new();
    for service in people {
        if service.who.no == story && told(world, &service) {
            continue;
        }
        let near = service.who.retires < plus_months(REFORM, 30);
        if near && world.chance.permille(400) {
            go(world, &service, REFORM);
        } else if service.seat.level == UnitKind::District && world.chance.permille(120) {
            left.push(service);
        } else if let Some(new) = world.lineage.get(service.seat.place.as_str()) {
            pools.entry(new).or_default().push(service);
        } else if let Some(communes) = targets.get(service.seat.area.as_str()) {
            let turn = turn.entry(service.seat.area.as_str()).or_default();
            if let Some(new) = communes.iter().nth(*turn % communes.len().max(1)) {
                pools.entry(new).or_default().push(service);
            }
            *turn += 1;
        }
    }
    for (commune, mut pool) in pools {
        pool.sort_by_key(|service| (service.seat.standing, service.who.no));
        let mut seats: Vec<&Seat> = world.vacant(REFORM).filter(|seat| seat.place == commune).collect();
        seats.sort_by_key(|seat| (seat.standing, seat.no));
        for seat in seats {
            if seat.leading && seat.standing > 340 && !world.chance.permille(LEADING_FROM_THE_START) {
                continue;
            }
            if let Some(at) = best(&pool, seat) {
                let service = pool.remove(at);
                world.appoint(service.who, seat, REFORM);
            }
        }
        left.extend(pool);
    }
    left
}

/// The first of the right branch among the most senior, else the most senior who suits.
fn best(pool: &[Service], seat: &Seat) -> Option<usize> {
    let suits = |service: &Service| seat.suits(service.who, REFORM);
    let near = |service: &Service| suits(service) && service.seat.category == seat.category;
    pool.iter().take(8).position(near).or_else(|| pool.iter().position(suits))
}

/// The person of the article goes where the story says.
fn told(world: &mut World, service: &Service) -> bool {
    let Ok(seat) = world.seat(script::AFTER) else { return false };
    world.reserved.remove(&seat.no);
    world.appoint(service.who, seat, REFORM);
    true
}
