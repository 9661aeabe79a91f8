//! Who is in charge of posts that nobody holds: superseded, never overwritten.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::posts::model::{Holder, PostId};
use crate::schema::stand_ins;

/// Puts people in charge of posts from a day on, as a case decides it, each until somebody comes to hold the post.
pub async fn put_in_charge(tx: &mut Tx, rows: &[(PostId, Holder)], from: NaiveDate, rotation_id: Uuid) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let values: Vec<_> = rows
        .iter()
        .map(|(post, person)| {
            (
                stand_ins::id.eq(tx.new_id()),
                stand_ins::post_id.eq(post),
                stand_ins::cadre_id.eq(person.id),
                stand_ins::cadre_name.eq(&person.name),
                stand_ins::from_day.eq(from),
                stand_ins::rotation_id.eq(rotation_id),
                stand_ins::recorded_at.eq(now),
                stand_ins::recorded_by.eq(&by),
            )
        })
        .collect();
    diesel::insert_into(stand_ins::table).values(values).execute(tx.conn()).await?;
    Ok(())
}

/// Takes back whom a case put in charge.
pub async fn take_out_of_charge(tx: &mut Tx, rotation_id: Uuid) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let standing = stand_ins::rotation_id.eq(rotation_id).and(stand_ins::superseded_at.is_null());
    diesel::update(stand_ins::table.filter(standing))
        .set((stand_ins::superseded_at.eq(now), stand_ins::superseded_by.eq(by)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Who is in charge of each of these posts on a day on which nobody holds it: who was named last, unless somebody has held the
/// post since.
pub async fn in_charge(conn: &mut AsyncPgConnection, posts: &[PostId], day: NaiveDate) -> Result<HashMap<PostId, Ref>> {
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(PostId, Uuid, String)> = stand_ins::table
        .filter(stand_ins::post_id.eq_any(posts).and(stand_ins::superseded_at.is_null()))
        .filter(stand_ins::from_day.le(day))
        .filter(
            sql::<Bool>(
                "NOT EXISTS (SELECT FROM appointments a WHERE a.post_id = stand_ins.post_id AND a.superseded_at IS NULL \
                 AND lower(a.during) BETWEEN stand_ins.from_day AND ",
            )
            .bind::<Date, _>(day)
            .sql(")"),
        )
        .order((stand_ins::from_day, stand_ins::id))
        .select((stand_ins::post_id, stand_ins::cadre_id, stand_ins::cadre_name))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(post, cadre, name)| (post, Ref::new(cadre, name))).collect())
}

/// Keeps the name of who is in charge equal to the cadre record.
pub(super) async fn describe_stand_in(tx: &mut Tx, person: &Holder) -> Result<()> {
    diesel::update(stand_ins::table.filter(stand_ins::cadre_id.eq(person.id)))
        .set(stand_ins::cadre_name.eq(&person.name))
        .execute(tx.conn())
        .await?;
    Ok(())
}
