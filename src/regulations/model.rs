//! Parameters of rules.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::period::{Period, WirePeriod};

/// One version of one parameter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Regulation {
    /// Its id.
    pub id: Uuid,
    /// `rotation.minimum_months`.
    #[schema(max_length = 100)]
    pub key: String,
    /// A number, a text, a table, or null where it is not known.
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
    /// What it means, Vietnamese.
    #[schema(max_length = 2000)]
    pub description_vi: String,
    /// What it means, English.
    #[schema(max_length = 2000)]
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
        let value = u32::try_from(found.value.as_u64()?).ok()?;
        Some(Parameter { value, citation: found.citation.clone(), confirmed: found.confirmed })
    }

    /// A yes or no.
    pub fn flag(&self, key: &str) -> Option<Parameter<bool>> {
        let found = self.parameters.get(key)?;
        Some(Parameter { value: found.value.as_bool()?, citation: found.citation.clone(), confirmed: found.confirmed })
    }
}

/// Instrument and article in one line: "Nghị định 170/2025/NĐ-CP, Điều 48".
pub fn citation(instrument: &str, article: Option<&str>) -> String {
    article.map_or_else(|| instrument.to_owned(), |article| format!("{instrument}, Điều {article}"))
}
