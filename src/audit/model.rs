//! Entries of the record.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// One write, done or refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// Its place in the record.
    pub seq: i64,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// `account`, `client` or `system`.
    #[schema(max_length = 20)]
    pub actor_kind: String,
    /// Account or client.
    pub actor_id: Option<Uuid>,
    /// User name or client id.
    #[schema(max_length = 128)]
    pub actor_label: String,
    /// What was asked, `decide_rotation`.
    #[schema(max_length = 80)]
    pub action: String,
    /// Kind of the thing that it was done to.
    #[schema(max_length = 80)]
    pub target_kind: String,
    /// The thing.
    pub target_id: Option<Uuid>,
    /// The unit that it belongs to.
    pub unit_id: Option<Uuid>,
    /// `done` or `refused`.
    #[schema(max_length = 20)]
    pub outcome: String,
    /// Why it was refused.
    #[schema(max_length = 80)]
    pub code: Option<String>,
    /// The effects of a change, the findings of a refusal.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// The request.
    #[schema(max_length = 128)]
    pub request_id: String,
}
