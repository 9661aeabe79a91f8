//! Invented people who fit the seat for which they come.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::calendar::{self, minus_months, plus_months};
use super::chance::Chance;
use super::seats::{Seat, Wanted};
use super::world::{Who, World};
use super::{PersonNo, PlannedPerson, PlannedQualification};
use crate::organisations::founding::BadData;
use crate::organisations::model::UnitKind;

/// Parts of names by ethnic group.
#[derive(Deserialize)]
pub(super) struct Names {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "ethnic_group")]
    code: String,
    weight: u32,
    family: Vec<(String, u32)>,
    middle: BySex,
    given: BySex,
}

#[derive(Deserialize)]
struct BySex {
    male: Vec<String>,
    female: Vec<String>,
}

impl BySex {
    fn of(&self, female: bool) -> &[String] {
        if female { &self.female } else { &self.male }
    }
}

impl Names {
    pub(super) fn read() -> Result<Self, BadData> {
        serde_json::from_str(include_str!("../../../data/names.json"))
            .map_err(|error| BadData::new("names.json", &error))
    }

    /// A name and the ethnic group in which it is usual.
    pub(super) fn draw(&self, chance: &mut Chance, female: bool) -> (String, String) {
        let Some(group) = chance.weighted(&self.groups, |group| group.weight) else { return Default::default() };
        let family = chance.weighted(&group.family, |(_, weight)| *weight).map(|(name, _)| name.as_str());
        let mut name = String::new();
        // Nobody is called Hồng Hồng.
        for _ in 0..9 {
            let (middle, given) = (group.middle.of(female), group.given.of(female));
            let (middle, given) = (middle.get(chance.below(middle.len())), given.get(chance.below(given.len())));
            let parts = [family, middle.map(String::as_str), given.map(String::as_str)];
            name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let words: Vec<&str> = name.split(' ').collect();
            if words.iter().enumerate().all(|(at, word)| !words.iter().skip(at + 1).any(|other| other == word)) {
                break;
            }
        }
        (name, group.code.clone())
    }
}

const RELIGIONS: [(&str, u32); 4] = [("none", 975), ("protestantism", 12), ("buddhism", 8), ("catholicism", 5)];
/// Provinces where births were registered: mostly this one.
const PROVINCES: [(&str, u32); 6] = [("011", 88), ("012", 3), ("014", 3), ("034", 3), ("001", 2), ("036", 1)];

/// What is fixed about a person; the rest is drawn.
#[derive(Clone, Copy, Default)]
pub(super) struct Fixed {
    pub(super) born: Option<NaiveDate>,
    pub(super) female: Option<bool>,
    /// Came with a university degree.
    pub(super) graduate: bool,
}

/// Somebody new for a seat, in service from a day on. `founding`: they came before the plan begins.
pub(super) fn newcomer(world: &mut World, seat: &Seat, on: NaiveDate, founding: bool, fixed: Fixed) -> Who {
    let female = fixed.female.unwrap_or_else(|| {
        if seat.wanted == Wanted::Woman {
            true
        } else {
            seat.wanted != Wanted::Veteran && world.chance.permille(if seat.leading { 310 } else { 450 })
        }
    });
    let born = fixed.born.unwrap_or_else(|| birthday(world, seat, on, founding, female));
    let (full_name, ethnic_group) = world.names.draw(&mut world.chance, female);
    let years = calendar::age(born, on);
    // The first job at 22 or later, and those who come from elsewhere bring years of work with them.
    let recruited_on = if founding || years > 30 {
        plus_months(born, month_count(world.chance.between(22 * 12 + 6, (years - 1).clamp(23, 28) * 12)))
            .with_day(1)
            .unwrap_or(on)
            .min(on)
    } else {
        on
    };
    let party_joined_on = (seat.leading || world.chance.permille(700)).then(|| {
        let joined = plus_months(recruited_on, month_count(world.chance.between(6, 70)));
        if joined < on { joined } else { minus_months(on, 5) }
    });
    let no = PersonNo(world.people.len());
    let religion = draw(&mut world.chance, &RELIGIONS);
    let native = world.natives.get(world.chance.below(world.natives.len())).cloned();
    let (native_place, native_unit) = native.unwrap_or_default();
    let person = PlannedPerson {
        no,
        full_name,
        sex: if female { "female" } else { "male" },
        born_on: born,
        ethnic_group,
        religion,
        native_place,
        native_unit,
        personal_number: personal_number(world, born, female),
        recruited_on,
        party_joined_on,
        unit: seat.unit.clone(),
        qualifications: qualifications(world, seat, born, on, founding, fixed.graduate),
    };
    world.people.push(person);
    Who { no, born, female, retires: world.retirement.last_day(born, female) }
}

fn month_count(months: i32) -> u32 {
    u32::try_from(months).unwrap_or(0)
}

fn draw(chance: &mut Chance, weights: &[(&'static str, u32)]) -> &'static str {
    chance.weighted(weights, |(_, weight)| *weight).map_or("none", |(code, _)| *code)
}

/// An age that fits the seat; the founding ones have already grown old in theirs.
fn birthday(world: &mut World, seat: &Seat, on: NaiveDate, founding: bool, female: bool) -> NaiveDate {
    let (young, old) = match (seat.leading, seat.standing) {
        _ if seat.wanted == Wanted::Young => (25, 33),
        (true, ..200) => (43, 52),
        (true, 200..350) => (35, 50),
        (true, 350..480) => (29, 46),
        (true, _) => (27, 44),
        (false, _) => (23, 34),
    };
    let old = if founding && seat.wanted != Wanted::Young { old + if seat.leading { 8 } else { 14 } } else { old };
    let months = world.chance.between(young * 12, old.min(if female { 54 } else { 59 }) * 12);
    let days = u64::try_from(world.chance.below(28)).unwrap_or(0);
    calendar::minus_days(minus_months(on, month_count(months)), days)
}

/// Province of registration, century and sex, year, six digits that nobody else has.
fn personal_number(world: &mut World, born: NaiveDate, female: bool) -> String {
    let province = draw(&mut world.chance, &PROVINCES);
    let sign = if born.year() < 2000 { 0 } else { 2 } + i32::from(female);
    loop {
        let tail = world.chance.between(0, 999_999);
        let number = format!("{province}{sign}{:02}{tail:06}", born.year().rem_euclid(100));
        if world.numbers.insert(number.clone()) {
            return number;
        }
    }
}

const FIELDS: [&str; 10] = [
    "Luật",
    "Quản lý nhà nước",
    "Kinh tế nông nghiệp",
    "Nông học",
    "Lâm nghiệp",
    "Kế toán",
    "Sư phạm",
    "Xây dựng",
    "Công tác xã hội",
    "Quản lý đất đai",
];

/// Weights of none, elementary, intermediate and advanced political theory.
fn theory_weights(seat: &Seat, founding: bool) -> [(&'static str, u32); 4] {
    let [none, elementary, intermediate, advanced] = match (seat.level, seat.leading, seat.standing) {
        // The district of the article sent most of its people since 2015: few had learned before.
        _ if seat.in_story && seat.standing < 200 && founding => [0, 0, 40, 60],
        _ if seat.in_story => [30, 66, if founding { 2 } else { 0 }, 0],
        (UnitKind::Province, true, ..400) => [0, 0, 20, 80],
        (UnitKind::Province, true, _) => [0, 10, 60, 30],
        (UnitKind::District, true, ..320) => [0, 10, 55, 35],
        (UnitKind::Commune, true, ..400) => [0, 20, 70, 10],
        (_, true, _) => [10, 50, 40, 0],
        (_, false, _) => [45, 45, 10, 0],
    };
    [("none", none), ("elementary", elementary), ("intermediate", intermediate), ("advanced", advanced)]
}

fn degree_weights(seat: &Seat, founding: bool) -> [(&'static str, u32); 4] {
    let [intermediate, college, university, master] = match (seat.level, seat.leading) {
        (UnitKind::Province, true) => [0, 0, 72, 28],
        (UnitKind::Province, false) => [0, 4, 86, 10],
        (UnitKind::District, _) => [4, 12, 78, 6],
        _ if seat.in_story => [50, 28, 22, 0],
        _ if founding => [30, 25, 45, 0],
        _ => [10, 15, 73, 2],
    };
    [("intermediate", intermediate), ("college", college), ("university", university), ("master", master)]
}

fn qualifications(
    world: &mut World,
    seat: &Seat,
    born: NaiveDate,
    on: NaiveDate,
    founding: bool,
    graduate: bool,
) -> Vec<PlannedQualification> {
    let mut all = Vec::new();
    let day_at = |chance: &mut Chance, years: i32| {
        let day = plus_months(born, month_count(years * 12 + chance.between(0, 11))).with_day(20).unwrap_or(on);
        day.min(calendar::minus_days(on, 30))
    };
    let mut level = draw(&mut world.chance, &degree_weights(seat, founding));
    if graduate && level != "master" {
        level = "university";
    }
    let field = world.chance.pick(&FIELDS);
    if level == "master" {
        let obtained_on = day_at(&mut world.chance, 31);
        let institution = "Đại học Thái Nguyên";
        all.push(PlannedQualification { kind: "degree", level, field, institution, obtained_on });
        level = "university";
    }
    let institutions = ["Trường Đại học Tây Bắc", "Đại học Thái Nguyên", "Học viện Hành chính Quốc gia"];
    let institution = match level {
        "university" => world.chance.pick(&institutions).unwrap_or_default(),
        _ => "Trường Cao đẳng Kinh tế - Kỹ thuật Điện Biên",
    };
    let obtained_on = day_at(&mut world.chance, 22);
    all.push(PlannedQualification { kind: "degree", level, field, institution, obtained_on });
    let theory = draw(&mut world.chance, &theory_weights(seat, founding));
    let theory = if theory == "advanced" && calendar::age(born, on) < 40 { "intermediate" } else { theory };
    let steps: &[(&str, i32)] = match theory {
        "elementary" => &[("elementary", 25)],
        "intermediate" => &[("intermediate", 29)],
        "advanced" => &[("intermediate", 29), ("advanced", 37)],
        _ => &[],
    };
    for (level, years) in steps.iter().copied() {
        let institution = match level {
            "advanced" => "Học viện Chính trị khu vực I",
            "intermediate" => "Trường Chính trị tỉnh Điện Biên",
            _ => "Trung tâm bồi dưỡng chính trị huyện",
        };
        let obtained_on = day_at(&mut world.chance, years.min(calendar::age(born, on) - 1));
        all.push(PlannedQualification { kind: "political_theory", level, field: None, institution, obtained_on });
    }
    if seat.level != UnitKind::Commune && world.chance.permille(600) {
        let senior = seat.leading && seat.standing < 330 && calendar::age(born, on) > 36;
        let level = if senior { "senior_specialist" } else { "specialist" };
        let years = if senior { 35 } else { 27 }.min(calendar::age(born, on) - 1);
        let institution = "Trường Chính trị tỉnh Điện Biên";
        let obtained_on = day_at(&mut world.chance, years);
        all.push(PlannedQualification { kind: "state_management", level, field: None, institution, obtained_on });
    }
    all
}
