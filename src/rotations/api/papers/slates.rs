//! The people that were proposed for a case.

use actix_web::get;

use super::ListOfCase;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, Page, Paging, Path, Query, ReadProblems};
use crate::rotations::model::{Paper, RotationId, RotationSlate};
use crate::rotations::service;
use crate::rotations::store::Which;

/// The people that were proposed for a case, newest first.
///
/// Each slate as it was proposed; the first is the present one.
#[utoipa::path(operation_id = "listRotationSlates", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationSlate>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/slates")]
pub async fn list_rotation_slates(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationSlate::from))
}
