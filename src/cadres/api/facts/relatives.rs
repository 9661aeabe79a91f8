//! A relative, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, NewRelative, Relative, RelativeContent, RelativeCorrection};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Relatives, newest first.
///
/// Quan hệ gia đình: the own side and that of the wife or husband. Kept apart from the rest of the file.
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listRelatives", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Relative>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/relatives")]
pub async fn list_relatives(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<RelativeContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Relative::from))
}

/// Records a relative.
///
/// Quan hệ gia đình: the own side and that of the wife or husband. Kept apart from the rest of the file.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createRelative", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewRelative,
    responses((status = 201, body = Relative, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/relatives")]
pub async fn create_relative(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewRelative>,
) -> Result<Answer> {
    let made = service::record_fact::<RelativeContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |fact| format!("/v1/cadres/{id}/relatives/{}", fact.id), |fact| fact.version, Relative::from)
}

/// One of relatives.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getRelative", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("relative_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Relative, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/relatives/{relative_id}")]
pub async fn get_relative(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<RelativeContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Relative::from(found))
}

/// Corrects a relative: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctRelative", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("relative_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = RelativeCorrection,
    responses((status = 200, body = Relative, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/relatives/{relative_id}/correct")]
pub async fn correct_relative(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<RelativeCorrection>,
) -> Result<Answer> {
    let corrected = service::correct_fact::<RelativeContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Relative::from)
}
