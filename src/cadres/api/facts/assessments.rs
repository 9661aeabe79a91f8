//! The class of a year, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{Assessment, AssessmentContent, AssessmentCorrection, CadreId, Fact, FactId, NewAssessment};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// The classes of a person by year, newest first.
///
/// Xếp loại chất lượng: one class a year, with who decided it.
/// Seen by who may see the person.
#[utoipa::path(operation_id = "listAssessments", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Assessment>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/assessments")]
pub async fn list_assessments(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<AssessmentContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Assessment::from))
}

/// Records the class of a year.
///
/// Xếp loại chất lượng: one class a year, with who decided it.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createAssessment", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewAssessment,
    responses((status = 201, body = Assessment, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/assessments")]
pub async fn create_assessment(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewAssessment>,
) -> Result<Answer> {
    let made = service::record_fact::<AssessmentContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/assessments/{}", fact.id),
        |fact| fact.version,
        Assessment::from,
    )
}

/// One of the classes of a person by year.
///
/// Seen by who may see the person.
#[utoipa::path(operation_id = "getAssessment", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("assessment_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Assessment, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/assessments/{assessment_id}")]
pub async fn get_assessment(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<AssessmentContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Assessment::from(found))
}

/// Corrects the class of a year: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctAssessment", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("assessment_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = AssessmentCorrection,
    responses((status = 200, body = Assessment, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/assessments/{assessment_id}/correct")]
pub async fn correct_assessment(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<AssessmentCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<AssessmentContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Assessment::from)
}
