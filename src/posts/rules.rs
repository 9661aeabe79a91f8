//! What is decided about posts, without a database: whether a period fits, whether a post is vacant.

use chrono::{Days, NaiveDate};

use super::model::PostStatus;
use crate::platform::error::{Finding, Say, code};
use crate::platform::period::Period;

mod standards;
#[cfg(test)]
mod tests;

pub use standards::{admit, succession, titles_named, vacant_days};

/// A post whose holder leaves within so many days is `vacant_soon`.
pub const VACANT_SOON_DAYS: u64 = 90;

/// Whether somebody holds a post, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// As seen from the day.
    pub status: PostStatus,
    /// First day that nobody holds it.
    pub vacant_from: Option<NaiveDate>,
}

/// The last day (plus one) that counts as soon, as seen from a day.
pub fn soon(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(VACANT_SOON_DAYS)).unwrap_or(NaiveDate::MAX)
}

/// Whether the post is held on `day`, from the periods of its appointments, in any order; `None` when it does not exist
/// that day. A successor who follows without a gap keeps a post filled.
pub fn occupancy(post: Period, holdings: &[Period], day: NaiveDate) -> Option<Occupancy> {
    if !post.holds(day) {
        return None;
    }
    let held_on = |day: NaiveDate| holdings.iter().find(|held| held.holds(day));
    let Some(holder) = held_on(day) else {
        let left = holdings.iter().filter_map(Period::to).filter(|to| *to <= day).max();
        return Some(Occupancy { status: PostStatus::Vacant, vacant_from: left.max(post.from()) });
    };
    let mut end = holder.to();
    while let Some(next) = end.and_then(held_on) {
        end = next.to();
    }
    let vacant_from = match (end, post.to()) {
        (Some(end), Some(own)) => Some(end.min(own)),
        (end, own) => end.or(own),
    };
    let leaves_soon = vacant_from.is_some_and(|from| from <= soon(day));
    Some(Occupancy { status: if leaves_soon { PostStatus::VacantSoon } else { PostStatus::Filled }, vacant_from })
}

/// An appointment lies inside the life of its post.
pub fn inside_post(pointer: &'static str, post: Period, during: Period) -> Result<(), Finding> {
    inside(pointer, post, during, "vị trí", "post")
}

/// A post lies inside the life of its unit.
pub fn inside_unit(pointer: String, unit: Option<Period>, during: Period) -> Result<(), Finding> {
    match unit {
        Some(unit) => inside(pointer, unit, during, "đơn vị", "unit"),
        None => Err(Finding::plain(pointer, code::OUTSIDE_VALIDITY)),
    }
}

fn inside(
    pointer: impl Into<std::borrow::Cow<'static, str>>,
    outer: Period,
    inner: Period,
    vi: &str,
    en: &str,
) -> Result<(), Finding> {
    if outer.encloses(&inner) { Ok(()) } else { Err(outside(pointer, outer, vi, en)) }
}

/// Something lies outside a period of this.
fn outside(pointer: impl Into<std::borrow::Cow<'static, str>>, outer: Period, vi: &str, en: &str) -> Finding {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "...".to_owned(), |day| day.to_string());
    let (from, to) = (day(outer.from()), day(outer.last_day()));
    Finding::new(
        pointer,
        code::OUTSIDE_VALIDITY,
        Say::new(format!("Thời gian của {vi}: {from} đến {to}"), format!("The {en} exists from {from} to {to}")),
    )
}

/// The life of a unit, from the periods of its names: from the first to the last.
pub fn life(periods: &[Period]) -> Option<Period> {
    let first = periods.iter().map(Period::from).min()?;
    let open = periods.iter().any(|period| period.to().is_none());
    let last = if open { None } else { periods.iter().filter_map(Period::to).max() };
    Period::new(first, last).ok()
}

/// A post can end only when nobody holds it from then on.
pub fn vacated(pointer: &'static str, holdings: &[Period], to: Option<NaiveDate>) -> Result<(), Finding> {
    let Some(to) = to else { return Ok(()) };
    if holdings.iter().all(|held| held.to().is_some_and(|end| end <= to)) {
        Ok(())
    } else {
        Err(Finding::plain(pointer, code::NOT_VACATED))
    }
}
