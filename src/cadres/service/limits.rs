//! Plannings held against the limits of the law: one, or those of people who are registered with them.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::cadres::model::{CadreProposal, NewPlanning, Planned, PlanningId};
use crate::cadres::rules::{self, ListedPlanning, PlanningVerdict};
use crate::cadres::store;
use crate::platform::db::{Effect, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::period::Period;
use crate::posts::{PostId, Seat, TitleId};
use crate::regulations;

/// What a rule would refuse that the province has not confirmed, as an effect.
fn told(verdict: Vec<Finding>, title: TitleId, day: NaiveDate) -> impl Iterator<Item = Effect> {
    verdict.into_iter().map(move |finding| {
        let cited = finding.citation.unwrap_or_default();
        let label = format!("{}; {cited}", finding.message.vi);
        Effect::new("unconfirmed_rule_not_met", "title", title, label, Some(day))
    })
}

/// Holds a planning against the rules of its first day; `beside` is the one that it corrects. What a rule refuses that the
/// province has confirmed is refused; what another would refuse is told as an effect.
pub async fn check_planning(tx: &mut Tx, proposal: &NewPlanning, beside: Option<PlanningId>) -> Result<Vec<Effect>> {
    let Some(facts) = store::planning_facts(tx, proposal, beside).await? else {
        return Err(Error::refused(vec![Finding::plain("/title_id", code::UNKNOWN_REFERENCE)]));
    };
    let day = proposal.during.from().unwrap_or_else(|| tx.today());
    let book = regulations::on(tx.conn(), day).await?;
    let verdict = rules::planning(&facts, &book);
    if !verdict.refused.is_empty() {
        return Err(Error::refused(verdict.refused));
    }
    Ok(told(verdict.told, proposal.title_id, day).collect())
}

/// What somebody who is registered will hold full-time on a day.
fn held_on(proposal: &CadreProposal, seats: &HashMap<PostId, Seat>, day: NaiveDate) -> Option<Planned> {
    proposal.appointments.iter().filter(|held| held.during.holds(day)).find_map(|held| {
        let seat = seats.get(&held.post_id).filter(|seat| held.full_time.unwrap_or(seat.full_time))?;
        Some(Planned { level: seat.level, rank_order: seat.rank_order })
    })
}

/// Holds the plannings of people who are to be registered against the same rules, each beside those before it in the list:
/// what is refused, each finding with its person, and what is told. Those without a title or a first day are told elsewhere.
pub async fn check_registered(
    tx: &mut Tx,
    proposals: &[CadreProposal],
    seats: &HashMap<PostId, Seat>,
    places: &HashMap<TitleId, Planned>,
) -> Result<(Vec<(usize, Finding)>, Vec<Effect>)> {
    let mut listed: Vec<(ListedPlanning, usize, NaiveDate)> = Vec::new();
    for (person, proposal) in proposals.iter().enumerate() {
        for (index, &(title, during)) in proposal.plannings.iter().enumerate() {
            let (Some(&place), Some(from)) = (places.get(&title), during.from()) else { continue };
            let held = held_on(proposal, seats, from);
            listed.push((ListedPlanning { person, title, place, during, held }, index, from));
        }
    }
    let days: BTreeSet<NaiveDate> = listed.iter().map(|(.., from)| *from).collect();
    let books = regulations::on_days(tx.conn(), &days).await?;
    let wanted: Vec<(TitleId, Period)> = listed.iter().map(|(one, ..)| (one.title, one.during)).collect();
    let others = if wanted.is_empty() { Vec::new() } else { store::planned_people(tx, &wanted, None).await? };
    let list: Vec<ListedPlanning> = listed.iter().map(|(one, ..)| *one).collect();
    let (mut refused, mut effects) = (Vec::new(), Vec::new());
    for (facts, (one, index, from)) in rules::in_order(&list, &others).iter().zip(&listed) {
        let Some(book) = books.get(from) else { continue };
        let PlanningVerdict { refused: found, told: only } = rules::planning(facts, book);
        let at = format!("/plannings/{index}");
        refused.extend(found.into_iter().map(|finding| (one.person, finding.under(&at))));
        effects.extend(told(only, one.title, *from));
    }
    Ok((refused, effects))
}
