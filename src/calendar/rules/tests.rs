use super::*;
use crate::regulations::retirement_day;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn last_days_in_service_are_last_days_of_months() {
    for (from, to, expected) in [
        ("2026-11-23", "2027-01-31", vec!["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("2026-11-30", "2026-12-30", vec!["2026-11-30"]),
        ("2028-02-01", "2028-02-29", vec!["2028-02-29"]),
        ("2026-12-01", "2026-12-30", vec![]),
    ] {
        let found: Vec<String> = ends_of_months(day(from), day(to)).map(|end| end.to_string()).collect();
        assert_eq!(found, expected, "{from} to {to}");
    }
}

/// Whoever is in a cohort retires on its day, and whoever retires in the span is in one: day of birth by day of birth.
#[test]
fn cohorts_are_exactly_who_retires_in_the_span() {
    let ages: Vec<RetirementStep> = (0..8_u32)
        .map(|year| RetirementStep {
            from_year: 2021 + i32::try_from(year).unwrap(),
            male_months: (723 + 3 * year).min(744),
            female_months: (664 + 4 * year).min(720),
        })
        .collect();
    let (from, to) = (day("2026-11-23"), day("2028-11-23"));
    let cohorts = retiring(&ages, from, to);
    for sex in [Sex::Male, Sex::Female] {
        let mut born = day("1962-01-01");
        while born < day("1975-01-01") {
            let last = retirement_day(born, sex, &ages);
            let holds = |one: &&Cohort| one.sex == sex && one.born_from <= born && born < one.born_until;
            let found: Vec<NaiveDate> = cohorts.iter().filter(holds).map(|one| one.last_day).collect();
            let expected = if (from..=to).contains(&last) { vec![last] } else { Vec::new() };
            assert_eq!(found, expected, "{sex:?} born on {born}");
            born = born.succ_opt().unwrap();
        }
    }
    assert!(retiring(&[], from, to).is_empty(), "without a schedule nobody retires");
}
