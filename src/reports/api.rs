//! What callers see of the reports: JSON, or a table for spreadsheets, by `Accept`.

mod form;

use actix_web::get;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use self::form::{Table, Wanted};
use super::model::{Figures, ReportFrame, RotationGroup, RotationReport, Span, Telling, TrainingGroup, TrainingReport};
use super::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::{Answer, Query, ReadProblems};

/// Years that a report may name.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(get_rotation_report).service(get_training_report);
}

/// Parses the days and the unit of a report.
fn span(from: NaiveDate, to: NaiveDate, unit: Uuid) -> Result<Span> {
    let mut findings = Findings::new();
    for (name, day) in [("from", from), ("to", to)] {
        if !YEARS.contains(&day.year()) {
            findings.push(Finding::plain(name, code::OUT_OF_RANGE));
        }
    }
    if to < from {
        let say = Say::new("Ngày cuối trước ngày đầu", "The last day lies before the first");
        findings.push(Finding::new("to", code::BAD_PERIOD, say));
    }
    match findings.into_vec() {
        found if found.is_empty() => Ok(Span { unit, from, to }),
        found => Err(found.into_iter().fold(Error::new(code::INVALID_QUERY), Error::with)),
    }
}

fn telling<G>(app: &App, group: G, frame: Option<ReportFrame>) -> Telling<G> {
    Telling { group, frame: frame.unwrap_or(ReportFrame::Then), today: app.clock.today() }
}

/// Parameters of the report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetRotationReport {
    /// First day on which a move took effect.
    #[param(example = "2017-01-01")]
    from: NaiveDate,
    /// Last day included.
    #[param(example = "2026-12-31")]
    to: NaiveDate,
    /// The unit: moves that touch it or what stood below it that day.
    unit_id: Uuid,
    /// What the rows are broken down by, beside the kind; `direction` unless given.
    group: Option<RotationGroup>,
    /// In which units rows by unit are told; `then` unless given. The totals are the same.
    frame: Option<ReportFrame>,
}

/// Moves that took effect in a period, by kind and direction, with women, minorities and people in planning.
///
/// Turns, people and moves between the two days, both included, in the unit and everything below it as it stood then.
/// `group=unit` tells them by administrative unit, in the frame of each day or, with `frame=now`, in today's units,
/// translated along the lineage. CSV by `Accept: text/csv`.
#[utoipa::path(operation_id = "getRotationReport", tag = "reports", security(("bearer" = ["reports.read"])), params(GetRotationReport),
    responses((status = 200, description = "The report", content((RotationReport = "application/json"), (String = "text/csv"))), ReadProblems))]
#[get("/reports/rotations")]
pub async fn get_rotation_report(
    app: App,
    caller: Caller<perm::ReadReports>,
    wanted: Wanted,
    Query(ask): Query<GetRotationReport>,
) -> Result<Answer> {
    let span = span(ask.from, ask.to, ask.unit_id)?;
    let group = ask.group.unwrap_or(RotationGroup::Direction);
    let report = service::rotations(&app, &caller, span, telling(&app, group, ask.frame)).await?;
    wanted.answer(&report, rotation_table)
}

/// Parameters of the report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetTrainingReport {
    /// First day of a result.
    #[param(example = "2015-01-01")]
    from: NaiveDate,
    /// Last day included.
    #[param(example = "2026-12-31")]
    to: NaiveDate,
    /// The unit: people who held a full-time post in it or below it on the day of the result.
    unit_id: Uuid,
    /// What the rows are broken down by, beside the kind; `level` unless given.
    group: Option<TrainingGroup>,
    /// In which units rows by unit are told; `then` unless given. The totals are the same.
    frame: Option<ReportFrame>,
}

/// Courses passed in a period, by kind and level, with women, minorities and people in planning.
///
/// Passes between the two days, both included, of people who held a full-time post in the unit then. `group=unit` tells
/// them by administrative unit, in the frame of each day or, with `frame=now`, in today's units. CSV by
/// `Accept: text/csv`.
#[utoipa::path(operation_id = "getTrainingReport", tag = "reports", security(("bearer" = ["reports.read"])), params(GetTrainingReport),
    responses((status = 200, description = "The report", content((TrainingReport = "application/json"), (String = "text/csv"))), ReadProblems))]
#[get("/reports/training")]
pub async fn get_training_report(
    app: App,
    caller: Caller<perm::ReadReports>,
    wanted: Wanted,
    Query(ask): Query<GetTrainingReport>,
) -> Result<Answer> {
    let (span, group) = (span(ask.from, ask.to, ask.unit_id)?, ask.group.unwrap_or(TrainingGroup::Level));
    let report = service::training(&app, &caller, span, telling(&app, group, ask.frame)).await?;
    wanted.answer(&report, training_table)
}

/// The columns of [`cells`], in their order.
const FIGURES: [&str; 14] = [
    "turns",
    "persons",
    "women_turns",
    "women_persons",
    "women_turns_percent",
    "women_persons_percent",
    "minority_turns",
    "minority_persons",
    "minority_turns_percent",
    "minority_persons_percent",
    "in_planning_turns",
    "in_planning_persons",
    "in_planning_turns_percent",
    "in_planning_persons_percent",
];

/// What is counted, as cells; a figure that may not be seen, or a share of nothing, is empty.
fn cells(figures: &Figures) -> Vec<String> {
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let share = |value: Option<f64>| value.map(|value| format!("{value:.1}")).unwrap_or_default();
    let Figures { total, women, minority, in_planning } = figures;
    let mut cells = vec![total.turns.to_string(), total.persons.to_string()];
    for part in [(*women).into(), *minority, (*in_planning).into()] {
        cells.extend([number(part.turns), number(part.persons)]);
        cells.extend([share(part.turns_percent), share(part.persons_percent)]);
    }
    cells
}

/// The first columns say what a row counts: `detail`, `kind` or `overall`, of which unit and days.
fn rotation_table(report: &RotationReport) -> Table {
    let head = ["row", "unit", "from", "to", "kind", report.group.name()];
    let mut table = Table::headed(head.into_iter().chain(FIGURES));
    let mut add = |row: &str, kind: &str, detail: String, figures: &Figures| {
        let (unit, from, to) = (report.unit.label.clone(), report.from.to_string(), report.to.to_string());
        table.row([row.to_owned(), unit, from, to, kind.to_owned(), detail].into_iter().chain(cells(figures)));
    };
    for row in &report.rows {
        let year = row.year.map(|year| year.to_string()).unwrap_or_default();
        let detail = row.direction.map(|direction| direction.name().to_owned());
        let detail = detail.or_else(|| row.unit.as_ref().map(|unit| unit.label.clone())).unwrap_or(year);
        add("detail", row.kind.name(), detail, &row.figures);
    }
    for row in &report.kinds {
        add("kind", row.kind.name(), String::new(), &row.figures);
    }
    add("overall", "", String::new(), &report.overall);
    table
}

fn training_table(report: &TrainingReport) -> Table {
    let head = ["row", "unit", "from", "to", "kind", report.group.name()];
    let mut table = Table::headed(head.into_iter().chain(FIGURES));
    let mut add = |row: &str, kind: &str, level: &str, figures: &Figures| {
        let (unit, from, to) = (report.unit.label.clone(), report.from.to_string(), report.to.to_string());
        table
            .row([row.to_owned(), unit, from, to, kind.to_owned(), level.to_owned()].into_iter().chain(cells(figures)));
    };
    for row in &report.rows {
        let unit = row.unit.as_ref().map(|unit| unit.label.as_str());
        add("detail", row.kind.name(), row.level.as_deref().or(unit).unwrap_or_default(), &row.figures);
    }
    for row in &report.kinds {
        add("kind", row.kind.name(), "", &row.figures);
    }
    add("overall", "", "", &report.overall);
    table
}
