//! The district of Mường Chà as the article tells it: six moves, three down and three between bodies, and one career.
//!
//! The six are scripted: who goes, from where to where, and when. Whoever sits in the way retires in time, so that no
//! other case touches the district. The return of the article's person in 2020 is an ordinary appointment, for the
//! article counts six moves in all.

use chrono::NaiveDate;

use super::calendar::{REFORM, day};
use super::people::Fixed;
use super::seats::Seat;
use super::world::{Service, World};
use super::{PersonNo, PlanFault, cases, plannings, staffing};

struct Move {
    from: &'static str,
    to: &'static str,
    on: NaiveDate,
    kind: &'static str,
    born: NaiveDate,
    female: bool,
    /// Whoever sits there before is a man born that day, so retires in time.
    before: NaiveDate,
}

/// The article's person is the first.
const MOVES: [Move; 6] = [
    Move {
        from: "district_inspector:1@district_inspectorate@district:097",
        to: "commune_people_committee_vice_chair:1@commune_people_committee_until_2025@commune_until_2025:03200",
        on: day(2018, 3, 1),
        kind: "rotation",
        born: day(1984, 8, 17),
        female: false,
        before: day(1957, 12, 5),
    },
    Move {
        from: "district_division_head:1@district_home_affairs_division@district:097",
        to: "commune_party_secretary:1@commune_party_committee_until_2025@commune_until_2025:03190",
        on: day(2019, 5, 15),
        kind: "rotation",
        born: day(1979, 4, 9),
        female: false,
        before: day(1959, 2, 11),
    },
    Move {
        from: "district_party_board_deputy_head:1@district_party_mobilisation_board@district:097",
        to: "commune_people_committee_chair:1@commune_people_committee_until_2025@commune_until_2025:03196",
        on: day(2021, 6, 15),
        kind: "rotation",
        born: day(1985, 11, 23),
        female: true,
        before: day(1960, 12, 20),
    },
    Move {
        from: "district_division_deputy_head:1@district_finance_planning_division@district:097",
        to: "district_office_deputy_chief:1@district_office@district:097",
        on: day(2017, 9, 15),
        kind: "transfer",
        born: day(1980, 1, 30),
        female: true,
        before: day(1957, 6, 2),
    },
    Move {
        from: "district_party_board_head:1@district_party_propaganda_board@district:097",
        to: "district_front_chair:1@district_front@district:097",
        on: day(2020, 6, 15),
        kind: "transfer",
        born: day(1974, 10, 12),
        female: false,
        before: day(1960, 2, 8),
    },
    Move {
        from: "district_division_head:1@district_justice_division@district:097",
        to: "district_division_head:1@district_culture_information_division@district:097",
        on: day(2022, 11, 15),
        kind: "transfer",
        born: day(1977, 3, 3),
        female: false,
        before: day(1962, 1, 14),
    },
];

const RETURN: &str = "district_deputy_chief_inspector:1@district_inspectorate@district:097";
const RETURN_ON: NaiveDate = day(2020, 4, 1);
const BEFORE_RETURN: NaiveDate = day(1959, 12, 1);
/// Where the article's person is since the district ended.
pub(super) const AFTER: &str = "commune_party_inspection_chair:1@commune_party_inspection@commune:03172";

/// Seats the people of the story, and those who sit in their way. Gives the person of the article.
pub(super) fn found(world: &mut World) -> Result<PersonNo, PlanFault> {
    let mut movers = Vec::new();
    for planned in &MOVES {
        let seat = world.seat(planned.from)?;
        let fixed = Fixed { born: Some(planned.born), female: Some(planned.female), graduate: true };
        movers.push(staffing::settle(world, seat, fixed).no);
        in_the_way(world, planned.to, planned.before)?;
    }
    in_the_way(world, RETURN, BEFORE_RETURN)?;
    let after = world.seat(AFTER)?;
    world.reserved.insert(after.no);
    world.pinned.extend(&movers);
    movers.first().copied().ok_or_else(|| PlanFault::NoSeat("story".to_owned()))
}

fn in_the_way(world: &mut World, key: &str, born: NaiveDate) -> Result<(), PlanFault> {
    let seat = world.seat(key)?;
    let who = staffing::settle(world, seat, Fixed { born: Some(born), female: Some(false), graduate: false });
    world.pinned.insert(who.no);
    world.reserved.insert(seat.no);
    Ok(())
}

/// What the script says for a day.
pub(super) fn proceed(world: &mut World, story: PersonNo, on: NaiveDate) -> Result<(), PlanFault> {
    for planned in MOVES.iter().filter(|planned| planned.on == on) {
        let (from, to) = (world.seat(planned.from)?, world.seat(planned.to)?);
        let Some(service) = holder(world, from) else { continue };
        world.reserved.remove(&to.no);
        plannings::ensure(world, &service, on);
        cases::open(world, on, super::seats::STORY_DISTRICT, &[(service, to, planned.kind)]);
    }
    if on == RETURN_ON {
        let seat = world.seat(RETURN)?;
        world.reserved.remove(&seat.no);
        if let Some(service) = world.serving.get(&story).copied() {
            world.promote(service.who, seat, on);
        }
    }
    if on == REFORM {
        let rest: Vec<PersonNo> = world.pinned.iter().copied().filter(|person| *person != story).collect();
        for person in rest {
            world.pinned.remove(&person);
        }
    }
    Ok(())
}

fn holder<'a>(world: &World<'a>, seat: &Seat) -> Option<Service<'a>> {
    world.holders.get(&seat.no).and_then(|person| world.serving.get(person)).copied()
}
