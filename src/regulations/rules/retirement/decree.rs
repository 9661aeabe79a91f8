//! The table of the decree on the retirement age, by hand: for each band of births its first and last month, the age that
//! counts for it, and the last day in service.

use super::tests::schedule;
use super::*;

/// Born from, to; years and months of age; last day in service of who is born in the first and in the last month.
type Band = (&'static str, &'static str, u32, u32, &'static str, &'static str);

const MEN: [Band; 10] = [
    ("1961-01", "1961-09", 60, 3, "2021-04-30", "2021-12-31"),
    ("1961-10", "1962-06", 60, 6, "2022-04-30", "2022-12-31"),
    ("1962-07", "1963-03", 60, 9, "2023-04-30", "2023-12-31"),
    ("1963-04", "1963-12", 61, 0, "2024-04-30", "2024-12-31"),
    ("1964-01", "1964-09", 61, 3, "2025-04-30", "2025-12-31"),
    ("1964-10", "1965-06", 61, 6, "2026-04-30", "2026-12-31"),
    ("1965-07", "1966-03", 61, 9, "2027-04-30", "2027-12-31"),
    ("1966-04", "1966-12", 62, 0, "2028-04-30", "2028-12-31"),
    ("1967-01", "1967-12", 62, 0, "2029-01-31", "2029-12-31"),
    ("1978-02", "1978-02", 62, 0, "2040-02-29", "2040-02-29"),
];

const WOMEN: [Band; 17] = [
    ("1966-01", "1966-08", 55, 4, "2021-05-31", "2021-12-31"),
    ("1966-09", "1967-04", 55, 8, "2022-05-31", "2022-12-31"),
    ("1967-05", "1967-12", 56, 0, "2023-05-31", "2023-12-31"),
    ("1968-01", "1968-08", 56, 4, "2024-05-31", "2024-12-31"),
    ("1968-09", "1969-04", 56, 8, "2025-05-31", "2025-12-31"),
    ("1969-05", "1969-12", 57, 0, "2026-05-31", "2026-12-31"),
    ("1970-01", "1970-08", 57, 4, "2027-05-31", "2027-12-31"),
    ("1970-09", "1971-04", 57, 8, "2028-05-31", "2028-12-31"),
    ("1971-05", "1971-12", 58, 0, "2029-05-31", "2029-12-31"),
    ("1972-01", "1972-08", 58, 4, "2030-05-31", "2030-12-31"),
    ("1972-09", "1973-04", 58, 8, "2031-05-31", "2031-12-31"),
    ("1973-05", "1973-12", 59, 0, "2032-05-31", "2032-12-31"),
    ("1974-01", "1974-08", 59, 4, "2033-05-31", "2033-12-31"),
    ("1974-09", "1975-04", 59, 8, "2034-05-31", "2034-12-31"),
    ("1975-05", "1975-12", 60, 0, "2035-05-31", "2035-12-31"),
    ("1976-01", "1976-07", 60, 0, "2036-01-31", "2036-07-31"),
    ("1988-02", "1988-02", 60, 0, "2048-02-29", "2048-02-29"),
];

fn first_of(month: &str) -> NaiveDate {
    format!("{month}-01").parse().unwrap()
}

/// 54 cases, each with the first and the last day of its month, and the age by counting months.
#[test]
fn retirement_days_are_those_of_the_table_of_the_decree() {
    let (schedule, mut cases) = (schedule(), 0);
    let bands = MEN.iter().map(|band| (Sex::Male, band)).chain(WOMEN.iter().map(|band| (Sex::Female, band)));
    for (sex, &(from, to, years, months, first, last)) in bands {
        for (born, retires) in [(from, first), (to, last)] {
            cases += 1;
            let (begins, retires): (NaiveDate, NaiveDate) = (first_of(born), retires.parse().unwrap());
            let ends = begins + chrono::Months::new(1) - chrono::Days::new(1);
            for day in [begins, ends] {
                assert_eq!(retirement_day(day, sex, &schedule), retires, "{day} {sex:?}");
            }
            let of_age = begins + chrono::Months::new(years * 12 + months);
            assert_eq!((of_age.year(), of_age.month()), (retires.year(), retires.month()), "{born}: by hand");
        }
    }
    assert!(cases >= 40, "only {cases} cases");
}

/// No month of birth is forgotten between two bands.
#[test]
fn the_bands_of_the_table_follow_each_other() {
    for bands in [&MEN[..8], &WOMEN[..15]] {
        for pair in bands.windows(2) {
            assert_eq!(first_of(pair[0].1) + chrono::Months::new(1), first_of(pair[1].0), "{pair:?}");
        }
    }
}
