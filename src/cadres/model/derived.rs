//! What follows from a file: each value with how it was derived, from which facts, by which rule.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DerivedName {
    /// Tuổi.
    Age,
    /// Ngày nghỉ hưu: the last day in service.
    RetirementDay,
    /// Thời gian công tác còn lại.
    MonthsRemaining,
    /// Thời gian giữ chức vụ hiện tại.
    MonthsInPost,
    /// Thời gian giữ chức vụ hiện tại và tương đương.
    MonthsInEquivalentPosts,
    /// Số nhiệm kỳ liên tiếp ở một nơi.
    ConsecutiveTerms,
    /// Người địa phương hay không.
    Native,
    /// Until when a discipline keeps the person from a higher post.
    WaitsUntil,
}

/// Whether there is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DerivedState {
    /// There is.
    Known,
    /// There is none: a fact, or the rule of the province, is missing.
    Unknown,
    /// There is none: the question does not arise.
    NotApplicable,
}

/// How a value is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DerivedUnit {
    /// A number of years.
    Years,
    /// A number of months.
    Months,
    /// A number of terms.
    Terms,
    /// A day.
    Day,
    /// `yes` or `no`.
    YesNo,
}

/// A fact that a value was derived from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsedFact {
    /// What it is: `born_on`, `appointment`, `discipline`, ...
    #[schema(max_length = 80)]
    pub what: String,
    /// Its id, where it has one.
    pub id: Option<Uuid>,
    /// What it says.
    #[schema(max_length = 400)]
    pub says: String,
}

/// A value that follows from the file, with how it was derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DerivedFact {
    /// What it is.
    pub name: DerivedName,
    /// Whether there is a value.
    pub state: DerivedState,
    /// The value, by its unit; null where there is none.
    #[schema(max_length = 40)]
    pub value: Option<String>,
    /// How to read it.
    pub unit: DerivedUnit,
    /// How it was derived, or why there is no value, in Vietnamese.
    #[schema(max_length = 1000)]
    pub how_vi: String,
    /// The same in English.
    #[schema(max_length = 1000)]
    pub how_en: String,
    /// The facts used.
    #[schema(max_items = 1000)]
    pub facts: Vec<UsedFact>,
    /// Instrument and article of the rule; null: no rule of law is used.
    #[schema(max_length = 400)]
    pub citation: Option<String>,
    /// Whether the province has confirmed the rule; null: no rule of law is used.
    pub confirmed: Option<bool>,
}

/// What follows from a file on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DerivedFacts {
    /// The day.
    pub as_of: NaiveDate,
    /// Each value once.
    #[schema(max_items = 20)]
    pub data: Vec<DerivedFact>,
}
