//! What is decided about values of law, without a database: who may touch one, and which days it may have.

mod retirement;
#[cfg(test)]
mod tests;
mod values;

pub use retirement::{latest_birth, retirement_day};
pub use values::assess;

use chrono::NaiveDate;

use super::model::{Provision, Regulation, RegulationAction, Supersession, form_of};
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::period::Period;

/// Whether somebody may do this with a value now. What `allowed_actions` says is computed by this alone.
pub fn guard(regulation: &Regulation, action: RegulationAction, keeps: bool) -> Result<()> {
    if !keeps {
        return Err(Error::new(code::FORBIDDEN)
            .detail("Cần quyền này trong toàn tỉnh", "Needs this permission in the whole province"));
    }
    let wrong = |vi: &'static str, en: &'static str| Err(Error::new(code::WRONG_STATE).detail(vi, en));
    match action {
        RegulationAction::Confirm if regulation.confirmation.is_some() => {
            wrong("Giá trị đã được xác nhận", "The value is confirmed already")
        }
        RegulationAction::Confirm if regulation.value.is_null() => {
            wrong("Chưa có giá trị để xác nhận", "There is no value to be confirmed")
        }
        RegulationAction::Supersede | RegulationAction::Confirm => Ok(()),
    }
}

/// A comparison with the official text has taken place.
pub fn compared(on: NaiveDate, today: NaiveDate) -> Result<(), Finding> {
    if on <= today {
        return Ok(());
    }
    Err(Finding::new("/confirmed_on", code::BAD_ORDER, Say::new("Ngày ở tương lai", "The day lies in the future")))
}

/// The days of the value that takes the place of another: those of the old one, from a day on if one is given.
pub fn supersession(old: &Regulation, change: &Supersession) -> Result<Period, Vec<Finding>> {
    let mut findings = Findings::new();
    let during = match change.from {
        None => Some(old.during),
        Some(from) => findings.keep(from_on(old.during, from)),
    };
    for finding in provision(&old.key, &change.provision) {
        findings.push(finding);
    }
    let found = findings.into_vec();
    match during {
        Some(during) if found.is_empty() => Ok(during),
        _ => Err(found),
    }
}

fn from_on(old: Period, from: NaiveDate) -> Result<Period, Finding> {
    let outside = || {
        let day = |day: Option<NaiveDate>| day.map_or_else(|| "...".to_owned(), |day| day.to_string());
        let (first, last) = (day(old.from()), day(old.last_day()));
        let message = Say::new(
            format!("Giá trị này có hiệu lực từ {first} đến {last}"),
            format!("The value holds from {first} to {last}"),
        );
        Finding::new("/from", code::OUTSIDE_VALIDITY, message)
    };
    if !old.holds(from) {
        return Err(outside());
    }
    Period::new(Some(from), old.to()).map_err(|_| outside())
}

/// What is wrong with what is said of a value of a key.
pub fn provision(key: &str, provision: &Provision) -> Vec<Finding> {
    form_of(key).map_or_else(
        || vec![Finding::plain("/key", code::UNKNOWN_CODE)],
        |form| assess(form, &provision.value).into_iter().map(|finding| finding.under("/value")).collect(),
    )
}

/// A first value: it is one, and fits its key.
pub fn first(key: &str, said: &Provision) -> Vec<Finding> {
    let mut found = provision(key, said);
    if said.value.is_null() {
        found.push(Finding::plain("/value", code::REQUIRED));
    }
    found
}

/// The values that give way to a first value on these days: those that are not known. One that is known is a conflict.
pub fn giving_way(of_key: &[Regulation], during: Period) -> Result<Vec<&Regulation>> {
    let there: Vec<&Regulation> = of_key.iter().filter(|row| row.during.overlaps(&during)).collect();
    match there.iter().find(|row| !row.value.is_null()) {
        None => Ok(there),
        Some(taken) => {
            let message = Say::new(
                format!("Đã có giá trị theo {}: thay thế giá trị đó", taken.instrument),
                format!("There is a value by {}: supersede that one", taken.instrument),
            );
            let error = Error::new(code::DUPLICATE).detail(message.vi.clone(), message.en.clone());
            Err(error.with(Finding::new("/from", code::DUPLICATE, message)))
        }
    }
}
