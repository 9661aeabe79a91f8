//! Conclusions on political standards.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationConclusion, Paper, PaperId, RotationConclusion, RotationId};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The conclusions on political standards of a case, newest first.
///
/// Kết luận tiêu chuẩn chính trị: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationConclusions", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationConclusion>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/conclusions")]
pub async fn list_rotation_conclusions(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationConclusion::from))
}

/// Records the conclusion on a person's political standards.
///
/// While the people of the case are being prepared. A later one takes the place of the one before.
#[utoipa::path(operation_id = "recordRotationConclusion", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationConclusion,
    responses((status = 201, body = RotationConclusion, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/conclusions")]
pub async fn record_rotation_conclusion(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationConclusion>,
) -> Result<Answer> {
    let made = service::record(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |paper| format!("/v1/rotations/{id}/conclusions/{}", paper.id),
        |_| 1,
        RotationConclusion::from,
    )
}

/// A conclusion on political standards.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationConclusion", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationConclusion, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/conclusions/{paper_id}")]
pub async fn get_rotation_conclusion(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationConclusion::from(found))
}
