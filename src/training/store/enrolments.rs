//! Enrolments and their results.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::programmes::kind_of;
use super::{CHUNK, Reach};
use crate::cadres::{CadreId, QualificationId};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::schema::{cadres, courses, enrolments, programmes};
use crate::training::model::{CourseId, Enrolment, EnrolmentId, EnrolmentState, TrainingResult};
use crate::training::rules::{Access, Standing, allowed};

#[derive(Queryable)]
struct EnrolmentRow {
    id: EnrolmentId,
    course_id: CourseId,
    course: String,
    cadre_id: CadreId,
    cadre: String,
    name_sort: String,
    kind: String,
    level: String,
    state: String,
    enrolled_on: NaiveDate,
    result_on: Option<NaiveDate>,
    certificate_number: Option<String>,
    reason: Option<String>,
    qualification_id: Option<Uuid>,
    version: i32,
    manages: bool,
}

/// An enrolment of a list, with the sort key of the person's name.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// Given name first.
    pub name_sort: String,
}

fn state_of(name: &str) -> Result<EnrolmentState> {
    EnrolmentState::of(name).ok_or_else(|| Error::internal(format!("an enrolment has the unknown state {name}")))
}

impl EnrolmentRow {
    fn seen_by(self, reach: &Reach) -> Result<Listed> {
        let state = state_of(&self.state)?;
        let access = Access { manages: self.manages, own: reach.own == Some(self.cadre_id.0) };
        let enrolment = Enrolment {
            id: self.id,
            course: Ref::new(self.course_id, self.course),
            cadre: Ref::new(self.cadre_id, self.cadre),
            kind: kind_of(&self.kind)?,
            level: self.level,
            state,
            enrolled_on: self.enrolled_on,
            result_on: self.result_on,
            certificate_number: self.certificate_number,
            reason: self.reason,
            qualification_id: self.qualification_id,
            allowed_actions: allowed(state, access),
            version: self.version,
        };
        Ok(Listed { enrolment, name_sort: self.name_sort })
    }
}

/// Enrolments whose course or whose person a caller may see.
macro_rules! visible {
    ($reach:expr) => {
        enrolments::table
            .inner_join(courses::table.inner_join(programmes::table))
            .inner_join(cadres::table)
            .filter(courses::unit_id.eq_any($reach.seen.units()).or(cadres::unit_id.eq_any($reach.seen.units())))
    };
}

macro_rules! enrolment_rows {
    ($reach:expr) => {
        visible!($reach).select((
            enrolments::id,
            courses::id,
            courses::name,
            cadres::id,
            cadres::full_name,
            cadres::name_sort,
            programmes::kind,
            programmes::level,
            enrolments::state,
            enrolments::enrolled_on,
            enrolments::result_on,
            enrolments::certificate_number,
            enrolments::reason,
            enrolments::qualification_id,
            enrolments::version,
            courses::unit_id.eq_any($reach.kept.units()),
        ))
    };
}

/// Which enrolments.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnrolmentFilter {
    /// On one course.
    pub course: Option<CourseId>,
    /// Of one person.
    pub cadre: Option<CadreId>,
    /// Of one state.
    pub state: Option<EnrolmentState>,
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentOrder {
    /// As Vietnamese lists of people are.
    ByName,
    /// Who was enrolled last first.
    NewestFirst,
}

/// Adds the conditions of a filter to a boxed query.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter: EnrolmentFilter = $filter;
        let mut query = $query;
        if let Some(course) = filter.course {
            query = query.filter(enrolments::course_id.eq(course));
        }
        if let Some(cadre) = filter.cadre {
            query = query.filter(enrolments::cadre_id.eq(cadre));
        }
        if let Some(state) = filter.state {
            query = query.filter(enrolments::state.eq(state.name()));
        }
        query
    }};
}

/// Enrolments that a caller may see.
pub async fn list_enrolments(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    filter: EnrolmentFilter,
    order: EnrolmentOrder,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    let mut query = filtered!(enrolment_rows!(reach).into_boxed(), filter);
    match order {
        EnrolmentOrder::ByName => {
            if let (Some(name), Some(id)) = (paging.key::<String>(0)?, paging.key::<Uuid>(1)?) {
                let later = sql::<Bool>("(cadres.name_sort, enrolments.id) > (")
                    .bind::<Text, _>(name)
                    .sql(", ")
                    .bind::<SqlUuid, _>(id)
                    .sql(")");
                query = query.filter(later);
            }
            query = query.order((cadres::name_sort, enrolments::id));
        }
        EnrolmentOrder::NewestFirst => {
            if let (Some(on), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
                let earlier =
                    enrolments::enrolled_on.lt(on).or(enrolments::enrolled_on.eq(on).and(enrolments::id.lt(id)));
                query = query.filter(earlier);
            }
            query = query.order((enrolments::enrolled_on.desc(), enrolments::id.desc()));
        }
    }
    let rows: Vec<EnrolmentRow> = query.limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        let all = filtered!(visible!(reach).into_boxed(), filter);
        Some(all.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((rows.into_iter().map(|row| row.seen_by(reach)).collect::<Result<_>>()?, total))
}

/// An enrolment that a caller may see.
pub async fn find_enrolment(conn: &mut AsyncPgConnection, reach: &Reach, id: EnrolmentId) -> Result<Enrolment> {
    let row: EnrolmentRow = enrolment_rows!(reach).filter(enrolments::id.eq(id)).first(conn).await?;
    Ok(row.seen_by(reach)?.enrolment)
}

/// Those of these enrolments that a caller may see, in the given order.
pub async fn enrolments_of(conn: &mut AsyncPgConnection, reach: &Reach, ids: &[EnrolmentId]) -> Result<Vec<Enrolment>> {
    let rows: Vec<EnrolmentRow> = enrolment_rows!(reach).filter(enrolments::id.eq_any(ids)).load(conn).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let listed = row.seen_by(reach)?;
        found.insert(listed.enrolment.id, listed.enrolment);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Who is or was on which of these courses.
pub async fn known_pairs(tx: &mut Tx, ids: &[CourseId]) -> Result<HashSet<(CourseId, CadreId)>> {
    let rows: Vec<(CourseId, CadreId)> = enrolments::table
        .filter(enrolments::course_id.eq_any(ids))
        .select((enrolments::course_id, enrolments::cadre_id))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Puts people on courses; gives the ids in the same order.
pub async fn insert_enrolments(tx: &mut Tx, rows: &[(CourseId, CadreId, NaiveDate)]) -> Result<Vec<EnrolmentId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for (course, cadre, on) in chunk {
            let id = EnrolmentId(tx.new_id());
            ids.push(id);
            values.push((
                enrolments::id.eq(id),
                enrolments::course_id.eq(*course),
                enrolments::cadre_id.eq(*cadre),
                enrolments::state.eq(EnrolmentState::Enrolled.name()),
                enrolments::enrolled_on.eq(*on),
                enrolments::created_at.eq(tx.now()),
                enrolments::updated_at.eq(tx.now()),
            ));
        }
        diesel::insert_into(enrolments::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

#[derive(Queryable)]
struct StandingRow {
    id: EnrolmentId,
    course: CourseId,
    unit_id: Uuid,
    during: Period,
    institution: String,
    programme: String,
    kind: String,
    level: String,
    cadre: CadreId,
    cadre_name: String,
    enrolled_on: NaiveDate,
    state: String,
    version: i32,
    manages: bool,
}

/// An enrolment as recording its result needs it.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// What the rules ask about.
    pub standing: Standing,
    /// What the caller may do with it.
    pub access: Access,
    /// The unit of the course.
    pub unit_id: Uuid,
    /// Who teaches and certifies.
    pub institution: String,
    /// Name of the programme.
    pub programme: String,
    /// Name of the person.
    pub cadre_name: String,
    /// Counts its changes.
    pub version: i32,
}

/// Those of these enrolments that a caller may see, kept until the end of the change; locked in the order of their ids.
pub async fn lock_standings(tx: &mut Tx, reach: &Reach, ids: &[EnrolmentId]) -> Result<HashMap<EnrolmentId, Enrolled>> {
    let locked: Vec<EnrolmentId> = enrolments::table
        .filter(enrolments::id.eq_any(ids))
        .order(enrolments::id)
        .select(enrolments::id)
        .for_update()
        .load(tx.conn())
        .await?;
    let rows: Vec<StandingRow> = visible!(reach)
        .filter(enrolments::id.eq_any(locked))
        .select((
            enrolments::id,
            courses::id,
            courses::unit_id,
            courses::during,
            courses::institution,
            programmes::name,
            programmes::kind,
            programmes::level,
            enrolments::cadre_id,
            cadres::full_name,
            enrolments::enrolled_on,
            enrolments::state,
            enrolments::version,
            courses::unit_id.eq_any(reach.kept.units()),
        ))
        .load(tx.conn())
        .await?;
    rows.into_iter()
        .map(|row| {
            let access = Access { manages: row.manages, own: reach.own == Some(row.cadre.0) };
            let standing = Standing {
                course: row.course,
                during: row.during,
                kind: kind_of(&row.kind)?,
                level: row.level,
                cadre: row.cadre,
                enrolled_on: row.enrolled_on,
                state: state_of(&row.state)?,
            };
            let StandingRow { id, unit_id, institution, programme, cadre_name, version, .. } = row;
            Ok((id, Enrolled { standing, access, unit_id, institution, programme, cadre_name, version }))
        })
        .collect()
}

/// Writes results, each with the qualification that it led to, in one statement however many they are.
pub async fn write_results(
    tx: &mut Tx,
    rows: &[(EnrolmentId, &TrainingResult, Option<QualificationId>)],
) -> Result<()> {
    let now = tx.now();
    let written = diesel::sql_query(
        "UPDATE enrolments e SET state = v.state, result_on = v.result_on, certificate_number = v.certificate_number, \
             reason = v.reason, qualification_id = v.qualification_id, version = e.version + 1, updated_at = $7 \
         FROM unnest($1, $2, $3, $4, $5, $6) AS v (id, state, result_on, certificate_number, reason, qualification_id) \
         WHERE e.id = v.id",
    )
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|(id, ..)| id.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|(_, result, _)| result.outcome.state().name()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(rows.iter().map(|(_, result, _)| result.result_on).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        rows.iter().map(|(_, result, _)| result.certificate_number.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<Text>>, _>(rows.iter().map(|(_, result, _)| result.reason.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(rows.iter().map(|(.., id)| id.map(|id| id.0)).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    if written == rows.len() { Ok(()) } else { Err(Error::internal("a result was written to no enrolment")) }
}
