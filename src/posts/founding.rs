//! The titles that every province starts with, from `data/titles.csv`. Pure.

use serde::Deserialize;

use super::model::{Level, NewTitleRow, TitleCategory};

const TITLES: &str = include_str!("../../data/titles.csv");

#[derive(Deserialize)]
struct Row {
    code: String,
    name_vi: String,
    name_en: String,
    category: TitleCategory,
    level: Level,
    leadership: bool,
    rank_order: i32,
    elected: bool,
}

/// The titles of the file.
pub fn titles() -> Result<Vec<NewTitleRow>, csv::Error> {
    csv::Reader::from_reader(TITLES.as_bytes())
        .deserialize()
        .map(|row| {
            let Row { code, name_vi, name_en, category, level, leadership, rank_order, elected } = row?;
            Ok(NewTitleRow { code, name_vi, name_en, category, level, leadership, rank_order, elected })
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
