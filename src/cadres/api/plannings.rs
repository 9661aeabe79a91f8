//! For which titles a person is planned (quy hoạch).

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ListOfPerson, both};
use crate::cadres::model::{CadreId, NewPlanning, Planning, PlanningId};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::posts::TitleId;

/// A planning to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "01994f7e-0000-7000-8000-000000000003", "from": "2025-10-01", "to": "2030-09-30", "decision_number": "120-QĐ/TU"}))]
pub struct NewCadrePlanning {
    /// For which title.
    title_id: TitleId,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
}

impl NewCadrePlanning {
    fn of(self, cadre_id: CadreId) -> Result<NewPlanning> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", self.from, self.to));
        let number = findings.keep(optional_line("/decision_number", self.decision_number.as_deref(), 100));
        findings.settle()?;
        let (Some(during), Some(decision_number)) = (during, number) else { return Err(Error::internal("settled")) };
        Ok(NewPlanning { cadre_id, title_id: self.title_id, during, decision_number })
    }
}

/// What should have been recorded of a planning. The whole of it anew: what is left out is empty afterwards.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "01994f7e-0000-7000-8000-000000000003", "from": "2025-10-01", "to": "2030-09-30", "reason": "Nhập sai nhiệm kỳ"}))]
pub struct PlanningCorrection {
    /// For which title.
    title_id: TitleId,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
    /// Why what was recorded is not right.
    #[schema(max_length = 400)]
    reason: String,
}

/// For which titles a person is or was planned, newest first.
///
/// Quy hoạch: the titles that a person is planned for, with the term and the decision.
#[utoipa::path(operation_id = "listPlannings", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Planning>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/plannings")]
pub async fn list_plannings(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::plannings(&app, &caller, id, &paging).await?;
    let keys = |row: &Planning| vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// Records for which title a person is planned.
///
/// Quy hoạch of one person for one title, with the decision and the term that it names. It is held against the rules of
/// its first day (how many titles, how many people, a higher title alone): what one refuses that the province has
/// confirmed is a 422; what another would refuse is an effect, `unconfirmed_rule_not_met`, which a dry run shows.
#[utoipa::path(operation_id = "createPlanning", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewCadrePlanning,
    responses((status = 201, body = Planning, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/plannings")]
pub async fn create_planning(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewCadrePlanning>,
) -> Result<Answer> {
    let made = service::add_planning(&app, &caller.with(send), &body.of(id)?).await?;
    Answer::created(made, |made| format!("/v1/cadres/{id}/plannings/{}", made.id), |_| 1, |made| made)
}

/// One planning of a person.
///
/// Seen by who may see the person.
#[utoipa::path(operation_id = "getPlanning", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("planning_id" = PlanningId, Path, description = "Id of the planning")),
    responses((status = 200, body = Planning, description = "The planning"), ReadProblems))]
#[get("/cadres/{id}/plannings/{planning_id}")]
pub async fn get_planning(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, PlanningId)>,
) -> Result<Answer> {
    let found = service::planning(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &found)
}

/// Corrects what was recorded of a planning: it is superseded, with the reason.
///
/// The whole entry anew: also how a planning ends before its time. What was known before stays readable in the profile
/// by `known_at`.
#[utoipa::path(operation_id = "correctPlanning", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("planning_id" = PlanningId, Path, description = "Id of the planning"), WriteQuery, EditHeaders),
    request_body = PlanningCorrection,
    responses((status = 200, body = Planning, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/plannings/{planning_id}/correct")]
pub async fn correct_planning(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, PlanningId)>,
    edit: Edit,
    Json(body): Json<PlanningCorrection>,
) -> Result<Answer> {
    let PlanningCorrection { title_id, from, to, decision_number, reason } = body;
    let right = NewCadrePlanning { title_id, from, to, decision_number };
    let (right, reason) = both(right.of(cadre), line("/reason", &reason, 400))?;
    let corrected = service::correct_planning(&app, &caller.with(edit), id, &right, &reason).await?;
    Answer::changed(corrected, |planning| planning.version, |planning| planning)
}
