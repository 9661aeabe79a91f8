//! Who goes to which course, and how it ends.
//!
//! First the district of the article gets the passes that its reports must show: those who will leave it soonest go
//! first, so that as many as possible have been. Then the courses fill from the rest of the province; nobody of the
//! district passes anything of the counted kinds beside.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::calendar::{self, LAST_DAY, REFORM};
use super::courses::{Class, OFFERS, classes};
use super::replay::{Spell, Spells};
use super::seats::Seat;
use super::world::World;
use super::{PersonNo, PlanFault, PlannedCourse, PlannedEnrolment, PlannedProgramme};
use crate::organisations::model::UnitKind;

/// What the district of the article passes before July 2025: programmes, how many, and what that is.
const TOTALS: [(&[&str], usize, &str); 8] = [
    (&["LLCT-TC"], 280, "intermediate political theory"),
    (&["LLCT-CC"], 28, "advanced political theory"),
    (&["DT-CM-DH"], 92, "professional degrees"),
    (&["DT-SDH-THS"], 12, "postgraduate degrees"),
    (&["QLNN-CD-PHONG", "QLNN-CD-XA"], 80, "state management by title"),
    (&["QLNN-CV"], 108, "state management by rank, specialist"),
    (&["QLNN-CVC"], 30, "state management by rank, senior specialist"),
    (&["VTVL-DANG", "VTVL-HC", "VTVL-TTRA", "VTVL-DV"], 400, "skills of the job position"),
];

/// Kinds whose totals the article gives.
pub(super) const COUNTED: [&str; 6] = [
    "political_theory",
    "professional_degree",
    "postgraduate",
    "job_position_skills",
    "state_management_by_title",
    "state_management_by_rank",
];

/// Subject and level.
type Mark = (&'static str, &'static str);

/// What people hold, with the day of each.
type Marks = BTreeMap<PersonNo, BTreeMap<Mark, NaiveDate>>;

struct Pupils<'a, 'w> {
    world: &'a mut World<'w>,
    /// The main seats of everybody, with their spells.
    careers: BTreeMap<PersonNo, Vec<(Spell, &'w Seat)>>,
    marks: Marks,
}

fn subject(kind: &'static str) -> &'static str {
    match kind {
        "postgraduate" | "professional_degree" => "degree",
        "state_management_by_title" | "state_management_by_rank" => "state_management",
        other => other,
    }
}

/// All programmes, and all courses with their people.
pub(super) fn training(
    world: &mut World,
    spells: &Spells,
) -> Result<(Vec<PlannedProgramme>, Vec<PlannedCourse>), PlanFault> {
    let mut marks = Marks::new();
    for person in &world.people {
        let own = marks.entry(person.no).or_default();
        own.extend(person.qualifications.iter().map(|held| ((held.kind, held.level), held.obtained_on)));
    }
    let main = |spell: &Spell| world.seats.get(spell.post.0).filter(|seat| seat.full_time).map(|seat| (*spell, seat));
    let careers = spells.iter().map(|(person, spells)| (*person, spells.iter().filter_map(main).collect())).collect();
    let mut pupils = Pupils { world, careers, marks };
    let mut classes = classes();
    for (programmes, total, what) in TOTALS {
        pupils.fulfil(&mut classes, programmes, total, what)?;
    }
    for class in &mut classes {
        pupils.fill(class);
    }
    for class in &mut classes {
        let enrolled = i32::try_from(class.planned.enrolments.len()).unwrap_or(0);
        class.planned.seats = (enrolled + 4) / 5 * 5 + 5;
    }
    classes.sort_by(|one, other| (one.start, &one.planned.code).cmp(&(other.start, &other.planned.code)));
    let courses = classes.into_iter().map(|class| class.planned).filter(|course| !course.enrolments.is_empty());
    Ok((OFFERS.iter().map(|offer| offer.programme.clone()).collect(), courses.collect()))
}

impl<'w> Pupils<'_, 'w> {
    fn seat(career: &[(Spell, &'w Seat)], on: NaiveDate) -> Option<&'w Seat> {
        career.iter().find(|(spell, _)| spell.holds(on)).map(|(_, seat)| *seat)
    }

    /// Gives the district's people exactly `total` passes of the programmes together.
    fn fulfil(
        &mut self,
        classes: &mut [Class],
        programmes: &[&str],
        total: usize,
        what: &'static str,
    ) -> Result<(), PlanFault> {
        let mut missing = total;
        let offered = |class: &Class| class.last < REFORM && programmes.contains(&class.planned.programme);
        for sparing in [true, false] {
            let mut to_come = classes.iter().filter(|class| offered(class)).count();
            for class in classes.iter_mut().filter(|class| offered(class)) {
                let share = if sparing { missing.div_ceil(to_come.max(1)) + 1 } else { missing };
                to_come = to_come.saturating_sub(1);
                let mut ready: Vec<(Option<NaiveDate>, PersonNo)> = self
                    .candidates(class)
                    .filter(|(_, seat)| seat.in_story)
                    .map(|(person, _)| (self.leaves_district(person, class.last), person))
                    .collect();
                self.world.chance.shuffle(&mut ready);
                if OFFERS.get(class.offer).is_some_and(|offer| offer.programme.kind != "job_position_skills") {
                    ready.sort_by_key(|(leaves, _)| *leaves);
                }
                for (_, person) in ready.into_iter().take(share.min(missing)) {
                    self.enrol(class, person, "passed");
                    missing -= 1;
                }
            }
        }
        if missing == 0 { Ok(()) } else { Err(PlanFault::TooFew { what, missing }) }
    }

    /// The last day of the person's latest seat in the district, as far as it is known.
    fn leaves_district(&self, person: PersonNo, on: NaiveDate) -> Option<NaiveDate> {
        let career = self
            .careers
            .get(&person)?
            .iter()
            .filter(|(spell, seat)| seat.in_story && spell.to.is_none_or(|to| on < to));
        career.filter_map(|(spell, _)| spell.to).max()
    }

    fn fill(&mut self, class: &mut Class) {
        let Some(offer) = OFFERS.get(class.offer) else { return };
        let counted = COUNTED.contains(&offer.programme.kind);
        let mut ready: Vec<PersonNo> =
            self.candidates(class).filter(|(_, seat)| !(counted && seat.in_story)).map(|(person, _)| person).collect();
        self.world.chance.shuffle(&mut ready);
        for person in ready.into_iter().take(offer.size) {
            let state = match self.world.chance.below(100) {
                _ if class.last > LAST_DAY => "enrolled",
                0..3 => "failed",
                3..6 => "withdrawn",
                _ => "passed",
            };
            self.enrol(class, person, state);
        }
    }

    fn enrol(&mut self, class: &mut Class, person: PersonNo, state: &'static str) {
        let Some(offer) = OFFERS.get(class.offer) else { return };
        let programme = &offer.programme;
        if state == "passed" || state == "enrolled" {
            self.marks
                .entry(person)
                .or_default()
                .entry((subject(programme.kind), programme.level))
                .or_insert(class.last);
        }
        let number = class.planned.enrolments.len() + 1;
        class.planned.enrolments.push(PlannedEnrolment {
            person,
            enrolled_on: class.start,
            state,
            result_on: (state != "enrolled").then_some(class.last),
            certificate_number: (state == "passed").then(|| format!("{}-{number:03}", class.planned.code)),
            reason: (state == "withdrawn").then_some("Bận nhiệm vụ đột xuất, hoãn học"),
        });
    }

    /// Who may go: in service from the first day to the last, in need of it, and prepared for it. With the seat held
    /// on the last day, or on the last day of the plan.
    fn candidates<'b>(&'b self, class: &'b Class) -> impl Iterator<Item = (PersonNo, &'w Seat)> {
        let end = class.last.min(LAST_DAY);
        let taking: BTreeSet<PersonNo> = class.planned.enrolments.iter().map(|enrolment| enrolment.person).collect();
        self.careers.iter().filter_map(move |(person, career)| {
            let seat = Self::seat(career, end)?;
            Self::seat(career, class.start)?;
            (!taking.contains(person) && self.needs(*person, seat, class)).then_some((*person, seat))
        })
    }

    fn needs(&self, person: PersonNo, seat: &Seat, class: &Class) -> bool {
        let Some(offer) = OFFERS.get(class.offer) else { return false };
        let Some(record) = self.world.people.get(person.0) else { return false };
        let none = BTreeMap::new();
        let marks = self.marks.get(&person).unwrap_or(&none);
        let (kind, level) = (offer.programme.kind, offer.programme.level);
        let has = |level| marks.contains_key(&(subject(kind), level));
        let had = |subject, level| marks.get(&(subject, level)).is_some_and(|day| *day < class.start);
        let age = calendar::age(record.born_on, class.start);
        let graduate = had("degree", "university");
        match (kind, level) {
            ("postgraduate", _) => graduate && !has("master") && age <= 38,
            ("professional_degree", "university") => !has("university") && !has("master") && age <= 48,
            ("professional_degree", _) => {
                had("degree", "intermediate") && !has("college") && !has("university") && age <= 45
            }
            ("political_theory", "elementary") => !(has("elementary") || has("intermediate") || has("advanced")),
            ("political_theory", "intermediate") => {
                !has("intermediate") && !has("advanced") && (seat.leading || seat.in_story)
            }
            ("political_theory", _) => {
                had("political_theory", "intermediate") && !has("advanced") && seat.leading && graduate
            }
            ("state_management_by_title", "division_leader") => {
                !has(level) && seat.leading && seat.level != UnitKind::Commune && seat.standing >= 290
            }
            ("state_management_by_title", "commune_leader") => {
                !has(level) && seat.leading && seat.level == UnitKind::Commune
            }
            ("state_management_by_title", _) => {
                !has(level) && seat.leading && seat.standing < 330 && seat.place == "province"
            }
            ("state_management_by_rank", "specialist") => {
                !(has("specialist") || has("senior_specialist") || has("principal_specialist"))
            }
            ("state_management_by_rank", "senior_specialist") => {
                had("state_management", "specialist") && !has("senior_specialist") && !has("principal_specialist")
            }
            ("state_management_by_rank", _) => {
                had("state_management", "senior_specialist") && !has(level) && seat.standing < 300
            }
            ("job_position_skills", _) => true,
            _ => !has(level),
        }
    }
}
