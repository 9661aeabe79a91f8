//! Special cases.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationWaiver, Paper, PaperId, RotationId, RotationWaiver};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The special cases that the authority has made in a case, newest first.
///
/// Trường hợp đặc biệt: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationWaivers", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationWaiver>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/waivers")]
pub async fn list_rotation_waivers(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationWaiver::from))
}

/// Lets a person of a case pass a rule.
///
/// By the authority, with its reason and approval; never by who prepared the case.
#[utoipa::path(operation_id = "recordRotationWaiver", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationWaiver,
    responses((status = 201, body = RotationWaiver, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/waivers")]
pub async fn record_rotation_waiver(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationWaiver>,
) -> Result<Answer> {
    let made = service::record(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/waivers/{}", paper.id), |_| 1, RotationWaiver::from)
}

/// A special case.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationWaiver", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationWaiver, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/waivers/{paper_id}")]
pub async fn get_rotation_waiver(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationWaiver::from(found))
}
