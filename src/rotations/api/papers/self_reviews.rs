//! What people say of their own work at the end of a rotation or a secondment.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationSelfReview, Paper, PaperId, RotationId, RotationSelfReview};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The self-reviews of the people of a case, newest first.
///
/// Tự kiểm điểm: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationSelfReviews", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationSelfReview>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/self-reviews")]
pub async fn list_rotation_self_reviews(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationSelfReview::from))
}

/// Records the self-review of a person.
///
/// At the end of a rotation or a secondment, before the authority concludes. A later one takes the place of the one before.
#[utoipa::path(operation_id = "recordRotationSelfReview", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationSelfReview,
    responses((status = 201, body = RotationSelfReview, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/self-reviews")]
pub async fn record_rotation_self_review(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationSelfReview>,
) -> Result<Answer> {
    let made = service::record_self_review(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |paper| format!("/v1/rotations/{id}/self-reviews/{}", paper.id),
        |_| 1,
        RotationSelfReview::from,
    )
}

/// The self-review of a person.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationSelfReview", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationSelfReview, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/self-reviews/{paper_id}")]
pub async fn get_rotation_self_review(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationSelfReview::from(found))
}
