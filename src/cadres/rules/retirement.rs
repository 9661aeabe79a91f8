//! When people retire, by a schedule that the law gives (it is not kept here).

#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::cadres::model::Sex;

/// The ages that count from a year on, as in the regulation `retirement.age_months`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetirementStep {
    /// The year in which the age is reached.
    pub from_year: i32,
    /// Age of men, months.
    #[serde(alias = "male")]
    pub male_months: u32,
    /// Age of women, months.
    #[serde(alias = "female")]
    pub female_months: u32,
}

impl RetirementStep {
    fn months(&self, sex: Sex) -> i32 {
        let months = match sex {
            Sex::Male => self.male_months,
            Sex::Female => self.female_months,
        };
        i32::try_from(months).unwrap_or(i32::MAX / 2)
    }
}

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
    let last_year = (born + oldest).div_euclid(12);
    let reached_in = |year: i32| {
        let step = steps.iter().rev().find(|step| step.from_year <= year).unwrap_or(first);
        born + step.months(sex)
    };
    let month = (born_on.year()..=last_year)
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
