//! A residence, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, NewResidence, Residence, ResidenceContent, ResidenceCorrection};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Where the person lives and lived, newest first.
///
/// Nơi thường trú, nơi ở hiện nay.
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listResidences", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Residence>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/residences")]
pub async fn list_residences(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<ResidenceContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Residence::from))
}

/// Records a residence.
///
/// Nơi thường trú, nơi ở hiện nay.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createResidence", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewResidence,
    responses((status = 201, body = Residence, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/residences")]
pub async fn create_residence(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewResidence>,
) -> Result<Answer> {
    let made = service::record_fact::<ResidenceContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/residences/{}", fact.id),
        |fact| fact.version,
        Residence::from,
    )
}

/// One of where the person lives and lived.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getResidence", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("residence_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Residence, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/residences/{residence_id}")]
pub async fn get_residence(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<ResidenceContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Residence::from(found))
}

/// Corrects a residence: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctResidence", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("residence_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = ResidenceCorrection,
    responses((status = 200, body = Residence, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/residences/{residence_id}/correct")]
pub async fn correct_residence(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<ResidenceCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<ResidenceContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Residence::from)
}
