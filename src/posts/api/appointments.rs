//! Appointments to posts, flat.

use actix_web::get;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, ListProblems, Page, Paging, Path, Query, ReadProblems};
use crate::posts::model::{Appointment, AppointmentId, PostId};
use crate::posts::service;
use crate::posts::store::AppointmentFilter;

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListAppointments {
    /// Those of one person.
    cadre_id: Option<Uuid>,
    /// Those to one post.
    post_id: Option<PostId>,
    /// Those to posts in this unit and everything below it on the day.
    unit_id: Option<Uuid>,
    /// Only those that hold on this day; all, seen from today, unless given.
    as_of: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Appointments, newest first.
///
/// Without `as_of` all of them, past, current and future, each with its `timeline`; with it, those that hold on that
/// day. Only posts of the caller's units are seen.
#[utoipa::path(operation_id = "listAppointments", tag = "posts", security(("bearer" = ["posts.read"])), params(ListAppointments),
    responses((status = 200, body = Page<Appointment>, description = "A page"), ListProblems))]
#[get("/appointments")]
pub async fn list_appointments(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Query(list): Query<ListAppointments>,
    paging: Paging,
) -> Result<Answer> {
    let (on_the_day, day) = (list.as_of.is_some(), list.as_of.unwrap_or_else(|| app.clock.today()));
    let filter = AppointmentFilter { day, on_the_day, cadre: list.cadre_id, post: list.post_id, unit: list.unit_id };
    let (rows, total) = service::appointments(&app, &caller, filter, &paging).await?;
    Answer::page(&paging.page(rows, total, Appointment::keys, |row| row))
}

/// One appointment.
///
/// One version: who holds which post from when to when, by which decision.
#[utoipa::path(operation_id = "getAppointment", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = AppointmentId, Path, description = "Id of the appointment")),
    responses((status = 200, body = Appointment, description = "The appointment"), ReadProblems))]
#[get("/appointments/{id}")]
pub async fn get_appointment(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Path(id): Path<AppointmentId>,
) -> Result<Answer> {
    let appointment = service::appointment(&app, &caller, id).await?;
    Answer::found(appointment.version, &appointment)
}
