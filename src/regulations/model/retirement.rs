//! What the law of retirement speaks of: sex, and ages by the year in which they are reached.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Sex, as in the record: the law of retirement knows two ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Sex {
    /// As in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    /// The value of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Male, Self::Female].into_iter().find(|sex| sex.name() == name)
    }
}

/// The ages that count from a year on, as in the regulation `retirement.age_months`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetirementStep {
    /// The year in which the age is reached.
    pub from_year: i32,
    /// Age of men, months.
    #[serde(alias = "male")]
    pub male_months: u32,
    /// Age of women, months.
    #[serde(alias = "female")]
    pub female_months: u32,
}

impl RetirementStep {
    /// The age of one sex, months.
    pub fn months(&self, sex: Sex) -> i32 {
        let months = match sex {
            Sex::Male => self.male_months,
            Sex::Female => self.female_months,
        };
        i32::try_from(months).unwrap_or(i32::MAX / 2)
    }
}
