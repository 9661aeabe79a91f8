//! What is decided about freezes: who may come to a frozen post, and what may be done with a freeze.

use chrono::NaiveDate;

use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::period::{Period, Timeline};
use crate::posts::model::{PostAction, PostFreeze};

/// Nobody comes to a post while it is frozen, unless it is decided as a special case.
pub fn unfrozen(
    pointer: &'static str,
    freezes: &[PostFreeze],
    from: NaiveDate,
    special_case: bool,
) -> Result<(), Finding> {
    let frozen = freezes.iter().find(|freeze| freeze.during.holds(from));
    match frozen.filter(|_| !special_case) {
        None => Ok(()),
        Some(freeze) => {
            let until = freeze.during.last_day().map_or_else(|| "...".to_owned(), |day| day.to_string());
            let why = &freeze.reason;
            let vi = format!("Tạm dừng bổ nhiệm đến {until}: {why}; trường hợp đặc biệt, gửi special_case");
            let en = format!("Frozen until {until}: {why}; for a special case send special_case");
            let finding = Finding::new(pointer, code::POST_FROZEN, Say::new(vi, en));
            Err(match &freeze.decision_number {
                Some(number) => finding.citing(number.clone()),
                None => finding,
            })
        }
    }
}

/// Whether this may be done with a post today, by its freezes from today on. What `allowed_actions` says is computed by
/// this alone.
pub fn guard(action: PostAction, post: Period, freezes: &[PostFreeze], today: NaiveDate) -> Result<()> {
    let wrong = |vi: &'static str, en: &'static str| Err(Error::new(code::WRONG_STATE).detail(vi, en));
    match (action, freezes.is_empty()) {
        (PostAction::Freeze, _) if post.timeline(today) == Timeline::Past => {
            wrong("Vị trí không còn", "The post is no more")
        }
        (PostAction::Freeze, false) => wrong("Vị trí đang tạm dừng bổ nhiệm", "The post is frozen already"),
        (PostAction::Unfreeze, true) => wrong("Vị trí không bị tạm dừng", "The post is not frozen"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn freeze(from: &str, to: Option<&str>) -> PostFreeze {
        PostFreeze {
            id: uuid::Uuid::nil(),
            during: Period::new(Some(day(from)), to.map(day)).unwrap(),
            reason: "Sắp xếp tổ chức bộ máy".to_owned(),
            decision_number: Some("128-KL/TW".to_owned()),
            decided_on: None,
        }
    }

    #[test]
    fn nobody_comes_to_a_frozen_post_but_by_a_special_case() {
        let freezes = [freeze("2025-03-07", Some("2025-07-01"))];
        for (from, special, free) in [
            ("2025-03-06", false, true),
            ("2025-03-07", false, false),
            ("2025-06-30", false, false),
            ("2025-06-30", true, true),
            ("2025-07-01", false, true),
        ] {
            let found = unfrozen("/to_post_id", &freezes, day(from), special);
            assert_eq!(found.is_ok(), free, "{from} {special}");
            if let Err(finding) = found {
                assert_eq!((finding.code, finding.citation.as_deref()), (code::POST_FROZEN, Some("128-KL/TW")));
            }
        }
    }

    #[test]
    fn a_post_is_frozen_once_and_thawed_when_it_is_frozen() {
        let (open, ended) = (Period::since(day("2020-01-01")), Period::new(None, Some(day("2025-07-01"))).unwrap());
        let frozen = [freeze("2026-01-01", None)];
        for (action, post, freezes, may) in [
            (PostAction::Freeze, open, &[][..], true),
            (PostAction::Freeze, open, &frozen[..], false),
            (PostAction::Freeze, ended, &[][..], false),
            (PostAction::Unfreeze, open, &[][..], false),
            (PostAction::Unfreeze, open, &frozen[..], true),
        ] {
            assert_eq!(guard(action, post, freezes, day("2025-07-01")).is_ok(), may, "{action:?} {post:?}");
        }
    }
}
