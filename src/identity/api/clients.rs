//! Clients: systems that call.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::identity::caller::Caller;
use crate::identity::model::{Client, ClientId, LoginName};
use crate::identity::service::NewClientSecret;
use crate::identity::{perm, service, store};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// A system to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "payroll", "name": "Hệ thống tiền lương"}))]
pub struct NewClient {
    /// 3 to 64 lower-case ASCII characters.
    #[schema(max_length = 64)]
    client_id: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    name: String,
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
    findings.settle()?;
    let (Some(client_id), Some(name)) = (client_id, name) else { return Err(Error::internal("settled")) };
    let made = service::create_client(&app, &caller.with(send), &client_id, &name, &service::new_secret(&app)).await?;
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
