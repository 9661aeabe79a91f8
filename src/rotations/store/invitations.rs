//! Units that are asked whom they propose, since when the policy of a case is approved.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::rotations::model::RotationId;
use crate::schema::{rotation_invitations, scope_tree};

/// The units with their latest names, by name.
pub async fn unit_refs(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Ref>> {
    let rows: Vec<(Uuid, String)> = scope_tree::table
        .filter(scope_tree::unit_id.eq_any(ids).and(scope_tree::depth.eq(0)))
        .order((scope_tree::label, scope_tree::unit_id))
        .select((scope_tree::unit_id, scope_tree::label))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| Ref::new(id, name)).collect())
}

/// Asks units whom they propose for a case.
pub async fn invite(tx: &mut Tx, case: RotationId, units: &[Uuid]) -> Result<()> {
    let row = |unit: &Uuid| (rotation_invitations::rotation_id.eq(case), rotation_invitations::unit_id.eq(*unit));
    let rows: Vec<_> = units.iter().map(row).collect();
    diesel::insert_into(rotation_invitations::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// The units that are asked whom they propose, by case and name.
pub(super) async fn invited(
    conn: &mut AsyncPgConnection,
    cases: &[RotationId],
) -> Result<HashMap<RotationId, Vec<Ref>>> {
    let rows: Vec<(RotationId, Uuid, String)> = rotation_invitations::table
        .inner_join(
            scope_tree::table.on(scope_tree::unit_id.eq(rotation_invitations::unit_id).and(scope_tree::depth.eq(0))),
        )
        .filter(rotation_invitations::rotation_id.eq_any(cases))
        .order((scope_tree::label, scope_tree::unit_id))
        .select((rotation_invitations::rotation_id, scope_tree::unit_id, scope_tree::label))
        .load(conn)
        .await?;
    let mut found: HashMap<RotationId, Vec<Ref>> = HashMap::new();
    for (case, unit, name) in rows {
        found.entry(case).or_default().push(Ref::new(unit, name));
    }
    Ok(found)
}
