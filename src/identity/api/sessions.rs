//! Signing in and out, and who I am.

use actix_web::{HttpRequest, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::identity::caller::Caller;
use crate::identity::model::{AccountId, Permission, Role, Session};
use crate::identity::service::{self, Request, SignIn, SignedIn};
use crate::identity::tokens::Tokens;
use crate::identity::{perm, store};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::ActorKind;
use crate::platform::error::Result;
use crate::platform::http::problem::Problem;
use crate::platform::http::request::RequestInfo;
use crate::platform::http::write::{EditHeaders, WriteQuery};
use crate::platform::http::{
    Answer, AttemptProblems, Edit, Effects, Json, ListProblems, Page, Paging, Path, Peer, Query, Send, WriteProblems,
};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_name": "organisation_officer", "password": "canbo-demo"}))]
pub struct NewSession {
    /// Name to sign in with.
    #[schema(max_length = 64)]
    user_name: String,
    /// Password.
    #[schema(max_length = 128)]
    password: String,
    /// In place of an initial password, which is good for this alone; not with any other.
    #[schema(max_length = 128)]
    new_password: Option<String>,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}))]
pub struct SessionRefresh {
    /// The one that came last.
    #[schema(max_length = 200)]
    refresh_token: String,
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// For `Authorization: Bearer`.
    #[schema(max_length = 8192)]
    access_token: String,
    /// `Bearer`.
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: i64,
    /// Good once, for the next pair.
    #[schema(max_length = 200)]
    refresh_token: String,
    /// When the session ends at the latest.
    session_expires_at: DateTime<Utc>,
}

impl From<SignedIn> for SessionView {
    fn from(signed: SignedIn) -> Self {
        let SignedIn { access_token, refresh_token, expires_at } = signed;
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: service::access_token_seconds(),
            refresh_token,
            session_expires_at: expires_at,
        }
    }
}

/// Signs in with name and password.
///
/// Gives an access token, good for ten minutes, and a refresh token, good once. An initial password needs `new_password`
/// with it (403 `new_password_needed`), which takes its place.
#[utoipa::path(operation_id = "createSession", tag = "identity", security(()), request_body = NewSession,
    responses((status = 200, body = SessionView, description = "Signed in"), WriteProblems, AttemptProblems,
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A `new_password` for an account whose password is not an initial one")))]
#[post("/sessions")]
pub async fn create_session(
    req: HttpRequest,
    app: App,
    tokens: web::Data<Tokens>,
    peer: Peer,
    Json(body): Json<NewSession>,
) -> Result<Answer> {
    let request = Request { id: RequestInfo::of(&req).id, peer };
    let asked = SignIn {
        user_name: body.user_name,
        password: Secret::new(body.password),
        new_password: body.new_password.map(Secret::new),
    };
    let signed = service::sign_in(&app, &tokens, &asked, &request).await?;
    Answer::value(&SessionView::from(signed))
}

/// Gives a new pair of tokens for a refresh token.
///
/// A token that is used twice ends its session, but for a repetition within ten seconds, which gets the same next refresh
/// token as long as that was not used.
#[utoipa::path(operation_id = "refreshSession", tag = "identity", security(()), request_body = SessionRefresh,
    responses((status = 200, body = SessionView, description = "A new pair"), WriteProblems))]
#[post("/sessions/refresh")]
pub async fn refresh_session(
    req: HttpRequest,
    app: App,
    tokens: web::Data<Tokens>,
    Json(body): Json<SessionRefresh>,
) -> Result<Answer> {
    let id = RequestInfo::of(&req).id;
    let signed = service::refresh(&app, &tokens, &body.refresh_token, &id).await?;
    Answer::value(&SessionView::from(signed))
}

/// Signs out: ends the caller's session and its tokens.
///
/// The access token and the refresh token are refused from the next request on. A client's token has no session: it
/// ends by itself.
#[utoipa::path(operation_id = "deleteCurrentSession", tag = "identity", security(("bearer" = [])), params(WriteQuery),
    responses((status = 204, description = "Signed out"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[delete("/sessions/current")]
pub async fn delete_current_session(app: App, caller: Caller<perm::SignedIn>, send: Send) -> Result<Answer> {
    Answer::done(service::sign_out(&app, &caller.with(send)).await?)
}

/// One session of the caller.
#[derive(Serialize, ToSchema)]
pub struct OwnSession {
    /// Its id.
    id: Uuid,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When it ends at the latest.
    expires_at: DateTime<Utc>,
    /// Where from: an address, or the first half of one; null where it was not kept.
    #[schema(max_length = 64)]
    address: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListSessions {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The caller's own sessions that are alive, newest first.
///
/// Each with when it was opened, when it ends at the latest, and the address that it was opened from.
#[utoipa::path(operation_id = "listSessions", tag = "identity", security(("bearer" = [])), params(ListSessions),
    responses((status = 200, body = Page<OwnSession>, description = "A page"), ListProblems))]
#[get("/me/sessions")]
pub async fn list_sessions(
    app: App,
    caller: Caller<perm::SignedIn>,
    _: Query<ListSessions>,
    paging: Paging,
) -> Result<Answer> {
    // A system has no sessions, and nobody else's id is one of an account.
    let account = AccountId(caller.actor().id.unwrap_or_default());
    let (rows, total) = store::list_sessions(&mut *app.db.read().await?, account, app.clock.now(), &paging).await?;
    let current = caller.session();
    let view = |row: Session| OwnSession {
        current: Some(row.id) == current,
        id: row.id,
        created_at: row.created_at,
        expires_at: row.expires_at,
        address: row.address,
    };
    Answer::page(&paging.page(rows, total, |row| vec![row.id.to_string()], view))
}

/// Signs out everywhere: ends all sessions of the caller.
///
/// The session of this request is among them. Tokens that are out are refused within 2 seconds, and at once for what
/// changes something.
#[utoipa::path(operation_id = "deleteSessions", tag = "identity", security(("bearer" = [])), params(WriteQuery),
    responses((status = 204, description = "Signed out"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[delete("/me/sessions")]
pub async fn delete_sessions(app: App, caller: Caller<perm::SignedIn>, send: Send) -> Result<Answer> {
    Answer::done(service::end_all_sessions(&app, &caller.with(send)).await?)
}

/// Ends one of the caller's own sessions, such as that of a device that was lost.
///
/// A session has no versions: send `If-Match: *`.
#[utoipa::path(operation_id = "deleteSession", tag = "identity", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Id of the session"), WriteQuery, EditHeaders),
    responses((status = 204, description = "Ended"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[delete("/me/sessions/{id}")]
pub async fn delete_session(
    app: App,
    caller: Caller<perm::SignedIn>,
    Path(id): Path<Uuid>,
    edit: Edit,
) -> Result<Answer> {
    Answer::done(service::end_session(&app, &caller.with(edit), id).await?)
}

/// Who calls, and what they may do where.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// `account` or `client`.
    kind: CallerKind,
    /// Id of the account or client.
    id: Option<Uuid>,
    /// User name or client id.
    #[schema(max_length = 64)]
    name: String,
    /// The cadre that the person is.
    cadre_id: Option<Uuid>,
    /// Roles held today.
    #[schema(max_items = 1000)]
    roles: Vec<HeldRole>,
    /// What they allow, somewhere; of a token with a `scope`, no more than that.
    #[schema(max_items = 100)]
    permissions: Vec<&'static str>,
}

/// What kind of caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// A person.
    Account,
    /// A system.
    Client,
}

/// A role and where it is held.
#[derive(Serialize, ToSchema)]
pub struct HeldRole {
    /// The role.
    role: Role,
    /// At this unit and everything below it.
    unit_id: Uuid,
}

/// Who I am.
///
/// The account or client that the token names, the roles that it holds today and where, and the permissions that come
/// of them. A page can be built on it.
#[utoipa::path(operation_id = "getMe", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = MeView, description = "The caller"), ListProblems))]
#[get("/me")]
pub async fn get_me(caller: Caller<perm::SignedIn>) -> Result<Answer> {
    Answer::value(&MeView {
        kind: if caller.actor().kind == ActorKind::Client { CallerKind::Client } else { CallerKind::Account },
        id: caller.actor().id,
        name: caller.actor().label.clone(),
        cadre_id: caller.cadre_id(),
        roles: caller.holdings().iter().map(|held| HeldRole { role: held.role, unit_id: held.unit_id }).collect(),
        permissions: caller.permissions().into_iter().map(Permission::name).collect(),
    })
}
