//! The structure of a personal identification number (số định danh cá nhân): `PPP G YY RRRRRR`, the province of the
//! registration of birth, century and sex, year of birth, six digits. It has no check digit.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use crate::cadres::model::{PersonalData, Sex};
use crate::platform::error::{Finding, Say, code};

/// The 63 provinces of before July 2025: numbers do not change when provinces merge.
static PROVINCES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let rows = include_str!("../../../data/birth_provinces.csv").lines().skip(1);
    rows.filter_map(|row| Some(row.split_once(',')?.0)).collect()
});

/// What is wrong with a person's number. What does not agree with the rest of the record may be right all the same,
/// when birth was corrected and the number was not; then it is confirmed.
pub fn number(person: &PersonalData) -> Result<(), Finding> {
    let Some(number) = &person.personal_number else { return Ok(()) };
    if number.len() != 12 || !number.bytes().all(|b| b.is_ascii_digit()) {
        let message = Say::new("Cần 12 chữ số", "Needs 12 digits");
        return Err(Finding::new("/personal_number", code::BAD_FORMAT, message));
    }
    let wrong = disagreements(number, person.sex, person.born_on);
    if person.confirm_number_mismatch || wrong.is_empty() {
        return Ok(());
    }
    let list = |pick: fn(&Say) -> &str| wrong.iter().map(pick).collect::<Vec<_>>().join(", ");
    let message = Say::new(
        format!("Số định danh không khớp: {}; nếu vẫn đúng, gửi confirm_number_mismatch", list(|say| &say.vi)),
        format!("The number does not agree: {}; if it is right, send confirm_number_mismatch", list(|say| &say.en)),
    );
    Err(Finding::new("/personal_number", code::NUMBER_MISMATCH, message))
}

/// The parts of a number of 12 digits that do not agree with what is recorded.
pub fn disagreements(number: &str, sex: Sex, born_on: NaiveDate) -> Vec<Say> {
    let digits = |range| number.get(range).and_then(|part: &str| part.parse::<i32>().ok()).unwrap_or(-1);
    let (group, year) = (digits(3..4), digits(4..6));
    let mut wrong = Vec::new();
    let province = number.get(..3).unwrap_or_default();
    if !PROVINCES.contains(province) {
        wrong.push(Say::new(
            format!("nơi đăng ký khai sinh {province} không phải mã tỉnh"),
            format!("the place of registration {province} is no province"),
        ));
    }
    if (if group % 2 == 0 { Sex::Male } else { Sex::Female }) != sex {
        wrong.push(Say::new("giới tính", "the sex"));
    }
    if 1900 + group / 2 * 100 != born_on.year().div_euclid(100) * 100 {
        wrong.push(Say::new("thế kỷ sinh", "the century of birth"));
    }
    if year != born_on.year().rem_euclid(100) {
        wrong.push(Say::new("năm sinh", "the year of birth"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_number_is_held_against_the_record() {
        let born: NaiveDate = "1978-05-04".parse().unwrap();
        for (number, sex, born, wrong) in [
            ("011078000123", Sex::Male, born, vec![]),
            ("011178000123", Sex::Female, born, vec![]),
            ("011178000123", Sex::Male, born, vec!["the sex"]),
            ("011079000123", Sex::Male, born, vec!["the year of birth"]),
            ("011278000123", Sex::Male, born, vec!["the century of birth"]),
            ("011204000123", Sex::Male, "2004-01-01".parse().unwrap(), vec![]),
            ("011305000123", Sex::Female, "2005-01-01".parse().unwrap(), vec![]),
            ("099078000123", Sex::Male, born, vec!["the place of registration 099 is no province"]),
            // 003 has never been a province, 001 and 096 are the first and the last.
            ("003078000123", Sex::Male, born, vec!["the place of registration 003 is no province"]),
            ("001078000123", Sex::Male, born, vec![]),
            ("096078000123", Sex::Male, born, vec![]),
            (
                "999999000123",
                Sex::Male,
                born,
                vec![
                    "the place of registration 999 is no province",
                    "the sex",
                    "the century of birth",
                    "the year of birth",
                ],
            ),
        ] {
            let found: Vec<String> = disagreements(number, sex, born).iter().map(|say| say.en.to_string()).collect();
            assert_eq!(found, wrong, "{number}");
        }
        assert_eq!(PROVINCES.len(), 63);
    }
}
