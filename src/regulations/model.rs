//! Parameters of rules.

mod keys;
mod ratio;
mod retirement;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::period::{Period, WirePeriod};
use crate::typed_id;

#[cfg(test)]
pub use keys::KEYS;
pub use keys::form_of;
pub use ratio::Ratio;
pub use retirement::{RetirementStep, Sex};

typed_id!(
    /// Id of the value of a key over a period, the same over all its versions.
    RegulationId
);

/// What the value of a key looks like. It may be null wherever the law leaves it open, or it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueForm {
    /// A whole number from 0 on.
    Integer,
    /// Yes or no.
    Boolean,
    /// A line of text.
    Text,
    /// A day of every year, `MM-DD`.
    MonthDay,
    /// `{"minimum", "maximum"}`.
    Bounds,
    /// `{"excellent", "good", "completed"}`: least points of each class out of 100.
    Points,
    /// `{"part", "whole"}`: a part of a whole, two of three.
    Ratio,
    /// A list of `{"from_year", "male", "female"}`: ages in months by the year in which they are reached.
    RetirementSteps,
    /// A list of lists of codes of titles: those of one list count as equal.
    TitleGroups,
}

/// What may be done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegulationAction {
    /// Confirm it against the official text.
    Confirm,
    /// Put another value in its place.
    Supersede,
}

impl RegulationAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::Confirm, Self::Supersede];
}

/// That the province has compared a value with the official text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegulationConfirmation {
    /// The official text that was read.
    #[schema(max_length = 400, example = "Công báo số 1021 + 1022 ngày 15/7/2025")]
    pub against: String,
    /// The day on which it was compared.
    pub on: NaiveDate,
    /// Who answers for it.
    #[schema(max_length = 200)]
    pub by: String,
    /// When that was recorded.
    pub at: DateTime<Utc>,
}

/// The value of a key over a period, as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regulation {
    /// Its id, the same over all its versions.
    pub id: RegulationId,
    /// `rotation.minimum_months`.
    pub key: String,
    /// A number, a text, a table, or null where it is not known.
    pub value: Value,
    /// Unit of the value.
    pub unit: Option<String>,
    /// When it holds.
    pub during: Period,
    /// Number of the instrument.
    pub instrument: String,
    /// Article.
    pub article: Option<String>,
    /// What the value was taken from.
    pub source_note: Option<String>,
    /// That the province has confirmed it against the official text.
    pub confirmation: Option<RegulationConfirmation>,
    /// What it means, Vietnamese.
    pub description_vi: String,
    /// What it means, English.
    pub description_en: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
    /// Who told.
    pub recorded_by: String,
    /// When it came to know otherwise.
    pub superseded_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i32,
}

impl Regulation {
    /// Instrument and article in one line.
    pub fn citation(&self) -> String {
        citation(&self.instrument, self.article.as_deref())
    }
}

/// What is said of a value that is to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Provision {
    /// The value.
    pub value: Value,
    /// Number of the instrument.
    pub instrument: String,
    /// Article.
    pub article: Option<String>,
    /// What the value was taken from.
    pub source_note: Option<String>,
}

/// A value to be put in the place of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Supersession {
    /// What holds then.
    pub provision: Provision,
    /// First day; none: the days of the value that it takes the place of.
    pub from: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// A key with what does not change with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The key.
    pub key: String,
    /// Unit of its values.
    pub unit: Option<String>,
    /// What it means, Vietnamese.
    pub description_vi: String,
    /// What it means, English.
    pub description_en: String,
}

/// A parameter with its citation, as rules use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter<T> {
    /// The value.
    pub value: T,
    /// Instrument and article.
    pub citation: String,
    /// Whether the province has confirmed it.
    pub confirmed: bool,
}

impl<T> Parameter<T> {
    /// The same parameter with its value read as something else.
    fn read_as<U>(&self, value: U) -> Parameter<U> {
        Parameter { value, citation: self.citation.clone(), confirmed: self.confirmed }
    }
}

/// All parameters that hold on one day.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// The day.
    pub day: NaiveDate,
    parameters: BTreeMap<String, Parameter<Value>>,
}

impl Rulebook {
    /// Of parameters.
    pub fn new(day: NaiveDate, parameters: impl IntoIterator<Item = (String, Parameter<Value>)>) -> Self {
        Self { day, parameters: parameters.into_iter().collect() }
    }

    /// A parameter as it stands: `null` included.
    pub fn get(&self, key: &str) -> Option<&Parameter<Value>> {
        self.parameters.get(key)
    }

    /// A number; none where no version holds or the value is not known.
    pub fn number(&self, key: &str) -> Option<Parameter<u32>> {
        let found = self.parameters.get(key)?;
        Some(found.read_as(u32::try_from(found.value.as_u64()?).ok()?))
    }

    /// The ages of retirement; none where no schedule holds.
    pub fn retirement(&self) -> Option<Parameter<Vec<RetirementStep>>> {
        let found = self.parameters.get("retirement.age_months")?;
        let steps: Vec<RetirementStep> = serde_json::from_value(found.value.clone()).ok()?;
        Some(found.read_as(steps)).filter(|held| !held.value.is_empty())
    }

    /// A part of a whole.
    pub fn ratio(&self, key: &str) -> Option<Parameter<Ratio>> {
        let found = self.parameters.get(key)?;
        Some(found.read_as(serde_json::from_value(found.value.clone()).ok()?))
    }

    /// Lists of codes that count as equal; none where no version holds or the value is not known.
    pub fn groups(&self, key: &str) -> Option<Parameter<Vec<Vec<String>>>> {
        let found = self.parameters.get(key)?;
        Some(found.read_as(serde_json::from_value(found.value.clone()).ok()?))
    }

    /// A word.
    pub fn text(&self, key: &str) -> Option<Parameter<String>> {
        let found = self.parameters.get(key)?;
        Some(found.read_as(found.value.as_str()?.to_owned()))
    }

    /// A yes or no.
    pub fn flag(&self, key: &str) -> Option<Parameter<bool>> {
        let found = self.parameters.get(key)?;
        Some(found.read_as(found.value.as_bool()?))
    }
}

/// Instrument and article in one line: "Nghị định 170/2025/NĐ-CP, Điều 48".
pub fn citation(instrument: &str, article: Option<&str>) -> String {
    article.map_or_else(|| instrument.to_owned(), |article| format!("{instrument}, Điều {article}"))
}

/// A value of a key over a period, as callers see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegulationView {
    /// Its id, the same over all its versions.
    pub id: RegulationId,
    /// What it is a value of.
    #[schema(max_length = 100, example = "rotation.minimum_months")]
    pub key: String,
    /// What values of the key look like; null for a key that this version of canbo does not know.
    pub form: Option<ValueForm>,
    /// The value, in that form; null where it is not known or left to the province: then no rule refuses for it.
    pub value: Value,
    /// Unit of the value.
    #[schema(max_length = 40)]
    pub unit: Option<String>,
    /// When it holds.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Number of the instrument.
    #[schema(max_length = 200)]
    pub instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    pub article: Option<String>,
    /// What the value was taken from.
    #[schema(max_length = 1000)]
    pub source_note: Option<String>,
    /// Whether the province has confirmed it against the official text.
    pub confirmed: bool,
    /// Who confirmed it, against what, when; null before.
    pub confirmation: Option<RegulationConfirmation>,
    /// What it means, Vietnamese.
    #[schema(max_length = 2000)]
    pub description_vi: String,
    /// What it means, English.
    #[schema(max_length = 2000)]
    pub description_en: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
    /// Who told.
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When it came to know otherwise; null for what is known now.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<RegulationAction>,
    /// Counts its changes.
    pub version: i32,
}

impl RegulationView {
    /// A value with what its reader may do with it.
    pub fn of(regulation: Regulation, allowed_actions: Vec<RegulationAction>) -> Self {
        let Regulation {
            id,
            key,
            value,
            unit,
            during,
            instrument,
            article,
            source_note,
            confirmation,
            description_vi,
            description_en,
            recorded_at,
            recorded_by,
            superseded_at,
            version,
        } = regulation;
        Self {
            id,
            form: form_of(&key),
            key,
            value,
            unit,
            during,
            instrument,
            article,
            source_note,
            confirmed: confirmation.is_some(),
            confirmation,
            description_vi,
            description_en,
            recorded_at,
            recorded_by,
            superseded_at,
            allowed_actions,
            version,
        }
    }
}
