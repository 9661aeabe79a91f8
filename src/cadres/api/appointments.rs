//! What a person holds and held.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ListOfPerson;
use crate::cadres::model::{CadreId, InitialAppointment};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::posts::{Appointment, AppointmentCorrection, AppointmentId, Basis, PostId};

/// An appointment that the person has or had already; one that begins later needs a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"post_id": "01994f7e-0000-7000-8000-000000000004", "from": "2025-07-01", "to": null, "basis": "designated",
    "decision_number": "12-QĐ/TU", "decided_on": "2025-06-25"}))]
pub struct NewCadreAppointment {
    /// The post.
    post_id: PostId,
    /// First day, today at the latest.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Whether it is their one full-time post; as the post is, unless given.
    full_time: Option<bool>,
    /// How they came to it.
    basis: Basis,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
    /// When it was decided.
    decided_on: Option<NaiveDate>,
    /// Decided although the post was frozen; no unless given.
    special_case: Option<bool>,
}

impl TryFrom<NewCadreAppointment> for InitialAppointment {
    type Error = Error;
    fn try_from(body: NewCadreAppointment) -> Result<Self> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", body.from, body.to));
        let number = findings.keep(optional_line("/decision_number", body.decision_number.as_deref(), 100));
        findings.settle()?;
        let (Some(during), Some(decision_number)) = (during, number) else { return Err(Error::internal("settled")) };
        let NewCadreAppointment { post_id, full_time, basis, decided_on, special_case, .. } = body;
        let special_case = special_case.unwrap_or(false);
        Ok(Self { post_id, during, full_time, basis, decision_number, decided_on, special_case })
    }
}

/// What should have been recorded of an appointment. The whole of it anew, but for the post, which stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2025-08-01", "to": null, "full_time": true, "basis": "designated",
    "decision_number": "12-QĐ/TU", "reason": "Nhập sai ngày hiệu lực"}))]
pub struct CadreAppointmentCorrection {
    /// First day, today at the latest.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Whether it is their one full-time post.
    full_time: bool,
    /// How they came to it.
    basis: Basis,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    decision_number: Option<String>,
    /// When it was decided.
    decided_on: Option<NaiveDate>,
    /// Why it ended.
    #[schema(max_length = 400)]
    end_reason: Option<String>,
    /// Why what was recorded is not right.
    #[schema(max_length = 400)]
    reason: String,
}

impl TryFrom<CadreAppointmentCorrection> for (AppointmentCorrection, String) {
    type Error = Error;
    fn try_from(body: CadreAppointmentCorrection) -> Result<Self> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", body.from, body.to));
        let number = findings.keep(optional_line("/decision_number", body.decision_number.as_deref(), 100));
        let ended = findings.keep(optional_line("/end_reason", body.end_reason.as_deref(), 400));
        let reason = findings.keep(line("/reason", &body.reason, 400));
        findings.settle()?;
        let (Some(during), Some(decision_number), Some(end_reason), Some(reason)) = (during, number, ended, reason)
        else {
            return Err(Error::internal("settled"));
        };
        let CadreAppointmentCorrection { full_time, basis, decided_on, .. } = body;
        Ok((AppointmentCorrection { during, full_time, basis, decision_number, decided_on, end_reason }, reason))
    }
}

/// When and why an appointment ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"last_on": "2026-12-31", "reason": "Nghỉ hưu"}))]
pub struct AppointmentEnd {
    /// Last day included.
    last_on: NaiveDate,
    /// Why it ends.
    #[schema(max_length = 400)]
    reason: String,
}

/// What a person holds, held and will hold, newest first, wherever the posts are.
///
/// The whole career in order, with posts outside the caller's units: who may see a person may see what they held.
#[utoipa::path(operation_id = "listCadreAppointments", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Appointment>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/appointments")]
pub async fn list_cadre_appointments(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::appointments(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Appointment::keys, |row| row))
}

/// Records that a person holds or held a post. Where it is full-time and holds today, their file goes to its unit.
///
/// For careers of the past and for posts that hold today. A future appointment needs a rotation case. 409 when somebody
/// holds the post, or the person another full-time post, on a day of the period.
#[utoipa::path(operation_id = "createCadreAppointment", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewCadreAppointment,
    responses((status = 201, body = Appointment, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/appointments")]
pub async fn create_cadre_appointment(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewCadreAppointment>,
) -> Result<Answer> {
    let made = service::record_appointment(&app, &caller.with(send), id, &body.try_into()?).await?;
    Answer::created(made, |held| format!("/v1/appointments/{}", held.id), |held| held.version, |held| held)
}

/// Corrects what was recorded of an appointment: it is superseded, with the reason.
///
/// The whole entry anew, but for the post; a wrong post is withdrawn and recorded anew. 409 where a case opened or ended
/// it, and when somebody else holds the post, or the person another full-time post, on a day of the period.
#[utoipa::path(operation_id = "correctCadreAppointment", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("appointment_id" = AppointmentId, Path, description = "Id of the appointment"), WriteQuery, EditHeaders),
    request_body = CadreAppointmentCorrection,
    responses((status = 200, body = Appointment, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/appointments/{appointment_id}/correct")]
pub async fn correct_cadre_appointment(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, AppointmentId)>,
    edit: Edit,
    Json(body): Json<CadreAppointmentCorrection>,
) -> Result<Answer> {
    let (right, reason) = body.try_into()?;
    let corrected = service::correct_appointment(&app, &caller.with(edit), cadre, id, &right, &reason).await?;
    Answer::changed(corrected, |held| held.version, |held| held)
}

/// Ends an appointment outside a case: the person retires, leaves, is relieved.
///
/// The last day lies within the appointment; from the next the post is vacant. Who goes to another post needs a case.
#[utoipa::path(operation_id = "endCadreAppointment", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("appointment_id" = AppointmentId, Path, description = "Id of the appointment"), WriteQuery, EditHeaders),
    request_body = AppointmentEnd,
    responses((status = 200, body = Appointment, description = "Ended, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/appointments/{appointment_id}/end")]
pub async fn end_cadre_appointment(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, AppointmentId)>,
    edit: Edit,
    Json(body): Json<AppointmentEnd>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 400).map_err(|finding| Error::refused(vec![finding]))?;
    let ended = service::end_appointment(&app, &caller.with(edit), cadre, id, body.last_on, &reason).await?;
    Answer::changed(ended, |held| held.version, |held| held)
}
