//! What auditors see.

use actix_web::get;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{AuditCheckpoint, AuditEntry, AuditVerification, ExportLine};
use super::service;
use super::store::{self, Filter};
use crate::identity::{self, Caller, perm};
use crate::platform::App;
use crate::platform::canonical::hex;
use crate::platform::clock::start_of;
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::http::{Answer, ListProblems, Page, Paging, Query};

/// Entries of one verification or export, unless told otherwise, and at most.
const ENTRIES: (i64, i64) = (1000, 5000);

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_audit_entries)
        .service(get_audit_verification)
        .service(export_audit_entries)
        .service(list_audit_checkpoints);
}

/// How a write ended, or that it was a read.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Committed.
    Done,
    /// Rolled back, or refused before it began.
    Refused,
    /// Sensitive fields were shown.
    Read,
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
    /// Of this action.
    #[param(max_length = 80, example = "decide_rotation")]
    action: Option<String>,
    /// With this outcome.
    #[param(inline)]
    outcome: Option<AuditOutcome>,
    /// From this day.
    from: Option<NaiveDate>,
    /// To this day, included.
    to: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The record of writes and of reads of sensitive fields, newest first.
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
        AuditOutcome::Read => "read".to_owned(),
    });
    let action = list.action.map(|action| bounded("action", action, 80)).transpose()?;
    let mut conn = app.db.read().await?;
    let of_no_unit = identity::scope::covers_all(&mut conn, caller.scope()).await?;
    let filter = Filter {
        target: list.target_id,
        actor: list.actor_id,
        action,
        outcome,
        from: list.from.map(start_of),
        before: list.to.and_then(|day| day.succ_opt()).map(start_of),
        of_no_unit,
    };
    let (rows, total) = store::list(&mut conn, caller.scope(), &filter, &paging).await?;
    Answer::page(&paging.page(rows, total, |row| vec![row.seq.to_string()], |row| row))
}

fn bounded(name: &'static str, text: String, most: usize) -> Result<String> {
    if text.chars().count() <= most {
        return Ok(text);
    }
    let said = Say::new(format!("Tối đa {most} ký tự"), format!("At most {most} characters"));
    Err(Error::new(code::INVALID_QUERY).with(Finding::new(name, code::OUT_OF_RANGE, said)))
}

/// Which part of the record.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartOfRecord {
    /// The first entry; without it, a verification begins after the last checkpoint, and an export at 1.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    from_seq: Option<i64>,
    /// Entries, at most; 1000 unless given.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<i64>,
}

impl PartOfRecord {
    /// The first entry and how many.
    fn checked(&self) -> Result<(Option<i64>, i64)> {
        let (usual, most) = ENTRIES;
        let limit = self.limit.unwrap_or(usual);
        let outside = |name: &'static str, most: i64| {
            let said = Say::new(format!("Từ 1 đến {most}"), format!("1 to {most}"));
            Error::new(code::INVALID_QUERY).with(Finding::new(name, code::OUT_OF_RANGE, said))
        };
        if !(1..=most).contains(&limit) {
            return Err(outside("limit", most));
        }
        let last = 9_007_199_254_740_991;
        if self.from_seq.is_some_and(|seq| !(1..=last).contains(&seq)) {
            return Err(outside("from_seq", last));
        }
        Ok((self.from_seq, limit))
    }
}

/// The chain is one for the province: its parts mean nothing alone.
async fn whole_province(app: &App, caller: &Caller<perm::ReadAudit>) -> Result<()> {
    if identity::scope::covers_all(&mut *app.db.read().await?, caller.scope()).await? {
        return Ok(());
    }
    Err(Error::new(code::FORBIDDEN)
        .detail("Cần quyền audit.read trên toàn tỉnh", "Needs the permission audit.read in the whole province"))
}

/// Verifies the chain of the record, its checkpoints and their anchor.
///
/// A part at a time: `next_from_seq` says where to go on. `first_bad` names the first place that does not hold and why.
/// AUDIT.md says what is hashed.
#[utoipa::path(operation_id = "getAuditVerification", tag = "audit", security(("bearer" = ["audit.read"])), params(PartOfRecord),
    responses((status = 200, body = AuditVerification, description = "What was verified, and the first bad place"), ListProblems))]
#[get("/audit/verification")]
pub async fn get_audit_verification(
    app: App,
    caller: Caller<perm::ReadAudit>,
    Query(part): Query<PartOfRecord>,
) -> Result<Answer> {
    whole_province(&app, &caller).await?;
    let (from_seq, most) = part.checked()?;
    Answer::value(&service::verify(&app, from_seq, most).await?)
}

/// The record as it was hashed, one JSON object a line, for who verifies it without canbo; `Link` leads to what follows.
///
/// The bytes of `canonical` are those that the hash was made of. `tests/deep/verify_audit.py` is a verifier that shares no
/// code with the service.
#[utoipa::path(operation_id = "exportAuditEntries", tag = "audit", security(("bearer" = ["audit.read"])), params(PartOfRecord),
    responses((status = 200, body = String, content_type = "application/x-ndjson", description = "Lines with seq, prev_hash, hash, canonical"), ListProblems))]
#[get("/audit/export")]
pub async fn export_audit_entries(
    app: App,
    caller: Caller<perm::ReadAudit>,
    Query(part): Query<PartOfRecord>,
) -> Result<Answer> {
    whole_province(&app, &caller).await?;
    let (from_seq, most) = part.checked()?;
    let entries = store::stored(&mut *app.db.read().await?, from_seq.unwrap_or(1), most).await?;
    let mut lines = Vec::new();
    for entry in &entries {
        // What was tampered with may not even be text; the verifier shall see it all the same.
        let canonical = String::from_utf8_lossy(&entry.canonical);
        let line = ExportLine {
            seq: entry.seq,
            prev_hash: hex(&entry.prev_hash),
            hash: hex(&entry.hash),
            canonical: &canonical,
        };
        serde_json::to_writer(&mut lines, &line).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    let full = i64::try_from(entries.len()).is_ok_and(|count| count == most);
    let next = entries.last().filter(|_| full).map(|last| last.seq + 1);
    let link = next.map(|seq| format!("</v1/audit/export?from_seq={seq}&limit={most}>; rel=\"next\""));
    Ok(Answer::lines(lines, link))
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListAuditCheckpoints {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The signed places of the record, newest first.
///
/// Whoever keeps one elsewhere can show later that nothing before it was cut off or written anew.
#[utoipa::path(operation_id = "listAuditCheckpoints", tag = "audit", security(("bearer" = ["audit.read"])), params(ListAuditCheckpoints),
    responses((status = 200, body = Page<AuditCheckpoint>, description = "A page"), ListProblems))]
#[get("/audit/checkpoints")]
pub async fn list_audit_checkpoints(
    app: App,
    caller: Caller<perm::ReadAudit>,
    _: Query<ListAuditCheckpoints>,
    paging: Paging,
) -> Result<Answer> {
    whole_province(&app, &caller).await?;
    let mut conn = app.db.read().await?;
    let made = store::checkpoints(&mut conn, paging.key(0)?, paging.fetch()).await?;
    let total = if paging.count { Some(store::count_checkpoints(&mut conn).await?) } else { None };
    Answer::page(&paging.page(made, total, |made| vec![made.place.seq.to_string()], AuditCheckpoint::from))
}
