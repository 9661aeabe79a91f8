//! Passwords: a person's own change, and an initial one in place of one that was forgotten.

use actix_web::{HttpRequest, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::identity::caller::Caller;
use crate::identity::model::AccountId;
use crate::identity::perm;
use crate::identity::service::{self, NewPassword, Request};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::Outcome;
use crate::platform::error::Result;
use crate::platform::http::request::RequestInfo;
use crate::platform::http::write::{EditHeaders, WriteQuery};
use crate::platform::http::{Answer, AttemptProblems, Edit, Json, Path, Peer, WriteProblems};

/// A person's new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "mat khau hien tai", "new_password": "mot mat khau khac"}))]
pub struct PasswordChange {
    /// The present one: absent is wrong.
    #[schema(max_length = 128)]
    current_password: Option<String>,
    /// 10 to 128 characters; not a common one, nor the name of the person, a unit or the province.
    #[schema(max_length = 128)]
    new_password: String,
}

/// An account, with the initial password that was made for it.
#[derive(Serialize, ToSchema)]
pub struct NewPasswordView {
    /// Its id.
    id: AccountId,
    /// Signs in with this name.
    #[schema(max_length = 64)]
    user_name: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    display_name: String,
    /// The cadre that this person is, if one.
    cadre_id: Option<Uuid>,
    /// When it was disabled; null: it may sign in.
    disabled_at: Option<DateTime<Utc>>,
    /// Until when the initial password is good; null: there is none.
    initial_until: Option<DateTime<Utc>>,
    /// The initial password, shown this once: the person gives it with `new_password` at the first sign-in. Null where
    /// one was given, and in a replayed answer.
    #[schema(max_length = 64)]
    initial_password: Option<String>,
    /// Counts its changes.
    version: i32,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<NewPassword> for NewPasswordView {
    fn from(made: NewPassword) -> Self {
        let NewPassword { account, initial_password } = made;
        Self {
            id: account.id,
            user_name: account.user_name,
            display_name: account.display_name,
            cadre_id: account.cadre_id,
            disabled_at: account.disabled_at,
            initial_until: account.initial_until,
            initial_password,
            version: account.version,
            created_at: account.created_at,
        }
    }
}

/// Changes the caller's own password; their other sessions end.
///
/// Without conditions and keys: what is sent here is kept nowhere, not even its digest.
#[utoipa::path(operation_id = "changeOwnPassword", tag = "identity", security(("bearer" = [])), request_body = PasswordChange,
    responses((status = 204, description = "Changed"), WriteProblems, AttemptProblems))]
#[post("/me/password")]
pub async fn change_own_password(
    req: HttpRequest,
    app: App,
    caller: Caller<perm::SignedIn>,
    peer: Peer,
    Json(body): Json<PasswordChange>,
) -> Result<Answer> {
    let request = Request { id: RequestInfo::of(&req).id, peer };
    let present = body.current_password.map(Secret::new);
    let caller = caller.plain();
    service::change_own_password(&app, &caller, present, &Secret::new(body.new_password), &request).await?;
    Answer::done(Outcome { value: (), effects: Vec::new(), replayed: false, validated_only: false })
}

/// Gives an account an initial password in place of its own; its sessions end.
///
/// The password is made here and shown once. It is good for one sign-in within 72 hours, in which the person sets an own
/// one with `new_password`.
#[utoipa::path(operation_id = "resetPassword", tag = "identity", security(("bearer" = ["accounts.manage"])),
    params(("id" = AccountId, Path, description = "Id of the account"), WriteQuery, EditHeaders),
    responses((status = 200, body = NewPasswordView, description = "The initial password, or, in a dry run, the effects"), WriteProblems))]
#[post("/accounts/{id}/reset-password")]
pub async fn reset_password(
    app: App,
    caller: Caller<perm::ManageAccounts>,
    Path(id): Path<AccountId>,
    edit: Edit,
) -> Result<Answer> {
    let made = service::reset_password(&app, &caller.with(edit), id).await?;
    Answer::changed(made, |made| made.account.version, NewPasswordView::from)
}
