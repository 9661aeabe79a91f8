//! Rows of verdicts: appended with a decision, never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::visible;
use crate::eligibility::{Assessment, Inputs, Judged};
use crate::identity::Scope;
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::page::Ref;
use crate::rotations::model::{KeptVerdict, RotationId};
use crate::schema::{cadres, rotation_moves, rotation_verdicts};

/// Keeps what the people of a case were held against, and what came of it.
pub async fn keep_verdicts(tx: &mut Tx, case: RotationId, judged: &[Judged]) -> Result<()> {
    let now = tx.now();
    let row = |one: &Judged| {
        Ok((
            rotation_verdicts::rotation_id.eq(case),
            rotation_verdicts::cadre_id.eq(one.assessment.cadre_id),
            rotation_verdicts::inputs.eq(one.inputs.canonical().map_err(Error::internal)?),
            rotation_verdicts::assessment.eq(one.assessment.canonical().map_err(Error::internal)?),
            rotation_verdicts::judged_at.eq(now),
        ))
    };
    let rows = judged.iter().map(row).collect::<Result<Vec<_>>>()?;
    diesel::insert_into(rotation_verdicts::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// The verdicts that were kept with the decision of a case in scope, in the order of its moves.
pub async fn verdicts(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    case: RotationId,
) -> Result<Sealed<Vec<KeptVerdict>>> {
    let rows: Vec<(Uuid, String, String, String, DateTime<Utc>)> = rotation_verdicts::table
        .inner_join(cadres::table)
        .inner_join(
            rotation_moves::table.on(rotation_moves::rotation_id
                .eq(rotation_verdicts::rotation_id)
                .and(rotation_moves::cadre_id.eq(rotation_verdicts::cadre_id))),
        )
        .filter(rotation_verdicts::rotation_id.eq(case))
        .filter(rotation_verdicts::rotation_id.eq_any(visible(scope)))
        .order(rotation_moves::position)
        .select((
            cadres::id,
            cadres::full_name,
            rotation_verdicts::inputs,
            rotation_verdicts::assessment,
            rotation_verdicts::judged_at,
        ))
        .load(conn)
        .await?;
    let about: Vec<Uuid> = rows.iter().map(|(cadre, ..)| *cadre).collect();
    let read = |(cadre, name, inputs, kept, judged_at): (Uuid, String, String, String, DateTime<Utc>)| {
        let inputs: Inputs = serde_json::from_str(&inputs).map_err(Error::internal)?;
        let assessment: Assessment = serde_json::from_str(&kept).map_err(Error::internal)?;
        Ok(KeptVerdict { cadre: Ref::new(cadre, name), inputs, assessment, kept, judged_at })
    };
    Ok(Sealed::new(rows.into_iter().map(read).collect::<Result<_>>()?, about))
}
