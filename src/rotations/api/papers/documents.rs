//! Papers of the dossiers of a case, and what is missing of them.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{NewRotationDocument, Paper, PaperId, RotationDocument, RotationDossier, RotationId};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The papers of the dossiers of a case, newest first.
///
/// By reference: what stands in them is kept elsewhere.
#[utoipa::path(operation_id = "listRotationDocuments", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationDocument>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/documents")]
pub async fn list_rotation_documents(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationDocument::from))
}

/// Records where a paper of a dossier is kept.
///
/// Of one person, or of the whole case; any number of each.
#[utoipa::path(operation_id = "recordRotationDocument", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationDocument,
    responses((status = 201, body = RotationDocument, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/documents")]
pub async fn record_rotation_document(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationDocument>,
) -> Result<Answer> {
    let made = service::record(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/documents/{}", paper.id), |_| 1, RotationDocument::from)
}

/// A paper of a dossier.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationDocument", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationDocument, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/documents/{paper_id}")]
pub async fn get_rotation_document(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationDocument::from(found))
}

/// The dossiers of a case.
#[derive(Serialize, ToSchema)]
pub struct RotationDossiers {
    /// Person by person.
    #[schema(max_items = 100)]
    data: Vec<RotationDossier>,
}

/// The dossiers of the people of a case: what is there, what is missing, who owes it.
///
/// Hồ sơ nhân sự: the papers of an appointment. What is missing is told and refuses nothing.
#[utoipa::path(operation_id = "getRotationDossier", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationDossiers, description = "The dossiers"), ReadProblems))]
#[get("/rotations/{id}/dossier")]
pub async fn get_rotation_dossier(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
) -> Result<Answer> {
    let data = service::dossier(&app, &caller, id).await?;
    Answer::value(&RotationDossiers { data })
}
