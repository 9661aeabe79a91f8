//! Rows of the rules that say which post decides: the same for the whole province.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::{self, Level, PostId, TitleGroup, TitleId};
use crate::regulations::RegulationConfirmation;
use crate::rotations::model::{AppointingAuthority, AppointingAuthorityId, NewAuthority};
use crate::schema::{appointing_authorities, titles};

#[derive(Queryable)]
struct AuthorityRow {
    id: AppointingAuthorityId,
    title: Option<(TitleId, String)>,
    title_group: Option<String>,
    level: Option<String>,
    post_id: PostId,
    during: Period,
    instrument: String,
    article: Option<String>,
    confirmation: (Option<String>, Option<NaiveDate>, Option<String>, Option<DateTime<Utc>>),
    recorded_at: DateTime<Utc>,
    recorded_by: String,
    version: i32,
}

macro_rules! authority_rows {
    () => {
        appointing_authorities::table.left_join(titles::table).select((
            appointing_authorities::id,
            (titles::id, titles::name_vi).nullable(),
            appointing_authorities::title_group,
            appointing_authorities::level,
            appointing_authorities::post_id,
            appointing_authorities::during,
            appointing_authorities::instrument,
            appointing_authorities::article,
            (
                appointing_authorities::confirmed_against,
                appointing_authorities::confirmed_on,
                appointing_authorities::confirmed_by,
                appointing_authorities::confirmed_at,
            ),
            appointing_authorities::recorded_at,
            appointing_authorities::recorded_by,
            appointing_authorities::version,
        ))
    };
}

/// Names of posts, wherever they are: who decides is no secret to who reads the rules.
pub(super) async fn post_names(conn: &mut AsyncPgConnection, ids: &[PostId]) -> Result<HashMap<PostId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let seats = posts::seats(conn, &Scope::everything(), ids).await?;
    Ok(seats.into_iter().map(|seat| (seat.id, seat.label)).collect())
}

async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<AuthorityRow>) -> Result<Vec<AppointingAuthority>> {
    let ids: Vec<PostId> = rows.iter().map(|row| row.post_id).collect();
    let names = post_names(conn, &ids).await?;
    rows.into_iter().map(|row| authority(row, &names)).collect()
}

fn authority(row: AuthorityRow, names: &HashMap<PostId, String>) -> Result<AppointingAuthority> {
    let AuthorityRow {
        id,
        title,
        title_group,
        level,
        post_id,
        during,
        instrument,
        article,
        confirmation,
        recorded_at,
        recorded_by,
        version,
    } = row;
    let unknown = || Error::internal(format!("the rule {id} has an unknown group or level"));
    let confirmation = match confirmation {
        (Some(against), Some(on), Some(by), Some(at)) => Some(RegulationConfirmation { against, on, by, at }),
        _ => None,
    };
    Ok(AppointingAuthority {
        group: title_group.map(|name| TitleGroup::of(&name).ok_or_else(unknown)).transpose()?,
        level: level.map(|name| Level::of(&name).ok_or_else(unknown)).transpose()?,
        title: title.map(|(id, name)| Ref::new(id, name)),
        authority_post: Ref::new(post_id, names.get(&post_id).cloned().unwrap_or_default()),
        id,
        during,
        instrument,
        article,
        confirmation,
        recorded_at,
        recorded_by,
        version,
    })
}

/// Which rules.
#[derive(Clone, Copy, Default)]
pub struct AuthorityFilter {
    /// Those that hold on this day.
    pub day: Option<NaiveDate>,
    /// Those on this title itself.
    pub title: Option<TitleId>,
    /// Those by which this post decides.
    pub post: Option<PostId>,
}

/// Adds the conditions of a filter to a boxed query that has `appointing_authorities` in it.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: AuthorityFilter = $filter;
        let mut query = $query;
        if let Some(day) = filter.day {
            query = query.filter(appointing_authorities::during.contains(day));
        }
        if let Some(title) = filter.title {
            query = query.filter(appointing_authorities::title_id.eq(title));
        }
        if let Some(post) = filter.post {
            query = query.filter(appointing_authorities::post_id.eq(post));
        }
        query
    }};
}

/// Rules, those that begin last first.
pub async fn list_authorities(
    conn: &mut AsyncPgConnection,
    filter: AuthorityFilter,
    paging: &Paging,
) -> Result<(Vec<AppointingAuthority>, Option<i64>)> {
    let mut query = filtered!(authority_rows!().into_boxed(), filter);
    if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let earlier = sql::<Bool>("(lower(appointing_authorities.during), appointing_authorities.id) < (")
            .bind::<Date, _>(from)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        query = query.filter(earlier);
    }
    let latest = (sql::<Date>("lower(appointing_authorities.during)").desc(), appointing_authorities::id.desc());
    let rows: Vec<AuthorityRow> = query.order(latest).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        Some(filtered!(appointing_authorities::table.into_boxed(), filter).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((assemble(conn, rows).await?, total))
}

/// The rules that hold on a day.
pub async fn authorities_on(conn: &mut AsyncPgConnection, day: NaiveDate) -> Result<Vec<AppointingAuthority>> {
    let rows = authority_rows!().filter(appointing_authorities::during.contains(day)).load(conn).await?;
    assemble(conn, rows).await
}

/// A rule.
pub async fn find_authority(conn: &mut AsyncPgConnection, id: AppointingAuthorityId) -> Result<AppointingAuthority> {
    let row: AuthorityRow = authority_rows!().filter(appointing_authorities::id.eq(id)).first(conn).await?;
    assemble(conn, vec![row]).await?.pop().ok_or_else(Error::not_found)
}

/// A rule, kept until the end of the change.
pub async fn lock_authority(tx: &mut Tx, id: AppointingAuthorityId) -> Result<AppointingAuthority> {
    let locked: AppointingAuthorityId =
        appointing_authorities::table.find(id).select(appointing_authorities::id).for_update().first(tx.conn()).await?;
    find_authority(tx.conn(), locked).await
}

/// Adds a rule.
pub async fn insert_authority(tx: &mut Tx, rule: &NewAuthority) -> Result<AppointingAuthorityId> {
    let id = AppointingAuthorityId(tx.new_id());
    let row = (
        appointing_authorities::id.eq(id),
        appointing_authorities::title_id.eq(rule.ruled.title_id),
        appointing_authorities::title_group.eq(rule.ruled.group.map(TitleGroup::name)),
        appointing_authorities::level.eq(rule.ruled.level.map(Level::name)),
        appointing_authorities::post_id.eq(rule.authority_post_id),
        appointing_authorities::during.eq(rule.during),
        appointing_authorities::instrument.eq(&rule.instrument),
        appointing_authorities::article.eq(&rule.article),
        appointing_authorities::recorded_at.eq(tx.now()),
        appointing_authorities::recorded_by.eq(tx.actor().label.clone()),
    );
    diesel::insert_into(appointing_authorities::table).values(row).execute(tx.conn()).await?;
    Ok(id)
}

/// Notes that a rule was compared with the official text.
pub async fn set_authority_confirmed(
    tx: &mut Tx,
    id: AppointingAuthorityId,
    against: &str,
    on: NaiveDate,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(appointing_authorities::table.find(id))
        .set((
            appointing_authorities::confirmed_against.eq(against),
            appointing_authorities::confirmed_on.eq(on),
            appointing_authorities::confirmed_at.eq(now),
            appointing_authorities::confirmed_by.eq(by),
            appointing_authorities::version.eq(appointing_authorities::version + 1),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes on which days a rule holds that is ended.
pub async fn set_authority_ended(tx: &mut Tx, id: AppointingAuthorityId, during: Period, reason: &str) -> Result<()> {
    diesel::update(appointing_authorities::table.find(id))
        .set((
            appointing_authorities::during.eq(during),
            appointing_authorities::ended_reason.eq(reason),
            appointing_authorities::version.eq(appointing_authorities::version + 1),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
