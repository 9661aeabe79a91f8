//! What is decided about a person's record, without a database.

mod codes;
mod derived;
mod facts;
mod natives;
mod number;
mod planning;
pub mod proposals;
mod retirement;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::model::{CadreStatus, InitialAppointment, InitialQualification, Namesake, PersonalData};
use crate::catalogues::catalogue;
use crate::platform::error::{Finding, Findings, Say, code};
use crate::platform::period::{Period, whole_months};
use crate::platform::text;
use crate::posts::{Seat, Standing, inside_post, unfrozen};

pub use codes::codes_used;
pub use derived::{Known, derive};
pub use facts::{Examined, Subject, allowed, correction, fact, guard};
pub use natives::{NativeRule, NativeVerdict, Roots, Stay, native_of};
pub use planning::{ListedPlanning, PlanningVerdict, in_order, planning};
pub use retirement::{decided_day, retirement};

/// Nobody is recruited younger.
const YOUNGEST: u32 = 18;
/// A birth that makes the person older at recruitment is a slip of the pen.
const OLDEST: u32 = 75;

/// What is wrong with a person's data as recorded on a day; pointers as in the body of the API.
pub fn assess(person: &PersonalData, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    findings.keep(name(&person.full_name));
    findings.keep(number::number(person));
    findings.keep(birth(person, today));
    findings.keep(listed("/ethnic_group", "ethnic_groups", &person.ethnic_group));
    if let Some(religion) = &person.religion {
        findings.keep(listed("/religion", "religions", religion));
    }
    for (pointer, day) in [("/party_joined_on", person.party_joined_on), ("/recruited_on", person.recruited_on)] {
        findings.keep(between_birth_and_today(pointer, day, person.born_on, today));
    }
    findings.into_vec()
}

fn name(full_name: &str) -> Result<(), Finding> {
    match text::clean(full_name) {
        Ok(clean) if clean.is_empty() => Err(Finding::plain("/full_name", code::REQUIRED)),
        Ok(clean) if clean.chars().count() > 200 => Err(Finding::plain("/full_name", code::OUT_OF_RANGE)),
        Ok(clean) if clean == full_name => Ok(()),
        _ => Err(Finding::plain("/full_name", code::BAD_CHARACTER)),
    }
}

fn birth(person: &PersonalData, today: NaiveDate) -> Result<(), Finding> {
    let years = |on: NaiveDate| whole_months(person.born_on, on) / 12;
    let plausible = match person.recruited_on {
        Some(on) => (YOUNGEST..=OLDEST).contains(&years(on)),
        // Recruited at some time before today, who knows when.
        None => years(today) >= YOUNGEST && person.born_on.year() >= 1900,
    };
    if plausible && person.born_on <= today {
        return Ok(());
    }
    let message = Say::new(
        format!("Tuổi khi tuyển dụng phải từ {YOUNGEST} đến {OLDEST}"),
        format!("The age at recruitment must be {YOUNGEST} to {OLDEST}"),
    );
    Err(Finding::new("/born_on", code::OUT_OF_RANGE, message))
}

fn between_birth_and_today(
    pointer: &'static str,
    day: Option<NaiveDate>,
    born_on: NaiveDate,
    today: NaiveDate,
) -> Result<(), Finding> {
    match day {
        Some(day) if day <= born_on || day > today => Err(Finding::new(
            pointer,
            code::OUT_OF_RANGE,
            Say::new("Sau ngày sinh, không sau hôm nay", "After birth, not after today"),
        )),
        _ => Ok(()),
    }
}

/// A code that a catalogue has.
fn listed(pointer: &'static str, list: &'static str, value: &str) -> Result<(), Finding> {
    if catalogue(list).is_some_and(|catalogue| catalogue.has(value)) {
        return Ok(());
    }
    let say = Say::new(format!("Xem /v1/catalogues/{list}"), format!("See /v1/catalogues/{list}"));
    Err(Finding::new(pointer, code::UNKNOWN_CODE, say))
}

/// The unit that somebody comes from is one of the administrative units that are known.
pub fn native_unit(native: Option<Uuid>, known: &HashSet<Uuid>) -> Result<(), Finding> {
    if native.is_none_or(|unit| known.contains(&unit)) {
        return Ok(());
    }
    Err(Finding::plain("/native_unit_id", code::UNKNOWN_REFERENCE))
}

/// What is wrong with a qualification of a person born on a day.
pub fn qualification(of: &InitialQualification, born_on: NaiveDate, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    match of.kind.catalogue() {
        Some(list) => findings.keep(listed("/level", list, &of.level)),
        None => findings.keep(crate::platform::http::fields::line("/level", &of.level, 200).map(|_| ())),
    };
    findings.keep(between_birth_and_today("/obtained_on", Some(of.obtained_on), born_on, today));
    findings.into_vec()
}

/// What is wrong with recording that somebody holds or held a post. What begins later needs a case: rotations have one.
pub fn appointment(
    of: &InitialAppointment,
    seat: Option<&Seat>,
    status: CadreStatus,
    today: NaiveDate,
) -> Vec<Finding> {
    let mut findings = Findings::new();
    match seat {
        None => findings.push(Finding::plain("/post_id", code::UNKNOWN_REFERENCE)),
        Some(seat) => {
            findings.keep(inside_post("/from", seat.during, of.during));
            if let Some(from) = of.during.from() {
                findings.keep(unfrozen("/from", &seat.freezes, from, of.special_case));
            }
        }
    }
    match of.during.from() {
        None => findings.push(Finding::plain("/from", code::REQUIRED)),
        Some(from) if from > today => findings.push(Finding::plain("/from", code::NEEDS_A_CASE)),
        Some(_) => {}
    }
    if status != CadreStatus::Active && of.during.holds(today) {
        findings.push(Finding::plain("/to", code::NOT_ACTIVE));
    }
    findings.into_vec()
}

/// The day after the last day of an appointment that is to end; what would end sooner anyway cannot.
pub fn end_of_appointment(during: Period, last_on: NaiveDate) -> Result<NaiveDate, Finding> {
    let next = last_on.succ_opt().filter(|_| during.holds(last_on));
    next.ok_or_else(|| {
        let message = Say::new("Phải trong thời gian giữ chức danh", "Must lie within the appointment");
        Finding::new("/last_on", code::OUT_OF_RANGE, message)
    })
}

/// Whether somebody may be marked as no longer in service: they hold nothing any more, or it ends on a day that has come.
pub fn may_leave(held: &[Standing], last_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), Finding> {
    match last_on {
        Some(day) if day > today => Err(Finding::new(
            "/end_appointments_on",
            code::OUT_OF_RANGE,
            Say::new("Không sau hôm nay", "Not after today"),
        )),
        None if !held.is_empty() => {
            let labels = held.iter().map(|one| one.post_label.as_str()).collect::<Vec<_>>().join("; ");
            Err(Finding::new(
                "/status",
                code::STILL_HOLDS,
                Say::new(
                    format!("Còn giữ: {labels}. Gửi end_appointments_on để kết thúc"),
                    format!("Still holds: {labels}. Send end_appointments_on to end it"),
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// Whether one of those who are known may be the person: the same name, day of birth and native place, marks and case
/// aside. One that is not known is like no other.
pub fn duplicate(person: &PersonalData, known: &[Namesake]) -> Option<Finding> {
    let key = |place: Option<&String>| place.map(|place| text::search_key(place));
    let place = key(person.native_place.as_ref())?;
    let same = known.iter().find(|one| {
        one.born_on == person.born_on
            && text::search_key(&one.full_name) == text::search_key(&person.full_name)
            && key(one.native_place.as_ref()).as_ref() == Some(&place)
    })?;
    let message = Say::new(
        format!("Trùng họ tên, ngày sinh, quê quán với hồ sơ {}; nếu là người khác, gửi confirm_duplicate", same.id),
        format!(
            "The record {} has the same name, birth and native place; if it is somebody else, send confirm_duplicate",
            same.id
        ),
    );
    Some(Finding::new("/full_name", code::POSSIBLE_DUPLICATE, message))
}
