//! The units of the province from the files in `data/`: both frames around 1 July 2025, and the bodies in them. Pure.
//!
//! An old commune and the new one that bears its code are two units: the code moved, the unit ended. NOT here: which
//! provincial body took over from which in early 2025. The files name no act for that, and an edge without an act would
//! be an invention.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::model::{ChangeKind, LineageKind, Share, UnitKind};
use crate::platform::period::Period;

mod country;
#[cfg(test)]
mod tests;

pub use country::founding_country;

const OLD_COMMUNES: File =
    ("units/communes_before_2025-07-01.csv", include_str!("../../data/units/communes_before_2025-07-01.csv"));
const NEW_COMMUNES: File =
    ("units/communes_since_2025-07-01.csv", include_str!("../../data/units/communes_since_2025-07-01.csv"));
const SUCCESSIONS: File =
    ("units/commune_successions_2025-07-01.csv", include_str!("../../data/units/commune_successions_2025-07-01.csv"));
const BODIES: File = ("bodies.csv", include_str!("../../data/bodies.csv"));

/// The province that is served.
const PROVINCE: &str = "11";
/// Index of the act that rearranged the communes.
const REARRANGEMENT: usize = 0;
/// Index of the act that ended the districts.
const DISTRICTS_END: usize = 1;
/// What communes are.
const COMMUNE_TYPES: [&str; 4] = ["Xã", "Phường", "Thị trấn", "Đặc khu"];

/// Main bodies of a commune, before and since: tasks and staff of the one passed to the other.
const MAIN_BODIES: [(&str, &str); 4] = [
    ("commune_party_committee_until_2025", "commune_party_committee"),
    ("commune_people_council_until_2025", "commune_people_council"),
    ("commune_people_committee_until_2025", "commune_people_committee"),
    ("commune_front_until_2025", "commune_front"),
];

/// Name and content of an embedded file.
type File = (&'static str, &'static str);

/// A file in `data/` says something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data/{file}: {message}")]
pub struct BadData {
    /// Which file.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl BadData {
    /// Something wrong in a file.
    pub fn new(file: &str, message: &impl ToString) -> Self {
        Self { file: file.to_owned(), message: message.to_string() }
    }
}

/// Everything that there is to load, parents before children.
#[derive(Debug)]
pub struct Founding {
    /// The acts, by which units end and begin.
    pub acts: Vec<FoundingAct>,
    /// The units.
    pub units: Vec<FoundingUnit>,
    /// What went into what.
    pub lineage: Vec<FoundingLineage>,
    /// Units that an act ended without a successor, by key, each with the index of the act.
    pub abolished: Vec<(String, usize)>,
}

/// What an act does to the unit of a key: the index of the act, what, the unit, and where it goes.
pub type FoundingLine<'a> = (usize, ChangeKind, &'a str, Option<(&'a str, Share)>);

impl Founding {
    /// What the acts do to administrative units, line by line.
    pub fn lines(&self) -> impl Iterator<Item = FoundingLine<'_>> {
        let begun = self.units.iter().filter(|unit| unit.template.is_none()).filter_map(|unit| {
            let act = unit.versions.first().and_then(|version| version.act)?;
            Some((act, ChangeKind::Create, unit.key.as_str(), None))
        });
        let merged = self.lineage.iter().filter(|edge| edge.kind != LineageKind::Succession).map(|edge| {
            let kind = if edge.kind == LineageKind::Split { ChangeKind::Split } else { ChangeKind::Merge };
            (edge.act, kind, edge.from.as_str(), Some((edge.to.as_str(), edge.share)))
        });
        let ended = self.abolished.iter().map(|(key, act)| (*act, ChangeKind::Abolish, key.as_str(), None));
        begun.chain(merged).chain(ended)
    }
}

/// An act.
#[derive(Debug)]
pub struct FoundingAct {
    /// Number and sign.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// From when it counts.
    pub effective_from: NaiveDate,
}

/// A unit with all its periods, oldest first.
#[derive(Debug)]
pub struct FoundingUnit {
    /// Names the unit inside this value: `province`, `district:097`, `commune_until_2025:03200`, `commune:03172`, `TEMPLATE@KEY`.
    pub key: String,
    /// The template of `data/bodies.csv`, for bodies.
    pub template: Option<String>,
    /// What kind.
    pub kind: UnitKind,
    /// Its periods.
    pub versions: Vec<FoundingVersion>,
}

/// What a unit was called, and where it stood.
#[derive(Debug)]
pub struct FoundingVersion {
    /// When.
    pub during: Period,
    /// Its name.
    pub name: String,
    /// Its code, for administrative units.
    pub code: Option<String>,
    /// Its type, for administrative units.
    pub unit_type: Option<String>,
    /// Key of the unit above it.
    pub parent: Option<String>,
    /// Index of the act that began the period.
    pub act: Option<usize>,
}

/// One edge.
#[derive(Debug)]
pub struct FoundingLineage {
    /// Key of the unit that went.
    pub from: String,
    /// Key of the unit that took it in.
    pub to: String,
    /// How.
    pub kind: LineageKind,
    /// How much.
    pub share: Share,
    /// Index of the act.
    pub act: usize,
}

#[derive(Deserialize)]
struct OldCommune {
    commune_code: String,
    commune_name: String,
    commune_type: String,
    district_code: String,
    district_name: String,
    district_type: String,
    province_code: String,
    province_name: String,
}

#[derive(Deserialize)]
struct NewCommune {
    #[serde(rename = "commune_code")]
    code: String,
    #[serde(rename = "commune_name")]
    name: String,
    #[serde(rename = "commune_type")]
    unit_type: String,
    province_code: String,
    province_name: String,
}

#[derive(Deserialize)]
struct Succession {
    old_commune_code: String,
    new_commune_code: String,
    share: String,
}

#[derive(Deserialize)]
struct Template {
    #[serde(rename = "template")]
    code: String,
    level: String,
    kind: String,
    for_types: Option<String>,
    name: String,
    parent: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

/// The units, acts and edges of the province.
pub fn founding() -> Result<Founding, BadData> {
    let source = Source::read()?.of_province(PROVINCE);
    let (first, top) = (source.old.first(), |_: &str| "province".to_owned());
    let first = first.ok_or_else(|| BadData::new(OLD_COMMUNES.0, &"has no rows"))?;
    let place = Place { name: &first.province_name, code: PROVINCE, unit_type: "Tỉnh", parent: None };
    let mut units = vec![administrative(top(PROVINCE), UnitKind::Province, place.during(always()?, None))];
    units.extend(source.old_places(&top)?);
    units.extend(source.new_places(&top, REARRANGEMENT));
    let bodies = bodies_of(&units)?;
    units.extend(bodies);
    let abolished = source.districts().into_keys().map(|code| (format!("district:{code}"), DISTRICTS_END)).collect();
    Ok(Founding { acts: acts(source.reform)?, lineage: source.lineage()?, abolished, units })
}

/// The national files: both frames around the reform, and what became of what.
pub(super) struct Source {
    reform: NaiveDate,
    old: Vec<OldCommune>,
    new: Vec<NewCommune>,
    successions: Vec<Succession>,
}

impl Source {
    pub(super) fn read() -> Result<Self, BadData> {
        let (old, new, successions) = (rows(OLD_COMMUNES)?, rows(NEW_COMMUNES)?, rows(SUCCESSIONS)?);
        Ok(Self { reform: day(2025, 7, 1)?, old, new, successions })
    }

    /// The rows of one province.
    fn of_province(mut self, code: &str) -> Self {
        self.old.retain(|row| row.province_code == code);
        self.new.retain(|row| row.province_code == code);
        let codes: BTreeSet<&str> = self.old.iter().map(|row| row.commune_code.as_str()).collect();
        self.successions.retain(|row| codes.contains(row.old_commune_code.as_str()));
        self
    }

    /// The districts by their code, each as one of its rows tells it.
    fn districts(&self) -> BTreeMap<&str, &OldCommune> {
        self.old.iter().map(|row| (row.district_code.as_str(), row)).collect()
    }

    /// The districts and communes until the reform; `province` gives the key of a province.
    fn old_places(&self, province: &dyn Fn(&str) -> String) -> Result<Vec<FoundingUnit>, BadData> {
        let before = period(OLD_COMMUNES, None, Some(self.reform))?;
        let mut units = Vec::new();
        for (code, row) in self.districts() {
            let parent = Some(province(&row.province_code));
            let place = Place { name: &row.district_name, code, unit_type: &row.district_type, parent };
            units.push(administrative(format!("district:{code}"), UnitKind::District, place.during(before, None)));
        }
        // An island district has no communes.
        for row in self.old.iter().filter(|row| !row.commune_code.is_empty()) {
            let OldCommune { commune_code: code, commune_name: name, commune_type: unit_type, .. } = row;
            let place = Place { name, code, unit_type, parent: Some(format!("district:{}", row.district_code)) };
            let key = format!("commune_until_2025:{code}");
            units.push(administrative(key, UnitKind::Commune, place.during(before, None)));
        }
        Ok(units)
    }

    /// The communes since the reform, which begin by `act`.
    fn new_places(&self, province: &dyn Fn(&str) -> String, act: usize) -> Vec<FoundingUnit> {
        let unit = |NewCommune { code, name, unit_type, province_code, .. }: &NewCommune| {
            let place = Place { name, code, unit_type, parent: Some(province(province_code)) };
            let version = place.during(Period::since(self.reform), Some(act));
            administrative(format!("commune:{code}"), UnitKind::Commune, version)
        };
        self.new.iter().map(unit).collect()
    }
}

fn acts(reform: NaiveDate) -> Result<Vec<FoundingAct>, BadData> {
    let decided_on = day(2025, 6, 16)?;
    Ok(vec![
        FoundingAct {
            number: "1661/NQ-UBTVQH15".to_owned(),
            title: "Nghị quyết về việc sắp xếp các đơn vị hành chính cấp xã của tỉnh Điện Biên năm 2025".to_owned(),
            issuer: "Ủy ban Thường vụ Quốc hội".to_owned(),
            decided_on,
            effective_from: reform,
        },
        // It begins no unit, so no period cites it: the ten districts ended by it, without successors.
        FoundingAct {
            number: "72/2025/QH15".to_owned(),
            title: "Luật Tổ chức chính quyền địa phương (kết thúc hoạt động của đơn vị hành chính cấp huyện)"
                .to_owned(),
            issuer: "Quốc hội".to_owned(),
            decided_on,
            effective_from: reform,
        },
    ])
}

fn always() -> Result<Period, BadData> {
    period(OLD_COMMUNES, None, None)
}

fn administrative(key: String, kind: UnitKind, version: FoundingVersion) -> FoundingUnit {
    FoundingUnit { key, template: None, kind, versions: vec![version] }
}

/// An administrative unit as the source writes it.
struct Place<'a> {
    name: &'a str,
    code: &'a str,
    unit_type: &'a str,
    parent: Option<String>,
}

impl Place<'_> {
    fn during(self, during: Period, act: Option<usize>) -> FoundingVersion {
        let begins = |unit_type: &str| self.name.to_lowercase().starts_with(&unit_type.to_lowercase());
        // A few rows have the type of another unit: then the name is right.
        let unit_type = std::iter::once(self.unit_type).chain(COMMUNE_TYPES).find(|one| begins(one));
        let unit_type = unit_type.unwrap_or(self.unit_type);
        let name = format!("{unit_type} {}", bare(self.name, unit_type));
        let (code, unit_type) = (Some(self.code.to_owned()), Some(unit_type.to_owned()));
        FoundingVersion { during, name, code, unit_type, parent: self.parent, act }
    }
}

/// The name without its type; by number of characters, since the source writes `Thị Xã` in one and `Thị xã` in the other.
fn bare(name: &str, unit_type: &str) -> String {
    name.chars().skip(unit_type.chars().count()).collect::<String>().trim_start().to_owned()
}

/// Every template in every administrative unit that it fits, for the days that both have; a body above comes first.
fn bodies_of(units: &[FoundingUnit]) -> Result<Vec<FoundingUnit>, BadData> {
    let templates: Vec<Template> = rows(BODIES)?;
    let mut bodies = Vec::new();
    for unit in units {
        for place in &unit.versions {
            let mut waiting = Vec::new();
            for template in &templates {
                let fits = template.level == unit.kind.name()
                    && template.for_types.as_ref().is_none_or(|only| place.unit_type.as_ref() == Some(only));
                let to = template.valid_to.and_then(|last| last.succ_opt());
                let during = period(BODIES, template.valid_from, to)?.within(&place.during);
                waiting.extend(during.filter(|_| fits).map(|during| (template, during)));
            }
            let mut founded: Vec<&str> = Vec::new();
            while !waiting.is_empty() {
                let (ready, later): (Vec<_>, Vec<_>) = waiting
                    .into_iter()
                    .partition(|(template, _)| template.parent.as_deref().is_none_or(|above| founded.contains(&above)));
                if ready.is_empty() {
                    return Err(BadData::new(BODIES.0, &format!("a body of {} stands below none of it", unit.key)));
                }
                for (template, during) in &ready {
                    bodies.push(body(unit, place, template, *during)?);
                }
                founded.extend(ready.iter().map(|(template, _)| template.code.as_str()));
                waiting = later;
            }
        }
    }
    Ok(bodies)
}

/// A body that an administrative unit has.
pub struct StandardBody {
    /// Its template.
    pub template: String,
    /// The template of the body above it in the same unit; none: it stands directly below the unit.
    pub above: Option<String>,
    /// What kind.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
}

/// The bodies that an administrative unit has which begins on a day; a body above comes first.
pub fn standard_bodies(
    kind: UnitKind,
    name: &str,
    unit_type: &str,
    on: NaiveDate,
) -> Result<Vec<StandardBody>, BadData> {
    let place = Place { name, code: "", unit_type, parent: None };
    let unit = administrative(String::new(), kind, place.during(Period::since(on), None));
    let bodies = bodies_of(std::slice::from_ref(&unit))?;
    let standard = |body: FoundingUnit| {
        let version = body.versions.into_iter().next()?;
        let above = version.parent.and_then(|key| key.split_once('@').map(|(above, _)| above.to_owned()));
        (version.during.holds(on)).then_some(StandardBody {
            template: body.template?,
            above,
            kind: body.kind,
            name: version.name,
        })
    };
    Ok(bodies.into_iter().filter_map(standard).collect())
}

fn body(
    unit: &FoundingUnit,
    place: &FoundingVersion,
    template: &Template,
    during: Period,
) -> Result<FoundingUnit, BadData> {
    let kind = UnitKind::of(&template.kind)
        .ok_or_else(|| BadData::new(BODIES.0, &format!("no kind of unit: {}", template.kind)))?;
    let unit_type = place.unit_type.as_deref().unwrap_or_default();
    let name = bare(&place.name, unit_type);
    let version = FoundingVersion {
        during,
        name: template.name.replace("{unit}", &format!("{} {name}", unit_type.to_lowercase())).replace("{name}", &name),
        code: None,
        unit_type: None,
        parent: Some(
            template.parent.as_ref().map_or_else(|| unit.key.clone(), |above| format!("{above}@{}", unit.key)),
        ),
        // The bodies of a new commune began with it.
        act: place.act.filter(|_| during.from() == place.during.from()),
    };
    Ok(FoundingUnit {
        key: format!("{}@{}", template.code, unit.key),
        template: Some(template.code.clone()),
        kind,
        versions: vec![version],
    })
}

impl Source {
    /// What the communes of a province and their main bodies went into.
    fn lineage(&self) -> Result<Vec<FoundingLineage>, BadData> {
        let mut edges = Vec::new();
        for edge in self.commune_lineage(REARRANGEMENT)? {
            edges.extend(MAIN_BODIES.iter().map(|(before, since)| FoundingLineage {
                from: format!("{before}@{}", edge.from),
                to: format!("{since}@{}", edge.to),
                kind: LineageKind::Succession,
                ..edge
            }));
            edges.push(edge);
        }
        Ok(edges)
    }

    /// What the communes went into.
    fn commune_lineage(&self, act: usize) -> Result<Vec<FoundingLineage>, BadData> {
        let edge = |row: &Succession| {
            let unknown = || BadData::new(SUCCESSIONS.0, &format!("no share: {}", row.share));
            let share = Share::of(&row.share).ok_or_else(unknown)?;
            let kind = if share == Share::Whole { LineageKind::Merge } else { LineageKind::Split };
            let from = format!("commune_until_2025:{}", row.old_commune_code);
            Ok(FoundingLineage { from, to: format!("commune:{}", row.new_commune_code), kind, share, act })
        };
        self.successions.iter().map(edge).collect()
    }
}

fn rows<Row: DeserializeOwned>((file, text): File) -> Result<Vec<Row>, BadData> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| BadData::new(file, &error))
}

fn period((file, _): File, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Period, BadData> {
    Period::new(from, to).map_err(|error| BadData::new(file, &error))
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, BadData> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| BadData::new("", &"no such day"))
}
