//! Reading the record.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::AuditEntry;
use crate::identity::Scope;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{audit_entries, scope_tree};

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entries)]
struct EntryRow {
    id: Uuid,
    seq: i64,
    recorded_at: DateTime<Utc>,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_label: String,
    action: String,
    target_kind: String,
    target_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    outcome: String,
    code: Option<String>,
    detail: Value,
    request_id: String,
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        let EntryRow {
            id,
            seq,
            recorded_at,
            actor_kind,
            actor_id,
            actor_label,
            action,
            target_kind,
            target_id,
            unit_id,
            outcome,
            code,
            detail,
            request_id,
        } = row;
        Self {
            id,
            seq,
            recorded_at,
            actor_kind,
            actor_id,
            actor_label,
            action,
            target_kind,
            target_id,
            unit_id,
            outcome,
            code,
            detail,
            request_id,
        }
    }
}

/// Which entries are wanted.
#[derive(Default)]
pub struct Filter {
    /// On this thing.
    pub target: Option<Uuid>,
    /// By this account or client.
    pub actor: Option<Uuid>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Those too that belong to no unit: refusals, sign-ins, accounts. For who inspects the whole province.
    pub of_no_unit: bool,
}

fn wanted(scope: &Scope, filter: &Filter) -> audit_entries::BoxedQuery<'static, diesel::pg::Pg> {
    let units = scope.units().select(scope_tree::unit_id.nullable());
    let in_scope = audit_entries::unit_id.eq_any(units);
    let mut query = if filter.of_no_unit {
        audit_entries::table.filter(in_scope.or(audit_entries::unit_id.is_null())).into_boxed()
    } else {
        audit_entries::table.filter(in_scope.assume_not_null()).into_boxed()
    };
    if let Some(target) = filter.target {
        query = query.filter(audit_entries::target_id.eq(target));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_entries::actor_id.eq(actor));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(audit_entries::outcome.eq(outcome.clone()));
    }
    query
}

/// Entries about units in scope, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &Filter,
    paging: &Paging,
) -> Result<(Vec<AuditEntry>, Option<i64>)> {
    let mut query = wanted(scope, filter);
    if let Some(before) = paging.key::<i64>(0)? {
        query = query.filter(audit_entries::seq.lt(before));
    }
    let rows: Vec<EntryRow> =
        query.order(audit_entries::seq.desc()).limit(paging.fetch()).select(EntryRow::as_select()).load(conn).await?;
    let total = if paging.count { Some(wanted(scope, filter).count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(AuditEntry::from).collect(), total))
}
