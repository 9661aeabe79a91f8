//! Reading what comes: one statement over the tables of the rooms below, each part of it by an index on the day.
//!
//! SQL as such, as in the reports: ten kinds of days from as many tables are put in one order, and the words of what they
//! are about are looked up for the page alone. Everything that varies is bound.

use chrono::{Days, Months, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{CalendarEventKind, Grounds, Occasion, Wish};
use crate::identity::Scope;
use crate::platform::error::{Error, Result};
use crate::platform::http::page::Ref;
use crate::regulations::citation;

/// The units of a scope.
pub async fn units(conn: &mut AsyncPgConnection, scope: &Scope) -> Result<Vec<Uuid>> {
    Ok(scope.units().load(conn).await?)
}

/// The units that a case touches, by which it may be seen: that which keeps it, and those of its posts.
macro_rules! touched {
    () => {
        "ARRAY(SELECT r.unit_id UNION SELECT q.unit_id FROM rotation_moves m JOIN posts q
            ON q.id = ANY (ARRAY[m.from_post_id, m.to_post_id]) WHERE m.rotation_id = r.id)"
    };
}

/// The seat of the appointment `a`, looked up one by one: the planner knows nothing of how many days a span has, and would go
/// through all posts (so also where people, and who holds a post, are found below).
macro_rules! seat {
    () => {
        "LATERAL (SELECT q.unit_id, q.term_months FROM posts q WHERE q.id = a.post_id OFFSET 0) AS p"
    };
}

/// What is told of everything that happens between `$1` and `$2`: in the units `$3`, each by the permissions `$4` that hold
/// there; of the kind `$5`; in the unit `$6`; by the months `$7` of rotations that began between `$8` and `$9`, by the cohorts
/// `$10` to `$13` and by what is decided on the day `$14`; with values of law if `$15`.
///
/// What touches several units is told to who may see one of them. The months of a term are those of the post: each length
/// that there is, found by an index, is asked for alone, so that the days on which such terms began are a range. Months
/// differ in length: the ranges are wider by three days, and the day itself decides.
macro_rules! told {
    ($($rest:literal)+) => {
        concat!("WITH RECURSIVE seen AS MATERIALIZED (
            SELECT unit_id, mask FROM unnest($3, $4) AS s (unit_id, mask)
        ), terms (months) AS (
            SELECT min(term_months) FROM posts WHERE term_months IS NOT NULL
            UNION ALL
            SELECT (SELECT min(p.term_months) FROM posts p WHERE p.term_months IS NOT NULL AND p.term_months > t.months)
            FROM terms t WHERE t.months IS NOT NULL
        ), event (kind, day, id, mask, cadre_id, cadre, post_id, unit_id, rotation_id, course_id, act_id, title, decided, touched) AS (
            SELECT 'case_effective', r.effective_from, r.id, 1, NULL::uuid, NULL::text, NULL::uuid, r.unit_id, r.id, NULL::uuid,
                NULL::uuid, r.number || ': ' || r.subject, true, ", touched!(), "
            FROM rotations r
            WHERE ($5 IS NULL OR $5 = 'case_effective') AND r.state IN ('decided', 'effective') AND r.effective_from BETWEEN $1 AND $2
            UNION ALL
            SELECT 'expected_end', e.expected_end_on, e.id, 1, a.cadre_id, a.cadre_name, a.post_id, p.unit_id, r.id, NULL, NULL, r.number,
                true, ", touched!(), "
            FROM rotation_moves e JOIN rotations r ON r.id = e.rotation_id AND r.state IN ('decided', 'effective')
                JOIN appointments a ON a.rotation_id = r.id AND a.cadre_id = e.cadre_id AND a.superseded_at IS NULL
                    AND a.during @> e.expected_end_on
                CROSS JOIN ", seat!(), "
            WHERE ($5 IS NULL OR $5 = 'expected_end') AND e.expected_end_on BETWEEN $1 AND $2
            UNION ALL
            SELECT 'rotation_minimum', d.day, a.id, 1, a.cadre_id, a.cadre_name, a.post_id, p.unit_id, a.rotation_id, NULL, NULL, '', false,
                ARRAY[p.unit_id]
            FROM appointments a CROSS JOIN ", seat!(), "
                CROSS JOIN LATERAL (SELECT (lower(a.during) + make_interval(months => $7))::date) AS d (day)
            WHERE ($5 IS NULL OR $5 = 'rotation_minimum') AND a.superseded_at IS NULL AND a.basis = 'rotated'
                AND lower(a.during) BETWEEN $8 AND $9 AND d.day BETWEEN $1 AND $2 AND a.during @> d.day
            UNION ALL
            SELECT 'term_end', d.day, a.id, 2, a.cadre_id, a.cadre_name, a.post_id, p.unit_id, a.rotation_id, NULL, NULL, '', true,
                ARRAY[p.unit_id]
            FROM terms t
                CROSS JOIN LATERAL (SELECT h.id, h.cadre_id, h.cadre_name, h.post_id, h.rotation_id, h.during FROM appointments h
                    WHERE h.superseded_at IS NULL AND lower(h.during) >= ($1 - make_interval(months => t.months))::date - 3
                        AND lower(h.during) <= ($2 - make_interval(months => t.months))::date + 3 OFFSET 0) AS a
                CROSS JOIN ", seat!(), "
                CROSS JOIN LATERAL (SELECT (lower(a.during) + make_interval(months => t.months))::date - 1) AS d (day)
            WHERE ($5 IS NULL OR $5 = 'term_end') AND p.term_months = t.months AND d.day BETWEEN $1 AND $2 AND a.during @> d.day
            UNION ALL
            SELECT 'appointment_end', upper(a.during) - 1, a.id, 2, a.cadre_id, a.cadre_name, a.post_id, p.unit_id, a.rotation_id, NULL, NULL,
                '', true, ARRAY[p.unit_id]
            FROM appointments a CROSS JOIN ", seat!(), "
            WHERE ($5 IS NULL OR $5 = 'appointment_end') AND a.superseded_at IS NULL AND NOT upper_inf(a.during)
                AND upper(a.during) BETWEEN $1 + 1 AND $2 + 1 AND a.ended_by_rotation_id IS NULL
            UNION ALL
            SELECT 'retirement', k.last_day, c.id, 4, c.id, c.full_name, NULL, c.unit_id, NULL, NULL, NULL, '', false, ARRAY[c.unit_id]
            FROM unnest($10, $11, $12, $13) AS k (sex, born_from, born_until, last_day)
                CROSS JOIN LATERAL (SELECT f.id, f.full_name, f.unit_id FROM cadres f WHERE f.born_on >= k.born_from
                    AND f.born_on < k.born_until AND f.sex = k.sex AND f.status = 'active' OFFSET 0) AS c
            WHERE ($5 IS NULL OR $5 = 'retirement')
                AND NOT EXISTS (SELECT FROM decided_retirements d WHERE d.cadre_id = c.id AND d.during @> $14)
            UNION ALL
            SELECT 'retirement', d.retires_on, c.id, 4, c.id, c.full_name, NULL, c.unit_id, NULL, NULL, NULL, '', true, ARRAY[c.unit_id]
            FROM decided_retirements d JOIN cadres c ON c.id = d.cadre_id
            WHERE ($5 IS NULL OR $5 = 'retirement') AND c.status = 'active' AND d.during @> $14 AND d.retires_on BETWEEN $1 AND $2
            UNION ALL
            SELECT 'course_begin', lower(o.during), o.id, 8, NULL, NULL, NULL, o.unit_id, NULL, o.id, NULL, o.code || ': ' || o.name, true,
                ARRAY[o.unit_id]
            FROM courses o WHERE ($5 IS NULL OR $5 = 'course_begin') AND lower(o.during) BETWEEN $1 AND $2
            UNION ALL
            SELECT 'course_end', upper(o.during) - 1, o.id, 8, NULL, NULL, NULL, o.unit_id, NULL, o.id, NULL, o.code || ': ' || o.name, true,
                ARRAY[o.unit_id]
            FROM courses o WHERE ($5 IS NULL OR $5 = 'course_end') AND upper(o.during) BETWEEN $1 + 1 AND $2 + 1
            UNION ALL
            SELECT 'reorganisation', o.effective_from, o.id, 16, NULL, NULL, NULL, NULL, NULL, NULL, o.id, o.number || ': ' || o.title, true,
                ARRAY(SELECT g.unit_id FROM organisation_changes g WHERE g.act_id = o.id
                    UNION SELECT g.into_unit_id FROM organisation_changes g WHERE g.act_id = o.id)
            FROM organisation_acts o WHERE ($5 IS NULL OR $5 = 'reorganisation') AND o.effective_from BETWEEN $1 AND $2
        ), told AS (
            SELECT DISTINCT ON (e.day, e.kind, e.id) e.kind, e.day, e.id, e.cadre_id, e.cadre, e.post_id, e.unit_id, e.rotation_id,
                e.course_id, e.act_id, NULL::uuid AS regulation_id, e.title, e.decided, NULL::text AS instrument, NULL::text AS article,
                NULL::boolean AS confirmed
            FROM event e CROSS JOIN LATERAL unnest(e.touched) AS t (unit_id) JOIN seen s ON s.unit_id = t.unit_id
            WHERE s.mask & e.mask <> 0 AND ($6 IS NULL OR EXISTS (SELECT FROM unit_ancestors b WHERE b.ancestor_id = $6
                AND b.unit_id = t.unit_id AND b.during && daterange(e.day - 1, e.day, '[]')))
            UNION ALL
            SELECT 'regulation_end', upper(g.during) - 1, g.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, g.id, g.key, false,
                g.instrument, g.article, g.confirmed
            FROM regulations g
            WHERE $15 AND ($5 IS NULL OR $5 = 'regulation_end') AND g.superseded_at IS NULL AND upper(g.during) BETWEEN $1 + 1 AND $2 + 1
        ) ", $($rest),+)
    };
}

/// After the event `$16`, `$17`, `$18`, and `$19` of them.
const PAGE: &str = told!(
    ", page AS (
        SELECT * FROM told
        WHERE $16 IS NULL OR (day, kind COLLATE \"C\", id) > ($16, $17, $18)
        ORDER BY day, kind COLLATE \"C\", id LIMIT $19
    )
    SELECT g.kind, g.day, g.id, g.cadre_id, g.cadre, p.id AS post_id,
        t.name_vi || ', ' || COALESCE(w.name, x.label) AS post, g.unit_id, COALESCE(v.name, y.label) AS unit,
        g.rotation_id, r.number AS rotation, g.course_id, g.act_id, g.regulation_id, g.title, g.decided, g.instrument, g.article,
        g.confirmed
    FROM page g
        LEFT JOIN LATERAL (SELECT a.post_id FROM appointments a WHERE g.kind = 'retirement' AND a.cadre_id = g.cadre_id
            AND a.superseded_at IS NULL AND a.full_time AND a.during @> g.day OFFSET 0) AS h ON true
        LEFT JOIN LATERAL (SELECT q.id, q.title_id, q.unit_id FROM posts q WHERE q.id = COALESCE(g.post_id, h.post_id) OFFSET 0)
            AS p ON true
        LEFT JOIN titles t ON t.id = p.title_id
        LEFT JOIN unit_versions w ON w.unit_id = p.unit_id AND w.during @> g.day
        LEFT JOIN scope_tree x ON x.unit_id = p.unit_id AND x.depth = 0
        LEFT JOIN unit_versions v ON v.unit_id = g.unit_id AND v.during @> g.day
        LEFT JOIN scope_tree y ON y.unit_id = g.unit_id AND y.depth = 0
        LEFT JOIN rotations r ON r.id = g.rotation_id
    ORDER BY g.day, g.kind COLLATE \"C\", g.id"
);

const COUNT: &str = told!("SELECT count(*) AS total FROM told");

#[derive(QueryableByName)]
struct TotalRow {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    cadre_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    cadre: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    post_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    post: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    unit_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    rotation_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    rotation: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    course_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    act_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    regulation_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Bool)]
    decided: bool,
    #[diesel(sql_type = Nullable<Text>)]
    instrument: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    article: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    confirmed: Option<bool>,
}

impl EventRow {
    fn occasion(self) -> Result<Occasion> {
        let kind = CalendarEventKind::of(&self.kind)
            .ok_or_else(|| Error::internal(format!("the calendar reads the unknown kind {}", self.kind)))?;
        let named = |id: Option<Uuid>, label: Option<String>| Some(Ref::new(id?, label.unwrap_or_default()));
        let cited = self.instrument.map(|instrument| citation(&instrument, self.article.as_deref()));
        Ok(Occasion {
            day: self.day,
            kind,
            id: self.id,
            unit: named(self.unit_id, self.unit),
            cadre: named(self.cadre_id, self.cadre),
            post: named(self.post_id, self.post),
            rotation: named(self.rotation_id, self.rotation),
            course: named(self.course_id, Some(self.title.clone())),
            reorganisation: named(self.act_id, Some(self.title.clone())),
            regulation: named(self.regulation_id, Some(self.title.clone())),
            title: self.title,
            citation: cited.zip(self.confirmed),
            decided: self.decided,
        })
    }
}

/// The days on which rotations began that reach their least months in the span.
fn rotations_began(wish: &Wish, months: u32) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let before = |day: NaiveDate| day.checked_sub_months(Months::new(months));
    let slack = Days::new(3);
    let from = before(wish.from).and_then(|day| day.checked_sub_days(slack));
    (from, before(wish.to).and_then(|day| day.checked_add_days(slack)))
}

/// Binds what both statements take, in their order.
macro_rules! asked {
    ($statement:expr, $seen:expr, $wish:expr, $grounds:expr) => {{
        let (wish, grounds): (&Wish, &Grounds) = ($wish, $grounds);
        let (units, masks): (Vec<Uuid>, Vec<i32>) = $seen.iter().copied().unzip();
        let months = grounds.rotation.as_ref().map(|months| months.value);
        let began = months.map(|months| rotations_began(wish, months)).unwrap_or_default();
        let cohorts = &grounds.retiring;
        diesel::sql_query($statement)
            .bind::<Date, _>(wish.from)
            .bind::<Date, _>(wish.to)
            .bind::<Array<SqlUuid>, _>(units)
            .bind::<Array<Integer>, _>(masks)
            .bind::<Nullable<Text>, _>(wish.kind.map(CalendarEventKind::name))
            .bind::<Nullable<SqlUuid>, _>(wish.unit)
            .bind::<Nullable<Integer>, _>(months.and_then(|months| i32::try_from(months).ok()))
            .bind::<Nullable<Date>, _>(began.0)
            .bind::<Nullable<Date>, _>(began.1)
            .bind::<Array<Text>, _>(cohorts.iter().map(|one| one.sex.name()).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(cohorts.iter().map(|one| one.born_from).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(cohorts.iter().map(|one| one.born_until).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(cohorts.iter().map(|one| one.last_day).collect::<Vec<_>>())
            .bind::<Date, _>(grounds.today)
            .bind::<Bool, _>(grounds.regulations)
    }};
}

/// What a page begins after.
pub type After = (NaiveDate, String, Uuid);

/// Events in these units, each seen by the permissions that hold there, in the order of days, kinds and ids.
pub async fn events(
    conn: &mut AsyncPgConnection,
    seen: &[(Uuid, i32)],
    wish: &Wish,
    grounds: &Grounds,
    after: Option<After>,
    most: i64,
) -> Result<Vec<Occasion>> {
    let (day, kind, id) = match after {
        Some((day, kind, id)) => (Some(day), Some(kind), Some(id)),
        None => (None, None, None),
    };
    let rows: Vec<EventRow> = asked!(PAGE, seen, wish, grounds)
        .bind::<Nullable<Date>, _>(day)
        .bind::<Nullable<Text>, _>(kind)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<BigInt, _>(most)
        .load(conn)
        .await?;
    rows.into_iter().map(EventRow::occasion).collect()
}

/// How many there are.
pub async fn count(conn: &mut AsyncPgConnection, seen: &[(Uuid, i32)], wish: &Wish, grounds: &Grounds) -> Result<i64> {
    let row: TotalRow = asked!(COUNT, seen, wish, grounds).get_result(conn).await?;
    Ok(row.total)
}
