//! Rows of parameters: current ones, and what was known before.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::{Regulation, RegulationConfirmation, RegulationId};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Paging;
use crate::platform::period::Period;
use crate::schema::regulations;

#[derive(Queryable, Selectable)]
#[diesel(table_name = regulations)]
struct RegulationRow {
    id: RegulationId,
    key: String,
    value: Value,
    unit: Option<String>,
    during: Period,
    instrument: String,
    article: Option<String>,
    source_note: Option<String>,
    confirmed_against: Option<String>,
    confirmed_on: Option<NaiveDate>,
    confirmed_at: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
    description_vi: String,
    description_en: String,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
    superseded_at: Option<DateTime<Utc>>,
    version: i32,
}

impl From<RegulationRow> for Regulation {
    fn from(row: RegulationRow) -> Self {
        let confirmation = match (row.confirmed_against, row.confirmed_on, row.confirmed_by, row.confirmed_at) {
            (Some(against), Some(on), Some(by), Some(at)) => Some(RegulationConfirmation { against, on, by, at }),
            _ => None,
        };
        Self {
            id: row.id,
            key: row.key,
            value: row.value,
            unit: row.unit,
            during: row.during,
            instrument: row.instrument,
            article: row.article,
            source_note: row.source_note,
            confirmation,
            description_vi: row.description_vi,
            description_en: row.description_en,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            superseded_at: row.superseded_at,
            version: row.version,
        }
    }
}

/// Writes versions, as told now by who changes.
pub async fn insert(tx: &mut Tx, rows: &[Regulation]) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let confirmation = row.confirmation.as_ref();
            (
                (
                    regulations::version_id.eq(tx.new_id()),
                    regulations::id.eq(row.id),
                    regulations::version.eq(row.version),
                    regulations::key.eq(&row.key),
                    regulations::value.eq(&row.value),
                    regulations::unit.eq(&row.unit),
                    regulations::during.eq(row.during),
                    regulations::instrument.eq(&row.instrument),
                    regulations::article.eq(&row.article),
                    regulations::source_note.eq(&row.source_note),
                ),
                (
                    regulations::confirmed.eq(confirmation.is_some()),
                    regulations::confirmed_against.eq(confirmation.map(|one| &one.against)),
                    regulations::confirmed_on.eq(confirmation.map(|one| one.on)),
                    regulations::confirmed_at.eq(confirmation.map(|one| one.at)),
                    regulations::confirmed_by.eq(confirmation.map(|one| &one.by)),
                    regulations::description_vi.eq(&row.description_vi),
                    regulations::description_en.eq(&row.description_en),
                    regulations::recorded_at.eq(now),
                    regulations::recorded_by.eq(&by),
                ),
            )
        })
        .collect();
    diesel::insert_into(regulations::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Supersedes the current versions of these values; one that is not current any more is a conflict.
pub async fn supersede(tx: &mut Tx, ids: &[RegulationId], reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let count = diesel::update(regulations::table.filter(regulations::superseded_at.is_null()))
        .filter(regulations::id.eq_any(ids))
        .set((
            regulations::superseded_at.eq(now),
            regulations::superseded_by.eq(by),
            regulations::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    if count == ids.len() {
        return Ok(());
    }
    Err(Error::new(code::CONFLICT).caused_by("a value to be superseded is not current"))
}

/// The keys that have any value.
pub async fn keys(conn: &mut AsyncPgConnection) -> Result<BTreeSet<String>> {
    let keys: Vec<String> = regulations::table.select(regulations::key).distinct().load(conn).await?;
    Ok(keys.into_iter().collect())
}

/// Which values.
#[derive(Clone, Debug, Default)]
pub struct RegulationFilter {
    /// Those that hold on this day.
    pub day: Option<NaiveDate>,
    /// Of one key.
    pub key: Option<String>,
    /// As known on this instant; none: now.
    pub known_at: Option<DateTime<Utc>>,
}

fn filtered(filter: &RegulationFilter) -> regulations::BoxedQuery<'static, Pg> {
    let mut query = known(filter.known_at);
    if let Some(day) = filter.day {
        query = query.filter(regulations::during.contains(day));
    }
    if let Some(key) = &filter.key {
        query = query.filter(regulations::key.eq(key.clone()));
    }
    query
}

/// What was known on an instant, or is known now.
fn known(known_at: Option<DateTime<Utc>>) -> regulations::BoxedQuery<'static, Pg> {
    let all = regulations::table.into_boxed();
    match known_at {
        None => all.filter(regulations::superseded_at.is_null()),
        Some(known_at) => all.filter(
            regulations::recorded_at
                .le(known_at)
                .and(regulations::superseded_at.is_null().or(regulations::superseded_at.gt(known_at))),
        ),
    }
}

/// The first day of a value; one that has held since always comes before every day.
const FIRST: &str = "COALESCE(lower(regulations.during), DATE '0001-01-01')";

/// The sort keys of a value in a list.
pub fn sort_keys(row: &Regulation) -> Vec<String> {
    let first = row.during.from().map_or_else(|| "0001-01-01".to_owned(), |day| day.to_string());
    vec![row.key.clone(), first, row.id.to_string()]
}

/// A page of values, by key and first day.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &RegulationFilter,
    paging: &Paging,
) -> Result<(Vec<Regulation>, Option<i64>)> {
    let mut query = filtered(filter);
    if let (Some(key), Some(from), Some(id)) =
        (paging.key::<String>(0)?, paging.key::<NaiveDate>(1)?, paging.key::<Uuid>(2)?)
    {
        query = query.filter(
            sql::<Bool>(&format!("(regulations.key, {FIRST}, regulations.id) > ("))
                .bind::<Text, _>(key)
                .sql(", ")
                .bind::<Date, _>(from)
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")"),
        );
    }
    let rows: Vec<RegulationRow> = query
        .order((regulations::key, sql::<Date>(FIRST), regulations::id))
        .limit(paging.fetch())
        .select(RegulationRow::as_select())
        .load(conn)
        .await?;
    let total = if paging.count { Some(filtered(filter).count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Regulation::from).collect(), total))
}

/// The values that hold on a day.
pub async fn on_day(conn: &mut AsyncPgConnection, day: NaiveDate) -> Result<Vec<Regulation>> {
    let rows: Vec<RegulationRow> =
        known(None).filter(regulations::during.contains(day)).select(RegulationRow::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Regulation::from).collect())
}

/// The current values, of whatever days.
pub async fn current(conn: &mut AsyncPgConnection) -> Result<Vec<Regulation>> {
    let rows: Vec<RegulationRow> = known(None).select(RegulationRow::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Regulation::from).collect())
}

/// A value, as known on an instant or now.
pub async fn find(
    conn: &mut AsyncPgConnection,
    id: RegulationId,
    known_at: Option<DateTime<Utc>>,
) -> Result<Regulation> {
    let row: RegulationRow =
        known(known_at).filter(regulations::id.eq(id)).select(RegulationRow::as_select()).first(conn).await?;
    Ok(row.into())
}

/// The current values of a key, by period.
pub async fn of_key(tx: &mut Tx, key: &str) -> Result<Vec<Regulation>> {
    let filter = RegulationFilter { key: Some(key.to_owned()), ..RegulationFilter::default() };
    let rows: Vec<RegulationRow> = filtered(&filter)
        .order((sql::<Date>(FIRST), regulations::id))
        .select(RegulationRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Regulation::from).collect())
}
