//! Titles: the same for the whole province.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::posts::model::{Level, NewTitleRow, Title, TitleCategory, TitleGroup, TitleId};
use crate::schema::titles;

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 4000;
/// Province first.
const LEVEL: &str = "array_position(ARRAY['province', 'district', 'commune'], titles.level)";

#[derive(Queryable, Selectable)]
#[diesel(table_name = titles)]
struct TitleRow {
    id: TitleId,
    code: String,
    name_vi: String,
    name_en: String,
    category: String,
    level: String,
    leadership: bool,
    head: bool,
    rank_order: i32,
    elected: bool,
    title_group: Option<String>,
    version: i32,
}

impl TryFrom<TitleRow> for Title {
    type Error = Error;
    fn try_from(row: TitleRow) -> Result<Self> {
        let TitleRow {
            id,
            code,
            name_vi,
            name_en,
            category,
            level,
            leadership,
            head,
            rank_order,
            elected,
            title_group,
            version,
        } = row;
        let (category, level) = TitleCategory::of(&category)
            .zip(Level::of(&level))
            .ok_or_else(|| Error::internal(format!("title {id} has an unknown category or level")))?;
        let group = title_group.as_deref().and_then(TitleGroup::of);
        Ok(Self { id, code, name_vi, name_en, category, level, leadership, head, rank_order, elected, group, version })
    }
}

/// Which titles.
#[derive(Clone, Copy, Debug, Default)]
pub struct TitleFilter {
    /// Of one branch.
    pub category: Option<TitleCategory>,
    /// Of one level.
    pub level: Option<Level>,
    /// Of leaders, or of others.
    pub leadership: Option<bool>,
    /// Of one group of the ladder.
    pub group: Option<TitleGroup>,
}

fn filtered(filter: TitleFilter) -> titles::BoxedQuery<'static, Pg> {
    let mut query = titles::table.into_boxed();
    if let Some(category) = filter.category {
        query = query.filter(titles::category.eq(category.name()));
    }
    if let Some(level) = filter.level {
        query = query.filter(titles::level.eq(level.name()));
    }
    if let Some(leadership) = filter.leadership {
        query = query.filter(titles::leadership.eq(leadership));
    }
    if let Some(group) = filter.group {
        query = query.filter(titles::title_group.eq(group.name()));
    }
    query
}

/// Titles from the province down, by rank.
pub async fn list_titles(
    conn: &mut AsyncPgConnection,
    filter: TitleFilter,
    paging: &Paging,
) -> Result<(Vec<Title>, Option<i64>)> {
    let mut query = filtered(filter);
    if let (Some(level), Some(rank), Some(code)) =
        (paging.key::<String>(0)?, paging.key::<i32>(1)?, paging.key::<String>(2)?)
    {
        query = query.filter(
            sql::<Bool>(&format!(
                "({LEVEL}, titles.rank_order, titles.code) > (array_position(ARRAY['province', 'district', 'commune'], "
            ))
            .bind::<Text, _>(level)
            .sql("), ")
            .bind::<Integer, _>(rank)
            .sql(", ")
            .bind::<Text, _>(code)
            .sql(")"),
        );
    }
    let rows: Vec<TitleRow> = query
        .order((sql::<Integer>(LEVEL), titles::rank_order, titles::code))
        .limit(paging.fetch())
        .select(TitleRow::as_select())
        .load(conn)
        .await?;
    let total = if paging.count { Some(filtered(filter).count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(Title::try_from).collect::<Result<_>>()?, total))
}

/// Every title.
pub async fn ladder(conn: &mut AsyncPgConnection) -> Result<Vec<Title>> {
    let rows: Vec<TitleRow> = titles::table.order(titles::id).select(TitleRow::as_select()).load(conn).await?;
    rows.into_iter().map(Title::try_from).collect()
}

/// A title.
pub async fn find_title(conn: &mut AsyncPgConnection, id: TitleId) -> Result<Title> {
    let row: TitleRow = titles::table.find(id).select(TitleRow::as_select()).first(conn).await?;
    row.try_into()
}

/// A title, kept until the end of the change.
pub async fn lock_title(tx: &mut Tx, id: TitleId) -> Result<Title> {
    let row: TitleRow = titles::table.find(id).select(TitleRow::as_select()).for_update().first(tx.conn()).await?;
    row.try_into()
}

/// The names of those of these titles that there are.
pub async fn title_refs(conn: &mut AsyncPgConnection, ids: &[TitleId]) -> Result<Vec<Ref>> {
    let rows: Vec<(TitleId, String)> =
        titles::table.filter(titles::id.eq_any(ids)).select((titles::id, titles::name_vi)).load(conn).await?;
    Ok(rows.into_iter().map(|(id, name)| Ref::new(id, name)).collect())
}

/// Adds titles; gives their ids in the same order.
pub async fn insert_titles(tx: &mut Tx, rows: &[NewTitleRow]) -> Result<Vec<TitleId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = TitleId(tx.new_id());
            ids.push(id);
            values.push((
                titles::id.eq(id),
                titles::code.eq(&row.code),
                titles::name_vi.eq(&row.name_vi),
                titles::name_en.eq(&row.name_en),
                titles::category.eq(row.category.name()),
                titles::level.eq(row.level.name()),
                titles::leadership.eq(row.leadership),
                titles::head.eq(row.head),
                titles::rank_order.eq(row.rank_order),
                titles::elected.eq(row.elected),
                titles::title_group.eq(row.group.map(TitleGroup::name)),
                titles::created_at.eq(tx.now()),
                titles::updated_at.eq(tx.now()),
            ));
        }
        diesel::insert_into(titles::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// Writes a changed title and counts its version up; code and level stay.
pub async fn update_title(tx: &mut Tx, title: &Title) -> Result<()> {
    let now = tx.now();
    diesel::update(titles::table.find(title.id))
        .set((
            titles::name_vi.eq(&title.name_vi),
            titles::name_en.eq(&title.name_en),
            titles::category.eq(title.category.name()),
            titles::leadership.eq(title.leadership),
            titles::head.eq(title.head),
            titles::rank_order.eq(title.rank_order),
            titles::elected.eq(title.elected),
            titles::title_group.eq(title.group.map(TitleGroup::name)),
            titles::version.eq(titles::version + 1),
            titles::updated_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The ids of all titles by their code.
pub async fn title_ids(conn: &mut AsyncPgConnection) -> Result<BTreeMap<String, TitleId>> {
    let rows: Vec<(String, TitleId)> = titles::table.select((titles::code, titles::id)).load(conn).await?;
    Ok(rows.into_iter().collect())
}
