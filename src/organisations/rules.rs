//! The dated closure of the tree, and what an act makes of it. Pure.

mod heirs;
mod reorganise;
mod zones;

pub use heirs::Heirs;
pub use reorganise::{Phase, Placed, Plan, reorganise};
pub use zones::zone;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::model::UnitId;
use crate::platform::error::{Finding, Say, code};
use crate::platform::period::Period;

/// Trees deeper than this are taken for a loop.
const DEEPEST: i32 = 20;

/// What the closure is made of: where a unit stood when.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The unit.
    pub unit: UnitId,
    /// When.
    pub during: Period,
    /// The unit above it.
    pub parent: Option<UnitId>,
}

/// A unit stood at or below another for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the two units of the pair")]
pub struct Ancestor {
    /// The lower unit.
    pub unit: UnitId,
    /// The upper one, or the same.
    pub ancestor: UnitId,
    /// Steps between the two.
    pub depth: i32,
    /// When.
    pub during: Period,
}

/// All pairs of units of which one stood at or below the other, and when: what touches is joined.
pub fn closure(standings: &[Standing]) -> Vec<Ancestor> {
    let mut by_unit: HashMap<UnitId, Vec<Standing>> = HashMap::new();
    for standing in standings {
        by_unit.entry(standing.unit).or_default().push(*standing);
    }
    let mut found: BTreeMap<(UnitId, UnitId, i32), Vec<Period>> = BTreeMap::new();
    for standing in standings {
        found.entry((standing.unit, standing.unit, 0)).or_default().push(standing.during);
        climb(&by_unit, standing.unit, standing, standing.during, 1, &mut found);
    }
    found
        .into_iter()
        .flat_map(|((unit, ancestor, depth), periods)| {
            joined(periods).into_iter().map(move |during| Ancestor { unit, ancestor, depth, during })
        })
        .collect()
}

fn climb(
    by_unit: &HashMap<UnitId, Vec<Standing>>,
    unit: UnitId,
    at: &Standing,
    during: Period,
    depth: i32,
    found: &mut BTreeMap<(UnitId, UnitId, i32), Vec<Period>>,
) {
    let Some(parent) = at.parent.filter(|_| depth < DEEPEST) else { return };
    for above in by_unit.get(&parent).into_iter().flatten() {
        if let Some(common) = during.within(&above.during) {
            found.entry((unit, parent, depth)).or_default().push(common);
            climb(by_unit, unit, above, common, depth + 1, found);
        }
    }
}

/// Periods that touch become one.
fn joined(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_by_key(|period| (period.from(), period.to().is_none(), period.to()));
    let mut out: Vec<Period> = Vec::with_capacity(periods.len());
    for period in periods {
        match out.last_mut() {
            Some(last) if last.to().is_none() || last.to() >= period.from() => {
                let to = if last.to().is_none() || period.to().is_none() { None } else { last.to().max(period.to()) };
                if let Ok(longer) = Period::new(last.from(), to) {
                    *last = longer;
                }
            }
            _ => out.push(period),
        }
    }
    out
}

/// Where each unit stood last: what a grant reaches.
pub fn latest(closure: &[Ancestor]) -> Vec<Ancestor> {
    let end = |period: &Period| period.to().unwrap_or(NaiveDate::MAX);
    let mut last: HashMap<UnitId, NaiveDate> = HashMap::new();
    for row in closure.iter().filter(|row| row.depth == 0) {
        let known = last.entry(row.unit).or_insert(NaiveDate::MIN);
        *known = (*known).max(end(&row.during));
    }
    closure.iter().filter(|row| last.get(&row.unit) == Some(&end(&row.during))).copied().collect()
}

/// Whether a new unit may stand below another from a day on.
pub fn fits_below(during: Period, parent: &[Period]) -> Result<(), Finding> {
    if joined(parent.to_vec()).iter().any(|period| period.encloses(&during)) {
        return Ok(());
    }
    Err(Finding::new(
        "/parent_id",
        code::OUTSIDE_VALIDITY,
        Say::new(
            "Đơn vị cấp trên không tồn tại trong cả thời gian này",
            "The unit above does not exist for all of this time",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn until(text: &str) -> Period {
        Period::new(None, Some(day(text))).unwrap()
    }

    #[test]
    fn a_district_ends_and_its_commune_with_it() {
        let (province, district, commune, later) = (unit(1), unit(2), unit(3), unit(4));
        let reform = "2025-07-01";
        let always = Period::new(None, None).unwrap();
        let rows = closure(&[
            Standing { unit: province, during: always, parent: None },
            Standing { unit: district, during: until(reform), parent: Some(province) },
            Standing { unit: commune, during: until(reform), parent: Some(district) },
            Standing { unit: later, during: Period::since(day(reform)), parent: Some(province) },
        ]);
        let of = |u: UnitId| {
            rows.iter().filter(|r| r.unit == u).map(|r| (r.ancestor, r.depth, r.during)).collect::<Vec<_>>()
        };
        assert_eq!(
            of(commune),
            [(province, 2, until(reform)), (district, 1, until(reform)), (commune, 0, until(reform))]
        );
        assert_eq!(of(later), [(province, 1, Period::since(day(reform))), (later, 0, Period::since(day(reform)))]);
        assert_eq!(latest(&rows).len(), rows.len());
    }

    #[test]
    fn a_renamed_unit_keeps_its_ancestors_and_a_moved_one_changes_them() {
        let (root, a, b, moved) = (unit(1), unit(2), unit(3), unit(4));
        let always = Period::new(None, None).unwrap();
        let rows = closure(&[
            Standing { unit: root, during: always, parent: None },
            Standing { unit: a, during: until("2020-01-01"), parent: Some(root) },
            Standing { unit: a, during: Period::since(day("2020-01-01")), parent: Some(root) },
            Standing { unit: b, during: always, parent: Some(root) },
            Standing { unit: moved, during: until("2018-01-01"), parent: Some(a) },
            Standing { unit: moved, during: Period::since(day("2018-01-01")), parent: Some(b) },
        ]);
        let below = |ancestor: UnitId| rows.iter().find(|r| r.unit == moved && r.ancestor == ancestor).unwrap().during;
        assert_eq!(below(root), always);
        assert_eq!(below(a), until("2018-01-01"));
        assert_eq!(rows.iter().filter(|r| r.unit == a && r.ancestor == root).count(), 1);
        let last: Vec<_> = latest(&rows).into_iter().filter(|r| r.unit == moved).map(|r| r.ancestor).collect();
        assert_eq!(last, [root, b, moved]);
    }

    #[test]
    fn a_loop_does_not_hang() {
        let always = Period::new(None, None).unwrap();
        let rows = closure(&[
            Standing { unit: unit(1), during: always, parent: Some(unit(2)) },
            Standing { unit: unit(2), during: always, parent: Some(unit(1)) },
        ]);
        assert!(rows.iter().all(|row| row.depth < DEEPEST));
    }
}
