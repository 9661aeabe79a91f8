//! The one door for writes: [`Db::change`].
//!
//! It opens the transaction, claims the idempotency key, runs the use case, writes audit and outbox, and commits, or
//! rolls back for a dry run. The whole closure reruns on a serialization failure or a deadlock. A [`Tx`] cannot be made
//! elsewhere, store writes take nothing else, and a closure that gives no [`Entry`] does not type-check.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::entry::{Actor, Entry, Origin, Outcome};
use super::failure::of_commit;
use super::idempotency::{claim_key, keep_answer};
use super::record::write_audit;
use super::{Conn, Db};
use crate::platform::canonical::digest;
use crate::platform::clock::{Clock, day_of};
use crate::platform::error::{Error, Result, code};
use crate::platform::id::Ids;
use crate::platform::trail;
use crate::schema::outbox_events;

pub use super::entry::Expected;

/// A transaction that failed for a passing reason is run this many times in all.
const ATTEMPTS: u32 = 5;

/// An open transaction. Made only by [`Db::change`].
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) now: DateTime<Utc>,
    clock: Clock,
    ids: Ids,
    pub(super) origin: Origin,
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

    /// Waits until no other transaction has locked this thing, and keeps it from being locked until the end. Any number
    /// of transactions may share a thing.
    pub async fn share(&mut self, thing: Uuid) -> Result<()> {
        let key = i64::from_be_bytes(thing.as_u64_pair().1.to_be_bytes());
        diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
            .bind::<BigInt, _>(key)
            .execute(&mut self.conn)
            .await?;
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
                    return Err(self.record_refusal(origin, action, error).await);
                }
                Ok(outcome) => {
                    trail::settled();
                    return Ok(outcome);
                }
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
            // Only a key can tell whether a change whose answer got lost was kept: with one it is asked, by running again.
            let keyed = tx.origin.write.key.is_some() && tx.origin.actor.id.is_some();
            AnsiTransactionManager::commit_transaction(&mut *tx.conn).await.map_err(|failure| {
                let error = of_commit(failure);
                if keyed && error.code() == code::OUTCOME_UNKNOWN { error.retryable() } else { error }
            })?;
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
        if dry {
            // So that a dry run meets the refusals that would come at commit.
            tx.conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
        } else {
            keep_answer(tx, &json!([value, entry.effects])).await?;
            // Last, for its lock keeps all other changes waiting until we commit.
            write_audit(tx, action, &entry, digest(&value)).await?;
        }
        Ok(Outcome { value, effects: entry.effects, replayed: false, validated_only: dry })
    }
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
