//! What callers see of delegations, and how they are kept.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, period};
use crate::platform::http::page::Ref;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::posts::PostId;
use crate::rotations::model::{Delegation, DelegationAction, DelegationId, DelegationRow, Withdrawal};
use crate::rotations::service;
use crate::rotations::store::{self, DelegationFilter};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_delegations).service(create_delegation).service(get_delegation).service(withdraw_delegation);
}

/// A delegation: who may sign for a post that decides, for a time.
#[derive(Serialize, ToSchema)]
pub struct DelegationView {
    /// Its id.
    id: DelegationId,
    /// The post whose holder delegates.
    authority_post: Ref,
    /// Who may sign.
    cadre: Ref,
    /// When.
    #[schema(value_type = WirePeriod)]
    during: Period,
    /// Where that stands as seen from today.
    timeline: Timeline,
    /// Number and sign.
    #[schema(max_length = 100)]
    number: String,
    /// Who delegated.
    #[schema(max_length = 200)]
    issuer: String,
    /// When it was decided.
    decided_on: NaiveDate,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Who recorded it.
    #[schema(max_length = 200)]
    recorded_by: String,
    /// Why it was taken back; null unless it was.
    withdrawal: Option<Withdrawal>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<DelegationAction>,
    /// Counts its changes.
    version: i32,
}

impl DelegationView {
    fn of(delegation: Delegation, allowed_actions: Vec<DelegationAction>, today: NaiveDate) -> Self {
        Self {
            timeline: delegation.during.timeline(today),
            id: delegation.id,
            authority_post: delegation.authority_post,
            cadre: delegation.cadre,
            during: delegation.during,
            number: delegation.number,
            issuer: delegation.issuer,
            decided_on: delegation.decided_on,
            recorded_at: delegation.recorded_at,
            recorded_by: delegation.recorded_by,
            withdrawal: delegation.withdrawal,
            allowed_actions,
            version: delegation.version,
        }
    }
}

/// A delegation to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"authority_post_id": "01994f7e-0000-7000-8000-000000000001", "cadre_id": "01994f7e-0000-7000-8000-000000000002",
    "from": "2026-11-01", "to": "2026-12-31", "number": "21-UQ/TU", "issuer": "Bí thư Tỉnh ủy", "decided_on": "2026-10-28"}))]
pub struct NewDelegation {
    /// The post whose holder delegates.
    authority_post_id: PostId,
    /// Who may sign.
    cadre_id: CadreId,
    /// First day.
    from: NaiveDate,
    /// Last day included.
    to: NaiveDate,
    /// Number and sign.
    #[schema(max_length = 100)]
    number: String,
    /// Who delegates.
    #[schema(max_length = 200)]
    issuer: String,
    /// When it was decided.
    decided_on: NaiveDate,
}

impl TryFrom<NewDelegation> for DelegationRow {
    type Error = Error;

    fn try_from(body: NewDelegation) -> Result<Self> {
        let NewDelegation { authority_post_id, cadre_id, from, to, number, issuer, decided_on } = body;
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", from, Some(to)));
        let number = findings.keep(line("/number", &number, 100));
        let issuer = findings.keep(line("/issuer", &issuer, 200));
        findings.settle()?;
        let (Some(during), Some(number), Some(issuer)) = (during, number, issuer) else {
            return Err(Error::internal("settled"));
        };
        Ok(Self { authority_post_id, cadre_id, during, number, issuer, decided_on })
    }
}

/// Why a delegation is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Người ủy quyền đã trở lại công tác"}))]
pub struct NewDelegationWithdrawal {
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}

/// Which delegations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListDelegations {
    /// Those that hold on this day and were not taken back; all unless given.
    as_of: Option<NaiveDate>,
    /// Of this post.
    post_id: Option<PostId>,
    /// To this person.
    cadre_id: Option<CadreId>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Delegations of posts of the caller's units, those that begin last first.
///
/// Ủy quyền: who may sign for a post that decides, and when.
#[utoipa::path(operation_id = "listDelegations", tag = "rotations", security(("bearer" = ["rotations.read"])), params(ListDelegations),
    responses((status = 200, body = Page<DelegationView>, description = "A page"), ListProblems))]
#[get("/delegations")]
pub async fn list_delegations(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Query(list): Query<ListDelegations>,
    paging: Paging,
) -> Result<Answer> {
    let filter = DelegationFilter { day: list.as_of, post: list.post_id, cadre: list.cadre_id };
    let (mut conn, today) = (app.db.read().await?, app.clock.today());
    let (rows, total) = store::list_delegations(&mut conn, caller.scope(), filter, &paging).await?;
    let allowed = service::delegation_actions(&mut conn, &caller, &rows, today).await?;
    let rows = rows.into_iter().zip(allowed).collect();
    let keys = |(row, _): &(Delegation, _)| vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |(row, allowed)| DelegationView::of(row, allowed, today)))
}

async fn viewed<P>(app: &App, caller: &Caller<P>, delegation: Delegation) -> Result<DelegationView> {
    let (rows, today) = ([delegation], app.clock.today());
    let allowed = service::delegation_actions(&mut *app.db.read().await?, caller, &rows, today).await?;
    let [delegation] = rows;
    Ok(DelegationView::of(delegation, allowed.into_iter().flatten().collect(), today))
}

/// Records that a post which decides lets somebody sign for it, for a time.
///
/// By who keeps the rules of that post's unit, and never by who may sign by it.
#[utoipa::path(operation_id = "createDelegation", tag = "rotations", security(("bearer" = ["regulations.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewDelegation,
    responses((status = 201, body = DelegationView, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/delegations")]
pub async fn create_delegation(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    send: Send,
    Json(body): Json<NewDelegation>,
) -> Result<Answer> {
    let row = body.try_into()?;
    let caller = caller.with(send);
    let made = service::create_delegation(&app, &caller, &row).await?;
    let view = viewed(&app, &caller, made.value.clone()).await?;
    Answer::created(made, |made| format!("/v1/delegations/{}", made.id), |made| made.version, |_| view)
}

/// One delegation.
///
/// Its `ETag` is needed to take it back.
#[utoipa::path(operation_id = "getDelegation", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = DelegationId, Path, description = "Id of the delegation")),
    responses((status = 200, body = DelegationView, description = "The delegation"), ReadProblems))]
#[get("/delegations/{id}")]
pub async fn get_delegation(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<DelegationId>,
) -> Result<Answer> {
    let delegation = store::find_delegation(&mut *app.db.read().await?, caller.scope(), id).await?;
    let version = delegation.version;
    Answer::found(version, &viewed(&app, &caller, delegation).await?)
}

/// Takes a delegation back before its last day.
///
/// What was signed by it stands.
#[utoipa::path(operation_id = "withdrawDelegation", tag = "rotations", security(("bearer" = ["regulations.manage"])),
    params(("id" = DelegationId, Path, description = "Id of the delegation"), WriteQuery, EditHeaders), request_body = NewDelegationWithdrawal,
    responses((status = 200, body = DelegationView, description = "Taken back, or, in a dry run, the effects"), WriteProblems))]
#[post("/delegations/{id}/withdraw")]
pub async fn withdraw_delegation(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    Path(id): Path<DelegationId>,
    edit: Edit,
    Json(body): Json<NewDelegationWithdrawal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let withdrawn = service::withdraw_delegation(&app, &caller, id, &reason).await?;
    let view = viewed(&app, &caller, withdrawn.value.clone()).await?;
    Answer::changed(withdrawn, |delegation| delegation.version, |_| view)
}
