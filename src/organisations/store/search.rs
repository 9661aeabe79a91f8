//! Units by words of their names, those with the same marks first.

use diesel::dsl::{AsExprOf, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Text, Uuid};

use crate::platform::text::Search;
use crate::schema::unit_versions;

type Versions = unit_versions::BoxedQuery<'static, Pg, Uuid>;

/// Those whose names have what is looked for.
pub(super) fn found(versions: Versions, search: &Search) -> Versions {
    match (search.words.as_slice(), &search.initials) {
        ([], _) => versions.filter(sql::<Bool>("false")),
        ([word], Some(initials)) => {
            let begun = unit_versions::search_words.like(word.clone());
            versions.filter(begun.or(unit_versions::search_words.like(initials.clone())))
        }
        (words, _) => words
            .iter()
            .fold(versions, |versions, word| versions.filter(unit_versions::search_words.like(word.clone()))),
    }
}

type Ranked = UncheckedBind<SqlLiteral<Integer>, AsExprOf<Vec<String>, Array<Text>>>;

/// 0 for a name with the same marks, and for every name where nothing is looked for; else 1. A unit keeps no marked key:
/// there are some thousand names, and they are held against every spelling.
pub(super) fn rank(search: Option<&Search>) -> SqlLiteral<Integer, Ranked> {
    sql::<Integer>("CASE WHEN lower(unit_versions.name COLLATE vietnamese) ~ ALL (")
        .bind::<Array<Text>, _>(search.map(|search| search.spelled.clone()).unwrap_or_default())
        .sql(") THEN 0 ELSE 1 END")
}
