//! Accounts of people.

use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::passwords::NewPasswordView;
use crate::identity::caller::Caller;
use crate::identity::model::{Account, AccountId, LoginName};
use crate::identity::service::AccountProposal;
use crate::identity::store::AccountChange;
use crate::identity::{perm, service, store};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// A person to be given an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_name": "lo.van.an", "display_name": "Lò Văn An"}))]
pub struct NewAccount {
    /// 3 to 64 lower-case ASCII characters.
    #[schema(max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$")]
    user_name: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    display_name: String,
    /// 10 to 128 characters, and nothing that is easily guessed. Better left out: then the service makes an initial
    /// password, good once within 72 hours, that the person replaces at the first sign-in.
    #[schema(max_length = 128)]
    password: Option<String>,
    /// The cadre that the person is.
    cadre_id: Option<Uuid>,
}

/// Changes of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"disabled": true}))]
pub struct AccountPatch {
    /// Shown to others.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    display_name: Change<String>,
    /// A new password; ends the sessions.
    #[serde(default)]
    #[schema(value_type = String, max_length = 128)]
    password: Change<String>,
    /// The cadre that the person is; null: none.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    cadre_id: Change<Uuid>,
    /// Disabling ends the sessions.
    #[serde(default)]
    #[schema(value_type = bool)]
    disabled: Change<bool>,
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListAccounts {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Accounts, by user name.
///
/// Only accounts that the caller may see: those with a grant in the caller's units, and all for who manages the whole
/// province. Disabled ones are listed too.
#[utoipa::path(operation_id = "listAccounts", tag = "identity", security(("bearer" = ["accounts.manage"])), params(ListAccounts),
    responses((status = 200, body = Page<Account>, description = "A page"), ListProblems))]
#[get("/accounts")]
pub async fn list_accounts(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    _: Query<ListAccounts>,
    paging: Paging,
) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let (mut rows, total) = store::list_accounts(&mut conn, caller.scope(), &paging).await?;
    service::tell_account_actions(&mut conn, &caller, &mut rows, app.clock.today()).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.user_name.clone()], |row| row))
}

/// Makes an account.
///
/// The account can sign in at once and may nothing until it has a grant. `cadre_id` says which person it is, so that
/// nobody acts on a case about themselves.
#[utoipa::path(operation_id = "createAccount", tag = "identity", security(("bearer" = ["accounts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewAccount,
    responses((status = 201, body = NewPasswordView, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/accounts")]
pub async fn create_account(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    send: Send,
    Json(body): Json<NewAccount>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let user_name = findings.keep(LoginName::parse("/user_name", &body.user_name));
    let display_name = findings.keep(line("/display_name", &body.display_name, 200));
    findings.settle()?;
    let (Some(user_name), Some(display_name)) = (user_name, display_name) else {
        return Err(Error::internal("settled"));
    };
    let proposal =
        AccountProposal { user_name, display_name, password: body.password.map(Secret::new), cadre_id: body.cadre_id };
    let made = service::create_account(&app, &caller.with(send), &proposal).await?;
    Answer::created(
        made,
        |made| format!("/v1/accounts/{}", made.account.id),
        |made| made.account.version,
        NewPasswordView::from,
    )
}

/// One account.
///
/// With the `ETag` that a change needs. An account that cannot be seen is the same 404 as one that does not exist.
#[utoipa::path(operation_id = "getAccount", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = AccountId, Path, description = "Id of the account")),
    responses((status = 200, body = Account, description = "The account"), ReadProblems))]
#[get("/accounts/{id}")]
pub async fn get_account(app: App, caller: Caller<perm::ManageAccounts>, Path(id): Path<AccountId>) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let mut account = store::find_account(&mut conn, caller.scope(), id).await?;
    service::tell_account_actions(&mut conn, &caller, std::slice::from_mut(&mut account), app.clock.today()).await?;
    Answer::found(account.version, &account)
}

/// Changes an account.
///
/// A merge patch: what is absent stays. Disabling an account or giving it a new password ends its sessions at the next
/// request.
#[utoipa::path(operation_id = "updateAccount", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = AccountId, Path, description = "Id of the account"), WriteQuery, EditHeaders), request_body = AccountPatch,
    responses((status = 200, body = Account, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/accounts/{id}")]
pub async fn update_account(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Path(id): Path<AccountId>,
    edit: Edit,
    Json(body): Json<AccountPatch>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let display_name = findings.keep(body.display_name.required("/display_name")).flatten();
    let display_name = display_name.and_then(|raw| findings.keep(line("/display_name", &raw, 200)));
    let password = findings.keep(body.password.required("/password")).flatten().map(Secret::new);
    let disabled = findings.keep(body.disabled.required("/disabled")).flatten();
    findings.settle()?;
    let cadre_id = match body.cadre_id {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(id) => Some(Some(id)),
    };
    let change = AccountChange { display_name, cadre_id, ..AccountChange::default() };
    let changed = service::update_account(&app, &caller.with(edit), id, change, password, disabled).await?;
    Answer::changed(changed, |account| account.version, |account| account)
}
