//! Another field of the form 2C, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, NewParticular, Particular, ParticularContent, ParticularCorrection};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// The other fields of the form 2C, newest first.
///
/// Fields of the form 2C that have no list of their own: tên gọi khác, nơi sinh, sở trường, lịch sử bản thân, ...
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listParticulars", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Particular>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/particulars")]
pub async fn list_particulars(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<ParticularContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Particular::from))
}

/// Records another field of the form 2C.
///
/// Fields of the form 2C that have no list of their own: tên gọi khác, nơi sinh, sở trường, lịch sử bản thân, ...
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createParticular", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewParticular,
    responses((status = 201, body = Particular, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/particulars")]
pub async fn create_particular(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewParticular>,
) -> Result<Answer> {
    let made = service::record_fact::<ParticularContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/particulars/{}", fact.id),
        |fact| fact.version,
        Particular::from,
    )
}

/// One of the other fields of the form 2C.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getParticular", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("particular_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Particular, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/particulars/{particular_id}")]
pub async fn get_particular(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<ParticularContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Particular::from(found))
}

/// Corrects another field of the form 2C: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctParticular", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("particular_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = ParticularCorrection,
    responses((status = 200, body = Particular, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/particulars/{particular_id}/correct")]
pub async fn correct_particular(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<ParticularCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<ParticularContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Particular::from)
}
