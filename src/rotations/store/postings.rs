//! Rotations and secondments as they are lived: moves that were decided, with the days that the appointments say.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::assembly::{assemble, rotation_rows};
use super::visible;
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::{self, PostId};
use crate::rotations::model::{
    EvaluationContent, EvaluationOccasion, MoveId, MoveKind, PaperKind, PlacementContent, PostingFacts, PostingRecord,
    PostingState, Rotation, RotationId, RotationState,
};
use crate::schema::{
    appointments, posts as post_rows, rotation_moves, rotation_papers, rotation_plans, rotation_policies, rotations,
    scope_tree,
};

/// The first day on which somebody is not away any more: after the last appointment by the case, or, from outside, when they hold
/// a full-time post again.
const END: &str = "(CASE WHEN rotation_moves.to_post_id IS NULL THEN \
    (SELECT min(lower(a.during)) FROM appointments a WHERE a.cadre_id = rotation_moves.cadre_id AND a.superseded_at IS NULL \
     AND a.full_time AND lower(a.during) > rotations.effective_from) \
    ELSE (SELECT CASE WHEN bool_or(upper_inf(a.during)) THEN NULL ELSE max(upper(a.during)) END FROM appointments a \
     WHERE a.rotation_id = rotations.id AND a.cadre_id = rotation_moves.cadre_id AND a.superseded_at IS NULL) END)";

const KINDS: [MoveKind; 2] = [MoveKind::Rotation, MoveKind::Secondment];
const STATES: [RotationState; 2] = [RotationState::Decided, RotationState::Effective];

/// Which postings of a list are wanted, as seen from a day.
pub struct PostingFilter {
    /// The day.
    pub day: NaiveDate,
    /// Where they stand on it.
    pub state: Option<PostingState>,
    /// Rotations or secondments.
    pub kind: Option<MoveKind>,
    /// Of this person.
    pub cadre: Option<Uuid>,
    /// From a post of this unit, or to one, and of everything below it.
    pub unit: Option<Uuid>,
}

/// The moves of postings in scope that a filter picks.
macro_rules! picked {
    ($scope:expr, $filter:expr) => {{
        let filter: &PostingFilter = $filter;
        let mut query = rotation_moves::table
            .inner_join(rotations::table)
            .filter(rotations::id.eq_any(visible($scope)))
            .filter(rotation_moves::kind.eq_any(KINDS.map(MoveKind::name)))
            .filter(rotations::state.eq_any(STATES.map(RotationState::name)))
            .into_boxed();
        if let Some(kind) = filter.kind {
            query = query.filter(rotation_moves::kind.eq(kind.name()));
        }
        if let Some(cadre) = filter.cadre {
            query = query.filter(rotation_moves::cadre_id.eq(cadre));
        }
        if let Some(unit) = filter.unit {
            let below = || {
                let units = scope_tree::table.filter(scope_tree::ancestor_id.eq(unit)).select(scope_tree::unit_id);
                post_rows::table.filter(post_rows::unit_id.eq_any(units)).select(post_rows::id.nullable())
            };
            let there = rotation_moves::to_post_id.eq_any(below()).or(rotation_moves::from_post_id.eq_any(below()));
            query = query.filter(there.assume_not_null());
        }
        let ended = |wanted: bool| {
            sql::<Bool>(&format!("COALESCE({END} <= "))
                .bind::<Date, _>(filter.day)
                .sql(", false) = ")
                .bind::<Bool, _>(wanted)
        };
        match filter.state {
            None => query,
            Some(PostingState::Coming) => query.filter(rotations::effective_from.gt(filter.day)),
            Some(PostingState::Current) => query.filter(rotations::effective_from.le(filter.day)).filter(ended(false)),
            Some(PostingState::Ended) => query.filter(rotations::effective_from.le(filter.day)).filter(ended(true)),
        }
    }};
}

/// Postings in scope, the latest first: each with its case.
pub async fn list_postings(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &PostingFilter,
    paging: &Paging,
) -> Result<(Vec<(Rotation, PostingFacts)>, Option<i64>)> {
    let mut query = picked!(scope, filter);
    if let (Some(day), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let same_day = rotations::effective_from.eq(day).and(rotation_moves::id.lt(id));
        query = query.filter(rotations::effective_from.lt(day).or(same_day));
    }
    let moves: Vec<(MoveId, RotationId)> = query
        .order((rotations::effective_from.desc(), rotation_moves::id.desc()))
        .limit(paging.fetch())
        .select((rotation_moves::id, rotation_moves::rotation_id))
        .load(conn)
        .await?;
    let total = if paging.count { Some(picked!(scope, filter).count().get_result(conn).await?) } else { None };
    let cases: BTreeSet<RotationId> = moves.iter().map(|(_, case)| *case).collect();
    let rows = rotation_rows!().filter(rotations::id.eq_any(cases)).load(conn).await?;
    let cases: HashMap<RotationId, Rotation> =
        assemble(conn, rows).await?.into_iter().map(|case| (case.id, case)).collect();
    let wanted = moves.iter().filter_map(|(id, case)| Some((cases.get(case)?, *id))).collect::<Vec<_>>();
    let facts = lived(conn, &wanted).await?;
    Ok((wanted.into_iter().map(|(case, _)| case.clone()).zip(facts).collect(), total))
}

/// A posting in scope, with its case.
pub async fn find_posting(conn: &mut AsyncPgConnection, scope: &Scope, id: MoveId) -> Result<(Rotation, PostingFacts)> {
    let case: RotationId = rotation_moves::table
        .inner_join(rotations::table)
        .filter(rotation_moves::id.eq(id).and(rotation_moves::kind.eq_any(KINDS.map(MoveKind::name))))
        .filter(rotations::state.eq_any(STATES.map(RotationState::name)))
        .select(rotation_moves::rotation_id)
        .first(conn)
        .await?;
    let case = super::find(conn, scope, case).await?;
    let facts = lived(conn, &[(&case, id)]).await?.pop().ok_or_else(Error::not_found)?;
    Ok((case, facts))
}

/// The posting that a case in sight began for a person, if it began one.
pub async fn posting_of(conn: &mut AsyncPgConnection, case: &Rotation, cadre: Uuid) -> Result<Option<PostingFacts>> {
    let step = case.moves.iter().find(|step| step.cadre.id == cadre && KINDS.contains(&step.kind));
    let Some(step) = step else { return Ok(None) };
    Ok(lived(conn, &[(case, step.id)]).await?.pop())
}

/// How these moves of cases are lived, in their order; three statements for any number.
async fn lived(conn: &mut AsyncPgConnection, wanted: &[(&Rotation, MoveId)]) -> Result<Vec<PostingFacts>> {
    let steps: Vec<_> =
        wanted.iter().filter_map(|(case, id)| Some((*case, case.moves.iter().find(|step| step.id == *id)?))).collect();
    let cases: Vec<Uuid> = steps.iter().map(|(case, _)| case.id.0).collect();
    let away: Vec<Uuid> =
        steps.iter().filter(|(_, step)| step.to_post.is_none()).map(|(_, step)| step.cadre.id).collect();
    let held: Vec<(Option<Uuid>, Uuid, PostId, Period, bool)> = appointments::table
        .filter(appointments::superseded_at.is_null())
        .filter(
            appointments::rotation_id.eq_any(cases.clone()).assume_not_null().or(appointments::cadre_id.eq_any(away)),
        )
        .order((sql::<Date>("lower(appointments.during)"), appointments::id))
        .select((
            appointments::rotation_id,
            appointments::cadre_id,
            appointments::post_id,
            appointments::during,
            appointments::full_time,
        ))
        .load(conn)
        .await?;
    let mut records = records(conn, &cases).await?;
    let last_post = |case: &Rotation, cadre: Uuid| {
        held.iter().rev().find(|one| one.0 == Some(case.id.0) && one.1 == cadre).map(|one| one.2)
    };
    let touched: Vec<PostId> = steps.iter().filter_map(|(case, step)| last_post(case, step.cadre.id)).collect();
    let seats = posts::seats(conn, &Scope::everything(), &touched).await?;
    let facts = |(case, step): &(&Rotation, &crate::rotations::model::RotationMove)| {
        let theirs = held.iter().filter(|one| one.1 == step.cadre.id);
        let by_case = theirs.clone().filter(|one| one.0 == Some(case.id.0));
        let to = if step.to_post.is_some() {
            by_case.map(|one| one.3.to()).max_by_key(|to| to.unwrap_or(NaiveDate::MAX)).flatten()
        } else {
            let back = theirs.filter(|one| one.4).filter_map(|one| one.3.from());
            back.filter(|from| *from > case.effective_from).min()
        };
        let post = last_post(case, step.cadre.id);
        let label = |post: PostId| seats.iter().find(|seat| seat.id == post).map(|seat| Ref::new(post, &*seat.label));
        PostingFacts {
            rotation: Ref::new(case.id.0, &*case.number),
            step: (*step).clone(),
            post: post.and_then(label).or_else(|| step.to_post.clone()),
            from: case.effective_from,
            to,
            record: records.remove(&(case.id.0, step.cadre.id)).unwrap_or_default(),
        }
    };
    Ok(steps.iter().map(facts).collect())
}

/// What is on record of the people of these cases after the effect.
async fn records(conn: &mut AsyncPgConnection, cases: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), PostingRecord>> {
    let kinds = [PaperKind::Evaluation, PaperKind::SelfReview, PaperKind::Placement].map(PaperKind::name);
    let rows: Vec<(Uuid, Option<Uuid>, String, Value)> = rotation_papers::table
        .filter(rotation_papers::rotation_id.eq_any(cases).and(rotation_papers::superseded_at.is_null()))
        .filter(rotation_papers::kind.eq_any(kinds))
        .select((
            rotation_papers::rotation_id,
            rotation_papers::cadre_id,
            rotation_papers::kind,
            rotation_papers::content,
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<(Uuid, Uuid), PostingRecord> = HashMap::new();
    for (case, cadre, kind, content) in rows {
        let Some(cadre) = cadre else { continue };
        let record = found.entry((case, cadre)).or_default();
        match PaperKind::of(&kind) {
            Some(PaperKind::Evaluation) => {
                let said: EvaluationContent = serde_json::from_value(content).map_err(Error::internal)?;
                record.evaluated_to = record.evaluated_to.max(Some(said.to));
                record.finally_evaluated |= said.occasion == EvaluationOccasion::Final;
            }
            Some(PaperKind::SelfReview) => record.self_reviewed = true,
            _ => {
                let PlacementContent { outcome, early_reason, .. } =
                    serde_json::from_value(content).map_err(Error::internal)?;
                (record.outcome, record.early_reason) = (Some(outcome), early_reason);
            }
        }
    }
    Ok(found)
}

/// Writes until when somebody is expected to stay.
pub async fn set_expected_end(tx: &mut Tx, id: MoveId, until: NaiveDate) -> Result<()> {
    diesel::update(rotation_moves::table.find(id))
        .set(rotation_moves::expected_end_on.eq(until))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Since when people are where these cases brought them, by case and person: an act may have put another post in the place of
/// the first.
pub async fn since(conn: &mut AsyncPgConnection, cases: &BTreeSet<Uuid>) -> Result<HashMap<(Uuid, Uuid), NaiveDate>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Option<Uuid>, Uuid, Period)> = appointments::table
        .filter(appointments::superseded_at.is_null())
        .filter(appointments::rotation_id.eq_any(cases).assume_not_null())
        .select((appointments::rotation_id, appointments::cadre_id, appointments::during))
        .load(conn)
        .await?;
    let mut found: HashMap<(Uuid, Uuid), NaiveDate> = HashMap::new();
    for (case, cadre, during) in rows {
        if let Some((case, from)) = case.zip(during.from()) {
            found.entry((case, cadre)).and_modify(|first| *first = from.min(*first)).or_insert(from);
        }
    }
    Ok(found)
}
