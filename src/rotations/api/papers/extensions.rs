//! Rotations and secondments that last longer.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationExtension, Paper, PaperId, RotationExtension, RotationId};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The extensions of the rotations and secondments of a case, newest first.
///
/// Gia hạn: each moved the expected end.
#[utoipa::path(operation_id = "listRotationExtensions", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationExtension>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/extensions")]
pub async fn list_rotation_extensions(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationExtension::from))
}

/// Extends a rotation or a secondment.
///
/// By who decides, and did not prepare the case. The expected end of the move becomes `until`. A rule on how long a secondment may last refuses
/// it (`rule_not_met`) where the province has confirmed the rule and no waiver names it; else it is an effect, `unconfirmed_rule_not_met`.
#[utoipa::path(operation_id = "recordRotationExtension", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationExtension,
    responses((status = 201, body = RotationExtension, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/extensions")]
pub async fn record_rotation_extension(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationExtension>,
) -> Result<Answer> {
    let made = service::record_extension(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/extensions/{}", paper.id), |_| 1, RotationExtension::from)
}

/// An extension.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationExtension", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationExtension, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/extensions/{paper_id}")]
pub async fn get_rotation_extension(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationExtension::from(found))
}
