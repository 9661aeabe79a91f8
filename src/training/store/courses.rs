//! Courses, with how many are on them.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::CHUNK;
use super::programmes::kind_of;
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::schema::{courses, programmes, scope_tree, unit_ancestors, unit_versions};
use crate::training::model::{Course, CourseId, NewCourseRow, ProgrammeId, TrainingKind};

#[derive(Queryable)]
struct CourseRow {
    id: CourseId,
    code: String,
    name: String,
    programme_id: ProgrammeId,
    programme: String,
    kind: String,
    level: String,
    institution: String,
    unit_id: Uuid,
    unit: String,
    during: Period,
    seats: i32,
    enrolled: i64,
    passed: i64,
    failed: i64,
    withdrawn: i64,
    version: i32,
}

impl CourseRow {
    fn seen_from(self, today: NaiveDate) -> Result<Course> {
        let taken = self.enrolled + self.passed + self.failed;
        Ok(Course {
            id: self.id,
            code: self.code,
            name: self.name,
            programme: Ref::new(self.programme_id, self.programme),
            kind: kind_of(&self.kind)?,
            level: self.level,
            institution: self.institution,
            unit: Ref::new(self.unit_id, self.unit),
            during: self.during,
            timeline: self.during.timeline(today),
            seats: self.seats,
            free_seats: i64::from(self.seats).saturating_sub(taken).max(0),
            enrolled: self.enrolled,
            passed: self.passed,
            failed: self.failed,
            withdrawn: self.withdrawn,
            version: self.version,
        })
    }
}

/// How many enrolments of a course stand so.
macro_rules! standing {
    ($state:literal) => {
        sql::<BigInt>(concat!(
            "(SELECT count(*) FROM enrolments e WHERE e.course_id = courses.id AND e.state = '",
            $state,
            "')"
        ))
    };
}

macro_rules! course_rows {
    ($scope:expr) => {
        courses::table
            .inner_join(programmes::table)
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(courses::unit_id).and(scope_tree::depth.eq(0))))
            .filter(courses::unit_id.eq_any($scope.units()))
            .select((
                courses::id,
                courses::code,
                courses::name,
                programmes::id,
                programmes::name,
                programmes::kind,
                programmes::level,
                courses::institution,
                courses::unit_id,
                scope_tree::label,
                courses::during,
                courses::seats,
                standing!("enrolled"),
                standing!("passed"),
                standing!("failed"),
                standing!("withdrawn"),
                courses::version,
            ))
    };
}

/// Which courses.
#[derive(Clone, Copy, Debug)]
pub struct CourseFilter {
    /// Seen from this day.
    pub day: NaiveDate,
    /// Only those that run on the day.
    pub on_the_day: bool,
    /// Of one programme.
    pub programme: Option<ProgrammeId>,
    /// Of one kind.
    pub kind: Option<TrainingKind>,
    /// Opened by this unit or one below it on the day.
    pub unit: Option<Uuid>,
}

/// Adds the conditions of a filter to a boxed query that has `courses` and `programmes` in it.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: CourseFilter = $filter;
        let mut query = $query;
        if filter.on_the_day {
            query = query.filter(courses::during.contains(filter.day));
        }
        if let Some(programme) = filter.programme {
            query = query.filter(courses::programme_id.eq(programme));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(programmes::kind.eq(kind.name()));
        }
        if let Some(unit) = filter.unit {
            let below = unit_ancestors::table
                .filter(unit_ancestors::ancestor_id.eq(unit).and(unit_ancestors::during.contains(filter.day)))
                .select(unit_ancestors::unit_id);
            query = query.filter(courses::unit_id.eq_any(below));
        }
        query
    }};
}

/// Courses of units in scope, those that begin last first.
pub async fn list_courses(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: CourseFilter,
    paging: &Paging,
) -> Result<(Vec<Course>, Option<i64>)> {
    let mut query = filtered!(course_rows!(scope).into_boxed(), filter);
    if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let later = sql::<Bool>("(lower(courses.during), courses.id) < (")
            .bind::<Date, _>(from)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        query = query.filter(later);
    }
    let rows: Vec<CourseRow> = query
        .order((sql::<Date>("lower(courses.during)").desc(), courses::id.desc()))
        .limit(paging.fetch())
        .load(conn)
        .await?;
    let total = if paging.count {
        let all = courses::table.inner_join(programmes::table).filter(courses::unit_id.eq_any(scope.units()));
        Some(filtered!(all.into_boxed(), filter).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((rows.into_iter().map(|row| row.seen_from(filter.day)).collect::<Result<_>>()?, total))
}

/// A course of a unit in scope.
pub async fn find_course(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: CourseId,
    today: NaiveDate,
) -> Result<Course> {
    let row: CourseRow = course_rows!(scope).filter(courses::id.eq(id)).first(conn).await?;
    row.seen_from(today)
}

/// A course as enrolling needs it.
#[derive(Clone, Debug, Queryable)]
pub struct ClassRow {
    /// Its id.
    pub id: CourseId,
    /// The unit that opens it.
    pub unit_id: Uuid,
    /// Its days.
    pub during: Period,
    /// How many it takes.
    pub seats: i32,
    /// Seats that are taken.
    pub taken: i64,
}

/// Those of these courses that are in scope. Under the locks of the courses the seats that are taken stay so.
pub async fn classes(tx: &mut Tx, scope: &Scope, ids: &[CourseId]) -> Result<HashMap<CourseId, ClassRow>> {
    let rows: Vec<ClassRow> = courses::table
        .filter(courses::id.eq_any(ids).and(courses::unit_id.eq_any(scope.units())))
        .select((
            courses::id,
            courses::unit_id,
            courses::during,
            courses::seats,
            sql::<BigInt>(
                "(SELECT count(*) FROM enrolments e WHERE e.course_id = courses.id AND e.state <> 'withdrawn')",
            ),
        ))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The courses of these units that are not over before a day, wherever they are: which, and whose; by name.
pub async fn courses_of(tx: &mut Tx, units: &[Uuid], from: NaiveDate) -> Result<Vec<(CourseId, String, Uuid)>> {
    Ok(courses::table
        .filter(courses::unit_id.eq_any(units).and(courses::during.overlaps_with(Period::since(from))))
        .order((courses::name, courses::id))
        .select((courses::id, courses::name, courses::unit_id))
        .load(tx.conn())
        .await?)
}

/// Gives courses to other units, each from the unit that it is expected at; one that has gone elsewhere stays there.
pub async fn move_courses(tx: &mut Tx, moves: &[(CourseId, Uuid, Uuid)]) -> Result<()> {
    let ids: Vec<Uuid> = moves.iter().map(|(course, ..)| course.0).collect();
    let from: Vec<Uuid> = moves.iter().map(|(_, from, _)| *from).collect();
    let to: Vec<Uuid> = moves.iter().map(|(.., to)| *to).collect();
    // The DSL cannot update from a list of rows.
    let now = tx.now();
    diesel::sql_query(
        "UPDATE courses SET unit_id = v.destination, version = version + 1, updated_at = $4 \
         FROM unnest($1, $2, $3) AS v (id, source, destination) WHERE courses.id = v.id AND courses.unit_id = v.source",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Array<diesel::sql_types::Uuid>, _>(from)
    .bind::<Array<diesel::sql_types::Uuid>, _>(to)
    .bind::<diesel::sql_types::Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// When those of these units that are in scope exist.
pub async fn unit_periods(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    units: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Period>>> {
    let rows: Vec<(Uuid, Period)> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(units).and(unit_versions::unit_id.eq_any(scope.units())))
        .select((unit_versions::unit_id, unit_versions::during))
        .load(conn)
        .await?;
    let mut periods: HashMap<Uuid, Vec<Period>> = HashMap::new();
    for (unit, during) in rows {
        periods.entry(unit).or_default().push(during);
    }
    Ok(periods)
}

/// Adds courses; gives their ids in the same order.
pub async fn insert_courses(tx: &mut Tx, rows: &[NewCourseRow]) -> Result<Vec<CourseId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = CourseId(tx.new_id());
            ids.push(id);
            values.push((
                courses::id.eq(id),
                courses::programme_id.eq(row.programme_id),
                courses::code.eq(&row.code),
                courses::name.eq(&row.name),
                courses::institution.eq(&row.institution),
                courses::unit_id.eq(row.unit_id),
                courses::during.eq(row.during),
                courses::seats.eq(row.seats),
                courses::created_at.eq(tx.now()),
                courses::updated_at.eq(tx.now()),
            ));
        }
        diesel::insert_into(courses::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}
