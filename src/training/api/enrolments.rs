//! Enrolments: who is on which course, and how it ended.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::fields::optional_line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::training::model::{CourseId, Enrolment, EnrolmentId, EnrolmentState, TrainingOutcome, TrainingResult};
use crate::training::service;
use crate::training::store::{EnrolmentFilter, EnrolmentOrder, Listed};

/// People of one request.
const MOST: usize = 200;

/// People to be put on a course, all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cadre_ids": ["01994f7e-0000-7000-8000-000000000001"], "enrolled_on": "2026-02-15"}))]
pub struct NewEnrolments {
    /// Who.
    #[schema(min_items = 1, max_items = 200)]
    cadre_ids: Vec<CadreId>,
    /// When; today unless given.
    enrolled_on: Option<NaiveDate>,
}

impl NewEnrolments {
    fn checked(self) -> Result<Self> {
        if (1..=MOST).contains(&self.cadre_ids.len()) {
            return Ok(self);
        }
        let say = Say::new(format!("Từ 1 đến {MOST} người"), format!("1 to {MOST} people"));
        Err(Error::refused(vec![Finding::new("/cadre_ids", code::OUT_OF_RANGE, say)]))
    }
}

/// How an enrolment ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "passed", "result_on": "2026-09-30", "certificate_number": "125/2026/TC-LLCT"}))]
pub struct NewTrainingResult {
    /// How.
    outcome: TrainingOutcome,
    /// When; not before the course begins, nor in the future.
    result_on: NaiveDate,
    /// Number of the certificate, of a pass.
    #[schema(max_length = 100)]
    certificate_number: Option<String>,
    /// Why.
    #[schema(max_length = 400)]
    reason: Option<String>,
}

impl TryFrom<NewTrainingResult> for TrainingResult {
    type Error = Error;
    fn try_from(body: NewTrainingResult) -> Result<Self> {
        let mut findings = Findings::new();
        let number = optional_line("/certificate_number", body.certificate_number.as_deref(), 100);
        let number = findings.keep(number);
        let reason = findings.keep(optional_line("/reason", body.reason.as_deref(), 400));
        findings.settle()?;
        let (Some(certificate_number), Some(reason)) = (number, reason) else {
            return Err(Error::internal("settled"));
        };
        Ok(Self { outcome: body.outcome, result_on: body.result_on, certificate_number, reason })
    }
}

/// Enrolments that one request made.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentsMade {
    /// In the order of the request.
    #[schema(max_items = 200)]
    data: Vec<Enrolment>,
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListCourseEnrolments {
    /// Those of one state.
    state: Option<EnrolmentState>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The people of a course, by given name.
///
/// `state` narrows to those who are enrolled, passed, failed or withdrawn.
#[utoipa::path(operation_id = "listCourseEnrolments", tag = "training", security(("bearer" = ["training.read"])),
    params(("id" = CourseId, Path, description = "Id of the course"), ListCourseEnrolments),
    responses((status = 200, body = Page<Enrolment>, description = "A page"), ReadProblems))]
#[get("/courses/{id}/enrolments")]
pub async fn list_course_enrolments(
    app: App,
    caller: Caller<perm::ReadTraining>,
    Path(id): Path<CourseId>,
    Query(list): Query<ListCourseEnrolments>,
    paging: Paging,
) -> Result<Answer> {
    service::course(&app, &caller, id).await?;
    let filter = EnrolmentFilter { course: Some(id), cadre: None, state: list.state };
    let (rows, total) = service::enrolments(&app, &caller, filter, EnrolmentOrder::ByName, &paging).await?;
    let keys = |row: &Listed| vec![row.name_sort.clone(), row.enrolment.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row.enrolment))
}

/// Puts people on a course, all or none; the findings name each person by place.
///
/// The seats of a course are counted under a lock: two requests cannot give the last one twice. A person outside the
/// caller's units, not in service, or on the course already refuses all of the request.
#[utoipa::path(operation_id = "createEnrolments", tag = "training", security(("bearer" = ["training.manage"])),
    params(("id" = CourseId, Path, description = "Id of the course"), WriteQuery, SendHeaders), request_body = NewEnrolments,
    responses((status = 201, body = EnrolmentsMade, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/courses/{id}/enrolments")]
pub async fn create_enrolments(
    app: App,
    caller: Caller<perm::ManageTraining>,
    Path(id): Path<CourseId>,
    send: Send,
    Json(body): Json<NewEnrolments>,
) -> Result<Answer> {
    let asked = body.checked()?;
    let made = service::enrol(&app, &caller.with(send), id, &asked.cadre_ids, asked.enrolled_on).await?;
    Answer::created(made, |_| format!("/v1/courses/{id}/enrolments"), |_| 1, |data| EnrolmentsMade { data })
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListEnrolments {
    /// Those on one course.
    course_id: Option<CourseId>,
    /// Those of one person.
    cadre_id: Option<CadreId>,
    /// Those of one state.
    state: Option<EnrolmentState>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Enrolments whose course or whose person is in scope, the latest first.
///
/// Who manages courses sees the people of their courses, who reads files the courses of their people.
#[utoipa::path(operation_id = "listEnrolments", tag = "training", security(("bearer" = ["training.read"])), params(ListEnrolments),
    responses((status = 200, body = Page<Enrolment>, description = "A page"), ListProblems))]
#[get("/enrolments")]
pub async fn list_enrolments(
    app: App,
    caller: Caller<perm::ReadTraining>,
    Query(list): Query<ListEnrolments>,
    paging: Paging,
) -> Result<Answer> {
    let filter = EnrolmentFilter { course: list.course_id, cadre: list.cadre_id, state: list.state };
    let (rows, total) = service::enrolments(&app, &caller, filter, EnrolmentOrder::NewestFirst, &paging).await?;
    let keys = |row: &Listed| vec![row.enrolment.enrolled_on.to_string(), row.enrolment.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row.enrolment))
}

/// One enrolment, with what may be done next.
///
/// `allowed_actions` is computed by the code that guards them: what is in it is not refused for state or permission.
#[utoipa::path(operation_id = "getEnrolment", tag = "training", security(("bearer" = ["training.read"])),
    params(("id" = EnrolmentId, Path, description = "Id of the enrolment")),
    responses((status = 200, body = Enrolment, description = "The enrolment"), ReadProblems))]
#[get("/enrolments/{id}")]
pub async fn get_enrolment(
    app: App,
    caller: Caller<perm::ReadTraining>,
    Path(id): Path<EnrolmentId>,
) -> Result<Answer> {
    let enrolment = service::enrolment(&app, &caller, id).await?;
    Answer::found(enrolment.version, &enrolment)
}

/// Records how an enrolment ended. A pass writes the qualification into the person's record at once.
///
/// `passed`, `failed` or `withdrawn`, with its day. A result is recorded once; the same request again with its
/// `Idempotency-Key` gives the same answer.
#[utoipa::path(operation_id = "recordEnrolmentResult", tag = "training", security(("bearer" = ["training.manage"])),
    params(("id" = EnrolmentId, Path, description = "Id of the enrolment"), WriteQuery, EditHeaders), request_body = NewTrainingResult,
    responses((status = 200, body = Enrolment, description = "Recorded, or, in a dry run, the effects"), WriteProblems))]
#[post("/enrolments/{id}/record-result")]
pub async fn record_enrolment_result(
    app: App,
    caller: Caller<perm::ManageTraining>,
    Path(id): Path<EnrolmentId>,
    edit: Edit,
    Json(body): Json<NewTrainingResult>,
) -> Result<Answer> {
    let recorded = service::record_result(&app, &caller.with(edit), id, &body.try_into()?).await?;
    Answer::changed(recorded, |enrolment| enrolment.version, |enrolment| enrolment)
}
