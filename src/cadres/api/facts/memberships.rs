//! A membership, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{CadreId, Fact, FactId, Membership, MembershipContent, MembershipCorrection, NewMembership};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Memberships of the Party and other organisations, newest first.
///
/// Ngày vào Đảng, ngày chính thức, offices; other organisations; service in the armed forces.
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listMemberships", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Membership>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/memberships")]
pub async fn list_memberships(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<MembershipContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, Membership::from))
}

/// Records a membership.
///
/// Ngày vào Đảng, ngày chính thức, offices; other organisations; service in the armed forces.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createMembership", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewMembership,
    responses((status = 201, body = Membership, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/memberships")]
pub async fn create_membership(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewMembership>,
) -> Result<Answer> {
    let made = service::record_fact::<MembershipContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/memberships/{}", fact.id),
        |fact| fact.version,
        Membership::from,
    )
}

/// One of memberships of the Party and other organisations.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getMembership", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("membership_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = Membership, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/memberships/{membership_id}")]
pub async fn get_membership(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<MembershipContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &Membership::from(found))
}

/// Corrects a membership: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctMembership", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("membership_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = MembershipCorrection,
    responses((status = 200, body = Membership, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/memberships/{membership_id}/correct")]
pub async fn correct_membership(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<MembershipCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<MembershipContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, Membership::from)
}
