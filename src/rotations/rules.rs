//! What is decided about a case. Pure: facts in, verdict out.
//!
//! What cannot be (a seat twice, a person who is not where the case says) is refused. What the law and the standards ask for
//! is judged in the room `eligibility`: a decision is refused by a rule that the province has confirmed, unless the authority
//! has made a special case; what nobody has confirmed is told and refuses nothing.

mod papers;
mod steps;
#[cfg(test)]
mod tests;
mod vacancies;

pub use papers::{Examined, carried, dossier, meeting, post_of_opinion, recordable};
pub use steps::{Actor, guard, lacking};
pub use vacancies::{is_vacant, left};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{Direction, MoveKind, ProposedMove};
use crate::cadres::{CadreId, CadreStatus, Person};
use crate::eligibility::{Assessment, Check, Verdict};
use crate::platform::error::{Error, Finding, Say, code};
use crate::posts::{AppointmentId, PostId, Seat, Standing, unfrozen};

/// Moves that one case may have.
const MOST_MOVES: usize = 100;

/// Everything that a slate of moves is judged by.
#[derive(Debug, Default)]
pub struct Facts {
    /// The posts that the caller may see, by id.
    pub seats: BTreeMap<PostId, Seat>,
    /// The people that the caller may see, by id.
    pub people: BTreeMap<CadreId, Person>,
    /// Who holds these posts, and what these people hold, from the day before the effective day on.
    pub standings: Vec<Standing>,
    /// Numbers of the cases that opened those appointments.
    pub case_numbers: HashMap<Uuid, String>,
}

/// A move that can be, with what it does.
#[derive(Debug)]
pub struct Admitted {
    /// The move.
    pub step: ProposedMove,
    /// Which way it goes.
    pub direction: Direction,
    /// The appointment that it ends.
    pub ends: Option<AppointmentId>,
}

/// Whether a slate has so many moves as one may have; asked before anything is looked up for them.
pub fn countable(moves: usize) -> Result<(), Finding> {
    if (1..=MOST_MOVES).contains(&moves) {
        return Ok(());
    }
    let message = Say::new(format!("Từ 1 đến {MOST_MOVES} lượt"), format!("1 to {MOST_MOVES} moves"));
    Err(Finding::new("/moves", code::OUT_OF_RANGE, message))
}

/// Whether a case that begins with its policy names no people yet.
pub fn unpeopled(moves: usize) -> Result<(), Finding> {
    if moves == 0 {
        return Ok(());
    }
    let message = Say::new(
        "Nhân sự được đề xuất sau khi chủ trương được phê duyệt",
        "People are proposed after the policy is approved",
    );
    Err(Finding::new("/moves", code::OUT_OF_RANGE, message))
}

/// Judges a slate for its effective day: every fault at once, or what each move does.
pub fn assess(facts: &Facts, moves: &[ProposedMove], effective: NaiveDate) -> Result<Vec<Admitted>, Vec<Finding>> {
    let mut found = Vec::new();
    let mut admitted = Vec::new();
    repeated(moves, &mut found);
    for (index, step) in moves.iter().enumerate() {
        let slate = Slate { facts, moves, effective };
        match slate.judge(step) {
            Ok(one) => admitted.push(one),
            Err(findings) => {
                found.extend(findings.into_iter().map(|finding| finding.under(&format!("/moves/{index}"))));
            }
        }
    }
    if found.is_empty() { Ok(admitted) } else { Err(found) }
}

fn repeated(moves: &[ProposedMove], found: &mut Vec<Finding>) {
    let (mut people, mut entered) = (BTreeSet::new(), BTreeSet::new());
    for (index, step) in moves.iter().enumerate() {
        if !people.insert(step.cadre_id) {
            found.push(Finding::plain(format!("/moves/{index}/cadre_id"), code::REPEATED));
        }
        if !entered.insert(step.to_post_id) {
            found.push(Finding::plain(format!("/moves/{index}/to_post_id"), code::REPEATED));
        }
    }
}

struct Slate<'a> {
    facts: &'a Facts,
    moves: &'a [ProposedMove],
    effective: NaiveDate,
}

impl Slate<'_> {
    fn judge(&self, step: &ProposedMove) -> Result<Admitted, Vec<Finding>> {
        let mut found = Vec::new();
        let to = self.facts.seats.get(&step.to_post_id);
        let from = step.from_post_id.map(|id| self.facts.seats.get(&id));
        if to.is_none() {
            found.push(Finding::plain("/to_post_id", code::UNKNOWN_REFERENCE));
        }
        if matches!(from, Some(None)) {
            found.push(Finding::plain("/from_post_id", code::UNKNOWN_REFERENCE));
        }
        match self.facts.people.get(&step.cadre_id) {
            None => found.push(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)),
            Some(person) if person.status != CadreStatus::Active => {
                found.push(Finding::plain("/cadre_id", code::NOT_ACTIVE));
            }
            Some(_) => {}
        }
        if step.from_post_id == Some(step.to_post_id) {
            found.push(Finding::plain("/to_post_id", code::REPEATED));
        }
        if step.expected_end_on.is_some_and(|end| end < self.effective) {
            found.push(Finding::plain("/expected_end_on", code::BAD_ORDER));
        }
        if step.kind == MoveKind::Secondment && step.expected_end_on.is_none() {
            found.push(Finding::plain("/expected_end_on", code::REQUIRED));
        }
        let ends = step.from_post_id.and_then(|post| {
            let held = self.held_by(step.cadre_id, post);
            if held.is_none() && matches!(from, Some(Some(_))) {
                found.push(Finding::plain("/from_post_id", code::NOT_HELD));
            }
            held
        });
        if let Some(seat) = to {
            self.judge_entry(step, seat, &mut found);
        }
        match to {
            Some(seat) if found.is_empty() => {
                let direction = Direction::between(from.flatten().map(|seat| seat.level), seat.level);
                Ok(Admitted { step: step.clone(), direction, ends })
            }
            _ => Err(found),
        }
    }

    /// The appointment by which a person holds a post up to the day before the effective day and beyond.
    fn held_by(&self, cadre: CadreId, post: PostId) -> Option<AppointmentId> {
        let eve = self.effective.pred_opt()?;
        let standing =
            self.facts.standings.iter().find(|standing| {
                standing.cadre_id == cadre.0 && standing.post_id == post && standing.during.holds(eve)
            })?;
        Some(standing.id)
    }

    /// Whether an appointment is over by the effective day, or ended by a move of this case.
    fn gives_way(&self, standing: &Standing) -> bool {
        standing.during.to().is_some_and(|to| to <= self.effective)
            || self.moves.iter().any(|step| {
                step.cadre_id.0 == standing.cadre_id
                    && step.from_post_id == Some(standing.post_id)
                    && standing.during.from().is_some_and(|from| from < self.effective)
            })
    }

    fn judge_entry(&self, step: &ProposedMove, seat: &Seat, found: &mut Vec<Finding>) {
        if !seat.during.holds(self.effective) {
            found.push(Finding::plain("/to_post_id", code::OUTSIDE_VALIDITY));
        }
        found.extend(unfrozen("/to_post_id", &seat.freezes, self.effective, step.special_case).err());
        for standing in self.facts.standings.iter().filter(|standing| !self.gives_way(standing)) {
            if standing.post_id == seat.id {
                found.push(self.taken("/to_post_id", code::POST_TAKEN, standing, &standing.cadre_name));
            } else if seat.full_time && standing.full_time && standing.cadre_id == step.cadre_id.0 {
                found.push(self.taken("/cadre_id", code::PERSON_TAKEN, standing, &standing.post_label));
            }
        }
    }

    fn taken(
        &self,
        pointer: &'static str,
        code: &'static crate::platform::error::Code,
        standing: &Standing,
        who: &str,
    ) -> Finding {
        let case = standing.rotation_id.and_then(|id| self.facts.case_numbers.get(&id));
        let from = standing.during.from().unwrap_or_default();
        let message = match case {
            Some(number) => Say::new(
                format!("{who}, từ {from}, theo hồ sơ {number}"),
                format!("{who}, from {from}, by the case {number}"),
            ),
            None => Say::new(format!("{who}, từ {from}"), format!("{who}, from {from}")),
        };
        Finding::new(pointer, code, message)
    }
}

/// The rules that the province has confirmed and that somebody does not meet, without a special case: each by its move.
pub fn not_met(assessments: &[&Assessment]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, assessment) in assessments.iter().enumerate() {
        let binding = |check: &&Check| check.confirmed && check.verdict == Verdict::Fail;
        for check in assessment.checks.iter().filter(binding) {
            let message = Say::new(
                format!("{}: {}", check.text_vi, check.facts_vi),
                format!("{}: {}", check.text_en, check.facts_en),
            );
            let finding = Finding::new(format!("/moves/{index}"), code::RULE_NOT_MET, message);
            found.push(check.citation.iter().fold(finding, |finding, citation| finding.citing(citation.clone())));
        }
    }
    found
}

/// A slate that cannot be: a conflict when somebody holds what it needs, else refused.
pub fn refusal(findings: Vec<Finding>) -> Error {
    let of = |code| findings.iter().find(|finding| finding.code == code);
    let conflict = of(code::POST_TAKEN).or_else(|| of(code::PERSON_TAKEN));
    match conflict {
        Some(conflict) => {
            let (code, detail) = (conflict.code, conflict.message.clone());
            findings.into_iter().fold(Error::new(code).detail(detail.vi, detail.en), Error::with)
        }
        None => Error::refused(findings),
    }
}
