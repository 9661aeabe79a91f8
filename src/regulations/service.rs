//! Loading the parameters that ship with canbo, and asking for those of a day.

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde::Deserialize;
use serde_json::Value;

use super::model::{Parameter, Regulation, Rulebook, citation};
use super::store;
use crate::identity::Caller;
use crate::platform::App;
use crate::platform::db::{Effect, Entry};
use crate::platform::error::{Error, Result};
use crate::platform::period::{Period, WirePeriod};

const SHIPPED: &str = include_str!("../../data/regulations.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedRow {
    key: String,
    value: Value,
    unit: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    instrument: String,
    article: Option<String>,
    source_note: Option<String>,
    confirmed: bool,
    description_vi: String,
    description_en: String,
}

/// Loads the shipped parameters into a database that has none.
pub async fn load(app: &App, caller: &Caller) -> Result<()> {
    if store::any(&mut *app.db.read().await?).await? {
        return Ok(());
    }
    let shipped: Vec<ShippedRow> = serde_json::from_str(SHIPPED).map_err(Error::internal)?;
    app.db
        .change(caller, "load_regulations", async |tx| {
            let mut rows = Vec::with_capacity(shipped.len());
            for row in &shipped {
                let wire = WirePeriod { from: row.valid_from, to: row.valid_to };
                rows.push(Regulation {
                    id: tx.new_id(),
                    key: row.key.clone(),
                    value: row.value.clone(),
                    unit: row.unit.clone(),
                    during: Period::try_from(wire).map_err(Error::internal)?,
                    instrument: row.instrument.clone(),
                    article: row.article.clone(),
                    source_note: row.source_note.clone(),
                    confirmed: row.confirmed,
                    description_vi: row.description_vi.clone(),
                    description_en: row.description_en.clone(),
                });
            }
            store::insert(tx, &rows).await?;
            let id = tx.new_id();
            let loaded = Effect::new("regulations_loaded", "regulations", id, format!("{} versions", rows.len()), None);
            Ok(((), Entry::on("regulations", id).effects([loaded])))
        })
        .await?;
    Ok(())
}

/// The parameters that hold on a day.
pub async fn on(conn: &mut AsyncPgConnection, day: NaiveDate) -> Result<Rulebook> {
    let rows = store::list(conn, Some(day), None).await?;
    Ok(Rulebook::new(
        day,
        rows.into_iter().map(|row| {
            let citation = citation(&row.instrument, row.article.as_deref());
            (row.key, Parameter { value: row.value, citation, confirmed: row.confirmed })
        }),
    ))
}
