//! Cases: rotation, transfer and secondment as linked moves.
//!
//! In the districts (but the one of the article) and in the province, people go down, come up and change places. What a
//! rotation needs by regulation is there: a leading post, planning, ten years before retirement; only the article's
//! person was no leader when sent.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::calendar::{REFORM, day, minus_days, minus_months, plus_months, seasoning};
use super::chance::Chance;
use super::plannings;
use super::seats::{Seat, Wanted};
use super::staffing::free;
use super::world::{Seconded, Service, World};
use super::{PersonNo, PlannedCase, PlannedMove, PostNo};
use crate::organisations::model::UnitKind;

/// One person's part: who, to which seat, as what.
type Part<'a> = (Service<'a>, &'a Seat, &'static str);

const SECONDMENT_MONTHS: u32 = 24;
/// Nobody is away on secondment when bodies begin to merge.
const LAST_SECONDMENT_BACK: NaiveDate = day(2025, 1, 31);

/// Where a case plays: who prepares it, and which seats are above and below.
struct Field {
    unit: String,
    district: Option<String>,
    on: NaiveDate,
}

impl Field {
    fn above(&self, seat: &Seat) -> bool {
        let level = match &self.district {
            Some(district) => seat.level == UnitKind::District && seat.area == *district && seat.standing >= 300,
            None => seat.level == UnitKind::Province && seat.standing >= 290,
        };
        level && seat.leading && seat.standing <= 460 && seat.wanted == Wanted::Anybody && !seat.in_story
    }

    fn below(&self, seat: &Seat) -> bool {
        let level = match &self.district {
            Some(district) => seat.level == UnitKind::Commune && seat.area == *district && seat.standing <= 375,
            None if self.on < REFORM => seat.level == UnitKind::District && seat.standing <= 190,
            None => seat.level == UnitKind::Commune && seat.standing <= 375,
        };
        level && seat.leading && seat.wanted == Wanted::Anybody && !seat.in_story
    }
}

fn rank(level: UnitKind) -> u8 {
    match level {
        UnitKind::Province => 2,
        UnitKind::District => 1,
        _ => 0,
    }
}

fn direction(from: &Seat, to: &Seat) -> &'static str {
    match rank(from.level).cmp(&rank(to.level)) {
        std::cmp::Ordering::Greater => "down",
        std::cmp::Ordering::Less => "up",
        std::cmp::Ordering::Equal => "sideways",
    }
}

/// The cases of a month.
pub(super) fn month(world: &mut World, on: NaiveDate) {
    for _ in 0..=world.chance.below(3) {
        let field = field(world, on);
        let parts = match world.chance.below(20) {
            0..6 => exchange(world, &field),
            6..10 => descent(world, &field),
            10..15 => swap(world, &field),
            15..17 => ring(world, &field),
            17..19 => ascent(world, &field),
            _ => secondment(world, &field),
        };
        if let Some(parts) = parts {
            for (service, ..) in parts.iter().filter(|(.., kind)| *kind == "rotation") {
                plannings::ensure(world, service, on);
            }
            open(world, on, &field.unit, &parts);
        }
    }
}

fn field(world: &mut World, on: NaiveDate) -> Field {
    let districts: BTreeSet<&str> = world
        .seats
        .iter()
        .filter(|seat| seat.level == UnitKind::District && !seat.in_story)
        .map(|seat| seat.area.as_str())
        .collect();
    let districts: Vec<&str> = districts.into_iter().collect();
    let district = (on < REFORM && world.chance.permille(700)).then(|| world.chance.pick(&districts)).flatten();
    let unit = district.unwrap_or("province").to_owned();
    Field { unit, district: district.map(str::to_owned), on }
}

/// Somebody who has been in such a seat long enough and has `years` left.
fn somebody<'a>(world: &mut World<'a>, on: NaiveDate, years: u32, fits: impl Fn(&Seat) -> bool) -> Option<Service<'a>> {
    let (since, until) = (minus_months(on, seasoning(on)), plus_months(on, years * 12));
    let all: Vec<Service> = world
        .serving
        .values()
        .filter(|service| service.since <= since && service.who.retires >= until)
        .filter(|service| fits(service.seat) && free(world, service))
        .copied()
        .collect();
    world.chance.pick(&all)
}

fn vacancy<'a>(world: &mut World<'a>, on: NaiveDate, fits: impl Fn(&Seat) -> bool) -> Option<&'a Seat> {
    let all: Vec<&Seat> = world.vacant(on).filter(|seat| fits(seat)).collect();
    world.chance.pick(&all)
}

/// One goes down, and the one whose place that was comes up.
fn exchange<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let down = somebody(world, field.on, 10, |seat| field.above(seat))?;
    let up = somebody(world, field.on, 5, |seat| field.below(seat))?;
    Some(vec![(down, up.seat, "rotation"), (up, down.seat, "transfer")])
}

/// One goes down into a vacancy.
fn descent<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let down = somebody(world, field.on, 10, |seat| field.above(seat))?;
    let to = vacancy(world, field.on, |seat| field.below(seat))?;
    Some(vec![(down, to, "rotation")])
}

/// Two of the same title change places, so that neither leads at home for ever.
fn swap<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let one = somebody(world, field.on, 10, |seat| field.below(seat))?;
    let same = |seat: &Seat| seat.title == one.seat.title && seat.place != one.seat.place && field.below(seat);
    let other = somebody(world, field.on, 10, same)?;
    let head = one.seat.title.ends_with("secretary") || one.seat.title.ends_with("committee_chair");
    let kind = if head { "rotation" } else { "transfer" };
    Some(vec![(one, other.seat, kind), (other, one.seat, kind)])
}

/// One goes down, one aside, one up.
fn ring<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let down = somebody(world, field.on, 10, |seat| field.above(seat))?;
    let aside = somebody(world, field.on, 5, |seat| field.below(seat))?;
    let up = somebody(world, field.on, 5, |seat| field.below(seat) && seat.place != aside.seat.place)?;
    Some(vec![(down, aside.seat, "rotation"), (aside, up.seat, "transfer"), (up, down.seat, "transfer")])
}

/// Somebody rotated down at least 36 months ago comes back up.
fn ascent<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let back: Vec<Service> = world
        .rotated
        .iter()
        .filter(|(_, (since, _))| *since <= minus_months(field.on, 36))
        .filter_map(|(person, (_, at))| world.serving.get(person).filter(|service| service.seat.no == *at))
        .filter(|service| field.below(service.seat) && free(world, service))
        .filter(|service| service.who.retires >= plus_months(field.on, 60))
        .copied()
        .collect();
    let back = world.chance.pick(&back)?;
    let to = vacancy(world, field.on, |seat| field.above(seat))?;
    Some(vec![(back, to, "transfer")])
}

/// A specialist of the province helps out below for a time; the seat is kept.
fn secondment<'a>(world: &mut World<'a>, field: &Field) -> Option<Vec<Part<'a>>> {
    let on = field.on;
    if on < REFORM && plus_months(on, SECONDMENT_MONTHS) > LAST_SECONDMENT_BACK {
        return None;
    }
    let who = somebody(world, on, 5, |seat| seat.level == UnitKind::Province && !seat.leading)?;
    let to = vacancy(world, on, |seat| {
        let level = if on < REFORM { UnitKind::District } else { UnitKind::Commune };
        seat.level == level && !seat.leading && !seat.in_story
    })?;
    Some(vec![(who, to, "secondment")])
}

/// Decides a case that takes effect on the day.
pub(super) fn open<'a>(world: &mut World<'a>, on: NaiveDate, unit: &str, parts: &[Part<'a>]) {
    // Days of decision rise with the numbers of decisions, so both are close to the day itself.
    let decided_on = minus_days(on, 5);
    let sign = if unit == "province" { "TU" } else { "HU" };
    let decision = world.decision(decided_on, sign);
    let case = case(world, on, unit, "effective", Some((decision, decided_on)), parts);
    let moves: Vec<(Service, &Seat)> = parts.iter().map(|(service, to, _)| (*service, *to)).collect();
    world.carry_out(on, case, &moves);
    for (service, to, kind) in parts {
        match *kind {
            "rotation" if direction(service.seat, to) == "down" => {
                world.rotated.insert(service.who.no, (on, to.no));
            }
            "secondment" => {
                let back_on = plus_months(on, SECONDMENT_MONTHS).with_day(1).unwrap_or(on);
                world.reserved.insert(service.seat.no);
                world.seconded.insert(service.who.no, Seconded { home: service.seat, at: to.no, back_on });
            }
            _ => {}
        }
    }
}

fn case(
    world: &mut World,
    on: NaiveDate,
    unit: &str,
    state: &'static str,
    decision: Option<(String, NaiveDate)>,
    parts: &[Part],
) -> PlannedCase {
    let number = format!("LC-{}-{:03}", on.year(), world.next_case(on));
    let subject = match parts.first() {
        Some((.., "secondment")) => "Biệt phái công chức tăng cường cơ sở",
        Some((.., "rotation")) if parts.len() > 1 => "Luân chuyển, điều động cán bộ lãnh đạo, quản lý",
        Some((.., "rotation")) => "Luân chuyển cán bộ lãnh đạo, quản lý",
        _ => "Điều động cán bộ lãnh đạo, quản lý",
    };
    let moves = parts
        .iter()
        .map(|(service, to, kind)| PlannedMove {
            person: service.who.no,
            kind,
            direction: direction(service.seat, to),
            from: service.seat.no,
            to: to.no,
            expected_end_on: match *kind {
                "rotation" => Some(minus_days(plus_months(on, 36), 1)),
                "secondment" => plus_months(on, SECONDMENT_MONTHS).with_day(1).map(|back| minus_days(back, 1)),
                _ => None,
            },
            reason: match *kind {
                "rotation" => "Đào tạo, rèn luyện cán bộ trong quy hoạch qua thực tiễn",
                "secondment" => "Nhiệm vụ đột xuất, thực hiện trong thời gian nhất định",
                _ => "Yêu cầu nhiệm vụ, bố trí cán bộ giữa các cơ quan",
            },
        })
        .collect();
    let (decision_number, decided_on) = decision.unzip();
    PlannedCase {
        number,
        procedure: "direct",
        subject: subject.to_owned(),
        unit: unit.to_owned(),
        decision_issuer: if unit == "province" {
            "Ban Thường vụ Tỉnh ủy"
        } else {
            "Ban Thường vụ Huyện ủy"
        },
        decision_number,
        decided_on,
        effective_from: on,
        state,
        moves,
    }
}

/// Those whose secondment is over go back to the seats kept for them.
pub(super) fn returns(world: &mut World, month: NaiveDate) {
    let back: Vec<(PersonNo, Seconded)> =
        world.seconded.iter().filter(|(_, away)| away.back_on <= month).map(|(who, away)| (*who, *away)).collect();
    for (person, away) in back {
        world.seconded.remove(&person);
        world.reserved.remove(&away.home.no);
        if let Some(service) = world.serving.get(&person).copied().filter(|service| service.seat.no == away.at) {
            world.vacate(service.who, month, "secondment_ended");
            world.appoint(service.who, away.home, month);
        }
    }
}

/// Who and what is in a case that the last day leaves open.
#[derive(Default)]
struct Taken {
    people: BTreeSet<PersonNo>,
    seats: BTreeSet<PostNo>,
}

/// Cases without steps that the last day leaves open: decided for later, still prepared, withdrawn.
const DIRECT: [&str; 8] =
    ["decided", "decided", "decided", "prepared", "prepared", "prepared", "withdrawn", "withdrawn"];

/// Cases that take steps, one in each state.
const STEPPED: [(&str, &str); 13] = [
    ("five_steps", "policy_proposed"),
    ("five_steps", "policy_approved"),
    ("five_steps", "people_proposed"),
    ("five_steps", "prepared"),
    ("five_steps", "exchanged"),
    ("five_steps", "decided"),
    ("five_steps", "refused"),
    ("five_steps", "withdrawn"),
    ("agreement", "prepared"),
    ("agreement", "exchanged"),
    ("agreement", "decided"),
    ("agreement", "refused"),
    ("agreement", "withdrawn"),
];

/// What those that take steps are drawn from.
const APART: u64 = 9;

/// Tries until people are found who are in no other open case.
const TRIES: usize = 40;

/// Cases that the last day leaves open, each with its own people and seats.
pub(super) fn pending(world: &mut World, last_day: NaiveDate) {
    let mut taken = Taken::default();
    for (nth, state) in (1_u32..).zip(DIRECT) {
        leave_open(world, last_day, nth, ("direct", state), &mut taken);
    }
    // Drawn apart: what is planned later is the same with and without them.
    let chance = std::mem::replace(&mut world.chance, Chance::new(APART));
    for (nth, wanted) in (9_u32..).zip(STEPPED) {
        let mut tries = 0..TRIES;
        while tries.next().is_some() && !leave_open(world, last_day, nth, wanted, &mut taken) {}
    }
    world.chance = chance;
}

fn leave_open(
    world: &mut World,
    last_day: NaiveDate,
    nth: u32,
    (procedure, state): (&'static str, &'static str),
    taken: &mut Taken,
) -> bool {
    let field = Field { unit: "province".to_owned(), district: None, on: last_day };
    let parts = match procedure {
        "direct" if nth % 2 == 1 => descent(world, &field),
        "agreement" if nth % 2 == 1 => secondment(world, &field).or_else(|| exchange(world, &field)),
        _ => exchange(world, &field),
    };
    let is_taken = |(service, to, _): &Part| {
        taken.people.contains(&service.who.no) || taken.seats.contains(&service.seat.no) || taken.seats.contains(&to.no)
    };
    let Some(parts) = parts.filter(|parts| !parts.iter().any(is_taken)) else { return false };
    for (service, to, kind) in &parts {
        taken.people.insert(service.who.no);
        taken.seats.extend([service.seat.no, to.no]);
        if *kind == "rotation" {
            plannings::ensure(world, service, last_day);
        }
    }
    let decided_on = minus_days(last_day, 4);
    let decision = (state == "decided").then(|| (world.decision(decided_on, "TU"), decided_on));
    let effective_from = plus_months(day(2026, 11, 1), 1 + nth / 4);
    let case = case(world, effective_from, "province", state, decision, &parts);
    world.carry_out(last_day, PlannedCase { procedure, ..case }, &[]);
    true
}
