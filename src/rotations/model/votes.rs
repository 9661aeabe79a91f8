//! Votes of the authority on a case.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::papers::{Paper, PaperId};
use crate::cadres::CadreId;
use crate::platform::http::page::Ref;

/// What came of a vote, by the rules that hold on its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoteOutcome {
    /// Whether it carries the case.
    pub carried: bool,
    /// How that was found, in Vietnamese.
    #[schema(max_length = 1000)]
    pub how_vi: String,
    /// The same in English.
    #[schema(max_length = 1000)]
    pub how_en: String,
    /// Instruments and articles of the rules of quorum and majority; null: none is known for the day.
    #[schema(max_length = 800)]
    pub citation: Option<String>,
    /// Whether the province has confirmed them all.
    pub confirmed: bool,
}

/// How many voted how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// Members of the body.
    #[schema(minimum = 1, maximum = 200)]
    pub members: u32,
    /// In favour.
    #[schema(minimum = 0, maximum = 200)]
    pub in_favour: u32,
    /// Against.
    #[schema(minimum = 0, maximum = 200)]
    pub against: u32,
    /// Abstained, or not valid.
    #[schema(minimum = 0, maximum = 200)]
    pub abstained: u32,
}

/// A vote of the authority on a case (biểu quyết tập thể), as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteContent {
    /// The body.
    pub body: String,
    /// When it met.
    pub held_on: NaiveDate,
    /// Members who were there.
    pub present: Vec<Ref>,
    /// Those of them who took no part, for the case is about them or theirs.
    pub excluded: Vec<Ref>,
    /// How many voted how.
    pub ballot: Ballot,
    /// Number and sign of the minutes.
    pub number: Option<String>,
    /// What came of it.
    pub outcome: VoteOutcome,
}

/// A vote of the authority on a case (biểu quyết tập thể). Sensitive.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationVote {
    /// Its id.
    pub id: PaperId,
    /// The body.
    #[schema(max_length = 200)]
    pub body: String,
    /// When it met.
    pub held_on: NaiveDate,
    /// Members who were there.
    #[schema(max_items = 200)]
    pub present: Vec<Ref>,
    /// Those of them who took no part, for the case is about them or theirs.
    #[schema(max_items = 200)]
    pub excluded: Vec<Ref>,
    /// How many voted how.
    pub ballot: Ballot,
    /// Number and sign of the minutes.
    #[schema(max_length = 100)]
    pub number: Option<String>,
    /// What came of it.
    pub outcome: VoteOutcome,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: Ref,
    /// When another took its place; null: it stands.
    pub superseded_at: Option<DateTime<Utc>>,
}

impl From<Paper<VoteContent>> for RotationVote {
    fn from(paper: Paper<VoteContent>) -> Self {
        let Paper { id, content, recorded_at, recorded_by, superseded_at, .. } = paper;
        let VoteContent { body, held_on, present, excluded, ballot, number, outcome } = content;
        Self { id, body, held_on, present, excluded, ballot, number, outcome, recorded_at, recorded_by, superseded_at }
    }
}

/// A vote to be recorded.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The body.
    pub body: String,
    /// When it met.
    pub held_on: NaiveDate,
    /// Members who were there.
    pub present: Vec<CadreId>,
    /// Those of them who took no part.
    pub excluded: Vec<CadreId>,
    /// How many voted how.
    pub ballot: Ballot,
    /// Number and sign of the minutes.
    pub number: Option<String>,
}
