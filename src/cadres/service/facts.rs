//! Facts of a person's file: recorded, read, corrected, withdrawn; one use case for all kinds.

use chrono::NaiveDate;
use serde_json::json;

use super::retirements::tell_retirements;
use super::{in_roles, lock_one};
use crate::cadres::model::{CadreId, Fact, FactContent, FactId, FactKind, Person, Source};
use crate::cadres::rules::{self, Examined, Subject};
use crate::cadres::store::{self, Entries, NewFact, Sight};
use crate::identity::Caller;
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;

/// A page of the facts of one kind of a person whom the caller may see, newest first.
pub async fn facts<C: FactContent, P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    paging: &Paging,
) -> Result<(Vec<Fact<C>>, Option<i64>)> {
    let which = Entries { day: app.clock.today(), known_at: None, paging: Some(paging) };
    let found = store::facts::<C>(&mut *app.db.read().await?, &Sight::of(caller), id, which).await?;
    found.read_by(&app.db, caller.actor(), C::KIND.listing(), in_roles(caller))
}

/// One fact of a person.
pub async fn fact<C: FactContent, P>(app: &App, caller: &Caller<P>, cadre: CadreId, id: FactId) -> Result<Fact<C>> {
    let mut conn = app.db.read().await?;
    let found = store::find_fact::<C>(&mut conn, &Sight::of(caller), cadre, id, app.clock.today()).await?;
    found.read_by(&app.db, caller.actor(), C::KIND.reading(), in_roles(caller))
}

/// The person of a fact of a kind, kept until the end of the change; the caller may see that kind and is not the person.
async fn lock_subject<C: FactContent>(tx: &mut Tx, caller: &Caller, id: CadreId) -> Result<(Person, Subject)> {
    let person = lock_one(tx, caller, id).await?;
    store::see_kind(tx.conn(), &Sight::of(caller), id, C::KIND.is_sensitive()).await?;
    let subject = Subject { born_on: person.born_on, today: tx.today() };
    Ok((person, subject))
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
            let (person, subject) = lock_subject::<C>(tx, caller, cadre).await?;
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
            let fact = found(tx, caller, cadre, made).await?;
            let entry = Entry::on("fact", made).within(person.unit_id).effects(effects);
            let event = json!({"fact_id": made, "kind": C::KIND.name(), "cadre_id": cadre});
            Ok((fact, entry.event("fact.recorded", event)))
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

async fn found<C: FactContent>(tx: &mut Tx, caller: &Caller, cadre: CadreId, id: FactId) -> Result<Fact<C>> {
    let today = tx.today();
    Ok(store::find_fact::<C>(tx.conn(), &Sight::of(caller), cadre, id, today).await?.within(tx))
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
            let (person, subject) = lock_subject::<C>(tx, caller, cadre).await?;
            let before = found::<C>(tx, caller, cadre, id).await?;
            tx.check_version(before.version)?;
            let (mut content, mut source) = (content.clone(), source.clone());
            let during = rules::correction(&mut content, &mut source, reason, subject);
            let (during, reason) = during.map_err(Error::refused)?;
            store::supersede_fact(tx, id, &reason).await?;
            let version = before.version.saturating_add(1);
            let row = NewFact { id: Some(id), version, cadre, content: &content, source: &source, during };
            store::insert_facts(tx, std::slice::from_ref(&row)).await?;
            written(tx, C::KIND, &[cadre]).await?;
            let fact = found::<C>(tx, caller, cadre, id).await?;
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
    store::see_kind(tx.conn(), &Sight::of(caller), cadre, kind.is_sensitive()).await?;
    tx.check_version(version)?;
    store::supersede_fact(tx, id, reason).await?;
    written(tx, kind, &[cadre]).await?;
    Ok(Some(kind.name()))
}
