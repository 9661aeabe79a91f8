//! Loading the units of the province, and making new ones.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::founding::Founding;
use super::model::{Act, ActId, Unit, UnitId, UnitKind};
use super::rules;
use super::store::{self, Edge, VersionRow};
use crate::identity::Caller;
use crate::identity::scope::{self, Placement};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::period::Period;

/// One number for the lock under which the tree changes: its closure is computed from the whole.
const TREE: Uuid = Uuid::from_u128(0x0063_616e_626f_0000_0000_0000_0000_0003);

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
            tx.lock([TREE]).await?;
            let acts: Vec<Act> = founding
                .acts
                .iter()
                .map(|act| Act {
                    id: ActId(tx.new_id()),
                    number: act.number.clone(),
                    title: act.title.clone(),
                    issuer: act.issuer.clone(),
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
            store::insert_acts(tx, &acts).await?;
            store::insert_units(tx, &rows).await?;
            store::insert_versions(tx, &versions).await?;
            store::insert_lineage(tx, &edges).await?;
            refresh_tree(tx).await?;
            let root = rows.first().map(|(id, _)| *id).ok_or_else(|| Error::internal("no units to load"))?;
            let loaded = Effect::new("units_loaded", "unit", root, format!("{} units", rows.len()), None);
            Ok((ids, Entry::on("unit", root).within(root).effects([loaded])))
        })
        .await?;
    Ok(outcome.value)
}

/// Recomputes what stands below what, after any change of the tree.
async fn refresh_tree(tx: &mut Tx) -> Result<()> {
    let (standings, names) = store::standings(tx).await?;
    let closure = rules::closure(&standings);
    store::replace_ancestors(tx, &closure).await?;
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
    let all: Vec<_> = names.keys().map(|unit| unit.0).collect();
    scope::place(tx, &all, &placements).await
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
            tx.lock([TREE]).await?;
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
            refresh_tree(tx).await?;
            let today = tx.today();
            let unit = store::find_latest(tx.conn(), caller.scope(), id, today).await?;
            let made = Effect::new("unit_created", "unit", id, &unit.name, proposal.during.from());
            let entry = Entry::on("unit", id).within(id).effects([made]).event("unit.created", json!({"unit_id": id}));
            Ok((unit, entry))
        })
        .await
}
