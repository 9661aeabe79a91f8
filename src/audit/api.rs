//! What auditors see.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::AuditEntry;
use super::store::{self, Filter};
use crate::identity::{self, Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, ListProblems, Page, Paging, Query};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_audit_entries);
}

/// How a write ended.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Committed.
    Done,
    /// Rolled back.
    Refused,
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListAuditEntries {
    /// On this thing.
    target_id: Option<Uuid>,
    /// By this account or client.
    actor_id: Option<Uuid>,
    /// With this outcome.
    #[param(inline)]
    outcome: Option<AuditOutcome>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The record of writes, newest first.
///
/// Each write with who did it, when, on what, and whether it was done or refused. Who reads the whole province sees the
/// entries that belong to no unit too.
#[utoipa::path(operation_id = "listAuditEntries", tag = "audit", security(("bearer" = ["audit.read"])), params(ListAuditEntries),
    responses((status = 200, body = Page<AuditEntry>, description = "A page"), ListProblems))]
#[get("/audit/entries")]
pub async fn list_audit_entries(
    app: App,
    caller: Caller<perm::ReadAudit>,
    Query(list): Query<ListAuditEntries>,
    paging: Paging,
) -> Result<Answer> {
    let outcome = list.outcome.map(|outcome| match outcome {
        AuditOutcome::Done => "done".to_owned(),
        AuditOutcome::Refused => "refused".to_owned(),
    });
    let mut conn = app.db.read().await?;
    let of_no_unit = identity::scope::covers_all(&mut conn, caller.scope()).await?;
    let filter = Filter { target: list.target_id, actor: list.actor_id, outcome, of_no_unit };
    let (rows, total) = store::list(&mut conn, caller.scope(), &filter, &paging).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.seq.to_string()], |row| row))
}
