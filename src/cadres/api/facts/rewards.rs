//! A reward, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, NewReward, Reward, RewardContent, RewardCorrection};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Rewards and titles awarded, newest first.
///
/// Khen thưởng, danh hiệu: what was given when, and for what.
/// Seen by who may see the person.
#[utoipa::path(operation_id = "listRewards", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Reward>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/rewards")]
pub async fn list_rewards(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<RewardContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Reward::from))
}

/// Records a reward.
///
/// Khen thưởng, danh hiệu: what was given when, and for what.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createReward", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewReward,
    responses((status = 201, body = Reward, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/rewards")]
pub async fn create_reward(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewReward>,
) -> Result<Answer> {
    let made = service::record_fact::<RewardContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(made, |fact| format!("/v1/cadres/{id}/rewards/{}", fact.id), |fact| fact.version, Reward::from)
}

/// One of rewards and titles awarded.
///
/// Seen by who may see the person.
#[utoipa::path(operation_id = "getReward", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("reward_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Reward, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/rewards/{reward_id}")]
pub async fn get_reward(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<RewardContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Reward::from(found))
}

/// Corrects a reward: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctReward", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("reward_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = RewardCorrection,
    responses((status = 200, body = Reward, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/rewards/{reward_id}/correct")]
pub async fn correct_reward(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<RewardCorrection>,
) -> Result<Answer> {
    let corrected = service::correct_fact::<RewardContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Reward::from)
}
