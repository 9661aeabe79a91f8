//! The state of the simulation: who sits where. Every change goes through here, so that the steps and the state agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::calendar::{self, Retirement};
use super::chance::Chance;
use super::people::Names;
use super::seats::{CONCURRENT, Seat};
use super::{Happening, PersonNo, PlanFault, PlannedCase, PlannedPerson, PlannedPlanning, PostNo, Step};
use crate::organisations::founding::Founding;
use crate::organisations::model::UnitKind;

/// A person as the simulation knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    pub(super) no: PersonNo,
    pub(super) born: NaiveDate,
    pub(super) female: bool,
    /// Last day of service by age.
    pub(super) retires: NaiveDate,
}

/// A person in their main seat.
#[derive(Clone, Copy)]
pub(super) struct Service<'a> {
    pub(super) who: Who,
    pub(super) seat: &'a Seat,
    pub(super) since: NaiveDate,
}

/// A person sent elsewhere for a time, whose seat is kept.
#[derive(Clone, Copy)]
pub(super) struct Seconded<'a> {
    pub(super) home: &'a Seat,
    pub(super) at: PostNo,
    pub(super) back_on: NaiveDate,
}

pub(super) struct World<'a> {
    pub(super) seats: &'a [Seat],
    by_key: BTreeMap<&'a str, &'a Seat>,
    /// Main seat and the concurrent one that goes with it.
    pub(super) pairs: Vec<(&'a Seat, &'a Seat)>,
    pub(super) names: Names,
    /// Communes of before the reform: what they are called with their district, and their key.
    pub(super) natives: Vec<(String, String)>,
    pub(super) lineage: BTreeMap<&'a str, &'a str>,
    pub(super) retirement: Retirement,
    pub(super) chance: Chance,
    pub(super) people: Vec<PlannedPerson>,
    pub(super) plannings: Vec<PlannedPlanning>,
    pub(super) steps: Vec<Step>,
    pub(super) holders: BTreeMap<PostNo, PersonNo>,
    pub(super) serving: BTreeMap<PersonNo, Service<'a>>,
    pub(super) concurrent: BTreeMap<PersonNo, BTreeSet<PostNo>>,
    /// People whose way the story tells: nobody else moves them.
    pub(super) pinned: BTreeSet<PersonNo>,
    /// Seats kept for somebody.
    pub(super) reserved: BTreeSet<PostNo>,
    /// When somebody was rotated down, for the way back.
    pub(super) rotated: BTreeMap<PersonNo, (NaiveDate, PostNo)>,
    pub(super) seconded: BTreeMap<PersonNo, Seconded<'a>>,
    pub(super) numbers: BTreeSet<String>,
    decisions: BTreeMap<(i32, &'static str), u32>,
}

impl<'a> World<'a> {
    pub(super) fn new(seed: u64, founding: &'a Founding, seats: &'a [Seat]) -> Result<Self, PlanFault> {
        let by_key: BTreeMap<&str, &Seat> = seats.iter().map(|seat| (seat.key.as_str(), seat)).collect();
        let mut pairs = Vec::new();
        for seat in seats.iter().filter(|seat| seat.full_time) {
            for (_, main, template, side) in CONCURRENT.iter().filter(|(template, ..)| *template == seat.template) {
                if seat.key.split('@').next() == Some(main) {
                    pairs.extend(
                        by_key.get(format!("{side}@{template}@{}", seat.place).as_str()).map(|side| (seat, *side)),
                    );
                }
            }
        }
        let names_of: BTreeMap<&str, &str> = founding
            .units
            .iter()
            .filter_map(|unit| Some((unit.key.as_str(), unit.versions.first()?.name.as_str())))
            .collect();
        let natives = founding
            .units
            .iter()
            .filter(|unit| unit.key.starts_with("commune_until_2025:"))
            .filter_map(|unit| {
                let version = unit.versions.first()?;
                let district = names_of.get(version.parent.as_deref()?)?;
                Some((format!("{}, {}, Tỉnh Điện Biên", version.name, district), unit.key.clone()))
            })
            .collect();
        let lineage = founding
            .lineage
            .iter()
            .filter(|edge| edge.to.starts_with("commune:"))
            .map(|edge| (edge.from.as_str(), edge.to.as_str()))
            .collect();
        Ok(Self {
            seats,
            by_key,
            pairs,
            names: Names::read()?,
            natives,
            lineage,
            retirement: Retirement::read()?,
            chance: Chance::new(seed),
            people: Vec::new(),
            plannings: Vec::new(),
            steps: Vec::new(),
            holders: BTreeMap::new(),
            serving: BTreeMap::new(),
            concurrent: BTreeMap::new(),
            pinned: BTreeSet::new(),
            reserved: BTreeSet::new(),
            rotated: BTreeMap::new(),
            seconded: BTreeMap::new(),
            numbers: BTreeSet::new(),
            decisions: BTreeMap::new(),
        })
    }

    pub(super) fn seat(&self, key: &str) -> Result<&'a Seat, PlanFault> {
        self.by_key.get(key).copied().ok_or_else(|| PlanFault::NoSeat(key.to_owned()))
    }

    /// Seats that exist on a day, are nobody's, and are kept for nobody.
    pub(super) fn vacant(&self, on: NaiveDate) -> impl Iterator<Item = &'a Seat> + '_ {
        self.seats.iter().filter(move |seat| {
            seat.full_time
                && seat.during.holds(on)
                && !self.holders.contains_key(&seat.no)
                && !self.reserved.contains(&seat.no)
        })
    }

    /// The next number of a decision in a year, such as `17-QĐ/TU`.
    pub(super) fn decision(&mut self, on: NaiveDate, sign: &'static str) -> String {
        let number = self.decisions.entry((on.year(), sign)).or_default();
        *number += 1;
        format!("{number}-QĐ/{sign}")
    }

    /// The next number of a case in a year.
    pub(super) fn next_case(&mut self, on: NaiveDate) -> u32 {
        let number = self.decisions.entry((on.year(), "case")).or_default();
        *number += 1;
        *number
    }

    fn push(&mut self, day: NaiveDate, what: Happening) {
        self.steps.push(Step { day, what });
    }

    /// Takes a seat that is free, by an ordinary decision.
    pub(super) fn appoint(&mut self, who: Who, seat: &'a Seat, on: NaiveDate) {
        // Between congresses and elections leaders are designated, as all were on the day of the reform.
        let basis = if on == calendar::REFORM && seat.basis == "elected" { "designated" } else { seat.basis };
        let sign = if seat.level == UnitKind::Province || on >= calendar::REFORM { "TU" } else { "HU" };
        let back = u64::try_from(self.chance.between(1, 9)).unwrap_or(1);
        let decided_on = calendar::minus_days(on, back);
        let decision_number = self.decision(decided_on, sign);
        self.push(on, Happening::Appoint { person: who.no, post: seat.no, basis, decision_number, decided_on });
        self.sit(who, seat, on);
    }

    fn sit(&mut self, who: Who, seat: &'a Seat, on: NaiveDate) {
        self.holders.insert(seat.no, who.no);
        if seat.full_time {
            self.serving.insert(who.no, Service { who, seat, since: on });
        } else {
            self.concurrent.entry(who.no).or_default().insert(seat.no);
        }
    }

    /// Gives up the concurrent seats, which do not follow their holder.
    fn shed(&mut self, who: Who, on: NaiveDate, reason: &'static str) {
        for post in self.concurrent.remove(&who.no).unwrap_or_default() {
            self.holders.remove(&post);
            self.push(on, Happening::End { person: who.no, post, reason });
        }
    }

    /// Gives up everything.
    pub(super) fn vacate(&mut self, who: Who, on: NaiveDate, reason: &'static str) {
        self.shed(who, on, reason);
        if let Some(service) = self.serving.remove(&who.no) {
            self.holders.remove(&service.seat.no);
            self.push(on, Happening::End { person: who.no, post: service.seat.no, reason });
        }
    }

    /// Gives up one concurrent seat, whose main one belongs to somebody else or whose period is over.
    pub(super) fn drop_concurrent(&mut self, person: PersonNo, post: PostNo, on: NaiveDate, reason: &'static str) {
        self.holders.remove(&post);
        if let Some(posts) = self.concurrent.get_mut(&person) {
            posts.remove(&post);
        }
        self.push(on, Happening::End { person, post, reason });
    }

    /// Leaves the seat held for another, by ordinary decisions.
    pub(super) fn promote(&mut self, who: Who, to: &'a Seat, on: NaiveDate) {
        self.vacate(who, on, "reassigned");
        self.appoint(who, to, on);
    }

    /// Leaves service.
    pub(super) fn leave(&mut self, who: Who, on: NaiveDate, status: &'static str) {
        self.vacate(who, on, status);
        self.push(on, Happening::Leave { person: who.no, status });
        if let Some(seconded) = self.seconded.remove(&who.no) {
            self.reserved.remove(&seconded.home.no);
        }
    }

    /// Records a case, and where it takes effect moves its people: all leave before any enters.
    pub(super) fn carry_out(&mut self, on: NaiveDate, case: PlannedCase, moves: &[(Service<'a>, &'a Seat)]) {
        if case.state == "effective" {
            for (service, _) in moves {
                self.shed(service.who, on, "reassigned");
            }
            for (service, _) in moves {
                self.serving.remove(&service.who.no);
                self.holders.remove(&service.seat.no);
            }
            for (service, to) in moves {
                self.sit(service.who, to, on);
            }
        }
        self.push(on, Happening::Case(case));
    }
}
