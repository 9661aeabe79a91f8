//! What a planning is held against.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Range};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::cadres::model::{NewPlanning, Planned, PlanningFacts, PlanningId};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::posts::{Level, TitleId};
use crate::schema::{appointments, plannings, posts, titles};

fn planned((level, rank_order): (String, i32)) -> Result<Planned> {
    let level = Level::of(&level).ok_or_else(|| Error::internal(format!("a title has the unknown level {level}")))?;
    Ok(Planned { level, rank_order })
}

/// The facts about a planning; `beside` is the one that it corrects. None: there is no such title.
pub async fn planning_facts(
    tx: &mut Tx,
    of: &NewPlanning,
    beside: Option<PlanningId>,
) -> Result<Option<PlanningFacts>> {
    let wanted: Option<(String, i32)> = titles::table
        .find(of.title_id)
        .select((titles::level, titles::rank_order))
        .first(tx.conn())
        .await
        .optional()?;
    let Some(wanted) = wanted else { return Ok(None) };
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
    let others: i64 = plannings::table
        .filter(plannings::title_id.eq(of.title_id).and(plannings::superseded_at.is_null()))
        .filter(plannings::cadre_id.ne(of.cadre_id))
        .filter(meets())
        .select(diesel::dsl::count(plannings::cadre_id).aggregate_distinct())
        .first(tx.conn())
        .await?;
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
        wanted: planned(wanted)?,
        titles: beside_it.into_iter().map(|(_, level, rank)| planned((level, rank))).collect::<Result<_>>()?,
        others,
        held: held.map(planned).transpose()?,
    }))
}
