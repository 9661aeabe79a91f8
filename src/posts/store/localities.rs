//! Where posts are: the nearest administrative unit at or above the unit of a post, by the tree of a day.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Jsonb;
use serde::Deserialize;

use crate::platform::http::page::Ref;
use crate::posts::model::Zone;

/// The locality of a post, with its zone.
#[derive(Clone, Debug, Deserialize, FromSqlRow)]
pub(super) struct Locality {
    pub(super) place: Ref,
    pub(super) zone: Option<Zone>,
}

impl FromSql<Jsonb, Pg> for Locality {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(<serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(bytes)?)?)
    }
}

/// The locality of `posts` on a day, or on the nearest day that the post existed: one value a row, so that a page is one
/// statement.
macro_rules! locality_on {
    ($day:expr) => {
        sql::<Nullable<Jsonb>>(
            "(SELECT jsonb_build_object('place', jsonb_build_object('id', a.ancestor_id, 'label', v.name), 'zone', z.zone) \
             FROM (SELECT LEAST(GREATEST(lower(posts.during), ",
        )
        .bind::<Date, _>($day)
        .sql(
            "), upper(posts.during) - 1) AS day) seen \
             JOIN unit_ancestors a ON a.unit_id = posts.unit_id AND a.during @> seen.day \
             JOIN units u ON u.id = a.ancestor_id AND u.kind IN ('commune', 'district', 'province') \
             JOIN unit_versions v ON v.unit_id = a.ancestor_id AND v.during @> seen.day \
             LEFT JOIN unit_zones z ON z.unit_id = a.ancestor_id AND z.superseded_at IS NULL AND z.during @> seen.day \
             ORDER BY a.depth LIMIT 1)",
        )
    };
}
pub(super) use locality_on;

/// Keeps the posts whose locality on a day is one unit, where one is given, and in one zone, where one is given.
macro_rules! with_locality {
    ($query:expr, $place:expr, $zone:expr, $day:expr) => {{
        let (place, zone): (Option<Uuid>, Option<Zone>) = ($place, $zone);
        let day: NaiveDate = $day;
        if place.is_none() && zone.is_none() {
            $query
        } else {
            // No administrative unit stands nearer to the unit of the post.
            let nearest = sql::<Bool>(
                "posts.unit_id IN (SELECT a.unit_id FROM unit_ancestors a JOIN units k ON k.id = a.ancestor_id \
                 WHERE k.kind IN ('commune', 'district', 'province') AND a.during @> ",
            )
            .bind::<Date, _>(day)
            .sql(" AND a.ancestor_id = COALESCE(")
            .bind::<Nullable<diesel::sql_types::Uuid>, _>(place)
            .sql(", a.ancestor_id) AND (")
            .bind::<Bool, _>(zone.is_none())
            .sql(" OR EXISTS (SELECT FROM unit_zones z WHERE z.unit_id = a.ancestor_id AND z.superseded_at IS NULL AND z.zone = ")
            .bind::<Nullable<Text>, _>(zone.map(|zone| zone.name()))
            .sql(" AND z.during @> ")
            .bind::<Date, _>(day)
            .sql(")) AND NOT EXISTS (SELECT FROM unit_ancestors b JOIN units n ON n.id = b.ancestor_id \
                 WHERE b.unit_id = a.unit_id AND b.depth < a.depth AND n.kind IN ('commune', 'district', 'province') AND b.during @> ")
            .bind::<Date, _>(day)
            .sql("))");
            $query.filter(nearest)
        }
    }};
}
pub(super) use with_locality;
