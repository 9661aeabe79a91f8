//! The whole file of a person, as it was on a day, as it was known on an instant.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Assessment, Cadre, DerivedFact, Discipline, HealthCertificate, Membership, Particular, Planning, Qualification,
    Rank, Relative, Residence, Reward,
};
use crate::catalogues::CatalogueItem;
use crate::posts::Appointment;

/// A code that the profile uses, with the official list that it is of and when it was valid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CodeUsed {
    /// Name of the catalogue.
    #[schema(max_length = 80, example = "ethnic_groups")]
    pub catalogue: &'static str,
    /// Its row there: labels, official code and list, validity.
    pub item: CatalogueItem,
}

/// Everything about a person, as of a day, as known on an instant. Sensitive parts are absent without the permission for
/// them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Profile {
    /// The day that dated entries are seen from.
    pub as_of: NaiveDate,
    /// Only what was recorded by this instant; null: everything.
    pub known_at: Option<DateTime<Utc>>,
    /// The record, its unit by the name on the day.
    pub cadre: Cadre,
    /// What the person holds on the day, full-time or not, by the names on the day.
    #[schema(max_items = 100)]
    pub posts: Vec<Appointment>,
    /// Every appointment, newest first, by the names that units had then.
    #[schema(max_items = 1000)]
    pub career: Vec<Appointment>,
    /// Newest first.
    #[schema(max_items = 1000)]
    pub qualifications: Vec<Qualification>,
    /// Newest first.
    #[schema(max_items = 1000)]
    pub plannings: Vec<Planning>,
    /// Classes by year, newest first.
    #[schema(max_items = 1000)]
    pub assessments: Vec<Assessment>,
    /// Newest first.
    #[schema(max_items = 1000)]
    pub rewards: Vec<Reward>,
    /// Newest first.
    #[schema(max_items = 1000)]
    pub ranks: Vec<Rank>,
    /// Newest first. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub disciplines: Option<Vec<Discipline>>,
    /// Newest first. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub memberships: Option<Vec<Membership>>,
    /// Newest first. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub health_certificates: Option<Vec<HealthCertificate>>,
    /// The family. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub relatives: Option<Vec<Relative>>,
    /// Newest first. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub residences: Option<Vec<Residence>>,
    /// The other fields of the form 2C. Sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub particulars: Option<Vec<Particular>>,
    /// What follows from it on the day. What follows from disciplines is absent where those are.
    #[schema(max_items = 20)]
    pub derived: Vec<DerivedFact>,
    /// The codes used above, each once.
    #[schema(max_items = 1000)]
    pub codes: Vec<CodeUsed>,
}
