//! Periods of days. Inside canbo a period is half-open, `[from, to)`; on the wire `to` is the last day INCLUDED
//! (đến hết ngày), and `null` is open. This file is the only place where the one becomes the other.

use std::ops::Bound;

use chrono::{Days, NaiveDate};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Date, Range};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days `[from, to)`, never empty; `None` is open on that side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow, Serialize, Deserialize)]
#[diesel(sql_type = Range<Date>)]
#[serde(into = "WirePeriod", try_from = "WirePeriod")]
pub struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// A period as callers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Period, example = json!({"from": "2018-03-01", "to": null}))]
pub struct WirePeriod {
    /// First day; null: since always, or not known.
    pub from: Option<NaiveDate>,
    /// Last day included; null: open.
    pub to: Option<NaiveDate>,
}

/// Where a dated entry stands as seen from a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Timeline {
    /// Over before the day.
    Past,
    /// Holds on the day.
    Current,
    /// Begins after the day.
    Future,
}

/// A period whose last day lies before its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the last day lies before the first")]
pub struct Backwards;

impl Period {
    /// From `from`, included, to the day before `to`.
    pub fn new(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self, Backwards> {
        match (from, to) {
            (Some(from), Some(to)) if to <= from => Err(Backwards),
            _ => Ok(Self { from, to }),
        }
    }

    /// Whole months of it up to the day before `day`; 0 where it has no first day.
    pub fn months_by(&self, day: NaiveDate) -> u32 {
        let end = self.to.map_or(day, |to| to.min(day));
        self.from.map_or(0, |from| whole_months(from, end))
    }

    /// From a day on, with no end.
    pub fn since(from: NaiveDate) -> Self {
        Self { from: Some(from), to: None }
    }

    /// First day; `None` is open.
    pub fn from(&self) -> Option<NaiveDate> {
        self.from
    }

    /// The day AFTER the last; `None` is open.
    pub fn to(&self) -> Option<NaiveDate> {
        self.to
    }

    /// The last day included; `None` is open.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.to.and_then(|day| day.pred_opt())
    }

    /// The same beginning, ending before `to`.
    pub fn ending(&self, to: NaiveDate) -> Result<Self, Backwards> {
        Self::new(self.from, Some(to))
    }

    /// Whether the day lies inside.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }

    /// Whether a day lies in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before =
            |end: Option<NaiveDate>, start: Option<NaiveDate>| matches!((end, start), (Some(e), Some(s)) if e <= s);
        !before(self.to, other.from) && !before(other.to, self.from)
    }

    /// Whether every day of `other` lies in this one.
    pub fn encloses(&self, other: &Self) -> bool {
        self.from.is_none_or(|mine| other.from.is_some_and(|theirs| mine <= theirs))
            && self.to.is_none_or(|mine| other.to.is_some_and(|theirs| theirs <= mine))
    }

    /// The part of this period that lies in `other`, if any.
    pub fn within(&self, other: &Self) -> Option<Self> {
        let from = self.from.max(other.from);
        let to = match (self.to, other.to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self::new(from, to).ok()
    }

    /// What is left of this period when the days of another are taken out of it: before them, and after them.
    pub fn without(&self, taken: &Self) -> [Option<Self>; 2] {
        let before = taken.from.and_then(|from| Self::new(None, Some(from)).ok());
        let after = taken.to.map(Self::since);
        [before, after].map(|side| side.and_then(|side| self.within(&side)))
    }

    /// Where the period stands as seen from `day`.
    pub fn timeline(&self, day: NaiveDate) -> Timeline {
        if self.to.is_some_and(|to| to <= day) {
            Timeline::Past
        } else if self.holds(day) {
            Timeline::Current
        } else {
            Timeline::Future
        }
    }
}

impl From<Period> for WirePeriod {
    fn from(period: Period) -> Self {
        Self { from: period.from, to: period.last_day() }
    }
}

impl TryFrom<WirePeriod> for Period {
    type Error = Backwards;
    fn try_from(wire: WirePeriod) -> Result<Self, Backwards> {
        let to = wire.to.map(|last| last.checked_add_days(Days::new(1)).ok_or(Backwards)).transpose()?;
        Self::new(wire.from, to)
    }
}

type Bounds = (Bound<NaiveDate>, Bound<NaiveDate>);

impl ToSql<Range<Date>, Pg> for Period {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let bounds: Bounds =
            (self.from.map_or(Bound::Unbounded, Bound::Included), self.to.map_or(Bound::Unbounded, Bound::Excluded));
        <Bounds as ToSql<Range<Date>, Pg>>::to_sql(&bounds, &mut out.reborrow())
    }
}

impl FromSql<Range<Date>, Pg> for Period {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let (from, to) = <Bounds as FromSql<Range<Date>, Pg>>::from_sql(bytes)?;
        let from = match from {
            Bound::Included(day) => Some(day),
            Bound::Excluded(day) => day.succ_opt(),
            Bound::Unbounded => None,
        };
        let to = match to {
            Bound::Excluded(day) => Some(day),
            Bound::Included(day) => day.succ_opt(),
            Bound::Unbounded => None,
        };
        Ok(Self::new(from, to)?)
    }
}

/// Whole months from `from` to `to` (40 in "40 months served"); 0 when `to` is not after `from`.
pub fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    use chrono::Datelike;
    if to <= from {
        return 0;
    }
    let months = (to.year() - from.year()) * 12 + to.month().cast_signed() - from.month().cast_signed();
    u32::try_from(months).unwrap_or(0) - u32::from(to.day() < from.day() && months > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_wire_says_the_last_day_included() {
        let period = Period::new(Some(day("2018-03-01")), Some(day("2020-03-01"))).unwrap();
        assert_eq!(
            serde_json::to_value(period).unwrap(),
            serde_json::json!({"from": "2018-03-01", "to": "2020-02-29"})
        );
        assert!(period.holds(day("2020-02-29")) && !period.holds(day("2020-03-01")));
        assert!(serde_json::from_str::<Period>(r#"{"from": "2020-01-02", "to": "2020-01-01"}"#).is_err());
        assert!(serde_json::from_str::<Period>(r#"{"from": "2020-01-01", "to": "2020-01-01"}"#).is_ok());
    }

    #[test]
    fn touching_periods_do_not_overlap() {
        let first = Period::new(None, Some(day("2025-07-01"))).unwrap();
        let second = Period::since(day("2025-07-01"));
        assert!(!first.overlaps(&second) && !second.overlaps(&first));
        assert_eq!(first.timeline(day("2025-07-01")), Timeline::Past);
        assert_eq!(second.timeline(day("2025-06-30")), Timeline::Future);
        assert_eq!(first.within(&second), None);
        assert!(
            !first.encloses(&second)
                && first.encloses(&Period::new(Some(day("2020-01-01")), Some(day("2025-07-01"))).unwrap())
        );
    }

    #[test]
    fn what_is_left_of_a_period_lies_before_and_after() {
        let period = |text: &str| {
            let (from, to) = text.split_once("..").unwrap();
            let side = |text: &str| (!text.is_empty()).then(|| day(text));
            Period::new(side(from), side(to)).unwrap()
        };
        for (old, taken, before, after) in [
            ("2020-01-01..", "2025-01-01..", Some("2020-01-01..2025-01-01"), None),
            ("2020-01-01..2030-01-01", "2020-01-01..2030-01-01", None, None),
            (
                "2020-01-01..2030-01-01",
                "2024-01-01..2025-01-01",
                Some("2020-01-01..2024-01-01"),
                Some("2025-01-01..2030-01-01"),
            ),
            ("..", "2024-01-01..2025-01-01", Some("..2024-01-01"), Some("2025-01-01..")),
            ("2020-01-01..", "..2025-01-01", None, Some("2025-01-01..")),
            ("2020-01-01..2021-01-01", "2019-01-01..2020-07-01", None, Some("2020-07-01..2021-01-01")),
        ] {
            let left = [before, after].map(|side| side.map(period));
            assert_eq!(period(old).without(&period(taken)), left, "{old} {taken}");
        }
    }

    #[test]
    fn months_are_whole() {
        assert_eq!(whole_months(day("2018-01-31"), day("2018-02-28")), 0);
        assert_eq!(whole_months(day("2018-01-15"), day("2021-01-15")), 36);
        assert_eq!(whole_months(day("2018-01-15"), day("2021-01-14")), 35);
        assert_eq!(whole_months(day("2021-01-15"), day("2018-01-15")), 0);
        assert_eq!(whole_months(day("2018-01-15"), day("2018-01-20")), 0);
        let stay = Period::new(Some(day("2018-01-15")), Some(day("2021-01-15"))).unwrap();
        assert_eq!(["2017-01-01", "2019-01-15", "2026-01-01"].map(|on| stay.months_by(day(on))), [0, 12, 36]);
        assert_eq!(Period::new(None, None).unwrap().months_by(day("2026-01-01")), 0);
    }

    fn days() -> impl Strategy<Value = NaiveDate> {
        (0..30000_i64).prop_map(|n| day("1990-01-01") + chrono::TimeDelta::days(n))
    }

    proptest! {
        #[test]
        fn every_period_survives_the_wire(from in proptest::option::of(days()), length in proptest::option::of(1..9000_i64)) {
            let to = match (from, length) { (Some(f), Some(n)) => Some(f + chrono::TimeDelta::days(n)), _ => None };
            let period = Period::new(from, to).unwrap();
            let text = serde_json::to_string(&period).unwrap();
            prop_assert_eq!(serde_json::from_str::<Period>(&text).unwrap(), period);
        }
    }
}
