//! Lists of people: found by words or initials, in the order of Vietnamese names.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::records::{sex_and_status, unit_label, visible};
use crate::cadres::model::{CadreId, CadreStatus, CadreSummary};
use crate::identity::Scope;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::text::Search;
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

type Query = cadres::BoxedQuery<'static, Pg>;

fn filtered(scope: &Scope, filter: &CadreFilter) -> Query {
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
    match (search.words.as_slice(), &search.initials) {
        ([], _) => query.filter(sql::<Bool>("false")),
        ([word], Some(initials)) => {
            let begun = cadres::search_words.like(word.clone());
            query.filter(begun.or(cadres::search_words.like(initials.clone())))
        }
        (words, _) => words.iter().fold(query, |query, word| query.filter(cadres::search_words.like(word.clone()))),
    }
}

/// How near a name is to what is looked for: what comes first in a list by name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// Every word has the marks of a word of the name; and everybody, where nothing is looked for.
    Marked,
    /// The letters alone.
    Letters,
}

impl Rank {
    const ALL: [Self; 2] = [Self::Marked, Self::Letters];

    const fn key(self) -> &'static str {
        match self {
            Self::Marked => "0",
            Self::Letters => "1",
        }
    }

    fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rank| rank.key() == key)
    }

    /// Those of this rank among those who are found.
    fn among(self, query: Query, search: &Search) -> Query {
        match self {
            Self::Marked => {
                search.marked.iter().fold(query, |query, word| query.filter(cadres::marked_words.like(word.clone())))
            }
            Self::Letters => {
                let marked =
                    sql::<Bool>("NOT cadres.marked_words LIKE ALL (").bind::<Array<Text>, _>(search.marked.clone());
                query.filter(marked.sql(")"))
            }
        }
    }
}

/// What comes after a row in an order.
macro_rules! after {
    ($column:literal, $kind:ty, $value:expr, $id:expr) => {
        sql::<Bool>(concat!("(", $column, ", cadres.id) > ("))
            .bind::<$kind, _>($value)
            .sql(", ")
            .bind::<diesel::sql_types::Uuid, _>($id)
            .sql(")")
    };
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

impl SummaryRow {
    fn listed(self, unit: String, keys: Vec<String>) -> Result<Listed> {
        let (sex, status) = sex_and_status(self.id, &self.sex, &self.status)?;
        let cadre = CadreSummary {
            id: self.id,
            full_name: self.full_name,
            sex,
            born_on: self.born_on,
            unit: Ref::new(self.unit_id, unit),
            post: None,
            status,
            version: self.version,
        };
        Ok(Listed { cadre, keys })
    }
}

/// The rows of people, in the order in which they were chosen.
async fn summaries(
    conn: &mut AsyncPgConnection,
    ids: cadres::BoxedQuery<'static, Pg, diesel::sql_types::Uuid>,
    filter: &CadreFilter,
) -> Result<Vec<(SummaryRow, String)>> {
    let query = cadres::table.filter(cadres::id.eq_any(ids)).into_boxed();
    let query = match filter.sort {
        CadreSort::BornOn => query.order((cadres::born_on, cadres::id)),
        CadreSort::Name => query.order((cadres::name_sort, cadres::id)),
    };
    Ok(query.select((SummaryRow::as_select(), unit_label!(filter.day))).load(conn).await?)
}

/// People whom the scope reaches. The ranks of a search are asked for one after the other: so each has the order of an
/// index, and a name that thousands bear costs no more than a rare one.
pub async fn list_cadres(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &CadreFilter,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    let listed = match filter.sort {
        CadreSort::BornOn => by_birth(conn, scope, filter, paging).await?,
        CadreSort::Name => by_name(conn, scope, filter, paging).await?,
    };
    if !paging.count {
        return Ok((listed, None));
    }
    // Planned for its own values each time, as the lists are: no plan fits both a rare and a common name.
    let total = filtered(scope, filter).select(sql::<BigInt>("count(*)")).get_result(conn).await?;
    Ok((listed, Some(total)))
}

async fn by_birth(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &CadreFilter,
    paging: &Paging,
) -> Result<Vec<Listed>> {
    let mut query = filtered(scope, filter);
    if let (Some(born), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        query = query.filter(after!("cadres.born_on", Date, born, id));
    }
    let ids = query.order((cadres::born_on, cadres::id)).limit(paging.fetch()).select(cadres::id);
    let rows = summaries(conn, ids, filter).await?;
    let listed = |(row, unit): (SummaryRow, String)| {
        let keys = vec![row.born_on.to_string(), row.id.to_string()];
        row.listed(unit, keys)
    };
    rows.into_iter().map(listed).collect()
}

async fn by_name(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &CadreFilter,
    paging: &Paging,
) -> Result<Vec<Listed>> {
    let begun = match paging.key::<String>(0)? {
        None => None,
        Some(key) => Some(Rank::of(&key).ok_or_else(|| Error::new(code::INVALID_CURSOR))?),
    };
    let mut listed: Vec<Listed> = Vec::new();
    for rank in Rank::ALL.into_iter().skip_while(|rank| begun.is_some_and(|begun| begun != *rank)) {
        let mut query = match (&filter.search, rank) {
            (Some(search), _) => rank.among(filtered(scope, filter), search),
            (None, Rank::Marked) => filtered(scope, filter),
            (None, Rank::Letters) => break,
        };
        let wanted = paging.fetch() - i64::try_from(listed.len()).map_err(Error::internal)?;
        if wanted <= 0 {
            break;
        }
        if begun == Some(rank)
            && let (Some(name), Some(id)) = (paging.key::<String>(1)?, paging.key::<Uuid>(2)?)
        {
            query = query.filter(after!("cadres.name_sort", Text, name, id));
        }
        let ids = query.order((cadres::name_sort, cadres::id)).limit(wanted).select(cadres::id);
        for (row, unit) in summaries(conn, ids, filter).await? {
            let keys = vec![rank.key().to_owned(), row.name_sort.clone(), row.id.to_string()];
            listed.push(row.listed(unit, keys)?);
        }
    }
    Ok(listed)
}
