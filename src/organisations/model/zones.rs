//! In which zone an administrative unit is, and since when.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::typed_id;

typed_id!(
    /// Id of a zone of a unit, the same over all its versions.
    UnitZoneId
);

named! {
    /// Mountain and minority areas (vùng đồng bào dân tộc thiểu số và miền núi) by how far they have come; III is the
    /// hardest.
    Zone {
        /// Khu vực I.
        I "i",
        /// Khu vực II.
        Ii "ii",
        /// Khu vực III.
        Iii "iii",
    }
}

/// That a unit is in a zone for a time, by decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitZone {
    /// Its id.
    pub id: UnitZoneId,
    /// The zone.
    pub zone: Zone,
    /// When.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands today.
    pub timeline: Timeline,
    /// Number and sign of the decision.
    #[schema(max_length = 100, example = "861/QĐ-TTg")]
    pub decision_number: String,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// Counts its corrections.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Who recorded it so.
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
}

/// What is said of a unit's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneText {
    /// The zone.
    pub zone: Zone,
    /// When; its first day is known.
    pub during: Period,
    /// Number and sign of the decision.
    pub decision_number: String,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
}

impl ZoneText {
    /// What is said by now.
    pub fn of(zone: &UnitZone) -> Self {
        let UnitZone { zone, during, decision_number, decided_on, .. } = zone.clone();
        Self { zone, during, decision_number, decided_on }
    }
}
