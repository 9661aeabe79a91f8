use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::organisations::model::{Spot, UnitKind};

fn unit(n: u128) -> UnitId {
    UnitId(Uuid::from_u128(n))
}

/// The units of the day: 1 the province; 11 and 12 communes in it; 111 a body of the first.
fn above(n: u128) -> Vec<(UnitId, UnitKind, String)> {
    let one = |n: u128, kind, name: &str| (unit(n), kind, name.to_owned());
    let province = one(1, UnitKind::Province, "Tỉnh Điện Biên");
    match n {
        1 => vec![province],
        11 => vec![one(11, UnitKind::Commune, "Xã Na Sang"), province],
        12 => vec![one(12, UnitKind::Commune, "Xã Mường Tùng"), province],
        _ => vec![one(n, UnitKind::Party, "Đảng ủy"), one(11, UnitKind::Commune, "Xã Na Sang"), province],
    }
}

/// What each unit of the past or of the day is: its kind, and the units of the day.
fn places() -> Places {
    let mut places = Places::default();
    for (n, kind, now, heir) in [
        (1, UnitKind::Province, &[1][..], true),
        (11, UnitKind::Commune, &[11], true),
        (12, UnitKind::Commune, &[12], true),
        (111, UnitKind::Party, &[111], true),
        // An old commune that went into the first one, one that was divided, its body, a body without an heir.
        (21, UnitKind::Commune, &[11], true),
        (22, UnitKind::Commune, &[11, 12], true),
        (221, UnitKind::Party, &[11, 12], false),
        (211, UnitKind::Party, &[11], false),
        // Districts that are no more: of both communes, and of the first alone.
        (30, UnitKind::District, &[11, 12], false),
        (31, UnitKind::District, &[11], false),
    ] {
        for of_the_day in now {
            places.add(unit(n), kind, Spot { unit: unit(*of_the_day), above: above(*of_the_day), heir });
        }
    }
    places
}

fn rule(definition: &Value, years: &Value) -> NativeRule {
    let parameter =
        |value: &Value, confirmed| Parameter { value: value.clone(), citation: "Quy định".to_owned(), confirmed };
    let rules = [
        ("native.definition".to_owned(), parameter(definition, true)),
        ("native.residence_years".to_owned(), parameter(years, false)),
    ];
    NativeRule::of(&Rulebook::new("2026-11-23".parse().unwrap(), rules))
}

#[test]
fn a_native_comes_from_the_locality_or_has_worked_there_long() {
    let places = places();
    let (place, work) = (json!("native_place"), json!("native_place_or_work"));
    let (commune, province) = (111, 1);
    let (yes, no, unknown) = (Some(true), Some(false), None);
    // What, the definition, where the post is, the native unit, stays, the verdict, the stays that count.
    for (what, definition, at, native, stays, verdict, counted) in [
        ("the commune itself", &place, commune, Some(11), &[][..], yes, &[][..]),
        ("its neighbour", &place, commune, Some(12), &[], no, &[]),
        ("one that went into it", &place, commune, Some(21), &[], yes, &[]),
        ("one that was divided", &place, commune, Some(22), &[], yes, &[]),
        ("a district of it and others", &place, commune, Some(30), &[], unknown, &[]),
        ("a district that is the commune now", &place, commune, Some(31), &[], yes, &[]),
        ("the province alone is known", &place, commune, Some(1), &[], unknown, &[]),
        ("a unit of which nothing is", &place, commune, Some(99), &[], unknown, &[]),
        ("nothing is known", &place, commune, None, &[(111, 600)], unknown, &[]),
        ("a post of the province", &place, province, Some(12), &[], yes, &[]),
        ("a district, for the province", &place, province, Some(30), &[], yes, &[]),
        (
            "twenty years in the commune",
            &work,
            commune,
            Some(12),
            &[(111, 200), (21, 39), (12, 90), (211, 1)],
            yes,
            &[0, 1, 3],
        ),
        ("not quite", &work, commune, Some(12), &[(111, 200), (21, 39)], no, &[0, 1]),
        ("what was divided tells not where", &work, commune, Some(12), &[(111, 239), (22, 50), (221, 50)], no, &[0]),
        ("a district tells not where", &work, commune, None, &[(30, 600)], unknown, &[]),
        ("enough, whoever comes from where", &work, commune, None, &[(111, 240)], yes, &[0]),
        ("too little, and no native unit", &work, commune, None, &[(111, 239)], unknown, &[0]),
        ("the native unit is enough", &work, commune, Some(11), &[], yes, &[]),
        ("a definition that is not known", &json!("born_there"), commune, Some(11), &[], unknown, &[]),
        ("no definition", &Value::Null, commune, Some(11), &[], unknown, &[]),
    ] {
        let stays = stays.iter().map(|(n, months)| Stay { unit: unit(*n), months: *months }).collect();
        let roots = Roots { native_unit: native.map(unit), stays };
        let locality = places.locality(unit(at)).unwrap();
        let found = native_of(&locality, &roots, &rule(definition, &json!(20)), &places);
        assert_eq!((found.native, found.stays.as_slice()), (verdict, counted), "{what}: {:?}", found.how);
        assert!(!found.how.vi.is_empty() && !found.how.en.is_empty(), "{what}");
    }
}

#[test]
fn years_that_the_province_has_not_set_are_missing() {
    let (places, rule) = (places(), rule(&json!("native_place_or_work"), &Value::Null));
    let roots = Roots { native_unit: Some(unit(12)), stays: vec![Stay { unit: unit(111), months: 600 }] };
    let found = native_of(&places.locality(unit(111)).unwrap(), &roots, &rule, &places);
    assert_eq!(found.native, None);
    assert!(found.how.en.contains("has not set the years"), "{}", found.how.en);
    assert_eq!(rule.cited().map(|cited| (cited.citation.as_str(), cited.confirmed)), Some(("Quy định", true)));
    assert_eq!(places.locality(unit(30)), None, "a unit that is no more is no locality");
}
