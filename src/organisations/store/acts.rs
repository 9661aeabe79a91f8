//! Acts: what they are, what they do to units, and the periods that they end and begin.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Range, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::CHUNK;
use crate::organisations::model::{Act, ActId, ChangeLine, LineageKind, Share, UnitId, UnitKind};
use crate::organisations::rules::Phase;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::schema::{organisation_acts, organisation_changes, unit_lineage, units};

/// Adds acts; `digest` is that of the content that was sent, where one was.
pub async fn insert_acts(tx: &mut Tx, acts: &[Act], digest: Option<&str>) -> Result<()> {
    let now = tx.now();
    let rows: Vec<_> = acts
        .iter()
        .map(|act| {
            (
                organisation_acts::id.eq(act.id),
                organisation_acts::number.eq(&act.number),
                organisation_acts::title.eq(&act.title),
                organisation_acts::issuer.eq(&act.issuer),
                organisation_acts::legal_basis.eq(&act.legal_basis),
                organisation_acts::decided_on.eq(act.decided_on),
                organisation_acts::effective_from.eq(act.effective_from),
                organisation_acts::content_digest.eq(digest),
                organisation_acts::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(organisation_acts::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// The act of a number, with the digest of its content.
pub async fn act_of_number(tx: &mut Tx, number: &str) -> Result<Option<(ActId, Option<String>)>> {
    Ok(organisation_acts::table
        .filter(organisation_acts::number.eq(number))
        .select((organisation_acts::id, organisation_acts::content_digest))
        .first(tx.conn())
        .await
        .optional()?)
}

/// Adds what acts do, each in its order.
pub async fn insert_lines(tx: &mut Tx, lines: &[(ActId, ChangeLine)]) -> Result<()> {
    let numbered: Vec<(i32, &(ActId, ChangeLine))> = (1..).zip(lines).collect();
    for chunk in numbered.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(position, (act, line))| {
                (
                    organisation_changes::act_id.eq(*act),
                    organisation_changes::position.eq(*position),
                    organisation_changes::kind.eq(line.kind.name()),
                    organisation_changes::unit_id.eq(line.unit),
                    organisation_changes::into_unit_id.eq(line.into.map(|(unit, _)| unit)),
                    organisation_changes::share.eq(line.into.map(|(_, share)| share.name())),
                    organisation_changes::implied.eq(line.implied),
                )
            })
            .collect();
        diesel::insert_into(organisation_changes::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}

/// An edge to be written.
#[derive(Clone, Copy)]
pub struct Edge {
    /// The unit that went.
    pub from: UnitId,
    /// Where to.
    pub to: UnitId,
    /// How.
    pub kind: LineageKind,
    /// How much.
    pub share: Share,
    /// By which act.
    pub act: ActId,
}

/// Adds edges of the lineage.
pub async fn insert_lineage(tx: &mut Tx, edges: &[Edge]) -> Result<()> {
    for chunk in edges.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|edge| {
                (
                    unit_lineage::from_unit_id.eq(edge.from),
                    unit_lineage::to_unit_id.eq(edge.to),
                    unit_lineage::kind.eq(edge.kind.name()),
                    unit_lineage::share.eq(edge.share.name()),
                    unit_lineage::act_id.eq(edge.act),
                )
            })
            .collect();
        diesel::insert_into(unit_lineage::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct PhaseRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    unit_id: UnitId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Range<Date>)]
    during: Period,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    unit_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    parent_id: Option<UnitId>,
}

/// All periods of these units, of everything above and below them, and of those that bear one of these codes.
pub async fn phases_around(tx: &mut Tx, named: &[UnitId], codes: &[&str]) -> Result<Vec<Phase>> {
    let rows: Vec<PhaseRow> = diesel::sql_query(
        "WITH wanted AS (
            SELECT unit_id AS id FROM unit_ancestors WHERE ancestor_id = ANY($1)
            UNION SELECT ancestor_id FROM unit_ancestors WHERE unit_id = ANY($1)
            UNION SELECT unit_id FROM unit_versions WHERE code = ANY($2)
        )
        SELECT v.id, v.unit_id, u.kind, v.during, v.name, v.code, v.unit_type, v.parent_id
        FROM wanted w JOIN unit_versions v ON v.unit_id = w.id JOIN units u ON u.id = w.id
        ORDER BY v.unit_id, v.during",
    )
    .bind::<Array<SqlUuid>, _>(named)
    .bind::<Array<Text>, _>(codes)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let PhaseRow { id, unit_id: unit, kind, during, name, code, unit_type, parent_id: parent } = row;
            let kind =
                UnitKind::of(&kind).ok_or_else(|| Error::internal(format!("unit {unit} has an unknown kind")))?;
            Ok(Phase { id, unit, kind, during, name, code, unit_type, parent })
        })
        .collect()
}

/// Ends periods before a day on which they hold.
pub async fn cut_versions(tx: &mut Tx, ids: &[Uuid], before: NaiveDate) -> Result<()> {
    // The bound of a range is no column of the DSL.
    diesel::sql_query("UPDATE unit_versions SET during = daterange(lower(during), $2) WHERE id = ANY($1)")
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Date, _>(before)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Counts the versions of units up.
pub async fn touch_units(tx: &mut Tx, ids: &[UnitId]) -> Result<()> {
    let now = tx.now();
    diesel::update(units::table.filter(units::id.eq_any(ids)))
        .set((units::version.eq(units::version + 1), units::updated_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}
