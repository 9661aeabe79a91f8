//! Who takes over from units that end: for a commune the unit that it goes into, or the one with its main part; for its
//! bodies the body of the same kind and name there. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::reorganise::{Draft, Phase};
use crate::organisations::model::{ChangeLine, Share, UnitId};

/// Who takes over from whom.
#[derive(Clone, Debug, Default)]
pub struct Heirs {
    /// The unit that each unit that ends goes into, where it goes into one.
    direct: BTreeMap<UnitId, UnitId>,
    /// Where what a unit kept is kept from then on: with its heir, else with the nearest unit above that goes on.
    refuge: BTreeMap<UnitId, UnitId>,
    /// The units at or below the heir of the place that a unit was in.
    around: BTreeMap<UnitId, Vec<UnitId>>,
}

impl Heirs {
    /// The unit that took a unit in.
    pub fn of(&self, unit: UnitId) -> Option<UnitId> {
        self.direct.get(&unit).copied()
    }

    /// Where what the unit kept goes, whether or not anybody took it in.
    pub fn refuge(&self, unit: UnitId) -> Option<UnitId> {
        self.refuge.get(&unit).copied()
    }

    /// Where seats like those of a unit may be: in the body that took it over first, then around it.
    pub fn around(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let near = self.direct.get(&unit).and_then(|heir| self.around.get(heir)).or_else(|| self.around.get(&unit));
        self.of(unit).into_iter().chain(near.into_iter().flatten().copied())
    }
}

/// Finds the heirs, and says of bodies which other took them over.
pub(super) fn inherit(draft: &mut Draft) -> Heirs {
    let children = draft.children();
    let mut heirs = Heirs::default();
    for line in draft.lines.iter().filter(|line| line.kind.lineage().is_some()) {
        if let Some((into, Share::Whole | Share::PartMain)) = line.into {
            heirs.direct.insert(line.unit, into);
        }
    }
    let mut taken_over = BTreeMap::new();
    for (place, heir) in heirs.direct.clone() {
        let there: Vec<&Phase> =
            bodies(draft, &children, heir).into_iter().filter_map(|unit| living(draft, unit)).collect();
        let units: Vec<UnitId> = std::iter::once(heir).chain(there.iter().map(|phase| phase.unit)).collect();
        heirs.around.insert(heir, units.clone());
        let (Some(was), Some(now)) = (draft.on.get(&place).copied(), living(draft, heir)) else { continue };
        let share = draft.lines.iter().find(|line| line.unit == place).and_then(|line| line.into).map(|into| into.1);
        for body in bodies(draft, &children, place) {
            let Some(phase) = draft.on.get(&body).copied().filter(|_| draft.ended.contains_key(&body)) else {
                continue;
            };
            if heirs.direct.contains_key(&body) {
                continue;
            }
            let same = there.iter().find(|other| other.kind == phase.kind && role(other, now) == role(phase, was));
            let alike = || there.iter().find(|other| other.kind == phase.kind && other.parent == Some(heir));
            if let (Some(same), Some(share)) = (same, share) {
                taken_over.insert(body, (same.unit, share));
            }
            let refuge = same.or_else(alike).map_or(heir, |other| other.unit);
            heirs.refuge.insert(body, refuge);
            heirs.around.insert(body, units.clone());
        }
    }
    for ChangeLine { unit, into, implied, .. } in &mut draft.lines {
        if let Some((other, share)) = taken_over.get(unit).filter(|_| *implied) {
            *into = Some((*other, *share));
            heirs.direct.insert(*unit, *other);
        }
    }
    for unit in draft.ended.keys() {
        let known = heirs.direct.get(unit).or_else(|| heirs.refuge.get(unit)).copied();
        if let Some(refuge) = known.or_else(|| climb(draft, &heirs, *unit)) {
            heirs.refuge.insert(*unit, refuge);
        }
    }
    heirs
}

/// The unit as it is from the day on.
fn living<'a>(draft: &'a Draft, unit: UnitId) -> Option<&'a Phase> {
    let begun = draft.begun.get(&unit).map(|(_, phase)| phase);
    begun.or_else(|| draft.on.get(&unit).copied()).filter(|_| !draft.ended.contains_key(&unit))
}

/// Everything below a unit that belongs to it: its bodies, not the places.
fn bodies(draft: &Draft, children: &BTreeMap<UnitId, Vec<UnitId>>, unit: UnitId) -> Vec<UnitId> {
    let kind = |unit: &UnitId| {
        let begun = draft.begun.get(unit).map(|(_, phase)| phase);
        begun.or_else(|| draft.on.get(unit).copied()).map(|phase| phase.kind)
    };
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([unit]));
    let mut waiting = vec![unit];
    while let Some(one) = waiting.pop() {
        let own = children.get(&one).into_iter().flatten();
        let own = own.filter(|child| kind(child).is_some_and(|kind| kind.rank().is_none()));
        for child in own.filter(|child| seen.insert(**child)) {
            found.push(*child);
            waiting.push(*child);
        }
    }
    found
}

/// The nearest unit above that goes on, or what took it in.
fn climb(draft: &Draft, heirs: &Heirs, unit: UnitId) -> Option<UnitId> {
    let mut seen = BTreeSet::from([unit]);
    let mut next = draft.on.get(&unit)?.parent?;
    while seen.insert(next) {
        if let Some(heir) = heirs.direct.get(&next) {
            return Some(*heir);
        }
        if !draft.ended.contains_key(&next) {
            return Some(next);
        }
        next = draft.on.get(&next)?.parent?;
    }
    None
}

/// What a body is called without the name of its place: "ủy ban nhân dân" of "Ủy ban nhân dân xã Na Sang".
fn role(body: &Phase, place: &Phase) -> String {
    let (name, place_name) = (body.name.to_lowercase(), place.name.to_lowercase());
    let kind = place.unit_type.as_deref().unwrap_or_default().to_lowercase();
    let bare = place_name.strip_prefix(&kind).unwrap_or(&place_name).trim().to_owned();
    let without = name.replace(&place_name, "").replace(&bare, "");
    without.split_whitespace().collect::<Vec<_>>().join(" ")
}
