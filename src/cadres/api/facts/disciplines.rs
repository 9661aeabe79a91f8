//! A discipline, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Discipline, DisciplineContent, DisciplineCorrection, Fact, FactId, NewDiscipline};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Disciplines, newest first.
///
/// Kỷ luật of the Party, the state and mass organisations, from when to when each has effect.
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listDisciplines", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Discipline>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/disciplines")]
pub async fn list_disciplines(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<DisciplineContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Discipline::from))
}

/// Records a discipline.
///
/// Kỷ luật of the Party, the state and mass organisations, from when to when each has effect.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createDiscipline", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewDiscipline,
    responses((status = 201, body = Discipline, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/disciplines")]
pub async fn create_discipline(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewDiscipline>,
) -> Result<Answer> {
    let made = service::record_fact::<DisciplineContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/disciplines/{}", fact.id),
        |fact| fact.version,
        Discipline::from,
    )
}

/// One of disciplines.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getDiscipline", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("discipline_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Discipline, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/disciplines/{discipline_id}")]
pub async fn get_discipline(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<DisciplineContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Discipline::from(found))
}

/// Corrects a discipline: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctDiscipline", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("discipline_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = DisciplineCorrection,
    responses((status = 200, body = Discipline, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/disciplines/{discipline_id}/correct")]
pub async fn correct_discipline(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<DisciplineCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<DisciplineContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Discipline::from)
}
