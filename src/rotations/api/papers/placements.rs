//! What authorities conclude on rotations and secondments, and what becomes of people.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationPlacement, Paper, PaperId, RotationId, RotationPlacement};
use crate::rotations::service;
use crate::rotations::store::Which;

/// What was concluded on the people of a case, newest first.
///
/// Kết luận, bố trí sau luân chuyển.
#[utoipa::path(operation_id = "listRotationPlacements", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationPlacement>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/placements")]
pub async fn list_rotation_placements(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationPlacement::from))
}

/// Records what the authority concludes on a rotation or a secondment, and what becomes of the person.
///
/// Once, after the self-review and the final evaluation of the destination; by who decides, and did not prepare the case. Who is kept for good (`kept`)
/// holds the post by a transfer from `kept_from` on, and no longer counts as rotated; of anybody else it is known when they leave.
#[utoipa::path(operation_id = "recordRotationPlacement", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationPlacement,
    responses((status = 201, body = RotationPlacement, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/placements")]
pub async fn record_rotation_placement(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationPlacement>,
) -> Result<Answer> {
    let made = service::record_placement(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/placements/{}", paper.id), |_| 1, RotationPlacement::from)
}

/// What was concluded on a person.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationPlacement", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationPlacement, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/placements/{paper_id}")]
pub async fn get_rotation_placement(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationPlacement::from(found))
}
