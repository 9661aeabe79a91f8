//! Programmes: the same for the whole province.

use std::collections::HashSet;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::CHUNK;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::schema::programmes;
use crate::training::model::{NewProgrammeRow, Programme, ProgrammeId, TrainingKind};

#[derive(Queryable, Selectable)]
#[diesel(table_name = programmes)]
struct ProgrammeRow {
    id: ProgrammeId,
    code: String,
    name: String,
    kind: String,
    level: String,
    version: i32,
}

impl TryFrom<ProgrammeRow> for Programme {
    type Error = Error;
    fn try_from(row: ProgrammeRow) -> Result<Self> {
        let ProgrammeRow { id, code, name, kind, level, version } = row;
        let kind = kind_of(&kind)?;
        Ok(Self { id, code, name, kind, level, version })
    }
}

pub(super) fn kind_of(name: &str) -> Result<TrainingKind> {
    TrainingKind::of(name).ok_or_else(|| Error::internal(format!("a programme has the unknown kind {name}")))
}

/// Programmes by code, of one kind if one is given.
pub async fn list_programmes(
    conn: &mut AsyncPgConnection,
    kind: Option<TrainingKind>,
    paging: &Paging,
) -> Result<(Vec<Programme>, Option<i64>)> {
    let all = || -> programmes::BoxedQuery<'static, Pg> {
        let query = programmes::table.into_boxed();
        match kind {
            Some(kind) => query.filter(programmes::kind.eq(kind.name())),
            None => query,
        }
    };
    let mut query = all();
    if let Some(code) = paging.key::<String>(0)? {
        query = query.filter(programmes::code.gt(code));
    }
    let rows: Vec<ProgrammeRow> =
        query.order(programmes::code).limit(paging.fetch()).select(ProgrammeRow::as_select()).load(conn).await?;
    let total = if paging.count { Some(all().count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Programme::try_from).collect::<Result<_>>()?, total))
}

/// A programme.
pub async fn find_programme(conn: &mut AsyncPgConnection, id: ProgrammeId) -> Result<Programme> {
    let row: ProgrammeRow = programmes::table.find(id).select(ProgrammeRow::as_select()).first(conn).await?;
    row.try_into()
}

/// Those of these programmes that there are.
pub async fn known_programmes(conn: &mut AsyncPgConnection, ids: &[ProgrammeId]) -> Result<HashSet<ProgrammeId>> {
    let known: Vec<ProgrammeId> =
        programmes::table.filter(programmes::id.eq_any(ids)).select(programmes::id).load(conn).await?;
    Ok(known.into_iter().collect())
}

/// Adds programmes; gives their ids in the same order.
pub async fn insert_programmes(tx: &mut Tx, rows: &[NewProgrammeRow]) -> Result<Vec<ProgrammeId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = ProgrammeId(tx.new_id());
            ids.push(id);
            values.push((
                programmes::id.eq(id),
                programmes::code.eq(&row.code),
                programmes::name.eq(&row.name),
                programmes::kind.eq(row.kind.name()),
                programmes::level.eq(&row.level),
                programmes::created_at.eq(tx.now()),
                programmes::updated_at.eq(tx.now()),
            ));
        }
        diesel::insert_into(programmes::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}
