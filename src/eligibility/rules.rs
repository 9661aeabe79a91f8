//! What is decided about a person in a post. Pure: facts in, verdict out, by one code for one person told in full and for
//! forty thousand whose verdicts alone are counted.

mod criteria;
mod findings;
mod levels;
mod ranking;
mod regulations;
mod surroundings;
#[cfg(test)]
mod tests;
mod words;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::model::{
    Assessment, FORM, Inputs, Judged, Question, Rank, RuleUsed, SeatFacts, StandardUsed, Summary, TitleFacts, Verdict,
};
use crate::cadres::{Dossier, FactKind, QualificationKind, Tenure, WantedFacts};
use crate::platform::error::Say;
use crate::platform::period::whole_months;
use crate::posts::{Criterion, Level, TitleId};
use crate::regulations::{RetirementStep, retirement_day};
use findings::Held;

pub use ranking::{Field, ranked};
pub use regulations::KEYS;
pub use surroundings::Surroundings;

/// The values of law of a day, with the schedule of retirement read out of them.
#[derive(Clone, Debug)]
pub struct Book {
    rules: BTreeMap<String, RuleUsed>,
    ages: Option<Vec<RetirementStep>>,
}

impl Book {
    /// Of the values by their key; those that no check is about are left out.
    pub fn of(rules: impl IntoIterator<Item = (String, RuleUsed)>) -> Self {
        let rules: BTreeMap<String, RuleUsed> =
            rules.into_iter().filter(|(key, _)| KEYS.contains(&key.as_str())).collect();
        let ages = rules.get("retirement.age_months").and_then(|rule| serde_json::from_value(rule.value.clone()).ok());
        Self { rules, ages: ages.filter(|ages: &Vec<RetirementStep>| !ages.is_empty()) }
    }
}

/// What is the same for everybody who is held against posts on a day.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The values of law.
    pub book: Book,
    /// The titles.
    pub titles: BTreeMap<TitleId, TitleFacts>,
    /// The standards of titles that hold on the day.
    pub standards: BTreeMap<TitleId, StandardUsed>,
}

/// One person held against one post.
pub struct Case<'a> {
    /// Of which form the inputs are.
    form: u32,
    question: Question,
    subject: &'a Dossier,
    seat: &'a SeatFacts,
    native: Option<bool>,
    standard: Option<&'a StandardUsed>,
    book: &'a Book,
    titles: &'a BTreeMap<TitleId, TitleFacts>,
    waived: &'a BTreeMap<String, String>,
    words: bool,
    /// The last day in service, once it has been asked for.
    retires_on: OnceCell<Option<NaiveDate>>,
}

/// Nothing is waived.
static NOTHING: BTreeMap<String, String> = BTreeMap::new();

/// The assessment that inputs give: the same bytes each time.
pub fn judge(inputs: &Inputs) -> Assessment {
    let book = Book::of(inputs.rules.clone());
    let Inputs { day, kind, expected_end_on, .. } = *inputs;
    let case = Case {
        form: inputs.form,
        question: Question { kind, day, expected_end_on },
        subject: &inputs.subject,
        seat: &inputs.seat,
        native: inputs.native,
        standard: inputs.standard.as_ref(),
        book: &book,
        titles: &inputs.titles,
        waived: &inputs.waived,
        words: true,
        retires_on: OnceCell::new(),
    };
    let mut summary = Summary::default();
    let mut checks = Vec::new();
    for held in case.held() {
        let check = held.told(case.waived);
        summary.count(check.verdict);
        checks.push(check);
    }
    let (cadre_id, post_id) = (inputs.subject.cadre_id, inputs.seat.post_id);
    Assessment { form: inputs.form, day, kind, cadre_id, post_id, summary, checks }
}

impl<'a> Case<'a> {
    /// A person and a post whose verdicts are counted.
    pub fn counted(
        question: Question,
        subject: &'a Dossier,
        seat: &'a SeatFacts,
        native: Option<bool>,
        ground: &'a Ground,
    ) -> Self {
        Self {
            form: FORM,
            question,
            subject,
            seat,
            native,
            standard: ground.standards.get(&seat.title_id),
            book: &ground.book,
            titles: &ground.titles,
            waived: &NOTHING,
            words: false,
            retires_on: OnceCell::new(),
        }
    }

    /// How many checks say what.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for held in self.held() {
            summary.count(held.verdict(self.waived));
        }
        summary
    }

    /// Whether the person is planned for the title.
    pub fn planned(&self) -> bool {
        self.subject.planned_for.contains(&self.seat.title_id)
    }

    /// Whether the unit of the post keeps the person's file.
    pub fn same_unit(&self) -> bool {
        self.subject.unit_id == self.seat.unit_id
    }

    /// Where the pair stands among others; `id` tells it from them.
    pub fn rank(&self, id: uuid::Uuid) -> Rank {
        let Summary { fail, unknown, .. } = self.summary();
        Rank { fails: fail, unknowns: unknown, unplanned: !self.planned(), elsewhere: !self.same_unit(), id }
    }

    fn held(&self) -> Vec<Held<'a>> {
        let mut all = regulations::checks(self);
        all.extend(criteria::checks(self));
        all
    }

    /// A text, where texts are wanted.
    fn say(&self, say: impl FnOnce() -> Say) -> Say {
        if self.words { say() } else { Say::new("", "") }
    }

    fn title(&self) -> Option<&'a TitleFacts> {
        self.titles.get(&self.seat.title_id)
    }

    /// The last day in service: as decided, else by the schedule.
    fn retires_on(&self) -> Option<NaiveDate> {
        let by_schedule = || {
            let ages = self.book.ages.as_deref()?;
            Some(retirement_day(self.subject.born_on, self.subject.sex, ages))
        };
        let decided = || self.subject.decided_retirement.as_ref().map(|decided| decided.last_on);
        *self.retires_on.get_or_init(|| decided().or_else(by_schedule))
    }

    /// Whole months from the day to the end of the last day in service.
    fn months_left(&self) -> Option<u32> {
        let last = self.retires_on()?;
        Some(whole_months(self.question.day, last.succ_opt().unwrap_or(last)))
    }

    /// The full-time post held on the day before, with its title.
    fn present(&self) -> Option<(&'a Tenure, &'a TitleFacts)> {
        let eve = self.question.day.pred_opt()?;
        let stay = self.subject.career.iter().find(|stay| stay.full_time && stay.during.holds(eve))?;
        Some((stay, self.titles.get(&stay.title_id)?))
    }

    /// Whether the post is higher than the present one; none: there is no present one.
    fn rises(&self) -> Option<bool> {
        let (_, present) = self.present()?;
        Some(height(self.title()?) < height(present))
    }

    /// Whether the person has never held the title before the day.
    fn first_time(&self) -> bool {
        let held = |stay: &&Tenure| stay.title_id == self.seat.title_id && stay.during.from() < Some(self.question.day);
        !self.subject.career.iter().any(|stay| held(&stay) && stay.during.from().is_some())
    }

    /// Whole months before the day in posts of some titles; times that touch or lie in one another are one time.
    fn months_in(&self, counts: impl Fn(&Tenure, &TitleFacts) -> bool) -> u32 {
        let mut times: Vec<(NaiveDate, NaiveDate)> = Vec::new();
        for stay in &self.subject.career {
            let Some(from) = stay.during.from().filter(|from| *from < self.question.day) else { continue };
            let to = stay.during.to().map_or(self.question.day, |to| to.min(self.question.day));
            if self.titles.get(&stay.title_id).is_some_and(|title| counts(stay, title)) {
                times.push((from, to));
            }
        }
        times.sort_unstable();
        let mut joined: Vec<(NaiveDate, NaiveDate)> = Vec::with_capacity(times.len());
        for (from, to) in times {
            match joined.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        joined.into_iter().map(|(from, to)| whole_months(from, to)).sum()
    }

    /// Years of age, whole.
    fn age(&self) -> u32 {
        whole_months(self.subject.born_on, self.question.day) / 12
    }

    /// The last year that is over on the day.
    fn last_year(&self) -> i32 {
        self.question.day.year() - 1
    }
}

/// The smaller, the higher.
fn height(title: &TitleFacts) -> (Level, i32) {
    (title.level, title.rank_order)
}

impl Ground {
    /// What of a file the rules of this ground compare, for posts of these titles.
    pub fn wanted(&self) -> WantedFacts {
        use FactKind::{Assessment, Discipline, HealthCertificate, Membership, Particular};
        let mut wanted = WantedFacts { qualifications: Vec::new(), facts: vec![Discipline, HealthCertificate] };
        let qualifications = |kinds: &[QualificationKind], wanted: &mut WantedFacts| {
            wanted
                .qualifications
                .extend(kinds.iter().filter(|kind| !wanted.qualifications.contains(kind)).collect::<Vec<_>>());
        };
        for criterion in self.standards.values().flat_map(|standard| &standard.criteria) {
            match criterion {
                Criterion::Degree(_) => qualifications(&[QualificationKind::Degree], &mut wanted),
                Criterion::PoliticalTheory(_) => qualifications(&[QualificationKind::PoliticalTheory], &mut wanted),
                Criterion::StateManagement(_) => qualifications(&[QualificationKind::StateManagement], &mut wanted),
                Criterion::Language(_) => {
                    qualifications(&[QualificationKind::Language, QualificationKind::EthnicLanguage], &mut wanted);
                }
                Criterion::GeneralEducation(_) => wanted.facts.push(Particular),
                Criterion::PartyMembership(_) => wanted.facts.push(Membership),
                Criterion::Classification(_) => wanted.facts.push(Assessment),
                _ => {}
            }
        }
        wanted
    }

    /// A person held against a post, with everything that it takes to say so again.
    pub fn judged(
        &self,
        question: Question,
        subject: Dossier,
        seat: SeatFacts,
        native: Option<bool>,
        waived: BTreeMap<String, String>,
    ) -> Judged {
        let spoken_of = subject.career.iter().map(|stay| stay.title_id).chain(subject.planned_for.iter().copied());
        let titles = spoken_of.chain([seat.title_id]);
        let titles = titles.filter_map(|id| Some((id, self.titles.get(&id)?.clone()))).collect();
        let Question { kind, day, expected_end_on } = question;
        let inputs = Inputs {
            form: FORM,
            day,
            kind,
            expected_end_on,
            standard: self.standards.get(&seat.title_id).cloned(),
            subject,
            seat,
            native,
            rules: self.book.rules.clone(),
            titles,
            waived,
        };
        let assessment = judge(&inputs);
        Judged { inputs, assessment }
    }
}

/// What a verdict becomes where the authority has made an exception.
fn excepted(verdict: Verdict, waived: bool) -> Verdict {
    match verdict {
        Verdict::Fail | Verdict::Unknown if waived => Verdict::Waived,
        same => same,
    }
}
