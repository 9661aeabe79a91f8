//! What callers see of the regulations, and how the province keeps them.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Provision, Regulation, RegulationId, RegulationView, Supersession};
use super::service;
use super::store::{self, RegulationFilter};
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::period::Period;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_regulations)
        .service(create_regulation)
        .service(get_regulation)
        .service(confirm_regulation)
        .service(supersede_regulation);
}

/// Which parameters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListRegulations {
    /// Those that hold on this day; all unless given.
    #[param(example = "2019-06-01")]
    as_of: Option<NaiveDate>,
    /// One parameter.
    #[param(max_length = 100, example = "rotation.minimum_months")]
    key: Option<String>,
    /// As known on this instant, before later confirmations and corrections; as known now unless given.
    #[param(example = "2026-01-15T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Law as data: each parameter with its validity, its citation, and whether the province has confirmed it.
///
/// Values, periods and citations of the rules that the service applies, by key and first day. A rule is applied with the
/// value of the day that it is applied to. `known_at` shows what was known on an instant.
#[utoipa::path(operation_id = "listRegulations", tag = "regulations", security(("bearer" = ["regulations.read"])), params(ListRegulations),
    responses((status = 200, body = Page<RegulationView>, description = "A page"), ListProblems))]
#[get("/regulations")]
pub async fn list_regulations(
    app: App,
    caller: Caller<perm::ReadRegulations>,
    Query(list): Query<ListRegulations>,
    paging: Paging,
) -> Result<Answer> {
    let ListRegulations { as_of: day, key, known_at, .. } = list;
    let mut conn = app.db.read().await?;
    let (rows, total) = store::list(&mut conn, &RegulationFilter { day, key, known_at }, &paging).await?;
    let allowed = service::allowed_actions(&mut conn, &caller, &rows).await?;
    let rows = rows.into_iter().zip(allowed).collect();
    let page =
        paging.page(rows, total, |(row, _)| store::sort_keys(row), |(row, allowed)| RegulationView::of(row, allowed));
    Ok(Answer::page(&page)?.cacheable())
}

/// The instant that a value is seen from.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegulationInstant {
    /// As known on this instant; as known now unless given.
    #[param(example = "2026-01-15T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// One value, with what the caller may do with it.
///
/// Its `ETag` is needed to confirm or supersede it. With `known_at` what was known then.
#[utoipa::path(operation_id = "getRegulation", tag = "regulations", security(("bearer" = ["regulations.read"])),
    params(("id" = RegulationId, Path, description = "Id of the value"), RegulationInstant),
    responses((status = 200, body = RegulationView, description = "The value"), ReadProblems))]
#[get("/regulations/{id}")]
pub async fn get_regulation(
    app: App,
    caller: Caller<perm::ReadRegulations>,
    Path(id): Path<RegulationId>,
    Query(seen): Query<RegulationInstant>,
) -> Result<Answer> {
    let regulation = service::regulation(&app, id, seen.known_at).await?;
    let version = regulation.version;
    Ok(Answer::found(version, &viewed(&app, &caller, regulation).await?)?.cacheable())
}

async fn viewed<P>(app: &App, caller: &Caller<P>, regulation: Regulation) -> Result<RegulationView> {
    let rows = [regulation];
    let allowed = service::allowed_actions(&mut *app.db.read().await?, caller, &rows).await?;
    let [regulation] = rows;
    Ok(RegulationView::of(regulation, allowed.into_iter().flatten().collect()))
}

async fn changed(app: &App, caller: &Caller, outcome: Outcome<Regulation>) -> Result<Answer> {
    let view = viewed(app, caller, outcome.value.clone()).await?;
    Answer::changed(outcome, |regulation| regulation.version, |_| view)
}

/// A value for days on which its key has none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "terms.head_maximum_years", "value": 8, "from": "2026-01-01", "to": null,
    "instrument": "Quy định 12-QĐ/TU (15/12/2025)", "article": "5", "source_note": "Bản có dấu của Văn phòng Tỉnh ủy"}))]
pub struct NewRegulation {
    /// What it is a value of: a key that the rules know.
    #[schema(max_length = 100)]
    key: String,
    /// The value, in the form of its key: see `form` of `GET /v1/regulations`.
    value: Value,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Number of the instrument.
    #[schema(max_length = 200)]
    instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    article: Option<String>,
    /// What the value was taken from.
    #[schema(max_length = 1000)]
    source_note: Option<String>,
}

/// What is said of a value, with its texts cleaned.
fn provision(
    findings: &mut Findings,
    value: Value,
    instrument: &str,
    article: Option<&str>,
    source_note: Option<&str>,
) -> Option<Provision> {
    let instrument = findings.keep(line("/instrument", instrument, 200));
    let article = findings.keep(optional_line("/article", article, 100));
    let source_note = findings.keep(optional_line("/source_note", source_note, 1000));
    Some(Provision { value, instrument: instrument?, article: article?, source_note: source_note? })
}

impl NewRegulation {
    fn checked(self) -> Result<(String, Provision, Period)> {
        let mut findings = Findings::new();
        let key = findings.keep(line("/key", &self.key, 100));
        let during = findings.keep(period("/to", self.from, self.to));
        let (article, note) = (self.article.as_deref(), self.source_note.as_deref());
        let said = provision(&mut findings, self.value, &self.instrument, article, note);
        findings.settle()?;
        key.zip(said)
            .zip(during)
            .map(|((key, said), during)| (key, said, during))
            .ok_or_else(|| Error::internal("settled"))
    }
}

/// Records a value for days that have none.
///
/// For a key that has no version on these days, or one whose value is null: not known, or left to the province. Days
/// that have a value are a 409: supersede that one. Law is the same for the whole province: who records it holds the
/// permission in all of it. Nobody has confirmed the value yet.
#[utoipa::path(operation_id = "createRegulation", tag = "regulations", security(("bearer" = ["regulations.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewRegulation,
    responses((status = 201, body = RegulationView, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/regulations")]
pub async fn create_regulation(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    send: Send,
    Json(body): Json<NewRegulation>,
) -> Result<Answer> {
    let (key, said, during) = body.checked()?;
    let caller = caller.with(send);
    let made = service::create(&app, &caller, &key, &said, during).await?;
    let view = viewed(&app, &caller, made.value.clone()).await?;
    Answer::created(made, |made| format!("/v1/regulations/{}", made.id), |made| made.version, |_| view)
}

/// That a value has been compared with the official text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"against": "Công báo số 1021 + 1022 ngày 15/7/2025", "confirmed_on": "2026-01-15"}))]
pub struct NewRegulationConfirmation {
    /// The official text that was read.
    #[schema(max_length = 400)]
    against: String,
    /// The day on which it was compared; not after today.
    confirmed_on: NaiveDate,
}

/// Confirms a value against the official text.
///
/// Once, by a person who answers for it, for the whole province. A value that is not known cannot be confirmed; one that
/// is wrong is superseded. What was known before can be read with `known_at`.
#[utoipa::path(operation_id = "confirmRegulation", tag = "regulations", security(("bearer" = ["regulations.manage"])),
    params(("id" = RegulationId, Path, description = "Id of the value"), WriteQuery, EditHeaders), request_body = NewRegulationConfirmation,
    responses((status = 200, body = RegulationView, description = "Confirmed, or, in a dry run, the effects"), WriteProblems))]
#[post("/regulations/{id}/confirm")]
pub async fn confirm_regulation(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    Path(id): Path<RegulationId>,
    edit: Edit,
    Json(body): Json<NewRegulationConfirmation>,
) -> Result<Answer> {
    let against = line("/against", &body.against, 400).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let confirmed = service::confirm(&app, &caller, id, &against, body.confirmed_on).await?;
    changed(&app, &caller, confirmed).await
}

/// A value to be put in the place of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": 24, "from": "2027-01-01", "instrument": "Nghị định 1/2026/NĐ-CP", "article": "7",
    "source_note": "Công báo", "reason": "Nghị định mới"}))]
pub struct RegulationSupersession {
    /// The value, in the form of the key; null: not known, or left to the province.
    value: Value,
    /// First day of the new value, whose days end with those of the old one; null: a correction on all of its days.
    from: Option<NaiveDate>,
    /// Number of the instrument.
    #[schema(max_length = 200)]
    instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    article: Option<String>,
    /// What the value was taken from.
    #[schema(max_length = 1000)]
    source_note: Option<String>,
    /// Why.
    #[schema(max_length = 400)]
    reason: String,
}

impl TryFrom<RegulationSupersession> for Supersession {
    type Error = Error;
    fn try_from(body: RegulationSupersession) -> Result<Self> {
        let mut findings = Findings::new();
        let (article, note) = (body.article.as_deref(), body.source_note.as_deref());
        let said = provision(&mut findings, body.value, &body.instrument, article, note);
        let reason = findings.keep(line("/reason", &body.reason, 400));
        findings.settle()?;
        let (Some(provision), Some(reason)) = (said, reason) else { return Err(Error::internal("settled")) };
        Ok(Self { provision, from: body.from, reason })
    }
}

/// Puts another value in the place of one.
///
/// From a day on: the old value keeps the days before it, and the new one, which the answer shows, has an id of its own.
/// Without `from` a correction: the same id has another value on all of its days. In both cases nobody has confirmed the
/// new value, and what was known before can be read with `known_at`. Decisions that were taken stand.
#[utoipa::path(operation_id = "supersedeRegulation", tag = "regulations", security(("bearer" = ["regulations.manage"])),
    params(("id" = RegulationId, Path, description = "Id of the value"), WriteQuery, EditHeaders), request_body = RegulationSupersession,
    responses((status = 200, body = RegulationView, description = "The new value, or, in a dry run, the effects"), WriteProblems))]
#[post("/regulations/{id}/supersede")]
pub async fn supersede_regulation(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    Path(id): Path<RegulationId>,
    edit: Edit,
    Json(body): Json<RegulationSupersession>,
) -> Result<Answer> {
    let caller = caller.with(edit);
    let superseded = service::supersede(&app, &caller, id, &body.try_into()?).await?;
    changed(&app, &caller, superseded).await
}
