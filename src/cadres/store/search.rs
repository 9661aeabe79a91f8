//! Lists of people: found by words or initials, in the order of Vietnamese names.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::records::{sex_and_status, unit_label, visible};
use crate::cadres::model::{CadreId, CadreStatus, CadreSummary};
use crate::identity::Scope;
use crate::platform::error::Result;
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::text;
use crate::schema::{appointments, cadres, posts, unit_ancestors};

/// The order of a list of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CadreSort {
    /// By given name, then middle, then family name; in a search, names with the same marks first.
    #[default]
    Name,
    /// The oldest person first.
    BornOn,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Patterns that the search key must fit, one a word.
    words: Vec<String>,
    /// Pattern of the initials, for a single word.
    initials: Option<String>,
    /// Pattern of names with the same marks.
    marked: String,
}

/// Words of a search that count; each is a condition of the statement.
const MOST_WORDS: usize = 16;

impl Search {
    /// Names that hold every word of `q`, or begin with the initials that it is.
    pub fn of(q: &str) -> Self {
        let key = text::search_key(q);
        let words: Vec<String> = key
            .split(' ')
            .filter(|word| !word.is_empty())
            .take(MOST_WORDS)
            .map(|word| format!("%{}%", escaped(word)))
            .collect();
        let single = words.len() == 1;
        Self {
            words,
            initials: single.then(|| format!("{}%", escaped(&key))),
            marked: format!("%{}%", escaped(&text::marked_key(q))),
        }
    }
}

/// A text whose characters stand for themselves in a pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Which people.
#[derive(Clone, Debug)]
pub struct CadreFilter {
    /// Seen from this day.
    pub day: NaiveDate,
    /// Found by name.
    pub search: Option<Search>,
    /// Whose file is kept by this unit or one below it on the day.
    pub unit: Option<Uuid>,
    /// Of one status.
    pub status: Option<CadreStatus>,
    /// Whether the day was asked for.
    pub dated: bool,
    /// In this order.
    pub sort: CadreSort,
}

fn filtered(scope: &Scope, filter: &CadreFilter) -> cadres::BoxedQuery<'static, Pg> {
    let mut query = visible(scope);
    if let Some(unit) = filter.unit {
        let below = unit_ancestors::table
            .filter(unit_ancestors::ancestor_id.eq(unit).and(unit_ancestors::during.contains(filter.day)))
            .select(unit_ancestors::unit_id);
        // On another day than today: those who sat there then, wherever their file is now.
        query = if filter.dated {
            let held = appointments::table
                .inner_join(posts::table)
                .filter(appointments::superseded_at.is_null().and(appointments::full_time))
                .filter(appointments::during.contains(filter.day).and(posts::unit_id.eq_any(below)))
                .select(appointments::cadre_id);
            query.filter(cadres::id.eq_any(held))
        } else {
            query.filter(cadres::unit_id.eq_any(below))
        };
    }
    if let Some(status) = filter.status {
        query = query.filter(cadres::status.eq(status.name()));
    }
    let Some(search) = &filter.search else { return query };
    if let ([word], Some(initials)) = (search.words.as_slice(), &search.initials) {
        return query.filter(cadres::search_key.like(word.clone()).or(cadres::initials.like(initials.clone())));
    }
    if search.words.is_empty() {
        return query.filter(sql::<Bool>("false"));
    }
    for word in &search.words {
        query = query.filter(cadres::search_key.like(word.clone()));
    }
    query
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = cadres)]
struct SummaryRow {
    id: CadreId,
    full_name: String,
    name_sort: String,
    sex: String,
    born_on: NaiveDate,
    unit_id: Uuid,
    status: String,
    version: i32,
}

/// A row of a list with the sort keys of its place.
pub struct Listed {
    /// The row; its post is not known here.
    pub cadre: CadreSummary,
    /// Its sort keys.
    pub keys: Vec<String>,
}

/// People whom the scope reaches.
pub async fn list_cadres(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &CadreFilter,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    // Without a search every rank is 0, and the index of the names gives the order.
    let marked = filter.search.as_ref().map(|search| search.marked.as_str());
    let rank = || {
        sql::<Integer>("CASE WHEN cadres.marked_key LIKE ")
            .bind::<Text, _>(marked.unwrap_or("%").to_owned())
            .sql(" THEN 0 ELSE 1 END")
    };
    let mut query = filtered(scope, filter);
    query = match filter.sort {
        CadreSort::BornOn => after_birth(query, paging)?.order((cadres::born_on, cadres::id)),
        CadreSort::Name => {
            let query = after_name(query, marked, paging)?;
            match marked {
                Some(_) => query.order((rank(), cadres::name_sort, cadres::id)),
                None => query.order((cadres::name_sort, cadres::id)),
            }
        }
    };
    let rows: Vec<(SummaryRow, String, i32)> = query
        .limit(paging.fetch())
        .select((SummaryRow::as_select(), unit_label!(filter.day), rank()))
        .load(conn)
        .await?;
    let total = if paging.count { Some(filtered(scope, filter).count().get_result(conn).await?) } else { None };
    let listed = |(row, unit, rank): (SummaryRow, String, i32)| {
        let (sex, status) = sex_and_status(row.id, &row.sex, &row.status)?;
        let keys = match filter.sort {
            CadreSort::BornOn => vec![row.born_on.to_string(), row.id.to_string()],
            CadreSort::Name => vec![rank.to_string(), row.name_sort, row.id.to_string()],
        };
        let cadre = CadreSummary {
            id: row.id,
            full_name: row.full_name,
            sex,
            born_on: row.born_on,
            unit: Ref::new(row.unit_id, unit),
            post: None,
            status,
            version: row.version,
        };
        Ok(Listed { cadre, keys })
    };
    Ok((rows.into_iter().map(listed).collect::<Result<_>>()?, total))
}

type Query = cadres::BoxedQuery<'static, Pg>;

fn after_birth(query: Query, paging: &Paging) -> Result<Query> {
    let (Some(born), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) else { return Ok(query) };
    let later = sql::<Bool>("(cadres.born_on, cadres.id) > (")
        .bind::<Date, _>(born)
        .sql(", ")
        .bind::<diesel::sql_types::Uuid, _>(id)
        .sql(")");
    Ok(query.filter(later))
}

fn after_name(query: Query, marked: Option<&str>, paging: &Paging) -> Result<Query> {
    let (Some(rank), Some(name), Some(id)) = (paging.key::<i32>(0)?, paging.key::<String>(1)?, paging.key::<Uuid>(2)?)
    else {
        return Ok(query);
    };
    let Some(marked) = marked else {
        let later = sql::<Bool>("(cadres.name_sort, cadres.id) > (")
            .bind::<Text, _>(name)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>(id)
            .sql(")");
        return Ok(query.filter(later));
    };
    let later = sql::<Bool>("(CASE WHEN cadres.marked_key LIKE ")
        .bind::<Text, _>(marked.to_owned())
        .sql(" THEN 0 ELSE 1 END, cadres.name_sort, cadres.id) > (")
        .bind::<Integer, _>(rank)
        .sql(", ")
        .bind::<Text, _>(name)
        .sql(", ")
        .bind::<diesel::sql_types::Uuid, _>(id)
        .sql(")");
    Ok(query.filter(later))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_patterns_and_one_word_may_be_initials() {
        let search = Search::of(" Nguyễn  VĂN ");
        assert_eq!(
            (search.words.as_slice(), search.initials),
            (&["%nguyen%".to_owned(), "%van%".to_owned()][..], None)
        );
        assert_eq!(search.marked, "%ngũyên văn%");
        assert_eq!(Search::of("nva").initials.as_deref(), Some("nva%"));
        assert!(Search::of("%_").words.is_empty(), "punctuation finds nobody");
        assert_eq!(escaped(r"a%b_c\"), r"a\%b\_c\\");
    }
}
