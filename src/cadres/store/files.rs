//! Which unit keeps a file, and whether its person is in service.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::records::keep;
use crate::cadres::model::{CadreId, CadreStatus, FileState};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::schema::cadres;

/// Gives a person's file to another unit.
pub async fn move_to_unit(tx: &mut Tx, cadre: CadreId, unit: Uuid) -> Result<()> {
    keep(tx, &[cadre.0], Some("the file follows the post")).await?;
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(cadres::table.find(cadre))
        .set((
            cadres::unit_id.eq(unit),
            cadres::version.eq(cadres::version + 1),
            cadres::updated_at.eq(now),
            cadres::updated_by.eq(by),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Says of people whether they are in service.
pub async fn set_status(tx: &mut Tx, people: &[CadreId], status: CadreStatus, reason: &str) -> Result<()> {
    let ids: Vec<Uuid> = people.iter().map(|id| id.0).collect();
    keep(tx, &ids, Some(reason)).await?;
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(cadres::table.filter(cadres::id.eq_any(ids)))
        .set((
            cadres::status.eq(status.name()),
            cadres::version.eq(cadres::version + 1),
            cadres::updated_at.eq(now),
            cadres::updated_by.eq(by),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The files that these units keep, wherever they are: whose, and which unit keeps it; by name.
pub async fn files_of(tx: &mut Tx, units: &[Uuid]) -> Result<Vec<(CadreId, String, Uuid)>> {
    Ok(cadres::table
        .filter(cadres::unit_id.eq_any(units))
        .order((cadres::name_sort, cadres::id))
        .select((cadres::id, cadres::full_name, cadres::unit_id))
        .load(tx.conn())
        .await?)
}

/// Gives files to other units, each from the unit that it is expected at; one that has gone elsewhere stays there.
pub async fn move_files(tx: &mut Tx, moves: &[(CadreId, Uuid, Uuid)]) -> Result<()> {
    let ids: Vec<Uuid> = moves.iter().map(|(cadre, ..)| cadre.0).collect();
    let kept_at: HashMap<Uuid, Uuid> = cadres::table
        .filter(cadres::id.eq_any(ids))
        .order(cadres::id)
        .for_update()
        .select((cadres::id, cadres::unit_id))
        .load::<(Uuid, Uuid)>(tx.conn())
        .await?
        .into_iter()
        .collect();
    let there = moves.iter().filter(|(cadre, from, _)| kept_at.get(&cadre.0) == Some(from));
    let (ids, units): (Vec<Uuid>, Vec<Uuid>) = there.map(|(cadre, _, to)| (cadre.0, *to)).unzip();
    keep(tx, &ids, Some("the file follows the unit")).await?;
    // The DSL cannot update from a list of rows.
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::sql_query(
        "UPDATE cadres SET unit_id = v.unit_id, version = version + 1, updated_at = $3, updated_by = $4 \
         FROM unnest($1, $2) AS v (id, unit_id) WHERE cadres.id = v.id",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Array<diesel::sql_types::Uuid>, _>(units)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sets unit and status of many files in one statement.
pub async fn settle_files(tx: &mut Tx, states: &[FileState]) -> Result<()> {
    let ids: Vec<Uuid> = states.iter().map(|state| state.cadre_id.0).collect();
    let units: Vec<Uuid> = states.iter().map(|state| state.unit_id).collect();
    let statuses: Vec<&str> = states.iter().map(|state| state.status.name()).collect();
    keep(tx, &ids, None).await?;
    // The DSL cannot update from a list of rows.
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::sql_query(
        "UPDATE cadres SET unit_id = v.unit_id, status = v.status, version = version + 1, updated_at = $4, updated_by = $5 \
         FROM unnest($1, $2, $3) AS v (id, unit_id, status) WHERE cadres.id = v.id",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Array<diesel::sql_types::Uuid>, _>(units)
    .bind::<Array<Text>, _>(statuses)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}
