//! The whole country: the units of all provinces in both frames. Of the other provinces the places alone are loaded; what
//! bodies they have is not in the files. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    BadData, DISTRICTS_END, Founding, FoundingAct, FoundingLineage, FoundingVersion, OLD_COMMUNES, PROVINCE, Place,
    Source, administrative, always, day, founding, period,
};
use crate::organisations::model::{LineageKind, Share, UnitKind};
use crate::platform::period::Period;

/// Index of the list by which the files tell what became of the communes of the other provinces.
const NATIONAL_LIST: usize = 2;
/// Index of the act that merged provinces.
const PROVINCES_MERGE: usize = 3;

/// The units, acts and edges of the country, the province that is served with its bodies.
pub fn founding_country() -> Result<Founding, BadData> {
    let mut whole = founding()?;
    let mut source = Source::read()?;
    let provinces = Provinces::of(&source);
    whole.acts.extend(acts(source.reform)?);
    let (always, before) = (always()?, period(OLD_COMMUNES, None, Some(source.reform))?);
    let since = Period::since(source.reform);
    let country = FoundingVersion {
        during: always,
        name: "Việt Nam".to_owned(),
        code: None,
        unit_type: None,
        parent: None,
        act: None,
    };
    let mut units = vec![administrative("country".to_owned(), UnitKind::Country, country)];
    let place = |code: &str, name: &str, during, act| {
        let unit_type = if name.starts_with("Thành phố") { "Thành phố" } else { "Tỉnh" };
        Place { name, code, unit_type, parent: Some("country".to_owned()) }.during(during, act)
    };
    for (code, (name, _)) in provinces.old.iter().filter(|(code, _)| code.as_str() != PROVINCE) {
        let during = if provinces.goes_on(code) { always } else { before };
        units.push(administrative(provinces.old_key(code), UnitKind::Province, place(code, name, during, None)));
    }
    for (code, name) in provinces.new.iter().filter(|(code, _)| !provinces.goes_on(code)) {
        let version = place(code, name, since, Some(PROVINCES_MERGE));
        units.push(administrative(new_key(code), UnitKind::Province, version));
    }
    for unit in whole.units.iter_mut().filter(|unit| unit.key == "province") {
        unit.versions.iter_mut().for_each(|version| version.parent = Some("country".to_owned()));
    }
    units.append(&mut whole.units);
    source.old.retain(|row| row.province_code != PROVINCE);
    source.new.retain(|row| row.province_code != PROVINCE);
    let codes: BTreeSet<&str> = source.old.iter().map(|row| row.commune_code.as_str()).collect();
    source.successions.retain(|row| codes.contains(row.old_commune_code.as_str()));
    units.extend(source.old_places(&|code| provinces.old_key(code))?);
    units.extend(source.new_places(&new_key, NATIONAL_LIST));
    whole.abolished.extend(source.districts().into_keys().map(|code| (format!("district:{code}"), DISTRICTS_END)));
    whole.lineage.extend(provinces.lineage());
    whole.lineage.extend(source.commune_lineage(NATIONAL_LIST)?);
    Ok(Founding { units, ..whole })
}

fn acts(reform: NaiveDate) -> Result<[FoundingAct; 2], BadData> {
    Ok([
        FoundingAct {
            number: "19/2025/QĐ-TTg".to_owned(),
            title: "Quyết định ban hành Bảng danh mục và mã số các đơn vị hành chính Việt Nam".to_owned(),
            issuer: "Thủ tướng Chính phủ".to_owned(),
            decided_on: day(2025, 6, 30)?,
            effective_from: reform,
        },
        FoundingAct {
            number: "202/2025/QH15".to_owned(),
            title: "Nghị quyết về việc sắp xếp đơn vị hành chính cấp tỉnh".to_owned(),
            issuer: "Quốc hội".to_owned(),
            decided_on: day(2025, 6, 12)?,
            effective_from: reform,
        },
    ])
}

/// The provinces of both frames: each old one went into one new one as a whole, as its communes tell.
struct Provinces {
    /// By code: the name, and the code of the province that it went into.
    old: BTreeMap<String, (String, String)>,
    /// Names by code.
    new: BTreeMap<String, String>,
}

impl Provinces {
    fn of(source: &Source) -> Self {
        let of_commune: BTreeMap<&str, &str> =
            source.new.iter().map(|row| (row.code.as_str(), row.province_code.as_str())).collect();
        let went: BTreeMap<&str, &str> = source
            .successions
            .iter()
            .filter_map(|row| Some((row.old_commune_code.as_str(), *of_commune.get(row.new_commune_code.as_str())?)))
            .collect();
        let old = source.old.iter().filter_map(|row| {
            let into = went.get(row.commune_code.as_str())?;
            Some((row.province_code.clone(), (row.province_name.clone(), (*into).to_owned())))
        });
        let new = source.new.iter().map(|row| (row.province_code.clone(), row.province_name.clone()));
        Self { old: old.collect(), new: new.collect() }
    }

    /// Whether the province took in no other and went into none.
    fn goes_on(&self, code: &str) -> bool {
        let mut sources = self.old.iter().filter(|(_, (_, into))| into == code);
        matches!((sources.next(), sources.next()), (Some((only, _)), None) if only == code)
    }

    fn old_key(&self, code: &str) -> String {
        if self.goes_on(code) { new_key(code) } else { format!("province_until_2025:{code}") }
    }

    fn lineage(&self) -> impl Iterator<Item = FoundingLineage> {
        self.old.iter().filter(|(code, _)| !self.goes_on(code)).map(|(code, (_, into))| FoundingLineage {
            from: self.old_key(code),
            to: new_key(into),
            kind: LineageKind::Merge,
            share: Share::Whole,
            act: PROVINCES_MERGE,
        })
    }
}

/// The key of a province since the reform. That of the province that is served is its name in the demo province.
fn new_key(code: &str) -> String {
    if code == PROVINCE { "province".to_owned() } else { format!("province:{code}") }
}
