//! What is decided about training, without a database: levels, who may be put on a course, which result is a result.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::model::{CourseId, EnrolmentAction, EnrolmentState, TrainingKind, TrainingOutcome, TrainingResult};
use crate::cadres::CadreId;
use crate::platform::error::{Code, Finding, Findings, Say, code};
use crate::platform::period::{Period, Timeline};

#[cfg(test)]
mod tests;

/// Seats that a course may have.
pub const SEATS: std::ops::RangeInclusive<i32> = 1..=2000;

/// A level that a pass can give: of the catalogue of the kind's qualification where it has one. `none` is the absence of
/// a level.
pub fn level(pointer: String, kind: TrainingKind, level: &str) -> Result<(), Finding> {
    if level.is_empty() {
        return Err(Finding::plain(pointer, code::REQUIRED));
    }
    match kind.levels() {
        Some(levels) if level == "none" || !levels.has(level) => Err(Finding::new(
            pointer,
            code::UNKNOWN_CODE,
            Say::new(
                format!("Không có trong danh mục {}", levels.name),
                format!("Not in the catalogue {}", levels.name),
            ),
        )),
        _ => Ok(()),
    }
}

/// A course has seats, and its unit exists when it begins.
pub fn course(at: &str, unit: &[Period], during: Period, seats: i32) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !SEATS.contains(&seats) {
        let (least, most) = (SEATS.start(), SEATS.end());
        let say = Say::new(format!("Từ {least} đến {most}"), format!("{least} to {most}"));
        findings.push(Finding::new(format!("{at}/seats"), code::OUT_OF_RANGE, say));
    }
    match during.from() {
        Some(from) if during.to().is_some() => {
            if !unit.iter().any(|period| period.holds(from)) {
                let say = Say::new(
                    format!("Đơn vị không tồn tại vào ngày {from}"),
                    format!("The unit does not exist on {from}"),
                );
                findings.push(Finding::new(format!("{at}/from"), code::OUTSIDE_VALIDITY, say));
            }
        }
        _ => findings.push(Finding::plain(format!("{at}/to"), code::BAD_PERIOD)),
    }
    findings
}

/// A course that people are put on.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Its days.
    pub during: Period,
    /// How many it takes.
    pub seats: i32,
    /// Seats that are taken: all but those who withdrew.
    pub taken: i64,
}

/// Somebody to be put on a course.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Who.
    pub cadre: CadreId,
    /// Whether the person is in service; `None`: nobody that the caller can see.
    pub active: Option<bool>,
    /// Whether the person is on the course already, or was.
    pub known: bool,
    /// From when.
    pub on: NaiveDate,
}

/// What speaks against putting these people on a course, each with its place in the request. A seat goes to whom nothing
/// else speaks against, in their order.
///
/// Whether a person is in service is known of today alone, and so is asked only while the course is not over: a course
/// of the past may be recorded of people who have retired since.
pub fn enrolling(class: Class, candidates: &[Candidate], today: NaiveDate, at: impl Fn(usize) -> String) -> Findings {
    let mut findings = Findings::new();
    let mut seen = HashSet::new();
    let mut free = i64::from(class.seats).saturating_sub(class.taken);
    let over = class.during.timeline(today) == Timeline::Past;
    for (index, candidate) in candidates.iter().enumerate() {
        let mut against = Vec::new();
        match candidate.active {
            None => against.push(Finding::plain(at(index), code::UNKNOWN_REFERENCE)),
            Some(false) if !over => against.push(Finding::plain(at(index), code::NOT_ACTIVE)),
            Some(_) => {}
        }
        if !seen.insert(candidate.cadre) {
            against.push(Finding::plain(at(index), code::REPEATED));
        } else if candidate.known {
            let say = Say::new("Đã được ghi danh vào lớp này", "Is or was on this course already");
            against.push(Finding::new(at(index), code::REPEATED, say));
        }
        against.extend(enrolling_day(class.during, candidate.on, today, at(index)).err());
        if against.is_empty() {
            free = free.saturating_sub(1);
            if free < 0 {
                let say = Say::new(
                    format!("Lớp có {} chỗ, {} chỗ đã có người", class.seats, class.taken),
                    format!("The course has {} seats, {} are taken", class.seats, class.taken),
                );
                against.push(Finding::new(at(index), code::COURSE_FULL, say));
            }
        }
        for finding in against {
            findings.push(finding);
        }
    }
    findings
}

/// A person is put on a course before its end, and not in the future.
fn enrolling_day(course: Period, on: NaiveDate, today: NaiveDate, pointer: String) -> Result<(), Finding> {
    if on > today {
        return Err(future(pointer));
    }
    match course.last_day() {
        Some(last) if on > last => Err(Finding::new(
            pointer,
            code::BAD_ORDER,
            Say::new(format!("Lớp kết thúc ngày {last}"), format!("The course ends on {last}")),
        )),
        _ => Ok(()),
    }
}

fn future(pointer: String) -> Finding {
    Finding::new(pointer, code::BAD_ORDER, Say::new("Ngày chưa đến", "The day has not come"))
}

/// What is known of an enrolment when its result is recorded.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The enrolment's course.
    pub course: CourseId,
    /// The days of the course.
    pub during: Period,
    /// Kind of training.
    pub kind: TrainingKind,
    /// The level that a pass gives.
    pub level: String,
    /// Who.
    pub cadre: CadreId,
    /// Since when.
    pub enrolled_on: NaiveDate,
    /// Where it stands.
    pub state: EnrolmentState,
}

/// What speaks against a result, with pointers below `at`.
pub fn result(standing: &Standing, result: &TrainingResult, today: NaiveDate, at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pointer = || format!("{at}/result_on");
    let begin = standing.during.from().unwrap_or(standing.enrolled_on);
    // Who withdraws may do so before the course begins.
    let earliest = match result.outcome {
        TrainingOutcome::Withdrawn => standing.enrolled_on,
        TrainingOutcome::Passed | TrainingOutcome::Failed => begin.max(standing.enrolled_on),
    };
    if result.result_on < earliest {
        let say = Say::new(format!("Không trước ngày {earliest}"), format!("Not before {earliest}"));
        findings.push(Finding::new(pointer(), code::BAD_ORDER, say));
    }
    if result.result_on > today {
        findings.push(future(pointer()));
    }
    if result.outcome == TrainingOutcome::Passed {
        findings.extend(level(format!("{at}/outcome"), standing.kind, &standing.level).err());
    } else if result.certificate_number.is_some() {
        let say = Say::new("Chỉ người đạt mới có chứng chỉ", "Only a pass has a certificate");
        findings.push(Finding::new(format!("{at}/certificate_number"), code::INVALID_BODY, say));
    }
    findings
}

/// Whose enrolment it is, as seen by a caller.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// The caller keeps training in the unit of the course.
    pub manages: bool,
    /// The caller is the person on the course.
    pub own: bool,
}

/// Whether an action is open: the guard of the action, and the source of `allowed_actions`.
pub fn guard(action: EnrolmentAction, state: EnrolmentState, access: Access) -> Result<(), &'static Code> {
    match action {
        EnrolmentAction::RecordResult if !access.manages => Err(code::FORBIDDEN),
        EnrolmentAction::RecordResult if access.own => Err(code::OWN_CASE),
        EnrolmentAction::RecordResult if state != EnrolmentState::Enrolled => Err(code::WRONG_STATE),
        EnrolmentAction::RecordResult => Ok(()),
    }
}

/// The actions that are open.
pub fn allowed(state: EnrolmentState, access: Access) -> Vec<EnrolmentAction> {
    [EnrolmentAction::RecordResult].into_iter().filter(|action| guard(*action, state, access).is_ok()).collect()
}
