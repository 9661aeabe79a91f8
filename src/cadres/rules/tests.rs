use serde_json::Value;

use super::*;
use crate::cadres::model::{QualificationKind, Sex};
use crate::platform::period::Period;
use crate::posts::{Basis, Level, PostId, TitleId};
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn person() -> PersonalData {
    PersonalData {
        full_name: "Lò Văn Hặc".to_owned(),
        sex: Sex::Male,
        born_on: day("1978-05-04"),
        personal_number: Some("011078000123".to_owned()),
        ethnic_group: "thai".to_owned(),
        religion: None,
        native_place: None,
        party_joined_on: Some(day("2004-01-01")),
        recruited_on: Some(day("2001-09-01")),
        status: CadreStatus::Active,
        confirm_number_mismatch: false,
    }
}

fn told(person: &PersonalData) -> Vec<(String, &'static str)> {
    assess(person, day("2026-01-15")).into_iter().map(|f| (f.pointer.to_string(), f.code.name)).collect()
}

#[test]
fn a_good_record_has_no_findings_and_all_faults_are_told_at_once() {
    assert_eq!(told(&person()), []);
    let bad = PersonalData {
        full_name: "Lò  Văn".to_owned(),
        personal_number: Some("12".to_owned()),
        born_on: day("2010-01-01"),
        ethnic_group: "Thái".to_owned(),
        religion: Some("none of these".to_owned()),
        party_joined_on: Some(day("2030-01-01")),
        recruited_on: Some(day("2009-01-01")),
        ..person()
    };
    let pointers: Vec<_> = told(&bad).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        [
            "/full_name",
            "/personal_number",
            "/born_on",
            "/ethnic_group",
            "/religion",
            "/party_joined_on",
            "/recruited_on"
        ]
    );
}

#[test]
fn the_personal_number_says_sex_century_and_year() {
    for (number, sex, born, agrees) in [
        ("011078000123", Sex::Male, "1978-05-04", true),
        ("011178000123", Sex::Female, "1978-05-04", true),
        ("011178000123", Sex::Male, "1978-05-04", false),
        ("011078000123", Sex::Female, "1978-05-04", false),
        ("011079000123", Sex::Male, "1978-05-04", false),
        ("011278000123", Sex::Male, "1978-05-04", false), // 2078
        ("001204000123", Sex::Male, "2004-12-31", true),
        ("001304000123", Sex::Female, "2004-01-01", true),
        ("001004000123", Sex::Male, "2004-01-01", false), // 1904
        ("079099000123", Sex::Male, "1999-12-31", true),
        ("079200000123", Sex::Male, "2000-01-01", true),
        ("079400000123", Sex::Male, "2100-01-01", true),
        ("079900000123", Sex::Female, "2300-01-01", true),
    ] {
        assert_eq!(super::number::disagreements(number, sex, day(born)).is_empty(), agrees, "{number} {born}");
    }
    let wrong = PersonalData { personal_number: Some("011178000123".to_owned()), ..person() };
    assert_eq!(told(&wrong), [("/personal_number".to_owned(), "number_mismatch")]);
    assert_eq!(told(&PersonalData { confirm_number_mismatch: true, ..wrong }), []);
    for bad in ["", "01107800012", "0110780001234", "01107800012a", "０11078000123"] {
        let bad = PersonalData { personal_number: Some(bad.to_owned()), confirm_number_mismatch: true, ..person() };
        assert_eq!(told(&bad), [("/personal_number".to_owned(), "bad_format")], "{:?}", bad.personal_number);
    }
}

#[test]
fn births_are_plausible() {
    for (born, recruited, good) in [
        ("1978-05-04", Some("1996-05-04"), true),
        ("1978-05-04", Some("1996-05-03"), false), // 17
        ("1930-05-04", Some("2006-05-03"), true),  // 75
        ("1930-05-04", Some("2006-05-04"), false), // 76
        ("1940-05-04", None, true),
        ("1899-12-31", None, false),
        ("2008-01-15", None, true),
        ("2008-01-16", None, false),
        ("2027-01-01", None, false),
    ] {
        let someone = PersonalData {
            born_on: day(born),
            recruited_on: recruited.map(day),
            personal_number: None,
            party_joined_on: None,
            ..person()
        };
        assert_eq!(told(&someone).is_empty(), good, "{born} {recruited:?}: {:?}", told(&someone));
    }
}

#[test]
fn levels_fit_the_kind() {
    for (kind, level, good) in [
        (QualificationKind::Degree, "intermediate", true),
        (QualificationKind::Degree, "Đại học", false),
        (QualificationKind::PoliticalTheory, "elementary", true),
        (QualificationKind::StateManagement, "specialist", true),
        (QualificationKind::StateManagement, "elementary", false),
        (QualificationKind::Language, "Tiếng Anh B1", true),
        (QualificationKind::EthnicLanguage, "", false),
    ] {
        let of = InitialQualification {
            kind,
            level: level.to_owned(),
            field: None,
            institution: None,
            obtained_on: day("2005-01-01"),
            certificate_number: None,
        };
        let findings = qualification(&of, day("1978-05-04"), day("2026-01-15"));
        assert_eq!(findings.is_empty(), good, "{kind:?} {level}");
        let later = InitialQualification { obtained_on: day("2026-01-16"), ..of };
        assert!(!qualification(&later, day("1978-05-04"), day("2026-01-15")).is_empty());
    }
}

fn seat() -> Seat {
    Seat {
        id: PostId(Uuid::nil()),
        title_id: TitleId(Uuid::nil()),
        title_code: String::new(),
        title: String::new(),
        label: String::new(),
        level: Level::Commune,
        rank_order: 1,
        leadership: true,
        unit_id: Uuid::nil(),
        unit: String::new(),
        full_time: true,
        during: Period::since(day("2025-07-01")),
        term_months: None,
    }
}

#[test]
fn appointments_are_recorded_when_they_have_begun() {
    let seat = seat();
    for (from, to, seen, status, codes) in [
        ("2025-07-01", None, true, CadreStatus::Active, vec![]),
        ("2026-01-15", None, true, CadreStatus::Active, vec![]),
        ("2026-01-16", None, true, CadreStatus::Active, vec!["needs_a_case"]),
        ("2025-06-30", None, true, CadreStatus::Active, vec!["outside_validity"]),
        ("2025-07-01", None, false, CadreStatus::Active, vec!["unknown_reference"]),
        ("2025-07-01", None, true, CadreStatus::Retired, vec!["not_active"]),
        ("2025-07-01", Some("2025-12-01"), true, CadreStatus::Retired, vec![]),
    ] {
        let of = InitialAppointment {
            post_id: seat.id,
            during: Period::new(Some(day(from)), to.map(day)).unwrap(),
            full_time: None,
            basis: Basis::Appointed,
            decision_number: None,
            decided_on: None,
        };
        let findings = appointment(&of, seen.then_some(&seat), status, day("2026-01-15"));
        assert_eq!(findings.iter().map(|f| f.code.name).collect::<Vec<_>>(), codes, "{from} {to:?}");
    }
}

/// The schedule of the file, both rows in one, as a caller gives it.
fn schedule() -> Vec<RetirementStep> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../../data/regulations.json")).unwrap();
    rows.iter()
        .filter(|row| row["key"] == "retirement.age_months")
        .flat_map(|row| serde_json::from_value::<Vec<RetirementStep>>(row["value"].clone()).unwrap())
        .collect()
}

#[test]
fn people_retire_at_the_end_of_the_month_in_which_they_reach_the_age() {
    let schedule = schedule();
    for (born, sex, retires) in [
        // The worked examples of the decree's table.
        ("1966-05-20", Sex::Male, "2028-05-31"),
        ("1966-10-01", Sex::Male, "2028-10-31"),
        ("1976-07-31", Sex::Female, "2036-07-31"),
        // Men: 60 to the end of 2020, then three months more a year.
        ("1960-12-31", Sex::Male, "2020-12-31"),
        ("1961-01-01", Sex::Male, "2021-04-30"), // 60y3m
        ("1961-09-15", Sex::Male, "2021-12-31"), // 60y3m
        ("1961-10-15", Sex::Male, "2022-04-30"), // 60y6m
        ("1962-06-15", Sex::Male, "2022-12-31"), // 60y6m
        ("1962-07-15", Sex::Male, "2023-04-30"), // 60y9m
        ("1963-04-15", Sex::Male, "2024-04-30"), // 61y
        ("1964-01-15", Sex::Male, "2025-04-30"), // 61y3m
        ("1964-10-15", Sex::Male, "2026-04-30"), // 61y6m
        ("1965-07-15", Sex::Male, "2027-04-30"), // 61y9m
        ("1966-03-31", Sex::Male, "2027-12-31"), // 61y9m
        ("1966-04-01", Sex::Male, "2028-04-30"), // 62y
        ("1980-02-29", Sex::Male, "2042-02-28"),
        // Women: 55 to the end of 2020, then four months more a year.
        ("1965-12-31", Sex::Female, "2020-12-31"),
        ("1966-01-01", Sex::Female, "2021-05-31"), // 55y4m
        ("1966-08-31", Sex::Female, "2021-12-31"), // 55y4m
        ("1966-09-01", Sex::Female, "2022-05-31"), // 55y8m
        ("1969-12-15", Sex::Female, "2026-12-31"), // 57y
        ("1972-01-15", Sex::Female, "2030-05-31"), // 58y4m
        ("1974-04-30", Sex::Female, "2033-08-31"), // 59y4m
        ("1974-12-31", Sex::Female, "2034-08-31"), // 59y8m
        ("1975-05-01", Sex::Female, "2035-05-31"), // 60y
        ("1990-01-01", Sex::Female, "2050-01-31"),
    ] {
        assert_eq!(retirement_day(day(born), sex, &schedule), day(retires), "{born} {sex:?}");
    }
    assert_eq!(retirement_day(day("1990-01-01"), Sex::Male, &[]), NaiveDate::MAX);
}

#[test]
fn who_is_born_later_never_retires_earlier() {
    let schedule = schedule();
    for sex in [Sex::Male, Sex::Female] {
        let days = (1930 * 12..2010 * 12).map(|month| {
            let born = NaiveDate::from_ymd_opt(month / 12, u32::try_from(month % 12 + 1).unwrap(), 1).unwrap();
            retirement_day(born, sex, &schedule)
        });
        assert!(days.collect::<Vec<_>>().is_sorted());
    }
}
