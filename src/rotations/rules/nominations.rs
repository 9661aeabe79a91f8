//! What is wrong with whom a unit proposes, and with which units are asked.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::papers::not_later;
use crate::cadres::{CadreStatus, Person};
use crate::platform::error::{Finding, Findings, Say, code};
use crate::platform::http::page::Ref;
use crate::posts::Seat;
use crate::rotations::model::Nomination;

/// Units that one case may ask.
const MOST_UNITS: usize = 200;

/// What is wrong with a nomination: every fault. The person, the post and the title are there where the caller sees them.
pub fn nomination(
    nomination: &Nomination,
    person: Option<&Person>,
    seat: Option<&Seat>,
    title: Option<&Ref>,
    today: NaiveDate,
) -> Vec<Finding> {
    let mut findings = Findings::new();
    match person {
        None => findings.push(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)),
        Some(person) if person.status != CadreStatus::Active => {
            findings.push(Finding::plain("/cadre_id", code::NOT_ACTIVE));
        }
        Some(_) => {}
    }
    if nomination.post_id.is_some() && seat.is_none() {
        findings.push(Finding::plain("/post_id", code::UNKNOWN_REFERENCE));
    }
    match nomination.title_id {
        Some(_) if nomination.post_id.is_some() => {
            let message = Say::new("Nêu chức danh hoặc vị trí", "Name a title or a post, not both");
            findings.push(Finding::new("/title_id", code::REPEATED, message));
        }
        Some(_) if title.is_none() => findings.push(Finding::plain("/title_id", code::UNKNOWN_REFERENCE)),
        _ => {}
    }
    not_later("/nominated_on", nomination.nominated_on, today, &mut findings);
    findings.into_vec()
}

/// What is wrong with how a policy is approved: every fault. `seen` are those of the units asked that the caller sees.
pub fn approval(approved_on: NaiveDate, asked: &[Uuid], seen: &BTreeSet<Uuid>, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    not_later("/approved_on", approved_on, today, &mut findings);
    if asked.len() > MOST_UNITS {
        let message = Say::new(format!("Tối đa {MOST_UNITS} đơn vị"), format!("At most {MOST_UNITS} units"));
        findings.push(Finding::new("/invited_unit_ids", code::OUT_OF_RANGE, message));
    }
    for (index, unit) in asked.iter().enumerate() {
        let code = if asked.iter().take(index).any(|one| one == unit) {
            code::REPEATED
        } else if seen.contains(unit) {
            continue;
        } else {
            code::UNKNOWN_REFERENCE
        };
        findings.push(Finding::plain(format!("/invited_unit_ids/{index}"), code));
    }
    findings.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cadres::CadreId;
    use crate::posts::{PostId, TitleId};
    use crate::regulations::Sex;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn person(status: CadreStatus) -> Person {
        Person {
            id: CadreId(Uuid::from_u128(7)),
            full_name: "Lò Văn Bảy".to_owned(),
            sex: Sex::Male,
            born_on: day("1985-05-04"),
            ethnic_group: "thai".to_owned(),
            native_unit_id: None,
            unit_id: Uuid::from_u128(900),
            status,
            version: 1,
        }
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let (title, post) = (Some(TitleId(Uuid::from_u128(20))), Some(PostId(Uuid::from_u128(12))));
        let known = Ref::new(Uuid::from_u128(20), "Chức danh");
        let active = person(CadreStatus::Active);
        let retired = person(CadreStatus::Retired);
        for (name, title_id, post_id, person, title, on, wanted) in [
            ("for whatever the authority sees fit", None, None, Some(&active), None, "2026-11-23", vec![]),
            ("for a title", title, None, Some(&active), Some(&known), "2026-11-23", vec![]),
            ("for a title that is none", title, None, Some(&active), None, "2026-11-23", vec!["/title_id"]),
            ("for a post out of sight", None, post, Some(&active), None, "2026-11-23", vec!["/post_id"]),
            ("for both", title, post, Some(&active), Some(&known), "2026-11-23", vec!["/post_id", "/title_id"]),
            ("of another unit, tomorrow", None, None, None, None, "2026-11-24", vec!["/cadre_id", "/nominated_on"]),
            ("retired", None, None, Some(&retired), None, "2026-11-23", vec!["/cadre_id"]),
        ] {
            let proposed = Nomination {
                cadre_id: CadreId(Uuid::from_u128(7)),
                title_id,
                post_id,
                reason: "x".to_owned(),
                nominated_on: day(on),
                number: None,
            };
            let found = nomination(&proposed, person, None, title, day("2026-11-23"));
            assert_eq!(found.iter().map(|one| one.pointer.as_ref()).collect::<Vec<_>>(), wanted, "{name}");
        }
    }

    #[test]
    fn units_are_asked_once_and_only_those_in_sight() {
        let unit = |n| Uuid::from_u128(n);
        let seen = BTreeSet::from([unit(900), unit(901)]);
        let many: Vec<Uuid> = (0..201).map(|n| unit(1000 + n)).collect();
        let all = many.iter().copied().collect();
        for (name, on, asked, seen, wanted) in [
            ("nobody", "2026-11-23", vec![], &seen, vec![]),
            ("two", "2026-11-23", vec![unit(900), unit(901)], &seen, vec![]),
            (
                "one twice, one out of sight",
                "2026-11-23",
                vec![unit(900), unit(7), unit(900)],
                &seen,
                vec!["/invited_unit_ids/1", "/invited_unit_ids/2"],
            ),
            ("too many, tomorrow", "2026-11-24", many.clone(), &all, vec!["/approved_on", "/invited_unit_ids"]),
        ] {
            let found = approval(day(on), &asked, seen, day("2026-11-23"));
            assert_eq!(found.iter().map(|one| one.pointer.as_ref()).collect::<Vec<_>>(), wanted, "{name}");
        }
    }
}
