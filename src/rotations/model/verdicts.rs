//! Verdicts kept with decisions.

use chrono::{DateTime, Utc};

use crate::eligibility::{Assessment, Inputs};
use crate::platform::http::page::Ref;

/// What a person of a case was held against when it was decided, and what came of it.
#[derive(Clone, Debug)]
pub struct KeptVerdict {
    /// The person.
    pub cadre: Ref,
    /// Everything compared.
    pub inputs: Inputs,
    /// What it gave.
    pub assessment: Assessment,
    /// The same, in the bytes that were kept.
    pub kept: String,
    /// When.
    pub judged_at: DateTime<Utc>,
}
