use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::is_nfc;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn by_key(founding: &Founding) -> BTreeMap<&str, &FoundingUnit> {
    founding.units.iter().map(|unit| (unit.key.as_str(), unit)).collect()
}

#[test]
fn both_frames_are_whole() {
    let founding = founding().unwrap();
    let count = |prefix: &str| {
        founding.units.iter().filter(|unit| unit.template.is_none() && unit.key.starts_with(prefix)).count()
    };
    assert_eq!(
        (count("province"), count("district:"), count("commune_until_2025:"), count("commune:")),
        (1, 10, 129, 45)
    );
    let merges = founding.lineage.iter().filter(|edge| edge.kind == LineageKind::Merge);
    assert_eq!(merges.filter(|edge| edge.share == Share::Whole).count(), 129);
    assert_eq!(founding.lineage.iter().filter(|edge| edge.kind == LineageKind::Succession).count(), 4 * 129);
}

#[test]
fn ma_thi_ho_went_into_na_sang_whose_code_meant_a_town_before() {
    let founding = founding().unwrap();
    let edge = founding.lineage.iter().find(|edge| edge.from == "commune_until_2025:03200").unwrap();
    assert_eq!((edge.to.as_str(), founding.acts[edge.act].number.as_str()), ("commune:03172", "1661/NQ-UBTVQH15"));
    let bearers: Vec<_> = founding
        .units
        .iter()
        .flat_map(|unit| &unit.versions)
        .filter(|version| version.code.as_deref() == Some("03172"))
        .map(|version| (version.name.as_str(), version.during.from(), version.during.last_day()))
        .collect();
    assert_eq!(
        bearers,
        [("Thị trấn Mường Chà", None, Some(day("2025-06-30"))), ("Xã Na Sang", Some(day("2025-07-01")), None)]
    );
}

#[test]
fn a_unit_stands_below_an_earlier_one_that_lives_at_least_as_long() {
    let founding = founding().unwrap();
    let mut seen: BTreeMap<&str, &FoundingVersion> = BTreeMap::new();
    for unit in &founding.units {
        let version = &unit.versions[0];
        assert_eq!(version.parent.is_none(), unit.key == "province");
        if let Some(parent) = &version.parent {
            assert!(seen[parent.as_str()].during.encloses(&version.during), "{}", unit.key);
        }
        assert!(seen.insert(&unit.key, version).is_none(), "{} twice", unit.key);
    }
    let keys: BTreeSet<_> = seen.keys().copied().collect();
    for edge in &founding.lineage {
        assert!(keys.contains(edge.from.as_str()) && keys.contains(edge.to.as_str()));
    }
}

#[test]
fn names_are_spelt_as_on_the_signs() {
    let founding = founding().unwrap();
    let units = by_key(&founding);
    let name = |key: &str| units[key].versions[0].name.as_str();
    assert_eq!(name("province"), "Tỉnh Điện Biên");
    assert_eq!(name("district:095"), "Thị xã Mường Lay");
    assert_eq!(name("district_party_committee@district:094"), "Thành ủy Điện Biên Phủ");
    assert_eq!(name("district_inspectorate@district:097"), "Thanh tra huyện Mường Chà");
    assert_eq!(name("commune_people_committee_until_2025@commune_until_2025:03200"), "Ủy ban nhân dân xã Ma Thì Hồ");
    assert_eq!(name("commune_economy_division@commune:03151"), "Phòng Kinh tế, Hạ tầng và Đô thị phường Mường Lay");
    assert!(founding.units.iter().all(|unit| unit.versions.iter().all(|v| is_nfc(&v.name) && !v.name.contains('{'))));
}

#[test]
fn bodies_end_with_their_unit_or_before_it() {
    let founding = founding().unwrap();
    let units = by_key(&founding);
    let last = |key: &str| units[key].versions[0].during.last_day();
    assert_eq!(last("district_inspectorate@district:097"), Some(day("2025-06-30")));
    assert_eq!(last("province_ethnic_board@province"), Some(day("2025-02-28")));
    assert_eq!(last("commune_front@commune:03172"), None);
    let front = &units["commune_front@commune:03172"].versions[0];
    assert_eq!((front.during.from(), front.act), (Some(day("2025-07-01")), Some(REARRANGEMENT)));
}
