//! The withdrawal of what was never true.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::cadres::model::{CadreId, FactId};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Result};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, WriteQuery};
use crate::platform::http::{Answer, Edit, Effects, Json, Path, WriteProblems};

/// Why an entry of the file goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Nhập nhầm hồ sơ của người khác"}))]
pub struct EntryWithdrawal {
    /// Why it was never true.
    #[schema(max_length = 400)]
    reason: String,
}

/// Withdraws an entry of the file that was never true, of whatever kind.
///
/// Its id is that of the entry: a qualification, a planning, an appointment, an assessment, a reward, a discipline, a
/// membership, a rank, a health certificate, a relative, a residence or a particular. It is superseded, and stays
/// readable in the profile by `known_at`. 409 where a case or a course wrote it: act there.
#[utoipa::path(operation_id = "withdrawCadreEntry", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("entry_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = EntryWithdrawal,
    responses((status = 204, description = "Withdrawn"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/entries/{entry_id}/withdraw")]
pub async fn withdraw_cadre_entry(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<EntryWithdrawal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 400).map_err(|finding| Error::refused(vec![finding]))?;
    Answer::done(service::withdraw_entry(&app, &caller.with(edit), cadre, id, &reason).await?)
}
