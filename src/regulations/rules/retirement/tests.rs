use serde_json::Value;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The schedule of the file, both rows in one, as a caller gives it.
pub(super) fn schedule() -> Vec<RetirementStep> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../../../data/regulations.json")).unwrap();
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

#[test]
fn one_day_of_birth_parts_who_has_retired_from_who_has_not() {
    let schedule = schedule();
    for sex in [Sex::Male, Sex::Female] {
        for on in [
            "1999-06-01",
            "2020-12-31",
            "2021-01-01",
            "2026-11-30",
            "2026-12-01",
            "2028-02-29",
            "2034-09-01",
            "2050-01-01",
        ] {
            let border = latest_birth(sex, &schedule, day(on)).unwrap();
            assert!(retirement_day(border, sex, &schedule) >= day(on), "{sex:?} {on} {border}");
            let eve = border.pred_opt().unwrap();
            assert!(retirement_day(eve, sex, &schedule) < day(on), "{sex:?} {on} {eve}");
        }
    }
    assert_eq!(latest_birth(Sex::Male, &[], day("2026-01-01")), None);
}
