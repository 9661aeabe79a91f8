//! Clients: systems that call.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::identity::caller::Caller;
use crate::identity::model::{Client, ClientId, LoginName, Permission, Permissions};
use crate::identity::service::{ClientChange, ClientProposal, NewClientSecret};
use crate::identity::{perm, service, store};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// A system to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "payroll", "name": "Hệ thống tiền lương"}))]
pub struct NewClient {
    /// 3 to 64 lower-case ASCII characters.
    #[schema(max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$")]
    client_id: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    name: String,
    /// What its tokens allow at most: names of permissions, one space between them; null: whatever its roles allow.
    #[schema(max_length = 2000, pattern = "^[a-z_.]+( [a-z_.]+)*$")]
    allowed_scope: Option<String>,
    /// Whether it gets tokens; true unless given.
    gets_tokens: Option<bool>,
}

/// Changes of a client.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"allowed_scope": "units.read posts.read"}))]
pub struct ClientPatch {
    /// Shown to others.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    name: Change<String>,
    /// What its tokens allow at most; null: whatever its roles allow. A token keeps the scope that it has.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000, pattern = "^[a-z_.]+( [a-z_.]+)*$")]
    allowed_scope: Change<String>,
    /// Whether it gets tokens.
    #[serde(default)]
    #[schema(value_type = bool)]
    gets_tokens: Change<bool>,
    /// A disabled client is not let in, whatever tokens it has.
    #[serde(default)]
    #[schema(value_type = bool)]
    disabled: Change<bool>,
}

/// Names of permissions that a system may have.
fn allowance(raw: &str) -> Result<Permissions, Finding> {
    let bad = || Finding::plain("/allowed_scope", code::UNKNOWN_CODE);
    let found = Permissions::of_scope(raw).ok_or_else(|| Finding::plain("/allowed_scope", code::BAD_FORMAT))?;
    let known = |name: &str| Permission::ALL.iter().any(|one| one.name() == name && one.is_for_scopes());
    if raw.split(' ').all(known) { Ok(found) } else { Err(bad()) }
}

/// A client with a secret that is shown this once.
#[derive(Serialize, ToSchema)]
pub struct ClientSecretView {
    /// The client.
    client: Client,
    /// Its secret: keep it, it cannot be read again.
    #[schema(max_length = 200)]
    client_secret: String,
}

impl From<NewClientSecret> for ClientSecretView {
    fn from(made: NewClientSecret) -> Self {
        let NewClientSecret { client, secret } = made;
        Self { client, client_secret: secret }
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListClients {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Clients, by client id.
///
/// The systems that may ask for tokens at `/oauth/token`. Secrets are not kept and cannot be shown.
#[utoipa::path(operation_id = "listClients", tag = "identity", security(("bearer" = ["accounts.manage"])), params(ListClients),
    responses((status = 200, body = Page<Client>, description = "A page"), ListProblems))]
#[get("/clients")]
pub async fn list_clients(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    _: Query<ListClients>,
    paging: Paging,
) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let (mut rows, total) = store::list_clients(&mut conn, caller.scope(), &paging).await?;
    service::tell_client_actions(&mut conn, &caller, &mut rows, app.clock.today()).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.client_id.clone()], |row| row))
}

/// Makes a client; its secret is in this answer alone.
///
/// The secret is made here and shown once: the service keeps its hash alone. An answer replayed for an
/// `Idempotency-Key` has an empty `client_secret`. The client may nothing until it has a grant.
#[utoipa::path(operation_id = "createClient", tag = "identity", security(("bearer" = ["accounts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewClient,
    responses((status = 201, body = ClientSecretView, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/clients")]
pub async fn create_client(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    send: Send,
    Json(body): Json<NewClient>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let client_id = findings.keep(LoginName::parse("/client_id", &body.client_id));
    let name = findings.keep(line("/name", &body.name, 200));
    let allowed_scope = body.allowed_scope.as_deref().and_then(|raw| findings.keep(allowance(raw)));
    findings.settle()?;
    let (Some(client_id), Some(name)) = (client_id, name) else { return Err(Error::internal("settled")) };
    let (gets_tokens, secret) = (body.gets_tokens.unwrap_or(true), service::new_secret(&app));
    let proposal = ClientProposal { client_id, name, allowed_scope, gets_tokens, secret };
    let made = service::create_client(&app, &caller.with(send), &proposal).await?;
    Answer::created(
        made,
        |made| format!("/v1/clients/{}", made.client.id),
        |made| made.client.version,
        ClientSecretView::from,
    )
}

/// One client.
///
/// With the `ETag` that a new secret needs.
#[utoipa::path(operation_id = "getClient", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = ClientId, Path, description = "Id of the client")),
    responses((status = 200, body = Client, description = "The client"), ReadProblems))]
#[get("/clients/{id}")]
pub async fn get_client(app: App, caller: Caller<perm::ManageAccounts>, Path(id): Path<ClientId>) -> Result<Answer> {
    let mut conn = app.db.read().await?;
    let mut client = store::find_client(&mut conn, caller.scope(), id).await?;
    service::tell_client_actions(&mut conn, &caller, std::slice::from_mut(&mut client), app.clock.today()).await?;
    Answer::found(client.version, &client)
}

/// Changes a client.
///
/// A merge patch: what is absent stays. A narrower `allowed_scope`, or disabling the client, counts for the tokens that it
/// has: at once for what changes something, within 2 seconds for what reads.
#[utoipa::path(operation_id = "updateClient", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = ClientId, Path, description = "Id of the client"), WriteQuery, EditHeaders), request_body = ClientPatch,
    responses((status = 200, body = Client, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/clients/{id}")]
pub async fn update_client(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Path(id): Path<ClientId>,
    edit: Edit,
    Json(body): Json<ClientPatch>,
) -> Result<Answer> {
    let mut findings = Findings::new();
    let name = findings.keep(body.name.required("/name")).flatten();
    let name = name.and_then(|raw| findings.keep(line("/name", &raw, 200)));
    let allowed_scope = match body.allowed_scope {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(raw) => findings.keep(allowance(&raw)).map(|scope| Some(scope.scope())),
    };
    let gets_tokens = findings.keep(body.gets_tokens.required("/gets_tokens")).flatten();
    let disabled = findings.keep(body.disabled.required("/disabled")).flatten();
    findings.settle()?;
    let change = ClientChange { name, allowed_scope, gets_tokens, disabled_at: None };
    let changed = service::update_client(&app, &caller.with(edit), id, change, disabled).await?;
    Answer::changed(changed, |client| client.version, |client| client)
}

/// Gives a client a new secret; the one before goes on for a day.
///
/// Both secrets are good for a day, so that a system can be changed without a gap. Rotating again ends the older at
/// once. The secret is in this answer alone.
#[utoipa::path(operation_id = "rotateClientSecret", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = ClientId, Path, description = "Id of the client"), WriteQuery, EditHeaders),
    responses((status = 200, body = ClientSecretView, description = "The new secret, or, in a dry run, the effects"), WriteProblems))]
#[post("/clients/{id}/rotate-secret")]
pub async fn rotate_client_secret(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Path(id): Path<ClientId>,
    edit: Edit,
) -> Result<Answer> {
    let made = service::rotate_client_secret(&app, &caller.with(edit), id).await?;
    Answer::changed(made, |made| made.client.version, ClientSecretView::from)
}
