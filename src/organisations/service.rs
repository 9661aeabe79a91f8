//! Loading the units of the province, making new ones, and writing what acts make of them.

mod zones;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::founding::Founding;
use super::model::{Act, ActId, ChangeLine, Unit, UnitChange, UnitId, UnitKind};
use super::rules::{self, Placed, Plan};
use super::store::{self, Edge, Surroundings, VersionRow};
use crate::identity::scope::{self, Placement};
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::period::Period;

pub use zones::{create_zone, update_zone, withdraw_zone};

/// Whether the province has its units.
pub async fn is_founded(app: &App) -> Result<bool> {
    store::any(&mut *app.db.read().await?).await
}

/// The unit at the top of the tree.
pub async fn root(app: &App) -> Result<UnitId> {
    store::root(&mut *app.db.read().await?).await
}

/// Loads the units of the province with their acts and lineage, in one change. Gives the id of each by its key.
pub async fn found(app: &App, caller: &Caller, founding: &Founding) -> Result<BTreeMap<String, UnitId>> {
    let outcome = app
        .db
        .change(caller, "found_units", async |tx| {
            scope::lock_tree(tx).await?;
            let acts: Vec<Act> = founding
                .acts
                .iter()
                .map(|act| Act {
                    id: ActId(tx.new_id()),
                    number: act.number.clone(),
                    title: act.title.clone(),
                    issuer: act.issuer.clone(),
                    legal_basis: None,
                    decided_on: act.decided_on,
                    effective_from: act.effective_from,
                })
                .collect();
            let ids: BTreeMap<String, UnitId> =
                founding.units.iter().map(|unit| (unit.key.clone(), UnitId(tx.new_id()))).collect();
            let id = |key: &str| ids.get(key).copied().ok_or_else(|| Error::internal(format!("no unit {key}")));
            let act = |index: usize| acts.get(index).map(|act| act.id).ok_or_else(|| Error::internal("no such act"));
            let mut rows = Vec::new();
            let mut versions = Vec::new();
            for unit in &founding.units {
                rows.push((id(&unit.key)?, unit.kind));
                for version in &unit.versions {
                    versions.push(VersionRow {
                        code: version.code.clone(),
                        unit_type: version.unit_type.clone(),
                        parent_id: version.parent.as_deref().map(&id).transpose()?,
                        act_id: version.act.map(&act).transpose()?,
                        ..VersionRow::new(tx.new_id(), id(&unit.key)?, version.during, &version.name)
                    });
                }
            }
            let edges = founding
                .lineage
                .iter()
                .map(|edge| {
                    Ok(Edge {
                        from: id(&edge.from)?,
                        to: id(&edge.to)?,
                        kind: edge.kind,
                        share: edge.share,
                        act: act(edge.act)?,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            let lines = founding
                .lines()
                .map(|(index, kind, unit, into)| {
                    let into = into.map(|(unit, share)| Ok::<_, Error>((id(unit)?, share))).transpose()?;
                    Ok((act(index)?, ChangeLine { kind, unit: id(unit)?, into, implied: false }))
                })
                .collect::<Result<Vec<_>>>()?;
            store::insert_acts(tx, &acts, None).await?;
            store::insert_units(tx, &rows).await?;
            store::insert_versions(tx, &versions).await?;
            store::insert_lineage(tx, &edges).await?;
            store::insert_lines(tx, &lines).await?;
            refresh_tree(tx, &ids.values().copied().collect::<Vec<_>>()).await?;
            let root = rows.first().map(|(id, _)| *id).ok_or_else(|| Error::internal("no units to load"))?;
            let loaded = Effect::new("units_loaded", "unit", root, format!("{} units", rows.len()), None);
            Ok((ids, Entry::on("unit", root).within(root).effects([loaded])))
        })
        .await?;
    Ok(outcome.value)
}

/// Recomputes what stands below what, after any change of these units.
async fn refresh_tree(tx: &mut Tx, units: &[UnitId]) -> Result<()> {
    let Surroundings { touched, standings, names } = store::standings_around(tx, units).await?;
    let mut closure = rules::closure(&standings);
    closure.retain(|row| touched.contains(&row.unit));
    store::replace_ancestors(tx, &touched, &closure).await?;
    let label = |unit: &UnitId| names.get(unit).cloned().unwrap_or_default();
    let placements: Vec<Placement> = rules::latest(&closure)
        .iter()
        .map(|row| Placement {
            unit_id: row.unit.0,
            ancestor_id: row.ancestor.0,
            depth: row.depth,
            label: label(&row.unit),
        })
        .collect();
    let all: Vec<_> = touched.iter().map(|unit| unit.0).collect();
    scope::place(tx, &all, &placements).await
}

/// What an act would make of the units, or everything that speaks against it. Units out of scope are not there.
pub async fn plan_act(tx: &mut Tx, scope: &Scope, changes: &[Placed], day: NaiveDate) -> Result<Plan> {
    let (mut named, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for Placed { change, .. } in changes {
        match change {
            UnitChange::Create(created) => {
                named.insert(created.parent);
                codes.extend(created.code.as_deref());
            }
            UnitChange::Merge { units, into } => named.extend(units.iter().chain([into])),
            UnitChange::Split { unit, parts } => named.extend(parts.iter().map(|(into, _)| into).chain([unit])),
            UnitChange::Rename { unit, code, .. } => {
                named.insert(*unit);
                codes.extend(code.as_deref());
            }
            UnitChange::Move { unit, parent } => named.extend([*unit, *parent]),
            UnitChange::Abolish { unit, successor } => named.extend(successor.iter().chain([unit])),
        }
    }
    let named: Vec<Uuid> = named.into_iter().map(|unit| unit.0).collect();
    let known: BTreeSet<UnitId> = scope::covered(tx.conn(), scope, &named).await?.into_iter().map(UnitId).collect();
    let (named, codes): (Vec<UnitId>, Vec<&str>) = (known.iter().copied().collect(), codes.into_iter().collect());
    let phases = store::phases_around(tx, &named, &codes).await?;
    rules::reorganise(&phases, &known, changes, day).map_err(Error::refused)
}

/// Writes an act and what it makes of the units.
pub async fn write_act(tx: &mut Tx, act: &Act, digest: &str, plan: &Plan) -> Result<()> {
    let begun: Vec<VersionRow> = plan
        .begun
        .iter()
        .map(|phase| VersionRow {
            code: phase.code.clone(),
            unit_type: phase.unit_type.clone(),
            parent_id: phase.parent,
            act_id: Some(act.id),
            ..VersionRow::new(tx.new_id(), phase.unit, phase.during, &phase.name)
        })
        .collect();
    let changed: Vec<UnitId> = plan.ended.iter().copied().chain(plan.begun.iter().map(|phase| phase.unit)).collect();
    let lines: Vec<(ActId, ChangeLine)> = plan.lines.iter().map(|line| (act.id, *line)).collect();
    let edges: Vec<Edge> = plan.lines.iter().filter_map(|line| edge(act.id, line)).collect();
    store::insert_acts(tx, std::slice::from_ref(act), Some(digest)).await?;
    store::insert_units(tx, &plan.created).await?;
    store::cut_versions(tx, &plan.cut, act.effective_from).await?;
    store::insert_versions(tx, &begun).await?;
    store::touch_units(tx, &changed).await?;
    store::insert_lineage(tx, &edges).await?;
    store::insert_lines(tx, &lines).await?;
    let ended: Vec<UnitId> = plan.ended.iter().copied().collect();
    store::end_zones(tx, &ended, act.effective_from).await?;
    refresh_tree(tx, &changed).await
}

fn edge(act: ActId, line: &ChangeLine) -> Option<Edge> {
    let (to, share) = line.into?;
    Some(Edge { from: line.unit, to, kind: line.kind.lineage()?, share, act })
}

/// A unit to be made.
pub struct UnitProposal {
    /// What kind.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
    /// Its code, for administrative units.
    pub code: Option<String>,
    /// Its type, for administrative units.
    pub unit_type: Option<String>,
    /// The unit above it.
    pub parent_id: UnitId,
    /// How long it exists.
    pub during: Period,
}

/// Makes a unit below one that the caller keeps.
pub async fn create(app: &App, caller: &Caller, proposal: &UnitProposal) -> Result<Outcome<Unit>> {
    app.db
        .change(caller, "create_unit", async |tx| {
            scope::lock_tree(tx).await?;
            let above = store::periods(tx.conn(), caller.scope(), proposal.parent_id).await?;
            let mut findings = Findings::new();
            if above.is_empty() {
                findings.push(Finding::plain("/parent_id", code::UNKNOWN_REFERENCE));
            } else {
                findings.keep(rules::fits_below(proposal.during, &above));
            }
            findings.settle()?;
            let id = UnitId(tx.new_id());
            let version = VersionRow {
                code: proposal.code.clone(),
                unit_type: proposal.unit_type.clone(),
                parent_id: Some(proposal.parent_id),
                ..VersionRow::new(tx.new_id(), id, proposal.during, &proposal.name)
            };
            store::insert_units(tx, &[(id, proposal.kind)]).await?;
            store::insert_versions(tx, &[version]).await?;
            refresh_tree(tx, &[id]).await?;
            let today = tx.today();
            let unit = store::find_latest(tx.conn(), caller.scope(), id, today).await?;
            let made = Effect::new("unit_created", "unit", id, &unit.name, proposal.during.from());
            let entry = Entry::on("unit", id).within(id).effects([made]).event("unit.created", json!({"unit_id": id}));
            Ok((unit, entry))
        })
        .await
}
