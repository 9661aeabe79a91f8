//! When somebody retires: on the day that was decided, else by the schedule of the law.

use chrono::NaiveDate;

use crate::cadres::model::{Particular, Retirement, RetirementGround, Sex};
use crate::regulations::{Rulebook, retirement_day};

/// The day that a text about a decided retirement begins with, and the reason after it: `2030-05-31: ...`.
pub fn decided_day(text: &str) -> Option<(NaiveDate, &str)> {
    let (day, reason) = text.split_once(':')?;
    let reason = reason.trim();
    Some((day.trim().parse().ok()?, reason)).filter(|_| !reason.is_empty())
}

/// When somebody retires, seen from the day of the book; `decided`: the decision that counts then. None: there is no such
/// decision, and no schedule holds.
pub fn retirement(born_on: NaiveDate, sex: Sex, decided: Option<&Particular>, book: &Rulebook) -> Option<Retirement> {
    if let Some(decided) = decided
        && let Some((day, reason)) = decided_day(&decided.text)
    {
        let ground = RetirementGround::Decided {
            fact: decided.id,
            decision_number: decided.decision_number.clone().unwrap_or_default(),
            reason: reason.to_owned(),
        };
        return Some(Retirement { day, ground });
    }
    let ages = book.retirement()?;
    let day = retirement_day(born_on, sex, &ages.value);
    Some(Retirement { day, ground: RetirementGround::Schedule { citation: ages.citation, confirmed: ages.confirmed } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decided_day_is_a_day_and_a_reason() {
        for (text, day) in [
            ("2030-05-31: kéo dài thời gian công tác", Some("2030-05-31")),
            (" 2030-05-31 : x", Some("2030-05-31")),
            ("2030-05-31", None),
            ("2030-05-31: ", None),
            ("2030-02-30: x", None),
            ("sớm: x", None),
        ] {
            assert_eq!(decided_day(text).map(|(day, _)| day.to_string()).as_deref(), day, "{text}");
        }
    }
}
