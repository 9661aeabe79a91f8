//! Talks with the people of a case.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationInterview, Paper, PaperId, RotationId, RotationInterview};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The talks with the people of a case, newest first.
///
/// Gặp gỡ cán bộ: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationInterviews", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationInterview>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/interviews")]
pub async fn list_rotation_interviews(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationInterview::from))
}

/// Records the talk with a person.
///
/// Purpose explained, wishes heard, whether they are ready to go. A later one takes the place of the one before.
#[utoipa::path(operation_id = "recordRotationInterview", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationInterview,
    responses((status = 201, body = RotationInterview, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/interviews")]
pub async fn record_rotation_interview(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationInterview>,
) -> Result<Answer> {
    let made = service::record(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/interviews/{}", paper.id), |_| 1, RotationInterview::from)
}

/// A talk with a person.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationInterview", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationInterview, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/interviews/{paper_id}")]
pub async fn get_rotation_interview(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationInterview::from(found))
}
