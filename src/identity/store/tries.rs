//! Tries to sign in, as they are charged.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Bytea, Double, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::platform::error::Result;
use crate::schema::{revoked_tokens, sign_in_tries};

/// What one try is charged to.
pub struct Charge<'a> {
    /// Now.
    pub now: DateTime<Utc>,
    /// The address.
    pub address: Vec<u8>,
    /// How many at once, and how long one takes to be paid off.
    pub address_limit: (i32, TimeDelta),
    /// The name, from wherever.
    pub name: Vec<u8>,
    /// The name, from this address alone.
    pub name_here: Vec<u8>,
    /// As for the address.
    pub name_limit: (i32, TimeDelta),
    /// A user name and an address that is the person's own when they signed in there since.
    pub known: Option<(&'a str, &'a str, DateTime<Utc>)>,
}

/// What became of it.
pub enum Charged {
    /// It may go on.
    Taken {
        /// The name that was charged.
        name: Vec<u8>,
    },
    /// It may not.
    Refused {
        /// For how long.
        wait: TimeDelta,
    },
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bytea)]
    name: Vec<u8>,
    #[diesel(sql_type = Bool)]
    address_taken: bool,
    #[diesel(sql_type = Bool)]
    name_taken: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    address_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    name_until: Option<DateTime<Utc>>,
}

fn seconds(of: TimeDelta) -> f64 {
    of.as_seconds_f64()
}

/// How far ahead somebody may have paid before another try.
fn room((tries, each): (i32, TimeDelta)) -> TimeDelta {
    each * (tries - 1)
}

/// Charges a try to its address and then to its name, in one statement: an address that may not try leaves no mark on
/// the names of others. The rows are held for that statement alone. Nobody can have paid further ahead than there is room:
/// a row that says so was written by a clock that ran ahead by more than five minutes, and locks nobody out.
pub async fn charge_try(conn: &mut AsyncPgConnection, charge: &Charge<'_>) -> Result<Charged> {
    let (user_name, address, since) = charge.known.unwrap_or(("", "", charge.now));
    let row: Row = diesel::sql_query(
        "WITH of_address AS ( \
           INSERT INTO sign_in_tries AS t (subject, paid_until) VALUES ($1, $2 + $3 * interval '1 second') \
           ON CONFLICT ON CONSTRAINT sign_in_tries_pkey \
           DO UPDATE SET paid_until = CASE WHEN t.paid_until > $2 + ($3 + $4) * interval '1 second' + interval '5 minutes' \
             THEN $2 ELSE greatest(t.paid_until, $2) END + $3 * interval '1 second' \
           WHERE t.paid_until <= $2 + $4 * interval '1 second' \
             OR t.paid_until > $2 + ($3 + $4) * interval '1 second' + interval '5 minutes' \
           RETURNING t.subject), \
         chosen AS (SELECT CASE WHEN EXISTS ( \
             SELECT 1 FROM accounts a JOIN sessions s ON s.account_id = a.id \
             WHERE a.user_name = $9 AND s.address = $10 AND s.created_at > $11) THEN $6 ELSE $5 END AS subject), \
         of_name AS ( \
           INSERT INTO sign_in_tries AS t (subject, paid_until) \
           SELECT c.subject, $2 + $7 * interval '1 second' FROM chosen c WHERE EXISTS (SELECT 1 FROM of_address) \
           ON CONFLICT ON CONSTRAINT sign_in_tries_pkey \
           DO UPDATE SET paid_until = CASE WHEN t.paid_until > $2 + ($7 + $8) * interval '1 second' + interval '5 minutes' \
             THEN $2 ELSE greatest(t.paid_until, $2) END + $7 * interval '1 second' \
           WHERE t.paid_until <= $2 + $8 * interval '1 second' \
             OR t.paid_until > $2 + ($7 + $8) * interval '1 second' + interval '5 minutes' \
           RETURNING t.subject) \
         SELECT c.subject AS name, EXISTS (SELECT 1 FROM of_address) AS address_taken, \
           EXISTS (SELECT 1 FROM of_name) AS name_taken, \
           (SELECT t.paid_until FROM sign_in_tries t WHERE t.subject = $1) AS address_until, \
           (SELECT t.paid_until FROM sign_in_tries t WHERE t.subject = c.subject) AS name_until \
         FROM chosen c",
    )
    .bind::<Bytea, _>(&charge.address)
    .bind::<Timestamptz, _>(charge.now)
    .bind::<Double, _>(seconds(charge.address_limit.1))
    .bind::<Double, _>(seconds(room(charge.address_limit)))
    .bind::<Bytea, _>(&charge.name)
    .bind::<Bytea, _>(&charge.name_here)
    .bind::<Double, _>(seconds(charge.name_limit.1))
    .bind::<Double, _>(seconds(room(charge.name_limit)))
    .bind::<Text, _>(user_name)
    .bind::<Text, _>(address)
    .bind::<Timestamptz, _>(since)
    .get_result(conn)
    .await?;
    if row.address_taken && row.name_taken {
        return Ok(Charged::Taken { name: row.name });
    }
    let (until, limit) =
        if row.address_taken { (row.name_until, charge.name_limit) } else { (row.address_until, charge.address_limit) };
    // Who came in the same instant as the last that was taken is not seen yet.
    let wait = until.map_or(limit.1, |until| until - room(limit) - charge.now);
    Ok(Charged::Refused { wait })
}

/// Gives one charge back.
pub async fn give_try_back(conn: &mut AsyncPgConnection, subject: &[u8], each: TimeDelta) -> Result<()> {
    diesel::sql_query("UPDATE sign_in_tries SET paid_until = paid_until - $2 * interval '1 second' WHERE subject = $1")
        .bind::<Bytea, _>(subject)
        .bind::<Double, _>(seconds(each))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what is paid off.
pub async fn forget_tries(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<()> {
    diesel::delete(sign_in_tries::table.filter(sign_in_tries::paid_until.lt(now))).execute(conn).await?;
    Ok(())
}

/// Forgets revoked tokens that ended before.
pub async fn forget_revoked_tokens(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<()> {
    diesel::delete(revoked_tokens::table.filter(revoked_tokens::expires_at.lt(before))).execute(conn).await?;
    Ok(())
}
