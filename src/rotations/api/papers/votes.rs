//! Votes of the authority on a case.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ListOfCase;
use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line};
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems};
use crate::rotations::model::{Ballot, Meeting, Paper, PaperId, RotationId, RotationVote};
use crate::rotations::service;
use crate::rotations::store::Which;

/// A vote to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "Ban Thường vụ Tỉnh ủy", "held_on": "2026-11-18", "present_ids": ["01994f7e-0000-7000-8000-000000000009"],
    "excluded_ids": [], "ballot": {"members": 1, "in_favour": 1, "against": 0, "abstained": 0}, "number": "30-BB/TU"}))]
pub struct NewRotationVote {
    /// The body.
    #[schema(max_length = 200)]
    body: String,
    /// When it met.
    held_on: NaiveDate,
    /// Members who were there.
    #[schema(min_items = 1, max_items = 200)]
    present_ids: Vec<CadreId>,
    /// Those of them who take no part, for the case is about them or theirs.
    #[serde(default)]
    #[schema(max_items = 200)]
    excluded_ids: Vec<CadreId>,
    /// How many voted how.
    ballot: Ballot,
    /// Number and sign of the minutes.
    #[schema(max_length = 100)]
    number: Option<String>,
}

impl TryFrom<NewRotationVote> for Meeting {
    type Error = Error;

    fn try_from(sent: NewRotationVote) -> Result<Self> {
        let NewRotationVote { body, held_on, present_ids, excluded_ids, ballot, number } = sent;
        let mut findings = Findings::new();
        let body = findings.keep(line("/body", &body, 200)).unwrap_or_default();
        let number = findings.keep(optional_line("/number", number.as_deref(), 100)).flatten();
        findings.settle()?;
        Ok(Self { body, held_on, present: present_ids, excluded: excluded_ids, ballot, number })
    }
}

/// The votes on a case, newest first.
///
/// Biểu quyết tập thể: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationVotes", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationVote>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/votes")]
pub async fn list_rotation_votes(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationVote::from))
}

/// Records a vote of the authority on a case.
///
/// Who was there, who took no part, how many voted how; what comes of it follows from the rules of quorum and majority of that
/// day. Rules that the province has not confirmed are told, and decide nothing: then more must be in favour than against.
#[utoipa::path(operation_id = "recordRotationVote", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationVote,
    responses((status = 201, body = RotationVote, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/votes")]
pub async fn record_rotation_vote(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationVote>,
) -> Result<Answer> {
    let made = service::record_vote(&app, &caller.with(send), id, &body.try_into()?).await?;
    Answer::created(made, |paper| format!("/v1/rotations/{id}/votes/{}", paper.id), |_| 1, RotationVote::from)
}

/// A vote on a case.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationVote", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationVote, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/votes/{paper_id}")]
pub async fn get_rotation_vote(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationVote::from(found))
}
