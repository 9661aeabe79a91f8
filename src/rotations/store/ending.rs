//! Open cases of units and posts that end.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::{Error, Result, code};
use crate::posts::PostId;
use crate::rotations::model::{RotationId, RotationState};
use crate::schema::rotations;

/// A case that has not taken effect.
#[derive(Clone, Debug)]
pub struct OpenCase {
    /// Its id.
    pub id: RotationId,
    /// Its number.
    pub number: String,
    /// The unit that keeps it.
    pub unit_id: Uuid,
    /// Whether it is decided.
    pub decided: bool,
    /// Whether it is to fill or vacate one of the posts on the day or later.
    pub touches: bool,
    /// Whether it moves the person who asks.
    pub own: bool,
}

#[derive(QueryableByName)]
struct CaseRow {
    #[diesel(sql_type = SqlUuid)]
    id: RotationId,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = SqlUuid)]
    unit_id: Uuid,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Bool)]
    touches: bool,
    #[diesel(sql_type = Bool)]
    own: bool,
}

/// The cases that have not taken effect and are kept by these units, or are to move somebody from or to one of these posts
/// on a day or later; wherever they are, by number. `asking` is the cadre who asks.
pub async fn open_cases(
    tx: &mut Tx,
    units: &[Uuid],
    posts: &[PostId],
    from: NaiveDate,
    asking: Option<Uuid>,
) -> Result<Vec<OpenCase>> {
    let undecided = RotationState::UNDECIDED.iter().map(|state| state.name());
    let open: Vec<&str> = undecided.chain([RotationState::Decided.name()]).collect();
    let rows: Vec<CaseRow> = diesel::sql_query(
        "WITH touching AS (
            SELECT rotation_id AS id FROM rotation_moves WHERE from_post_id = ANY($2)
            UNION SELECT rotation_id FROM rotation_moves WHERE to_post_id = ANY($2)
        ), open AS (
            SELECT id FROM rotations WHERE unit_id = ANY($1) AND state = ANY($5)
            UNION SELECT r.id FROM touching t JOIN rotations r ON r.id = t.id
            WHERE r.state = ANY($5) AND r.effective_from >= $3
        )
        SELECT r.id, r.number, r.unit_id, r.state, t.id IS NOT NULL AND r.effective_from >= $3 AS touches,
            EXISTS (SELECT FROM rotation_moves m WHERE m.rotation_id = r.id AND m.cadre_id = $4) AS own
        FROM open o JOIN rotations r ON r.id = o.id LEFT JOIN touching t ON t.id = r.id ORDER BY r.number, r.id",
    )
    .bind::<Array<SqlUuid>, _>(units)
    .bind::<Array<SqlUuid>, _>(posts)
    .bind::<Date, _>(from)
    .bind::<Nullable<SqlUuid>, _>(asking)
    .bind::<Array<Text>, _>(open)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|CaseRow { id, number, unit_id, state, touches, own }| {
            let state = RotationState::of(&state)
                .ok_or_else(|| Error::internal(format!("rotation {id} has an unknown state")))?;
            Ok(OpenCase { id, number, unit_id, decided: state == RotationState::Decided, touches, own })
        })
        .collect()
}

/// Withdraws cases that are not decided; one that has been decided meanwhile is a conflict, for its decision is not ours.
pub async fn withdraw_undecided(tx: &mut Tx, ids: &[RotationId], reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().id);
    let undecided = RotationState::UNDECIDED.map(RotationState::name);
    let undecided = rotations::id.eq_any(ids).and(rotations::state.eq_any(undecided));
    let withdrawn = diesel::update(rotations::table.filter(undecided))
        .set((
            rotations::state.eq(RotationState::Withdrawn.name()),
            rotations::withdrawn_at.eq(now),
            rotations::withdrawn_by.eq(by),
            rotations::withdrawn_reason.eq(reason),
            rotations::version.eq(rotations::version + 1),
            rotations::updated_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    if withdrawn == ids.len() {
        Ok(())
    } else {
        Err(Error::new(code::CONFLICT).caused_by("a case to be withdrawn is decided, or ended"))
    }
}

/// Gives cases to other units to keep.
pub async fn move_cases(tx: &mut Tx, moves: &[(RotationId, Uuid)]) -> Result<()> {
    let ids: Vec<Uuid> = moves.iter().map(|(case, _)| case.0).collect();
    let units: Vec<Uuid> = moves.iter().map(|(_, unit)| *unit).collect();
    // The DSL cannot update from a list of rows.
    let now = tx.now();
    diesel::sql_query(
        "UPDATE rotations SET unit_id = v.destination, version = version + 1, updated_at = $3 \
         FROM unnest($1, $2) AS v (id, destination) WHERE rotations.id = v.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(units)
    .bind::<diesel::sql_types::Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
