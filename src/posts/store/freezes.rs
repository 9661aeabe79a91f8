//! Freezes of posts: superseded, never overwritten.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::period::Period;
use crate::posts::model::{PostFreeze, PostId};
use crate::schema::{post_freezes, posts};

type FreezeRow = (PostId, Uuid, Period, String, Option<String>, Option<NaiveDate>);

/// The freezes of each of these posts that hold on a day or later, in order of time.
pub async fn freezes(
    conn: &mut AsyncPgConnection,
    posts: &[PostId],
    from: NaiveDate,
) -> Result<HashMap<PostId, Vec<PostFreeze>>> {
    let rows: Vec<FreezeRow> = post_freezes::table
        .filter(post_freezes::superseded_at.is_null().and(post_freezes::post_id.eq_any(posts)))
        .filter(sql::<Bool>("post_freezes.during && daterange(").bind::<Nullable<Date>, _>(Some(from)).sql(", NULL)"))
        .order((post_freezes::post_id, sql::<Date>("lower(post_freezes.during)")))
        .select((
            post_freezes::post_id,
            post_freezes::id,
            post_freezes::during,
            post_freezes::reason,
            post_freezes::decision_number,
            post_freezes::decided_on,
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<PostId, Vec<PostFreeze>> = HashMap::new();
    for (post, id, during, reason, decision_number, decided_on) in rows {
        found.entry(post).or_default().push(PostFreeze { id, during, reason, decision_number, decided_on });
    }
    Ok(found)
}

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 5000;

/// Writes a freeze, and counts the version of its post up.
pub async fn freeze(tx: &mut Tx, post: PostId, row: &PostFreeze) -> Result<()> {
    insert_freezes(tx, &[(post, row)]).await?;
    touch(tx, post).await
}

/// Writes freezes of posts.
pub async fn insert_freezes(tx: &mut Tx, rows: &[(PostId, &PostFreeze)]) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    for chunk in rows.chunks(CHUNK) {
        let values: Vec<_> = chunk
            .iter()
            .map(|(post, row)| {
                (
                    post_freezes::version_id.eq(tx.new_id()),
                    post_freezes::id.eq(row.id),
                    post_freezes::post_id.eq(post),
                    post_freezes::during.eq(row.during),
                    post_freezes::reason.eq(&row.reason),
                    post_freezes::decision_number.eq(&row.decision_number),
                    post_freezes::decided_on.eq(row.decided_on),
                    post_freezes::recorded_at.eq(now),
                    post_freezes::recorded_by.eq(&by),
                )
            })
            .collect();
        diesel::insert_into(post_freezes::table).values(values).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Supersedes freezes of a post, and counts its version up.
pub async fn thaw(tx: &mut Tx, post: PostId, ids: &[Uuid], reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(post_freezes::table.filter(post_freezes::superseded_at.is_null()))
        .filter(post_freezes::post_id.eq(post).and(post_freezes::id.eq_any(ids)))
        .set((
            post_freezes::superseded_at.eq(now),
            post_freezes::superseded_by.eq(by),
            post_freezes::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    touch(tx, post).await
}

async fn touch(tx: &mut Tx, post: PostId) -> Result<()> {
    let now = tx.now();
    diesel::update(posts::table.find(post))
        .set((posts::version.eq(posts::version + 1), posts::updated_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}
