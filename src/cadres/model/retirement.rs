//! When somebody retires, and by what.

use chrono::NaiveDate;

use super::FactId;

/// The last day in service, as it follows from what is known on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The day.
    pub day: NaiveDate,
    /// By what.
    pub ground: RetirementGround,
}

/// What a retirement day follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetirementGround {
    /// It was decided for the person: that stands before the schedule.
    Decided {
        /// The entry of the file that says so.
        fact: FactId,
        /// Number and sign of the decision.
        decision_number: String,
        /// Why it was decided.
        reason: String,
    },
    /// By birth and sex, from the ages of the law.
    Schedule {
        /// Instrument and article.
        citation: String,
        /// Whether the province has confirmed it.
        confirmed: bool,
    },
}
