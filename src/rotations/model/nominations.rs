//! Whom the units propose for a case (đề xuất nhân sự), before the slate is made of them and of others.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::papers::{Paper, PaperContent, PaperId, PaperKind, person};
use crate::cadres::CadreId;
use crate::platform::http::page::Ref;
use crate::posts::{PostId, TitleId};

/// Whom a unit proposes, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NominationContent {
    /// The unit that keeps the person's file.
    pub unit: Ref,
    /// The title that the person is proposed for.
    pub title: Option<Ref>,
    /// The very post.
    pub post: Option<Ref>,
    /// Why.
    pub reason: String,
    /// When the unit proposed it.
    pub nominated_on: NaiveDate,
    /// Number and sign of its letter.
    pub number: Option<String>,
}

/// Whom a unit proposes for a case. Sensitive.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationNomination {
    /// Its id.
    pub id: PaperId,
    /// Who is proposed.
    pub cadre: Ref,
    /// The unit that proposes: the one that keeps the person's file.
    pub unit: Ref,
    /// The title that the person is proposed for; null: whichever the authority sees fit.
    pub title: Option<Ref>,
    /// The very post; null: any of the title.
    pub post: Option<Ref>,
    /// Why.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// When the unit proposed it.
    pub nominated_on: NaiveDate,
    /// Number and sign of its letter.
    #[schema(max_length = 100)]
    pub number: Option<String>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: Ref,
    /// When another took its place; null: it stands.
    pub superseded_at: Option<DateTime<Utc>>,
}

impl From<Paper<NominationContent>> for RotationNomination {
    fn from(paper: Paper<NominationContent>) -> Self {
        let Paper { id, cadre, content, recorded_at, recorded_by, superseded_at } = paper;
        let NominationContent { unit, title, post, reason, nominated_on, number } = content;
        let cadre = person(cadre);
        Self { id, cadre, unit, title, post, reason, nominated_on, number, recorded_at, recorded_by, superseded_at }
    }
}

/// A nomination to be recorded.
#[derive(Clone, Debug)]
pub struct Nomination {
    /// Who is proposed.
    pub cadre_id: CadreId,
    /// The title that the person is proposed for.
    pub title_id: Option<TitleId>,
    /// The very post.
    pub post_id: Option<PostId>,
    /// Why.
    pub reason: String,
    /// When the unit proposed it.
    pub nominated_on: NaiveDate,
    /// Number and sign of its letter.
    pub number: Option<String>,
}

impl PaperContent for NominationContent {
    const KIND: PaperKind = PaperKind::Nomination;
    const RECORDING: &'static str = "record_rotation_nomination";
    const LISTING: &'static str = "list_rotation_nominations";
}
