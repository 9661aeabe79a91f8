//! Reading what the reports count: one statement each, over the tables of the rooms below.
//!
//! The statements are SQL as such: three grouping sets, ten filtered counts and conditions on the day of each single
//! event would be far harder to read in the query builder. Everything that varies is bound.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Count, RotationGroup, Span, Tally};
use crate::identity::Scope;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::schema::scope_tree;

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
    /// A kind, and a direction, year or level of it.
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
    ($open:literal, $events:literal) => {
        concat!(
            "WITH open_unit AS (SELECT unit_id FROM unnest(",
            $open,
            ") AS open (unit_id)), ",
            $events,
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

/// Moves that took effect in the span and touch the unit: a post there was left, by the tree of the day before, or
/// entered, by the tree of the day itself. A move within the unit is found twice and counts once.
const ROTATIONS: &str = counted!(
    "$5",
    "moved AS MATERIALIZED (
        SELECT m.id, m.kind, m.direction, m.cadre_id, m.from_post_id, m.to_post_id, r.effective_from AS day
        FROM rotations r JOIN rotation_moves m ON m.rotation_id = r.id
        WHERE r.state = 'effective' AND r.effective_from BETWEEN $2 AND $3
    ), below AS MATERIALIZED (
        SELECT p.id AS post_id, a.during FROM posts p JOIN unit_ancestors a ON a.unit_id = p.unit_id
        WHERE a.ancestor_id = $1
    ), event AS MATERIALIZED (
        SELECT kind, CASE WHEN $4 THEN date_part('year', day)::integer::text ELSE direction END AS detail, cadre_id, day
        FROM moved WHERE id IN (
            SELECT v.id FROM moved v JOIN below b ON b.post_id = v.to_post_id AND b.during @> v.day
            UNION ALL
            SELECT v.id FROM moved v JOIN below b ON b.post_id = v.from_post_id AND b.during @> (v.day - 1))
    )"
);

/// Passes in the span by people who held a full-time post in the unit on the day of the result. Nobody is counted twice:
/// neither full-time posts of a person nor placements of a unit overlap.
const TRAINING: &str = counted!(
    "$4",
    "passed AS MATERIALIZED (
        SELECT g.kind, g.level AS detail, e.cadre_id, e.result_on AS day
        FROM enrolments e JOIN courses o ON o.id = e.course_id JOIN programmes g ON g.id = o.programme_id
        WHERE e.state = 'passed' AND e.result_on BETWEEN $2 AND $3
    ), held AS MATERIALIZED (
        SELECT h.cadre_id, h.during * a.during AS during
        FROM appointments h JOIN posts p ON p.id = h.post_id JOIN unit_ancestors a ON a.unit_id = p.unit_id
        WHERE h.superseded_at IS NULL AND h.full_time AND a.ancestor_id = $1
    ), event AS MATERIALIZED (
        SELECT passed.* FROM passed JOIN held ON held.cadre_id = passed.cadre_id AND held.during @> passed.day
    )"
);

/// Counts moves, by kind and direction or year.
pub async fn rotations(
    conn: &mut AsyncPgConnection,
    span: Span,
    group: RotationGroup,
    open: &[Uuid],
) -> Result<Vec<(Slice, Tally)>> {
    let rows: Vec<TallyRow> = diesel::sql_query(ROTATIONS)
        .bind::<SqlUuid, _>(span.unit)
        .bind::<Date, _>(span.from)
        .bind::<Date, _>(span.to)
        .bind::<Bool, _>(group == RotationGroup::Year)
        .bind::<Array<SqlUuid>, _>(open)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(TallyRow::sliced).collect())
}

/// Counts passes, by kind and level.
pub async fn training(conn: &mut AsyncPgConnection, span: Span, open: &[Uuid]) -> Result<Vec<(Slice, Tally)>> {
    let rows: Vec<TallyRow> = diesel::sql_query(TRAINING)
        .bind::<SqlUuid, _>(span.unit)
        .bind::<Date, _>(span.from)
        .bind::<Date, _>(span.to)
        .bind::<Array<SqlUuid>, _>(open)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(TallyRow::sliced).collect())
}
