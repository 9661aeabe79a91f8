//! What an act makes of the units: which end, which begin, what goes into what, or everything that speaks against it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::heirs::{self, Heirs};
use super::joined;
use crate::organisations::model::{ChangeKind, ChangeLine, CreatedUnit, Share, UnitChange, UnitId, UnitKind};
use crate::platform::error::{Code, Finding, Say, code};
use crate::platform::period::Period;
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// A period of a unit as it is kept.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Of the row.
    pub id: Uuid,
    /// The unit.
    pub unit: UnitId,
    /// What kind of unit.
    pub kind: UnitKind,
    /// When.
    pub during: Period,
    /// Its name then.
    pub name: String,
    /// Its code then.
    pub code: Option<String>,
    /// Its type then.
    pub unit_type: Option<String>,
    /// The unit above it then.
    pub parent: Option<UnitId>,
}

/// What an act makes of the units.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Units that begin.
    pub created: Vec<(UnitId, UnitKind)>,
    /// Units that end, bodies below others included.
    pub ended: BTreeSet<UnitId>,
    /// Periods that end the day before, by the id of their row.
    pub cut: Vec<Uuid>,
    /// Periods that begin on the day; their rows have no ids yet.
    pub begun: Vec<Phase>,
    /// What the act does, line by line.
    pub lines: Vec<ChangeLine>,
    /// Who takes over from those that end.
    pub heirs: Heirs,
    /// What the units of the act are called: those that end as they were, the others from the day on.
    pub names: BTreeMap<UnitId, String>,
}

/// A change with the place of it in what was sent.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Pointer of the change.
    pub at: String,
    /// The change.
    pub change: UnitChange,
}

/// Makes the plan of an act, from all periods of the units that it names, of those above and below them, and of those
/// that bear codes which it gives. `known` are the units that the caller may name.
pub fn reorganise(
    phases: &[Phase],
    known: &BTreeSet<UnitId>,
    changes: &[Placed],
    day: NaiveDate,
) -> Result<Plan, Vec<Finding>> {
    let mut draft = Draft::of(phases, known, day);
    for placed in changes {
        draft.register(placed);
    }
    for placed in changes {
        draft.apply(placed);
    }
    draft.end_bodies();
    draft.check_targets();
    draft.check_codes();
    draft.check_tree();
    if draft.findings.is_empty() { Ok(draft.plan()) } else { Err(draft.findings) }
}

/// The units while the changes are put together.
pub(super) struct Draft<'a> {
    day: NaiveDate,
    known: &'a BTreeSet<UnitId>,
    phases: BTreeMap<UnitId, Vec<&'a Phase>>,
    /// The periods of the day itself.
    pub(super) on: BTreeMap<UnitId, &'a Phase>,
    /// Periods that begin on the day, with the place that gives them.
    pub(super) begun: BTreeMap<UnitId, (String, Phase)>,
    /// Units that end, each with the place of the change that ends it.
    pub(super) ended: BTreeMap<UnitId, String>,
    created: Vec<(UnitId, UnitKind)>,
    altered: BTreeSet<(ChangeKind, UnitId)>,
    targets: Vec<(String, UnitId)>,
    pub(super) lines: Vec<ChangeLine>,
    findings: Vec<Finding>,
}

impl<'a> Draft<'a> {
    fn of(all: &'a [Phase], known: &'a BTreeSet<UnitId>, day: NaiveDate) -> Self {
        let mut phases: BTreeMap<UnitId, Vec<&Phase>> = BTreeMap::new();
        for phase in all {
            phases.entry(phase.unit).or_default().push(phase);
        }
        let on = all.iter().filter(|phase| phase.during.holds(day)).map(|phase| (phase.unit, phase)).collect();
        Self {
            day,
            known,
            phases,
            on,
            begun: BTreeMap::new(),
            ended: BTreeMap::new(),
            created: Vec::new(),
            altered: BTreeSet::new(),
            targets: Vec::new(),
            lines: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn refuse(&mut self, at: &str, code: &'static Code) {
        self.findings.push(Finding::plain(at.to_owned(), code));
    }

    fn tell(&mut self, at: &str, code: &'static Code, vi: String, en: String) {
        self.findings.push(Finding::new(at.to_owned(), code, Say::new(vi, en)));
    }

    /// Whether a unit begins with the act itself.
    fn is_new(&self, unit: UnitId) -> bool {
        self.created.iter().any(|(id, _)| *id == unit)
    }

    /// New units are known before any change names them.
    fn register(&mut self, Placed { at, change }: &Placed) {
        let UnitChange::Create(CreatedUnit { id, kind, name, code, unit_type, parent }) = change else { return };
        self.created.push((*id, *kind));
        let (during, parent) = (Period::since(self.day), Some(*parent));
        let (name, code, unit_type) = (name.clone(), code.clone(), unit_type.clone());
        let phase = Phase { id: Uuid::nil(), unit: *id, kind: *kind, during, name, code, unit_type, parent };
        self.begun.insert(*id, (format!("{at}/create"), phase));
    }

    fn apply(&mut self, Placed { at, change }: &Placed) {
        match change {
            UnitChange::Create(created) => {
                self.target(format!("{at}/create/parent"), created.parent);
                self.line(ChangeKind::Create, created.id, None);
            }
            UnitChange::Merge { units, into } => {
                self.target(format!("{at}/merge/into"), *into);
                for (index, unit) in units.iter().enumerate() {
                    self.end(&format!("{at}/merge/units/{index}"), *unit);
                    self.line(ChangeKind::Merge, *unit, Some((*into, Share::Whole)));
                }
            }
            UnitChange::Split { unit, parts } => {
                self.end(&format!("{at}/split/unit_id"), *unit);
                let distinct: BTreeSet<UnitId> = parts.iter().map(|(into, _)| *into).collect();
                let main = parts.iter().filter(|(_, share)| *share == Share::PartMain).count();
                let whole = parts.iter().any(|(_, share)| *share == Share::Whole);
                if parts.len() < 2 || main != 1 || whole || distinct.len() < parts.len() {
                    self.refuse(&format!("{at}/split/parts"), code::WRONG_SHARES);
                }
                for (index, (into, share)) in parts.iter().enumerate() {
                    self.target(format!("{at}/split/parts/{index}/into"), *into);
                    self.line(ChangeKind::Split, *unit, Some((*into, *share)));
                }
            }
            UnitChange::Rename { unit, name, code, unit_type } => {
                if let Some(phase) = self.alter(&format!("{at}/rename/unit_id"), ChangeKind::Rename, *unit) {
                    name.clone_into(&mut phase.name);
                    phase.code = code.clone().or_else(|| phase.code.take());
                    phase.unit_type = unit_type.clone().or_else(|| phase.unit_type.take());
                    self.line(ChangeKind::Rename, *unit, None);
                }
            }
            UnitChange::Move { unit, parent } => {
                self.target(format!("{at}/move/parent"), *parent);
                if let Some(phase) = self.alter(&format!("{at}/move/unit_id"), ChangeKind::Move, *unit) {
                    phase.parent = Some(*parent);
                    self.line(ChangeKind::Move, *unit, None);
                }
            }
            UnitChange::Abolish { unit, successor } => {
                self.end(&format!("{at}/abolish/unit_id"), *unit);
                if let Some(successor) = successor {
                    self.target(format!("{at}/abolish/successor"), *successor);
                }
                self.line(ChangeKind::Abolish, *unit, successor.map(|successor| (successor, Share::Whole)));
            }
        }
    }

    fn line(&mut self, kind: ChangeKind, unit: UnitId, into: Option<(UnitId, Share)>) {
        self.lines.push(ChangeLine { kind, unit, into, implied: false });
    }

    fn target(&mut self, at: String, unit: UnitId) {
        self.targets.push((at, unit));
    }

    /// The period that a change of this unit cuts, unless something speaks against it.
    fn cuttable(&mut self, at: &str, unit: UnitId) -> Option<&'a Phase> {
        let Some(phases) = self.phases.get(&unit).filter(|_| self.may_name(unit)) else {
            self.refuse(at, code::UNKNOWN_REFERENCE);
            return None;
        };
        // What has been told of a later day rests on the unit as it stands.
        let later = phases.iter().filter_map(|phase| phase.during.from()).find(|from| *from >= self.day);
        let name = phases.last().map(|phase| phase.name.clone()).unwrap_or_default();
        let Some(phase) = self.on.get(&unit).copied() else {
            self.refuse(at, code::OUTSIDE_VALIDITY);
            return None;
        };
        if let Some(later) = later {
            let (vi, en) = (format!("{name}: đã thay đổi từ {later}"), format!("{name} changes on {later} already"));
            self.tell(at, code::OVERTAKEN, vi, en);
            return None;
        }
        Some(phase)
    }

    /// The bodies of a unit that ends are the caller's where the unit is.
    fn may_name(&self, unit: UnitId) -> bool {
        self.known.contains(&unit)
            || self.on.get(&unit).and_then(|phase| phase.parent).is_some_and(|parent| self.ended.contains_key(&parent))
    }

    fn end(&mut self, at: &str, unit: UnitId) {
        if self.ended.contains_key(&unit) {
            self.refuse(at, code::REPEATED);
        } else if self.cuttable(at, unit).is_some() {
            self.ended.insert(unit, at.to_owned());
        }
    }

    /// The period that begins on the day for a unit that goes on, to be filled in.
    fn alter(&mut self, at: &str, kind: ChangeKind, unit: UnitId) -> Option<&mut Phase> {
        if !self.altered.insert((kind, unit)) {
            self.refuse(at, code::REPEATED);
            return None;
        }
        let phase = self.cuttable(at, unit)?;
        let during = Period::new(Some(self.day), phase.during.to()).ok()?;
        let begun = || (at.to_owned(), Phase { id: Uuid::nil(), during, ..phase.clone() });
        Some(&mut self.begun.entry(unit).or_insert_with(begun).1)
    }

    /// The units that stand directly below each from the day on, those that end included.
    pub(super) fn children(&self) -> BTreeMap<UnitId, Vec<UnitId>> {
        let mut below: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        let kept = self.on.values().filter(|phase| !self.begun.contains_key(&phase.unit)).copied();
        for phase in kept.chain(self.begun.values().map(|(_, phase)| phase)) {
            if let Some(parent) = phase.parent {
                below.entry(parent).or_default().push(phase.unit);
            }
        }
        below
    }

    /// Bodies end with the unit that they are of; an administrative unit is never ended by the way.
    fn end_bodies(&mut self) {
        let children = self.children();
        let mut waiting: Vec<(UnitId, String)> = self.ended.clone().into_iter().collect();
        while let Some((unit, at)) = waiting.pop() {
            for child in children.get(&unit).into_iter().flatten() {
                let Some(phase) = self.on.get(child).copied().filter(|_| !self.ended.contains_key(child)) else {
                    continue;
                };
                // What the act moves here is told where it is moved; what it only renames stays here.
                let begun = self.begun.get(child).map(|(_, begun)| begun.parent == phase.parent);
                if begun == Some(false) {
                    continue;
                }
                if begun.is_some() || phase.kind.rank().is_some() {
                    let name = &phase.name;
                    let (vi, en) = (format!("{name} sẽ không có cấp trên"), format!("{name} would have no unit above"));
                    self.tell(&at, code::WITHOUT_PARENT, vi, en);
                } else if self.cuttable(&at, *child).is_some() {
                    self.ended.insert(*child, at.clone());
                    self.lines.push(ChangeLine { kind: ChangeKind::Abolish, unit: *child, into: None, implied: true });
                    waiting.push((*child, at.clone()));
                }
            }
        }
    }

    /// What others go into or stand below exists from the day on, and what changes does not end.
    fn check_targets(&mut self) {
        let day = self.day;
        for (at, unit) in std::mem::take(&mut self.targets) {
            if self.is_new(unit) {
                continue;
            }
            match self.phases.get(&unit).filter(|_| self.known.contains(&unit)) {
                None => self.refuse(&at, code::UNKNOWN_REFERENCE),
                Some(phases) => {
                    let periods = joined(phases.iter().map(|phase| phase.during).collect());
                    let lasts = periods.iter().any(|period| period.encloses(&Period::since(day)));
                    if !lasts || self.ended.contains_key(&unit) {
                        self.refuse(&at, code::OUTSIDE_VALIDITY);
                    }
                }
            }
        }
        let both: Vec<String> = self
            .begun
            .iter()
            .filter(|(unit, _)| self.ended.contains_key(unit))
            .map(|(_, (at, _))| at.clone())
            .collect();
        for at in both {
            self.refuse(&at, code::REPEATED);
        }
    }

    /// No code means two units on a day.
    fn check_codes(&mut self) {
        let mut taken: BTreeMap<&str, UnitId> = BTreeMap::new();
        let since = Period::since(self.day);
        for phase in self.phases.values().flatten().filter(|phase| phase.during.overlaps(&since)) {
            let given_up = phase.during.holds(self.day)
                && (self.ended.contains_key(&phase.unit) || self.begun.contains_key(&phase.unit));
            if let Some(code) = phase.code.as_deref().filter(|_| !given_up) {
                taken.insert(code, phase.unit);
            }
        }
        let mut twice = Vec::new();
        for (unit, (at, phase)) in &self.begun {
            if let Some(code) = phase.code.as_deref()
                && taken.insert(code, *unit).is_some_and(|other| other != *unit)
            {
                let place = at.strip_suffix("/unit_id").unwrap_or(at);
                twice.push((format!("{place}/code"), code.to_owned()));
            }
        }
        for (at, code) in twice {
            let en = format!("The code {code} means another unit then");
            self.tell(&at, code::DUPLICATE, format!("Mã {code} thuộc đơn vị khác"), en);
        }
    }

    /// Everybody stands below somebody of a higher level, and nobody below themselves.
    fn check_tree(&mut self) {
        let mut wrong = Vec::new();
        for (unit, (at, phase)) in &self.begun {
            let above = |unit: UnitId| {
                let phase = self.begun.get(&unit).map(|(_, phase)| phase).or_else(|| self.on.get(&unit).copied());
                phase.map(|phase| (phase.kind, phase.parent))
            };
            let place = at.strip_suffix("/unit_id").unwrap_or(at);
            let parent = phase.parent.and_then(above);
            let fits = match (phase.kind.rank(), parent) {
                (Some(own), Some((kind, _))) => kind.rank().is_some_and(|rank| rank < own),
                _ => true,
            };
            let (mut next, mut steps) = (phase.parent, 0);
            while let Some(one) = next.filter(|one| one != unit && steps <= self.begun.len() + self.on.len()) {
                next = above(one).and_then(|(_, parent)| parent);
                steps += 1;
            }
            if !fits || next.is_some() {
                wrong.push(format!("{place}/parent"));
            }
        }
        for at in wrong {
            self.refuse(&at, code::WRONG_PARENT);
        }
    }

    fn plan(mut self) -> Plan {
        let heirs = heirs::inherit(&mut self);
        let name = |unit: &UnitId| {
            let begun = self.begun.get(unit).map(|(_, phase)| phase);
            begun.or_else(|| self.on.get(unit).copied()).map(|phase| (*unit, phase.name.clone()))
        };
        let names = self.on.keys().chain(self.begun.keys()).filter_map(name).collect();
        let cut = self.ended.keys().chain(self.begun.keys()).filter_map(|unit| Some(self.on.get(unit)?.id)).collect();
        Plan {
            created: self.created,
            ended: self.ended.into_keys().collect(),
            cut,
            begun: self.begun.into_values().map(|(_, phase)| phase).collect(),
            lines: self.lines,
            heirs,
            names,
        }
    }
}
