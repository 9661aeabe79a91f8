//! Rotations and secondments as they are lived.

use actix_web::get;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, ListProblems, Page, Paging, Path, Query, ReadProblems};
use crate::rotations::model::{MoveId, MoveKind, Posting, PostingState};
use crate::rotations::service;
use crate::rotations::store::PostingFilter;

/// Which postings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListPostings {
    /// Where they stand on the day.
    #[param(inline)]
    state: Option<PostingState>,
    /// Rotations or secondments.
    #[param(inline)]
    kind: Option<MoveKind>,
    /// Of this person.
    cadre_id: Option<CadreId>,
    /// From a post of this unit, or to one, and of everything below it.
    unit_id: Option<Uuid>,
    /// Seen from this day; today unless given.
    as_of: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Rotations and secondments as they are lived, the latest first.
///
/// Những người đang, đã hoặc sẽ luân chuyển, biệt phái: since when, until when, months served, the least time that the law asks for,
/// whether it ended early, what it waits for, and what becomes of the person.
#[utoipa::path(operation_id = "listPostings", tag = "rotations", security(("bearer" = ["rotations.read"])), params(ListPostings),
    responses((status = 200, body = Page<Posting>, description = "A page"), ListProblems))]
#[get("/postings")]
pub async fn list_postings(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Query(list): Query<ListPostings>,
    paging: Paging,
) -> Result<Answer> {
    let ListPostings { state, kind, cadre_id, unit_id: unit, as_of, .. } = list;
    let day = as_of.unwrap_or_else(|| app.clock.today());
    let filter = PostingFilter { day, state, kind, cadre: cadre_id.map(|id| id.0), unit };
    let (rows, total) = service::postings(&app, &caller, &filter, &paging).await?;
    let keys = |row: &Posting| vec![row.from.to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// The day that a posting is seen from.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostingDay {
    /// Seen from this day; today unless given.
    as_of: Option<NaiveDate>,
}

/// One rotation or secondment as it is lived.
///
/// Its id is that of the move that began it. `allowed_actions` say what the caller may record of it now, at the case.
#[utoipa::path(operation_id = "getPosting", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = MoveId, Path, description = "Id of the move that began it"), PostingDay),
    responses((status = 200, body = Posting, description = "The posting"), ReadProblems))]
#[get("/postings/{id}")]
pub async fn get_posting(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<MoveId>,
    Query(seen): Query<PostingDay>,
) -> Result<Answer> {
    let day = seen.as_of.unwrap_or_else(|| app.clock.today());
    Answer::value(&service::posting(&app, &caller, id, day).await?)
}
