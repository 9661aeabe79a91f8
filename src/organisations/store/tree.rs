//! What stands below what: the dated closure, kept for those units whose place has changed.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable, Range, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::CHUNK;
use crate::organisations::model::UnitId;
use crate::organisations::rules::{Ancestor, Standing};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::period::Period;
use crate::schema::unit_ancestors;

#[derive(QueryableByName)]
struct StandingRow {
    #[diesel(sql_type = SqlUuid)]
    unit_id: UnitId,
    #[diesel(sql_type = Range<Date>)]
    during: Period,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    parent_id: Option<UnitId>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    touched: bool,
}

/// What the closure of some units is made of.
pub struct Surroundings {
    /// The units, and everything that ever stood below them.
    pub touched: BTreeSet<UnitId>,
    /// Where those stood, and everything above them.
    pub standings: Vec<Standing>,
    /// The latest names of all of them.
    pub names: HashMap<UnitId, String>,
}

/// Everything that the closure of these units and of those below them is made of. What else stood above or below is known
/// from the closure as it was: every unit whose own place changes is among these. A recursive query would find it too, but
/// the planner takes one for so much work that compiling it costs more than running it.
pub async fn standings_around(tx: &mut Tx, units: &[UnitId]) -> Result<Surroundings> {
    let rows: Vec<StandingRow> = diesel::sql_query(
        "WITH touched AS (
            SELECT id FROM unnest($1) AS given (id)
            UNION SELECT unit_id FROM unit_ancestors WHERE ancestor_id = ANY($1)
        ), near AS (
            SELECT id FROM touched
            UNION SELECT parent_id FROM unit_versions WHERE unit_id = ANY($1) AND parent_id IS NOT NULL
        ), relevant AS (
            SELECT id FROM near
            UNION SELECT a.ancestor_id FROM near n JOIN unit_ancestors a ON a.unit_id = n.id
        )
        SELECT v.unit_id, v.during, v.parent_id, v.name, t.id IS NOT NULL AS touched
        FROM relevant r JOIN unit_versions v ON v.unit_id = r.id LEFT JOIN touched t ON t.id = r.id
        ORDER BY v.unit_id, v.during",
    )
    .bind::<Array<SqlUuid>, _>(units)
    .load(tx.conn())
    .await?;
    // In order of time: the last name of a unit wins.
    let names = rows.iter().map(|row| (row.unit_id, row.name.clone())).collect();
    let touched = rows.iter().filter(|row| row.touched).map(|row| row.unit_id).collect();
    let standings =
        rows.into_iter().map(|row| Standing { unit: row.unit_id, during: row.during, parent: row.parent_id }).collect();
    Ok(Surroundings { touched, standings, names })
}

/// Replaces the dated closure of these units.
pub async fn replace_ancestors(tx: &mut Tx, units: &BTreeSet<UnitId>, rows: &[Ancestor]) -> Result<()> {
    let units: Vec<UnitId> = units.iter().copied().collect();
    diesel::delete(unit_ancestors::table.filter(unit_ancestors::unit_id.eq_any(units))).execute(tx.conn()).await?;
    for chunk in rows.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|row| {
                (
                    unit_ancestors::unit_id.eq(row.unit),
                    unit_ancestors::ancestor_id.eq(row.ancestor),
                    unit_ancestors::depth.eq(row.depth),
                    unit_ancestors::during.eq(row.during),
                )
            })
            .collect();
        diesel::insert_into(unit_ancestors::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}
