//! What is decided about posts, without a database: whether a period fits, whether a post is vacant.

use chrono::NaiveDate;

use crate::platform::error::{Finding, Say, code};
use crate::platform::period::Period;

mod freezes;
mod standards;
mod status;
#[cfg(test)]
mod tests;

pub use freezes::{guard, unfrozen};
pub use standards::{admit, succession, titles_named, vacant_days};
pub use status::{Outlook, Tenure, occupancy};

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
