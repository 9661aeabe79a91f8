use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2025-01-01..2025-07-01`, either side possibly empty.
fn period(text: &str) -> Period {
    let (from, to) = text.split_once("..").unwrap();
    let side = |text: &str| (!text.is_empty()).then(|| day(text));
    Period::new(side(from), side(to)).unwrap()
}

#[test]
fn an_appointment_lies_inside_its_post_and_a_post_inside_its_unit() {
    for (outer, inner, fits) in [
        ("2020-01-01..", "2020-01-01..", true),
        ("2020-01-01..2025-07-01", "2020-01-01..2025-07-01", true),
        ("2020-01-01..2025-07-01", "2021-01-01..", false),
        ("2020-01-01..", "2019-12-31..2021-01-01", false),
        ("..", "2019-12-31..", true),
        ("..2025-07-01", "2025-07-01..", false),
    ] {
        assert_eq!(inside_post("/from", period(outer), period(inner)).is_ok(), fits, "{outer} {inner}");
        assert_eq!(inside_unit("/from".into(), Some(period(outer)), period(inner)).is_ok(), fits, "{outer} {inner}");
    }
    assert!(inside_unit("/from".into(), None, period("..")).is_err());
}

#[test]
fn a_unit_lives_from_its_first_name_to_its_last() {
    assert_eq!(life(&[]), None);
    let of = |texts: &[&str]| life(&texts.iter().map(|text| period(text)).collect::<Vec<_>>()).unwrap();
    assert_eq!(of(&["2010-01-01..2015-01-01", "..2010-01-01"]), period("..2015-01-01"));
    assert_eq!(of(&["2010-01-01..2015-01-01", "2015-01-01.."]), period("2010-01-01.."));
}

#[test]
fn a_post_ends_when_it_is_vacated() {
    assert!(vacated("/to", &[], Some(day("2025-01-01"))).is_ok());
    assert!(vacated("/to", &[period("2020-01-01..")], None).is_ok());
    assert!(vacated("/to", &[period("2020-01-01..2025-01-01")], Some(day("2025-01-01"))).is_ok());
    for held in ["2020-01-01..", "2020-01-01..2025-01-02", "2026-01-01..2027-01-01"] {
        assert_eq!(vacated("/to", &[period(held)], Some(day("2025-01-01"))).unwrap_err().code, code::NOT_VACATED);
    }
}
