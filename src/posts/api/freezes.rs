//! Freezes of posts.

use actix_web::post;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{EditHeaders, WriteQuery};
use crate::platform::http::{Answer, Edit, Json, Path, WriteProblems};
use crate::posts::model::{Post, PostId};
use crate::posts::service::{self, FreezeProposal};

/// That nobody is to come to a post for a time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2027-03-07", "to": null, "reason": "Sắp xếp tổ chức bộ máy", "decision_number": "128-KL/TW", "decided_on": "2025-03-07"}))]
pub struct NewPostFreeze {
    /// First day.
    from: NaiveDate,
    /// Last day included; null: until it is taken back.
    to: Option<NaiveDate>,
    /// Why.
    #[schema(max_length = 400)]
    reason: String,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
    /// When it was decided.
    decided_on: Option<NaiveDate>,
}

impl TryFrom<NewPostFreeze> for FreezeProposal {
    type Error = Error;
    fn try_from(body: NewPostFreeze) -> Result<Self> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", body.from, body.to));
        let reason = findings.keep(line("/reason", &body.reason, 400));
        let number = findings.keep(optional_line("/decision_number", body.decision_number.as_deref(), 100));
        findings.settle()?;
        let (Some(during), Some(reason), Some(decision_number)) = (during, reason, number) else {
            return Err(Error::internal("settled"));
        };
        Ok(Self { during, reason, decision_number, decided_on: body.decided_on })
    }
}

/// Freezes a post.
///
/// On these days nobody comes to it, by a case or by a record, unless that is marked as a special case (`special_case`);
/// who holds it stays. A post that nobody holds has the status `frozen` then.
#[utoipa::path(operation_id = "freezePost", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = PostId, Path, description = "Id of the post"), WriteQuery, EditHeaders), request_body = NewPostFreeze,
    responses((status = 200, body = Post, description = "Frozen, or, in a dry run, the effects"), WriteProblems))]
#[post("/posts/{id}/freeze")]
pub async fn freeze_post(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path(id): Path<PostId>,
    edit: Edit,
    Json(body): Json<NewPostFreeze>,
) -> Result<Answer> {
    let frozen = service::freeze_post(&app, &caller.with(edit), id, &body.try_into()?).await?;
    Answer::changed(frozen, |post| post.version, |post| post)
}

/// That a post may be filled again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": null, "reason": "Đã sắp xếp xong"}))]
pub struct NewPostThaw {
    /// First day on which it may be filled; null: today.
    from: Option<NaiveDate>,
    /// Why.
    #[schema(max_length = 400)]
    reason: String,
}

/// Ends the freeze of a post.
///
/// From the day on it may be filled. A freeze that would begin later is taken back.
#[utoipa::path(operation_id = "unfreezePost", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = PostId, Path, description = "Id of the post"), WriteQuery, EditHeaders), request_body = NewPostThaw,
    responses((status = 200, body = Post, description = "Free again, or, in a dry run, the effects"), WriteProblems))]
#[post("/posts/{id}/unfreeze")]
pub async fn unfreeze_post(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path(id): Path<PostId>,
    edit: Edit,
    Json(body): Json<NewPostThaw>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 400).map_err(|finding| Error::refused(vec![finding]))?;
    let thawed = service::unfreeze_post(&app, &caller.with(edit), id, body.from, &reason).await?;
    Answer::changed(thawed, |post| post.version, |post| post)
}
