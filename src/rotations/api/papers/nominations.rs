//! Whom the units propose for a case.

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
use crate::posts::{PostId, TitleId};
use crate::rotations::model::{Nomination, Paper, PaperId, RotationId, RotationNomination};
use crate::rotations::service;
use crate::rotations::store::Which;

/// Whom a unit proposes for a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cadre_id": "01994f7e-0000-7000-8000-000000000001", "title_id": "01994f7e-0000-7000-8000-000000000002",
    "reason": "Trong quy hoạch, hai năm hoàn thành tốt nhiệm vụ", "nominated_on": "2026-11-05", "number": "12-TTr/ĐU"}))]
pub struct NewRotationNomination {
    /// Who is proposed: somebody whose file the unit keeps; the case need not move them.
    cadre_id: CadreId,
    /// The title that the person is proposed for; whichever the authority sees fit unless given.
    title_id: Option<TitleId>,
    /// The very post, in place of a title.
    post_id: Option<PostId>,
    /// Why.
    #[schema(max_length = 2000)]
    reason: String,
    /// When the unit proposed it.
    nominated_on: NaiveDate,
    /// Number and sign of its letter.
    #[schema(max_length = 100)]
    number: Option<String>,
}

impl TryFrom<NewRotationNomination> for Nomination {
    type Error = Error;

    fn try_from(sent: NewRotationNomination) -> Result<Self> {
        let NewRotationNomination { cadre_id, title_id, post_id, reason, nominated_on, number } = sent;
        let mut findings = Findings::new();
        let reason = findings.keep(line("/reason", &reason, 2000)).unwrap_or_default();
        let number = findings.keep(optional_line("/number", number.as_deref(), 100)).flatten();
        findings.settle()?;
        Ok(Self { cadre_id, title_id, post_id, reason, nominated_on, number })
    }
}

/// Whom the units propose for a case, newest first.
///
/// Đề xuất nhân sự của các đơn vị: those that others took the place of too.
#[utoipa::path(operation_id = "listRotationNominations", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ListOfCase),
    responses((status = 200, body = Page<RotationNomination>, description = "A page"), ReadProblems))]
#[get("/rotations/{id}/nominations")]
pub async fn list_rotation_nominations(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
    _: Query<ListOfCase>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::papers(&app, &caller, id, Which::Page(&paging)).await?;
    Answer::page(&paging.page(rows, total, Paper::keys, RotationNomination::from))
}

/// Records whom a unit proposes for a case.
///
/// Once the policy is approved and until the preparation is concluded, by who speaks for the unit that keeps the person's file.
/// A later one on the same person takes the place of the one before. Nobody proposes themselves.
#[utoipa::path(operation_id = "recordRotationNomination", tag = "rotations", security(("bearer" = ["rotations.opinions.give"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, SendHeaders), request_body = NewRotationNomination,
    responses((status = 201, body = RotationNomination, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations/{id}/nominations")]
pub async fn record_rotation_nomination(
    app: App,
    caller: Caller<perm::GiveOpinion>,
    Path(id): Path<RotationId>,
    send: Send,
    Json(body): Json<NewRotationNomination>,
) -> Result<Answer> {
    let made = service::record_nomination(&app, &caller.with(send), id, &body.try_into()?).await?;
    Answer::created(
        made,
        |paper| format!("/v1/rotations/{id}/nominations/{}", paper.id),
        |_| 1,
        RotationNomination::from,
    )
}

/// Whom a unit proposes for a case.
///
/// Seen by who may read the papers of the case.
#[utoipa::path(operation_id = "getRotationNomination", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case"), ("paper_id" = PaperId, Path, description = "Id of the paper")),
    responses((status = 200, body = RotationNomination, description = "The paper"), ReadProblems))]
#[get("/rotations/{id}/nominations/{paper_id}")]
pub async fn get_rotation_nomination(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path((id, paper)): Path<(RotationId, PaperId)>,
) -> Result<Answer> {
    let found = service::paper(&app, &caller, id, paper).await?;
    Answer::found(1, &RotationNomination::from(found))
}
