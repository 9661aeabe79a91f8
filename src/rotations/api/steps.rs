//! The steps of a case.

use actix_web::post;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{NewRotationMove, RotationView, answer_with_outlook, moves};
use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, WriteQuery};
use crate::platform::http::{Answer, Edit, Json, Path, WriteProblems};
use crate::rotations::model::{Approval, Decision, RotationId, Slate, StateDecision};
use crate::rotations::service;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(approve_rotation_policy)
        .service(propose_rotation_people)
        .service(conclude_rotation_preparation)
        .service(conclude_rotation_exchange)
        .service(decide_rotation)
        .service(refuse_rotation)
        .service(withdraw_rotation)
        .service(compensate_rotation);
}

/// How the authority approves a policy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "112-TB/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": "2026-11-02",
    "invited_unit_ids": ["01994f7e-0000-7000-8000-000000000001"]}))]
pub struct NewPolicyApproval {
    /// Number and sign.
    #[schema(max_length = 100)]
    number: String,
    /// The authority.
    #[schema(max_length = 200)]
    issuer: String,
    /// When it was approved.
    approved_on: NaiveDate,
    /// The units that are asked whom they propose: they see the case as long as they may propose somebody.
    #[serde(default)]
    #[schema(max_items = 200)]
    invited_unit_ids: Vec<Uuid>,
}

/// The people proposed for a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_from": "2026-12-01", "moves": [
    {"kind": "rotation", "cadre_id": "01994f7e-0000-7000-8000-000000000001", "from_post_id": "01994f7e-0000-7000-8000-000000000002", "to_post_id": "01994f7e-0000-7000-8000-000000000003"}]}))]
pub struct NewRotationSlate {
    /// The day on which the moves are to take place; as foreseen unless given.
    effective_from: Option<NaiveDate>,
    /// The moves, decided together.
    #[schema(min_items = 1, max_items = 100)]
    moves: Vec<NewRotationMove>,
}

/// Why a case ends without a decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Cán bộ không nhất trí nhận nhiệm vụ"}))]
pub struct NewCaseRefusal {
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The decision of a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision_number": "315-QĐ/TU", "decision_issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": "2026-11-20",
    "state_decision": {"number": "1205/QĐ-UBND", "issuer": "Chủ tịch Ủy ban nhân dân tỉnh", "decided_on": "2026-11-20"}}))]
pub struct NewDecision {
    /// Number and sign.
    #[schema(max_length = 100)]
    decision_number: String,
    /// The authority.
    #[schema(max_length = 200)]
    decision_issuer: String,
    /// When it was decided.
    decided_on: NaiveDate,
    /// The decision of the state body, where the Party's is followed by one; on the same day or later.
    state_decision: Option<StateDecision>,
    /// Who signed it; needed where a rule that the province has confirmed says who decides.
    signed_by_id: Option<CadreId>,
}

/// Why a case is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Cán bộ xin thôi việc"}))]
pub struct NewWithdrawal {
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// From when on, and why, what a case did is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_from": "2027-01-01", "reason": "Quyết định ban hành không đúng thẩm quyền"}))]
pub struct NewCompensation {
    /// The day on which everybody goes back; after that of the case.
    effective_from: NaiveDate,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// Approves the policy of a case: people may be proposed.
///
/// Phê duyệt chủ trương, the end of the first step; by somebody else than who proposed it. The units that are asked see the case
/// and may propose people of theirs, until the preparation is concluded.
#[utoipa::path(operation_id = "approveRotationPolicy", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewPolicyApproval,
    responses((status = 200, body = RotationView, description = "Approved, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/approve-policy")]
pub async fn approve_rotation_policy(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewPolicyApproval>,
) -> Result<Answer> {
    let asked = body.invited_unit_ids;
    let mut findings = Findings::new();
    let number = findings.keep(line("/number", &body.number, 100));
    let issuer = findings.keep(line("/issuer", &body.issuer, 200));
    findings.settle()?;
    let (Some(number), Some(issuer)) = (number, issuer) else { return Err(Error::internal("settled")) };
    let caller = caller.with(edit);
    let approval = Approval { number, issuer, approved_on: body.approved_on };
    let approved = service::approve_policy(&app, &caller, id, (&approval, &asked)).await?;
    answer_with_outlook(&app, &caller, approved, false).await
}

/// Proposes the people of a case, or others in their place.
///
/// Đề xuất nhân sự, the second step. What was said of those who stay in the same moves goes on to count; what was proposed
/// before stays readable among the slates.
#[utoipa::path(operation_id = "proposeRotationPeople", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewRotationSlate,
    responses((status = 200, body = RotationView, description = "Proposed, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/propose-people")]
pub async fn propose_rotation_people(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewRotationSlate>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let moves = moves(body.moves, &mut findings);
    findings.settle()?;
    let caller = caller.with(edit);
    let slate = Slate { effective_from: body.effective_from, moves };
    let proposed = service::propose_people(&app, &caller, id, &slate).await?;
    answer_with_outlook(&app, &caller, proposed, false).await
}

/// Concludes the preparation of a case.
///
/// Chuẩn bị nhân sự, the third step: there is a conclusion on the political standards of everybody, and it is that they meet
/// them. `lacking` says what is missing.
#[utoipa::path(operation_id = "concludeRotationPreparation", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders),
    responses((status = 200, body = RotationView, description = "Concluded, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/conclude-preparation")]
pub async fn conclude_rotation_preparation(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
) -> Result<Answer> {
    let caller = caller.with(edit);
    let concluded = service::conclude_preparation(&app, &caller, id).await?;
    answer_with_outlook(&app, &caller, concluded, false).await
}

/// Concludes the exchange of a case.
///
/// Trao đổi, the fourth step: the units that are left and entered have given their opinions, and everybody was talked with and is
/// ready to go. `lacking` says what is missing.
#[utoipa::path(operation_id = "concludeRotationExchange", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders),
    responses((status = 200, body = RotationView, description = "Concluded, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/conclude-exchange")]
pub async fn conclude_rotation_exchange(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
) -> Result<Answer> {
    let caller = caller.with(edit);
    let concluded = service::conclude_exchange(&app, &caller, id).await?;
    answer_with_outlook(&app, &caller, concluded, false).await
}

/// Ends a case without a decision, in any step before it.
///
/// The policy is not approved, somebody does not meet the standards or declines, the vote does not carry it. By who may
/// prepare or decide it.
#[utoipa::path(operation_id = "refuseRotation", tag = "rotations", security(("bearer" = ["rotations.withdraw"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewCaseRefusal,
    responses((status = 200, body = RotationView, description = "Ended, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/refuse")]
pub async fn refuse_rotation(
    app: App,
    caller: Caller<perm::WithdrawRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewCaseRefusal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let refused = service::refuse(&app, &caller, id, &reason).await?;
    answer_with_outlook(&app, &caller, refused, false).await
}

/// Decides a case.
///
/// A case of five steps is decided by a vote that carries it, one with an election by the confirmed result. From the
/// effective day on the posts that are left are vacated and those that are entered filled, all together. Who
/// prepared a case may not decide it or sign for it, and nobody decides or signs about themselves. Where a confirmed rule says
/// which post decides, who signed it holds that post or its delegation on the day of the decision.
#[utoipa::path(operation_id = "decideRotation", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewDecision,
    responses((status = 200, body = RotationView, description = "Decided, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/decide")]
pub async fn decide_rotation(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewDecision>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let number = findings.keep(line("/decision_number", &body.decision_number, 100));
    let issuer = findings.keep(line("/decision_issuer", &body.decision_issuer, 200));
    let state = body.state_decision.map(|state| StateDecision {
        number: findings.keep(line("/state_decision/number", &state.number, 100)).unwrap_or_default(),
        issuer: findings.keep(line("/state_decision/issuer", &state.issuer, 200)).unwrap_or_default(),
        decided_on: state.decided_on,
    });
    findings.settle()?;
    let (Some(number), Some(issuer)) = (number, issuer) else { return Err(Error::internal("settled")) };
    let caller = caller.with(edit);
    let decision = Decision { number, issuer, decided_on: body.decided_on, state, signed_by: body.signed_by_id };
    let decided = service::decide(&app, &caller, id, &decision).await?;
    answer_with_outlook(&app, &caller, decided, false).await
}

/// Withdraws a case before it takes effect.
///
/// A prepared one by who may prepare or decide; a decided one by who may decide: what its decision took is given back.
#[utoipa::path(operation_id = "withdrawRotation", tag = "rotations", security(("bearer" = ["rotations.withdraw"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewWithdrawal,
    responses((status = 200, body = RotationView, description = "Withdrawn, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/withdraw")]
pub async fn withdraw_rotation(
    app: App,
    caller: Caller<perm::WithdrawRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewWithdrawal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let withdrawn = service::withdraw(&app, &caller, id, &reason).await?;
    answer_with_outlook(&app, &caller, withdrawn, false).await
}

/// Prepares the case that takes back what an effective one did.
///
/// Thu hồi quyết định: everybody goes back where they came from, from a later day on; nothing that was is unmade. The new case, which
/// `compensated_by` names, is decided as any other. While there is one that is neither refused nor withdrawn, there is no second.
#[utoipa::path(operation_id = "compensateRotation", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationId, Path, description = "Id of the case"), WriteQuery, EditHeaders), request_body = NewCompensation,
    responses((status = 200, body = RotationView, description = "The case, which names the new one, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotations/{id}/compensate")]
pub async fn compensate_rotation(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationId>,
    edit: Edit,
    Json(body): Json<NewCompensation>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let made = service::compensate(&app, &caller, id, (body.effective_from, &reason)).await?;
    answer_with_outlook(&app, &caller, made, false).await
}
