//! The keeping of titles and posts, and what is read of who holds them.

mod freezes;
mod standards;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::model::{Appointment, AppointmentId, Holding, NewPostRow, NewTitleRow, Post, PostId, Seat, Title, TitleId};
use super::rules::{Outlook, Tenure};
use super::store::{self, AppointmentFilter, PostFilter, TitleFilter};
use super::{founding, rules};
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::page::Ref;
use crate::platform::http::{Change, Paging};
use crate::platform::period::Period;
use crate::regulations;

pub use freezes::{FreezeProposal, carry_freezes, freeze_post, tell_actions, unfreeze_post};
pub use standards::{
    StandardChange, create_standard, keeps_titles, load_standards, standard, standards, supersede_standard,
};

/// Titles, from the province down, by rank.
pub async fn titles(app: &App, filter: TitleFilter, paging: &Paging) -> Result<(Vec<Title>, Option<i64>)> {
    store::list_titles(&mut *app.db.read().await?, filter, paging).await
}

/// A title.
pub async fn title(app: &App, id: TitleId) -> Result<Title> {
    store::find_title(&mut *app.db.read().await?, id).await
}

/// Makes titles, all or none.
pub async fn create_titles(app: &App, caller: &Caller, rows: &[NewTitleRow]) -> Result<Outcome<Vec<TitleId>>> {
    app.db
        .change(caller, "create_titles", async |tx| {
            let ids = store::insert_titles(tx, rows).await?;
            let made = ids.iter().zip(rows).map(|(id, row)| title_effect("title_created", *id, &row.name_vi));
            let entry = Entry::on("title", ids.first().map_or(Uuid::nil(), |id| id.0)).effects(made);
            Ok((ids, entry))
        })
        .await
}

/// Loads the titles that every province starts with, into a database that has none.
pub async fn load_titles(app: &App, caller: &Caller) -> Result<()> {
    if !titles_by_code(app).await?.is_empty() {
        return Ok(());
    }
    let rows = founding::titles().map_err(Error::internal)?;
    create_titles(app, caller, &rows).await?;
    Ok(())
}

/// The ids of all titles by their code.
pub async fn titles_by_code(app: &App) -> Result<BTreeMap<String, TitleId>> {
    store::title_ids(&mut *app.db.read().await?).await
}

/// Makes a title. Titles are the province's: who makes one keeps posts in the whole of it.
pub async fn create_title(app: &App, caller: &Caller, row: &NewTitleRow) -> Result<Outcome<Title>> {
    app.db
        .change(caller, "create_title", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            let ids = store::insert_titles(tx, std::slice::from_ref(row)).await?;
            let id = *ids.first().ok_or_else(|| Error::internal("a title has no id"))?;
            let made = title_effect("title_created", id, &row.name_vi);
            let entry = Entry::on("title", id).effects([made]).event("title.created", json!({"title_id": id}));
            Ok((store::find_title(tx.conn(), id).await?, entry))
        })
        .await
}

fn title_effect(effect: &str, id: TitleId, name: &str) -> Effect {
    Effect::new(effect, "title", id, name, None)
}

/// Changes a title, by what `change` makes of it.
pub async fn update_title(
    app: &App,
    caller: &Caller,
    id: TitleId,
    change: impl Fn(Title) -> Result<Title>,
) -> Result<Outcome<Title>> {
    app.db
        .change(caller, "update_title", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            let before = store::lock_title(tx, id).await?;
            tx.check_version(before.version)?;
            store::update_title(tx, &change(before.clone())?).await?;
            let title = store::find_title(tx.conn(), id).await?;
            let changed = title_effect("title_changed", id, &title.name_vi);
            let entry = Entry::on("title", id).before(&before).effects([changed]);
            Ok((title, entry.event("title.changed", json!({"title_id": id}))))
        })
        .await
}

/// Says of each post who holds it on the day, and from when on nobody will, by the rules of that day.
async fn with_holders(
    conn: &mut diesel_async::AsyncPgConnection,
    posts: &mut [Post],
    outlook: &Outlook,
    day: NaiveDate,
) -> Result<()> {
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let mut held = store::holdings(conn, &ids, day).await?;
    let mut frozen = store::freezes(conn, &ids, day).await?;
    for post in &mut *posts {
        post.freeze = frozen.remove(&post.id).and_then(|freezes| freezes.into_iter().next());
        let is_frozen = post.freeze.as_ref().is_some_and(|freeze| freeze.during.holds(day));
        let (holders, holdings): (Vec<Ref>, Vec<Holding>) =
            held.remove(&post.id).unwrap_or_default().into_iter().unzip();
        let tenure = Tenure { during: post.during, term_months: post.term_months };
        if let Some(occupancy) = rules::occupancy(tenure, &holdings, is_frozen, outlook, day) {
            post.status = Some(occupancy.status);
            post.vacant_from = occupancy.vacant_from;
            post.status_reason = occupancy.reason;
        }
        post.holder =
            holders.into_iter().zip(&holdings).find(|(_, held)| held.during.holds(day)).map(|(holder, _)| holder);
    }
    let unheld: Vec<PostId> = posts.iter().filter(|post| post.holder.is_none()).map(|post| post.id).collect();
    let mut in_charge = store::in_charge(conn, &unheld, day).await?;
    for post in posts {
        post.stand_in = in_charge.remove(&post.id);
    }
    Ok(())
}

/// What the rules of a day say of leaving posts.
async fn outlook(conn: &mut diesel_async::AsyncPgConnection, day: NaiveDate) -> Result<Outlook> {
    Ok(Outlook::of(&regulations::on(conn, day).await?))
}

/// Posts in the caller's scope that exist on the day of the filter.
pub async fn posts<P>(
    app: &App,
    caller: &Caller<P>,
    filter: PostFilter,
    paging: &Paging,
) -> Result<(Vec<Post>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    let outlook = outlook(&mut conn, filter.day).await?;
    let (mut rows, total) = store::list_posts(&mut conn, caller.scope(), filter, &outlook, paging).await?;
    with_holders(&mut conn, &mut rows, &outlook, filter.day).await?;
    tell_actions(&mut conn, caller, &mut rows, app.clock.today()).await?;
    Ok((rows, total))
}

/// A post in the caller's scope as seen from a day.
pub async fn post<P>(app: &App, caller: &Caller<P>, id: PostId, day: NaiveDate) -> Result<Post> {
    let mut conn = app.db.read().await?;
    let mut post = store::find_post(&mut conn, caller.scope(), id, day).await?;
    let outlook = outlook(&mut conn, day).await?;
    with_holders(&mut conn, std::slice::from_mut(&mut post), &outlook, day).await?;
    tell_actions(&mut conn, caller, std::slice::from_mut(&mut post), app.clock.today()).await?;
    Ok(post)
}

/// What is wrong with new posts: titles and units that cannot be seen, posts that outlive their unit. `at` names the
/// place of a row in the body.
async fn assess(tx: &mut Tx, caller: &Caller, rows: &[NewPostRow], at: impl Fn(usize) -> String) -> Result<Findings> {
    scope::hold_tree(tx).await?;
    let mut titles: Vec<TitleId> = rows.iter().map(|row| row.title_id).collect();
    let mut units: Vec<Uuid> = rows.iter().map(|row| row.unit_id).collect();
    titles.sort_unstable();
    titles.dedup();
    units.sort_unstable();
    units.dedup();
    let known: Vec<Uuid> = store::title_refs(tx.conn(), &titles).await?.into_iter().map(|title| title.id).collect();
    let lives = store::unit_lives(tx.conn(), caller.scope(), &units).await?;
    let mut findings = Findings::new();
    for (index, row) in rows.iter().enumerate() {
        if !known.contains(&row.title_id.0) {
            findings.push(Finding::plain(format!("{}/title_id", at(index)), code::UNKNOWN_REFERENCE));
        }
        match lives.get(&row.unit_id) {
            None => findings.push(Finding::plain(format!("{}/unit_id", at(index)), code::UNKNOWN_REFERENCE)),
            life => {
                findings.keep(rules::inside_unit(format!("{}/from", at(index)), life.copied(), row.during));
            }
        }
    }
    Ok(findings)
}

/// Seats of one title in one unit.
const MOST_SEATS: i32 = 999;

/// Adds posts, numbering those that have no seat yet; `at` names the place of a row in the body.
pub async fn add(tx: &mut Tx, rows: &[NewPostRow], at: impl Fn(usize) -> String) -> Result<Vec<PostId>> {
    let open: Vec<Uuid> = rows.iter().filter(|row| row.seat.is_none()).map(|row| row.unit_id).collect();
    let mut last = if open.is_empty() { HashMap::new() } else { store::last_seats(tx, &open).await? };
    let numbered: Vec<(&NewPostRow, i32)> = rows
        .iter()
        .map(|row| {
            let seat = row.seat.unwrap_or_else(|| {
                let next = last.entry((row.unit_id, row.title_id)).or_default();
                *next += 1;
                *next
            });
            (row, seat)
        })
        .collect();
    let mut findings = Findings::new();
    for (index, _) in numbered.iter().enumerate().filter(|(_, (_, seat))| *seat > MOST_SEATS) {
        findings.push(Finding::plain(format!("{}/seat", at(index)), code::OUT_OF_RANGE));
    }
    findings.settle()?;
    store::insert_posts(tx, &numbered).await
}

/// Makes posts of a list, all or none, with all findings of all of them.
async fn make(tx: &mut Tx, caller: &Caller, rows: &[NewPostRow]) -> Result<Vec<PostId>> {
    let at = |index: usize| format!("/posts/{index}");
    assess(tx, caller, rows, at).await?.settle()?;
    tx.lock(rows.iter().map(|row| row.unit_id)).await?;
    add(tx, rows, at).await
}

/// Makes posts, all or none, and tells each.
pub async fn create_posts_at_once(app: &App, caller: &Caller, rows: &[NewPostRow]) -> Result<Outcome<Vec<Ref>>> {
    app.db
        .change(caller, "create_posts_at_once", async |tx| {
            let ids = make(tx, caller, rows).await?;
            let seats = store::seats(tx.conn(), caller.scope(), &ids).await?;
            let mut seats: HashMap<PostId, Seat> = seats.into_iter().map(|seat| (seat.id, seat)).collect();
            let seats: Vec<Seat> = ids.iter().filter_map(|id| seats.remove(id)).collect();
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let mut entry = Entry::on("post", first);
            for seat in &seats {
                let made = Effect::new("post_created", "post", seat.id, &seat.label, seat.during.from());
                entry = entry.effects([made]).event("post.created", json!({"post_id": seat.id}));
            }
            Ok((seats.into_iter().map(|seat| Ref::new(seat.id, seat.label)).collect(), entry))
        })
        .await
}

/// Makes posts, all or none. Their audit entry has one effect that counts them.
pub async fn create_posts(app: &App, caller: &Caller, rows: &[NewPostRow]) -> Result<Outcome<Vec<PostId>>> {
    app.db
        .change(caller, "create_posts", async |tx| {
            let ids = make(tx, caller, rows).await?;
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let made = Effect::new("posts_created", "post", first, format!("{} posts", ids.len()), None);
            Ok((ids, Entry::on("post", first).effects([made])))
        })
        .await
}

/// Makes a post.
pub async fn create_post(app: &App, caller: &Caller, row: &NewPostRow) -> Result<Outcome<Post>> {
    app.db
        .change(caller, "create_post", async |tx| {
            let findings = assess(tx, caller, std::slice::from_ref(row), |_| String::new()).await?;
            findings.settle()?;
            tx.lock([row.unit_id]).await?;
            let ids = add(tx, std::slice::from_ref(row), |_| String::new()).await?;
            let id = *ids.first().ok_or_else(|| Error::internal("a post has no id"))?;
            let post = seen_today(tx, caller, id).await?;
            let made = Effect::new("post_created", "post", id, &post.label, row.during.from());
            let entry =
                Entry::on("post", id).within(row.unit_id).effects([made]).event("post.created", json!({"post_id": id}));
            Ok((post, entry))
        })
        .await
}

async fn seen_today(tx: &mut Tx, caller: &Caller, id: PostId) -> Result<Post> {
    let today = tx.today();
    let mut post = store::find_post(tx.conn(), caller.scope(), id, today).await?;
    let outlook = outlook(tx.conn(), today).await?;
    with_holders(tx.conn(), std::slice::from_mut(&mut post), &outlook, today).await?;
    tell_actions(tx.conn(), caller, std::slice::from_mut(&mut post), today).await?;
    Ok(post)
}

/// Changes of a post.
#[derive(Clone, Debug)]
pub struct PostChange {
    /// The day after its last.
    pub to: Change<NaiveDate>,
    /// Length of a term.
    pub term_months: Change<i32>,
}

/// Ends a post or changes its term. A post that somebody holds later cannot end.
pub async fn update_post(app: &App, caller: &Caller, id: PostId, change: &PostChange) -> Result<Outcome<Post>> {
    app.db
        .change(caller, "update_post", async |tx| {
            scope::hold_tree(tx).await?;
            tx.lock([id.0]).await?;
            let post = store::lock_post(tx, caller.scope(), id).await?;
            tx.check_version(post.version)?;
            let to = change.to.clone().over(post.during.to());
            let mut findings = Findings::new();
            let during = Period::new(post.during.from(), to).map_err(|_| Finding::plain("/to", code::BAD_PERIOD));
            let during = findings.keep(during);
            let today = tx.today();
            let held = store::holdings(tx.conn(), &[id], today).await?.remove(&id).unwrap_or_default();
            let periods: Vec<Period> = held.into_iter().map(|(_, held)| held.during).collect();
            findings.keep(rules::vacated("/to", &periods, to));
            let lives = store::unit_lives(tx.conn(), caller.scope(), &[post.unit.id]).await?;
            if let (Some(during), true) = (during, change.to != Change::Keep) {
                findings.keep(rules::inside_unit("/to".to_owned(), lives.get(&post.unit.id).copied(), during));
            }
            findings.settle()?;
            let during = during.ok_or_else(|| Error::internal("settled"))?;
            store::update_post(tx, id, during, change.term_months.clone().over(post.term_months)).await?;
            let post = seen_today(tx, caller, id).await?;
            let ended = during.to().is_some() && change.to != Change::Keep;
            let effect = if ended { "post_ended" } else { "post_changed" };
            let changed = Effect::new(effect, "post", id, &post.label, during.last_day());
            let entry = Entry::on("post", id).within(post.unit.id).effects([changed]);
            Ok((post, entry.event("post.changed", json!({"post_id": id, "to": during.last_day()}))))
        })
        .await
}

/// Everybody who held, holds or will hold a post in the caller's scope, newest first.
pub async fn holders<P>(
    app: &App,
    caller: &Caller<P>,
    id: PostId,
    paging: &Paging,
) -> Result<(Vec<Appointment>, Option<i64>)> {
    let (mut conn, today) = (app.db.read().await?, app.clock.today());
    store::find_post(&mut conn, caller.scope(), id, today).await?;
    let filter = AppointmentFilter { day: today, on_the_day: false, cadre: None, post: Some(id), unit: None };
    store::list_appointments(&mut conn, caller.scope(), filter, paging).await
}

/// Appointments to posts in the caller's scope, newest first.
pub async fn appointments<P>(
    app: &App,
    caller: &Caller<P>,
    filter: AppointmentFilter,
    paging: &Paging,
) -> Result<(Vec<Appointment>, Option<i64>)> {
    store::list_appointments(&mut *app.db.read().await?, caller.scope(), filter, paging).await
}

/// An appointment to a post in the caller's scope.
pub async fn appointment<P>(app: &App, caller: &Caller<P>, id: AppointmentId) -> Result<Appointment> {
    store::find_appointment(&mut *app.db.read().await?, caller.scope(), id, app.clock.today()).await
}
