//! What a rule finds, and how a finding becomes a check.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::excepted;
use crate::eligibility::model::{Check, RuleUsed, StandardUsed, Verdict};
use crate::platform::error::Say;
use crate::posts::Citation;

/// Characters of facts and remedies, as far as they are told.
const LONGEST: usize = 1000;

/// What a rule finds.
pub struct Found {
    /// The verdict.
    pub verdict: Verdict,
    /// The facts compared.
    pub facts: Say,
    /// What would make it pass.
    pub remedy: Option<Say>,
    /// The facts are not for who asks.
    pub withheld: bool,
}

impl Found {
    /// It holds.
    pub fn pass(facts: Say) -> Self {
        Self { verdict: Verdict::Pass, facts, remedy: None, withheld: false }
    }

    /// It does not.
    pub fn fail(facts: Say) -> Self {
        Self { verdict: Verdict::Fail, ..Self::pass(facts) }
    }

    /// It is not known.
    pub fn unknown(facts: Say) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::pass(facts) }
    }

    /// Who asks may not see what it depends on.
    pub fn withheld() -> Self {
        let facts = Say::new("Người hỏi không được xem dữ kiện này", "Who asks may not see this fact");
        Self { withheld: true, ..Self::unknown(facts) }
    }

    /// With what would make it pass.
    #[must_use]
    pub fn remedied(self, remedy: Say) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// By what a finding was made.
pub enum Source<'a> {
    /// No rule holds on the day.
    Nothing,
    /// A value of law.
    Rule(&'a RuleUsed),
    /// A criterion of a standard, by what it cites.
    Standard(&'a StandardUsed, &'a Citation),
}

/// A rule held against a person and a post.
pub struct Held<'a> {
    /// Its key.
    pub rule: Cow<'static, str>,
    /// What it asks.
    pub text: Say,
    /// What it finds.
    pub found: Found,
    /// By what.
    pub source: Source<'a>,
}

impl Held<'_> {
    /// What it says in the end.
    pub fn verdict(&self, waived: &BTreeMap<String, String>) -> Verdict {
        excepted(self.found.verdict, waived.contains_key(self.rule.as_ref()))
    }

    /// In full.
    pub fn told(self, waived: &BTreeMap<String, String>) -> Check {
        let verdict = self.verdict(waived);
        let waived_by = waived.get(self.rule.as_ref()).filter(|_| verdict == Verdict::Waived).cloned();
        let Self { rule, text, found: Found { facts, remedy, withheld, .. }, source } = self;
        let (remedy_vi, remedy_en) = remedy.map(|say| (short(&say.vi), short(&say.en))).unzip();
        let (citation, confirmed, source_id, source_version) = match source {
            Source::Nothing => (None, false, None, None),
            Source::Rule(rule) => (Some(rule.citation.clone()), rule.confirmed, Some(rule.id.0), Some(rule.version)),
            Source::Standard(standard, citation) => {
                let cited = cited(citation);
                (Some(cited), citation.confirmed, Some(standard.id.0), Some(standard.version))
            }
        };
        Check {
            rule: rule.into_owned(),
            verdict,
            text_vi: text.vi.into_owned(),
            text_en: text.en.into_owned(),
            facts_vi: short(&facts.vi),
            facts_en: short(&facts.en),
            remedy_vi,
            remedy_en,
            citation,
            confirmed,
            source_id,
            source_version,
            withheld,
            waived_by,
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn cited(citation: &Citation) -> String {
    crate::regulations::citation(&citation.instrument, citation.article.as_deref())
}

/// The sign between two numbers.
pub fn sign(have: u32, want: u32) -> &'static str {
    match have.cmp(&want) {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    }
}

/// `40 tháng < 60`: what there is, in which unit, against what is asked.
pub fn compared(have: u32, want: u32, unit: &Say) -> Say {
    let sign = sign(have, want);
    Say::new(format!("{have} {} {sign} {want}", unit.vi), format!("{have} {} {sign} {want}", unit.en))
}
