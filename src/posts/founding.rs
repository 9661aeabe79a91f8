//! The titles that every province starts with, from `data/titles.csv`, and their standards. Pure.

use chrono::NaiveDate;
use serde::Deserialize;

use super::model::{Criterion, Level, NewTitleRow, StandardText, TitleCategory, TitleGroup};
use crate::platform::period::{Period, WirePeriod};

const TITLES: &str = include_str!("../../data/titles.csv");
const STANDARDS: &str = include_str!("../../data/title_standards.json");

#[derive(Deserialize)]
struct Row {
    code: String,
    name_vi: String,
    name_en: String,
    category: TitleCategory,
    level: Level,
    leadership: bool,
    head: bool,
    rank_order: i32,
    elected: bool,
    group: Option<TitleGroup>,
}

/// The titles of the file.
pub fn titles() -> Result<Vec<NewTitleRow>, csv::Error> {
    csv::Reader::from_reader(TITLES.as_bytes())
        .deserialize()
        .map(|row| {
            let Row { code, name_vi, name_en, category, level, leadership, head, rank_order, elected, group } = row?;
            Ok(NewTitleRow { code, name_vi, name_en, category, level, leadership, head, rank_order, elected, group })
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardRow {
    title: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    note: Option<String>,
    criteria: Vec<Criterion>,
}

/// A standard of the file.
#[derive(Debug)]
pub struct ShippedStandard {
    /// Code of its title.
    pub title: String,
    /// When it holds.
    pub during: Period,
    /// What it says.
    pub text: StandardText,
}

/// The standards of the file.
pub fn standards() -> serde_json::Result<Vec<ShippedStandard>> {
    let rows: Vec<StandardRow> = serde_json::from_str(STANDARDS)?;
    rows.into_iter()
        .map(|row| {
            let StandardRow { title, valid_from, valid_to, note, criteria } = row;
            let wire = WirePeriod { from: Some(valid_from), to: valid_to };
            let during = Period::try_from(wire).map_err(<serde_json::Error as serde::de::Error>::custom)?;
            Ok(ShippedStandard { title, during, text: StandardText { criteria, note } })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_the_titles_of_the_story() {
        let titles = titles().unwrap();
        assert!(titles.len() > 100);
        assert!(titles.iter().any(|title| title.code == "commune_people_committee_vice_chair" && title.leadership));
    }
}
