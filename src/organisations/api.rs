//! What callers see of units.

mod zones;

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Lineage, Unit, UnitId, UnitKind, UnitPeriod};
use super::service::{self, UnitProposal};
use super::store::{self, Filter};
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::text::Search;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_units).service(create_unit).service(get_unit).service(get_unit_history).service(get_unit_lineage);
    cfg.service(zones::list_unit_zones).service(zones::create_unit_zone).service(zones::get_unit_zone);
    cfg.service(zones::update_unit_zone).service(zones::delete_unit_zone);
}

/// Which units, on which day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListUnits {
    /// As of this day; today unless given.
    #[param(example = "2019-06-01")]
    as_of: Option<NaiveDate>,
    /// Directly below this unit.
    parent_id: Option<UnitId>,
    /// At or below this unit.
    under: Option<UnitId>,
    /// Of this kind.
    #[param(inline, example = "commune")]
    kind: Option<UnitKind>,
    /// Bearing this code on the day.
    #[param(max_length = 20, example = "03200")]
    code: Option<String>,
    /// How words of the name begin, marks and case aside, or its initials ("mth").
    #[param(max_length = 200, example = "ma thi ho")]
    q: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Units that existed on a day, by name; in a search, names with the same marks first.
///
/// Names, codes and parents are those of the day: `as_of` reads the province before a reorganisation. A code was
/// reused, so it means a unit only with a day.
#[utoipa::path(operation_id = "listUnits", tag = "organisations", security(("bearer" = ["units.read"])), params(ListUnits),
    responses((status = 200, body = Page<Unit>, description = "A page"), ListProblems))]
#[get("/units")]
pub async fn list_units(
    app: App,
    caller: Caller<perm::ReadUnits>,
    Query(list): Query<ListUnits>,
    paging: Paging,
) -> Result<Answer> {
    let today = app.clock.today();
    let search = list.q.as_deref().map(Search::of);
    let filter = Filter { parent: list.parent_id, under: list.under, kind: list.kind, code: list.code, search };
    let days = (list.as_of.unwrap_or(today), today);
    let (rows, total) = store::list(&mut *app.db.read().await?, caller.scope(), days, &filter, &paging).await?;
    let keys = |row: &store::Listed| vec![row.rank.to_string(), row.search_key.clone(), row.unit.id.to_string()];
    Ok(Answer::page(&paging.page(rows, total, keys, |row| row.unit))?.cacheable())
}

/// A unit to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "government", "name": "Phòng Kinh tế xã Na Sang", "parent_id": "01994f7e-0000-7000-8000-000000000002", "from": "2026-01-01"}))]
pub struct NewUnit {
    /// What kind.
    kind: UnitKind,
    /// Its name.
    #[schema(max_length = 400)]
    name: String,
    /// Its code, for administrative units.
    #[schema(max_length = 20)]
    code: Option<String>,
    /// Its type, for administrative units.
    #[schema(max_length = 40)]
    unit_type: Option<String>,
    /// The unit above it.
    parent_id: UnitId,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
}

/// Makes a unit below one that the caller keeps.
///
/// From a day on, with a name, a kind, an official code and a parent that exists on that day.
#[utoipa::path(operation_id = "createUnit", tag = "organisations", security(("bearer" = ["units.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewUnit,
    responses((status = 201, body = Unit, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/units")]
pub async fn create_unit(
    app: App,
    caller: Caller<perm::ManageUnits>,
    send: Send,
    Json(body): Json<NewUnit>,
) -> Result<Answer> {
    let proposal = UnitProposal::try_from(body)?;
    let made = service::create(&app, &caller.with(send), &proposal).await?;
    Answer::created(made, |unit| format!("/v1/units/{}", unit.id), |unit| unit.version, |unit| unit)
}

impl TryFrom<NewUnit> for UnitProposal {
    type Error = Error;
    fn try_from(body: NewUnit) -> Result<Self> {
        let NewUnit { kind, name, code, unit_type, parent_id, from, to } = body;
        let mut findings = Findings::new();
        let name = findings.keep(line("/name", &name, 400));
        let code = findings.keep(optional_line("/code", code.as_deref(), 20));
        let unit_type = findings.keep(optional_line("/unit_type", unit_type.as_deref(), 40));
        let during = findings.keep(period("/to", from, to));
        findings.settle()?;
        match (name, code, unit_type, during) {
            (Some(name), Some(code), Some(unit_type), Some(during)) => {
                Ok(Self { kind, name, code, unit_type, parent_id, during })
            }
            _ => Err(Error::internal("settled")),
        }
    }
}

/// The day of a reading.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitOn {
    /// As of this day; unless given, as today, or as it was last.
    #[param(example = "2019-06-01")]
    as_of: Option<NaiveDate>,
}

/// One unit.
///
/// With `as_of`, 404 when it did not exist on that day.
#[utoipa::path(operation_id = "getUnit", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = UnitId, Path, description = "Id of the unit"), UnitOn),
    responses((status = 200, body = Unit, description = "The unit"), ReadProblems))]
#[get("/units/{id}")]
pub async fn get_unit(
    app: App,
    caller: Caller<perm::ReadUnits>,
    Path(id): Path<UnitId>,
    Query(on): Query<UnitOn>,
) -> Result<Answer> {
    let (mut conn, today) = (app.db.read().await?, app.clock.today());
    let unit = match on.as_of {
        Some(day) => store::find_on(&mut conn, caller.scope(), id, day, today).await?,
        None => store::find_latest(&mut conn, caller.scope(), id, today).await?,
    };
    Ok(Answer::found(unit.version, &unit)?.cacheable())
}

/// All periods of a unit.
#[derive(Serialize, ToSchema)]
pub struct UnitHistory {
    /// Oldest first.
    #[schema(max_items = 1000)]
    data: Vec<UnitPeriod>,
}

/// What a unit was called, which code it bore and where it stood, oldest first.
///
/// Each period with its name, code and parent. Reorganisations of the whole province are in it like any other change.
#[utoipa::path(operation_id = "getUnitHistory", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = UnitId, Path, description = "Id of the unit")),
    responses((status = 200, body = UnitHistory, description = "The periods"), ReadProblems))]
#[get("/units/{id}/history")]
pub async fn get_unit_history(app: App, caller: Caller<perm::ReadUnits>, Path(id): Path<UnitId>) -> Result<Answer> {
    let data = store::history(&mut *app.db.read().await?, caller.scope(), id, app.clock.today()).await?;
    Ok(Answer::value(&UnitHistory { data })?.cacheable())
}

/// Edges of a unit's lineage.
#[derive(Serialize, ToSchema)]
pub struct UnitLineage {
    /// What went into it and what it went into, oldest first.
    #[schema(max_items = 1000)]
    data: Vec<Lineage>,
}

/// What went into a unit, and what it went into, each with its act.
///
/// One edge for each predecessor and successor, with the act (văn bản) that made it and its day. A unit that was split
/// or merged is followed through them.
#[utoipa::path(operation_id = "getUnitLineage", tag = "organisations", security(("bearer" = ["units.read"])),
    params(("id" = UnitId, Path, description = "Id of the unit")),
    responses((status = 200, body = UnitLineage, description = "The edges"), ReadProblems))]
#[get("/units/{id}/lineage")]
pub async fn get_unit_lineage(app: App, caller: Caller<perm::ReadUnits>, Path(id): Path<UnitId>) -> Result<Answer> {
    let data = store::lineage(&mut *app.db.read().await?, caller.scope(), id).await?;
    Ok(Answer::value(&UnitLineage { data })?.cacheable())
}
