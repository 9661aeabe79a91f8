//! What is wrong with a fact of a person's file. Texts are cleaned where they stand.

use chrono::{Datelike, NaiveDate};

use super::{between_birth_and_today, decided_day, listed};
use crate::cadres::model::{
    AssessmentContent, DisciplineContent, FactAction, FactContent, FactKind, FactStance, HealthCertificateContent,
    MemberOrganisation, MembershipContent, ParticularContent, ParticularTopic, RankContent, RelativeContent,
    ResidenceContent, RewardContent, Source,
};
use crate::platform::error::{Code, Finding, Findings, Say, code};
use crate::platform::http::fields::line;
use crate::platform::period::Period;

/// Of whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Day of birth.
    pub born_on: NaiveDate,
    /// The day of recording.
    pub today: NaiveDate,
}

/// Whether a caller may record, correct and withdraw facts of a kind. What `allowed_actions` says is computed by this alone.
pub fn guard(kind: FactKind, caller: FactStance) -> Result<(), &'static Code> {
    match caller {
        FactStance { own: true, .. } => Err(code::OWN_CASE),
        FactStance { keeps: false, .. } => Err(code::NOT_FOUND),
        FactStance { sees: false, .. } if kind.is_sensitive() => Err(code::NOT_FOUND),
        _ => Ok(()),
    }
}

/// The actions that are open to a caller.
pub fn allowed(kind: FactKind, caller: FactStance) -> Vec<FactAction> {
    FactAction::ALL.into_iter().filter(|_| guard(kind, caller).is_ok()).collect()
}

/// A kind of fact that can be examined.
pub trait Examined: FactContent {
    /// Cleans its texts and finds what is wrong with it.
    fn examine(&mut self, of: Subject, findings: &mut Findings);
}

/// What is wrong with a fact and its source; its period when nothing is.
pub fn fact<C: Examined>(content: &mut C, source: &mut Source, of: Subject) -> Result<Period, Vec<Finding>> {
    let mut findings = Findings::new();
    content.examine(of, &mut findings);
    optional("/decision_number", &mut source.decision_number, 100, &mut findings);
    optional("/decision_issuer", &mut source.decision_issuer, 200, &mut findings);
    if content.rests_on_a_decision() && source.decision_number.is_none() {
        findings.push(Finding::plain("/decision_number", code::REQUIRED));
    }
    findings.keep(between_birth_and_today("/decided_on", source.decided_on, of.born_on, of.today));
    let during = findings.keep(content.during(of.born_on));
    match during {
        Some(during) if findings.is_empty() => Ok(during),
        _ => Err(findings.into_vec()),
    }
}

/// The same for a correction, with the reason for it.
pub fn correction<C: Examined>(
    content: &mut C,
    source: &mut Source,
    reason: &str,
    of: Subject,
) -> Result<(Period, String), Vec<Finding>> {
    match (fact(content, source, of), line("/reason", reason, 400)) {
        (Ok(during), Ok(reason)) => Ok((during, reason)),
        (during, reason) => Err(during.err().into_iter().flatten().chain(reason.err()).collect()),
    }
}

fn clean(pointer: &'static str, text: &mut String, longest: usize, findings: &mut Findings) {
    if let Some(cleaned) = findings.keep(line(pointer, text, longest)) {
        *text = cleaned;
    }
}

fn optional(pointer: &'static str, text: &mut Option<String>, longest: usize, findings: &mut Findings) {
    if let Some(text) = text {
        clean(pointer, text, longest, findings);
    }
}

fn within(pointer: &'static str, value: Option<i32>, least: i32, most: i32) -> Result<(), Finding> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(Finding::new(
            pointer,
            code::OUT_OF_RANGE,
            Say::new(format!("Từ {least} đến {most}"), format!("{least} to {most}")),
        )),
        _ => Ok(()),
    }
}

impl Subject {
    fn has_come(self, pointer: &'static str, day: NaiveDate) -> Result<(), Finding> {
        between_birth_and_today(pointer, Some(day), self.born_on, self.today)
    }
}

impl Examined for AssessmentContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        findings.keep(within("/year", Some(self.year), (of.born_on.year() + 15).max(1945), of.today.year()));
        findings.keep(listed("/class", "classification_levels", &self.class));
        optional("/note", &mut self.note, 1000, findings);
    }
}

impl Examined for RewardContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        clean("/title", &mut self.title, 200, findings);
        findings.keep(of.has_come("/awarded_on", self.awarded_on));
        optional("/merit", &mut self.merit, 1000, findings);
    }
}

impl Examined for DisciplineContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        findings.keep(listed("/measure", "discipline_kinds", &self.measure));
        findings.keep(of.has_come("/from", self.from));
        optional("/fault", &mut self.fault, 1000, findings);
    }
}

impl Examined for MembershipContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        findings.keep(of.has_come("/joined_on", self.joined_on));
        match self.official_on {
            Some(_) if self.organisation != MemberOrganisation::Party => {
                let message = Say::new("Chỉ đảng viên có ngày chính thức", "Members of the Party alone have one");
                findings.push(Finding::new("/official_on", code::OUT_OF_RANGE, message));
            }
            Some(on) if on < self.joined_on => findings.push(Finding::plain("/official_on", code::BAD_ORDER)),
            Some(on) => {
                findings.keep(of.has_come("/official_on", on));
            }
            None => {}
        }
        optional("/card_number", &mut self.card_number, 40, findings);
        optional("/office", &mut self.office, 400, findings);
    }
}

impl Examined for RankContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        findings.keep(listed("/code", "civil_servant_ranks", &self.code));
        findings.keep(within("/step", self.step, 1, 20));
        if self.coefficient.as_deref().is_some_and(|text| !is_coefficient(text)) {
            let message = Say::new("Cần hai chữ số thập phân, như 4.98", "Needs two decimals, as in 4.98");
            findings.push(Finding::new("/coefficient", code::BAD_FORMAT, message));
        }
        findings.keep(of.has_come("/from", self.from));
        optional("/allowances", &mut self.allowances, 400, findings);
    }
}

/// One or two digits, a point, two digits.
fn is_coefficient(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(whole, part)| (1..=2).contains(&whole.len()) && part.len() == 2 && digits(whole) && digits(part))
}

impl Examined for HealthCertificateContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        findings.keep(of.has_come("/issued_on", self.issued_on));
        clean("/institution", &mut self.institution, 200, findings);
        findings.keep(within("/health_class", self.health_class, 1, 5));
        findings.keep(within("/height_cm", self.height_cm, 50, 250));
        findings.keep(within("/weight_kg", self.weight_kg, 20, 300));
    }
}

impl Examined for RelativeContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        clean("/full_name", &mut self.full_name, 200, findings);
        findings.keep(within("/born_year", self.born_year, 1850, of.today.year()));
        optional("/occupation", &mut self.occupation, 400, findings);
        optional("/residence", &mut self.residence, 400, findings);
    }
}

impl Examined for ResidenceContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        clean("/address", &mut self.address, 400, findings);
        if self.from != of.born_on {
            findings.keep(of.has_come("/from", self.from));
        }
    }
}

impl Examined for ParticularContent {
    fn examine(&mut self, of: Subject, findings: &mut Findings) {
        clean("/text", &mut self.text, 2000, findings);
        if self.topic == ParticularTopic::RetirementDay && decided_day(&self.text).is_none() {
            let message = Say::new(
                "Cần ngày và lý do, như 2030-05-31: lý do",
                "Needs a day and a reason, as in 2030-05-31: reason",
            );
            findings.push(Finding::new("/text", code::BAD_FORMAT, message));
        }
        if self.topic == ParticularTopic::GeneralEducation {
            findings.keep(listed("/text", "general_education", &self.text));
        }
        if self.from != Some(of.born_on) {
            findings.keep(between_birth_and_today("/from", self.from, of.born_on, of.today));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_written_by_who_keeps_the_file_and_sees_the_kind() {
        let keeper = FactStance { own: false, keeps: true, sees: true };
        for (who, caller, open, secret) in [
            ("the keeper", keeper, Ok(()), Ok(())),
            ("one who may not see all", FactStance { sees: false, ..keeper }, Ok(()), Err("not_found")),
            ("a reader", FactStance { keeps: false, ..keeper }, Err("not_found"), Err("not_found")),
            ("the person", FactStance { own: true, ..keeper }, Err("own_case"), Err("own_case")),
        ] {
            let told = |kind| guard(kind, caller).map_err(|code| code.name);
            assert_eq!((told(FactKind::Reward), told(FactKind::Discipline)), (open, secret), "{who}");
            assert_eq!(allowed(FactKind::Reward, caller).len(), if open.is_ok() { 2 } else { 0 }, "{who}");
        }
    }
}
