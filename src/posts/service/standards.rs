//! The keeping of standards of titles.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::identity::model::Permission;
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::model::{StandardId, StandardText, TitleId, TitleStandard};
use crate::posts::store::{self, StandardFilter};
use crate::posts::{founding, rules};

/// The standards of a title, newest first.
pub async fn standards(
    app: &App,
    title: TitleId,
    filter: StandardFilter,
    paging: &Paging,
) -> Result<(Vec<TitleStandard>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::find_title(&mut conn, title).await?;
    store::list_standards(&mut conn, title, filter, paging).await
}

/// A standard of a title, as known on an instant or now.
pub async fn standard(
    app: &App,
    title: TitleId,
    id: StandardId,
    known_at: Option<DateTime<Utc>>,
) -> Result<TitleStandard> {
    store::find_standard(&mut *app.db.read().await?, title, id, known_at).await
}

/// Whether the caller keeps the titles of the whole province.
pub async fn keeps_titles<P>(app: &App, caller: &Caller<P>) -> Result<bool> {
    match caller.scope_for(Permission::ManagePosts) {
        Some(scope) => scope::covers_all(&mut *app.db.read().await?, &scope).await,
        None => Ok(false),
    }
}

/// A first version of a standard.
fn fresh(tx: &Tx, title: Ref, during: Period, text: &StandardText) -> TitleStandard {
    TitleStandard {
        id: StandardId(tx.new_id()),
        title,
        during,
        criteria: text.criteria.clone(),
        note: text.note.clone(),
        recorded_at: tx.now(),
        recorded_by: tx.actor().label.clone(),
        superseded_at: None,
        version: 1,
    }
}

/// Titles that criteria name and that there are not.
async fn unknown_titles(tx: &mut Tx, text: &StandardText, findings: &mut Findings) -> Result<()> {
    let named = rules::titles_named(&text.criteria);
    if named.is_empty() {
        return Ok(());
    }
    let known = store::title_ids(tx.conn()).await?;
    for (at, _) in named.into_iter().filter(|(_, title)| !known.contains_key(*title)) {
        findings.push(Finding::plain(at, code::UNKNOWN_REFERENCE));
    }
    Ok(())
}

fn told(effect: &str, standard: &TitleStandard) -> Effect {
    let label = format!("{}: {} criteria", standard.title.label, standard.criteria.len());
    Effect::new(effect, "title_standard", standard.id, label, standard.during.from())
}

/// Records a standard on days on which its title has none.
pub async fn create_standard(
    app: &App,
    caller: &Caller,
    title: TitleId,
    during: Period,
    text: &StandardText,
) -> Result<Outcome<TitleStandard>> {
    app.db
        .change(caller, "create_title_standard", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            tx.lock([title.0]).await?;
            let title = store::find_title(tx.conn(), title).await?;
            let mut findings = Findings::new();
            unknown_titles(tx, text, &mut findings).await?;
            findings.settle()?;
            let there = store::standards_of(tx, title.id).await?;
            rules::vacant_days(&there, during).map_err(|finding| Error::new(code::DUPLICATE).with(finding))?;
            let next = fresh(tx, Ref::new(title.id, title.name_vi), during, text);
            store::insert_standards(tx, std::slice::from_ref(&next)).await?;
            let standard = store::find_standard(tx.conn(), title.id, next.id, None).await?;
            let entry = Entry::on("title_standard", next.id).effects([told("title_standard_recorded", &standard)]);
            let event = json!({"title_id": title.id, "standard_id": next.id, "from": during.from()});
            Ok((standard, entry.event("title_standard.recorded", event)))
        })
        .await
}

/// What takes the place of a standard.
#[derive(Clone, Debug)]
pub struct StandardChange {
    /// What it says.
    pub text: StandardText,
    /// First day; none: the days of the old one.
    pub from: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// Puts another standard in the place of one: from a day on, or, as a correction, on all of its days. Gives the new one.
pub async fn supersede_standard(
    app: &App,
    caller: &Caller,
    title: TitleId,
    id: StandardId,
    change: &StandardChange,
) -> Result<Outcome<TitleStandard>> {
    app.db
        .change(caller, "supersede_title_standard", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            tx.lock([title.0]).await?;
            let before = store::find_standard(tx.conn(), title, id, None).await?;
            tx.check_version(before.version)?;
            let mut findings = Findings::new();
            let during = findings.keep(rules::succession(&before, change.from));
            unknown_titles(tx, &change.text, &mut findings).await?;
            findings.settle()?;
            let during = during.ok_or_else(|| Error::internal("settled"))?;
            let mut next = fresh(tx, before.title.clone(), during, &change.text);
            let mut rows = Vec::new();
            // Its days end with those of the old one, so that nothing is left after them.
            if let [Some(kept), _] = before.during.without(&during) {
                rows.push(TitleStandard { during: kept, version: before.version + 1, ..before.clone() });
            } else {
                next = TitleStandard { id, version: before.version + 1, ..next };
            }
            rows.push(next.clone());
            store::supersede_standard(tx, id, &change.reason).await?;
            store::insert_standards(tx, &rows).await?;
            let standard = store::find_standard(tx.conn(), title, next.id, None).await?;
            let effects = [told("title_standard_superseded", &before), told("title_standard_recorded", &standard)];
            let entry = Entry::on("title_standard", id).before(&before).effects(effects);
            let event = json!({"title_id": title, "standard_id": id, "by_standard_id": next.id, "from": during.from()});
            Ok((standard, entry.event("title_standard.superseded", event)))
        })
        .await
}

/// Loads the standards that canbo ships, into a database whose titles have none.
pub async fn load_standards(app: &App, caller: &Caller) -> Result<()> {
    if store::any_standard(&mut *app.db.read().await?).await? {
        return Ok(());
    }
    let shipped = founding::standards().map_err(Error::internal)?;
    let titles = super::titles_by_code(app).await?;
    app.db
        .change(caller, "load_title_standards", async |tx| {
            let mut rows = Vec::with_capacity(shipped.len());
            for row in &shipped {
                // A province may have taken a title out of the list.
                let Some(title) = titles.get(&row.title) else { continue };
                rows.push(fresh(tx, Ref::new(*title, row.title.clone()), row.during, &row.text));
            }
            store::insert_standards(tx, &rows).await?;
            let first = rows.first().map_or(Uuid::nil(), |row| row.id.0);
            let count = format!("{} standards", rows.len());
            let loaded = Effect::new("title_standards_loaded", "title_standard", first, count, None);
            Ok(((), Entry::on("title_standard", first).effects([loaded])))
        })
        .await?;
    Ok(())
}
