//! What a planning is held against.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Range, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::cadres::model::{NewPlanning, Planned, PlanningFacts, PlanningId};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::posts::{Level, TitleId};
use crate::schema::{appointments, plannings, posts, titles};

fn planned((level, rank_order): (String, i32)) -> Result<Planned> {
    let level = Level::of(&level).ok_or_else(|| Error::internal(format!("a title has the unknown level {level}")))?;
    Ok(Planned { level, rank_order })
}

/// Where each of these titles stands.
pub async fn title_places(conn: &mut AsyncPgConnection, ids: &[TitleId]) -> Result<HashMap<TitleId, Planned>> {
    let rows: Vec<(TitleId, String, i32)> = titles::table
        .filter(titles::id.eq_any(ids))
        .select((titles::id, titles::level, titles::rank_order))
        .load(conn)
        .await?;
    rows.into_iter().map(|(id, level, rank)| Ok((id, planned((level, rank))?))).collect()
}

#[derive(QueryableByName)]
struct Crowd {
    #[diesel(sql_type = BigInt)]
    people: i64,
}

/// How many people but `beside` are planned for each of these titles at some time of its period, in their order: one
/// query, however many they are.
pub async fn planned_people(tx: &mut Tx, of: &[(TitleId, Period)], beside: Option<Uuid>) -> Result<Vec<i64>> {
    let ids: Vec<Uuid> = of.iter().map(|(title, _)| title.0).collect();
    let (from, to): (Vec<Option<NaiveDate>>, Vec<Option<NaiveDate>>) =
        of.iter().map(|(_, during)| (during.from(), during.to())).unzip();
    let rows: Vec<Crowd> = diesel::sql_query(
        "SELECT (SELECT count(DISTINCT p.cadre_id) FROM plannings p WHERE p.title_id = w.title AND p.superseded_at IS NULL \
           AND p.cadre_id IS DISTINCT FROM $4 AND p.during && daterange(w.first, w.next)) AS people \
         FROM unnest($1, $2, $3) WITH ORDINALITY AS w (title, first, next, at) ORDER BY w.at",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Nullable<Date>>, _>(from)
    .bind::<Array<Nullable<Date>>, _>(to)
    .bind::<Nullable<SqlUuid>, _>(beside)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.people).collect())
}

/// The facts about a planning; `beside` is the one that it corrects. None: there is no such title.
pub async fn planning_facts(
    tx: &mut Tx,
    of: &NewPlanning,
    beside: Option<PlanningId>,
) -> Result<Option<PlanningFacts>> {
    let Some(wanted) = title_places(tx.conn(), &[of.title_id]).await?.remove(&of.title_id) else { return Ok(None) };
    let beside = beside.map_or(Uuid::nil(), |id| id.0);
    let meets = || sql::<Bool>("plannings.during && ").bind::<Range<Date>, _>(of.during);
    let other =
        || sql::<Bool>("COALESCE(plannings.entry_id, plannings.id) <> ").bind::<diesel::sql_types::Uuid, _>(beside);
    let beside_it: Vec<(TitleId, String, i32)> = plannings::table
        .inner_join(titles::table)
        .filter(plannings::cadre_id.eq(of.cadre_id).and(plannings::superseded_at.is_null()))
        .filter(plannings::title_id.ne(of.title_id))
        .filter(meets())
        .filter(other())
        .distinct()
        .select((titles::id, titles::level, titles::rank_order))
        .load(tx.conn())
        .await?;
    let others = planned_people(tx, &[(of.title_id, of.during)], Some(of.cadre_id.0)).await?;
    let held: Option<(String, i32)> = match of.during.from() {
        None => None,
        Some(from) => appointments::table
            .inner_join(posts::table.inner_join(titles::table))
            .filter(appointments::cadre_id.eq(of.cadre_id.0).and(appointments::superseded_at.is_null()))
            .filter(appointments::full_time.and(appointments::during.contains(from)))
            .select((titles::level, titles::rank_order))
            .first(tx.conn())
            .await
            .optional()?,
    };
    Ok(Some(PlanningFacts {
        wanted,
        titles: beside_it.into_iter().map(|(_, level, rank)| planned((level, rank))).collect::<Result<_>>()?,
        others: others.into_iter().next().unwrap_or_default(),
        held: held.map(planned).transpose()?,
    }))
}
