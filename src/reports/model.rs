//! Figures and shares, and the two reports.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::http::page::Ref;
use crate::rotations::{Direction, MoveKind};
use crate::training::TrainingKind;

#[cfg(test)]
mod tests;

/// What the rows of the report on rotations are broken down by, beside the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationGroup {
    /// By direction.
    Direction,
    /// By year of taking effect.
    Year,
    /// By administrative unit: that of the post entered, where it is of the report's unit, else that of the post left.
    Unit,
}

impl RotationGroup {
    /// As in JSON and in the heads of tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Year => "year",
            // Beside the column of the report's own unit.
            Self::Unit => "row_unit",
        }
    }
}

/// What the rows of the report on training are broken down by, beside the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainingGroup {
    /// By level.
    Level,
    /// By administrative unit: that of the person's full-time post on the day of the result.
    Unit,
}

impl TrainingGroup {
    /// As in the heads of tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Unit => "row_unit",
        }
    }
}

/// In which units rows by unit are told. What is counted is the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFrame {
    /// In those of the day of each event.
    Then,
    /// In those of today: a unit that went into another is told as that one, a divided one as the one with its main part.
    /// A unit without a successor, as a district, is told as it was.
    Now,
}

/// How the rows of a report are told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<G> {
    /// What they are broken down by.
    pub group: G,
    /// In which units.
    pub frame: ReportFrame,
    /// The day of the reading.
    pub today: NaiveDate,
}

/// The part of the record that a report counts.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The unit; everything below it on the day of an event counts too.
    pub unit: Uuid,
    /// First day.
    pub from: NaiveDate,
    /// Last day included.
    pub to: NaiveDate,
}

/// Turns and persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    /// Lượt người.
    #[schema(minimum = 0)]
    pub turns: i64,
    /// Người.
    #[schema(minimum = 0)]
    pub persons: i64,
}

/// A part of a total.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportShare)]
pub struct Share {
    /// Lượt người.
    #[schema(minimum = 0)]
    pub turns: i64,
    /// Người.
    #[schema(minimum = 0)]
    pub persons: i64,
    /// Of the turns in all; null where there are none.
    #[schema(minimum = 0, maximum = 100, example = 33.3)]
    pub turns_percent: Option<f64>,
    /// Of the persons in all; null where there are none.
    #[schema(minimum = 0, maximum = 100, example = 33.3)]
    pub persons_percent: Option<f64>,
}

/// A part of a total that shows only to those who may see sensitive fields; all null to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SensitiveShare {
    /// Lượt người.
    #[schema(minimum = 0)]
    pub turns: Option<i64>,
    /// Người.
    #[schema(minimum = 0)]
    pub persons: Option<i64>,
    /// Of the turns in all.
    #[schema(minimum = 0, maximum = 100)]
    pub turns_percent: Option<f64>,
    /// Of the persons in all.
    #[schema(minimum = 0, maximum = 100)]
    pub persons_percent: Option<f64>,
}

/// What is counted of one row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// All.
    pub total: Count,
    /// Women.
    pub women: Share,
    /// Any ethnic group but the Kinh. Sensitive.
    pub minority: SensitiveShare,
    /// In planning (quy hoạch) for any title on the day.
    pub in_planning: Share,
}

/// Counts as they come from the database.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// All.
    pub total: Count,
    /// Women.
    pub women: Count,
    /// Any ethnic group but the Kinh.
    pub minority: Count,
    /// In planning on the day.
    pub in_planning: Count,
    /// Whether the caller may see the sensitive fields of everybody who is counted.
    pub open: bool,
}

/// A part of a whole in percent, to one decimal, half up; nothing of nothing.
pub fn percent(part: i64, whole: i64) -> Option<f64> {
    if whole <= 0 {
        return None;
    }
    let tenths = part.checked_mul(2000)?.checked_add(whole)?.checked_div(whole.checked_mul(2)?)?;
    Some(f64::from(i32::try_from(tenths).ok()?) / 10.0)
}

impl Share {
    fn of(part: Count, whole: Count) -> Self {
        Self {
            turns: part.turns,
            persons: part.persons,
            turns_percent: percent(part.turns, whole.turns),
            persons_percent: percent(part.persons, whole.persons),
        }
    }
}

impl From<Share> for SensitiveShare {
    fn from(share: Share) -> Self {
        let Share { turns, persons, turns_percent, persons_percent } = share;
        Self { turns: Some(turns), persons: Some(persons), turns_percent, persons_percent }
    }
}

impl Figures {
    /// The shares of a tally; the sensitive ones only where the caller may see those fields of everybody counted. So a
    /// count of one says nothing new, and neither does what is left when one row is taken from another: rows that are
    /// told hold nobody of whom the fields are hidden.
    pub fn of(tally: &Tally) -> Self {
        let share = |part| Share::of(part, tally.total);
        Self {
            total: tally.total,
            women: share(tally.women),
            minority: if tally.open { share(tally.minority).into() } else { SensitiveShare::default() },
            in_planning: share(tally.in_planning),
        }
    }
}

/// Moves of one kind, in one direction, year or unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationReportRow {
    /// Kind of the moves.
    pub kind: MoveKind,
    /// Direction; null unless the report is by direction.
    pub direction: Option<Direction>,
    /// Year of taking effect; null unless the report is by year.
    #[schema(minimum = 1900, maximum = 2999)]
    pub year: Option<i32>,
    /// Administrative unit, by the name of its frame; null unless the report is by unit.
    pub unit: Option<Ref>,
    /// What is counted.
    pub figures: Figures,
}

/// All moves of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationReportKind {
    /// The kind.
    pub kind: MoveKind,
    /// What is counted.
    pub figures: Figures,
}

/// Moves that took effect in a period and touch a unit or what is below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationReport {
    /// First day.
    pub from: NaiveDate,
    /// Last day included.
    pub to: NaiveDate,
    /// The unit, by its latest name.
    pub unit: Ref,
    /// What the rows are broken down by, beside the kind.
    pub group: RotationGroup,
    /// In which units rows by unit are told.
    pub frame: ReportFrame,
    /// By kind, then direction, year or unit; a row for what there is.
    #[schema(max_items = 20000)]
    pub rows: Vec<RotationReportRow>,
    /// By kind. Persons do not add up: one may be in several rows.
    #[schema(max_items = 5)]
    pub kinds: Vec<RotationReportKind>,
    /// All kinds together.
    pub overall: Figures,
}

/// Passes of one kind, at one level or in one unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingReportRow {
    /// Kind of the training.
    pub kind: TrainingKind,
    /// Level that a pass gives; null unless the report is by level.
    #[schema(max_length = 200, example = "advanced")]
    pub level: Option<String>,
    /// Administrative unit, by the name of its frame; null unless the report is by unit.
    pub unit: Option<Ref>,
    /// What is counted.
    pub figures: Figures,
}

/// All passes of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingReportKind {
    /// The kind.
    pub kind: TrainingKind,
    /// What is counted.
    pub figures: Figures,
}

/// Courses passed in a period by people who then held a full-time post in a unit or below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingReport {
    /// First day.
    pub from: NaiveDate,
    /// Last day included.
    pub to: NaiveDate,
    /// The unit, by its latest name.
    pub unit: Ref,
    /// What the rows are broken down by, beside the kind.
    pub group: TrainingGroup,
    /// In which units rows by unit are told.
    pub frame: ReportFrame,
    /// By kind, then level or unit; a row for what there is.
    #[schema(max_items = 50000)]
    pub rows: Vec<TrainingReportRow>,
    /// By kind. Persons do not add up: one may be in several rows.
    #[schema(max_items = 12)]
    pub kinds: Vec<TrainingReportKind>,
    /// All kinds together.
    pub overall: Figures,
}
