//! The numbers that canbo gives, when callers give none of their own.

use chrono::Datelike;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::Result;

/// What is numbered.
#[derive(Clone, Copy, Debug)]
pub enum Series {
    /// Cases: `HS-2026-0007`.
    Cases,
    /// Plans: `KH-2026-0003`.
    Plans,
}

impl Series {
    /// How its numbers begin; callers' own are of another form.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Cases => "HS-",
            Self::Plans => "KH-",
        }
    }

    /// One number for the lock under which its numbers are given.
    const fn lock(self) -> Uuid {
        match self {
            Self::Cases => Uuid::from_u128(0x0063_616e_626f_0000_0000_0000_0000_0002),
            Self::Plans => Uuid::from_u128(0x0063_616e_626f_0000_0000_0000_0000_0012),
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Cases => "rotations",
            Self::Plans => "rotation_plans",
        }
    }
}

/// The next number of this year.
pub async fn next_number(tx: &mut Tx, series: Series) -> Result<String> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        last: i32,
    }
    tx.lock([series.lock()]).await?;
    let prefix = format!("{}{}-", series.prefix(), tx.today().year());
    let found: Last = diesel::sql_query(format!(
        "SELECT coalesce(max(substring(number FROM length($1) + 1)::integer), 0) AS last FROM {} \
         WHERE number COLLATE \"C\" LIKE $1 || '%' AND number ~ '^[A-Z]{{2}}-[0-9]{{4}}-[0-9]{{4,8}}$'",
        series.table()
    ))
    .bind::<diesel::sql_types::Text, _>(&prefix)
    .get_result(tx.conn())
    .await?;
    Ok(format!("{prefix}{:04}", found.last + 1))
}
