//! What the law asks of leaving a post: a body is not left without anybody in charge, a rotation lasts its least time.

use chrono::NaiveDate;

use super::unmet::excepted;
use super::{Facts, Slate, Unmet, Waived};
use crate::platform::error::{Finding, Say, code};
use crate::platform::period::whole_months;
use crate::posts::{Basis, Standing};
use crate::regulations::Rulebook;
use crate::rotations::model::ProposedMove;

/// The rule on the least time of a rotation, as waivers name it.
const LEAST: &str = "rotation.minimum_months";
/// The rule that the post of a head is never without anybody in charge.
const STAND_IN: &str = "posts.head_stand_in";

/// What leaving does not meet: by rules that the province has confirmed, and by others.
pub fn leaving(facts: &Facts, moves: &[ProposedMove], effective: NaiveDate, book: &Rulebook, waived: &Waived) -> Unmet {
    let slate = Slate { facts, moves, effective };
    let mut unmet = Unmet::default();
    for (index, step) in moves.iter().enumerate() {
        let mut hold = |rule: &str, confirmed: bool, finding: Option<Finding>| {
            let finding = finding.filter(|_| !excepted(waived, step.cadre_id.0, rule));
            unmet.note(confirmed, finding.map(|one| one.under(&format!("/moves/{index}"))));
        };
        if let Some(rule) = book.flag(STAND_IN).filter(|rule| rule.value) {
            hold(STAND_IN, rule.confirmed, slate.headless(step).map(|finding| finding.citing(rule.citation)));
        }
        if let Some(rule) = book.number(LEAST) {
            let early = slate.cut_short(step, rule.value).map(|finding| finding.citing(rule.citation));
            hold(LEAST, rule.confirmed, early);
        }
    }
    unmet
}

impl Slate<'_> {
    /// Whether a head leaves a post in which there is nobody then, and nobody in charge.
    fn headless(&self, step: &ProposedMove) -> Option<Finding> {
        let seat = self.facts.seats.get(&step.from_post_id?)?;
        let left = seat.head && step.stand_in_id.is_none() && !self.is_held(seat.id);
        left.then(|| {
            let say = Say::new(
                format!("{}: cần người phụ trách", seat.label),
                format!("{}: somebody must be in charge", seat.label),
            );
            Finding::new("/stand_in_id", code::MUST_BE_FILLED, say)
        })
    }

    /// Whether a rotation ends before the least time.
    fn cut_short(&self, step: &ProposedMove, least: u32) -> Option<Finding> {
        let (post, eve) = (step.from_post_id?, self.effective.pred_opt()?);
        let theirs = |one: &&Standing| {
            one.cadre_id == step.cadre_id.0
                && one.post_id == post
                && one.during.holds(eve)
                && one.basis == Basis::Rotated
        };
        let held = self.facts.standings.iter().find(theirs)?;
        let began = held.rotation_id.and_then(|case| self.facts.rotated_since.get(&(case, held.cadre_id)).copied());
        let have = whole_months(began.or(held.during.from())?, self.effective);
        (have < least).then(|| {
            let say = Say::new(
                format!("Luân chuyển {have} tháng, ít nhất {least}"),
                format!("Rotated for {have} months, {least} at least"),
            );
            Finding::new("/from_post_id", code::RULE_NOT_MET, say)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use serde_json::json;

    use super::*;
    use crate::cadres::CadreId;
    use crate::posts::PostId;
    use crate::regulations::Parameter;
    use crate::rotations::rules::tests::{day, facts, id, step};

    fn book(confirmed: bool) -> Rulebook {
        let rule = |value| Parameter { value, citation: "Điều 48".to_owned(), confirmed };
        let rules = [(LEAST.to_owned(), rule(json!(36))), (STAND_IN.to_owned(), rule(json!(true)))];
        Rulebook::new(day("2026-12-01"), rules)
    }

    fn codes(facts: &Facts, moves: &[ProposedMove], confirmed: bool) -> (Vec<&'static str>, Vec<&'static str>) {
        let unmet = leaving(facts, moves, day("2026-12-01"), &book(confirmed), &HashMap::new());
        let names = |found: Vec<Finding>| found.into_iter().map(|one| one.code.name).collect();
        (names(unmet.confirmed), names(unmet.others))
    }

    #[test]
    fn the_post_of_a_head_is_left_to_a_successor_or_a_stand_in() {
        let mut facts = facts();
        facts.seats.get_mut(&PostId(id(11))).unwrap().head = true;
        let alone = [step(1, Some(11), 14)];
        assert_eq!(codes(&facts, &alone, true), (vec!["must_be_filled"], vec![]));
        assert_eq!(codes(&facts, &alone, false), (vec![], vec!["must_be_filled"]));
        assert_eq!(codes(&facts, &[step(1, Some(11), 14), step(2, Some(12), 11)], true), (vec![], vec![]));
        let charged = ProposedMove { stand_in_id: Some(CadreId(id(4))), ..step(1, Some(11), 14) };
        assert_eq!(codes(&facts, &[charged], true), (vec![], vec![]));
        assert_eq!(codes(&facts, &[step(2, Some(12), 14)], true), (vec![], vec![]), "who is no head");
    }

    #[test]
    fn a_rotation_lasts_its_least_time_unless_the_authority_lets_it_pass() {
        let mut facts = facts();
        facts.standings[0].basis = Basis::Rotated;
        let moves = [step(1, Some(11), 14)];
        assert_eq!(codes(&facts, &moves, true), (vec![], vec![]), "since 2018");
        facts.standings[0].rotation_id = Some(id(500));
        facts.rotated_since.insert((id(500), id(1)), day("2023-12-02"));
        assert_eq!(codes(&facts, &moves, true), (vec!["rule_not_met"], vec![]));
        facts.rotated_since.insert((id(500), id(1)), day("2023-12-01"));
        assert_eq!(codes(&facts, &moves, true), (vec![], vec![]));
        facts.rotated_since.insert((id(500), id(1)), day("2025-12-01"));
        let waived = HashMap::from([(id(1), BTreeMap::from([(LEAST.to_owned(), "116-TB/TU".to_owned())]))]);
        let unmet = leaving(&facts, &moves, day("2026-12-01"), &book(true), &waived);
        assert!(unmet.confirmed.is_empty() && unmet.others.is_empty());
    }
}
