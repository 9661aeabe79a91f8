//! When people retire, by the schedule that a regulation holds.

#[cfg(test)]
mod decree;
#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};

use crate::regulations::model::{RetirementStep, Sex};

/// The last day in service: the last day of the month in which the age is reached, by the earliest year whose age is
/// reached inside it. A year takes the step with the greatest `from_year` not after it; years before the first step take
/// the first. Without a schedule nobody retires.
pub fn retirement_day(born_on: NaiveDate, sex: Sex, schedule: &[RetirementStep]) -> NaiveDate {
    let mut steps: Vec<&RetirementStep> = schedule.iter().collect();
    steps.sort_by_key(|step| step.from_year);
    let Some(first) = steps.as_slice().first() else { return NaiveDate::MAX };
    let born = born_on.year() * 12 + born_on.month0().cast_signed();
    // Ages never fall, so that a year later than one which is too late is not needed: the walk ends at the greatest age.
    let oldest = steps.iter().map(|step| step.months(sex)).max().unwrap_or_default();
    let youngest = steps.iter().map(|step| step.months(sex)).min().unwrap_or_default();
    let last_year = (born + oldest).div_euclid(12);
    let reached_in = |year: i32| {
        let step = steps.iter().rev().find(|step| step.from_year <= year).unwrap_or(first);
        born + step.months(sex)
    };
    let first_year = (born + youngest).div_euclid(12);
    let month = (first_year..=last_year)
        .find(|year| reached_in(*year).div_euclid(12) == *year)
        .map_or(born + oldest, reached_in);
    end_of_month(month)
}

/// The last day of a month counted from the year 0.
fn end_of_month(month: i32) -> NaiveDate {
    let next = month + 1;
    let first = u32::try_from(next.rem_euclid(12) + 1)
        .ok()
        .and_then(|month| NaiveDate::from_ymd_opt(next.div_euclid(12), month, 1));
    first.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
}

/// Who is born before this day has retired before `day`; who is born on it or later has not. None: nobody retires.
///
/// Who is born later never retires earlier, so that one day of birth parts the two: a list can be asked for by it.
pub fn latest_birth(sex: Sex, schedule: &[RetirementStep], day: NaiveDate) -> Option<NaiveDate> {
    let oldest = schedule.iter().map(|step| step.months(sex)).max()?;
    let month = |month: i32| {
        let number = u32::try_from(month.rem_euclid(12) + 1).ok()?;
        NaiveDate::from_ymd_opt(month.div_euclid(12), number, 1)
    };
    let retired = |born: i32| month(born).is_some_and(|born| retirement_day(born, sex, schedule) < day);
    let this = day.year() * 12 + day.month0().cast_signed();
    // Nobody retires later than at the greatest age, nor before being born.
    let (mut gone, mut there) = (this - oldest - 12, this + 1);
    while there - gone > 1 {
        let middle = gone + (there - gone) / 2;
        if retired(middle) {
            gone = middle;
        } else {
            there = middle;
        }
    }
    month(there)
}
