//! Keys of repeated requests: the answer that a key got is kept for a day, committed with its effect.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Bytea, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::Db;
use super::change::Tx;
use crate::platform::error::{Error, Result, code};
use crate::schema::idempotency_keys;

/// How long an answer is kept for the same key.
const KEY_LIFE: Duration = Duration::from_hours(24);

impl Db {
    /// Forgets the answers of keys that are older than a day; gives how many.
    pub async fn forget_old_keys(&self) -> Result<usize> {
        let mut conn = self.read().await?;
        let before = self.clock.now() - KEY_LIFE;
        Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(before)))
            .execute(&mut conn)
            .await?)
    }
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
pub(super) async fn claim_key(tx: &mut Tx) -> Result<Option<Value>> {
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

/// Keeps the answer with the key, in the transaction of its effect.
pub(super) async fn keep_answer(tx: &mut Tx, answer: &Value) -> Result<()> {
    let (Some(key), Some(actor)) = (&tx.origin.write.key, tx.origin.actor.id) else { return Ok(()) };
    diesel::update(idempotency_keys::table.find((actor, &tx.origin.write.route, key)))
        .set(idempotency_keys::answer.eq(answer))
        .execute(&mut tx.conn)
        .await?;
    Ok(())
}
