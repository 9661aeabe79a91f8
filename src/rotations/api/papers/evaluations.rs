//! What destinations say of people during rotations and secondments.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationEvaluation, Paper, PaperId, RotationEvaluation, RotationId};
use crate::rotations::service;
use crate::rotations::store::Which;

/// What the destination says of the people of a case, newest first.
///
/// Nhận xét, đánh giá: read by the unit that a person came from too.
#[utoipa::path(operation_id = "listRotationEvaluations", tag = "rotations", security(("bearer" = ["rotations.evaluations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationEvaluation>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/evaluations")]
pub async fn list_rotation_evaluations(
    app: App,
    caller: Caller<perm::ReadEvaluations>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationEvaluation::from))
}

/// Records what the destination says of a person.
///
/// During a rotation or a secondment, yearly or on demand, and at its end; by who speaks for the destination. The event
/// `rotation.evaluated` names the unit that the person came from, which gets a copy.
#[utoipa::path(operation_id = "recordRotationEvaluation", tag = "rotations", security(("bearer" = ["rotations.opinions.give"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationEvaluation,
    responses((status = 201, body = RotationEvaluation, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/evaluations")]
pub async fn record_rotation_evaluation(
    app: App,
    caller: Caller<perm::GiveOpinion>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationEvaluation>,
) -> Result<Answer> {
    let made = service::record_evaluation(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |paper| format!("/v1/rotations/{id}/evaluations/{}", paper.id),
        |_| 1,
        RotationEvaluation::from,
    )
}

/// What the destination says of a person.
///
/// Seen by who speaks for either unit, and by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationEvaluation", tag = "rotations", security(("bearer" = ["rotations.evaluations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationEvaluation, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/evaluations/{paper_id}")]
pub async fn get_rotation_evaluation(
    app: App,
    caller: Caller<perm::ReadEvaluations>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationEvaluation::from(found))
}
