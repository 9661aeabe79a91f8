//! Retirement days that were decided, as far as the status of posts depends on them.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::period::Period;
use crate::schema::decided_retirements;

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 4000;

/// Keeps what is known of decided retirement days of these people equal to their files: each day with when the decision
/// counts.
pub async fn keep_retirements(tx: &mut Tx, people: &[Uuid], decided: &[(Uuid, Period, NaiveDate)]) -> Result<()> {
    diesel::delete(decided_retirements::table.filter(decided_retirements::cadre_id.eq_any(people)))
        .execute(tx.conn())
        .await?;
    for chunk in decided.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(cadre, during, day)| {
                (
                    decided_retirements::cadre_id.eq(cadre),
                    decided_retirements::during.eq(during),
                    decided_retirements::retires_on.eq(day),
                )
            })
            .collect();
        diesel::insert_into(decided_retirements::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}
