//! The keeping of programmes and courses; enrolments stand in a file of their own.

mod enrolments;

use serde_json::json;
use uuid::Uuid;

use super::model::{Course, CourseId, NewCourseRow, NewProgrammeRow, Programme, ProgrammeId, TrainingKind};
use super::rules;
use super::store::{self, CourseFilter};
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::Paging;

pub use enrolments::{enrol, enrol_many, enrolment, enrolments, record_result, record_results};

/// Programmes, by code.
pub async fn programmes(
    app: &App,
    kind: Option<TrainingKind>,
    paging: &Paging,
) -> Result<(Vec<Programme>, Option<i64>)> {
    store::list_programmes(&mut *app.db.read().await?, kind, paging).await
}

/// A programme.
pub async fn programme(app: &App, id: ProgrammeId) -> Result<Programme> {
    store::find_programme(&mut *app.db.read().await?, id).await
}

async fn add_programmes(
    tx: &mut Tx,
    rows: &[NewProgrammeRow],
    at: impl Fn(usize) -> String,
) -> Result<Vec<ProgrammeId>> {
    let mut findings = Findings::new();
    for (index, row) in rows.iter().enumerate() {
        findings.keep(rules::level(format!("{}/level", at(index)), row.kind, &row.level));
    }
    findings.settle()?;
    store::insert_programmes(tx, rows).await
}

/// Makes programmes, all or none. Their audit entry has one effect that counts them.
pub async fn create_programmes(
    app: &App,
    caller: &Caller,
    rows: &[NewProgrammeRow],
) -> Result<Outcome<Vec<ProgrammeId>>> {
    app.db
        .change(caller, "create_programmes", async |tx| {
            let ids = add_programmes(tx, rows, |index| format!("/{index}")).await?;
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let made = Effect::new("programmes_created", "programme", first, format!("{} programmes", ids.len()), None);
            Ok((ids, Entry::on("programme", first).effects([made])))
        })
        .await
}

/// Makes a programme. Programmes are the province's: who makes one keeps training in the whole of it.
pub async fn create_programme(app: &App, caller: &Caller, row: &NewProgrammeRow) -> Result<Outcome<Programme>> {
    app.db
        .change(caller, "create_programme", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            let ids = add_programmes(tx, std::slice::from_ref(row), |_| String::new()).await?;
            let id = *ids.first().ok_or_else(|| Error::internal("a programme has no id"))?;
            let programme = store::find_programme(tx.conn(), id).await?;
            let made = Effect::new("programme_created", "programme", id, &programme.name, None);
            let entry = Entry::on("programme", id).effects([made]);
            Ok((programme, entry.event("programme.created", json!({"programme_id": id}))))
        })
        .await
}

/// Courses of units in the caller's scope.
pub async fn courses<P>(
    app: &App,
    caller: &Caller<P>,
    filter: CourseFilter,
    paging: &Paging,
) -> Result<(Vec<Course>, Option<i64>)> {
    store::list_courses(&mut *app.db.read().await?, caller.scope(), filter, paging).await
}

/// A course of a unit in the caller's scope.
pub async fn course<P>(app: &App, caller: &Caller<P>, id: CourseId) -> Result<Course> {
    store::find_course(&mut *app.db.read().await?, caller.scope(), id, app.clock.today()).await
}

async fn add_courses(
    tx: &mut Tx,
    caller: &Caller,
    rows: &[NewCourseRow],
    at: impl Fn(usize) -> String,
) -> Result<Vec<CourseId>> {
    scope::hold_tree(tx).await?;
    let mut programmes: Vec<ProgrammeId> = rows.iter().map(|row| row.programme_id).collect();
    let mut units: Vec<Uuid> = rows.iter().map(|row| row.unit_id).collect();
    programmes.sort_unstable();
    programmes.dedup();
    units.sort_unstable();
    units.dedup();
    let known = store::known_programmes(tx.conn(), &programmes).await?;
    let periods = store::unit_periods(tx.conn(), caller.scope(), &units).await?;
    let mut findings = Findings::new();
    for (index, row) in rows.iter().enumerate() {
        let at = at(index);
        if !known.contains(&row.programme_id) {
            findings.push(Finding::plain(format!("{at}/programme_id"), code::UNKNOWN_REFERENCE));
        }
        match periods.get(&row.unit_id) {
            None => findings.push(Finding::plain(format!("{at}/unit_id"), code::UNKNOWN_REFERENCE)),
            Some(unit) => {
                for finding in rules::course(&at, unit, row.during, row.seats) {
                    findings.push(finding);
                }
            }
        }
    }
    findings.settle()?;
    store::insert_courses(tx, rows).await
}

/// Makes courses, all or none. Their audit entry has one effect that counts them.
pub async fn create_courses(app: &App, caller: &Caller, rows: &[NewCourseRow]) -> Result<Outcome<Vec<CourseId>>> {
    app.db
        .change(caller, "create_courses", async |tx| {
            let ids = add_courses(tx, caller, rows, |index| format!("/{index}")).await?;
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let made = Effect::new("courses_created", "course", first, format!("{} courses", ids.len()), None);
            Ok((ids, Entry::on("course", first).effects([made])))
        })
        .await
}

/// Makes a course.
pub async fn create_course(app: &App, caller: &Caller, row: &NewCourseRow) -> Result<Outcome<Course>> {
    app.db
        .change(caller, "create_course", async |tx| {
            let ids = add_courses(tx, caller, std::slice::from_ref(row), |_| String::new()).await?;
            let id = *ids.first().ok_or_else(|| Error::internal("a course has no id"))?;
            let today = tx.today();
            let course = store::find_course(tx.conn(), caller.scope(), id, today).await?;
            let made = Effect::new("course_created", "course", id, &course.name, row.during.from());
            let entry = Entry::on("course", id).within(row.unit_id).effects([made]);
            Ok((course, entry.event("course.created", json!({"course_id": id}))))
        })
        .await
}
