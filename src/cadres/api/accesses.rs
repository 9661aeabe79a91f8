//! Who read a person's file.

use actix_web::get;

use super::ListOfPerson;
use crate::audit::CadreAccess;
use crate::cadres::model::CadreId;
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, Page, Paging, Path, Query, ReadProblems};

/// Who read the sensitive fields of a person's file or changed its record, newest first.
///
/// Each reading of a sensitive field by a person or a system, newest first, recorded within a second of it. The person
/// whose file it is, auditors and organisation officers see it.
#[utoipa::path(operation_id = "listCadreAccesses", tag = "audit", security(("bearer" = ["cadre.accesses.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<CadreAccess>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/accesses")]
pub async fn list_cadre_accesses(
    app: App,
    caller: Caller<perm::ReadAccesses>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::accesses(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.seq.to_string()], |row| row))
}
