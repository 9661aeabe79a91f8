//! Zones of units: superseded, never overwritten.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Date;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::identity::{Scope, scope};
use crate::organisations::model::{UnitId, UnitKind, UnitZone, UnitZoneId, Zone, ZoneText};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::schema::{unit_versions, unit_zones, units};

#[derive(Queryable, Selectable)]
#[diesel(table_name = unit_zones)]
struct ZoneRow {
    id: UnitZoneId,
    version: i32,
    unit_id: UnitId,
    during: Period,
    zone: String,
    decision_number: String,
    decided_on: Option<NaiveDate>,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
}

/// The zone of a name that the database keeps.
pub(super) fn zone(name: &str) -> Result<Zone> {
    Zone::of(name).ok_or_else(|| Error::internal(format!("{name} is no zone")))
}

impl ZoneRow {
    fn seen_from(self, day: NaiveDate) -> Result<UnitZone> {
        Ok(UnitZone {
            id: self.id,
            zone: zone(&self.zone)?,
            during: self.during,
            timeline: self.during.timeline(day),
            decision_number: self.decision_number,
            decided_on: self.decided_on,
            version: self.version,
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
        })
    }
}

/// The zones that these units are in on a day.
pub async fn zones_on(
    conn: &mut AsyncPgConnection,
    units: &BTreeSet<UnitId>,
    day: NaiveDate,
) -> Result<BTreeMap<UnitId, Zone>> {
    let rows: Vec<(UnitId, String)> = unit_zones::table
        .filter(unit_zones::superseded_at.is_null().and(unit_zones::unit_id.eq_any(units)))
        .filter(unit_zones::during.contains(day))
        .select((unit_zones::unit_id, unit_zones::zone))
        .load(conn)
        .await?;
    rows.into_iter().map(|(unit, name)| Ok((unit, zone(&name)?))).collect()
}

/// The zones of a unit in scope, oldest first.
pub async fn zones(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    unit: UnitId,
    today: NaiveDate,
) -> Result<Vec<UnitZone>> {
    if !scope::covers(conn, scope, unit.0).await? {
        return Err(Error::not_found());
    }
    let rows: Vec<ZoneRow> = unit_zones::table
        .filter(unit_zones::superseded_at.is_null().and(unit_zones::unit_id.eq(unit)))
        .order(sql::<Date>("lower(unit_zones.during)"))
        .select(ZoneRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(|row| row.seen_from(today)).collect()
}

/// A zone of a unit in scope.
pub async fn find_zone(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    (unit, id): (UnitId, UnitZoneId),
    today: NaiveDate,
) -> Result<UnitZone> {
    let row: ZoneRow = unit_zones::table
        .filter(unit_zones::superseded_at.is_null().and(unit_zones::id.eq(id)))
        .filter(unit_zones::unit_id.eq(unit).and(unit_zones::unit_id.eq_any(scope.units())))
        .select(ZoneRow::as_select())
        .first(conn)
        .await?;
    row.seen_from(today)
}

/// What kind a unit in scope is, what it was called last, and the periods in which it exists.
pub async fn kind_and_life(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    unit: UnitId,
) -> Result<(UnitKind, String, Vec<Period>)> {
    let rows: Vec<(String, String, Period)> = unit_versions::table
        .inner_join(units::table.on(units::id.eq(unit_versions::unit_id)))
        .filter(unit_versions::unit_id.eq(unit).and(unit_versions::unit_id.eq_any(scope.units())))
        .order(unit_versions::during.desc())
        .select((units::kind, unit_versions::name, unit_versions::during))
        .load(conn)
        .await?;
    let (kind, name, _) = rows.as_slice().first().cloned().ok_or_else(Error::not_found)?;
    let kind = UnitKind::of(&kind).ok_or_else(|| Error::internal(format!("unit {unit} has an unknown kind")))?;
    Ok((kind, name, rows.into_iter().map(|(.., during)| during).collect()))
}

/// Writes a version of a zone.
pub async fn insert_zone(tx: &mut Tx, (unit, id): (UnitId, UnitZoneId), version: i32, said: &ZoneText) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let values = (
        unit_zones::version_id.eq(tx.new_id()),
        unit_zones::id.eq(id),
        unit_zones::version.eq(version),
        unit_zones::unit_id.eq(unit),
        unit_zones::during.eq(said.during),
        unit_zones::zone.eq(said.zone.name()),
        unit_zones::decision_number.eq(&said.decision_number),
        unit_zones::decided_on.eq(said.decided_on),
        unit_zones::recorded_at.eq(now),
        unit_zones::recorded_by.eq(by),
    );
    diesel::insert_into(unit_zones::table).values(values).execute(tx.conn()).await?;
    Ok(())
}

/// Supersedes zones.
pub async fn supersede_zones(tx: &mut Tx, ids: &[UnitZoneId], reason: Option<&str>) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(unit_zones::table.filter(unit_zones::superseded_at.is_null().and(unit_zones::id.eq_any(ids))))
        .set((
            unit_zones::superseded_at.eq(now),
            unit_zones::superseded_by.eq(by),
            unit_zones::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends the zones of units that end: none outlives its unit, and one that would have begun later never does.
pub async fn end_zones(tx: &mut Tx, ended: &[UnitId], before: NaiveDate) -> Result<()> {
    let rows: Vec<ZoneRow> = unit_zones::table
        .filter(unit_zones::superseded_at.is_null().and(unit_zones::unit_id.eq_any(ended)))
        .filter(unit_zones::during.overlaps_with(Period::since(before)))
        .select(ZoneRow::as_select())
        .load(tx.conn())
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<UnitZoneId> = rows.iter().map(|row| row.id).collect();
    supersede_zones(tx, &ids, Some("the unit ends")).await?;
    let (now, by) = (tx.now(), tx.actor().label.clone());
    let mut cut = Vec::with_capacity(rows.len());
    for row in &rows {
        let Ok(during) = row.during.ending(before) else { continue };
        cut.push((
            unit_zones::version_id.eq(tx.new_id()),
            unit_zones::id.eq(row.id),
            unit_zones::version.eq(row.version + 1),
            unit_zones::unit_id.eq(row.unit_id),
            unit_zones::during.eq(during),
            unit_zones::zone.eq(&row.zone),
            unit_zones::decision_number.eq(&row.decision_number),
            unit_zones::decided_on.eq(row.decided_on),
            unit_zones::recorded_at.eq(now),
            unit_zones::recorded_by.eq(by.clone()),
        ));
    }
    diesel::insert_into(unit_zones::table).values(cut).execute(tx.conn()).await?;
    Ok(())
}
