//! Where a rotation or a secondment stands, what it waits for, what may be recorded of it.

#[cfg(test)]
mod tests;

use chrono::{Datelike, Months, NaiveDate};

use crate::catalogues;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::period::whole_months;
use crate::regulations::{Parameter, Rulebook};
use crate::rotations::model::{
    EvaluationContent, ExtensionContent, MoveKind, PaperKind, PlacementContent, PlacementOutcome, Posting,
    PostingFacts, PostingNeed, PostingRecord, PostingState, SelfReviewContent,
};

use super::papers::{Examined, not_later, optional, settled, text};
use super::unmet::excepted;
use super::{Unmet, Waived};

/// What the law says of a posting: the least time by the rules of the day on which it began, how often it is evaluated by those
/// of the day that it is seen from.
#[derive(Debug, Default)]
pub struct PostingLaw {
    /// Months of a rotation at least.
    pub least: Option<Parameter<u32>>,
    /// Months from one evaluation to the next at most.
    pub interval: Option<u32>,
}

impl PostingLaw {
    /// By the rules of the two days.
    pub fn of(kind: MoveKind, began: Option<&Rulebook>, now: Option<&Rulebook>) -> Self {
        let least =
            began.filter(|_| kind == MoveKind::Rotation).and_then(|book| book.number("rotation.minimum_months"));
        Self {
            least,
            interval: now.and_then(|book| book.number("rotation.evaluation_interval_months")).map(|one| one.value),
        }
    }
}

fn months_later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// A posting as it stands on a day; what the caller may do with it is told elsewhere.
pub fn posting(facts: PostingFacts, law: &PostingLaw, day: NaiveDate) -> Posting {
    let PostingFacts { rotation, step, post, from, to, record } = facts;
    let state = match to {
        _ if day < from => PostingState::Coming,
        Some(to) if to <= day => PostingState::Ended,
        _ => PostingState::Current,
    };
    let least_until = law.least.as_ref().map(|least| months_later(from, least.value));
    let due = step.expected_end_on.and_then(|last| last.succ_opt()).or(least_until);
    let kept = record.outcome == Some(PlacementOutcome::Kept);
    let ended_early = !kept && to.zip(due).is_some_and(|(to, due)| to < due);
    let lacking = lacking(state, from, law, &record, day);
    Posting {
        id: step.id,
        rotation,
        kind: step.kind,
        direction: step.direction,
        cadre: step.cadre,
        from_post: step.from_post,
        post,
        to_outside: step.to_outside,
        state,
        from,
        expected_end_on: step.expected_end_on,
        ended_on: to.and_then(|to| to.pred_opt()),
        months_served: whole_months(from, to.map_or(day, |to| to.min(day))),
        least_until,
        citation: law.least.as_ref().map(|least| least.citation.clone()),
        confirmed: law.least.as_ref().is_some_and(|least| least.confirmed),
        ended_early,
        early_reason: record.early_reason,
        outcome: record.outcome,
        lacking,
        allowed_actions: Vec::new(),
    }
}

fn lacking(
    state: PostingState,
    from: NaiveDate,
    law: &PostingLaw,
    record: &PostingRecord,
    day: NaiveDate,
) -> Vec<PostingNeed> {
    let mut found = Vec::new();
    match state {
        PostingState::Coming => {}
        PostingState::Current => {
            let since = record.evaluated_to.and_then(|last| last.succ_opt()).unwrap_or(from);
            if law.interval.is_some_and(|interval| months_later(since, interval) <= day) {
                found.push(PostingNeed::Evaluation);
            }
        }
        PostingState::Ended => {
            found.extend(concluding(record));
            if record.outcome.is_none() {
                found.push(PostingNeed::Placement);
            }
        }
    }
    found
}

/// What the authority needs before it concludes.
fn concluding(record: &PostingRecord) -> impl Iterator<Item = PostingNeed> {
    let review = (!record.self_reviewed).then_some(PostingNeed::SelfReview);
    review.into_iter().chain((!record.finally_evaluated).then_some(PostingNeed::FinalEvaluation))
}

/// Whether such a paper fits where a posting stands.
pub fn fits_posting(posting: &Posting, record: &PostingRecord, kind: PaperKind) -> Result<()> {
    let fits = posting.outcome.is_none()
        && match kind {
            PaperKind::Evaluation | PaperKind::SelfReview => posting.state != PostingState::Coming,
            PaperKind::Extension => posting.state == PostingState::Current,
            // Who is kept is still there; of anybody else it is known when they leave.
            PaperKind::Placement => posting.state == PostingState::Current || posting.ended_on.is_some(),
            _ => false,
        };
    if !fits {
        let (vi, en) = match posting.state {
            _ if posting.outcome.is_some() => ("Đã có kết luận", "The authority has concluded already"),
            PostingState::Coming => ("Chưa bắt đầu", "It has not begun"),
            PostingState::Current => ("Chưa có quyết định kết thúc", "No end of it is decided"),
            PostingState::Ended => ("Đã kết thúc", "It has ended"),
        };
        return Err(Error::new(code::WRONG_STATE).detail(vi, en));
    }
    if kind == PaperKind::Placement {
        let needed = concluding(record).map(|need| {
            let say = match need {
                PostingNeed::SelfReview => Say::new("Thiếu bản tự kiểm điểm", "Missing: the self-review"),
                _ => Say::new("Thiếu đánh giá cuối kỳ của nơi đến", "Missing: the final evaluation by the destination"),
            };
            Finding::new("", code::STEP_INCOMPLETE, say)
        });
        let needed: Vec<Finding> = needed.collect();
        if !needed.is_empty() {
            return Err(needed.into_iter().fold(Error::new(code::STEP_INCOMPLETE), Error::with));
        }
    }
    Ok(())
}

impl Examined for EvaluationContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/text", &mut self.text, 4000, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        not_later("/evaluated_on", self.evaluated_on, today, &mut findings);
        not_later("/to", self.to, today, &mut findings);
        if self.to < self.from {
            findings.push(Finding::plain("/to", code::BAD_ORDER));
        }
        let levels = catalogues::catalogue("classification_levels");
        if self.class.as_deref().is_some_and(|class| !levels.is_some_and(|levels| levels.has(class))) {
            findings.push(Finding::plain("/class", code::UNKNOWN_CODE));
        }
        settled(findings)
    }
}

impl Examined for SelfReviewContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/text", &mut self.text, 4000, &mut findings);
        optional("/number", &mut self.number, 100, &mut findings);
        not_later("/reviewed_on", self.reviewed_on, today, &mut findings);
        settled(findings)
    }
}

impl Examined for ExtensionContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/reason", &mut self.reason, 1000, &mut findings);
        text("/number", &mut self.number, 100, &mut findings);
        text("/issuer", &mut self.issuer, 200, &mut findings);
        not_later("/decided_on", self.decided_on, today, &mut findings);
        if self.until.year() > 2200 {
            findings.push(Finding::plain("/until", code::OUT_OF_RANGE));
        }
        settled(findings)
    }
}

impl Examined for PlacementContent {
    fn examine(&mut self, today: NaiveDate) -> Result<(), Vec<Finding>> {
        let mut findings = Findings::new();
        text("/conclusion", &mut self.conclusion, 4000, &mut findings);
        text("/number", &mut self.number, 100, &mut findings);
        text("/issuer", &mut self.issuer, 200, &mut findings);
        not_later("/concluded_on", self.concluded_on, today, &mut findings);
        let wrong = match (self.outcome, self.kept_from) {
            (PlacementOutcome::Kept, None) => Some(code::REQUIRED),
            (PlacementOutcome::Kept, Some(_)) | (_, None) => None,
            (_, Some(_)) => Some(code::OUT_OF_RANGE),
        };
        findings.extend(wrong.map(|code| Finding::plain("/kept_from", code)));
        settled(findings)
    }
}

/// What is wrong with an evaluation of a posting: it is about a time that the person was there.
pub fn evaluation(posting: &Posting, content: &EvaluationContent) -> Vec<Finding> {
    let mut found = Vec::new();
    if content.from < posting.from {
        found.push(Finding::plain("/from", code::OUTSIDE_VALIDITY));
    }
    if posting.ended_on.is_some_and(|last| content.to > last) {
        found.push(Finding::plain("/to", code::OUTSIDE_VALIDITY));
    }
    found
}

/// What is wrong with an extension, and what the law on how long a secondment may last says of it.
pub fn extension(
    posting: &Posting,
    content: &ExtensionContent,
    book: &Rulebook,
    waived: &Waived,
) -> (Vec<Finding>, Unmet) {
    const LONGEST: &str = "secondment.maximum_months";
    let (mut found, mut unmet) = (Vec::new(), Unmet::default());
    if posting.expected_end_on.is_some_and(|end| content.until <= end) || content.until <= posting.from {
        found.push(Finding::plain("/until", code::BAD_ORDER));
    }
    if posting.ended_on.is_some_and(|last| content.until > last) {
        found.push(Finding::plain("/until", code::OUTSIDE_VALIDITY));
    }
    let bound = posting.kind == MoveKind::Secondment && !excepted(waived, posting.cadre.id, LONGEST);
    if let Some((rule, after)) = book.number(LONGEST).filter(|_| bound).zip(content.until.succ_opt())
        && after > months_later(posting.from, rule.value)
    {
        let (months, most) = (whole_months(posting.from, after), rule.value);
        let say = Say::new(format!("{months} tháng, nhiều nhất {most}"), format!("{months} months, {most} at most"));
        unmet.note(rule.confirmed, [Finding::new("/until", code::RULE_NOT_MET, say).citing(rule.citation)]);
    }
    (found, unmet)
}

/// What is wrong with a placement of a posting.
pub fn placement(posting: &Posting, content: &PlacementContent) -> Vec<Finding> {
    let mut found = Vec::new();
    match content.outcome {
        PlacementOutcome::Kept => {
            if posting.state != PostingState::Current || posting.ended_on.is_some() || posting.post.is_none() {
                found.push(Finding::plain("/outcome", code::NOT_HELD));
            }
            if content.kept_from.is_some_and(|day| day <= posting.from) {
                found.push(Finding::plain("/kept_from", code::BAD_ORDER));
            }
        }
        _ if posting.ended_on.is_none() => {
            let say = Say::new("Chưa có quyết định kết thúc", "No end of it is decided");
            found.push(Finding::new("/outcome", code::BAD_ORDER, say));
        }
        _ => {}
    }
    if posting.ended_early && content.early_reason.is_none() && content.outcome != PlacementOutcome::Kept {
        found.push(Finding::plain("/early_reason", code::REQUIRED));
    }
    found
}
