//! What the units say of the moves of a case.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationOpinion, Paper, PaperId, RotationId, RotationOpinion};
use crate::rotations::service;
use crate::rotations::store::Which;

/// What the units say of the moves of a case, newest first.
///
/// Ý kiến của nơi đi, nơi đến: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationOpinions", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationOpinion>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/opinions")]
pub async fn list_rotation_opinions(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationOpinion::from))
}

/// Records what the unit that a person leaves, or comes to, says of the move.
///
/// While the units are being asked, by who speaks for that unit. A later one takes the place of the one before.
#[utoipa::path(operation_id = "recordRotationOpinion", tag = "rotations", security(("bearer" = ["rotations.opinions.give"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationOpinion,
    responses((status = 201, body = RotationOpinion, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/opinions")]
pub async fn record_rotation_opinion(
    app: App,
    caller: Caller<perm::GiveOpinion>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationOpinion>,
) -> Result<Answer> {
    let made = service::record_opinion(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/opinions/{}", paper.id), |_| 1, RotationOpinion::from)
}

/// What a unit says of a move.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationOpinion", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationOpinion, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/opinions/{paper_id}")]
pub async fn get_rotation_opinion(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationOpinion::from(found))
}
