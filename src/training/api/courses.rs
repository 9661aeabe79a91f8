//! Courses: classes of a programme, with their days and seats.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, period};
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::training::model::{Course, CourseId, NewCourseRow, ProgrammeId, TrainingKind};
use crate::training::service;
use crate::training::store::CourseFilter;

/// A course to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"programme_id": "01994f7e-0000-7000-8000-000000000005", "code": "TC-LLCT-K65", "name": "Lớp trung cấp lý luận chính trị K65",
    "institution": "Trường Chính trị tỉnh", "unit_id": "01994f7e-0000-7000-8000-000000000002", "from": "2026-03-01", "to": "2026-09-30", "seats": 60}))]
pub struct NewCourse {
    /// What is taught.
    programme_id: ProgrammeId,
    /// Its code.
    #[schema(max_length = 80)]
    code: String,
    /// Its name.
    #[schema(max_length = 400)]
    name: String,
    /// Who teaches and certifies.
    #[schema(max_length = 200)]
    institution: String,
    /// The unit that opens it.
    unit_id: Uuid,
    /// First day.
    from: NaiveDate,
    /// Last day included.
    to: NaiveDate,
    /// How many it takes.
    #[schema(minimum = 1, maximum = 2000)]
    seats: i32,
}

impl TryFrom<NewCourse> for NewCourseRow {
    type Error = Error;
    fn try_from(body: NewCourse) -> Result<Self> {
        let mut findings = Findings::new();
        let code = findings.keep(line("/code", &body.code, 80));
        let name = findings.keep(line("/name", &body.name, 400));
        let institution = findings.keep(line("/institution", &body.institution, 200));
        let during = findings.keep(period("/to", body.from, Some(body.to)));
        findings.settle()?;
        let (Some(code), Some(name), Some(institution), Some(during)) = (code, name, institution, during) else {
            return Err(Error::internal("settled"));
        };
        let NewCourse { programme_id, unit_id, seats, .. } = body;
        Ok(Self { programme_id, code, name, institution, unit_id, during, seats })
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListCourses {
    /// Those of one programme.
    programme_id: Option<ProgrammeId>,
    /// Those of one kind.
    kind: Option<TrainingKind>,
    /// Those opened by this unit or one below it on the day.
    unit_id: Option<Uuid>,
    /// Only those that run on this day; all, seen from today, unless given.
    as_of: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Courses, those that begin last first.
///
/// Lớp đào tạo, bồi dưỡng: with the programme, the days, the seats and how many of them are taken. Only courses of the
/// caller's units are seen.
#[utoipa::path(operation_id = "listCourses", tag = "training", security(("bearer" = ["training.read"])), params(ListCourses),
    responses((status = 200, body = Page<Course>, description = "A page"), ListProblems))]
#[get("/courses")]
pub async fn list_courses(
    app: App,
    caller: Caller<perm::ReadTraining>,
    Query(list): Query<ListCourses>,
    paging: Paging,
) -> Result<Answer> {
    let (on_the_day, day) = (list.as_of.is_some(), list.as_of.unwrap_or_else(|| app.clock.today()));
    let ListCourses { programme_id: programme, kind, unit_id: unit, .. } = list;
    let filter = CourseFilter { day, on_the_day, programme, kind, unit };
    let (rows, total) = service::courses(&app, &caller, filter, &paging).await?;
    let keys = |row: &Course| vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// Makes a course.
///
/// A course of one programme, at one institution, from a first to a last day, with a number of seats.
#[utoipa::path(operation_id = "createCourse", tag = "training", security(("bearer" = ["training.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewCourse,
    responses((status = 201, body = Course, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/courses")]
pub async fn create_course(
    app: App,
    caller: Caller<perm::ManageTraining>,
    send: Send,
    Json(body): Json<NewCourse>,
) -> Result<Answer> {
    let made = service::create_course(&app, &caller.with(send), &body.try_into()?).await?;
    Answer::created(made, |made| format!("/v1/courses/{}", made.id), |made| made.version, |made| made)
}

/// One course, with how many are on it and how many seats are free.
///
/// With the `ETag` of its present version. Seats that are free are counted at the moment of the answer.
#[utoipa::path(operation_id = "getCourse", tag = "training", security(("bearer" = ["training.read"])),
    params(("id" = CourseId, Path, description = "Id of the course")),
    responses((status = 200, body = Course, description = "The course"), ReadProblems))]
#[get("/courses/{id}")]
pub async fn get_course(app: App, caller: Caller<perm::ReadTraining>, Path(id): Path<CourseId>) -> Result<Answer> {
    let course = service::course(&app, &caller, id).await?;
    Answer::found(course.version, &course)
}
