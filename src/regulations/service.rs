//! Loading the values that ship with canbo, asking for those of a day, confirming and superseding them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{
    Parameter, Provision, Regulation, RegulationAction, RegulationConfirmation, RegulationId, Rulebook, Subject,
    Supersession,
};
use super::shipped::{shipped, subject};
use super::{rules, store};
use crate::identity::model::Permission;
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::period::Period;

/// Loads the shipped values of the keys that have none yet: all at the founding, new ones of a later version of canbo
/// when the province is founded again.
pub async fn load(app: &App, caller: &Caller) -> Result<()> {
    let known = store::keys(&mut *app.db.read().await?).await?;
    let mut missing = shipped().map_err(Error::internal)?;
    missing.retain(|row| !known.contains(&row.subject.key));
    if missing.is_empty() {
        return Ok(());
    }
    app.db
        .change(caller, "load_regulations", async |tx| {
            let rows: Vec<Regulation> =
                missing.iter().map(|row| fresh(tx, &row.subject, &row.provision, row.during)).collect();
            store::insert(tx, &rows).await?;
            let id = tx.new_id();
            let loaded = Effect::new("regulations_loaded", "regulations", id, format!("{} versions", rows.len()), None);
            Ok(((), Entry::on("regulations", id).effects([loaded])))
        })
        .await?;
    Ok(())
}

/// A first version of a value, confirmed by nobody.
fn fresh(tx: &Tx, subject: &Subject, provision: &Provision, during: Period) -> Regulation {
    let Subject { key, unit, description_vi, description_en } = subject.clone();
    let Provision { value, instrument, article, source_note } = provision.clone();
    Regulation {
        id: RegulationId(tx.new_id()),
        key,
        value,
        unit,
        during,
        instrument,
        article,
        source_note,
        confirmation: None,
        description_vi,
        description_en,
        recorded_at: tx.now(),
        recorded_by: tx.actor().label.clone(),
        superseded_at: None,
        version: 1,
    }
}

/// The parameters that hold on a day.
pub async fn on(conn: &mut AsyncPgConnection, day: NaiveDate) -> Result<Rulebook> {
    Ok(Rulebook::new(day, store::on_day(conn, day).await?.into_iter().map(parameter)))
}

/// The parameters that hold on each of these days, in one query.
pub async fn on_days(
    conn: &mut AsyncPgConnection,
    days: &BTreeSet<NaiveDate>,
) -> Result<BTreeMap<NaiveDate, Rulebook>> {
    let rows = if days.is_empty() { Vec::new() } else { store::current(conn).await? };
    let of = |day: NaiveDate| rows.iter().filter(move |row| row.during.holds(day)).cloned().map(parameter);
    Ok(days.iter().map(|day| (*day, Rulebook::new(*day, of(*day)))).collect())
}

fn parameter(row: Regulation) -> (String, Parameter<Value>) {
    let citation = row.citation();
    (row.key, Parameter { value: row.value, citation, confirmed: row.confirmation.is_some() })
}

/// The values that hold on a day, whole: for who keeps by which version something was judged.
pub async fn in_force(conn: &mut AsyncPgConnection, day: NaiveDate) -> Result<Vec<Regulation>> {
    store::on_day(conn, day).await
}

/// What the caller may do with each of these values now; nothing with what was known once.
pub async fn allowed_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    rows: &[Regulation],
) -> Result<Vec<Vec<RegulationAction>>> {
    let keeps = match caller.scope_for(Permission::ManageRegulations) {
        Some(scope) => scope::covers_all(conn, &scope).await?,
        None => false,
    };
    let allowed = |row: &Regulation| {
        let open = |action: &RegulationAction| rules::guard(row, *action, keeps).is_ok();
        RegulationAction::ALL.into_iter().filter(open).filter(|_| row.superseded_at.is_none()).collect()
    };
    Ok(rows.iter().map(allowed).collect())
}

/// A value, as known on an instant or now.
pub async fn regulation(app: &App, id: RegulationId, known_at: Option<DateTime<Utc>>) -> Result<Regulation> {
    store::find(&mut *app.db.read().await?, id, known_at).await
}

/// A current value on which the caller may do this, kept until the end of the change.
async fn lock_for(tx: &mut Tx, caller: &Caller, id: RegulationId, action: RegulationAction) -> Result<Regulation> {
    scope::check_covers_all(tx.conn(), caller.scope()).await?;
    tx.lock([id.0]).await?;
    let regulation = store::find(tx.conn(), id, None).await?;
    rules::guard(&regulation, action, true)?;
    tx.check_version(regulation.version)?;
    Ok(regulation)
}

fn label(regulation: &Regulation) -> String {
    let value: String = regulation.value.to_string().chars().take(100).collect();
    format!("{} = {value}", regulation.key)
}

fn told(effect: &str, regulation: &Regulation) -> Effect {
    Effect::new(effect, "regulation", regulation.id, label(regulation), regulation.during.from())
}

/// Records that somebody has compared a value with the official text, and answers for it.
pub async fn confirm(
    app: &App,
    caller: &Caller,
    id: RegulationId,
    against: &str,
    on: NaiveDate,
) -> Result<Outcome<Regulation>> {
    app.db
        .change(caller, "confirm_regulation", async |tx| {
            let before = lock_for(tx, caller, id, RegulationAction::Confirm).await?;
            rules::compared(on, tx.today()).map_err(|finding| Error::refused(vec![finding]))?;
            let (against, by, at) = (against.to_owned(), tx.actor().label.clone(), tx.now());
            let confirmation = Some(RegulationConfirmation { against, on, by, at });
            let next = Regulation { confirmation, version: before.version + 1, ..before.clone() };
            store::supersede(tx, &[id], "confirmed").await?;
            store::insert(tx, std::slice::from_ref(&next)).await?;
            let regulation = store::find(tx.conn(), id, None).await?;
            let entry =
                Entry::on("regulation", id).before(&before).effects([told("regulation_confirmed", &regulation)]);
            let event = json!({"regulation_id": id, "key": regulation.key});
            Ok((regulation, entry.event("regulation.confirmed", event)))
        })
        .await
}

/// Puts another value in the place of one: from a day on, or, as a correction, on all of its days. Gives the new value.
pub async fn supersede(
    app: &App,
    caller: &Caller,
    id: RegulationId,
    change: &Supersession,
) -> Result<Outcome<Regulation>> {
    app.db
        .change(caller, "supersede_regulation", async |tx| {
            let before = lock_for(tx, caller, id, RegulationAction::Supersede).await?;
            let during = rules::supersession(&before, change).map_err(Error::refused)?;
            let subject = subject_of(&before);
            let mut next = fresh(tx, &subject, &change.provision, during);
            let mut rows = kept(tx, &before, during);
            if rows.is_empty() {
                // The same days: the same thing, known better.
                next = Regulation { id, version: before.version + 1, ..next };
            }
            rows.push(next.clone());
            store::supersede(tx, &[id], &change.reason).await?;
            store::insert(tx, &rows).await?;
            let regulation = store::find(tx.conn(), next.id, None).await?;
            let effects = [told("regulation_superseded", &before), told("regulation_recorded", &regulation)];
            let entry = Entry::on("regulation", id).before(&before).effects(effects);
            let event =
                json!({"regulation_id": id, "by_regulation_id": next.id, "key": before.key, "from": during.from()});
            Ok((regulation, entry.event("regulation.superseded", event)))
        })
        .await
}

fn subject_of(regulation: &Regulation) -> Subject {
    Subject {
        key: regulation.key.clone(),
        unit: regulation.unit.clone(),
        description_vi: regulation.description_vi.clone(),
        description_en: regulation.description_en.clone(),
    }
}

/// What stays of a value whose days are taken in part: what comes first keeps its id.
fn kept(tx: &Tx, old: &Regulation, taken: Period) -> Vec<Regulation> {
    let left = old.during.without(&taken).into_iter().flatten();
    left.enumerate()
        .map(|(place, during)| {
            let (id, version) = if place == 0 { (old.id, old.version + 1) } else { (RegulationId(tx.new_id()), 1) };
            Regulation { id, during, version, ..old.clone() }
        })
        .collect()
}

/// Records a value for days on which its key has none: no version at all, or one that says that it is not known.
pub async fn create(
    app: &App,
    caller: &Caller,
    key: &str,
    provision: &Provision,
    during: Period,
) -> Result<Outcome<Regulation>> {
    let known = subject(key).map_err(Error::internal)?;
    let Some(subject) = known else {
        return Err(Error::refused(vec![Finding::plain("/key", code::UNKNOWN_CODE)]));
    };
    app.db
        .change(caller, "create_regulation", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            let found = rules::first(key, provision);
            if !found.is_empty() {
                return Err(Error::refused(found));
            }
            let unlocked: Vec<Uuid> = store::of_key(tx, key).await?.into_iter().map(|row| row.id.0).collect();
            tx.lock(unlocked).await?;
            let of_key = store::of_key(tx, key).await?;
            let giving_way = rules::giving_way(&of_key, during)?;
            let mut rows: Vec<Regulation> = giving_way.iter().flat_map(|row| kept(tx, row, during)).collect();
            let ids: Vec<RegulationId> = giving_way.iter().map(|row| row.id).collect();
            let next = fresh(tx, &subject, provision, during);
            rows.push(next.clone());
            store::supersede(tx, &ids, "a value became known").await?;
            store::insert(tx, &rows).await?;
            let regulation = store::find(tx.conn(), next.id, None).await?;
            let entry = Entry::on("regulation", next.id).effects([told("regulation_recorded", &regulation)]);
            let event = json!({"regulation_id": next.id, "key": key, "from": during.from()});
            Ok((regulation, entry.event("regulation.recorded", event)))
        })
        .await
}
