//! Results of elections to posts that a case fills.

use actix_web::{get, post};

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationElection, Paper, PaperId, RotationElection, RotationId};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The results of elections of a case, newest first.
///
/// Kết quả bầu cử: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationElections", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationElection>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/elections")]
pub async fn list_rotation_elections(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationElection::from))
}

/// Records the result of an election to the post that a person is to enter.
///
/// A case with such a move is decided once the result is confirmed. A later one takes the place of the one before.
#[utoipa::path(operation_id = "recordRotationElection", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationElection,
    responses((status = 201, body = RotationElection, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/elections")]
pub async fn record_rotation_election(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationElection>,
) -> Result<Answer> {
    let made = service::record(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/elections/{}", paper.id), |_| 1, RotationElection::from)
}

/// The result of an election.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationElection", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationElection, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/elections/{paper_id}")]
pub async fn get_rotation_election(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationElection::from(found))
}
