//! Fields of bodies that several rooms parse alike: lines of text and periods, each with its pointer.

use chrono::NaiveDate;

use crate::platform::error::{Finding, Result, Say, code};
use crate::platform::period::{Period, WirePeriod};
use crate::platform::text;

/// A line of text: cleaned, not empty, at most `longest` characters.
pub fn line(pointer: &'static str, raw: &str, longest: usize) -> Result<String, Finding> {
    let clean = text::clean(raw).map_err(|_| Finding::plain(pointer, code::BAD_CHARACTER))?;
    match clean.chars().count() {
        0 => Err(Finding::plain(pointer, code::REQUIRED)),
        n if n > longest => Err(Finding::new(
            pointer,
            code::OUT_OF_RANGE,
            Say::new(format!("Tối đa {longest} ký tự"), format!("At most {longest} characters")),
        )),
        _ => Ok(clean),
    }
}

/// A line of text that may be absent.
pub fn optional_line(pointer: &'static str, raw: Option<&str>, longest: usize) -> Result<Option<String>, Finding> {
    raw.map(|raw| line(pointer, raw, longest)).transpose()
}

/// A period that begins on a known day; `to` is the last day included.
pub fn period(pointer: &'static str, from: NaiveDate, to: Option<NaiveDate>) -> Result<Period, Finding> {
    Period::try_from(WirePeriod { from: Some(from), to }).map_err(|_| {
        Finding::new(
            pointer,
            code::BAD_PERIOD,
            Say::new("Ngày cuối trước ngày đầu", "The last day lies before the first"),
        )
    })
}
