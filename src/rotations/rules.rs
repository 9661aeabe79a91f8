//! What is decided about a case. Pure: facts in, verdict out.
//!
//! What cannot be (a seat twice, a person who is not where the case says) is refused. What the law and the standards ask for
//! is judged in the room `eligibility`: a decision is refused by a rule that the province has confirmed, unless the authority
//! has made a special case; what nobody has confirmed is told and refuses nothing.

mod authority;
mod compensation;
mod leaving;
mod nominations;
mod papers;
mod plans;
mod postings;
mod procedures;
mod steps;
#[cfg(test)]
mod tests;
mod unmet;
mod vacancies;

pub use authority::{
    Signing, authority_guard, deciding, delegation, delegation_guard, ended, exists_on, may_sign, ruled, signature,
};
pub use compensation::reversed;
pub use leaving::leaving;
pub use nominations::{approval, nomination};
pub use papers::{Examined, carried, dossier, has_come, meeting, post_of_opinion, recordable};
pub use plans::{PlanActor, belongs, changeable, lines, listable, on_its_days, plan_guard, progress};
pub use postings::{PostingLaw, evaluation, extension, fits_posting, placement, posting};
pub use procedures::steps_missed;
pub use steps::{Actor, guard, lacking};
pub use unmet::{Unmet, Waived};
pub use vacancies::{is_vacant, left};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{Direction, MoveKind, ProposedMove};
use crate::cadres::{CadreId, CadreStatus, Person};
use crate::eligibility::{Assessment, Verdict};
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
    /// Since when people are where these cases brought them, by case and person.
    pub rotated_since: HashMap<(Uuid, Uuid), NaiveDate>,
}

/// A move that can be, with what it does.
#[derive(Debug)]
pub struct Admitted {
    /// The move.
    pub step: ProposedMove,
    /// Which way it goes.
    pub direction: Direction,
    /// The appointments that it ends.
    pub ends: Vec<AppointmentId>,
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
        if step.to_post_id.is_some_and(|post| !entered.insert(post)) {
            found.push(Finding::plain(format!("/moves/{index}/to_post_id"), code::REPEATED));
        }
    }
}

/// Whether somebody may make a move: who is in service, or has left and comes back from outside.
fn serves(person: &Person, step: &ProposedMove) -> bool {
    person.status == CadreStatus::Active || person.status == CadreStatus::Left && step.from_post_id.is_none()
}

/// What is wrong with the ends of a move that lie outside the province.
fn outside(step: &ProposedMove) -> Option<Finding> {
    let sent_on = matches!(step.kind, MoveKind::Rotation | MoveKind::Transfer | MoveKind::Secondment);
    let wrong = match (&step.to_post_id, &step.to_outside) {
        (None, None) => Some(("/to_post_id", code::REQUIRED)),
        (Some(_), Some(_)) => Some(("/to_outside", code::REPEATED)),
        (None, Some(_)) if step.from_post_id.is_none() => Some(("/from_post_id", code::REQUIRED)),
        (None, Some(_)) if !sent_on => Some(("/kind", code::OUT_OF_RANGE)),
        _ if step.from_outside.is_some() && step.from_post_id.is_some() => Some(("/from_outside", code::REPEATED)),
        _ => None,
    };
    wrong.map(|(pointer, code)| Finding::plain(pointer, code))
}

/// Whether an appointment is over by the effective day of moves, or ended by one of them.
fn gives_way(standing: &Standing, moves: &[ProposedMove], effective: NaiveDate) -> bool {
    standing.during.to().is_some_and(|to| to <= effective)
        || moves.iter().any(|step| {
            step.cadre_id.0 == standing.cadre_id
                && (step.from_post_id == Some(standing.post_id) || step.leaves_service())
                && standing.during.from().is_some_and(|from| from < effective)
        })
}

struct Slate<'a> {
    facts: &'a Facts,
    moves: &'a [ProposedMove],
    effective: NaiveDate,
}

impl Slate<'_> {
    fn judge(&self, step: &ProposedMove) -> Result<Admitted, Vec<Finding>> {
        let mut found = Vec::new();
        let seat = |id: Option<PostId>| id.map(|id| self.facts.seats.get(&id));
        let (from, to) = (seat(step.from_post_id), seat(step.to_post_id));
        for (seat, pointer) in [(to, "/to_post_id"), (from, "/from_post_id")] {
            if matches!(seat, Some(None)) {
                found.push(Finding::plain(pointer, code::UNKNOWN_REFERENCE));
            }
        }
        found.extend(outside(step));
        match self.facts.people.get(&step.cadre_id) {
            None => found.push(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)),
            Some(person) if !serves(person, step) => found.push(Finding::plain("/cadre_id", code::NOT_ACTIVE)),
            Some(_) => {}
        }
        if step.from_post_id.is_some() && step.from_post_id == step.to_post_id {
            found.push(Finding::plain("/to_post_id", code::REPEATED));
        }
        if step.expected_end_on.is_some_and(|end| end < self.effective) {
            found.push(Finding::plain("/expected_end_on", code::BAD_ORDER));
        }
        if step.kind == MoveKind::Secondment && step.expected_end_on.is_none() {
            found.push(Finding::plain("/expected_end_on", code::REQUIRED));
        }
        let held = step.from_post_id.and_then(|post| self.held_by(step.cadre_id, post));
        if held.is_none() && matches!(from, Some(Some(_))) {
            found.push(Finding::plain("/from_post_id", code::NOT_HELD));
        }
        match to {
            Some(Some(seat)) => self.judge_entry(step, seat, &mut found),
            None if step.leaves_service() => found.extend(self.judge_leaving(step)),
            _ => {}
        }
        found.extend(self.judge_stand_in(step));
        if !found.is_empty() {
            return Err(found);
        }
        let level = |seat: Option<Option<&Seat>>| seat.flatten().map(|seat| seat.level);
        let direction = Direction::between(level(from), level(to));
        let ends = if step.leaves_service() { self.all_held(step) } else { held.into_iter().collect() };
        Ok(Admitted { step: step.clone(), direction, ends })
    }

    /// What somebody is to hold later who leaves the service.
    fn judge_leaving(&self, step: &ProposedMove) -> Option<Finding> {
        let mut theirs = self.facts.standings.iter().filter(|standing| standing.cadre_id == step.cadre_id.0);
        let later = theirs.find(|standing| !self.gives_way(standing))?;
        Some(self.taken("/cadre_id", code::PERSON_TAKEN, later, &later.post_label))
    }

    /// Everything that somebody holds who leaves the service.
    fn all_held(&self, step: &ProposedMove) -> Vec<AppointmentId> {
        let theirs = self.facts.standings.iter().filter(|standing| standing.cadre_id == step.cadre_id.0);
        theirs.filter(|standing| self.ends_then(standing)).map(|standing| standing.id).collect()
    }

    /// Whether an appointment began before the effective day, and would last.
    fn ends_then(&self, standing: &Standing) -> bool {
        standing.during.from().is_some_and(|from| from < self.effective)
            && standing.during.to().is_none_or(|to| to > self.effective)
    }

    /// What is wrong with who is to be in charge of the post that is left.
    fn judge_stand_in(&self, step: &ProposedMove) -> Option<Finding> {
        let (person, post) = (step.stand_in_id?, step.from_post_id);
        let code = match (self.facts.people.get(&person), post) {
            (None, _) => code::UNKNOWN_REFERENCE,
            (Some(person), _) if person.status != CadreStatus::Active => code::NOT_ACTIVE,
            (_, None) => code::NOT_HELD,
            _ if person == step.cadre_id => code::REPEATED,
            (_, Some(post)) if self.is_held(post) => code::NOT_VACATED,
            _ if self.moves.iter().any(|step| step.cadre_id == person && step.leaves_service()) => code::NOT_ACTIVE,
            _ => return None,
        };
        Some(Finding::plain("/stand_in_id", code))
    }

    /// Whether somebody holds a post on the effective day, when the moves are made.
    fn is_held(&self, post: PostId) -> bool {
        let holds = |standing: &Standing| {
            standing.post_id == post && standing.during.holds(self.effective) && !self.gives_way(standing)
        };
        self.moves.iter().any(|step| step.to_post_id == Some(post)) || self.facts.standings.iter().any(holds)
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

    fn gives_way(&self, standing: &Standing) -> bool {
        gives_way(standing, self.moves, self.effective)
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

/// The rules that the province has confirmed, or those that it has not, that somebody does not meet without a special case: each by
/// its move.
pub fn not_met(assessments: &[(usize, &Assessment)], confirmed: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, assessment) in assessments {
        for check in
            assessment.checks.iter().filter(|check| check.confirmed == confirmed && check.verdict == Verdict::Fail)
        {
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
