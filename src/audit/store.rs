//! Reading the record, and its checkpoints.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::{AuditEntry, CadreAccess, Checkpoint, Place, Stored};
use crate::identity::Scope;
use crate::platform::canonical::Record;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::schema::{audit_checkpoints, audit_entries, audit_subjects, scope_tree};

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
    before_digest: Option<String>,
    after_digest: Option<String>,
    detail: Value,
    request_id: String,
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            recorded_at: row.recorded_at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_label: row.actor_label,
            action: row.action,
            target_kind: row.target_kind,
            target_id: row.target_id,
            unit_id: row.unit_id,
            outcome: row.outcome,
            code: row.code,
            before_digest: row.before_digest,
            after_digest: row.after_digest,
            detail: row.detail,
            request_id: row.request_id,
        }
    }
}

impl EntryRow {
    fn record(self, subjects: Vec<Uuid>) -> Record {
        Record {
            id: self.id,
            recorded_at: self.recorded_at,
            actor_kind: self.actor_kind,
            actor_id: self.actor_id,
            actor_label: self.actor_label,
            action: self.action,
            target_kind: self.target_kind,
            target_id: self.target_id,
            unit_id: self.unit_id,
            outcome: self.outcome,
            code: self.code,
            before_digest: self.before_digest,
            after_digest: self.after_digest,
            detail: self.detail,
            request_id: self.request_id,
            subjects,
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
    /// Of this action.
    pub action: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// From this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub before: Option<DateTime<Utc>>,
    /// Those too that belong to no unit: refusals, reads, sign-ins, accounts. For who inspects the whole province.
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
    if let Some(action) = &filter.action {
        query = query.filter(audit_entries::action.eq(action.clone()));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(audit_entries::outcome.eq(outcome.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::recorded_at.ge(from));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_entries::recorded_at.lt(before));
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

/// Who read or changed a person's file, newest first.
pub async fn accesses(
    conn: &mut AsyncPgConnection,
    cadre: Uuid,
    paging: &Paging,
) -> Result<(Vec<CadreAccess>, Option<i64>)> {
    let about = || audit_subjects::table.inner_join(audit_entries::table).filter(audit_subjects::cadre_id.eq(cadre));
    let mut query = about().into_boxed();
    if let Some(before) = paging.key::<i64>(0)? {
        query = query.filter(audit_subjects::seq.lt(before));
    }
    let rows: Vec<EntryRow> =
        query.order(audit_subjects::seq.desc()).limit(paging.fetch()).select(EntryRow::as_select()).load(conn).await?;
    let total = if paging.count { Some(about().count().get_result(conn).await?) } else { None };
    let access = |row: EntryRow| CadreAccess {
        seq: row.seq,
        recorded_at: row.recorded_at,
        actor_kind: row.actor_kind,
        actor_label: row.actor_label,
        roles: row
            .detail
            .get("roles")
            .and_then(Value::as_array)
            .map(|roles| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default(),
        action: row.action,
        outcome: row.outcome,
        request_id: row.request_id,
    };
    Ok((rows.into_iter().map(access).collect(), total))
}

/// Entries as they are stored, from a number on, in their order.
pub async fn stored(conn: &mut AsyncPgConnection, from_seq: i64, most: i64) -> Result<Vec<Stored>> {
    type Row = (EntryRow, Vec<u8>, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = audit_entries::table
        .filter(audit_entries::seq.ge(from_seq))
        .order(audit_entries::seq)
        .limit(most)
        .select((EntryRow::as_select(), audit_entries::canonical, audit_entries::prev_hash, audit_entries::hash))
        .load(conn)
        .await?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.0.seq).collect();
    let named: Vec<(i64, Uuid)> = audit_subjects::table
        .filter(audit_subjects::seq.eq_any(&seqs))
        .order((audit_subjects::seq, audit_subjects::cadre_id))
        .select((audit_subjects::seq, audit_subjects::cadre_id))
        .load(conn)
        .await?;
    let mut subjects: HashMap<i64, Vec<Uuid>> = HashMap::new();
    for (seq, cadre) in named {
        subjects.entry(seq).or_default().push(cadre);
    }
    let entry = |(row, canonical, prev_hash, hash): Row| {
        let (seq, about) = (row.seq, subjects.remove(&row.seq).unwrap_or_default());
        Stored { seq, record: row.record(about), canonical, prev_hash, hash }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The end of the record.
pub async fn head(conn: &mut AsyncPgConnection) -> Result<Option<Place>> {
    let last: Option<(i64, Vec<u8>)> = audit_entries::table
        .order(audit_entries::seq.desc())
        .select((audit_entries::seq, audit_entries::hash))
        .first(conn)
        .await
        .optional()?;
    Ok(last.map(|(seq, hash)| Place { seq, hash }))
}

/// The hashes that are stored at these places.
pub async fn hashes(conn: &mut AsyncPgConnection, seqs: &[i64]) -> Result<HashMap<i64, Vec<u8>>> {
    let rows: Vec<(i64, Vec<u8>)> = audit_entries::table
        .filter(audit_entries::seq.eq_any(seqs))
        .select((audit_entries::seq, audit_entries::hash))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_checkpoints)]
struct CheckpointRow {
    seq: i64,
    hash: Vec<u8>,
    made_at: DateTime<Utc>,
    key_id: String,
    signature: Vec<u8>,
}

impl From<CheckpointRow> for Checkpoint {
    fn from(row: CheckpointRow) -> Self {
        let CheckpointRow { seq, hash, made_at, key_id, signature } = row;
        Self { place: Place { seq, hash }, made_at, key_id, signature }
    }
}

/// Checkpoints, newest first, before a number where one is given; the most that are wanted.
pub async fn checkpoints(conn: &mut AsyncPgConnection, before: Option<i64>, most: i64) -> Result<Vec<Checkpoint>> {
    let mut query = audit_checkpoints::table.into_boxed();
    if let Some(before) = before {
        query = query.filter(audit_checkpoints::seq.lt(before));
    }
    let rows: Vec<CheckpointRow> =
        query.order(audit_checkpoints::seq.desc()).limit(most).select(CheckpointRow::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Checkpoint::from).collect())
}

/// The first checkpoint whose entry is not there or has another hash: one statement over all of them.
pub async fn first_broken_checkpoint(conn: &mut AsyncPgConnection) -> Result<Option<Checkpoint>> {
    let row: Option<CheckpointRow> = audit_checkpoints::table
        .left_join(
            audit_entries::table
                .on(audit_entries::seq.eq(audit_checkpoints::seq).and(audit_entries::hash.eq(audit_checkpoints::hash))),
        )
        .filter(audit_entries::seq.is_null())
        .order(audit_checkpoints::seq)
        .select(CheckpointRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Checkpoint::from))
}

/// How many checkpoints there are.
pub async fn count_checkpoints(conn: &mut AsyncPgConnection) -> Result<i64> {
    Ok(audit_checkpoints::table.count().get_result(conn).await?)
}

/// Keeps a checkpoint, unless another process made one of the same place.
pub async fn insert_checkpoint(conn: &mut AsyncPgConnection, made: &Checkpoint) -> Result<()> {
    let row = CheckpointRow {
        seq: made.place.seq,
        hash: made.place.hash.clone(),
        made_at: made.made_at,
        key_id: made.key_id.clone(),
        signature: made.signature.clone(),
    };
    diesel::insert_into(audit_checkpoints::table).values(row).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}
