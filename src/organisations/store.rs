//! Rows of units, acts and lineage.

mod acts;
mod places;
mod search;
mod tree;
mod zones;

pub use acts::{
    Edge, act_of_number, cut_versions, insert_acts, insert_lineage, insert_lines, phases_around, touch_units,
};
pub use places::places;
pub use tree::{Surroundings, replace_ancestors, standings_around};
pub use zones::{end_zones, find_zone, insert_zone, kind_and_life, supersede_zones, zones, zones_on};

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Act, ActId, Lineage, LineageKind, Share, Unit, UnitId, UnitKind, UnitPeriod};
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::platform::text::{self, Search};
use crate::schema::{organisation_acts, unit_ancestors, unit_lineage, unit_versions, unit_zones, units};

diesel::alias!(unit_versions as parents: Parents);

/// Rows that one statement inserts at most, well under PostgreSQL's 65,535 values.
const CHUNK: usize = 4000;

/// One period of a unit, to be written.
#[derive(Insertable)]
#[diesel(table_name = unit_versions)]
pub struct VersionRow {
    /// Its id.
    pub id: Uuid,
    /// The unit.
    pub unit_id: UnitId,
    /// When.
    pub during: Period,
    /// Name.
    pub name: String,
    /// Folded name.
    pub search_key: String,
    /// Code.
    pub code: Option<String>,
    /// Type.
    pub unit_type: Option<String>,
    /// Unit above.
    pub parent_id: Option<UnitId>,
    /// The act that began it.
    pub act_id: Option<ActId>,
}

impl VersionRow {
    /// A period of a unit.
    pub fn new(id: Uuid, unit_id: UnitId, during: Period, name: &str) -> Self {
        let (name, search_key) = (name.to_owned(), text::search_key(name));
        Self { id, unit_id, during, name, search_key, code: None, unit_type: None, parent_id: None, act_id: None }
    }
}

/// Adds units.
pub async fn insert_units(tx: &mut Tx, rows: &[(UnitId, UnitKind)]) -> Result<()> {
    let now = tx.now();
    for chunk in rows.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(id, kind)| {
                (units::id.eq(*id), units::kind.eq(kind.name()), units::created_at.eq(now), units::updated_at.eq(now))
            })
            .collect();
        diesel::insert_into(units::table).values(rows).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Adds periods.
pub async fn insert_versions(tx: &mut Tx, rows: &[VersionRow]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(unit_versions::table).values(chunk).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Whether any unit is there.
pub async fn any(conn: &mut AsyncPgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(units::table.select(units::id))).get_result(conn).await?)
}

/// The unit that stands below no other.
pub async fn root(conn: &mut AsyncPgConnection) -> Result<UnitId> {
    Ok(unit_versions::table
        .filter(unit_versions::parent_id.is_null())
        .select(unit_versions::unit_id)
        .first(conn)
        .await?)
}

/// Which units of a list are wanted.
#[derive(Debug, Default)]
pub struct Filter {
    /// Below this one, directly.
    pub parent: Option<UnitId>,
    /// At or below this one.
    pub under: Option<UnitId>,
    /// Of this kind.
    pub kind: Option<UnitKind>,
    /// Bearing this code on the day.
    pub code: Option<String>,
    /// Found by name.
    pub search: Option<Search>,
}

#[derive(Queryable)]
struct UnitRow {
    id: UnitId,
    kind: String,
    name: String,
    code: Option<String>,
    unit_type: Option<String>,
    parent_id: Option<UnitId>,
    parent_name: Option<String>,
    zone: Option<String>,
    during: Period,
    version: i32,
    search_key: String,
    rank: i32,
}

/// A unit of a list with its sort keys.
pub struct Listed {
    /// The unit.
    pub unit: Unit,
    /// 0 where the name has the marks that are looked for, else 1.
    pub rank: i32,
    /// The folded name.
    pub search_key: String,
}

fn unit(row: UnitRow, today: NaiveDate) -> Result<Listed> {
    let UnitRow { id, kind, name, code, unit_type, parent_id, parent_name, zone, during, version, search_key, rank } =
        row;
    let kind = UnitKind::of(&kind).ok_or_else(|| Error::internal(format!("unit {id} has an unknown kind")))?;
    let parent = parent_id.map(|id| Ref::new(id, parent_name.unwrap_or_default()));
    let zone = zone.as_deref().map(zones::zone).transpose()?;
    let unit =
        Unit { id, kind, name, code, unit_type, parent, zone, during, timeline: during.timeline(today), version };
    Ok(Listed { unit, rank, search_key })
}

macro_rules! units_on {
    ($day:expr) => {
        units_on!($day, 0_i32.into_sql::<Integer>())
    };
    ($day:expr, $rank:expr) => {
        unit_versions::table
            .inner_join(units::table.on(units::id.eq(unit_versions::unit_id)))
            .left_join(
                parents.on(parents
                    .field(unit_versions::unit_id)
                    .nullable()
                    .eq(unit_versions::parent_id)
                    .and(parents.field(unit_versions::during).contains($day))),
            )
            .left_join(
                unit_zones::table.on(unit_zones::unit_id
                    .eq(unit_versions::unit_id)
                    .and(unit_zones::superseded_at.is_null())
                    .and(unit_zones::during.contains($day))),
            )
            .select((
                unit_versions::unit_id,
                units::kind,
                unit_versions::name,
                unit_versions::code,
                unit_versions::unit_type,
                unit_versions::parent_id,
                parents.field(unit_versions::name).nullable(),
                unit_zones::zone.nullable(),
                unit_versions::during,
                units::version,
                unit_versions::search_key,
                $rank,
            ))
    };
}

/// The periods that a list is about.
fn wanted(
    scope: &Scope,
    day: NaiveDate,
    filter: &Filter,
) -> unit_versions::BoxedQuery<'static, diesel::pg::Pg, diesel::sql_types::Uuid> {
    let mut ids = unit_versions::table
        .filter(unit_versions::during.contains(day))
        .filter(unit_versions::unit_id.eq_any(scope.units()))
        .select(unit_versions::id)
        .into_boxed();
    if let Some(parent) = filter.parent {
        ids = ids.filter(unit_versions::parent_id.eq(parent));
    }
    if let Some(under) = filter.under {
        let below = unit_ancestors::table
            .filter(unit_ancestors::ancestor_id.eq(under).and(unit_ancestors::during.contains(day)))
            .select(unit_ancestors::unit_id);
        ids = ids.filter(unit_versions::unit_id.eq_any(below));
    }
    if let Some(kind) = filter.kind {
        let of_kind = units::table.filter(units::kind.eq(kind.name())).select(units::id);
        ids = ids.filter(unit_versions::unit_id.eq_any(of_kind));
    }
    if let Some(code) = &filter.code {
        ids = ids.filter(unit_versions::code.eq(code.clone()));
    }
    match &filter.search {
        Some(search) => search::found(ids, search),
        None => ids,
    }
}

/// Units in scope that existed on a day, by name.
pub async fn list(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    (day, today): (NaiveDate, NaiveDate),
    filter: &Filter,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    let rank = || search::rank(filter.search.as_ref());
    let mut query = units_on!(day, rank()).filter(unit_versions::id.eq_any(wanted(scope, day, filter))).into_boxed();
    if let (Some(order), Some(key), Some(id)) =
        (paging.key::<i32>(0)?, paging.key::<String>(1)?, paging.key::<Uuid>(2)?)
    {
        let same_name = unit_versions::search_key.eq(key.clone()).and(unit_versions::unit_id.gt(id));
        let later = unit_versions::search_key.gt(key).or(same_name);
        query = query.filter(rank().gt(order).or(rank().eq(order).and(later)));
    }
    let rows: Vec<UnitRow> = query
        .order((rank(), unit_versions::search_key, unit_versions::unit_id))
        .limit(paging.fetch())
        .load(conn)
        .await?;
    let total = if paging.count {
        let all = unit_versions::table.filter(unit_versions::id.eq_any(wanted(scope, day, filter)));
        Some(all.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((rows.into_iter().map(|row| unit(row, today)).collect::<Result<_>>()?, total))
}

/// A unit in scope as it was on a day.
pub async fn find_on(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: UnitId,
    day: NaiveDate,
    today: NaiveDate,
) -> Result<Unit> {
    let row: UnitRow = units_on!(day)
        .filter(unit_versions::unit_id.eq(id).and(unit_versions::during.contains(day)))
        .filter(unit_versions::unit_id.eq_any(scope.units()))
        .first(conn)
        .await?;
    Ok(unit(row, today)?.unit)
}

/// A unit in scope as it is today, or as it was last.
pub async fn find_latest(conn: &mut AsyncPgConnection, scope: &Scope, id: UnitId, today: NaiveDate) -> Result<Unit> {
    let periods: Vec<Period> = unit_versions::table
        .filter(unit_versions::unit_id.eq(id).and(unit_versions::unit_id.eq_any(scope.units())))
        .order(unit_versions::during.desc())
        .select(unit_versions::during)
        .load(conn)
        .await?;
    let current = periods.iter().find(|period| period.holds(today)).or_else(|| periods.as_slice().first());
    let day =
        current.and_then(|period| if period.holds(today) { Some(today) } else { period.last_day().or(period.from()) });
    find_on(conn, scope, id, day.ok_or_else(Error::not_found)?, today).await
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organisation_acts)]
struct ActRow {
    id: ActId,
    number: String,
    title: String,
    issuer: String,
    legal_basis: Option<String>,
    decided_on: NaiveDate,
    effective_from: NaiveDate,
}

impl From<ActRow> for Act {
    fn from(row: ActRow) -> Self {
        let ActRow { id, number, title, issuer, legal_basis, decided_on, effective_from } = row;
        Self { id, number, title, issuer, legal_basis, decided_on, effective_from }
    }
}

#[derive(Queryable)]
struct PeriodRow {
    during: Period,
    name: String,
    code: Option<String>,
    unit_type: Option<String>,
    parent_id: Option<UnitId>,
    act: Option<ActRow>,
}

/// All periods of a unit in scope, oldest first.
pub async fn history(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: UnitId,
    today: NaiveDate,
) -> Result<Vec<UnitPeriod>> {
    let rows: Vec<PeriodRow> = unit_versions::table
        .left_join(organisation_acts::table)
        .filter(unit_versions::unit_id.eq(id).and(unit_versions::unit_id.eq_any(scope.units())))
        .order(unit_versions::during)
        .select((
            unit_versions::during,
            unit_versions::name,
            unit_versions::code,
            unit_versions::unit_type,
            unit_versions::parent_id,
            Option::<ActRow>::as_select(),
        ))
        .load(conn)
        .await?;
    if rows.is_empty() {
        return Err(Error::not_found());
    }
    let above: Vec<UnitId> = rows.iter().filter_map(|row| row.parent_id).collect();
    let names: Vec<(UnitId, Period, String)> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(above))
        .order(unit_versions::during)
        .select((unit_versions::unit_id, unit_versions::during, unit_versions::name))
        .load(conn)
        .await?;
    let reference = |parent: UnitId, during: &Period| {
        let name = names.iter().find(|(unit, period, _)| *unit == parent && period.overlaps(during));
        Ref::new(parent, name.map(|(_, _, name)| name.clone()).unwrap_or_default())
    };
    Ok(rows
        .into_iter()
        .map(|PeriodRow { during, name, code, unit_type, parent_id, act }| UnitPeriod {
            parent: parent_id.map(|parent| reference(parent, &during)),
            timeline: during.timeline(today),
            during,
            name,
            code,
            unit_type,
            act: act.map(Act::from),
        })
        .collect())
}

/// What went into a unit in scope, and what it went into.
pub async fn lineage(conn: &mut AsyncPgConnection, scope: &Scope, id: UnitId) -> Result<Vec<Lineage>> {
    if !crate::identity::scope::covers(conn, scope, id.0).await? {
        return Err(Error::not_found());
    }
    let rows: Vec<(UnitId, UnitId, String, String, ActRow)> = unit_lineage::table
        .inner_join(organisation_acts::table)
        .filter(unit_lineage::from_unit_id.eq(id).or(unit_lineage::to_unit_id.eq(id)))
        .select((
            unit_lineage::from_unit_id,
            unit_lineage::to_unit_id,
            unit_lineage::kind,
            unit_lineage::share,
            ActRow::as_select(),
        ))
        .order((organisation_acts::effective_from, unit_lineage::from_unit_id, unit_lineage::to_unit_id))
        .load(conn)
        .await?;
    let ends: Vec<UnitId> = rows.iter().flat_map(|row| [row.0, row.1]).collect();
    let names: HashMap<UnitId, String> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(ends))
        .order(unit_versions::during)
        .select((unit_versions::unit_id, unit_versions::name))
        .load::<(UnitId, String)>(conn)
        .await?
        .into_iter()
        .collect();
    let reference = |unit: UnitId| Ref::new(unit, names.get(&unit).cloned().unwrap_or_default());
    rows.into_iter()
        .map(|(from, to, kind, share, act)| {
            let unknown = || Error::internal(format!("the lineage {from} -> {to} has an unknown kind or share"));
            Ok(Lineage {
                from: reference(from),
                to: reference(to),
                kind: LineageKind::of(&kind).ok_or_else(unknown)?,
                share: Share::of(&share).ok_or_else(unknown)?,
                act: act.into(),
            })
        })
        .collect()
}

/// Those of these units that exist on a day, with their names.
pub async fn names_on(tx: &mut Tx, units: &[UnitId], day: NaiveDate) -> Result<Vec<(UnitId, String)>> {
    Ok(unit_versions::table
        .filter(unit_versions::unit_id.eq_any(units).and(unit_versions::during.contains(day)))
        .select((unit_versions::unit_id, unit_versions::name))
        .load(tx.conn())
        .await?)
}

/// The periods of a unit in scope.
pub async fn periods(conn: &mut AsyncPgConnection, scope: &Scope, id: UnitId) -> Result<Vec<Period>> {
    Ok(unit_versions::table
        .filter(unit_versions::unit_id.eq(id).and(unit_versions::unit_id.eq_any(scope.units())))
        .select(unit_versions::during)
        .load(conn)
        .await?)
}
