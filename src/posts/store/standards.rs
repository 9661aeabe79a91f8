//! Standards of titles: the same for the whole province; superseded, never overwritten.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::model::{Criterion, StandardId, TitleId, TitleStandard};
use crate::schema::{title_standards, titles};

#[derive(Queryable)]
struct StandardRow {
    id: StandardId,
    title_id: TitleId,
    title: String,
    during: Period,
    criteria: Value,
    note: Option<String>,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
    superseded_at: Option<DateTime<Utc>>,
    version: i32,
}

impl TryFrom<StandardRow> for TitleStandard {
    type Error = Error;
    fn try_from(row: StandardRow) -> Result<Self> {
        let StandardRow {
            id,
            title_id,
            title,
            during,
            criteria,
            note,
            recorded_at,
            recorded_by,
            superseded_at,
            version,
        } = row;
        let criteria: Vec<Criterion> = serde_json::from_value(criteria).map_err(Error::internal)?;
        let title = Ref::new(title_id, title);
        Ok(Self { id, title, during, criteria, note, recorded_at, recorded_by, superseded_at, version })
    }
}

/// The standards of titles with their names.
macro_rules! standard_rows {
    ($titles:expr) => {
        title_standards::table.inner_join(titles::table).filter(title_standards::title_id.eq_any($titles)).select((
            title_standards::id,
            titles::id,
            titles::name_vi,
            title_standards::during,
            title_standards::criteria,
            title_standards::note,
            title_standards::recorded_at,
            title_standards::recorded_by,
            title_standards::superseded_at,
            title_standards::version,
        ))
    };
}

/// Keeps what was known on an instant, or is known now.
macro_rules! known {
    ($query:expr, $known_at:expr) => {
        match $known_at {
            None => $query.filter(title_standards::superseded_at.is_null()),
            Some(known_at) => {
                let known_at: DateTime<Utc> = known_at;
                $query.filter(
                    title_standards::recorded_at
                        .le(known_at)
                        .and(title_standards::superseded_at.is_null().or(title_standards::superseded_at.gt(known_at))),
                )
            }
        }
    };
}

/// Which standards of a title.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardFilter {
    /// The one that holds on this day.
    pub day: Option<NaiveDate>,
    /// As known on this instant; none: now.
    pub known_at: Option<DateTime<Utc>>,
}

/// The standards of a title, newest first.
pub async fn list_standards(
    conn: &mut AsyncPgConnection,
    title: TitleId,
    filter: StandardFilter,
    paging: &Paging,
) -> Result<(Vec<TitleStandard>, Option<i64>)> {
    let mut query = known!(standard_rows!([title]).into_boxed(), filter.known_at);
    if let Some(day) = filter.day {
        query = query.filter(title_standards::during.contains(day));
    }
    if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let older = sql::<Bool>("(lower(title_standards.during), title_standards.id) < (")
            .bind::<Date, _>(from)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        query = query.filter(older);
    }
    let newest = (sql::<Date>("lower(title_standards.during)").desc(), title_standards::id.desc());
    let rows: Vec<StandardRow> = query.order(newest).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        let of_title = title_standards::table.filter(title_standards::title_id.eq(title)).into_boxed();
        let mut counted = known!(of_title, filter.known_at);
        if let Some(day) = filter.day {
            counted = counted.filter(title_standards::during.contains(day));
        }
        Some(counted.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((rows.into_iter().map(TitleStandard::try_from).collect::<Result<_>>()?, total))
}

/// A standard of a title, as known on an instant or now.
pub async fn find_standard(
    conn: &mut AsyncPgConnection,
    title: TitleId,
    id: StandardId,
    known_at: Option<DateTime<Utc>>,
) -> Result<TitleStandard> {
    let query = standard_rows!([title]).filter(title_standards::id.eq(id)).into_boxed();
    let row: StandardRow = known!(query, known_at).first(conn).await?;
    row.try_into()
}

/// All current standards of a title.
pub async fn standards_of(tx: &mut Tx, title: TitleId) -> Result<Vec<TitleStandard>> {
    let rows: Vec<StandardRow> =
        standard_rows!([title]).filter(title_standards::superseded_at.is_null()).load(tx.conn()).await?;
    rows.into_iter().map(TitleStandard::try_from).collect()
}

/// The standards of these titles that hold on a day.
pub async fn standards_on(
    conn: &mut AsyncPgConnection,
    titles: &[TitleId],
    day: NaiveDate,
) -> Result<Vec<TitleStandard>> {
    let rows: Vec<StandardRow> = standard_rows!(titles)
        .filter(title_standards::superseded_at.is_null().and(title_standards::during.contains(day)))
        .load(conn)
        .await?;
    rows.into_iter().map(TitleStandard::try_from).collect()
}

/// Whether any title has a standard.
pub async fn any_standard(conn: &mut AsyncPgConnection) -> Result<bool> {
    let any = diesel::dsl::exists(title_standards::table.select(title_standards::id));
    Ok(diesel::select(any).get_result(conn).await?)
}

/// Writes versions, as told now by who changes.
pub async fn insert_standards(tx: &mut Tx, rows: &[TitleStandard]) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push((
            title_standards::version_id.eq(tx.new_id()),
            title_standards::id.eq(row.id),
            title_standards::version.eq(row.version),
            title_standards::title_id.eq(row.title.id),
            title_standards::during.eq(row.during),
            title_standards::criteria.eq(serde_json::to_value(&row.criteria).map_err(Error::internal)?),
            title_standards::note.eq(&row.note),
            title_standards::recorded_at.eq(now),
            title_standards::recorded_by.eq(&by),
        ));
    }
    diesel::insert_into(title_standards::table).values(values).execute(tx.conn()).await?;
    Ok(())
}

/// Supersedes the current version of a standard; one that is not current any more is a conflict.
pub async fn supersede_standard(tx: &mut Tx, id: StandardId, reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let count = diesel::update(title_standards::table.filter(title_standards::superseded_at.is_null()))
        .filter(title_standards::id.eq(id))
        .set((
            title_standards::superseded_at.eq(now),
            title_standards::superseded_by.eq(by),
            title_standards::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    if count == 1 {
        return Ok(());
    }
    Err(Error::new(code::CONFLICT).caused_by("a standard to be superseded is not current"))
}
