//! What callers see of plans.

use actix_web::{get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::page::Ref;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::period::{Period, WirePeriod};
use crate::posts::TitleId;
use crate::rotations::model::{
    Approval, BeyondPlan, MoveKind, PlanChange, PlanDraft, PlanItemProgress, PlanLine, RotationPlan,
    RotationPlanAction, RotationPlanApproval, RotationPlanId, RotationPlanItem, RotationPlanState, Withdrawal,
};
use crate::rotations::service;
use crate::rotations::store::{self, PlanFilter};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_rotation_plans)
        .service(create_rotation_plan)
        .service(get_rotation_plan)
        .service(update_rotation_plan)
        .service(approve_rotation_plan)
        .service(withdraw_rotation_plan)
        .service(get_rotation_plan_progress);
}

/// A line of a plan to be prepared.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRotationPlanItem {
    /// The title of the posts to be entered.
    title_id: TitleId,
    /// The unit whose posts are meant, with everything below it; wherever the title is unless given.
    unit_id: Option<Uuid>,
    /// By which kind of decision.
    kind: MoveKind,
    /// How many.
    #[schema(minimum = 1, maximum = 1000)]
    count: i32,
    /// What is expected to become of the people afterwards.
    #[schema(max_length = 1000)]
    placement: Option<String>,
    /// The day foreseen for the beginning, one of the plan's.
    starts_on: Option<NaiveDate>,
    /// What else is to be known.
    #[schema(max_length = 1000)]
    note: Option<String>,
}

/// A plan to be prepared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "Kế hoạch luân chuyển cán bộ năm 2026", "from": "2026-01-01", "to": "2026-12-31",
    "need": "Tăng cường cán bộ cho các xã vùng III", "policy": "Hỗ trợ nhà công vụ, đi lại", "items": [
    {"title_id": "01994f7e-0000-7000-8000-000000000001", "unit_id": "01994f7e-0000-7000-8000-000000000002", "kind": "rotation",
     "count": 2, "placement": "Trở về Sở, bố trí chức danh tương đương", "starts_on": "2026-12-01"}]}))]
pub struct NewRotationPlan {
    /// Its number; the next of the year unless given.
    #[schema(max_length = 100)]
    number: Option<String>,
    /// What it is about.
    #[schema(max_length = 400)]
    subject: String,
    /// The unit that keeps it; the first unit that the caller prepares plans for unless given.
    unit_id: Option<Uuid>,
    /// First day of the year or term.
    from: NaiveDate,
    /// Last day included.
    to: NaiveDate,
    /// What it is needed for.
    #[schema(max_length = 2000)]
    need: Option<String>,
    /// The regime and policy for who is moved.
    #[schema(max_length = 2000)]
    policy: Option<String>,
    /// Its lines, in order.
    #[schema(min_items = 1, max_items = 200)]
    items: Vec<NewRotationPlanItem>,
}

/// Changes of a draft; its number and unit stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"need": "Tăng cường cán bộ cho các xã vùng III"}))]
pub struct RotationPlanPatch {
    /// What it is about.
    #[schema(max_length = 400)]
    subject: Option<String>,
    /// First day of the year or term.
    from: Option<NaiveDate>,
    /// Last day included.
    to: Option<NaiveDate>,
    /// What it is needed for.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    need: Change<String>,
    /// The regime and policy for who is moved.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    policy: Change<String>,
    /// All of its lines, in order: they take the place of those before.
    #[schema(min_items = 1, max_items = 200)]
    items: Option<Vec<NewRotationPlanItem>>,
}

/// How the authority approves a plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "45-QĐ/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": "2026-11-02"}))]
pub struct NewRotationPlanApproval {
    /// Number and sign.
    #[schema(max_length = 100)]
    number: String,
    /// The authority.
    #[schema(max_length = 200)]
    issuer: String,
    /// When it was approved.
    approved_on: NaiveDate,
}

/// Why a plan is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Sắp xếp lại đơn vị hành chính"}))]
pub struct NewPlanWithdrawal {
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// A plan of rotation.
#[derive(Serialize, ToSchema)]
pub struct RotationPlanView {
    /// Its id.
    id: RotationPlanId,
    /// Its number, for people.
    #[schema(max_length = 100, example = "KH-2026-0003")]
    number: String,
    /// What it is about.
    #[schema(max_length = 400)]
    subject: String,
    /// The unit that keeps it.
    unit: Ref,
    /// The days that it is made for: a year or a term.
    #[schema(value_type = WirePeriod)]
    during: Period,
    /// What it is needed for.
    #[schema(max_length = 2000)]
    need: Option<String>,
    /// The regime and policy for who is moved.
    #[schema(max_length = 2000)]
    policy: Option<String>,
    /// How far it has come.
    state: RotationPlanState,
    /// Its lines, in order.
    #[schema(max_items = 200)]
    items: Vec<RotationPlanItem>,
    /// Who prepared it.
    prepared_by: Ref,
    /// When.
    prepared_at: DateTime<Utc>,
    /// How it was approved; null before.
    approval: Option<RotationPlanApproval>,
    /// Why it was withdrawn; null unless it was.
    withdrawal: Option<Withdrawal>,
    /// What the caller may do with it now, beside changing a draft.
    #[schema(max_items = 10)]
    allowed_actions: Vec<RotationPlanAction>,
    /// Counts its changes.
    version: i32,
}

impl RotationPlanView {
    fn of(plan: RotationPlan, allowed_actions: Vec<RotationPlanAction>) -> Self {
        let RotationPlan {
            id,
            number,
            subject,
            unit,
            during,
            need,
            policy,
            state,
            items,
            prepared_by,
            prepared_at,
            approval,
            withdrawal,
            version,
        } = plan;
        Self {
            id,
            number,
            subject,
            unit,
            during,
            need,
            policy,
            state,
            items,
            prepared_by,
            prepared_at,
            approval,
            withdrawal,
            allowed_actions,
            version,
        }
    }
}

/// How far a plan is carried out.
#[derive(Serialize, ToSchema)]
pub struct RotationPlanProgress {
    /// The plan.
    plan: Ref,
    /// Line by line: planned (`count`), prepared, decided, done, remaining.
    #[schema(max_items = 200)]
    items: Vec<PlanItemProgress>,
    /// Moves of cases of the plan that none of its lines has room for.
    #[schema(max_items = 10_000)]
    beyond_plan: Vec<BeyondPlan>,
}

/// Lines as they were sent, their faults among the findings.
fn items(sent: Vec<NewRotationPlanItem>, findings: &mut Findings) -> Vec<PlanLine> {
    let parsed = |(index, item): (usize, NewRotationPlanItem)| {
        let NewRotationPlanItem { title_id, unit_id, kind, count, placement, starts_on, note } = item;
        let mut text = |pointer, raw: Option<String>| {
            let clean = optional_line(pointer, raw.as_deref(), 1000);
            findings.keep(clean.map_err(|finding| finding.under(&format!("/items/{index}")))).flatten()
        };
        let (placement, note) = (text("/placement", placement), text("/note", note));
        PlanLine { title_id, unit_id, kind, count, placement, starts_on, note }
    };
    sent.into_iter().enumerate().map(parsed).collect()
}

fn draft(body: NewRotationPlan, default_unit: Option<Uuid>) -> Result<PlanDraft> {
    let NewRotationPlan { number, subject, unit_id, from, to, need, policy, items: sent } = body;
    let mut findings = Findings::new();
    let number = findings.keep(optional_line("/number", number.as_deref(), 100)).flatten();
    let subject = findings.keep(line("/subject", &subject, 400));
    let during = findings.keep(period("/to", from, Some(to)));
    let need = findings.keep(optional_line("/need", need.as_deref(), 2000)).flatten();
    let policy = findings.keep(optional_line("/policy", policy.as_deref(), 2000)).flatten();
    let items = items(sent, &mut findings);
    let unit_id = unit_id.or(default_unit);
    if unit_id.is_none() {
        findings.push(Finding::plain("/unit_id", code::REQUIRED));
    }
    findings.settle()?;
    match (subject, during, unit_id) {
        (Some(subject), Some(during), Some(unit_id)) => {
            Ok(PlanDraft { number, subject, unit_id, during, need, policy, items })
        }
        _ => Err(Error::internal("settled")),
    }
}

impl TryFrom<RotationPlanPatch> for PlanChange {
    type Error = Error;

    fn try_from(body: RotationPlanPatch) -> Result<Self> {
        let RotationPlanPatch { subject, from, to, need, policy, items: sent } = body;
        let mut findings = Findings::new();
        let subject = findings.keep(optional_line("/subject", subject.as_deref(), 400)).flatten();
        let mut text = |pointer, change: Change<String>| match change {
            Change::Set(raw) => findings.keep(line(pointer, &raw, 2000)).map_or(Change::Keep, Change::Set),
            Change::Clear => Change::Clear,
            Change::Keep => Change::Keep,
        };
        let (need, policy) = (text("/need", need), text("/policy", policy));
        let items = sent.map(|sent| items(sent, &mut findings));
        findings.settle()?;
        Ok(Self { subject, from, to, need, policy, items })
    }
}

/// Which plans.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListRotationPlans {
    /// Made for days of this year.
    #[param(minimum = 1900, maximum = 2200)]
    year: Option<i32>,
    /// In this state.
    #[param(inline)]
    state: Option<RotationPlanState>,
    /// Kept by this unit or one below it.
    unit_id: Option<Uuid>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The days of a year.
fn year(year: i32) -> Result<Period> {
    let first = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1);
    let days = (1900..=2200).contains(&year).then(|| Period::new(first(year), first(year + 1)).ok()).flatten();
    days.ok_or_else(|| Error::new(code::INVALID_QUERY).with(Finding::plain("year", code::OUT_OF_RANGE)))
}

/// Plans of rotation, those that begin last first.
///
/// Kế hoạch luân chuyển: those that the caller's units keep.
#[utoipa::path(operation_id = "listRotationPlans", tag = "rotations", security(("bearer" = ["rotations.read"])), params(ListRotationPlans),
    responses((status = 200, body = Page<RotationPlanView>, description = "A page"), ListProblems))]
#[get("/rotation-plans")]
pub async fn list_rotation_plans(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Query(list): Query<ListRotationPlans>,
    paging: Paging,
) -> Result<Answer> {
    let filter = PlanFilter { year: list.year.map(year).transpose()?, state: list.state, unit: list.unit_id };
    let mut conn = app.db.read().await?;
    let (rows, total) = store::list_plans(&mut conn, caller.scope(), filter, &paging).await?;
    let allowed = service::plan_actions(&mut conn, &caller, &rows).await?;
    let rows = rows.into_iter().zip(allowed).collect();
    let keys =
        |(row, _): &(RotationPlan, _)| vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |(row, allowed)| RotationPlanView::of(row, allowed)))
}

async fn viewed<P>(app: &App, caller: &Caller<P>, plan: RotationPlan) -> Result<RotationPlanView> {
    let plans = [plan];
    let allowed = service::plan_actions(&mut *app.db.read().await?, caller, &plans).await?;
    let [plan] = plans;
    Ok(RotationPlanView::of(plan, allowed.into_iter().flatten().collect()))
}

async fn changed(app: &App, caller: &Caller, outcome: Outcome<RotationPlan>) -> Result<Answer> {
    let view = viewed(app, caller, outcome.value.clone()).await?;
    Answer::changed(outcome, |plan| plan.version, |_| view)
}

/// Prepares a plan of rotation: a draft.
///
/// Need, number, titles, units, form, days, policy, and the placement expected afterwards, before anybody is named. It may be
/// changed until the authority approves it; then cases may belong to it.
#[utoipa::path(operation_id = "createRotationPlan", tag = "rotations", security(("bearer" = ["rotations.prepare"])), params(WriteQuery, SendHeaders),
    request_body = NewRotationPlan,
    responses((status = 201, body = RotationPlanView, description = "Prepared"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/rotation-plans")]
pub async fn create_rotation_plan(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    send: Send,
    Json(body): Json<NewRotationPlan>,
) -> Result<Answer> {
    let draft = draft(body, caller.scope().first_root())?;
    let caller = caller.with(send);
    let made = service::create_plan(&app, &caller, &draft).await?;
    let view = viewed(&app, &caller, made.value.clone()).await?;
    Answer::created(made, |plan| format!("/v1/rotation-plans/{}", plan.id), |plan| plan.version, |_| view)
}

/// One plan of rotation.
///
/// With its lines, its approval, and `allowed_actions`: what this caller may do next. Its `ETag` is needed for that.
#[utoipa::path(operation_id = "getRotationPlan", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationPlanId, Path, description = "Id of the plan")),
    responses((status = 200, body = RotationPlanView, description = "The plan"), ReadProblems))]
#[get("/rotation-plans/{id}")]
pub async fn get_rotation_plan(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<RotationPlanId>,
) -> Result<Answer> {
    let plan = store::find_plan(&mut *app.db.read().await?, caller.scope(), id).await?;
    let version = plan.version;
    Answer::found(version, &viewed(&app, &caller, plan).await?)
}

/// Changes a draft of a plan.
///
/// A merge patch; `items` take the place of all lines before, and get new ids. An approved plan stays as it is: withdraw it,
/// and prepare another.
#[utoipa::path(operation_id = "updateRotationPlan", tag = "rotations", security(("bearer" = ["rotations.prepare"])),
    params(("id" = RotationPlanId, Path, description = "Id of the plan"), WriteQuery, EditHeaders), request_body = RotationPlanPatch,
    responses((status = 200, body = RotationPlanView, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/rotation-plans/{id}")]
pub async fn update_rotation_plan(
    app: App,
    caller: Caller<perm::PrepareRotation>,
    Path(id): Path<RotationPlanId>,
    edit: Edit,
    Json(body): Json<RotationPlanPatch>,
) -> Result<Answer> {
    let change = body.try_into()?;
    let caller = caller.with(edit);
    let outcome = service::change_plan(&app, &caller, id, &change).await?;
    changed(&app, &caller, outcome).await
}

/// Approves a plan: cases may belong to it.
///
/// By the competent authority, never by who prepared it.
#[utoipa::path(operation_id = "approveRotationPlan", tag = "rotations", security(("bearer" = ["rotations.decide"])),
    params(("id" = RotationPlanId, Path, description = "Id of the plan"), WriteQuery, EditHeaders), request_body = NewRotationPlanApproval,
    responses((status = 200, body = RotationPlanView, description = "Approved, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotation-plans/{id}/approve")]
pub async fn approve_rotation_plan(
    app: App,
    caller: Caller<perm::DecideRotation>,
    Path(id): Path<RotationPlanId>,
    edit: Edit,
    Json(body): Json<NewRotationPlanApproval>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let number = findings.keep(line("/number", &body.number, 100));
    let issuer = findings.keep(line("/issuer", &body.issuer, 200));
    findings.settle()?;
    let (Some(number), Some(issuer)) = (number, issuer) else { return Err(Error::internal("settled")) };
    let caller = caller.with(edit);
    let approval = Approval { number, issuer, approved_on: body.approved_on };
    let approved = service::approve_plan(&app, &caller, id, &approval).await?;
    changed(&app, &caller, approved).await
}

/// Withdraws a plan: no further case belongs to it.
///
/// A draft by who prepares, an approved plan by who decides. Cases that belong to it go on.
#[utoipa::path(operation_id = "withdrawRotationPlan", tag = "rotations", security(("bearer" = ["rotations.withdraw"])),
    params(("id" = RotationPlanId, Path, description = "Id of the plan"), WriteQuery, EditHeaders), request_body = NewPlanWithdrawal,
    responses((status = 200, body = RotationPlanView, description = "Withdrawn, or, in a dry run, the effects"), WriteProblems))]
#[post("/rotation-plans/{id}/withdraw")]
pub async fn withdraw_rotation_plan(
    app: App,
    caller: Caller<perm::WithdrawRotation>,
    Path(id): Path<RotationPlanId>,
    edit: Edit,
    Json(body): Json<NewPlanWithdrawal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let withdrawn = service::withdraw_plan(&app, &caller, id, &reason).await?;
    changed(&app, &caller, withdrawn).await
}

/// How far a plan is carried out, line by line.
///
/// By the moves of its cases that the caller may see: each counts for the line of its title and form whose unit is nearest above
/// the post that is entered, as long as the line has room; the others are told as `beyond_plan`.
#[utoipa::path(operation_id = "getRotationPlanProgress", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationPlanId, Path, description = "Id of the plan")),
    responses((status = 200, body = RotationPlanProgress, description = "The progress"), ReadProblems))]
#[get("/rotation-plans/{id}/progress")]
pub async fn get_rotation_plan_progress(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<RotationPlanId>,
) -> Result<Answer> {
    let (plan, items, beyond_plan) = service::plan_progress(&app, &caller, id).await?;
    Answer::value(&RotationPlanProgress { plan: Ref::new(plan.id, plan.number), items, beyond_plan })
}
