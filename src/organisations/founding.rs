//! The units of the province from the files in `data/`: both frames around 1 July 2025, and the bodies in them. Pure.
//!
//! An old commune and the new one that bears its code are two units: the code moved, the unit ended. NOT here: which
//! provincial body took over from which in early 2025. The files name no act for that, and an edge without an act would
//! be an invention.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::model::{LineageKind, Share, UnitKind};
use crate::platform::period::Period;

#[cfg(test)]
mod tests;

const OLD_COMMUNES: File =
    ("units/communes_before_2025-07-01.csv", include_str!("../../data/units/communes_before_2025-07-01.csv"));
const NEW_COMMUNES: File =
    ("units/communes_since_2025-07-01.csv", include_str!("../../data/units/communes_since_2025-07-01.csv"));
const SUCCESSIONS: File =
    ("units/commune_successions_2025-07-01.csv", include_str!("../../data/units/commune_successions_2025-07-01.csv"));
const BODIES: File = ("bodies.csv", include_str!("../../data/bodies.csv"));

/// Index of the act that rearranged the communes.
const REARRANGEMENT: usize = 0;

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
    let reform = day(2025, 7, 1)?;
    let mut units = administrative_units(reform)?;
    let bodies = bodies_of(&units)?;
    units.extend(bodies);
    Ok(Founding { acts: acts(reform)?, lineage: lineage()?, units })
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

fn administrative_units(reform: NaiveDate) -> Result<Vec<FoundingUnit>, BadData> {
    let always = period(OLD_COMMUNES, None, None)?;
    let before = period(OLD_COMMUNES, None, Some(reform))?;
    let old: Vec<OldCommune> = rows(OLD_COMMUNES)?;
    let first = old.first().ok_or_else(|| BadData::new(OLD_COMMUNES.0, &"has no rows"))?;
    let mut units = vec![administrative(
        "province".to_owned(),
        UnitKind::Province,
        version(always, &first.province_name, &first.province_code, "Tỉnh", None, None),
    )];
    let districts: BTreeMap<&str, &OldCommune> = old.iter().map(|row| (row.district_code.as_str(), row)).collect();
    units.extend(districts.iter().map(|(code, row)| {
        let version = version(before, &row.district_name, code, &row.district_type, Some("province".to_owned()), None);
        administrative(format!("district:{code}"), UnitKind::District, version)
    }));
    units.extend(old.iter().map(|row| {
        let parent = Some(format!("district:{}", row.district_code));
        let version = version(before, &row.commune_name, &row.commune_code, &row.commune_type, parent, None);
        administrative(format!("commune_until_2025:{}", row.commune_code), UnitKind::Commune, version)
    }));
    units.extend(rows::<NewCommune>(NEW_COMMUNES)?.iter().map(|row| {
        let (parent, act) = (Some("province".to_owned()), Some(REARRANGEMENT));
        let since = Period::since(reform);
        let version = version(since, &row.name, &row.code, &row.unit_type, parent, act);
        administrative(format!("commune:{}", row.code), UnitKind::Commune, version)
    }));
    Ok(units)
}

fn administrative(key: String, kind: UnitKind, version: FoundingVersion) -> FoundingUnit {
    FoundingUnit { key, template: None, kind, versions: vec![version] }
}

fn version(
    during: Period,
    name: &str,
    code: &str,
    unit_type: &str,
    parent: Option<String>,
    act: Option<usize>,
) -> FoundingVersion {
    let name = format!("{unit_type} {}", bare(name, unit_type));
    FoundingVersion { during, name, code: Some(code.to_owned()), unit_type: Some(unit_type.to_owned()), parent, act }
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

fn lineage() -> Result<Vec<FoundingLineage>, BadData> {
    let mut edges = Vec::new();
    for row in rows::<Succession>(SUCCESSIONS)? {
        let share =
            Share::of(&row.share).ok_or_else(|| BadData::new(SUCCESSIONS.0, &format!("no share: {}", row.share)))?;
        let from = format!("commune_until_2025:{}", row.old_commune_code);
        let to = format!("commune:{}", row.new_commune_code);
        edges.extend(MAIN_BODIES.iter().map(|(before, since)| FoundingLineage {
            from: format!("{before}@{from}"),
            to: format!("{since}@{to}"),
            kind: LineageKind::Succession,
            share,
            act: REARRANGEMENT,
        }));
        edges.push(FoundingLineage { from, to, kind: LineageKind::Merge, share, act: REARRANGEMENT });
    }
    Ok(edges)
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
