//! The audit record: one entry for each change and refusal, and for each read of sensitive fields. A change's entry
//! commits with it or not at all; a refusal has a transaction of its own; what is only read is written a moment later, in
//! batches (see [`Db::write_records`]).
//!
//! All are appended by one function of the database, under one lock, which chains them: [`crate::platform::canonical`].

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::result::Error as DieselError;
use diesel::sql_types::{Array, Bytea};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use super::Db;
use super::change::Tx;
use super::entry::{Actor, ActorKind, Entry, Origin};
use crate::platform::canonical::Record;
use crate::platform::error::{Error, Kind, Result, code};
use crate::platform::trail;

/// Records that wait to be written: with more, whatever must be recorded is told to come back.
const MOST_WAITING: usize = 10_000;
/// Records of one append; the lock of the chain is held meanwhile.
const BATCH: usize = 200;
/// How long records gather before they are appended together.
const GATHER: Duration = Duration::from_millis(250);
/// How long after a failure the same records are tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a stopping process tries to write what waits.
const LAST_TRIES: Duration = Duration::from_secs(8);
/// Characters of a text that a caller made, as far as it is kept.
const LONGEST: usize = 300;

/// Records that are not written yet.
#[derive(Default)]
pub(super) struct Recorder {
    waiting: Mutex<VecDeque<Record>>,
    arrived: Notify,
}

impl Recorder {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Record>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_batch(&self) -> Vec<Record> {
        self.waiting().iter().take(BATCH).cloned().collect()
    }
}

/// What was read or refused without a change: recorded a moment later.
#[derive(Debug)]
pub struct Notice {
    /// What was asked, `get_cadre`.
    pub action: String,
    /// Kind of the thing that it was asked of.
    pub target_kind: &'static str,
    /// The thing.
    pub target_id: Option<Uuid>,
    /// Whose files were shown.
    pub subjects: Vec<Uuid>,
    /// The code of a refusal; none: it was read.
    pub refused: Option<&'static str>,
    /// Findings, roles.
    pub detail: Value,
}

impl Db {
    /// Sees to it that a notice is written within a second, whatever becomes of the request. Refuses when too many wait:
    /// then what was to be recorded must not happen.
    pub fn record(&self, by: &Actor, notice: Notice) -> Result<()> {
        let now = self.clock.now();
        let record = Record {
            outcome: if notice.refused.is_some() { "refused" } else { "read" }.to_owned(),
            code: notice.refused.map(str::to_owned),
            detail: notice.detail,
            subjects: notice.subjects,
            target_id: notice.target_id,
            ..blank(self.ids.next(now), now, by, &notice.action, notice.target_kind)
        };
        let mut waiting = self.recorder.waiting();
        if waiting.len() >= MOST_WAITING {
            return Err(Error::new(code::UNAVAILABLE).caused_by("too many records wait to be written"));
        }
        waiting.push_back(record.settled());
        drop(waiting);
        self.recorder.arrived.notify_one();
        Ok(())
    }

    /// Writes what waits, whenever something does. One task of the process runs it.
    pub async fn write_records(&self) -> Infallible {
        loop {
            self.recorder.arrived.notified().await;
            tokio::time::sleep(GATHER).await;
            while let Err(error) = self.write_waiting().await {
                log::error!("the audit record cannot be written, tried again: {error}: {}", error.chain());
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    /// Writes all that waits.
    async fn write_waiting(&self) -> Result<()> {
        loop {
            let batch = self.recorder.next_batch();
            if batch.is_empty() {
                return Ok(());
            }
            append(&mut *self.read().await?, &batch).await?;
            // They stood first, and nobody else takes any.
            self.recorder.waiting().drain(..batch.len());
        }
    }

    /// Writes all that waits, for a process that ends; what cannot be written then goes to the log, whole.
    pub async fn write_last_records(&self) {
        let tries = async {
            while let Err(error) = self.write_waiting().await {
                log::error!("the audit record cannot be written, tried again: {error}: {}", error.chain());
                tokio::time::sleep(AGAIN).await;
            }
        };
        if tokio::time::timeout(LAST_TRIES, tries).await.is_err() {
            for record in self.recorder.waiting().iter() {
                log::error!("not in the audit record: {}", record.canonical());
            }
        }
    }

    /// How many records wait to be written.
    pub fn records_waiting(&self) -> usize {
        self.recorder.waiting().len()
    }

    /// A refusal is recorded in a transaction of its own: the change's has been rolled back. One that cannot be recorded
    /// is an answer that cannot be given.
    pub(super) async fn record_refusal(&self, origin: &Origin, action: &'static str, error: Error) -> Error {
        if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
            return error;
        }
        trail::settled();
        if origin.write.validate_only {
            return error;
        }
        let now = self.clock.now();
        let record = Record {
            outcome: "refused".to_owned(),
            code: Some(error.code().name.to_owned()),
            detail: refusal(&origin.write.route, &error),
            ..blank(self.ids.next(now), now, &origin.actor, action, "request")
        };
        let written = match self.read().await {
            Ok(mut conn) => append(&mut conn, &[record.settled()]).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => error,
            Err(failure) => Error::new(code::UNAVAILABLE).caused_by(failure),
        }
    }
}

/// What the record says of a refusal: the path and the findings, cut where a caller made them long.
pub fn refusal(route: &str, error: &Error) -> Value {
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let findings: Vec<Value> =
        error.findings().iter().take(100).map(|f| json!({"pointer": cut(&f.pointer), "code": f.code.name})).collect();
    json!({"route": cut(route), "findings": findings})
}

fn kind_name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Account => "account",
        ActorKind::Client => "client",
        ActorKind::System => "system",
    }
}

fn blank(id: Uuid, recorded_at: DateTime<Utc>, by: &Actor, action: &str, target_kind: &str) -> Record {
    Record {
        id,
        recorded_at,
        actor_kind: kind_name(by.kind).to_owned(),
        actor_id: by.id,
        actor_label: by.label.clone(),
        action: action.to_owned(),
        target_kind: target_kind.to_owned(),
        target_id: None,
        unit_id: None,
        outcome: String::new(),
        code: None,
        before_digest: None,
        after_digest: None,
        detail: Value::Null,
        request_id: by.request_id.clone(),
        subjects: Vec::new(),
    }
}

/// Writes the entry of a change: the last statement of its transaction, since the lock of the chain is held until the end.
pub(super) async fn write_audit(
    tx: &mut Tx,
    action: &'static str,
    entry: &Entry,
    after_digest: Option<String>,
) -> Result<()> {
    // A cadre's own record is about the cadre.
    let own = (entry.subject == "cadre").then_some(entry.id).or(entry.about);
    let record = Record {
        target_id: Some(entry.id),
        unit_id: entry.unit_id,
        outcome: "done".to_owned(),
        before_digest: entry.before_digest.clone(),
        after_digest,
        detail: json!({"effects": entry.effects}),
        subjects: own.into_iter().collect(),
        ..blank(tx.new_id(), tx.now, &tx.origin.actor, action, entry.subject)
    };
    append(&mut tx.conn, &[record.settled()]).await
}

/// Appends to the chain. Whatever keeps the record from being written is a passing failure of the service: what was to be
/// recorded does not happen.
async fn append(conn: &mut AsyncPgConnection, records: &[Record]) -> Result<()> {
    let entries: Vec<Vec<u8>> = records.iter().map(|record| record.canonical().into_bytes()).collect();
    let appended =
        diesel::sql_query("SELECT append_audit_entries($1)").bind::<Array<Bytea>, _>(entries).execute(conn).await;
    appended.map(drop).map_err(|failure| {
        let ours = match &failure {
            DieselError::DatabaseError(_, info) => info.constraint_name().is_none_or(|name| name.starts_with("audit_")),
            _ => true,
        };
        let error = Error::from(failure);
        // A constraint of the change, looked at before the lock is taken, keeps its own meaning.
        if error.is_retryable() || !ours { error } else { Error::new(code::UNAVAILABLE).caused_by(error) }
    })
}
