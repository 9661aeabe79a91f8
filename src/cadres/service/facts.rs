//! Facts of a person's file: recorded, read, corrected, withdrawn; one use case for all kinds.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::retirements::tell_retirements;
use super::{in_roles, lock_one, own};
use crate::cadres::model::{CadreId, Fact, FactContent, FactId, FactKind, FactStance, Person, Source};
use crate::cadres::rules::{self, Examined, Subject};
use crate::cadres::store::{self, Entries, NewFact, Sight};
use crate::identity::model::Permission;
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::Paging;

/// What a caller is to the facts of a person, where they keep the files of these units.
pub(super) async fn stance<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    kept: Option<Scope>,
    id: CadreId,
) -> Result<FactStance> {
    let kept = kept.unwrap_or_else(|| Scope::of(Vec::new(), None));
    store::fact_stance(conn, &Sight::of(caller), &kept, id).await
}

/// A page of the facts of one kind of a person whom the caller may see, newest first.
pub async fn facts<C: FactContent, P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<Fact<C>>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    let which = Entries { day: app.clock.today(), known_at: None, paging: Some(paging) };
    let found = store::facts::<C>(&mut conn, &Sight::of(caller), id, which).await?;
    let stance = stance(&mut conn, caller, caller.scope_for(Permission::ManageCadres), id).await?;
    let (mut rows, total) = found.read_by(&app.db, caller.actor(), C::KIND.listing(), in_roles(caller))?;
    for row in &mut rows {
        row.allowed_actions = rules::allowed(C::KIND, stance);
    }
    Ok((rows, total))
}

/// One fact of a person.
pub async fn fact<C: FactContent, P>(app: &App, caller: &Caller<P>, cadre: CadreId, id: FactId) -> Result<Fact<C>> {
    let mut conn = app.db.read().await?;
    let found = store::find_fact::<C>(&mut conn, &Sight::of(caller), cadre, id, app.clock.today()).await?;
    let stance = stance(&mut conn, caller, caller.scope_for(Permission::ManageCadres), cadre).await?;
    let fact = found.read_by(&app.db, caller.actor(), C::KIND.reading(), in_roles(caller))?;
    Ok(Fact { allowed_actions: rules::allowed(C::KIND, stance), ..fact })
}

/// What a caller who writes is to the facts of a kind, which they may write.
async fn guarded(tx: &mut Tx, caller: &Caller, id: CadreId, kind: FactKind) -> Result<FactStance> {
    let stance = stance(tx.conn(), caller, Some(caller.scope().clone()), id).await?;
    rules::guard(kind, stance).map_err(Error::new)?;
    Ok(stance)
}

/// The person of a fact of a kind, kept until the end of the change, and what the caller is to it, who may write it.
async fn lock_subject<C: FactContent>(
    tx: &mut Tx,
    caller: &Caller,
    id: CadreId,
) -> Result<(Person, Subject, FactStance)> {
    let person = lock_one(tx, caller, id).await?;
    let stance = guarded(tx, caller, id, C::KIND).await?;
    let subject = Subject { born_on: person.born_on, today: tx.today() };
    Ok((person, subject, stance))
}

/// Records a fact. What fills the same place and has no last day ends where the new one begins.
pub async fn record_fact<C: Examined>(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    (content, source): &(C, Source),
) -> Result<Outcome<Fact<C>>> {
    app.db
        .change(caller, C::KIND.recording(), async |tx| {
            let (person, subject, stance) = lock_subject::<C>(tx, caller, cadre).await?;
            let (mut content, mut source) = (content.clone(), source.clone());
            let during = rules::fact(&mut content, &mut source, subject).map_err(Error::refused)?;
            let mut effects = Vec::new();
            if let (Some(slot), Some(from)) = (content.slot(), during.from()) {
                effects.extend(end_predecessor::<C>(tx, cadre, slot, from).await?);
            }
            let row = NewFact { id: None, version: 1, cadre, content: &content, source: &source, during };
            let made = store::insert_facts(tx, std::slice::from_ref(&row)).await?;
            let made = *made.first().ok_or_else(|| Error::internal("a fact has no id"))?;
            written(tx, C::KIND, &[cadre]).await?;
            effects.push(effect("fact_recorded", made, C::KIND.name(), during.from()));
            let fact = found(tx, caller, (cadre, made), stance).await?;
            let entry = Entry::on("fact", made).within(person.unit_id).effects(effects);
            let event = json!({"fact_id": made, "kind": C::KIND.name(), "cadre_id": cadre});
            Ok((fact, entry.event("fact.recorded", event)))
        })
        .await
}

/// Records facts of one kind of many people in one change, all or none, for whoever brings files over from elsewhere: what
/// fills the same place names its own last day. Each finding names its row. The audit entry has one effect that counts
/// them; nothing of a file is read back.
pub async fn record_facts<C: Examined>(
    app: &App,
    caller: &Caller,
    rows: &[(CadreId, C, Source)],
) -> Result<Outcome<usize>> {
    app.db
        .change(caller, "record_facts", async |tx| {
            let mut ids: Vec<CadreId> = rows.iter().map(|(cadre, ..)| *cadre).collect();
            ids.sort_unstable();
            ids.dedup();
            for id in &ids {
                own(caller, *id)?;
            }
            let people = store::lock_people(tx, caller.scope(), &ids).await?;
            let births: HashMap<CadreId, NaiveDate> = people.iter().map(|one| (one.id, one.born_on)).collect();
            let (mut findings, mut examined) = (Findings::new(), Vec::with_capacity(rows.len()));
            for (index, (cadre, content, source)) in rows.iter().enumerate() {
                let Some(&born_on) = births.get(cadre) else {
                    findings.push(Finding::plain(format!("/{index}/cadre_id"), code::UNKNOWN_REFERENCE));
                    continue;
                };
                let (mut content, mut source) = (content.clone(), source.clone());
                match rules::fact(&mut content, &mut source, Subject { born_on, today: tx.today() }) {
                    Ok(during) => examined.push((*cadre, content, source, during)),
                    Err(found) => findings.extend(found.into_iter().map(|one| one.under(&format!("/{index}")))),
                }
            }
            findings.settle()?;
            let new: Vec<NewFact<'_, C>> = examined
                .iter()
                .map(|(cadre, content, source, during)| NewFact {
                    id: None,
                    version: 1,
                    cadre: *cadre,
                    content,
                    source,
                    during: *during,
                })
                .collect();
            let made = store::insert_facts(tx, &new).await?;
            written(tx, C::KIND, &ids).await?;
            let first = ids.first().map_or(Uuid::nil(), |cadre| cadre.0);
            let label = format!("{} {}", made.len(), C::KIND.name());
            let recorded = Effect::new("facts_recorded", "cadre", first, label, None);
            Ok((made.len(), Entry::on("cadre", first).effects([recorded])))
        })
        .await
}

/// What follows when facts of a kind were written into the files of these people.
async fn written(tx: &mut Tx, kind: FactKind, people: &[CadreId]) -> Result<()> {
    if kind == FactKind::Particular { tell_retirements(tx, people).await } else { Ok(()) }
}

/// Names the kind alone: what a fact says may be sensitive.
fn effect(what: &str, id: FactId, kind: &str, on: Option<NaiveDate>) -> Effect {
    Effect::new(what, "fact", id, kind, on)
}

async fn found<C: FactContent>(
    tx: &mut Tx,
    caller: &Caller,
    (cadre, id): (CadreId, FactId),
    stance: FactStance,
) -> Result<Fact<C>> {
    let today = tx.today();
    let fact = store::find_fact::<C>(tx.conn(), &Sight::of(caller), cadre, id, today).await?.within(tx);
    Ok(Fact { allowed_actions: rules::allowed(C::KIND, stance), ..fact })
}

async fn end_predecessor<C: FactContent>(
    tx: &mut Tx,
    cadre: CadreId,
    slot: &str,
    from: NaiveDate,
) -> Result<Option<Effect>> {
    let Some(before) = store::predecessor::<C>(tx, cadre, slot, from).await? else { return Ok(None) };
    let Some(ended) = from.pred_opt().and_then(|last| before.content.clone().ended(last)) else { return Ok(None) };
    let Ok(during) = before.during.ending(from) else { return Ok(None) };
    store::supersede_fact(tx, before.id, "followed by another").await?;
    let version = before.version.saturating_add(1);
    let row = NewFact { id: Some(before.id), version, cadre, content: &ended, source: &before.source, during };
    store::insert_facts(tx, std::slice::from_ref(&row)).await?;
    Ok(Some(effect("fact_ended", before.id, C::KIND.name(), Some(from))))
}

/// Corrects a fact: what was recorded is superseded, and stays readable as what was known before.
pub async fn correct_fact<C: Examined>(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    id: FactId,
    (content, source, reason): &(C, Source, String),
) -> Result<Outcome<Fact<C>>> {
    app.db
        .change(caller, C::KIND.correcting(), async |tx| {
            let (person, subject, stance) = lock_subject::<C>(tx, caller, cadre).await?;
            let before = found::<C>(tx, caller, (cadre, id), stance).await?;
            tx.check_version(before.version)?;
            let (mut content, mut source) = (content.clone(), source.clone());
            let during = rules::correction(&mut content, &mut source, reason, subject);
            let (during, reason) = during.map_err(Error::refused)?;
            store::supersede_fact(tx, id, &reason).await?;
            let version = before.version.saturating_add(1);
            let row = NewFact { id: Some(id), version, cadre, content: &content, source: &source, during };
            store::insert_facts(tx, std::slice::from_ref(&row)).await?;
            written(tx, C::KIND, &[cadre]).await?;
            let fact = found::<C>(tx, caller, (cadre, id), stance).await?;
            let corrected = effect("fact_corrected", id, C::KIND.name(), during.from());
            let entry = Entry::on("fact", id).within(person.unit_id).before(&before).effects([corrected]);
            let event = json!({"fact_id": id, "kind": C::KIND.name(), "cadre_id": cadre});
            Ok((fact, entry.event("fact.corrected", event)))
        })
        .await
}

/// Withdraws a fact that was never true, and gives its kind; none: it is no fact of the person.
pub async fn withdraw_fact_in(
    tx: &mut Tx,
    caller: &Caller,
    cadre: CadreId,
    id: FactId,
    reason: &str,
) -> Result<Option<&'static str>> {
    let Some((kind, version)) = store::standing_fact(tx, cadre, id).await? else { return Ok(None) };
    guarded(tx, caller, cadre, kind).await?;
    tx.check_version(version)?;
    store::supersede_fact(tx, id, reason).await?;
    written(tx, kind, &[cadre]).await?;
    Ok(Some(kind.name()))
}
