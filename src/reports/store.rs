//! Reading what the reports count: one statement each, over the tables of the rooms below.
//!
//! The statements are SQL as such: three grouping sets, ten filtered counts and conditions on the day of each single
//! event would be far harder to read in the query builder. Everything that varies is bound.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Count, ReportFrame, RotationGroup, Span, Tally, Telling, TrainingGroup};
use crate::identity::Scope;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::schema::{scope_tree, unit_versions};

/// A unit in scope.
pub async fn unit(conn: &mut AsyncPgConnection, scope: &Scope, id: Uuid) -> Result<Ref> {
    let label: String = scope_tree::table
        .filter(scope_tree::unit_id.eq(id).and(scope_tree::depth.eq(0)))
        .filter(scope_tree::unit_id.eq_any(scope.units()))
        .select(scope_tree::label)
        .first(conn)
        .await?;
    Ok(Ref::new(id, label))
}

/// The units whose people's sensitive fields may be seen in this scope.
pub async fn open_units(conn: &mut AsyncPgConnection, scope: Option<&Scope>) -> Result<Vec<Uuid>> {
    match scope {
        Some(scope) => Ok(scope.units().load(conn).await?),
        None => Ok(Vec::new()),
    }
}

/// What a row of the answer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slice {
    /// A kind, and a direction, year, level or unit of it.
    Detail(String, String),
    /// A kind.
    Kind(String),
    /// Everything.
    Overall,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    detail: Option<String>,
    #[diesel(sql_type = Integer)]
    folded: i32,
    #[diesel(sql_type = BigInt)]
    turns: i64,
    #[diesel(sql_type = BigInt)]
    persons: i64,
    #[diesel(sql_type = BigInt)]
    women_turns: i64,
    #[diesel(sql_type = BigInt)]
    women_persons: i64,
    #[diesel(sql_type = BigInt)]
    minority_turns: i64,
    #[diesel(sql_type = BigInt)]
    minority_persons: i64,
    #[diesel(sql_type = BigInt)]
    planning_turns: i64,
    #[diesel(sql_type = BigInt)]
    planning_persons: i64,
    #[diesel(sql_type = Bool)]
    all_open: bool,
}

impl TallyRow {
    fn sliced(self) -> (Slice, Tally) {
        let tally = Tally {
            total: Count { turns: self.turns, persons: self.persons },
            women: Count { turns: self.women_turns, persons: self.women_persons },
            minority: Count { turns: self.minority_turns, persons: self.minority_persons },
            in_planning: Count { turns: self.planning_turns, persons: self.planning_persons },
            open: self.all_open,
        };
        // The bits of GROUPING(kind, detail): 0 is a detail, 1 folds the details, 3 everything.
        let slice = match (self.folded, self.kind, self.detail) {
            (0, Some(kind), Some(detail)) => Slice::Detail(kind, detail),
            (1, Some(kind), _) => Slice::Kind(kind),
            _ => Slice::Overall,
        };
        (slice, tally)
    }
}

/// Counts what the last of these expressions, `event (kind, detail, cadre_id, day)`, holds; `$open` are the units whose
/// people's sensitive fields the caller may see.
///
/// The steps are materialized and the conditions on a day hashed: the planner takes those for far rarer than they are,
/// and a plain join went through all courses once for each pass (56 s for 60,000 passes, now below 1 s).
macro_rules! counted {
    ($open:literal, $($events:expr),+ $(,)?) => {
        concat!(
            "WITH RECURSIVE open_unit AS (SELECT unit_id FROM unnest(",
            $open,
            ") AS open (unit_id)), ",
            $($events,)+
            ", told AS (
                SELECT event.kind, event.detail, event.cadre_id,
                    c.sex = 'female' AS woman,
                    c.ethnic_group <> 'kinh' AS minority,
                    c.unit_id IN (SELECT unit_id FROM open_unit) AS open,
                    (event.cadre_id, event.day) IN (SELECT q.cadre_id, v.day FROM plannings q JOIN event v
                        ON v.cadre_id = q.cadre_id AND q.during @> v.day WHERE q.superseded_at IS NULL) AS planned
                FROM event JOIN cadres c ON c.id = event.cadre_id
            )
            SELECT kind, detail, GROUPING(kind, detail) AS folded,
                count(*) AS turns, count(DISTINCT cadre_id) AS persons,
                count(*) FILTER (WHERE woman) AS women_turns,
                count(DISTINCT cadre_id) FILTER (WHERE woman) AS women_persons,
                count(*) FILTER (WHERE minority) AS minority_turns,
                count(DISTINCT cadre_id) FILTER (WHERE minority) AS minority_persons,
                count(*) FILTER (WHERE planned) AS planning_turns,
                count(DISTINCT cadre_id) FILTER (WHERE planned) AS planning_persons,
                COALESCE(bool_and(open), EXISTS (SELECT FROM open_unit)) AS all_open
            FROM told GROUP BY GROUPING SETS ((kind, detail), (kind), ())"
        )
    };
}

/// From `touch (id, kind, detail, cadre_id, day, post_id, at)`, with the post by which each event is of the report's unit on
/// the day `at`, the `event` that is counted. By unit (`$4`), its detail is the administrative unit that the post was in on
/// that day, or, where rows are told in today's units (`$6`), the one that it has become today (`$7`).
///
/// Nothing is joined by the id of an event: the planner would take such a join for one of a few rows, and go through all
/// events once for each. What became of units is looked up in one object instead.
macro_rules! by_unit {
    () => {
        "placed AS MATERIALIZED (
            SELECT DISTINCT ON (t.id) t.kind, t.cadre_id, t.day, a.ancestor_id AS unit_id
            FROM touch t JOIN posts p ON p.id = t.post_id
                JOIN unit_ancestors a ON a.unit_id = p.unit_id AND a.during @> t.at
                JOIN units u ON u.id = a.ancestor_id AND u.kind IN ('country', 'province', 'district', 'commune')
            WHERE $4 = 'unit' ORDER BY t.id, a.depth
        ), next AS MATERIALIZED (
            SELECT DISTINCT ON (l.from_unit_id) l.from_unit_id, l.to_unit_id
            FROM unit_lineage l JOIN organisation_acts o ON o.id = l.act_id
            WHERE $6 AND l.share IN ('whole', 'part_main') AND o.effective_from <= $7
            ORDER BY l.from_unit_id, o.effective_from DESC, l.to_unit_id
        ), heir AS (
            SELECT unit_id AS origin, unit_id, 0 AS steps FROM placed GROUP BY unit_id
            UNION ALL
            SELECT h.origin, n.to_unit_id, h.steps + 1 FROM heir h JOIN next n ON n.from_unit_id = h.unit_id WHERE h.steps < 100
        ), heirs AS MATERIALIZED (
            SELECT jsonb_object_agg(origin, unit_id) AS map
            FROM (SELECT DISTINCT ON (origin) origin, unit_id FROM heir ORDER BY origin, steps DESC) last
        ), event AS MATERIALIZED (
            SELECT kind, detail, cadre_id, day FROM touch WHERE $4 <> 'unit'
            UNION ALL
            SELECT kind, (SELECT heirs.map FROM heirs) ->> unit_id::text, cadre_id, day FROM placed
        )"
    };
}

/// Moves that took effect in the span and touch the unit: a post there was left, by the tree of the day before, or
/// entered, by the tree of the day itself. A move within the unit is found twice and counts once, where it is entered.
const ROTATIONS: &str = counted!(
    "$5",
    "moved AS MATERIALIZED (
        SELECT m.id, m.kind, CASE $4 WHEN 'year' THEN date_part('year', r.effective_from)::integer::text ELSE m.direction END AS detail,
            m.cadre_id, m.from_post_id, m.to_post_id, r.effective_from AS day
        FROM rotations r JOIN rotation_moves m ON m.rotation_id = r.id
        WHERE r.state = 'effective' AND r.effective_from BETWEEN $2 AND $3
    ), below AS MATERIALIZED (
        SELECT p.id AS post_id, a.during FROM posts p JOIN unit_ancestors a ON a.unit_id = p.unit_id
        WHERE a.ancestor_id = $1
    ), touch AS MATERIALIZED (
        SELECT DISTINCT ON (id) id, kind, detail, cadre_id, day, post_id, at FROM (
            SELECT v.*, v.to_post_id AS post_id, v.day AS at
            FROM moved v JOIN below b ON b.post_id = v.to_post_id AND b.during @> v.day
            UNION ALL
            SELECT v.*, v.from_post_id, v.day - 1
            FROM moved v JOIN below b ON b.post_id = v.from_post_id AND b.during @> (v.day - 1)
        ) ends ORDER BY id, at DESC
    ), ",
    by_unit!(),
);

/// Passes in the span by people who held a full-time post in the unit on the day of the result. Nobody is counted twice:
/// neither full-time posts of a person nor placements of a unit overlap.
const TRAINING: &str = counted!(
    "$5",
    "passed AS MATERIALIZED (
        SELECT e.id, g.kind, g.level AS detail, e.cadre_id, e.result_on AS day
        FROM enrolments e JOIN courses o ON o.id = e.course_id JOIN programmes g ON g.id = o.programme_id
        WHERE e.state = 'passed' AND e.result_on BETWEEN $2 AND $3
    ), held AS MATERIALIZED (
        SELECT h.cadre_id, h.post_id, h.during * a.during AS during
        FROM appointments h JOIN posts p ON p.id = h.post_id JOIN unit_ancestors a ON a.unit_id = p.unit_id
        WHERE h.superseded_at IS NULL AND h.full_time AND a.ancestor_id = $1
    ), touch AS MATERIALIZED (
        SELECT passed.*, held.post_id, passed.day AS at
        FROM passed JOIN held ON held.cadre_id = passed.cadre_id AND held.during @> passed.day
    ), ",
    by_unit!(),
);

/// Binds what both statements take, in their order.
macro_rules! asked {
    ($statement:expr, $span:expr, $group:expr, $open:expr, $telling:expr) => {
        diesel::sql_query($statement)
            .bind::<SqlUuid, _>($span.unit)
            .bind::<Date, _>($span.from)
            .bind::<Date, _>($span.to)
            .bind::<Text, _>($group)
            .bind::<Array<SqlUuid>, _>($open)
            .bind::<Bool, _>($telling.frame == ReportFrame::Now)
            .bind::<Date, _>($telling.today)
    };
}

/// Counts moves, by kind and direction, year or unit.
pub async fn rotations(
    conn: &mut AsyncPgConnection,
    span: Span,
    telling: Telling<RotationGroup>,
    open: &[Uuid],
) -> Result<Vec<(Slice, Tally)>> {
    let group = match telling.group {
        RotationGroup::Direction => "direction",
        RotationGroup::Year => "year",
        RotationGroup::Unit => "unit",
    };
    let rows: Vec<TallyRow> = asked!(ROTATIONS, span, group, open, telling).load(conn).await?;
    Ok(rows.into_iter().map(TallyRow::sliced).collect())
}

/// Counts passes, by kind and level or unit.
pub async fn training(
    conn: &mut AsyncPgConnection,
    span: Span,
    telling: Telling<TrainingGroup>,
    open: &[Uuid],
) -> Result<Vec<(Slice, Tally)>> {
    let group = if telling.group == TrainingGroup::Unit { "unit" } else { "level" };
    let rows: Vec<TallyRow> = asked!(TRAINING, span, group, open, telling).load(conn).await?;
    Ok(rows.into_iter().map(TallyRow::sliced).collect())
}

/// Units by the names that they had on a day, or last before it, or first of all.
pub async fn unit_names(conn: &mut AsyncPgConnection, units: &[Uuid], on: NaiveDate) -> Result<HashMap<Uuid, Ref>> {
    let rows: Vec<(Uuid, Period, String)> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(units))
        .order((unit_versions::unit_id, unit_versions::during))
        .select((unit_versions::unit_id, unit_versions::during, unit_versions::name))
        .load(conn)
        .await?;
    let mut names: HashMap<Uuid, Ref> = HashMap::new();
    for (unit, during, name) in rows {
        // In order of time: the last that has begun wins.
        if during.from().is_none_or(|from| from <= on) || !names.contains_key(&unit) {
            names.insert(unit, Ref::new(unit, name));
        }
    }
    Ok(names)
}
