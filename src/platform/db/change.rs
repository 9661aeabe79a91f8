//! The one door for writes: [`Db::change`].
//!
//! It opens the transaction, claims the idempotency key, runs the use case, writes audit and outbox, and commits, or
//! rolls back for a dry run. The whole closure reruns on a serialization failure or a deadlock. A [`Tx`] cannot be made
//! elsewhere, store writes take nothing else, and a closure that gives no [`Entry`] does not type-check.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Conn, Db};
use crate::platform::clock::{Clock, day_of};
use crate::platform::error::{Error, Kind, Result, code};
use crate::platform::id::Ids;
use crate::schema::{audit_entries, idempotency_keys, outbox_events};

/// A transaction that failed for a passing reason is run this many times in all.
const ATTEMPTS: u32 = 5;
/// How long an answer is kept for the same key.
const KEY_LIFE: Duration = Duration::from_hours(24);

/// What kind of caller acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A person who signed in.
    Account,
    /// Another system.
    Client,
    /// canbo itself: the effects of a day that has come, the demo province.
    System,
}

/// Who acts, as the audit record names them.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Kind of caller.
    pub kind: ActorKind,
    /// Account or client; none for the system.
    pub id: Option<Uuid>,
    /// User name or client id.
    pub label: String,
    /// The request that it came with.
    pub request_id: String,
}

/// The conditions that a write came with.
#[derive(Clone, Debug, Default)]
pub struct Write {
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// Method and path, for which the key counts.
    pub route: String,
    /// Digest of what was sent.
    pub digest: Vec<u8>,
    /// `If-Match`: the version that the caller saw.
    pub expected: Expected,
    /// Everything except the commit.
    pub validate_only: bool,
}

/// What `If-Match` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Nothing, or `*`.
    #[default]
    Any,
    /// This version of the resource.
    Version(i32),
    /// A tag that no version has.
    Never,
}

/// Who writes, and under which conditions.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Under which conditions.
    pub write: Write,
}

/// One consequence of a write, as told by a dry run and kept in the audit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// What happens, lower_snake: `appointment_opened`, `post_left_vacant`, ...
    #[schema(max_length = 80, example = "appointment_opened")]
    pub effect: String,
    /// Kind of the thing that it happens to.
    #[schema(max_length = 80, example = "appointment")]
    pub subject: String,
    /// Its id; in a dry run that of a new thing is not kept.
    pub id: Uuid,
    /// Its name.
    #[schema(max_length = 400)]
    pub label: String,
    /// The day from which it counts, where it has one.
    pub on: Option<NaiveDate>,
}

impl Effect {
    /// A consequence.
    pub fn new(
        effect: &str,
        subject: &str,
        id: impl Into<Uuid>,
        label: impl Into<String>,
        on: Option<NaiveDate>,
    ) -> Self {
        Self { effect: effect.to_owned(), subject: subject.to_owned(), id: id.into(), label: label.into(), on }
    }
}

/// Something that other systems may want to know, leaving with the change itself.
#[derive(Clone, Debug)]
pub struct Event {
    /// `rotation.decided`, `enrolment.passed`, ...
    pub kind: &'static str,
    /// Identifiers and days; never names or personal numbers.
    pub data: Value,
}

/// What the audit record says of a change. Without one a change cannot commit.
#[derive(Debug)]
pub struct Entry {
    subject: &'static str,
    id: Uuid,
    unit_id: Option<Uuid>,
    effects: Vec<Effect>,
    events: Vec<Event>,
}

impl Entry {
    /// A change of one thing.
    pub fn on(subject: &'static str, id: impl Into<Uuid>) -> Self {
        Self { subject, id: id.into(), unit_id: None, effects: Vec::new(), events: Vec::new() }
    }

    /// The unit that it belongs to.
    #[must_use]
    pub fn within(mut self, unit: impl Into<Uuid>) -> Self {
        self.unit_id = Some(unit.into());
        self
    }

    /// With its consequences.
    #[must_use]
    pub fn effects(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effects);
        self
    }

    /// With an event to send.
    #[must_use]
    pub fn event(mut self, kind: &'static str, data: Value) -> Self {
        self.events.push(Event { kind, data });
        self
    }
}

/// What came of a write.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What the use case returned.
    pub value: T,
    /// The consequences.
    pub effects: Vec<Effect>,
    /// The same request was answered before, and this is that answer.
    pub replayed: bool,
    /// Nothing was kept.
    pub validated_only: bool,
}

/// An open transaction. Made only by [`Db::change`].
pub struct Tx {
    conn: Conn,
    now: DateTime<Utc>,
    clock: Clock,
    ids: Ids,
    origin: Origin,
    /// What it changes, as its entry says.
    touched: Option<(&'static str, Uuid)>,
}

impl Tx {
    /// The connection, for statements of a store.
    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.conn
    }

    /// The instant of the change, one for all its rows.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The day of the change in Asia/Ho_Chi_Minh.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now)
    }

    /// Who changes.
    pub fn actor(&self) -> &Actor {
        &self.origin.actor
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.ids.next(self.now)
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.ids.bytes()
    }

    /// Refuses as stale unless `If-Match` names this version.
    pub fn check_version(&self, version: i32) -> Result<()> {
        match self.origin.write.expected {
            Expected::Any => Ok(()),
            Expected::Version(expected) if expected == version => Ok(()),
            Expected::Version(_) | Expected::Never => Err(Error::new(code::STALE)),
        }
    }

    /// Waits until no other transaction holds these things, and keeps them until the end. Sorted, so that two
    /// transactions that want the same things never wait for each other.
    pub async fn lock(&mut self, things: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let mut keys: Vec<i64> =
            things.into_iter().map(|id| i64::from_be_bytes(id.as_u64_pair().1.to_be_bytes())).collect();
        keys.sort_unstable();
        keys.dedup();
        // One statement; the array keeps its order.
        diesel::sql_query("SELECT pg_advisory_xact_lock(key) FROM unnest($1) AS key")
            .bind::<Array<BigInt>, _>(keys)
            .execute(&mut self.conn)
            .await?;
        // Who waited for another change comes after it, in recorded time too.
        self.now = self.now.max(self.clock.now());
        Ok(())
    }
}

impl Db {
    /// Runs a write: see the module. `action` names it in the audit record, `decide_rotation`.
    pub async fn change<T, F>(&self, by: &impl AsRef<Origin>, action: &'static str, mut work: F) -> Result<Outcome<T>>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnMut(&mut Tx) -> Result<(T, Entry)>,
    {
        let origin = by.as_ref();
        let mut attempt = 1;
        loop {
            let mut tx = Tx {
                conn: self.read().await?,
                now: self.clock.now(),
                clock: self.clock.clone(),
                ids: self.ids.clone(),
                origin: origin.clone(),
                touched: None,
            };
            let ended = Box::pin(Self::attempt(&mut tx, action, &mut work)).await;
            // After a failed commit too: what became of it is not known.
            self.watchers.tell(tx.touched);
            match ended {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    drop(tx);
                    let [jitter] = self.ids.bytes::<1>();
                    tokio::time::sleep(Duration::from_millis(u64::from(jitter / 16 + 4) * u64::from(attempt))).await;
                    attempt += 1;
                }
                Err(error) => {
                    drop(tx);
                    self.record_refusal(origin, action, &error).await;
                    return Err(error);
                }
                Ok(outcome) => return Ok(outcome),
            }
        }
    }

    async fn attempt<T, F>(tx: &mut Tx, action: &'static str, work: &mut F) -> Result<Outcome<T>>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnMut(&mut Tx) -> Result<(T, Entry)>,
    {
        AnsiTransactionManager::begin_transaction(&mut *tx.conn).await?;
        let outcome = Box::pin(Self::inside(tx, action, work)).await;
        let keep = outcome.as_ref().is_ok_and(|outcome| !outcome.validated_only && !outcome.replayed);
        if keep {
            AnsiTransactionManager::commit_transaction(&mut *tx.conn).await?;
        } else if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut *tx.conn).await {
            log::debug!("a rollback failed, the connection is dropped: {error}");
        }
        outcome
    }

    async fn inside<T, F>(tx: &mut Tx, action: &'static str, work: &mut F) -> Result<Outcome<T>>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnMut(&mut Tx) -> Result<(T, Entry)>,
    {
        let dry = tx.origin.write.validate_only;
        if !dry && let Some(answer) = claim_key(tx).await? {
            let (value, effects) = serde_json::from_value(answer).map_err(Error::internal)?;
            return Ok(Outcome { value, effects, replayed: true, validated_only: false });
        }
        let (value, entry) = work(tx).await?;
        tx.touched = Some((entry.subject, entry.id));
        write_events(tx, &entry).await?;
        write_audit(tx, action, &entry).await?;
        if dry {
            // So that a dry run meets the refusals that would come at commit.
            tx.conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
        } else {
            keep_answer(tx, &json!([value, entry.effects])).await?;
        }
        Ok(Outcome { value, effects: entry.effects, replayed: false, validated_only: dry })
    }

    /// A refusal is recorded in a transaction of its own: the change's has been rolled back.
    async fn record_refusal(&self, origin: &Origin, action: &'static str, error: &Error) {
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

    /// Forgets the answers of keys that are older than a day; gives how many.
    pub async fn forget_old_keys(&self) -> Result<usize> {
        let mut conn = self.read().await?;
        let before = self.clock.now() - KEY_LIFE;
        Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(before)))
            .execute(&mut conn)
            .await?)
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

async fn write_audit(tx: &mut Tx, action: &'static str, entry: &Entry) -> Result<()> {
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

async fn write_events(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let rows: Vec<_> = entry
        .events
        .iter()
        .map(|event| {
            (
                outbox_events::id.eq(tx.new_id()),
                outbox_events::occurred_at.eq(tx.now),
                outbox_events::kind.eq(event.kind),
                outbox_events::subject_kind.eq(entry.subject),
                outbox_events::subject_id.eq(entry.id),
                outbox_events::data.eq(&event.data),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(outbox_events::table).values(rows).execute(&mut tx.conn).await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Claim {
    #[diesel(sql_type = Bytea)]
    request_hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    answer: Option<Value>,
}

/// Claims the key of the request, in the transaction of its effect: a concurrent twin waits here for our commit, and
/// then gets our answer. `Some` is the answer of an earlier request with the key.
async fn claim_key(tx: &mut Tx) -> Result<Option<Value>> {
    let (Some(key), Some(actor)) = (tx.origin.write.key.clone(), tx.origin.actor.id) else { return Ok(None) };
    let claimed = diesel::sql_query(
        "INSERT INTO idempotency_keys AS k (actor_id, route, key, request_hash, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE \
         SET request_hash = excluded.request_hash, answer = NULL, created_at = excluded.created_at \
         WHERE k.created_at < $6",
    )
    .bind::<diesel::sql_types::Uuid, _>(actor)
    .bind::<Text, _>(&tx.origin.write.route)
    .bind::<Text, _>(&key)
    .bind::<Bytea, _>(&tx.origin.write.digest)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Timestamptz, _>(tx.now - KEY_LIFE)
    .execute(&mut tx.conn)
    .await
    .map_err(in_flight)?;
    if claimed == 1 {
        return Ok(None);
    }
    let earlier: Claim = diesel::sql_query(
        "SELECT request_hash, answer FROM idempotency_keys WHERE actor_id = $1 AND route = $2 AND key = $3",
    )
    .bind::<diesel::sql_types::Uuid, _>(actor)
    .bind::<Text, _>(&tx.origin.write.route)
    .bind::<Text, _>(&key)
    .get_result(&mut tx.conn)
    .await?;
    if earlier.request_hash != tx.origin.write.digest {
        return Err(Error::new(code::KEY_REUSED));
    }
    earlier.answer.map(Some).ok_or_else(|| Error::new(code::KEY_IN_FLIGHT))
}

/// The twin that holds the key has not finished within the lock timeout.
fn in_flight(error: diesel::result::Error) -> Error {
    let error = Error::from(error);
    if error.chain().contains("lock timeout") { Error::new(code::KEY_IN_FLIGHT).caused_by(error) } else { error }
}

async fn keep_answer(tx: &mut Tx, answer: &Value) -> Result<()> {
    let (Some(key), Some(actor)) = (&tx.origin.write.key, tx.origin.actor.id) else { return Ok(()) };
    diesel::update(idempotency_keys::table.find((actor, &tx.origin.write.route, key)))
        .set(idempotency_keys::answer.eq(answer))
        .execute(&mut tx.conn)
        .await?;
    Ok(())
}
