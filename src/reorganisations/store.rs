//! Acts as they are read, what followed from them, and what goes elsewhere on their day.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{PlacementSubject, Reorganisation, ReorganisationChange, ReorganisationCount};
use crate::identity::Scope;
use crate::organisations::model::{ActId, ChangeKind, Share, UnitId};
use crate::platform::clock::day_of;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::schema::{
    organisation_acts, organisation_changes, reorganisation_counts, reorganisation_placements, scope_tree,
    unit_versions,
};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 5000;
/// Acts due at a time; the rest follow at the next turn.
const DUE: i64 = 50;

/// Changes that touch a unit in scope.
fn visible(scope: &Scope) -> organisation_changes::BoxedQuery<'static, diesel::pg::Pg> {
    let into = scope.units().select(scope_tree::unit_id.nullable());
    let touches = organisation_changes::unit_id
        .nullable()
        .eq_any(scope.units().select(scope_tree::unit_id.nullable()))
        .or(organisation_changes::into_unit_id.eq_any(into));
    organisation_changes::table.filter(touches.assume_not_null()).into_boxed()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organisation_acts)]
struct ActRow {
    id: ActId,
    number: String,
    title: String,
    issuer: String,
    legal_basis: Option<String>,
    decided_on: NaiveDate,
    effective_from: NaiveDate,
    created_at: DateTime<Utc>,
}

/// Puts acts together with their counts, in one more statement.
async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<ActRow>) -> Result<Vec<Reorganisation>> {
    let ids: Vec<ActId> = rows.iter().map(|row| row.id).collect();
    let counted: Vec<(ActId, String, i32)> = reorganisation_counts::table
        .filter(reorganisation_counts::act_id.eq_any(ids))
        .order((reorganisation_counts::act_id, reorganisation_counts::effect))
        .load(conn)
        .await?;
    let mut counts: HashMap<ActId, Vec<ReorganisationCount>> = HashMap::new();
    for (act, effect, how_many) in counted {
        counts.entry(act).or_default().push(ReorganisationCount { effect, how_many });
    }
    Ok(rows
        .into_iter()
        .map(|row| Reorganisation {
            counts: counts.remove(&row.id).unwrap_or_default(),
            back_dated: day_of(row.created_at) > row.effective_from,
            recorded_at: row.created_at,
            id: row.id,
            number: row.number,
            title: row.title,
            issuer: row.issuer,
            legal_basis: row.legal_basis,
            decided_on: row.decided_on,
            effective_from: row.effective_from,
            version: 1,
        })
        .collect())
}

/// Acts that touch a unit in scope, the latest day first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    paging: &Paging,
) -> Result<(Vec<Reorganisation>, Option<i64>)> {
    let seen = || organisation_acts::id.eq_any(visible(scope).select(organisation_changes::act_id));
    let mut query = organisation_acts::table.filter(seen()).select(ActRow::as_select()).into_boxed();
    if let (Some(day), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let same_day = organisation_acts::effective_from.eq(day).and(organisation_acts::id.lt(id));
        query = query.filter(organisation_acts::effective_from.lt(day).or(same_day));
    }
    let rows = query
        .order((organisation_acts::effective_from.desc(), organisation_acts::id.desc()))
        .limit(paging.fetch())
        .load(conn)
        .await?;
    let total =
        if paging.count { Some(organisation_acts::table.filter(seen()).count().get_result(conn).await?) } else { None };
    Ok((assemble(conn, rows).await?, total))
}

/// An act that touches a unit in scope.
pub async fn find(conn: &mut AsyncPgConnection, scope: &Scope, id: ActId) -> Result<Reorganisation> {
    let seen = visible(scope).filter(organisation_changes::act_id.eq(id)).select(organisation_changes::act_id);
    let rows = organisation_acts::table
        .filter(organisation_acts::id.eq(id).and(organisation_acts::id.eq_any(seen)))
        .select(ActRow::as_select())
        .load(conn)
        .await?;
    assemble(conn, rows).await?.pop().ok_or_else(Error::not_found)
}

#[derive(Queryable)]
struct ChangeRow {
    position: i32,
    kind: String,
    unit_id: UnitId,
    into_unit_id: Option<UnitId>,
    share: Option<String>,
    implied: bool,
}

/// What an act does to units in scope, in its order.
pub async fn changes(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    act: &Reorganisation,
    paging: &Paging,
) -> Result<(Vec<ReorganisationChange>, Option<i64>)> {
    let wanted = || visible(scope).filter(organisation_changes::act_id.eq(act.id));
    let mut query = wanted();
    if let Some(after) = paging.key::<i32>(0)? {
        query = query.filter(organisation_changes::position.gt(after));
    }
    let rows: Vec<ChangeRow> = query
        .order(organisation_changes::position)
        .limit(paging.fetch())
        .select((
            organisation_changes::position,
            organisation_changes::kind,
            organisation_changes::unit_id,
            organisation_changes::into_unit_id,
            organisation_changes::share,
            organisation_changes::implied,
        ))
        .load(conn)
        .await?;
    let total = if paging.count { Some(wanted().count().get_result(conn).await?) } else { None };
    let units: Vec<UnitId> = rows.iter().flat_map(|row| row.into_unit_id.into_iter().chain([row.unit_id])).collect();
    let versions: Vec<(UnitId, Period, String)> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(units))
        .order((unit_versions::unit_id, unit_versions::during))
        .select((unit_versions::unit_id, unit_versions::during, unit_versions::name))
        .load(conn)
        .await?;
    let mut called: HashMap<UnitId, Vec<(Period, String)>> = HashMap::new();
    for (unit, during, name) in versions {
        called.entry(unit).or_default().push((during, name));
    }
    let named = |unit: UnitId, on: NaiveDate| {
        let periods = called.get(&unit).map_or(&[][..], Vec::as_slice);
        let known = periods.iter().find(|(during, _)| during.holds(on)).or_else(|| periods.first());
        Ref::new(unit, known.map(|(_, name)| name.clone()).unwrap_or_default())
    };
    let (day, eve) = (act.effective_from, act.effective_from.pred_opt().unwrap_or(act.effective_from));
    let rows = rows.into_iter().map(|row| {
        let ChangeRow { position, kind, unit_id, into_unit_id, share, implied } = row;
        let unknown = || Error::internal(format!("a change of act {} has an unknown kind or share", act.id));
        Ok(ReorganisationChange {
            position,
            kind: ChangeKind::of(&kind).ok_or_else(unknown)?,
            unit: named(unit_id, eve),
            into: into_unit_id.map(|unit| named(unit, day)),
            share: share.map(|share| Share::of(&share).ok_or_else(unknown)).transpose()?,
            implied,
        })
    });
    Ok((rows.collect::<Result<_>>()?, total))
}

/// Keeps how many things an act changed.
pub async fn insert_counts(tx: &mut Tx, act: ActId, counts: &[ReorganisationCount]) -> Result<()> {
    let rows: Vec<_> = counts
        .iter()
        .map(|count| {
            (
                reorganisation_counts::act_id.eq(act),
                reorganisation_counts::effect.eq(&count.effect),
                reorganisation_counts::how_many.eq(count.how_many),
            )
        })
        .collect();
    diesel::insert_into(reorganisation_counts::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Something without periods that an act gives to another unit.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// A file or a course.
    pub subject: PlacementSubject,
    /// Which.
    pub id: Uuid,
    /// From which unit.
    pub from: Uuid,
    /// To which.
    pub to: Uuid,
}

/// Keeps what an act gives to other units; `placed`: it has gone.
pub async fn insert_passages(tx: &mut Tx, act: ActId, passages: &[Passage], placed: bool) -> Result<()> {
    let placed_at = placed.then(|| tx.now());
    for chunk in passages.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|passage| {
                (
                    reorganisation_placements::act_id.eq(act),
                    reorganisation_placements::subject.eq(passage.subject.name()),
                    reorganisation_placements::subject_id.eq(passage.id),
                    reorganisation_placements::from_unit_id.eq(passage.from),
                    reorganisation_placements::to_unit_id.eq(passage.to),
                    reorganisation_placements::placed_at.eq(placed_at),
                )
            })
            .collect();
        diesel::insert_into(reorganisation_placements::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Acts whose day has come and of which something has not gone where it should, oldest first.
pub async fn due(conn: &mut AsyncPgConnection, today: NaiveDate) -> Result<Vec<ActId>> {
    Ok(organisation_acts::table
        .filter(organisation_acts::effective_from.le(today))
        .filter(
            organisation_acts::id.eq_any(
                reorganisation_placements::table
                    .filter(reorganisation_placements::placed_at.is_null())
                    .select(reorganisation_placements::act_id),
            ),
        )
        .order((organisation_acts::effective_from, organisation_acts::id))
        .limit(DUE)
        .select(organisation_acts::id)
        .load(conn)
        .await?)
}

/// Takes what an act has still to give to other units: it counts as gone from then on.
pub async fn take_passages(tx: &mut Tx, act: ActId) -> Result<Vec<Passage>> {
    let now = tx.now();
    let waiting = reorganisation_placements::act_id.eq(act).and(reorganisation_placements::placed_at.is_null());
    let rows: Vec<(String, Uuid, Uuid, Uuid)> = diesel::update(reorganisation_placements::table.filter(waiting))
        .set(reorganisation_placements::placed_at.eq(now))
        .returning((
            reorganisation_placements::subject,
            reorganisation_placements::subject_id,
            reorganisation_placements::from_unit_id,
            reorganisation_placements::to_unit_id,
        ))
        .get_results(tx.conn())
        .await?;
    rows.into_iter()
        .map(|(subject, id, from, to)| {
            let subject = PlacementSubject::of(&subject)
                .ok_or_else(|| Error::internal(format!("act {act} places an unknown {subject}")))?;
            Ok(Passage { subject, id, from, to })
        })
        .collect()
}
