//! What is decided about standards of titles: whether criteria can be, and which days a standard may have.

use std::collections::BTreeSet;

use crate::catalogues::catalogue;
use crate::platform::error::{Finding, Findings, Say, code};
use crate::platform::http::fields::{line, optional_line};
use crate::platform::period::Period;
use crate::posts::model::{Citation, Criterion, Measure, StandardText, TitleStandard, Zone};

#[cfg(test)]
mod tests;

/// Criteria that a standard may have.
const MOST_CRITERIA: usize = 40;
/// Titles that a criterion may name.
const MOST_TITLES: usize = 50;
/// Fifty years: no time that a standard asks for is longer.
const MOST_MONTHS: u32 = 600;

/// Cleans the texts of criteria, or says what is wrong with them; all findings, each with its pointer.
pub fn admit(criteria: Vec<Criterion>, note: Option<&str>) -> Result<StandardText, Vec<Finding>> {
    let mut findings = Findings::new();
    if criteria.is_empty() || criteria.len() > MOST_CRITERIA {
        let say = Say::new(format!("Từ 1 đến {MOST_CRITERIA} tiêu chí"), format!("1 to {MOST_CRITERIA} criteria"));
        findings.push(Finding::new("/criteria", code::OUT_OF_RANGE, say));
    }
    let note = findings.keep(optional_line("/note", note, 1000)).flatten();
    let mut kinds = BTreeSet::new();
    let mut clean = Vec::with_capacity(criteria.len());
    for (index, mut criterion) in criteria.into_iter().enumerate() {
        let at = format!("/criteria/{index}");
        let mut found = Findings::new();
        if !kinds.insert(criterion.kind()) {
            found.push(Finding::plain("/kind", code::REPEATED));
        }
        cite(criterion.citation_mut(), &mut found);
        if let Some(citation) = criterion.lowered_citation_mut() {
            let mut lowered = Findings::new();
            cite(citation, &mut lowered);
            for finding in lowered.into_vec() {
                found.push(finding.under("/lowered"));
            }
        }
        tidy(&mut criterion, &mut found);
        measure(&criterion, &mut found);
        for finding in found.into_vec() {
            findings.push(finding.under(&at));
        }
        clean.push(criterion);
    }
    let found = findings.into_vec();
    if found.is_empty() { Ok(StandardText { criteria: clean, note }) } else { Err(found) }
}

fn cite(citation: &mut Citation, findings: &mut Findings) {
    if let Some(instrument) = findings.keep(line("/citation/instrument", &citation.instrument, 200)) {
        citation.instrument = instrument;
    }
    if let Some(article) = findings.keep(optional_line("/citation/article", citation.article.as_deref(), 100)) {
        citation.article = article;
    }
}

/// What has no rank: texts, codes, years.
fn tidy(criterion: &mut Criterion, findings: &mut Findings) {
    match criterion {
        Criterion::Language(one) => {
            if let Some(level) = findings.keep(line("/level", &one.level, 200)) {
                one.level = level;
            }
        }
        Criterion::LowerPosts(one) if one.title_codes.len() > MOST_TITLES => {
            findings.push(Finding::plain("/title_codes", code::OUT_OF_RANGE));
        }
        Criterion::MaximumAge(one) => {
            findings.keep(between("/years", one.years, 18, 100));
        }
        Criterion::Classification(one) => {
            findings.keep(between("/years", one.years, 1, 10));
        }
        Criterion::DisciplineWaiting(one) => {
            findings.keep(between("/reprimand_months", one.reprimand_months, 0, MOST_MONTHS));
            findings.keep(between("/warning_months", one.warning_months, 0, MOST_MONTHS));
            findings.keep(between("/removal_months", one.removal_months, 0, MOST_MONTHS));
        }
        _ => {}
    }
}

fn between(pointer: &'static str, value: u32, least: u32, most: u32) -> Result<(), Finding> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let say = Say::new(format!("Từ {least} đến {most}"), format!("{least} to {most}"));
    Err(Finding::new(pointer, code::OUT_OF_RANGE, say))
}

/// A level is one of its catalogue, months are so many; what is lowered is lower, in zones that are named once.
fn measure(criterion: &Criterion, findings: &mut Findings) {
    match criterion.measure() {
        Measure::Other => {}
        Measure::Months(months, lowered) => {
            findings.keep(between("/months", months, 0, MOST_MONTHS));
            if let Some(lowered) = lowered {
                findings.keep(zones(&lowered.zones));
                if lowered.months >= months {
                    findings.push(not_lower("/lowered/months"));
                }
            }
        }
        Measure::Level(list, level, lowered) => {
            let rank = findings.keep(ranked("/level", list, level));
            if let Some(lowered) = lowered {
                findings.keep(zones(&lowered.zones));
                let lower = findings.keep(ranked("/lowered/level", list, &lowered.level));
                if rank.zip(lower).is_some_and(|(rank, lower)| lower >= rank) {
                    findings.push(not_lower("/lowered/level"));
                }
            }
        }
    }
}

fn not_lower(pointer: &'static str) -> Finding {
    Finding::new(pointer, code::OUT_OF_RANGE, Say::new("Không thấp hơn mức chung", "Is not lower than elsewhere"))
}

/// Where a code stands among the levels of a catalogue, lowest first.
fn ranked(pointer: &'static str, list: &'static str, level: &str) -> Result<usize, Finding> {
    let rank = catalogue(list).and_then(|list| list.items.iter().position(|item| item.code == level));
    rank.ok_or_else(|| {
        let say = Say::new(format!("Xem /v1/catalogues/{list}"), format!("See /v1/catalogues/{list}"));
        Finding::new(pointer, code::UNKNOWN_CODE, say)
    })
}

fn zones(zones: &[Zone]) -> Result<(), Finding> {
    let once: BTreeSet<_> = zones.iter().collect();
    match (zones.is_empty(), once.len() == zones.len()) {
        (true, _) => Err(Finding::plain("/lowered/zones", code::REQUIRED)),
        (_, false) => Err(Finding::plain("/lowered/zones", code::REPEATED)),
        _ => Ok(()),
    }
}

/// The codes of titles that criteria name, each with its pointer.
pub fn titles_named(criteria: &[Criterion]) -> Vec<(String, &str)> {
    let mut named = Vec::new();
    for (index, criterion) in criteria.iter().enumerate() {
        if let Criterion::LowerPosts(one) = criterion {
            let at = |place| format!("/criteria/{index}/title_codes/{place}");
            named.extend(one.title_codes.iter().enumerate().map(|(place, code)| (at(place), code.as_str())));
        }
    }
    named
}

/// The days of the standard that takes the place of another: those of the old one, from a day on if one is given.
pub fn succession(old: &TitleStandard, from: Option<chrono::NaiveDate>) -> Result<Period, Finding> {
    let Some(from) = from else { return Ok(old.during) };
    let during = Period::new(Some(from), old.during.to()).ok().filter(|_| old.during.holds(from));
    during.ok_or_else(|| super::outside("/from", old.during, "tiêu chuẩn", "standard"))
}

/// A new standard takes days that have none.
pub fn vacant_days(there: &[TitleStandard], during: Period) -> Result<(), Finding> {
    if there.iter().any(|one| one.during.overlaps(&during)) {
        let say = Say::new("Đã có tiêu chuẩn: thay thế tiêu chuẩn đó", "There is a standard: supersede that one");
        return Err(Finding::new("/from", code::DUPLICATE, say));
    }
    Ok(())
}
