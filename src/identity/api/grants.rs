//! Grants: one role, at one unit and everything below it, for a period.

use actix_web::{delete, get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::identity::caller::Caller;
use crate::identity::model::{AccountId, ClientId, Grant, GrantId, Holder, Role};
use crate::identity::service::GrantProposal;
use crate::identity::{perm, service, store};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// A role to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account_id": "01994f7e-0000-7000-8000-000000000001", "role": "reader", "unit_id": "01994f7e-0000-7000-8000-000000000002", "from": "2026-01-01", "to": null}))]
pub struct NewGrant {
    /// To this account, or
    account_id: Option<AccountId>,
    /// to this client.
    client_id: Option<ClientId>,
    /// The role.
    role: Role,
    /// Where, and below.
    unit_id: Uuid,
    /// First day; today unless given.
    from: Option<NaiveDate>,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListGrants {
    /// Those of one account.
    account_id: Option<AccountId>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Grants, oldest first.
///
/// Which account or client has which role at which unit and when; `account_id` narrows to one holder.
#[utoipa::path(operation_id = "listGrants", tag = "identity", security(("bearer" = ["accounts.manage"])), params(ListGrants),
    responses((status = 200, body = Page<Grant>, description = "A page"), ListProblems))]
#[get("/grants")]
pub async fn list_grants(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Query(list): Query<ListGrants>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) =
        store::list_grants(&mut *app.db.read().await?, caller.scope(), list.account_id, &paging).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.id.to_string()], |row| row))
}

/// Gives a role.
///
/// One role, at one unit and everything below it, for a period, to an account or to a client. Nobody gives themselves a
/// role, and nobody gives one above the units that they manage.
#[utoipa::path(operation_id = "createGrant", tag = "identity", security(("bearer" = ["accounts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewGrant,
    responses((status = 201, body = Grant, description = "Given"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/grants")]
pub async fn create_grant(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    send: Send,
    Json(body): Json<NewGrant>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let holder = match (body.account_id, body.client_id) {
        (Some(account), None) => Some(Holder::Account(account)),
        (None, Some(client)) => Some(Holder::Client(client)),
        _ => {
            let message =
                Say::new("Cần đúng một trong account_id, client_id", "Give exactly one of account_id, client_id");
            findings.push(Finding::new("/account_id", code::REQUIRED, message));
            None
        }
    };
    let during = findings.keep(service::default_period(body.from, body.to, app.clock.today()));
    findings.settle()?;
    let (Some(holder), Some(during)) = (holder, during) else { return Err(Error::internal("settled")) };
    let proposal = GrantProposal { holder, role: body.role, unit_id: body.unit_id, during };
    let made = service::create_grant(&app, &caller.with(send), &proposal).await?;
    Answer::created(made, |grant| format!("/v1/grants/{}", grant.id), |grant| grant.version, |grant| grant)
}

/// One grant.
///
/// With the `ETag` that its end needs.
#[utoipa::path(operation_id = "getGrant", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = GrantId, Path, description = "Id of the grant")),
    responses((status = 200, body = Grant, description = "The grant"), ReadProblems))]
#[get("/grants/{id}")]
pub async fn get_grant(app: App, caller: Caller<perm::ManageAccounts>, Path(id): Path<GrantId>) -> Result<Answer> {
    let grant = store::find_grant(&mut *app.db.read().await?, caller.scope(), id).await?;
    Answer::found(grant.version, &grant)
}

/// Ends a grant at once; what was done by it stays.
///
/// The next request of its holder is answered without it. The record of what was done by it stays.
#[utoipa::path(operation_id = "deleteGrant", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = GrantId, Path, description = "Id of the grant"), WriteQuery, EditHeaders),
    responses((status = 204, description = "Ended"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[delete("/grants/{id}")]
pub async fn delete_grant(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Path(id): Path<GrantId>,
    edit: Edit,
) -> Result<Answer> {
    Answer::done(service::end_grant(&app, &caller.with(edit), id).await?)
}
