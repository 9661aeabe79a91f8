//! What callers see of acts that reorganise.

mod body;

use actix_web::{get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::body::NewReorganisation;
use super::model::{Reorganisation, ReorganisationChange, ReorganisationProposal};
use super::service::{self, Carried};
use super::store;
use crate::identity::{Caller, perm};
use crate::organisations::model::ActId;
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_reorganisations)
        .service(reorganise_units)
        .service(get_reorganisation)
        .service(list_reorganisation_changes);
}

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListReorganisations {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Acts that reorganised units of the caller's, the latest day first.
///
/// Văn bản sắp xếp tổ chức: those that made, changed or ended a unit which the caller may see.
#[utoipa::path(operation_id = "listReorganisations", tag = "organisations", security(("bearer" = ["units.read"])), params(ListReorganisations),
    responses((status = 200, body = Page<Reorganisation>, description = "A page"), ListProblems))]
#[get("/reorganisations")]
pub async fn list_reorganisations(
    app: App,
    caller: Caller<perm::ReadUnits>,
    _known: Query<ListReorganisations>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = store::list(&mut *app.db.read().await?, caller.scope(), &paging).await?;
    let keys = |act: &Reorganisation| vec![act.effective_from.to_string(), act.id.to_string()];
    Ok(Answer::page(&paging.page(rows, total, keys, |act| act))?.cacheable())
}

/// Carries out an act that renames, moves, merges, splits, abolishes or makes units.
///
/// All changes of the act take place on its day, or none does. Bodies of a unit that ends end with it, unless the act
/// moves them. What would be left hanging (posts, appointments, grants, files, courses, open cases) refuses the act with
/// `left_hanging`, and `proposals` says of each thing where it may go: send it in `placements`, or all of them as they are
/// with `accept_proposals`. The day may be past (`back_dated`) or to come, unless something of a later day speaks against
/// it. The same act sent again changes nothing and is answered with 200; under the same number with other content it is a
/// 409 `act_exists`.
#[utoipa::path(operation_id = "reorganiseUnits", tag = "organisations", security(("bearer" = ["units.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewReorganisation,
    responses((status = 201, body = Reorganisation, description = "Carried out"),
        (status = 200, body = Reorganisation, description = "Carried out before, by the same content; or, in a dry run, the effects"), WriteProblems))]
#[post("/reorganisations")]
pub async fn reorganise_units(
    app: App,
    caller: Caller<perm::ManageUnits>,
    send: Send,
    Json(body): Json<NewReorganisation>,
) -> Result<Answer> {
    let proposal = ReorganisationProposal::try_from(body)?;
    let carried = service::carry_out(&app, &caller.with(send), &proposal).await?;
    let (version, view) = (|carried: &Carried| carried.act.version, |carried: Carried| carried.act);
    if carried.value.existed {
        return Answer::changed(carried, version, view);
    }
    Answer::created(carried, |carried| format!("/v1/reorganisations/{}", carried.act.id), version, view)
}

/// One act.
///
/// With its legal basis, its day and how many things it changed. What it does to each unit is in `/changes`; each edge of
/// a unit's lineage names its act.
#[utoipa::path(operation_id = "getReorganisation", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = ActId, Path, description = "Id of the act")),
    responses((status = 200, body = Reorganisation, description = "The act"), ReadProblems))]
#[get("/reorganisations/{id}")]
pub async fn get_reorganisation(app: App, caller: Caller<perm::ReadUnits>, Path(id): Path<ActId>) -> Result<Answer> {
    let act = store::find(&mut *app.db.read().await?, caller.scope(), id).await?;
    Ok(Answer::found(act.version, &act)?.cacheable())
}

/// What an act does to the units that the caller may see, in its order.
///
/// One line for each unit, and for each part of one that was split; `into` and `share` are the edges of the lineage.
#[utoipa::path(operation_id = "listReorganisationChanges", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = ActId, Path, description = "Id of the act"), ListReorganisations),
    responses((status = 200, body = Page<ReorganisationChange>, description = "A page"), ReadProblems))]
#[get("/reorganisations/{id}/changes")]
pub async fn list_reorganisation_changes(
    app: App,
    caller: Caller<perm::ReadUnits>,
    Path(id): Path<ActId>,
    _known: Query<ListReorganisations>,
    paging: Paging,
) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let act = store::find(&mut conn, caller.scope(), id).await?;
    let (rows, total) = store::changes(&mut conn, caller.scope(), &act, &paging).await?;
    let keys = |change: &ReorganisationChange| vec![change.position.to_string()];
    Ok(Answer::page(&paging.page(rows, total, keys, |change| change))?.cacheable())
}
