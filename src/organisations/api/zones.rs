//! Zones of administrative units.

use actix_web::{delete, get, patch, post};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::{Caller, perm};
use crate::organisations::model::{UnitId, UnitZone, UnitZoneId, Zone, ZoneText};
use crate::organisations::{service, store};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{Answer, Change, Edit, Effects, Json, Path, ReadProblems, Send, WriteProblems};
use crate::platform::period::Period;

/// All zones of a unit.
#[derive(Serialize, ToSchema)]
pub struct UnitZones {
    /// Oldest first.
    #[schema(max_items = 1000)]
    data: Vec<UnitZone>,
}

/// The zones that a unit was, is and will be in, oldest first.
///
/// Khu vực I, II, III, each by its decision and for a time. A unit is in one at a time, or in none.
#[utoipa::path(operation_id = "listUnitZones", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = UnitId, Path, description = "Id of the unit")),
    responses((status = 200, body = UnitZones, description = "The zones"), ReadProblems))]
#[get("/units/{id}/zones")]
pub async fn list_unit_zones(app: App, caller: Caller<perm::ReadUnits>, Path(id): Path<UnitId>) -> Result<Answer> {
    let data = store::zones(&mut *app.db.read().await?, caller.scope(), id, app.clock.today()).await?;
    Ok(Answer::value(&UnitZones { data })?.cacheable())
}

/// One zone of a unit.
///
/// With the `ETag` that a change needs.
#[utoipa::path(operation_id = "getUnitZone", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = UnitId, Path, description = "Id of the unit"), ("zone_id" = UnitZoneId, Path, description = "Id of the zone")),
    responses((status = 200, body = UnitZone, description = "The zone"), ReadProblems))]
#[get("/units/{id}/zones/{zone_id}")]
pub async fn get_unit_zone(
    app: App,
    caller: Caller<perm::ReadUnits>,
    Path(place): Path<(UnitId, UnitZoneId)>,
) -> Result<Answer> {
    let zone = store::find_zone(&mut *app.db.read().await?, caller.scope(), place, app.clock.today()).await?;
    Ok(Answer::found(zone.version, &zone)?.cacheable())
}

/// That a unit is in a zone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zone": "iii", "from": "2031-01-01", "to": "2035-12-31", "decision_number": "9/QĐ-UBND", "decided_on": "2025-12-15"}))]
pub struct NewUnitZone {
    /// The zone.
    zone: Zone,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: String,
    /// When it was decided.
    decided_on: Option<NaiveDate>,
}

impl TryFrom<NewUnitZone> for ZoneText {
    type Error = Error;
    fn try_from(body: NewUnitZone) -> Result<Self> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", body.from, body.to));
        let number = findings.keep(line("/decision_number", &body.decision_number, 100));
        findings.settle()?;
        let (Some(during), Some(decision_number)) = (during, number) else { return Err(Error::internal("settled")) };
        Ok(Self { zone: body.zone, during, decision_number, decided_on: body.decided_on })
    }
}

/// Records in which zone a unit is.
///
/// For days on which it is in none; days that have a zone are a 409: give that one an end first. Only administrative units
/// are in a zone, and no longer than they exist. When an act ends the unit, its zone ends with it, and who takes over
/// gets none by that: the zone of a new unit is decided anew.
#[utoipa::path(operation_id = "createUnitZone", tag = "organisations", security(("bearer" = ["units.manage"])),
    params(("id" = UnitId, Path, description = "Id of the unit"), WriteQuery, SendHeaders), request_body = NewUnitZone,
    responses((status = 201, body = UnitZone, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/units/{id}/zones")]
pub async fn create_unit_zone(
    app: App,
    caller: Caller<perm::ManageUnits>,
    Path(unit): Path<UnitId>,
    send: Send,
    Json(body): Json<NewUnitZone>,
) -> Result<Answer> {
    let made = service::create_zone(&app, &caller.with(send), unit, &body.try_into()?).await?;
    Answer::created(made, |zone| format!("/v1/units/{unit}/zones/{}", zone.id), |zone| zone.version, |zone| zone)
}

/// Changes of a zone.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "2028-12-31", "reason": "Ra khỏi khu vực III"}))]
pub struct UnitZonePatch {
    /// The zone.
    zone: Option<Zone>,
    /// First day.
    from: Option<NaiveDate>,
    /// Last day included; null: open.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    to: Change<NaiveDate>,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
    /// When it was decided; null: not known.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    decided_on: Change<NaiveDate>,
    /// Why: kept with what was recorded before.
    #[schema(max_length = 400)]
    reason: Option<String>,
}

impl UnitZonePatch {
    /// The same patch with its texts cleaned and its last day made the day after it.
    fn checked(self) -> Result<Self> {
        let mut findings = Findings::new();
        let number = findings.keep(optional_line("/decision_number", self.decision_number.as_deref(), 100)).flatten();
        let reason = findings.keep(optional_line("/reason", self.reason.as_deref(), 400)).flatten();
        let to = match self.to {
            Change::Set(last) => {
                let next = last.checked_add_days(Days::new(1)).ok_or_else(|| Finding::plain("/to", code::BAD_PERIOD));
                findings.keep(next).map_or(Change::Keep, Change::Set)
            }
            same => same,
        };
        findings.settle()?;
        Ok(Self { decision_number: number, reason, to, ..self })
    }

    fn over(&self, old: ZoneText) -> Result<ZoneText> {
        let patch = self.clone();
        let during = Period::new(patch.from.or(old.during.from()), patch.to.over(old.during.to()))
            .map_err(|_| Error::refused(vec![Finding::plain("/to", code::BAD_PERIOD)]))?;
        Ok(ZoneText {
            zone: patch.zone.unwrap_or(old.zone),
            during,
            decision_number: patch.decision_number.unwrap_or(old.decision_number),
            decided_on: patch.decided_on.over(old.decided_on),
        })
    }
}

/// Corrects a zone of a unit, or ends it.
///
/// A merge patch. What was recorded before is kept; days that another zone of the unit has are a 409.
#[utoipa::path(operation_id = "updateUnitZone", tag = "organisations", security(("bearer" = ["units.manage"])),
    params(("id" = UnitId, Path, description = "Id of the unit"), ("zone_id" = UnitZoneId, Path, description = "Id of the zone"), WriteQuery, EditHeaders),
    request_body = UnitZonePatch,
    responses((status = 200, body = UnitZone, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/units/{id}/zones/{zone_id}")]
pub async fn update_unit_zone(
    app: App,
    caller: Caller<perm::ManageUnits>,
    Path(place): Path<(UnitId, UnitZoneId)>,
    edit: Edit,
    Json(body): Json<UnitZonePatch>,
) -> Result<Answer> {
    let patch = body.checked()?;
    let change = |old| patch.over(old);
    let changed = service::update_zone(&app, &caller.with(edit), place, change, patch.reason.as_deref()).await?;
    Answer::changed(changed, |zone| zone.version, |zone| zone)
}

/// Takes back a zone that the unit was never in.
///
/// What was recorded is kept as superseded. One that was true and is over gets its last day instead.
#[utoipa::path(operation_id = "deleteUnitZone", tag = "organisations", security(("bearer" = ["units.manage"])),
    params(("id" = UnitId, Path, description = "Id of the unit"), ("zone_id" = UnitZoneId, Path, description = "Id of the zone"), WriteQuery, EditHeaders),
    responses((status = 204, description = "Taken back"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[delete("/units/{id}/zones/{zone_id}")]
pub async fn delete_unit_zone(
    app: App,
    caller: Caller<perm::ManageUnits>,
    Path(place): Path<(UnitId, UnitZoneId)>,
    edit: Edit,
) -> Result<Answer> {
    Answer::done(service::withdraw_zone(&app, &caller.with(edit), place).await?)
}
