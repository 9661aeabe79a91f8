//! What the value of a key must look like.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::platform::error::{Finding, Findings, Say, code};
use crate::platform::text;
use crate::regulations::model::ValueForm;

/// No number of law here is larger: months, percents, points, hours.
const LARGEST: u64 = 100_000;
/// A schedule has a step for each year in which the age changes.
const MOST_STEPS: usize = 60;
/// Lists of titles that count as equal.
const MOST_GROUPS: usize = 200;
/// Titles of one list.
const MOST_TITLES: usize = 50;
/// Years that a schedule may speak of.
const YEARS: std::ops::RangeInclusive<u64> = 1900..=2200;
/// Nobody retires at 100 years or more.
const OLDEST_MONTHS: u64 = 1200;

/// What is wrong with a value of this form; pointers from the value on. Null is always right: not known.
pub fn assess(form: ValueForm, value: &Value) -> Vec<Finding> {
    let mut findings = Findings::new();
    match (form, value) {
        (_, Value::Null) | (ValueForm::Boolean, Value::Bool(_)) => {}
        (ValueForm::Integer, value) => {
            findings.keep(number("", value, 0..=LARGEST));
        }
        (ValueForm::Text, Value::String(said)) => {
            findings.keep(line(said));
        }
        (ValueForm::MonthDay, Value::String(said)) => {
            findings.keep(month_day(said));
        }
        (ValueForm::Bounds, Value::Object(fields)) => {
            ascending(fields, &["minimum", "maximum"], LARGEST, &mut findings);
        }
        (ValueForm::Points, Value::Object(fields)) => {
            ascending(fields, &["completed", "good", "excellent"], 100, &mut findings);
        }
        (ValueForm::Ratio, Value::Object(fields)) => ratio(fields, &mut findings),
        (ValueForm::RetirementSteps, Value::Array(steps)) => schedule(steps, &mut findings),
        (ValueForm::TitleGroups, Value::Array(groups)) => equals(groups, &mut findings),
        _ => findings.push(Finding::plain("", code::WRONG_TYPE)),
    }
    findings.into_vec()
}

fn number(at: &str, value: &Value, range: std::ops::RangeInclusive<u64>) -> Result<u64, Finding> {
    let found = value.as_u64().filter(|number| range.contains(number));
    found.ok_or_else(|| match value {
        Value::Number(_) => {
            let (least, most) = (range.start(), range.end());
            let say =
                Say::new(format!("Số nguyên từ {least} đến {most}"), format!("A whole number, {least} to {most}"));
            Finding::new(at.to_owned(), code::OUT_OF_RANGE, say)
        }
        _ => Finding::plain(at.to_owned(), code::WRONG_TYPE),
    })
}

fn line(said: &str) -> Result<(), Finding> {
    match text::clean(said) {
        Err(_) => Err(Finding::plain("", code::BAD_CHARACTER)),
        Ok(clean) if clean != said || clean.is_empty() => Err(Finding::plain("", code::BAD_FORMAT)),
        Ok(clean) if clean.chars().count() > 200 => Err(Finding::plain("", code::OUT_OF_RANGE)),
        Ok(_) => Ok(()),
    }
}

fn month_day(said: &str) -> Result<(), Finding> {
    // A leap year, so that 29 February is a day.
    let day = chrono::NaiveDate::parse_from_str(&format!("2024-{said}"), "%Y-%m-%d");
    match day {
        Ok(day) if day.format("%m-%d").to_string() == said => Ok(()),
        _ => Err(Finding::new("", code::BAD_FORMAT, Say::new("Cần MM-DD", "Needs MM-DD"))),
    }
}

/// Exactly these fields, with whole numbers that do not fall from one to the next.
fn ascending(fields: &Map<String, Value>, names: &[&str], most: u64, findings: &mut Findings) {
    closed("", fields, names, findings);
    let mut before = 0;
    for name in names {
        let Some(value) = fields.get(*name) else { continue };
        if let Some(number) = findings.keep(number(&format!("/{name}"), value, 0..=most)) {
            if number < before {
                findings.push(Finding::plain(format!("/{name}"), code::OUT_OF_RANGE));
            }
            before = number;
        }
    }
}

/// A part of a whole that has at least one part.
fn ratio(fields: &Map<String, Value>, findings: &mut Findings) {
    ascending(fields, &["part", "whole"], 1000, findings);
    if fields.get("whole").is_some_and(|whole| whole.as_u64() == Some(0)) {
        findings.push(Finding::plain("/whole", code::OUT_OF_RANGE));
    }
}

/// Exactly these fields.
fn closed(at: &str, fields: &Map<String, Value>, names: &[&str], findings: &mut Findings) {
    for name in names.iter().filter(|name| !fields.contains_key(**name)) {
        findings.push(Finding::plain(format!("{at}/{name}"), code::REQUIRED));
    }
    for name in fields.keys().filter(|name| !names.contains(&name.as_str())) {
        findings.push(Finding::plain(format!("{at}/{name}"), code::UNKNOWN_FIELD));
    }
}

/// Steps in the order of their years, whose ages never fall: who retires when is found by walking up.
fn schedule(steps: &[Value], findings: &mut Findings) {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        let say = Say::new(format!("Từ 1 đến {MOST_STEPS} dòng"), format!("1 to {MOST_STEPS} steps"));
        findings.push(Finding::new("", code::OUT_OF_RANGE, say));
        return;
    }
    let names = ["from_year", "male", "female"];
    let mut before = [0; 3];
    for (index, step) in steps.iter().enumerate() {
        let Value::Object(fields) = step else {
            findings.push(Finding::plain(format!("/{index}"), code::WRONG_TYPE));
            continue;
        };
        closed(&format!("/{index}"), fields, &names, findings);
        for (name, before) in names.iter().zip(&mut before) {
            let Some(value) = fields.get(*name) else { continue };
            let (at, is_year) = (format!("/{index}/{name}"), *name == "from_year");
            let range = if is_year { YEARS } else { 1..=OLDEST_MONTHS };
            if let Some(number) = findings.keep(number(&at, value, range)) {
                if number < *before || is_year && number == *before {
                    findings.push(Finding::plain(at, code::BAD_ORDER));
                }
                *before = number;
            }
        }
    }
}

/// Lists of two codes or more; a title stands in one list at most, so that equal is equal whoever is compared.
fn equals(groups: &[Value], findings: &mut Findings) {
    if groups.is_empty() || groups.len() > MOST_GROUPS {
        let say = Say::new(format!("Từ 1 đến {MOST_GROUPS} nhóm"), format!("1 to {MOST_GROUPS} lists"));
        findings.push(Finding::new("", code::OUT_OF_RANGE, say));
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, group) in groups.iter().enumerate() {
        let Value::Array(titles) = group else {
            findings.push(Finding::plain(format!("/{index}"), code::WRONG_TYPE));
            continue;
        };
        if !(2..=MOST_TITLES).contains(&titles.len()) {
            let say = Say::new(format!("Từ 2 đến {MOST_TITLES} chức danh"), format!("2 to {MOST_TITLES} titles"));
            findings.push(Finding::new(format!("/{index}"), code::OUT_OF_RANGE, say));
        }
        for (place, title) in titles.iter().take(MOST_TITLES).enumerate() {
            let at = format!("/{index}/{place}");
            match title {
                Value::String(title) if !is_code(title) => findings.push(Finding::plain(at, code::BAD_FORMAT)),
                Value::String(title) if !seen.insert(title) => findings.push(Finding::plain(at, code::REPEATED)),
                Value::String(_) => {}
                _ => findings.push(Finding::plain(at, code::WRONG_TYPE)),
            }
        }
    }
}

/// Lower_snake, as titles have it.
fn is_code(said: &str) -> bool {
    (1..=80).contains(&said.len())
        && said.starts_with(|first: char| first.is_ascii_lowercase())
        && said.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
}
