//! What callers see of the calendar: JSON, or an iCalendar object, by `Accept`.

mod ics;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, get};
use chrono::{Datelike, Months, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{CalendarEvent, CalendarEventKind, Wish};
use super::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::request::{Language, RequestInfo};
use crate::platform::http::{Answer, ListProblems, Page, Paging, Query, accept};

/// Years that a calendar may name.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;
/// Months of a span unless its last day is given.
const USUAL_MONTHS: u32 = 12;
/// Months of a span at most.
const MOST_MONTHS: u32 = 60;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_calendar_events);
}

/// In which form the events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarForm {
    /// `application/json`: unless something else is asked for.
    Json,
    /// `text/calendar`, its summaries in this language.
    File(Language),
}

impl FromRequest for CalendarForm {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(match accept::preferred(req, &[("application", "json"), ("text", "calendar")]) {
            Some(0) => Ok(Self::Json),
            Some(_) => Ok(Self::File(RequestInfo::of(req).language)),
            None => Err(Error::new(code::NOT_ACCEPTABLE)
                .detail("Có application/json và text/calendar", "There is application/json and text/calendar")),
        })
    }
}

/// The days that are asked for: from today, for a year, unless given.
fn span(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let after = |day: NaiveDate, months| day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
    let first = from.unwrap_or(today);
    let last = to.unwrap_or_else(|| after(first, USUAL_MONTHS));
    let mut findings = Findings::new();
    for (name, day) in [("from", from), ("to", to)] {
        if day.is_some_and(|day| !YEARS.contains(&day.year())) {
            findings.push(Finding::plain(name, code::OUT_OF_RANGE));
        }
    }
    if last < first {
        let say = Say::new("Ngày cuối trước ngày đầu", "The last day lies before the first");
        findings.push(Finding::new("to", code::BAD_PERIOD, say));
    } else if last > after(first, MOST_MONTHS) {
        let say = Say::new(format!("Tối đa {MOST_MONTHS} tháng"), format!("At most {MOST_MONTHS} months"));
        findings.push(Finding::new("to", code::OUT_OF_RANGE, say));
    }
    match findings.into_vec() {
        found if found.is_empty() => Ok((first, last)),
        found => Err(found.into_iter().fold(Error::new(code::INVALID_QUERY), Error::with)),
    }
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListCalendarEvents {
    /// First day; today unless given.
    #[param(example = "2026-11-23")]
    from: Option<NaiveDate>,
    /// Last day included; a year after the first unless given, five years after it at most.
    #[param(example = "2027-11-23")]
    to: Option<NaiveDate>,
    /// Of this unit and everything below it on the day, or on the day before. What holds in every unit is told too.
    unit_id: Option<Uuid>,
    /// Of one kind.
    #[param(inline)]
    kind: Option<CalendarEventKind>,
    /// Rows of a page; a calendar file has no pages.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// What comes, the next day first.
///
/// Lịch công tác cán bộ: effective days of decided cases, rotations that reach their least months, ends that are expected or
/// on record, ends of terms, retirements, courses, acts that reorganise, values of law that end. Of each kind those that the
/// caller may read otherwise, where they may. Days that follow from rules follow from those of today. iCalendar (RFC 5545) by
/// `Accept: text/calendar`: the whole span in one file, 5,000 events at most.
#[utoipa::path(operation_id = "listCalendarEvents", tag = "calendar", security(("bearer" = ["units.read"])), params(ListCalendarEvents),
    responses((status = 200, description = "A page", content((Page<CalendarEvent> = "application/json"), (String = "text/calendar"))), ListProblems))]
#[get("/calendar")]
pub async fn list_calendar_events(
    app: App,
    caller: Caller<perm::ReadUnits>,
    form: CalendarForm,
    Query(list): Query<ListCalendarEvents>,
    paging: Paging,
) -> Result<Answer> {
    let (from, to) = span(list.from, list.to, app.clock.today())?;
    let wish = Wish { from, to, unit: list.unit_id, kind: list.kind };
    match form {
        CalendarForm::File(language) => {
            let events = service::all_events(&app, &caller, &wish).await?;
            Ok(Answer::icalendar(ics::calendar(&events, app.clock.now(), language)))
        }
        CalendarForm::Json => {
            let (rows, total) = service::events(&app, &caller, &wish, &paging).await?;
            let keys = |row: &CalendarEvent| vec![row.day.to_string(), row.kind.name().to_owned(), row.id.to_string()];
            Answer::page(&paging.page(rows, total, keys, |row| row))
        }
    }
}
