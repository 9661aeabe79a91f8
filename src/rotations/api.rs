//! What callers see of cases.

mod authorities;
mod delegations;
mod eligibility;
mod papers;
mod plans;
mod postings;
mod steps;
mod vacancies;
mod verdicts;

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{
    CaseRefusal, Lack, MoveKind, MovePurpose, PolicyApproval, Proposal, ProposedMove, Rotation, RotationAction,
    RotationDecision, RotationId, RotationMove, RotationPlanId, RotationProcedure, RotationState, Withdrawal,
};
use super::service::{self, Outlook};
use super::store::{self, Filter};
use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::fields::{line, optional_line};
use crate::platform::http::page::Ref;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::posts::PostId;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_rotations)
        .service(prepare_rotation)
        .service(get_rotation)
        .service(eligibility::get_rotation_eligibility)
        .service(vacancies::list_rotation_vacancies)
        .service(verdicts::list_rotation_verdicts)
        .service(postings::list_postings)
        .service(postings::get_posting)
        .configure(steps::configure)
        .configure(papers::configure)
        .configure(plans::configure)
        .configure(authorities::configure)
        .configure(delegations::configure);
}

/// A move to be proposed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRotationMove {
    /// By which kind of decision.
    kind: MoveKind,
    /// Who.
    cadre_id: CadreId,
    /// The post that is left; null or absent on entry from no post.
    from_post_id: Option<PostId>,
    /// The body outside the province that the person comes from, on entry.
    #[schema(max_length = 200)]
    from_outside: Option<String>,
    /// The post that is entered; null or absent where the person goes outside.
    to_post_id: Option<PostId>,
    /// The body outside the province that the person goes to; by a transfer they leave the service of the province with everything
    /// that they hold, from a rotation or a secondment they come back.
    #[schema(max_length = 200)]
    to_outside: Option<String>,
    /// Phụ trách: who is in charge of the post that is left, until somebody comes to it.
    stand_in_id: Option<CadreId>,
    /// Last day expected there; required for a secondment.
    expected_end_on: Option<NaiveDate>,
    /// Decided although the post that is entered is frozen; no unless given.
    special_case: Option<bool>,
    /// The post is filled by election: the decision waits for its confirmed result; no unless given.
    by_election: Option<bool>,
    /// What it is for.
    purpose: Option<MovePurpose>,
    /// Bảo lưu phụ cấp chức vụ: the allowance of the post that is left is kept; no unless given.
    allowance_kept: Option<bool>,
    /// Why.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

/// A case to be prepared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "Điều động và bổ nhiệm tại xã Na Sang", "effective_from": "2026-12-01", "moves": [
    {"kind": "transfer", "cadre_id": "01994f7e-0000-7000-8000-000000000001", "from_post_id": "01994f7e-0000-7000-8000-000000000002", "to_post_id": "01994f7e-0000-7000-8000-000000000003"}]}))]
pub struct NewRotation {
    /// Its number; the next of the year unless given.
    #[schema(max_length = 100)]
    number: Option<String>,
    /// What it is about.
    #[schema(max_length = 400)]
    subject: String,
    /// What it is needed for.
    #[schema(max_length = 2000)]
    need: Option<String>,
    /// Which steps it takes; the decision alone unless given.
    procedure: Option<RotationProcedure>,
    /// The unit that keeps it; the first unit that the caller prepares cases for unless given.
    unit_id: Option<Uuid>,
    /// The approved plan that it carries out a part of; the day on which it takes effect is one of the plan's.
    plan_id: Option<RotationPlanId>,
    /// The day on which its moves take place.
    effective_from: NaiveDate,
    /// The moves, decided together; none of a case of five steps, whose people are proposed later.
    #[serde(default)]
    #[schema(max_items = 100)]
    moves: Vec<NewRotationMove>,
}

/// A case of linked moves.
#[derive(Serialize, ToSchema)]
pub struct RotationView {
    /// Its id.
    id: RotationId,
    /// Its number, for people.
    #[schema(max_length = 100, example = "HS-2026-0007")]
    number: String,
    /// What it is about.
    #[schema(max_length = 400)]
    subject: String,
    /// What it is needed for.
    #[schema(max_length = 2000)]
    need: Option<String>,
    /// The unit that keeps it.
    unit: Ref,
    /// The plan that it carries out a part of; null: it belongs to none.
    plan: Option<Ref>,
    /// Which steps it takes.
    procedure: RotationProcedure,
    /// How far it has come.
    state: RotationState,
    /// The day on which its moves take place, or are to.
    effective_from: NaiveDate,
    /// How the authority approved that people be proposed; null before, and where no policy is asked for.
    policy: Option<PolicyApproval>,
    /// The moves, in order.
    #[schema(max_items = 100)]
    moves: Vec<RotationMove>,
    /// The effective case whose moves it takes back; null: none.
    compensates: Option<Ref>,
    /// The case that takes back its own moves, prepared or later; null: none.
    compensated_by: Option<Ref>,
    /// Who prepared it.
    prepared_by: Ref,
    /// When.
    prepared_at: DateTime<Utc>,
    /// Its decision; null before it.
    decision: Option<RotationDecision>,
    /// When it took effect; null before it.
    took_effect_at: Option<DateTime<Utc>>,
    /// How it ended without a decision; null unless it did.
    refusal: Option<CaseRefusal>,
    /// Why it was withdrawn; null unless it was.
    withdrawal: Option<Withdrawal>,
    /// What its present step lacks; told to who may prepare or decide it.
    #[schema(max_items = 400)]
    lacking: Vec<Lack>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<RotationAction>,
    /// Counts its changes.
    version: i32,
}

impl RotationView {
    fn of(rotation: Rotation, outlook: Outlook) -> Self {
        let Rotation {
            id,
            number,
            subject,
            need,
            unit,
            plan,
            procedure,
            state,
            effective_from,
            policy,
            moves,
            compensates,
            compensated_by,
            prepared_by,
            prepared_at,
            decision,
            took_effect_at,
            refusal,
            withdrawal,
            stances: _,
            version,
        } = rotation;
        let Outlook { allowed_actions, lacking } = outlook;
        Self {
            id,
            number,
            subject,
            need,
            unit,
            plan,
            procedure,
            state,
            effective_from,
            policy,
            moves,
            compensates,
            compensated_by,
            prepared_by,
            prepared_at,
            decision,
            took_effect_at,
            refusal,
            withdrawal,
            lacking,
            allowed_actions,
            version,
        }
    }
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListRotations {
    /// In this state.
    #[param(inline)]
    state: Option<RotationState>,
    /// Moving this person.
    cadre_id: Option<CadreId>,
    /// Leaving or entering this post.
    post_id: Option<PostId>,
    /// Carrying out a part of this plan.
    plan_id: Option<RotationPlanId>,
    /// Effective on this day or later.
    from: Option<NaiveDate>,
    /// Effective on this day or earlier.
    to: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Cases, the latest effective day first.
///
/// Hồ sơ luân chuyển, điều động: those of the caller's units, and those that move a person or a post of them.
#[utoipa::path(operation_id = "listRotations", tag = "rotations", security(("bearer" = ["rotations.read"])), params(ListRotations),
    responses((status = 200, body = Page<RotationView>, description = "A page"), ListProblems))]
#[get("/rotations")]
pub async fn list_rotations(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Query(list): Query<ListRotations>,
    paging: Paging,
) -> Result<Answer> {
    let filter = Filter {
        state: list.state,
        cadre: list.cadre_id.map(|id| id.0),
        post: list.post_id,
        plan: list.plan_id,
        from: list.from,
        to: list.to,
    };
    let mut conn = app.db.read().await?;
    let (rows, total) = store::list(&mut conn, caller.scope(), &filter, &paging).await?;
    let outlooks = service::outlooks(&mut conn, &caller, &rows, app.clock.today()).await?;
    let rows = rows.into_iter().zip(outlooks).collect();
    let keys = |(row, _): &(Rotation, _)| vec![row.effective_from.to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |(row, outlook)| RotationView::of(row, outlook)))
}

/// Prepares a case of linked moves, or proposes the policy of one.
///
/// Posts, people and the effective day are checked as they will be at the decision; nothing changes before it. A case of five
/// steps begins with what it is needed for; its people are proposed after the policy is approved.
#[utoipa::path(operation_id = "prepareRotation", tag = "rotations", security(("bearer" = ["rotations.prepare"])), params(WriteQuery, SendHeaders),
    request_body = NewRotation,
    responses((status = 201, body = RotationView, description = "Prepared"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotations")]
pub async fn prepare_rotation(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    send: Send,
    Json(body): Json<NewRotation>,
) -> Result<Answer> {
    let proposal = proposal(body, caller.scope().first_root())?;
    let caller = caller.with(send);
    let made = service::prepare(&app, &caller, &proposal).await?;
    answer_with_outlook(&app, &caller, made, true).await
}

/// Moves as they were sent, their faults among the findings.
fn moves(sent: Vec<NewRotationMove>, findings: &mut Findings) -> Vec<ProposedMove> {
    let parsed = |(index, step): (usize, NewRotationMove)| {
        let NewRotationMove {
            kind,
            cadre_id,
            from_post_id,
            from_outside,
            to_post_id,
            to_outside,
            stand_in_id,
            expected_end_on,
            special_case,
            by_election,
            purpose,
            allowance_kept,
            reason,
        } = step;
        let mut text = |pointer, text: Option<String>, longest| {
            let clean = optional_line(pointer, text.as_deref(), longest);
            findings.keep(clean.map_err(|finding| finding.under(&format!("/moves/{index}")))).flatten()
        };
        ProposedMove {
            kind,
            cadre_id,
            from_post_id,
            from_outside: text("/from_outside", from_outside, 200),
            to_post_id,
            to_outside: text("/to_outside", to_outside, 200),
            stand_in_id,
            expected_end_on,
            special_case: special_case.unwrap_or(false),
            by_election: by_election.unwrap_or(false),
            purpose,
            allowance_kept: allowance_kept.unwrap_or(false),
            reason: text("/reason", reason, 1000),
        }
    };
    sent.into_iter().enumerate().map(parsed).collect()
}

fn proposal(body: NewRotation, default_unit: Option<Uuid>) -> Result<Proposal> {
    let NewRotation { number, subject, need, procedure, unit_id, plan_id, effective_from, moves: sent } = body;
    let mut findings = Findings::new();
    let number = findings.keep(optional_line("/number", number.as_deref(), 100)).flatten();
    let subject = findings.keep(line("/subject", &subject, 400));
    let need = findings.keep(optional_line("/need", need.as_deref(), 2000)).flatten();
    let procedure = procedure.unwrap_or_default();
    let moves = moves(sent, &mut findings);
    let unit_id = unit_id.or(default_unit);
    if unit_id.is_none() {
        findings.push(Finding::plain("/unit_id", code::REQUIRED));
    }
    findings.settle()?;
    match (subject, unit_id) {
        (Some(subject), Some(unit_id)) => Ok(Proposal {
            number,
            subject,
            need,
            procedure,
            unit_id,
            plan_id,
            effective_from,
            moves,
            compensates: None,
        }),
        _ => Err(Error::internal("settled")),
    }
}

async fn answer_with_outlook(app: &App, caller: &Caller, outcome: Outcome<Rotation>, created: bool) -> Result<Answer> {
    let outlook = service::outlook(&mut *app.db.read().await?, caller, &outcome.value, app.clock.today()).await?;
    let view = |rotation| RotationView::of(rotation, outlook);
    if created {
        Answer::created(outcome, |rotation| format!("/v1/rotations/{}", rotation.id), |rotation| rotation.version, view)
    } else {
        Answer::changed(outcome, |rotation| rotation.version, view)
    }
}

/// One case.
///
/// With its moves, the decision, and `allowed_actions`: what this caller may do next, computed by the code that guards
/// it. Its `ETag` is needed for the next step.
#[utoipa::path(operation_id = "getRotation", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationView, description = "The case"), ReadProblems))]
#[get("/rotations/{id}")]
pub async fn get_rotation(app: App, caller: Caller<perm::ReadRotations>, Path(id): Path<RotationId>) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let rotation = store::find(&mut conn, caller.scope(), id).await?;
    let outlook = service::outlook(&mut conn, &caller, &rotation, app.clock.today()).await?;
    Answer::found(rotation.version, &RotationView::of(rotation, outlook))
}
