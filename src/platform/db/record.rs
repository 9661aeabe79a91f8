//! The record of changes: one row for each, done or refused.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Db;
use super::change::Tx;
use super::entry::{ActorKind, Entry, Origin};
use crate::platform::error::{Error, Kind, Result};
use crate::schema::audit_entries;

impl Db {
    /// A refusal is recorded in a transaction of its own: the change's has been rolled back.
    pub(super) async fn record_refusal(&self, origin: &Origin, action: &'static str, error: &Error) {
        if origin.write.validate_only || matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
            return;
        }
        let findings: Vec<Value> =
            error.findings().iter().map(|f| json!({"pointer": f.pointer, "code": f.code.name})).collect();
        let row = AuditRow {
            id: self.ids.next(self.clock.now()),
            recorded_at: self.clock.now(),
            actor_kind: kind_name(origin.actor.kind),
            actor_id: origin.actor.id,
            actor_label: &origin.actor.label,
            action,
            target_kind: "request",
            target_id: None,
            unit_id: None,
            outcome: "refused",
            code: Some(error.code().name),
            detail: json!({"route": origin.write.route, "findings": findings}),
            request_id: &origin.actor.request_id,
        };
        let written = match self.read().await {
            Ok(mut conn) => row.insert_into(audit_entries::table).execute(&mut conn).await.map_err(Error::from),
            Err(error) => Err(error),
        };
        if let Err(failure) = written {
            log::error!("request {}: its refusal was not recorded: {}", origin.actor.request_id, failure.chain());
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct AuditRow<'a> {
    id: Uuid,
    recorded_at: DateTime<Utc>,
    actor_kind: &'static str,
    actor_id: Option<Uuid>,
    actor_label: &'a str,
    action: &'static str,
    target_kind: &'static str,
    target_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    outcome: &'static str,
    code: Option<&'static str>,
    detail: Value,
    request_id: &'a str,
}

fn kind_name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Account => "account",
        ActorKind::Client => "client",
        ActorKind::System => "system",
    }
}

/// Writes the entry of a change, in its transaction.
pub(super) async fn write_audit(tx: &mut Tx, action: &'static str, entry: &Entry) -> Result<()> {
    let row = AuditRow {
        id: tx.new_id(),
        recorded_at: tx.now,
        actor_kind: kind_name(tx.origin.actor.kind),
        actor_id: tx.origin.actor.id,
        actor_label: &tx.origin.actor.label,
        action,
        target_kind: entry.subject,
        target_id: Some(entry.id),
        unit_id: entry.unit_id,
        outcome: "done",
        code: None,
        detail: json!({"effects": entry.effects}),
        request_id: &tx.origin.actor.request_id,
    };
    row.insert_into(audit_entries::table).execute(&mut tx.conn).await?;
    Ok(())
}
