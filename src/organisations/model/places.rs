//! What units are on a day, and where that lies: followed along the lineage, through everything that they went into.

use std::collections::HashMap;

use super::{UnitId, UnitKind};

/// A unit of the day with everything above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The unit.
    pub unit: UnitId,
    /// The unit itself, then what stands above it, nearest first: each with its kind and its name on the day.
    pub above: Vec<(UnitId, UnitKind, String)>,
    /// Reached along the lineage from the unit itself; not: it is the ground on which a unit without an heir stood.
    pub heir: bool,
}

/// Địa bàn: an administrative unit of the day, where posts are and people come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locality<'a> {
    /// The unit.
    pub unit: UnitId,
    /// Commune, district or province.
    pub kind: UnitKind,
    /// Its name on the day.
    pub name: &'a str,
    /// What stands above it.
    pub above: &'a [(UnitId, UnitKind, String)],
}

/// How a unit lies to a locality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// All of what it is on the day is the locality or lies below it.
    Within,
    /// It was divided, and a part of it is the locality or lies below it.
    Partly,
    /// It is of a higher level and reaches beyond the locality.
    Beyond,
    /// It has nothing to do with the locality.
    Elsewhere,
    /// It is not known what it is on the day: it is no more, and nothing of it is.
    Nowhere,
}

/// What units are on a day.
#[derive(Clone, Debug, Default)]
pub struct Places {
    units: HashMap<UnitId, (UnitKind, Vec<Spot>)>,
}

impl Places {
    /// Adds what a unit is on the day.
    pub fn add(&mut self, unit: UnitId, kind: UnitKind, spot: Spot) {
        self.units.entry(unit).or_insert_with(|| (kind, Vec::new())).1.push(spot);
    }

    fn spots(&self, unit: UnitId) -> &[Spot] {
        self.units.get(&unit).map_or(&[], |(_, spots)| spots.as_slice())
    }

    /// The locality of a unit that exists on the day: the nearest administrative unit upwards, itself included.
    pub fn locality(&self, unit: UnitId) -> Option<Locality<'_>> {
        let spot = self.spots(unit).iter().find(|spot| spot.unit == unit)?;
        let at = spot.above.iter().position(|(_, kind, _)| kind.is_locality())?;
        let (_, from) = spot.above.split_at_checked(at)?;
        let ((unit, kind, name), above) = from.split_first()?;
        Some(Locality { unit: *unit, kind: *kind, name, above })
    }

    /// Whether a unit is another one on the day: the same, or one that it went into, as a whole or in part.
    pub fn is_now(&self, unit: UnitId, other: UnitId) -> bool {
        unit == other || self.spots(unit).iter().any(|spot| spot.heir && spot.unit == other)
    }

    /// How a unit lies to a locality of the day.
    pub fn lies(&self, unit: UnitId, locality: &Locality) -> Lies {
        let Some((kind, spots)) = self.units.get(&unit).filter(|(_, spots)| !spots.is_empty()) else {
            return Lies::Nowhere;
        };
        let within = |spot: &&Spot| spot.above.iter().any(|(unit, ..)| *unit == locality.unit);
        let inside = spots.iter().filter(within).count();
        let over = spots.iter().any(|spot| locality.above.iter().any(|(unit, ..)| *unit == spot.unit));
        match inside {
            all if all == spots.len() => Lies::Within,
            0 if over => Lies::Beyond,
            0 => Lies::Elsewhere,
            _ if over || kind.rank().is_some_and(|rank| Some(rank) < locality.kind.rank()) => Lies::Beyond,
            _ => Lies::Partly,
        }
    }
}
