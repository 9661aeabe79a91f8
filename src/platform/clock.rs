//! The only reader of the clock. "Today" is the day in Asia/Ho_Chi_Minh, wherever the server stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Viet Nam keeps UTC+7 all year, since 1975.
const HO_CHI_MINH_SECONDS_EAST: i32 = 7 * 3600;

/// A source of time: the system's, the system's shifted by whole seconds, or one that stands still until it is set.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System { shift: TimeDelta },
    Manual { micros: Arc<AtomicI64> },
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self(Kind::System { shift: TimeDelta::zero() })
    }

    /// The system's time of day, on a calendar where now is `day`.
    pub fn starting_on(day: NaiveDate) -> Self {
        let here = Self::system();
        Self(Kind::System { shift: day - here.today() })
    }

    /// A clock that stands at `instant`, for loads that must repeat and for tests.
    pub fn manual(instant: DateTime<Utc>) -> Self {
        Self(Kind::Manual { micros: Arc::new(AtomicI64::new(instant.timestamp_micros())) })
    }

    /// A manual clock at 08:00 in Asia/Ho_Chi_Minh of a day.
    pub fn manual_on(day: NaiveDate) -> Self {
        let morning = NaiveTime::from_hms_opt(1, 0, 0).unwrap_or_default();
        Self::manual(day.and_time(morning).and_utc())
    }

    /// Moves a manual clock to `instant`; another kind stays as it is.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Kind::Manual { micros } = &self.0 {
            micros.store(instant.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// Moves a manual clock to 08:00 of a day.
    pub fn set_day(&self, day: NaiveDate) {
        self.set(Self::manual_on(day).now());
    }

    /// This instant, to the microsecond that PostgreSQL keeps.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &self.0 {
            Kind::System { shift } => (Utc::now() + *shift).timestamp_micros(),
            Kind::Manual { micros } => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// This day in Asia/Ho_Chi_Minh.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now())
    }
}

/// A moment to measure ages from, of what is kept in memory: steady, and real also where a clock is set by hand.
pub fn moment() -> Instant {
    Instant::now()
}

/// The day in Asia/Ho_Chi_Minh of an instant.
pub fn day_of(instant: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(HO_CHI_MINH_SECONDS_EAST)
        .map_or_else(|| instant.date_naive(), |zone| instant.with_timezone(&zone).date_naive())
}

/// The first instant of a day in Asia/Ho_Chi_Minh.
pub fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(HO_CHI_MINH_SECONDS_EAST.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_ho_chi_minh() {
        let at = |text: &str| day_of(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-22T16:59:59Z"), "2026-11-22");
        assert_eq!(at("2026-11-22T17:00:00Z"), "2026-11-23");
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(start_of(day), "2026-11-22T17:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn a_shifted_clock_starts_on_its_day_and_a_manual_one_stands() {
        let day = NaiveDate::from_ymd_opt(2031, 2, 3).unwrap();
        assert_eq!(Clock::starting_on(day).today(), day);
        let clock = Clock::manual_on(day);
        assert_eq!((clock.now(), clock.today()), (clock.now(), day));
        clock.set_day(day.succ_opt().unwrap());
        assert_eq!(clock.today(), day.succ_opt().unwrap());
    }
}
