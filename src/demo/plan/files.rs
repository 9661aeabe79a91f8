//! What the files say beside posts, plannings and qualifications: classes of years, ranks, memberships, rewards, disciplines,
//! health certificates, relatives. Drawn after everything else, so that it changes nothing of what happens.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::calendar::{self, LAST_DAY, minus_days, plus_days, plus_months};
use super::replay::{Spell, Spells};
use super::seats::Seat;
use super::world::World;
use super::{PersonNo, PlannedPerson};
use crate::cadres::{
    AssessmentContent, DisciplineContent, DisciplineSide, FamilySide, HealthCertificateContent, MemberOrganisation,
    MembershipContent, RankContent, Relation, RelativeContent, RewardContent, Source,
};
use crate::organisations::model::UnitKind;

/// An entry of a person's file.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedFact<C> {
    /// Whose.
    pub person: PersonNo,
    /// What it says.
    pub content: C,
    /// What it rests on.
    pub source: Source,
}

/// Entries of everybody's file, kind by kind, by person.
#[derive(Debug, Default, Serialize)]
pub struct PlannedFiles {
    /// Classes of the last three years.
    pub assessments: Vec<PlannedFact<AssessmentContent>>,
    /// The present rank and the one before.
    pub ranks: Vec<PlannedFact<RankContent>>,
    /// Of the Party for whoever has joined it, of the youth union for the young.
    pub memberships: Vec<PlannedFact<MembershipContent>>,
    /// Of the last three years.
    pub rewards: Vec<PlannedFact<RewardContent>>,
    /// A few, all of past effect.
    pub disciplines: Vec<PlannedFact<DisciplineContent>>,
    /// Of this year.
    pub health_certificates: Vec<PlannedFact<HealthCertificateContent>>,
    /// Wife or husband and a child of some.
    pub relatives: Vec<PlannedFact<RelativeContent>>,
}

/// The last three years that are over.
const YEARS: [i32; 3] = [2023, 2024, 2025];
const CLASSES: [(&str, u32); 4] = [("excellent", 18), ("good", 72), ("completed", 9), ("not_completed", 1)];
const REWARDS: [(&str, &str); 3] = [
    ("Chiến sĩ thi đua cơ sở", "Hoàn thành xuất sắc nhiệm vụ năm"),
    ("Giấy khen của Chủ tịch Ủy ban nhân dân xã", "Thành tích trong công tác"),
    ("Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh", "Thành tích xuất sắc trong phong trào thi đua"),
];
const OCCUPATIONS: [&str; 5] = ["Giáo viên", "Nông dân", "Nhân viên y tế", "Kinh doanh", "Công chức"];

/// A table of salaries: code of the rank, coefficient of its first step in hundredths, what a step adds, how many steps.
struct Scale(&'static str, i32, i32, i32);

const ASSISTANT: Scale = Scale("assistant", 210, 31, 10);
const SPECIALIST: Scale = Scale("specialist", 234, 33, 9);
const SENIOR: Scale = Scale("senior_specialist", 440, 34, 8);
/// Months of a step.
const STEP: u32 = 36;
/// Steps after which those who lead rise to the next scale.
const RISE: u32 = 4;

/// The files of everybody who ever serves.
pub(super) fn files(world: &mut World, spells: &Spells) -> PlannedFiles {
    let people = std::mem::take(&mut world.people);
    let mut files = PlannedFiles::default();
    for person in &people {
        let own = spells.get(&person.no).map_or(&[][..], Vec::as_slice);
        Writer { world, person, spells: own, files: &mut files }.write();
    }
    world.people = people;
    files
}

/// Writes the file of one person.
struct Writer<'w, 'a> {
    world: &'w mut World<'a>,
    person: &'w PlannedPerson,
    spells: &'w [Spell],
    files: &'w mut PlannedFiles,
}

impl<'a> Writer<'_, 'a> {
    fn write(&mut self) {
        self.assessments();
        self.ranks();
        self.memberships();
        self.rewards();
        self.discipline();
        self.health();
        self.relatives();
    }

    /// The main seat on a day.
    fn seat(&self, on: NaiveDate) -> Option<&'a Seat> {
        let seats = self.world.seats;
        let main = |spell: &Spell| seats.get(spell.post.0).filter(|seat| seat.full_time && spell.holds(on));
        self.spells.iter().find_map(main)
    }

    fn fact<C>(&self, content: C, source: Source) -> PlannedFact<C> {
        PlannedFact { person: self.person.no, content, source }
    }

    /// A decision some days before.
    fn decided(&mut self, decided_on: NaiveDate, sign: &'static str, issuer: &str) -> Source {
        Source {
            decision_number: Some(self.world.decision(decided_on, sign)),
            decided_on: Some(decided_on),
            decision_issuer: Some(issuer.to_owned()),
        }
    }

    fn assessments(&mut self) {
        for year in YEARS {
            let Some(seat) = self.seat(calendar::day(year, 12, 15)) else { continue };
            let class = self.world.chance.weighted(&CLASSES, |(_, weight)| *weight).map_or("good", |(class, _)| *class);
            let back = u64::try_from(self.world.chance.below(10)).unwrap_or(0);
            let (sign, issuer) = keeper(seat);
            let source = self.decided(minus_days(calendar::day(year, 12, 30), back), sign, issuer);
            let content = AssessmentContent { year, class: class.to_owned(), note: None };
            let fact = self.fact(content, source);
            self.files.assessments.push(fact);
        }
    }

    /// One step after the other since recruitment; those with a degree are specialists, and rise where they lead.
    fn ranks(&mut self) {
        let left = self.spells.iter().map(|spell| spell.to.unwrap_or(NaiveDate::MAX)).max();
        let Some(end) = left else { return };
        let graduate = self.person.qualifications.iter().any(|one| matches!(one.level, "university" | "master"));
        let leads = self
            .spells
            .iter()
            .filter_map(|spell| self.world.seats.get(spell.post.0))
            .any(|seat| seat.leading && seat.level != UnitKind::Commune);
        let mut steps: Vec<(NaiveDate, &Scale, i32)> = Vec::new();
        let mut from = self.person.recruited_on;
        for count in 0_u32.. {
            if from > LAST_DAY || from >= end {
                break;
            }
            let (scale, step) = match (graduate, leads && count >= RISE) {
                (true, true) => (&SENIOR, count - RISE + 1),
                (true, false) => (&SPECIALIST, count + 1),
                (false, _) => (&ASSISTANT, count + 1),
            };
            let step = i32::try_from(step).unwrap_or(1);
            if step > scale.3 {
                break;
            }
            steps.push((from, scale, step));
            from = plus_months(from, STEP);
        }
        let first = steps.len().saturating_sub(2);
        for (at, &(from, scale, step)) in steps.iter().enumerate().skip(first) {
            let next = steps.get(at + 1).map(|(next, ..)| *next).or_else(|| (end != NaiveDate::MAX).then_some(end));
            let hundredths = scale.1 + (step - 1) * scale.2;
            let content = RankContent {
                code: scale.0.to_owned(),
                step: Some(step),
                coefficient: Some(format!("{}.{:02}", hundredths / 100, hundredths % 100)),
                from,
                to: next.and_then(|day| day.pred_opt()),
                allowances: None,
            };
            let source = self.decided(minus_days(from, 10), "SNV", "Sở Nội vụ");
            let fact = self.fact(content, source);
            self.files.ranks.push(fact);
        }
    }

    fn memberships(&mut self) {
        let member = |organisation, joined_on, official_on| MembershipContent {
            organisation,
            joined_on,
            official_on,
            left_on: None,
            card_number: None,
            office: None,
        };
        if let Some(joined_on) = self.person.party_joined_on {
            let official_on = Some(plus_months(joined_on, 12)).filter(|on| *on <= LAST_DAY);
            let fact = self.fact(member(MemberOrganisation::Party, joined_on, official_on), Source::default());
            self.files.memberships.push(fact);
        }
        if calendar::age(self.person.born_on, LAST_DAY) < 31 {
            let joined_on = plus_months(self.person.born_on, 16 * 12);
            let fact = self.fact(member(MemberOrganisation::YouthUnion, joined_on, None), Source::default());
            self.files.memberships.push(fact);
        }
    }

    fn rewards(&mut self) {
        for year in YEARS {
            let Some(seat) = self.seat(calendar::day(year, 12, 15)) else { continue };
            if !self.world.chance.permille(60) {
                continue;
            }
            let (title, merit) = self.world.chance.pick(&REWARDS).unwrap_or_default();
            let awarded_on = calendar::day(year, 12, 31);
            let (_, issuer) = keeper(seat);
            let source = self.decided(awarded_on, "KT", issuer);
            let content = RewardContent { title: title.to_owned(), awarded_on, merit: Some(format!("{merit} {year}")) };
            let fact = self.fact(content, source);
            self.files.rewards.push(fact);
        }
    }

    fn discipline(&mut self) {
        let on = calendar::day(self.world.chance.between(2019, 2023), 6, 1);
        if !self.world.chance.permille(9) {
            return;
        }
        let Some(seat) = self.seat(on) else { return };
        let from = plus_days(on, u64::try_from(self.world.chance.below(60)).unwrap_or(0));
        let party = self.person.party_joined_on.is_some_and(|joined| joined < from);
        let content = DisciplineContent {
            measure: if self.world.chance.permille(700) { "reprimand" } else { "warning" }.to_owned(),
            side: if party { DisciplineSide::Party } else { DisciplineSide::State },
            from,
            to: plus_months(from, 12).pred_opt(),
            fault: Some("Thiếu trách nhiệm trong thực hiện nhiệm vụ được giao".to_owned()),
        };
        let (sign, issuer) = keeper(seat);
        let source = self.decided(minus_days(from, 1), sign, issuer);
        let fact = self.fact(content, source);
        self.files.disciplines.push(fact);
    }

    fn health(&mut self) {
        if self.seat(LAST_DAY).is_none() {
            return;
        }
        let chance = &mut self.world.chance;
        let (tall, heavy) = if self.person.sex == "female" { ((147, 164), (42, 60)) } else { ((157, 175), (50, 76)) };
        let class = [(1, 25), (2, 50), (3, 22), (4, 3)];
        let content = HealthCertificateContent {
            issued_on: plus_days(calendar::day(2026, 3, 2), u64::try_from(chance.below(180)).unwrap_or(0)),
            institution: "Bệnh viện Đa khoa tỉnh Điện Biên".to_owned(),
            health_class: chance.weighted(&class, |(_, weight)| *weight).map(|(class, _)| *class),
            height_cm: Some(chance.between(tall.0, tall.1)),
            weight_kg: Some(chance.between(heavy.0, heavy.1)),
            blood_group: None,
        };
        let fact = self.fact(content, Source::default());
        self.files.health_certificates.push(fact);
    }

    /// The family name of a child is the father's.
    fn relatives(&mut self) {
        if self.seat(LAST_DAY).is_none() || !self.world.chance.permille(120) {
            return;
        }
        let female = self.person.sex == "female";
        let year = self.person.born_on.year();
        let spouse = self.name(!female);
        let father = if female { &spouse } else { &self.person.full_name };
        let family = father.split(' ').next().unwrap_or_default().to_owned();
        let son = self.world.chance.permille(500);
        let given = self.name(!son);
        let child = given.split_once(' ').map_or(given.clone(), |(_, rest)| format!("{family} {rest}"));
        let work = self.world.chance.pick(&OCCUPATIONS).unwrap_or_default();
        let (spouse_born, child_born) =
            (year + self.world.chance.between(-4, 4), year + self.world.chance.between(23, 30));
        for (relation, full_name, born, occupation) in
            [(Relation::Spouse, spouse, spouse_born, Some(work.to_owned())), (Relation::Child, child, child_born, None)]
        {
            // Not every child is born yet.
            if born > LAST_DAY.year() - 1 {
                continue;
            }
            let content = RelativeContent {
                relation,
                side: FamilySide::Own,
                full_name,
                born_year: Some(born),
                occupation,
                residence: None,
            };
            let fact = self.fact(content, Source::default());
            self.files.relatives.push(fact);
        }
    }

    fn name(&mut self, female: bool) -> String {
        self.world.names.draw(&mut self.world.chance, female).0
    }
}

/// The sign of the decisions of whoever manages a seat, and who that is.
fn keeper(seat: &Seat) -> (&'static str, &'static str) {
    match seat.level {
        UnitKind::Province => ("TU", "Ban Thường vụ Tỉnh ủy"),
        UnitKind::District => ("HU", "Ban Thường vụ Huyện ủy"),
        _ => ("ĐU", "Đảng ủy xã"),
    }
}
