//! The zones of administrative units: recorded, corrected or ended, taken back.

use serde_json::json;

use crate::identity::{Caller, scope};
use crate::organisations::model::{UnitId, UnitZone, UnitZoneId, Zone, ZoneText};
use crate::organisations::{rules, store};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result};

/// What is wrong with a zone of a unit that the caller keeps; gives what the unit is called.
async fn assess(tx: &mut Tx, caller: &Caller, unit: UnitId, said: &ZoneText) -> Result<String> {
    let today = tx.today();
    let (kind, name, life) = store::kind_and_life(tx.conn(), caller.scope(), unit).await?;
    let findings = rules::zone(said, kind, &life, today);
    if findings.is_empty() { Ok(name) } else { Err(Error::refused(findings)) }
}

fn told(effect: &str, id: UnitZoneId, name: &str, zone: Zone, said: Option<&ZoneText>) -> Effect {
    let on = said.and_then(|said| said.during.from());
    Effect::new(effect, "unit_zone", id, format!("{name}: {}", zone.name()), on)
}

/// Records a zone of a unit that the caller keeps.
pub async fn create_zone(app: &App, caller: &Caller, unit: UnitId, said: &ZoneText) -> Result<Outcome<UnitZone>> {
    app.db
        .change(caller, "create_unit_zone", async |tx| {
            scope::hold_tree(tx).await?;
            tx.lock([unit.0]).await?;
            let name = assess(tx, caller, unit, said).await?;
            let id = UnitZoneId(tx.new_id());
            store::insert_zone(tx, (unit, id), 1, said).await?;
            let today = tx.today();
            let zone = store::find_zone(tx.conn(), caller.scope(), (unit, id), today).await?;
            let entry = Entry::on("unit_zone", id).within(unit);
            let entry = entry.effects([told("unit_zone_recorded", id, &name, said.zone, Some(said))]);
            Ok((zone, entry.event("unit_zone.recorded", json!({"unit_id": unit, "unit_zone_id": id}))))
        })
        .await
}

/// A zone of a unit that the caller keeps, kept as it is until the end of the change.
async fn lock_zone(tx: &mut Tx, caller: &Caller, place: (UnitId, UnitZoneId)) -> Result<UnitZone> {
    scope::hold_tree(tx).await?;
    tx.lock([place.0.0]).await?;
    let today = tx.today();
    let zone = store::find_zone(tx.conn(), caller.scope(), place, today).await?;
    tx.check_version(zone.version)?;
    Ok(zone)
}

/// Corrects a zone or gives it another end, by what `change` makes of it.
pub async fn update_zone(
    app: &App,
    caller: &Caller,
    place: (UnitId, UnitZoneId),
    change: impl Fn(ZoneText) -> Result<ZoneText>,
    reason: Option<&str>,
) -> Result<Outcome<UnitZone>> {
    let (unit, id) = place;
    app.db
        .change(caller, "update_unit_zone", async |tx| {
            let before = lock_zone(tx, caller, place).await?;
            let said = change(ZoneText::of(&before))?;
            let name = assess(tx, caller, unit, &said).await?;
            store::supersede_zones(tx, &[id], reason).await?;
            store::insert_zone(tx, place, before.version + 1, &said).await?;
            let today = tx.today();
            let zone = store::find_zone(tx.conn(), caller.scope(), place, today).await?;
            let entry = Entry::on("unit_zone", id).within(unit).before(&before);
            let entry = entry.effects([told("unit_zone_changed", id, &name, said.zone, Some(&said))]);
            Ok((zone, entry.event("unit_zone.changed", json!({"unit_id": unit, "unit_zone_id": id}))))
        })
        .await
}

/// Takes back a zone that the unit was never in.
pub async fn withdraw_zone(app: &App, caller: &Caller, place: (UnitId, UnitZoneId)) -> Result<Outcome<()>> {
    let (unit, id) = place;
    app.db
        .change(caller, "delete_unit_zone", async |tx| {
            let before = lock_zone(tx, caller, place).await?;
            let (_, name, _) = store::kind_and_life(tx.conn(), caller.scope(), unit).await?;
            store::supersede_zones(tx, &[id], None).await?;
            let entry = Entry::on("unit_zone", id).within(unit).before(&before);
            let entry = entry.effects([told("unit_zone_withdrawn", id, &name, before.zone, None)]);
            Ok(((), entry.event("unit_zone.withdrawn", json!({"unit_id": unit, "unit_zone_id": id}))))
        })
        .await
}
