//! What units are on a day, by the lineage and the tree of that day.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::organisations::model::{Places, Spot, UnitId, UnitKind};
use crate::platform::error::{Error, Result};

#[derive(QueryableByName)]
struct SpotRow {
    #[diesel(sql_type = SqlUuid)]
    origin: UnitId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    heir: bool,
    #[diesel(sql_type = SqlUuid)]
    unit_id: UnitId,
    #[diesel(sql_type = Array<SqlUuid>)]
    above: Vec<UnitId>,
    #[diesel(sql_type = Array<Text>)]
    kinds: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    names: Vec<String>,
}

/// What each of these units is on a day: itself, or everything that it went into. One that is no more and went into nothing
/// is followed from the place where it stood: a district from the communes that were in it. One statement for any number
/// of units.
pub async fn places(conn: &mut AsyncPgConnection, units: &[UnitId], day: NaiveDate) -> Result<Places> {
    let rows: Vec<SpotRow> = diesel::sql_query(
        "WITH RECURSIVE asked AS MATERIALIZED (
            SELECT u.id, u.kind FROM units u WHERE u.id = ANY($1)
        ), gone AS (
            SELECT a.id, max(upper(v.during)) - 1 AS last FROM asked a JOIN unit_versions v ON v.unit_id = a.id
            GROUP BY a.id HAVING bool_and(COALESCE(upper(v.during) <= $2, false))
        ), ground AS MATERIALIZED (
            SELECT DISTINCT ON (g.id) g.id, g.last, x.ancestor_id AS place
            FROM gone g JOIN unit_ancestors x ON x.unit_id = g.id AND x.during @> g.last JOIN units u ON u.id = x.ancestor_id
            WHERE u.kind IN ('commune', 'district', 'province') AND NOT EXISTS (
                SELECT FROM unit_lineage l JOIN organisation_acts o ON o.id = l.act_id
                WHERE l.from_unit_id = g.id AND o.effective_from <= $2)
            ORDER BY g.id, x.depth
        ), walk AS (
            SELECT id AS origin, id AS unit_id, true AS heir FROM asked
            UNION SELECT id, place, false FROM ground
            UNION SELECT g.id, x.unit_id, false
            FROM ground g JOIN unit_ancestors x ON x.ancestor_id = g.place AND x.during @> g.last JOIN units u ON u.id = x.unit_id
            WHERE u.kind = 'commune' AND NOT EXISTS (SELECT FROM unit_versions v WHERE v.unit_id = g.place AND v.during @> $2)
            UNION SELECT w.origin, l.to_unit_id, w.heir
            FROM walk w JOIN unit_lineage l ON l.from_unit_id = w.unit_id JOIN organisation_acts o ON o.id = l.act_id
            WHERE o.effective_from <= $2
        ), stood AS (
            SELECT origin, unit_id, bool_or(heir) AS heir FROM walk GROUP BY origin, unit_id
        )
        SELECT s.origin, a.kind, s.heir, s.unit_id, array_agg(x.ancestor_id ORDER BY x.depth) AS above,
            array_agg(u.kind ORDER BY x.depth) AS kinds, array_agg(v.name ORDER BY x.depth) AS names
        FROM stood s JOIN asked a ON a.id = s.origin
        JOIN unit_ancestors x ON x.unit_id = s.unit_id AND x.during @> $2 JOIN units u ON u.id = x.ancestor_id
        JOIN unit_versions v ON v.unit_id = x.ancestor_id AND v.during @> $2
        GROUP BY s.origin, a.kind, s.heir, s.unit_id ORDER BY s.origin, s.unit_id",
    )
    .bind::<Array<SqlUuid>, _>(units)
    .bind::<Date, _>(day)
    .load(conn)
    .await?;
    let kind = |name: &str| UnitKind::of(name).ok_or_else(|| Error::internal(format!("{name} is no kind of units")));
    let mut places = Places::default();
    for SpotRow { origin, kind: own, heir, unit_id: unit, above, kinds, names } in rows {
        let kinds = kinds.iter().map(|name| kind(name)).collect::<Result<Vec<_>>>()?;
        let above = above.into_iter().zip(kinds).zip(names).map(|((unit, kind), name)| (unit, kind, name)).collect();
        places.add(origin, kind(&own)?, Spot { unit, above, heir });
    }
    Ok(places)
}
