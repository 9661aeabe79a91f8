//! What a person learned and is planned for: entries that are superseded, never overwritten.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::cadres::model::{
    CadreId, NewPlanning, NewQualification, Planning, PlanningId, Qualification, QualificationId, QualificationKind,
};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline};
use crate::posts::TitleId;
use crate::schema::{plannings, qualifications, titles};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 4000;

/// Which of a person's entries: from which day they are seen, as known when, which page of them.
#[derive(Clone, Copy)]
pub struct Entries<'a> {
    /// Seen from this day.
    pub day: NaiveDate,
    /// As known on this instant; none: now.
    pub known_at: Option<DateTime<Utc>>,
    /// A page; none: all.
    pub paging: Option<&'a Paging>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = qualifications)]
struct QualificationRow {
    id: QualificationId,
    kind: String,
    level: String,
    field: Option<String>,
    institution: Option<String>,
    obtained_on: NaiveDate,
    certificate_number: Option<String>,
    enrolment_id: Option<Uuid>,
    version: i32,
    entry_id: Option<Uuid>,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
}

impl QualificationRow {
    fn seen_from(self, day: NaiveDate) -> Result<Qualification> {
        let Self { kind, level, field, institution, obtained_on, certificate_number, enrolment_id, .. } = self;
        let Self { version, recorded_at, recorded_by, .. } = self;
        let id = self.entry_id.map_or(self.id, QualificationId);
        let kind = QualificationKind::of(&kind)
            .ok_or_else(|| Error::internal(format!("qualification {id} has an unknown kind")))?;
        let timeline = if obtained_on <= day { Timeline::Current } else { Timeline::Future };
        Ok(Qualification {
            id,
            kind,
            level,
            field,
            institution,
            obtained_on,
            timeline,
            certificate_number,
            enrolment_id,
            version,
            recorded_by,
            recorded_at,
        })
    }
}

/// Keeps what was known on an instant, or is known now.
macro_rules! known {
    ($query:expr, $table:ident, $known_at:expr) => {
        match $known_at {
            None => $query.filter($table::superseded_at.is_null()),
            Some(known_at) => {
                let known_at: DateTime<Utc> = known_at;
                $query.filter(
                    $table::recorded_at
                        .le(known_at)
                        .and($table::superseded_at.is_null().or($table::superseded_at.gt(known_at))),
                )
            }
        }
    };
}
pub(super) use known;

/// The id of an entry, the same over all its versions: that of its first.
macro_rules! entry {
    ($table:literal) => {
        sql::<diesel::sql_types::Uuid>(concat!("COALESCE(", $table, ".entry_id, ", $table, ".id)"))
    };
}

/// A version of an entry that follows another.
#[derive(Clone, Copy)]
struct Following {
    entry: Uuid,
    version: i32,
}

/// A person's qualifications, newest first.
pub async fn qualifications(
    conn: &mut AsyncPgConnection,
    cadre: CadreId,
    which: Entries<'_>,
) -> Result<(Vec<Qualification>, Option<i64>)> {
    let all = || {
        let mine = qualifications::table.filter(qualifications::cadre_id.eq(cadre)).into_boxed();
        known!(mine, qualifications, which.known_at)
    };
    let mut query = all();
    let mut total = None;
    if let Some(paging) = which.paging {
        if let (Some(day), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
            let older = qualifications::obtained_on
                .lt(day)
                .or(qualifications::obtained_on.eq(day).and(entry!("qualifications").lt(id)));
            query = query.filter(older);
        }
        query = query.limit(paging.fetch());
        if paging.count {
            total = Some(all().count().get_result(conn).await?);
        }
    }
    let rows: Vec<QualificationRow> = query
        .order((qualifications::obtained_on.desc(), entry!("qualifications").desc()))
        .select(QualificationRow::as_select())
        .load(conn)
        .await?;
    Ok((rows.into_iter().map(|row| row.seen_from(which.day)).collect::<Result<_>>()?, total))
}

/// One qualification of a person.
pub async fn find_qualification(
    conn: &mut AsyncPgConnection,
    cadre: CadreId,
    id: QualificationId,
    day: NaiveDate,
) -> Result<Qualification> {
    let row: QualificationRow = qualifications::table
        .filter(qualifications::cadre_id.eq(cadre).and(qualifications::superseded_at.is_null()))
        .filter(entry!("qualifications").eq(id.0))
        .select(QualificationRow::as_select())
        .first(conn)
        .await?;
    row.seen_from(day)
}

/// Records a qualification.
pub async fn record_qualification(tx: &mut Tx, row: &NewQualification) -> Result<QualificationId> {
    let ids = record_qualifications(tx, std::slice::from_ref(row)).await?;
    ids.as_slice().first().copied().ok_or_else(|| Error::internal("a qualification has no id"))
}

/// Records qualifications; gives their ids in the same order.
pub async fn record_qualifications(tx: &mut Tx, rows: &[NewQualification]) -> Result<Vec<QualificationId>> {
    insert_qualifications(tx, rows, None).await
}

/// Writes a corrected version of a qualification; the one before is superseded.
pub async fn correct_qualification(
    tx: &mut Tx,
    id: QualificationId,
    version: i32,
    row: &NewQualification,
    reason: &str,
) -> Result<()> {
    withdraw_qualification(tx, row.cadre_id, id, reason).await?;
    let following = Following { entry: id.0, version };
    insert_qualifications(tx, std::slice::from_ref(row), Some(following)).await?;
    Ok(())
}

/// Supersedes a qualification and puts nothing in its place.
pub async fn withdraw_qualification(tx: &mut Tx, cadre: CadreId, id: QualificationId, reason: &str) -> Result<usize> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let current = qualifications::cadre_id.eq(cadre).and(qualifications::superseded_at.is_null());
    let superseded = diesel::update(qualifications::table.filter(current).filter(entry!("qualifications").eq(id.0)))
        .set((
            qualifications::superseded_at.eq(now),
            qualifications::superseded_by.eq(by),
            qualifications::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(superseded)
}

async fn insert_qualifications(
    tx: &mut Tx,
    rows: &[NewQualification],
    following: Option<Following>,
) -> Result<Vec<QualificationId>> {
    let by = tx.actor().label.clone();
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = QualificationId(tx.new_id());
            ids.push(id);
            values.push((
                qualifications::id.eq(id),
                qualifications::cadre_id.eq(row.cadre_id),
                qualifications::kind.eq(row.kind.name()),
                qualifications::level.eq(&row.level),
                qualifications::field.eq(&row.field),
                qualifications::institution.eq(&row.institution),
                qualifications::obtained_on.eq(row.obtained_on),
                qualifications::certificate_number.eq(&row.certificate_number),
                qualifications::enrolment_id.eq(row.enrolment_id),
                qualifications::version.eq(following.map_or(1, |one| one.version)),
                qualifications::entry_id.eq(following.map(|one| one.entry)),
                qualifications::recorded_at.eq(tx.now()),
                qualifications::recorded_by.eq(&by),
            ));
        }
        diesel::insert_into(qualifications::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

#[derive(Queryable)]
struct PlanningRow {
    id: Uuid,
    title_id: TitleId,
    title: String,
    during: Period,
    decision_number: Option<String>,
    version: i32,
    recorded_by: String,
    recorded_at: DateTime<Utc>,
}

fn planning(row: PlanningRow, day: NaiveDate) -> Planning {
    let PlanningRow { id, title_id, title, during, decision_number, version, recorded_by, recorded_at } = row;
    Planning {
        id: PlanningId(id),
        title: Ref::new(title_id, title),
        during,
        timeline: during.timeline(day),
        decision_number,
        version,
        recorded_by,
        recorded_at,
    }
}

macro_rules! planning_rows {
    ($cadre:expr) => {
        plannings::table.inner_join(titles::table).filter(plannings::cadre_id.eq($cadre)).select((
            entry!("plannings"),
            titles::id,
            titles::name_vi,
            plannings::during,
            plannings::decision_number,
            plannings::version,
            plannings::recorded_by,
            plannings::recorded_at,
        ))
    };
}

/// A person's plannings, newest first.
pub async fn plannings(
    conn: &mut AsyncPgConnection,
    cadre: CadreId,
    which: Entries<'_>,
) -> Result<(Vec<Planning>, Option<i64>)> {
    let mut query = known!(planning_rows!(cadre).into_boxed(), plannings, which.known_at);
    let mut total = None;
    if let Some(paging) = which.paging {
        if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
            let older = sql::<Bool>("(lower(plannings.during), COALESCE(plannings.entry_id, plannings.id)) < (")
                .bind::<Date, _>(from)
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")");
            query = query.filter(older);
        }
        query = query.limit(paging.fetch());
        if paging.count {
            let mine = plannings::table.filter(plannings::cadre_id.eq(cadre)).into_boxed();
            total = Some(known!(mine, plannings, which.known_at).count().get_result(conn).await?);
        }
    }
    let newest = (sql::<Date>("lower(plannings.during)").desc(), entry!("plannings").desc());
    let rows: Vec<PlanningRow> = query.order(newest).load(conn).await?;
    Ok((rows.into_iter().map(|row| planning(row, which.day)).collect(), total))
}

/// One planning of a person.
pub async fn find_planning(
    conn: &mut AsyncPgConnection,
    cadre: CadreId,
    id: PlanningId,
    day: NaiveDate,
) -> Result<Planning> {
    let row: PlanningRow = planning_rows!(cadre)
        .filter(plannings::superseded_at.is_null())
        .filter(entry!("plannings").eq(id.0))
        .first(conn)
        .await?;
    Ok(planning(row, day))
}

/// Records plannings; gives their ids in the same order.
pub async fn insert_plannings(tx: &mut Tx, rows: &[NewPlanning]) -> Result<Vec<PlanningId>> {
    write_plannings(tx, rows, None).await
}

/// Writes a corrected version of a planning; the one before is superseded.
pub async fn correct_planning(
    tx: &mut Tx,
    id: PlanningId,
    version: i32,
    row: &NewPlanning,
    reason: &str,
) -> Result<()> {
    withdraw_planning(tx, row.cadre_id, id, reason).await?;
    write_plannings(tx, std::slice::from_ref(row), Some(Following { entry: id.0, version })).await?;
    Ok(())
}

/// Supersedes a planning and puts nothing in its place.
pub async fn withdraw_planning(tx: &mut Tx, cadre: CadreId, id: PlanningId, reason: &str) -> Result<usize> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let current = plannings::cadre_id.eq(cadre).and(plannings::superseded_at.is_null());
    let superseded = diesel::update(plannings::table.filter(current).filter(entry!("plannings").eq(id.0)))
        .set((
            plannings::superseded_at.eq(now),
            plannings::superseded_by.eq(by),
            plannings::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(superseded)
}

async fn write_plannings(tx: &mut Tx, rows: &[NewPlanning], following: Option<Following>) -> Result<Vec<PlanningId>> {
    let by = tx.actor().label.clone();
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = PlanningId(tx.new_id());
            ids.push(id);
            values.push((
                plannings::id.eq(id),
                plannings::cadre_id.eq(row.cadre_id),
                plannings::title_id.eq(row.title_id),
                plannings::during.eq(row.during),
                plannings::decision_number.eq(&row.decision_number),
                plannings::version.eq(following.map_or(1, |one| one.version)),
                plannings::entry_id.eq(following.map(|one| one.entry)),
                plannings::recorded_at.eq(tx.now()),
                plannings::recorded_by.eq(&by),
            ));
        }
        diesel::insert_into(plannings::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// For which titles each of these people is planned on a day.
pub async fn planned_titles(
    conn: &mut AsyncPgConnection,
    cadres: &[CadreId],
    day: NaiveDate,
) -> Result<HashMap<CadreId, Vec<TitleId>>> {
    let rows: Vec<(CadreId, TitleId)> = plannings::table
        .filter(plannings::cadre_id.eq_any(cadres).and(plannings::superseded_at.is_null()))
        .filter(plannings::during.contains(day))
        .order((plannings::cadre_id, plannings::title_id))
        .select((plannings::cadre_id, plannings::title_id))
        .load(conn)
        .await?;
    let mut planned: HashMap<CadreId, Vec<TitleId>> = HashMap::new();
    for (cadre, title) in rows {
        planned.entry(cadre).or_default().push(title);
    }
    Ok(planned)
}
