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
        native_unit_id: None,
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
        head: false,
        unit_id: Uuid::nil(),
        unit: String::new(),
        full_time: true,
        during: Period::since(day("2025-07-01")),
        term_months: None,
        freezes: Vec::new(),
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
            special_case: false,
        };
        let findings = appointment(&of, seen.then_some(&seat), status, day("2026-01-15"));
        assert_eq!(findings.iter().map(|f| f.code.name).collect::<Vec<_>>(), codes, "{from} {to:?}");
    }
}
