//! The days of the plan: its frame, the reform, and retirement by the schedule of `data/regulations.json`.

use chrono::{Days, Months, NaiveDate};

use crate::organisations::founding::BadData;
use crate::regulations::{RetirementStep, Sex, retirement_day, shipped_retirement};

const fn literal(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// Where the plan begins. What stood then began before.
pub(super) const FIRST_DAY: NaiveDate = literal(2015, 1, 1);
/// Where it ends.
pub(super) const LAST_DAY: NaiveDate = literal(2026, 10, 31);
/// Seats whose body has no known beginning exist from here on.
pub(super) const SEATS_SINCE: NaiveDate = literal(2010, 1, 1);
/// The districts and the old communes are no more; the new communes are.
pub(super) const REFORM: NaiveDate = literal(2025, 7, 1);
/// No appointments from the conclusion 128-KL/TW of March 2025 until the new communes had settled.
const FREEZE: (NaiveDate, NaiveDate) = (literal(2025, 4, 1), literal(2025, 9, 1));

/// First days of the terms for which people are planned, and of the one after.
pub(super) const TERMS: [(NaiveDate, NaiveDate); 3] =
    [(FIRST_DAY, literal(2020, 7, 1)), (literal(2020, 7, 1), REFORM), (REFORM, literal(2030, 7, 1))];

/// A day written in the code.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    literal(year, month, day)
}

pub(super) fn frozen(day: NaiveDate) -> bool {
    FREEZE.0 <= day && day < FREEZE.1
}

/// Months in a seat before the next. After the reform everybody was new in theirs, and time in equal ones counted.
pub(super) fn seasoning(on: NaiveDate) -> u32 {
    if on < REFORM { 24 } else { 10 }
}

/// The first days of the months.
pub(super) fn months(from: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(from), |day| day.checked_add_months(Months::new(1))).take_while(move |day| *day <= last)
}

pub(super) fn plus_months(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(day)
}

pub(super) fn minus_months(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(day)
}

pub(super) fn plus_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

pub(super) fn minus_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// Full years of age.
pub(super) fn age(born: NaiveDate, on: NaiveDate) -> i32 {
    on.years_since(born).and_then(|years| i32::try_from(years).ok()).unwrap_or(0)
}

/// The schedule of retirement ages that ships with canbo.
pub(super) struct Retirement(Vec<RetirementStep>);

impl Retirement {
    pub(super) fn read() -> Result<Self, BadData> {
        Ok(Self(shipped_retirement().map_err(|error| BadData::new("regulations.json", &error))?))
    }

    /// The last day in service.
    pub(super) fn last_day(&self, born: NaiveDate, female: bool) -> NaiveDate {
        retirement_day(born, if female { Sex::Female } else { Sex::Male }, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retirement_follows_the_schedule() {
        let schedule = Retirement::read().unwrap();
        let last = |born: NaiveDate, female| schedule.last_day(born, female).to_string();
        assert_eq!(last(day(1966, 5, 10), false), "2028-05-31");
        assert_eq!(last(day(1966, 10, 31), false), "2028-10-31");
        assert_eq!(last(day(1976, 7, 1), true), "2036-07-31");
        assert_eq!(last(day(1957, 12, 3), false), "2017-12-31");
    }
}
