//! What the law asks of a planning: how many titles of one level for a person, how many people for a title, a higher title
//! alone. A rule that the province has not confirmed refuses nothing; it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::cadres::model::{Planned, PlanningFacts};
use crate::platform::error::{Code, Finding, Say, code};
use crate::platform::period::Period;
use crate::posts::{Level, TitleId};
use crate::regulations::{Parameter, Rulebook};

/// What a planning does not meet.
#[derive(Debug, Default)]
pub struct PlanningVerdict {
    /// By rules that the province has confirmed: refused.
    pub refused: Vec<Finding>,
    /// By rules that it has not: told.
    pub told: Vec<Finding>,
}

impl PlanningVerdict {
    fn add<T>(&mut self, rule: &Parameter<T>, code: &'static Code, message: Say) {
        let finding = Finding::new("/title_id", code, message).citing(&*rule.citation);
        if rule.confirmed { self.refused.push(finding) } else { self.told.push(finding) }
    }
}

/// A planning of somebody who is registered with it.
#[derive(Clone, Copy, Debug)]
pub struct ListedPlanning {
    /// Whose, by their place in the list.
    pub person: usize,
    /// The title.
    pub title: TitleId,
    /// Where it stands.
    pub place: Planned,
    /// When.
    pub during: Period,
    /// What the person holds full-time on the first day.
    pub held: Option<Planned>,
}

/// What each of these plannings is held against, as if they were recorded one after the other; `known`: how many people
/// are planned for each of the titles already.
pub fn in_order(list: &[ListedPlanning], known: &[i64]) -> Vec<PlanningFacts> {
    let facts = |(at, (one, known)): (usize, (&ListedPlanning, &i64))| {
        let before = || list.iter().take(at).filter(|other| other.during.overlaps(&one.during));
        let own = before().filter(|other| other.person == one.person && other.title != one.title);
        let titles: BTreeMap<TitleId, Planned> = own.map(|other| (other.title, other.place)).collect();
        let people = before().filter(|other| other.person != one.person && other.title == one.title);
        let people: BTreeSet<usize> = people.map(|other| other.person).collect();
        PlanningFacts {
            wanted: one.place,
            titles: titles.into_values().collect(),
            others: known.saturating_add(i64::try_from(people.len()).unwrap_or(i64::MAX)),
            held: one.held,
        }
    };
    list.iter().zip(known).enumerate().map(facts).collect()
}

/// The smaller, the higher.
fn height(of: Planned) -> (u8, i32) {
    let level = match of.level {
        Level::Province => 0,
        Level::District => 1,
        Level::Commune => 2,
    };
    (level, of.rank_order)
}

/// A planning against the rules of its first day.
pub fn planning(facts: &PlanningFacts, book: &Rulebook) -> PlanningVerdict {
    let mut verdict = PlanningVerdict::default();
    let titles = 1 + facts.titles.iter().filter(|other| other.level == facts.wanted.level).count();
    if let Some(rule) = book.number("planning.maximum_titles_per_person")
        && u32::try_from(titles).is_ok_and(|titles| titles > rule.value)
    {
        let most = rule.value;
        let message = Say::new(
            format!("Người này có {titles} chức danh quy hoạch cùng cấp, tối đa {most}"),
            format!("The person would be planned for {titles} titles of this level, {most} at most"),
        );
        verdict.add(&rule, code::PLANNING_LIMIT, message);
    }
    let people = facts.others.saturating_add(1);
    if let Some(rule) = book.number("planning.maximum_people_per_title")
        && people > i64::from(rule.value)
    {
        let most = rule.value;
        let message = Say::new(
            format!("Chức danh này có {people} người trong quy hoạch, tối đa {most}"),
            format!("{people} people would be planned for the title, {most} at most"),
        );
        verdict.add(&rule, code::PLANNING_LIMIT, message);
    }
    if let Some(rule) = book.flag("planning.higher_title_only").filter(|rule| rule.value)
        && let Some(held) = facts.held
        && height(facts.wanted) >= height(held)
    {
        let message = Say::new(
            "Chức danh quy hoạch không cao hơn chức danh đang giữ",
            "The title is not higher than the one that the person holds",
        );
        verdict.add(&rule, code::NOT_HIGHER, message);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn book(confirmed: bool) -> Rulebook {
        let rules = [
            ("planning.maximum_titles_per_person", json!(3)),
            ("planning.maximum_people_per_title", json!(3)),
            ("planning.higher_title_only", json!(true)),
        ];
        let rule = |value| Parameter { value, citation: "Quy định 377".to_owned(), confirmed };
        Rulebook::new("2026-01-01".parse().unwrap(), rules.map(|(key, value)| (key.to_owned(), rule(value))))
    }

    #[test]
    fn plannings_of_a_list_stand_beside_those_before_them() {
        let place = Planned { level: Level::Commune, rank_order: 10 };
        let title = |n: u128| TitleId(uuid::Uuid::from_u128(n));
        let during = |from: &str, to: &str| Period::new(Some(from.parse().unwrap()), to.parse().ok()).unwrap();
        let term = during("2025-07-01", "2030-07-01");
        let one = |person, n, during| ListedPlanning { person, title: title(n), place, during, held: None };
        let list = [
            one(0, 1, term),
            one(0, 2, term),
            // The same title again at another time is one title; a term that does not meet is none.
            one(0, 2, during("2020-07-01", "2025-07-01")),
            one(0, 3, term),
            one(1, 1, term),
            one(2, 1, during("2020-07-01", "2025-07-01")),
            one(3, 1, during("2025-01-01", "2026-01-01")),
        ];
        let found = in_order(&list, &[5, 0, 0, 0, 5, 0, 0]);
        let counts: Vec<(usize, i64)> = found.iter().map(|facts| (facts.titles.len(), facts.others)).collect();
        assert_eq!(counts, [(0, 5), (1, 0), (0, 0), (2, 0), (0, 6), (0, 0), (0, 3)]);
    }

    #[test]
    fn limits_count_what_stands_beside_and_refuse_when_confirmed() {
        let at = |level, rank_order| Planned { level, rank_order };
        let (commune, province) = (at(Level::Commune, 10), at(Level::Province, 90));
        for (titles, others, held, wanted, found) in [
            (vec![], 0, None, commune, vec![]),
            (vec![commune, commune], 2, None, commune, vec![]),
            (vec![commune, commune, commune], 2, None, commune, vec!["planning_limit"]),
            (vec![province, commune, commune], 0, None, commune, vec![]),
            (vec![], 3, None, commune, vec!["planning_limit"]),
            (vec![], 0, Some(at(Level::Commune, 20)), commune, vec![]),
            (vec![], 0, Some(commune), commune, vec!["not_higher"]),
            (vec![], 0, Some(at(Level::Commune, 5)), commune, vec!["not_higher"]),
            (vec![], 0, Some(commune), province, vec![]),
            (vec![], 0, Some(province), commune, vec!["not_higher"]),
            (vec![commune; 3], 9, Some(province), commune, vec!["planning_limit", "planning_limit", "not_higher"]),
        ] {
            let facts = PlanningFacts { wanted, titles, others, held };
            let codes = |findings: &[Finding]| findings.iter().map(|one| one.code.name).collect::<Vec<_>>();
            let confirmed = planning(&facts, &book(true));
            assert_eq!((codes(&confirmed.refused), confirmed.told.len()), (found.clone(), 0), "{facts:?}");
            assert!(confirmed.refused.iter().all(|one| one.citation.as_deref() == Some("Quy định 377")));
            let told = planning(&facts, &book(false));
            assert_eq!((codes(&told.told), told.refused.len()), (found, 0), "{facts:?}");
        }
        let none = Rulebook::new("2026-01-01".parse().unwrap(), []);
        let facts = PlanningFacts { wanted: commune, titles: vec![commune; 9], others: 9, held: Some(province) };
        let verdict = planning(&facts, &none);
        assert!(verdict.refused.is_empty() && verdict.told.is_empty(), "without a rule nothing is asked");
    }
}
