//! Carrying an act out: the units first, then everything that was in those that end.

mod gather;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{
    ProposedChange, ProposedSeats, ProposedUnit, Reorganisation, ReorganisationCount, ReorganisationProposal, UnitPlace,
};
use super::rules::{self, Hanging};
use super::store;
use crate::identity::{Caller, Scope, scope};
use crate::organisations::founding::standard_bodies;
use crate::organisations::model::{Act, ActId, CreatedUnit, UnitChange, UnitId};
use crate::organisations::{self, Placed};
use crate::platform::App;
use crate::platform::canonical::digest;
use crate::platform::db::{Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};

pub use write::take_due_effects;

/// What came of an act that was sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Carried {
    /// The act.
    pub act: Reorganisation,
    /// It was carried out before, by the same content.
    pub existed: bool,
}

/// Carries an act out, or answers with it when the same one was carried out before.
pub async fn carry_out(app: &App, caller: &Caller, proposal: &ReorganisationProposal) -> Result<Outcome<Carried>> {
    app.db
        .change(caller, "reorganise_units", async |tx| {
            scope::lock_tree(tx).await?;
            let content = digest(proposal).ok_or_else(|| Error::internal("an act has content"))?;
            if let Some((id, known)) = organisations::act_of_number(tx, &proposal.number).await? {
                let same = known.as_deref() == Some(content.as_str());
                return again(tx, caller, id, same).await;
            }
            dated(proposal, tx.today())?;
            let draft = resolve(tx, proposal)?;
            let plan = organisations::plan_act(tx, caller.scope(), &draft.changes, proposal.effective_from).await?;
            let known = gather::known_units(tx, caller, &draft, &plan, proposal).await?;
            let seats = gather::new_seats(tx, &draft, &known, proposal.effective_from).await?;
            let found = gather::hanging(tx, caller, proposal, &plan, &seats).await?;
            let hanging = Hanging {
                day: proposal.effective_from,
                heirs: &plan.heirs,
                posts: &found.posts,
                appointments: &found.appointments,
                free: &found.free,
                tenants: &found.tenants,
                own: caller.cadre_id(),
                units: &known,
                keys: &draft.keys_by_unit,
            };
            let placements: Vec<_> = proposal
                .placements
                .iter()
                .map(|one| (one, one.unit.as_ref().and_then(|unit| draft.unit(unit))))
                .collect();
            let fates = rules::settle(&hanging, &placements, proposal.accept_proposals, seats.len())
                .map_err(|unsettled| Error::refused(unsettled.findings).proposing(unsettled.proposals))?;
            let act = Act {
                id: ActId(tx.new_id()),
                number: proposal.number.clone(),
                title: proposal.title.clone(),
                issuer: proposal.issuer.clone(),
                legal_basis: Some(proposal.legal_basis.clone()),
                decided_on: proposal.decided_on,
                effective_from: proposal.effective_from,
            };
            organisations::write_act(tx, &act, &content, &plan).await?;
            let effects = write::everything(tx, &act, &plan, &hanging, &found, &fates, seats).await?;
            let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
            for effect in &effects {
                *counts.entry(&effect.effect).or_default() += 1;
            }
            let counts: Vec<_> = counts
                .into_iter()
                .map(|(effect, how_many)| ReorganisationCount { effect: effect.to_owned(), how_many })
                .collect();
            store::insert_counts(tx, act.id, &counts).await?;
            let carried = store::find(tx.conn(), &Scope::everything(), act.id).await?;
            let mut entry = Entry::on("reorganisation", act.id).effects(effects);
            if let Some(line) = plan.lines.first() {
                entry = entry.within(line.unit);
            }
            let event = json!({"act_id": act.id, "effective_from": act.effective_from});
            Ok((Carried { act: carried, existed: false }, entry.event("reorganisation.recorded", event)))
        })
        .await
}

/// The act is there already: the same content is answered as it was, another one is refused.
async fn again(tx: &mut Tx, caller: &Caller, id: ActId, same: bool) -> Result<(Carried, Entry)> {
    let exists = || Error::new(code::ACT_EXISTS);
    // An act out of the caller's sight is told by its number alone.
    let act = match store::find(tx.conn(), caller.scope(), id).await {
        Ok(act) => act,
        Err(error) if error.code() == code::NOT_FOUND => return Err(exists()),
        Err(error) => return Err(error),
    };
    if same {
        return Ok((Carried { act, existed: true }, Entry::on("reorganisation", id)));
    }
    Err(exists().detail(format!("/v1/reorganisations/{id}"), format!("/v1/reorganisations/{id}")))
}

fn dated(proposal: &ReorganisationProposal, today: NaiveDate) -> Result<()> {
    let mut findings = Findings::new();
    if proposal.decided_on > today {
        let message = Say::new("Ngày quyết định ở tương lai", "The day of the decision lies in the future");
        findings.push(Finding::new("/decided_on", code::BAD_ORDER, message));
    }
    if proposal.decided_on > proposal.effective_from {
        let day = proposal.effective_from;
        let message = Say::new(format!("Hiệu lực từ {day}"), format!("Effective from {day}"));
        findings.push(Finding::new("/decided_on", code::BAD_ORDER, message));
    }
    findings.settle()
}

/// An act with an id for each unit that it makes.
pub struct Draft {
    /// Its changes.
    changes: Vec<Placed>,
    units: BTreeMap<String, UnitId>,
    keys_by_unit: BTreeMap<UnitId, String>,
    /// The seats that it makes, each with the place of it in what was sent.
    seats: Vec<(String, UnitId, ProposedSeats)>,
}

impl Draft {
    /// The unit that is meant; none where a key means nothing.
    fn unit(&self, place: &UnitPlace) -> Option<UnitId> {
        match place {
            UnitPlace::Known(unit) => Some(*unit),
            UnitPlace::New(key) => self.units.get(key).copied(),
        }
    }

    fn name(&mut self, key: &str, unit: UnitId) -> bool {
        self.keys_by_unit.insert(unit, key.to_owned());
        self.units.insert(key.to_owned(), unit).is_none()
    }
}

/// Gives ids to the units that the act makes, and makes the changes of those.
fn resolve(tx: &mut Tx, proposal: &ReorganisationProposal) -> Result<Draft> {
    let (changes, units, keys_by_unit) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut draft = Draft { changes, units, keys_by_unit, seats: Vec::new() };
    let mut findings = Findings::new();
    let mut made = BTreeMap::new();
    for (index, change) in proposal.changes.iter().enumerate() {
        let ProposedChange::Create(unit) = change else { continue };
        let id = UnitId(tx.new_id());
        made.insert(index, id);
        if let Some(key) = &unit.key
            && !draft.name(key, id)
        {
            findings.push(Finding::plain(format!("/changes/{index}/create/key"), code::REPEATED));
        }
    }
    for (index, unit) in proposal.changes.iter().enumerate() {
        let (ProposedChange::Create(unit), Some(id)) = (unit, made.get(&index)) else { continue };
        let at = format!("/changes/{index}");
        for (place, seats) in unit.seats.iter().cloned().enumerate() {
            draft.seats.push((format!("{at}/create/seats/{place}"), *id, seats));
        }
        if unit.with_bodies {
            bodies(tx, &mut draft, &at, *id, unit, proposal.effective_from)?;
        }
    }
    for (index, change) in proposal.changes.iter().enumerate() {
        let at = format!("/changes/{index}");
        let change = named(&draft, &at, change, made.get(&index).copied(), &mut findings);
        draft.changes.extend(change.map(|change| Placed { at, change }));
    }
    findings.settle()?;
    Ok(draft)
}

/// The bodies that every unit of its level has.
fn bodies(tx: &mut Tx, draft: &mut Draft, at: &str, id: UnitId, unit: &ProposedUnit, on: NaiveDate) -> Result<()> {
    let unit_type = unit.unit_type.as_deref().unwrap_or_default();
    let standard = standard_bodies(unit.kind, &unit.name, unit_type, on).map_err(Error::internal)?;
    let mut ids: BTreeMap<String, UnitId> = BTreeMap::new();
    for body in standard {
        let own = UnitId(tx.new_id());
        let parent = body.above.and_then(|above| ids.get(&above).copied()).unwrap_or(id);
        if let Some(key) = &unit.key {
            draft.name(&format!("{key}/{}", body.template), own);
        }
        ids.insert(body.template, own);
        let created = CreatedUnit { id: own, kind: body.kind, name: body.name, code: None, unit_type: None, parent };
        draft.changes.push(Placed { at: at.to_owned(), change: UnitChange::Create(created) });
    }
    Ok(())
}

/// A change with ids for keys; a key that means nothing is told at its place.
fn named(
    draft: &Draft,
    at: &str,
    change: &ProposedChange,
    made: Option<UnitId>,
    findings: &mut Findings,
) -> Option<UnitChange> {
    let mut unit = |place: &UnitPlace, field: &str| {
        let found = draft.unit(place);
        if found.is_none() {
            findings.push(Finding::plain(format!("{at}/{field}/key"), code::UNKNOWN_REFERENCE));
        }
        found
    };
    Some(match change {
        ProposedChange::Create(new) => UnitChange::Create(CreatedUnit {
            id: made?,
            kind: new.kind,
            name: new.name.clone(),
            code: new.code.clone(),
            unit_type: new.unit_type.clone(),
            parent: unit(&new.parent, "create/parent")?,
        }),
        ProposedChange::Merge { units, into } => {
            UnitChange::Merge { units: units.clone(), into: unit(into, "merge/into")? }
        }
        ProposedChange::Split { unit: whole, parts } => {
            let parts: Vec<_> = parts
                .iter()
                .enumerate()
                .map(|(index, (into, share))| Some((unit(into, &format!("split/parts/{index}/into"))?, *share)))
                .collect();
            UnitChange::Split { unit: *whole, parts: parts.into_iter().collect::<Option<_>>()? }
        }
        ProposedChange::Rename { unit, name, code, unit_type } => {
            UnitChange::Rename { unit: *unit, name: name.clone(), code: code.clone(), unit_type: unit_type.clone() }
        }
        ProposedChange::Move { unit: moved, parent } => {
            UnitChange::Move { unit: *moved, parent: unit(parent, "move/parent")? }
        }
        ProposedChange::Abolish { unit: ended, successor } => {
            let successor = match successor {
                Some(place) => Some(unit(place, "abolish/successor")?),
                None => None,
            };
            UnitChange::Abolish { unit: *ended, successor }
        }
    })
}
