//! A rank, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, NewRank, Rank, RankContent, RankCorrection};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Ranks, steps and coefficients, newest first.
///
/// Ngạch, bậc, hệ số lương, with the day from which each counts.
/// Seen by who may see the person.
#[utoipa::path(operation_id = "listRanks", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Rank>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/ranks")]
pub async fn list_ranks(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<RankContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Rank::from))
}

/// Records a rank.
///
/// Ngạch, bậc, hệ số lương, with the day from which each counts.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createRank", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewRank,
    responses((status = 201, body = Rank, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/ranks")]
pub async fn create_rank(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewRank>,
) -> Result<Answer> {
    let made = service::record_fact::<RankContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |fact| format!("/v1/cadres/{id}/ranks/{}", fact.id), |fact| fact.version, Rank::from)
}

/// One of ranks, steps and coefficients.
///
/// Seen by who may see the person.
#[utoipa::path(operation_id = "getRank", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("rank_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Rank, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/ranks/{rank_id}")]
pub async fn get_rank(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<RankContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Rank::from(found))
}

/// Corrects a rank: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctRank", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("rank_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = RankCorrection,
    responses((status = 200, body = Rank, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/ranks/{rank_id}/correct")]
pub async fn correct_rank(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<RankCorrection>,
) -> Result<Answer> {
    let corrected = service::correct_fact::<RankContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Rank::from)
}
