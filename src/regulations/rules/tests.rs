use serde_json::{Value, json};

use super::*;
use crate::regulations::model::{KEYS, RegulationConfirmation, RegulationId, ValueForm};
use crate::regulations::shipped::shipped;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2025-01-01..2025-07-01`, either side possibly empty.
fn period(text: &str) -> Period {
    let (from, to) = text.split_once("..").unwrap();
    let side = |text: &str| (!text.is_empty()).then(|| day(text));
    Period::new(side(from), side(to)).unwrap()
}

fn regulation(key: &str, value: Value, during: &str) -> Regulation {
    Regulation {
        id: RegulationId(uuid::Uuid::from_u128(1)),
        key: key.to_owned(),
        value,
        unit: None,
        during: period(during),
        instrument: "Nghị định".to_owned(),
        article: None,
        source_note: None,
        confirmation: None,
        description_vi: String::new(),
        description_en: String::new(),
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        recorded_by: "x".to_owned(),
        superseded_at: None,
        version: 1,
    }
}

fn said(value: Value) -> Provision {
    Provision { value, instrument: "Nghị định".to_owned(), article: None, source_note: None }
}

#[test]
fn every_key_is_known_and_every_shipped_value_fits_its_form() {
    let shipped = shipped().unwrap();
    for row in &shipped {
        assert!(provision(&row.subject.key, &row.provision).is_empty(), "{}: {}", row.subject.key, row.provision.value);
    }
    assert!(KEYS.is_sorted_by_key(|(key, _)| *key));
    for (key, _) in KEYS {
        let of_key: Vec<_> = shipped.iter().filter(|row| row.subject.key == *key).collect();
        assert!(!of_key.is_empty(), "{key} is not shipped");
        for pair in of_key.windows(2) {
            assert_eq!(pair[0].during.to(), pair[1].during.from(), "{key}: one value a day and no gap");
        }
    }
}

/// A form, a value, and the findings: pointer and code.
type Case = (ValueForm, Value, &'static [(&'static str, &'static str)]);

#[test]
fn a_value_has_the_form_of_its_key() {
    use ValueForm::{Boolean, Bounds, Integer, MonthDay, Points, Ratio, RetirementSteps, Text, TitleGroups};
    let step = |from_year: i32, male: i32, female: i32| json!({"from_year": from_year, "male": male, "female": female});
    let cases: &[Case] = &[
        (Integer, json!(36), &[]),
        (Integer, json!(0), &[]),
        (Integer, json!(null), &[]),
        (Integer, json!(-1), &[("", "out_of_range")]),
        (Integer, json!(36.5), &[("", "out_of_range")]),
        (Integer, json!(100_001), &[("", "out_of_range")]),
        (Integer, json!("36"), &[("", "wrong_type")]),
        (Integer, json!([36]), &[("", "wrong_type")]),
        (Boolean, json!(false), &[]),
        (Boolean, json!(0), &[("", "wrong_type")]),
        (Text, json!("S = F / T1 * (T1 - T2)"), &[]),
        (Text, json!(""), &[("", "bad_format")]),
        (Text, json!(" x"), &[("", "bad_format")]),
        (Text, json!("a\u{0}b"), &[("", "bad_character")]),
        (Text, json!("x".repeat(201)), &[("", "out_of_range")]),
        (MonthDay, json!("12-15"), &[]),
        (MonthDay, json!("02-29"), &[]),
        (MonthDay, json!("2-29"), &[("", "bad_format")]),
        (MonthDay, json!("13-01"), &[("", "bad_format")]),
        (Bounds, json!({"minimum": 2, "maximum": 5}), &[]),
        (Bounds, json!({"minimum": 5, "maximum": 2}), &[("/maximum", "out_of_range")]),
        (Bounds, json!({"minimum": 5, "most": 2}), &[("/maximum", "required"), ("/most", "unknown_field")]),
        (Points, json!({"excellent": 90, "good": 70, "completed": 50}), &[]),
        (
            Points,
            json!({"excellent": 101, "good": 40, "completed": 50}),
            &[("/good", "out_of_range"), ("/excellent", "out_of_range")],
        ),
        (RetirementSteps, json!([step(2021, 723, 664), step(2022, 726, 668)]), &[]),
        (Ratio, json!({"part": 2, "whole": 3}), &[]),
        (Ratio, json!({"part": 4, "whole": 3}), &[("/whole", "out_of_range")]),
        (Ratio, json!({"part": 0, "whole": 0}), &[("/whole", "out_of_range")]),
        (Ratio, json!({"part": 1}), &[("/whole", "required")]),
        (Ratio, json!(0.5), &[("", "wrong_type")]),
        (RetirementSteps, json!([]), &[("", "out_of_range")]),
        (
            RetirementSteps,
            json!([step(2021, 723, 664), step(2021, 720, 664)]),
            &[("/1/from_year", "bad_order"), ("/1/male", "bad_order")],
        ),
        (
            RetirementSteps,
            json!([7, {"from_year": 2021, "male": 0}]),
            &[("/0", "wrong_type"), ("/1/female", "required"), ("/1/male", "out_of_range")],
        ),
        (RetirementSteps, json!({}), &[("", "wrong_type")]),
        (TitleGroups, json!([["district_division_head", "commune_party_secretary"]]), &[]),
        (TitleGroups, json!([]), &[("", "out_of_range")]),
        (TitleGroups, json!("a"), &[("", "wrong_type")]),
        (
            TitleGroups,
            json!(["a", ["a_b"], ["c", "D"], ["c", 1]]),
            &[
                ("/0", "wrong_type"),
                ("/1", "out_of_range"),
                ("/2/1", "bad_format"),
                ("/3/0", "repeated"),
                ("/3/1", "wrong_type"),
            ],
        ),
    ];
    for (form, value, expected) in cases {
        let found = assess(*form, value);
        let found: Vec<_> = found.iter().map(|finding| (&*finding.pointer, finding.code.name)).collect();
        assert_eq!(found, *expected, "{form:?} {value}");
    }
}

#[test]
fn a_value_is_superseded_inside_its_own_days() {
    let old = regulation("rotation.minimum_months", json!(36), "2022-04-28..2025-07-01");
    let change = |from: Option<&str>, value: Value| Supersession {
        provision: said(value),
        from: from.map(day),
        reason: "x".to_owned(),
    };
    assert_eq!(supersession(&old, &change(None, json!(24))), Ok(old.during));
    assert_eq!(supersession(&old, &change(Some("2022-04-28"), json!(24))), Ok(old.during));
    assert_eq!(supersession(&old, &change(Some("2024-01-01"), json!(null))), Ok(period("2024-01-01..2025-07-01")));
    for outside in ["2022-04-27", "2025-07-01"] {
        let found = supersession(&old, &change(Some(outside), json!("24"))).unwrap_err();
        let found: Vec<_> = found.iter().map(|finding| (&*finding.pointer, finding.code.name)).collect();
        assert_eq!(found, [("/from", "outside_validity"), ("/value", "wrong_type")]);
    }
}

#[test]
fn a_first_value_takes_the_days_of_what_is_not_known() {
    let rows = [
        regulation("terms.head_maximum_years", json!(8), "2020-01-01..2022-01-01"),
        regulation("terms.head_maximum_years", json!(null), "2022-01-01..2024-01-01"),
        regulation("terms.head_maximum_years", json!(null), "2024-01-01.."),
    ];
    assert_eq!(giving_way(&rows, period("2023-01-01..")).unwrap().len(), 2);
    assert!(giving_way(&rows, period("2010-01-01..2020-01-01")).unwrap().is_empty());
    assert_eq!(giving_way(&rows, period("2021-12-31..")).unwrap_err().code(), code::DUPLICATE);
    let names = |found: Vec<Finding>| found.iter().map(|finding| finding.code.name).collect::<Vec<_>>();
    assert_eq!(names(first("terms.head_maximum_years", &said(json!(null)))), ["required"]);
    assert_eq!(names(first("terms.colour", &said(json!(8)))), ["unknown_code"]);
    assert!(first("terms.head_maximum_years", &said(json!(8))).is_empty());
}

#[test]
fn what_is_known_is_confirmed_once() {
    use RegulationAction::{Confirm, Supersede};
    let unknown = regulation("terms.head_maximum_years", json!(null), "2022-01-01..");
    let known = regulation("terms.head_maximum_years", json!(8), "2022-01-01..");
    let confirmation = RegulationConfirmation {
        against: "Công báo".to_owned(),
        on: day("2026-01-01"),
        by: "x".to_owned(),
        at: chrono::DateTime::UNIX_EPOCH,
    };
    let confirmed = Regulation { confirmation: Some(confirmation), ..known.clone() };
    for (regulation, action, keeps, refused) in [
        (&known, Confirm, true, None),
        (&unknown, Confirm, true, Some(code::WRONG_STATE)),
        (&confirmed, Confirm, true, Some(code::WRONG_STATE)),
        (&confirmed, Supersede, true, None),
        (&unknown, Supersede, true, None),
        (&known, Confirm, false, Some(code::FORBIDDEN)),
        (&confirmed, Supersede, false, Some(code::FORBIDDEN)),
    ] {
        assert_eq!(guard(regulation, action, keeps).err().map(|error| error.code()), refused, "{action:?} {keeps}");
    }
    assert!(compared(day("2026-01-01"), day("2026-01-01")).is_ok());
    assert!(compared(day("2026-01-02"), day("2026-01-01")).is_err());
}
