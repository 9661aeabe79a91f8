//! Who comes before whom.

use std::collections::BTreeMap;

use super::{Case, Ground, Surroundings};
use crate::cadres::Dossier;
use crate::eligibility::model::{Judged, Question, Rank, SeatFacts};
use crate::posts::Seat;

/// Where people are held against posts.
#[derive(Clone, Debug)]
pub struct Field {
    /// By which kind of decision, for which day.
    pub question: Question,
    /// What is the same for everybody.
    pub ground: Ground,
    /// Where the posts are.
    pub around: Surroundings,
}

impl Field {
    /// Where people stand for a post whom `counts` lets in; who holds it on the day is none of them.
    pub fn ranks(&self, seat: &Seat, dossiers: &[Dossier], counts: impl Fn(&Dossier) -> bool) -> Vec<Rank> {
        let facts = SeatFacts::of(seat, self.around.zone(seat));
        let day = self.question.day;
        let holds = |one: &Dossier| one.career.iter().any(|stay| stay.post_id == seat.id && stay.during.holds(day));
        let rank = |one: &Dossier| {
            let native = self.around.native(one, seat.unit_id);
            Case::counted(self.question, one, &facts, native, &self.ground).rank(one.cadre_id.0)
        };
        dossiers.iter().filter(|one| counts(one) && !holds(one)).map(rank).collect()
    }

    /// One of them in full; the dossiers are in the order of the ids of the people.
    pub fn told(&self, seat: &Seat, dossiers: &[Dossier], rank: Rank) -> Option<(Rank, Judged)> {
        let at = dossiers.binary_search_by_key(&rank.id, |one| one.cadre_id.0).ok()?;
        let dossier = dossiers.get(at)?.clone();
        let facts = SeatFacts::of(seat, self.around.zone(seat));
        let native = self.around.native(&dossier, seat.unit_id);
        Some((rank, self.ground.judged(self.question, dossier, facts, native, BTreeMap::new())))
    }
}

/// The first of these ranks after one of them, in order.
pub fn ranked(mut ranks: Vec<Rank>, after: Option<Rank>, wanted: usize) -> Vec<Rank> {
    ranks.retain(|rank| after.is_none_or(|after| *rank > after));
    if wanted < ranks.len() {
        // A page of many: the rest need no order.
        ranks.select_nth_unstable(wanted);
        ranks.truncate(wanted);
    }
    ranks.sort_unstable();
    ranks
}
