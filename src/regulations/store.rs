//! Rows of parameters.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::Regulation;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::period::Period;
use crate::schema::regulations;

#[derive(Queryable, Selectable)]
#[diesel(table_name = regulations)]
struct RegulationRow {
    id: Uuid,
    key: String,
    value: Value,
    unit: Option<String>,
    during: Period,
    instrument: String,
    article: Option<String>,
    source_note: Option<String>,
    confirmed: bool,
    description_vi: String,
    description_en: String,
}

impl From<RegulationRow> for Regulation {
    fn from(row: RegulationRow) -> Self {
        let RegulationRow {
            id,
            key,
            value,
            unit,
            during,
            instrument,
            article,
            source_note,
            confirmed,
            description_vi,
            description_en,
        } = row;
        Self {
            id,
            key,
            value,
            unit,
            during,
            instrument,
            article,
            source_note,
            confirmed,
            description_vi,
            description_en,
        }
    }
}

/// Adds parameters.
pub async fn insert(tx: &mut Tx, rows: &[Regulation]) -> Result<()> {
    let now = tx.now();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                regulations::id.eq(row.id),
                regulations::key.eq(&row.key),
                regulations::value.eq(&row.value),
                regulations::unit.eq(&row.unit),
                regulations::during.eq(row.during),
                regulations::instrument.eq(&row.instrument),
                regulations::article.eq(&row.article),
                regulations::source_note.eq(&row.source_note),
                regulations::confirmed.eq(row.confirmed),
                regulations::description_vi.eq(&row.description_vi),
                regulations::description_en.eq(&row.description_en),
                regulations::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(regulations::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Whether any parameter is there.
pub async fn any(conn: &mut AsyncPgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(regulations::table.select(regulations::id))).get_result(conn).await?)
}

/// Parameters that hold on a day, or all, by key and period.
pub async fn list(conn: &mut AsyncPgConnection, day: Option<NaiveDate>, key: Option<&str>) -> Result<Vec<Regulation>> {
    let mut query = regulations::table.select(RegulationRow::as_select()).into_boxed();
    if let Some(day) = day {
        query = query.filter(regulations::during.contains(day));
    }
    if let Some(key) = key {
        query = query.filter(regulations::key.eq(key.to_owned()));
    }
    let rows: Vec<RegulationRow> = query.order((regulations::key, regulations::during)).load(conn).await?;
    Ok(rows.into_iter().map(Regulation::from).collect())
}
