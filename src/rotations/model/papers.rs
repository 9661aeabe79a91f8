//! What the steps of a case yield: papers (văn bản, biên bản) on a person of the case, or on the case. The content of a
//! paper stays in the file that it names; canbo keeps what it says and where it is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RotationMove;
use super::dossier::DossierItem;
use super::votes::VoteContent;
use crate::cadres::CadreId;
use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::typed_id;

typed_id!(
    /// Id of a paper of a case.
    PaperId
);

named! {
    /// What kind of paper.
    PaperKind {
        /// The people proposed, as they were proposed.
        Slate "slate",
        /// Whom a unit proposes.
        Nomination "nomination",
        /// Kết luận tiêu chuẩn chính trị.
        Conclusion "conclusion",
        /// Ý kiến of a unit.
        Opinion "opinion",
        /// Gặp gỡ cán bộ.
        Interview "interview",
        /// Biểu quyết of the authority.
        Vote "vote",
        /// Kết quả bầu cử.
        Election "election",
        /// Trường hợp đặc biệt.
        Waiver "waiver",
        /// A paper of the dossier.
        Document "document",
        /// Nhận xét, đánh giá of the destination.
        Evaluation "evaluation",
        /// Tự kiểm điểm.
        SelfReview "self_review",
        /// Gia hạn.
        Extension "extension",
        /// Kết luận, bố trí sau luân chuyển.
        Placement "placement",
    }
}

impl PaperKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Slate,
        Self::Nomination,
        Self::Conclusion,
        Self::Opinion,
        Self::Interview,
        Self::Vote,
        Self::Election,
        Self::Waiver,
        Self::Document,
        Self::Evaluation,
        Self::SelfReview,
        Self::Extension,
        Self::Placement,
    ];
}

named! {
    /// Which unit says it.
    OpinionSide {
        /// Nơi đi.
        Origin "origin",
        /// Nơi đến.
        Destination "destination",
    }
}

/// A paper as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paper<C> {
    /// Its id.
    pub id: PaperId,
    /// Whom it is about; none: the case.
    pub cadre: Option<Ref>,
    /// What it says.
    pub content: C,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: Ref,
    /// When another took its place.
    pub superseded_at: Option<DateTime<Utc>>,
}

impl<C> Paper<C> {
    /// Sort keys of a page, newest first.
    pub fn keys(&self) -> Vec<String> {
        vec![self.recorded_at.to_rfc3339(), self.id.to_string()]
    }
}

/// What a kind of paper says.
pub trait PaperContent: Serialize + DeserializeOwned + Clone {
    /// The kind.
    const KIND: PaperKind;
    /// Recording one, for the audit record.
    const RECORDING: &'static str;
    /// Reading a list of them, for the audit record.
    const LISTING: &'static str;

    /// What there is one of at a time; none: any number.
    fn slot(&self, cadre: Option<CadreId>) -> Option<String> {
        cadre.map(|cadre| cadre.to_string())
    }
}

/// What a standing paper means for the step that needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stance {
    /// The kind of paper.
    pub kind: PaperKind,
    /// Whom it is about; none: the case.
    pub cadre: Option<Uuid>,
    /// Of which side, of an opinion.
    pub side: Option<OpinionSide>,
    /// Whether the step may go on.
    pub favourable: bool,
}

impl Stance {
    /// What a paper means; none of those that no step waits for.
    pub fn of(kind: PaperKind, cadre: Option<Uuid>, content: Value) -> serde_json::Result<Option<Self>> {
        let (side, favourable) = match kind {
            PaperKind::Conclusion => (None, serde_json::from_value::<ConclusionContent>(content)?.meets),
            PaperKind::Opinion => (Some(serde_json::from_value::<OpinionContent>(content)?.side), true),
            PaperKind::Interview => {
                let talk: InterviewContent = serde_json::from_value(content)?;
                (None, talk.purpose_explained && talk.accepts)
            }
            PaperKind::Vote => (None, serde_json::from_value::<VoteContent>(content)?.outcome.carried),
            PaperKind::Election => {
                let result: ElectionContent = serde_json::from_value(content)?;
                (None, result.elected && result.confirmed_on.is_some())
            }
            PaperKind::Slate
            | PaperKind::Nomination
            | PaperKind::Waiver
            | PaperKind::Document
            | PaperKind::Evaluation
            | PaperKind::SelfReview
            | PaperKind::Extension
            | PaperKind::Placement => return Ok(None),
        };
        Ok(Some(Self { kind, cadre, side, favourable }))
    }
}

/// Of one list of fields: the content as it is kept, what callers see, what they send.
macro_rules! paper {
    (
        $(#[$doc:meta])*
        $view:ident, $new:ident, $content:ident: $example:tt;
        $(about $id:ident: $sent:ty => $cadre:ident: $shown:ty = $unwrap:expr;)?
        { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $content { $($(#[$field_doc])* pub $field: $type,)* }

        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $view {
            /// Its id.
            pub id: PaperId,
            $(/// Whom it is about.
            pub $cadre: $shown,)?
            $($(#[$field_doc])* pub $field: $type,)*
            /// When it was recorded.
            pub recorded_at: DateTime<Utc>,
            /// By whom.
            pub recorded_by: Ref,
            /// When another took its place; null: it stands.
            pub superseded_at: Option<DateTime<Utc>>,
        }

        impl From<Paper<$content>> for $view {
            fn from(paper: Paper<$content>) -> Self {
                let Paper { id, cadre: _cadre, content, recorded_at, recorded_by, superseded_at } = paper;
                Self { id, $($cadre: $unwrap(_cadre),)? $($field: content.$field,)* recorded_at, recorded_by, superseded_at }
            }
        }

        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!($example))]
        pub struct $new {
            $(/// Whom it is about: somebody whom the case moves.
            $id: $sent,)?
            $($(#[$field_doc])* $field: $type,)*
        }

        impl From<$new> for (Option<CadreId>, $content) {
            fn from(body: $new) -> Self {
                let $new { $($id,)? $($field,)* } = body;
                let _about: Option<CadreId> = None;
                $(let _about: Option<CadreId> = $id.into();)?
                (_about, $content { $($field,)* })
            }
        }
    };
}

/// The schema lets no such paper be without its person.
pub(super) fn person(cadre: Option<Ref>) -> Ref {
    cadre.unwrap_or_else(|| Ref::new(Uuid::nil(), ""))
}

fn either(cadre: Option<Ref>) -> Option<Ref> {
    cadre
}

paper! {
    /// The conclusion on a person's political standards (kết luận tiêu chuẩn chính trị). Sensitive.
    RotationConclusion, NewRotationConclusion, ConclusionContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "meets": true, "concluded_by": "Ban Tổ chức Tỉnh ủy", "concluded_on": "2026-11-10", "number": "45-KL/BTCTU", "note": null};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// Whether the person meets them.
        meets: bool,
        /// Who concluded it.
        #[schema(max_length = 200)]
        concluded_by: String,
        /// When.
        concluded_on: NaiveDate,
        /// Number and sign.
        #[schema(max_length = 100)]
        number: Option<String>,
        /// What is worth keeping of it.
        #[schema(max_length = 1000)]
        note: Option<String>,
    }
}

paper! {
    /// What the unit that a person leaves, or comes to, says of the move (ý kiến của nơi đi, nơi đến). Sensitive.
    RotationOpinion, NewRotationOpinion, OpinionContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "side": "origin", "agrees": true, "given_on": "2026-11-12", "text": "Nhất trí", "number": "15-CV/ĐU"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// Which unit says it.
        side: OpinionSide,
        /// Whether it agrees; one that does not is heard, and hinders nothing.
        agrees: bool,
        /// When.
        given_on: NaiveDate,
        /// What it says.
        #[schema(max_length = 2000)]
        text: String,
        /// Number and sign of its letter.
        #[schema(max_length = 100)]
        number: Option<String>,
    }
}

paper! {
    /// The talk with a person before the decision (gặp gỡ cán bộ). Sensitive.
    RotationInterview, NewRotationInterview, InterviewContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "held_on": "2026-11-14", "held_by": "Trưởng Ban Tổ chức Tỉnh ủy", "purpose_explained": true, "wishes": "Được bố trí nhà công vụ", "accepts": true, "commitment": "Hoàn thành nhiệm vụ", "number": null};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// When.
        held_on: NaiveDate,
        /// Who talked with the person.
        #[schema(max_length = 200)]
        held_by: String,
        /// Whether purpose and demands were explained.
        purpose_explained: bool,
        /// What the person thinks and wishes.
        #[schema(max_length = 2000)]
        wishes: Option<String>,
        /// Whether the person is ready to go.
        accepts: bool,
        /// What the person takes on.
        #[schema(max_length = 2000)]
        commitment: Option<String>,
        /// Number and sign of the minutes.
        #[schema(max_length = 100)]
        number: Option<String>,
    }
}

paper! {
    /// The result of an election to the post that a person is to enter (kết quả bầu cử).
    RotationElection, NewRotationElection, ElectionContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "held_on": "2026-11-18", "electors": 25, "in_favour": 24, "elected": true, "confirmed_on": "2026-11-20", "confirmed_by": "Thủ tướng Chính phủ", "number": "2500/QĐ-TTg"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// When.
        held_on: NaiveDate,
        /// How many voted.
        #[schema(minimum = 1, maximum = 100_000)]
        electors: u32,
        /// How many voted for the person.
        #[schema(minimum = 0, maximum = 100_000)]
        in_favour: u32,
        /// Whether the person was elected.
        elected: bool,
        /// When the result was confirmed; null: not yet.
        confirmed_on: Option<NaiveDate>,
        /// Who confirmed it.
        #[schema(max_length = 200)]
        confirmed_by: Option<String>,
        /// Number and sign of the confirmation.
        #[schema(max_length = 100)]
        number: Option<String>,
    }
}

paper! {
    /// A special case (trường hợp đặc biệt): the authority lets a person pass a rule. Sensitive.
    RotationWaiver, NewRotationWaiver, WaiverContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "rule": "rotation.remaining_years", "reason": "Cán bộ có năng lực nổi trội", "number": "116-TB/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "approved_on": "2026-11-15"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// The rule, as the checks of the case call it.
        #[schema(max_length = 100)]
        rule: String,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
        /// Number and sign of the approval.
        #[schema(max_length = 100)]
        number: String,
        /// The authority.
        #[schema(max_length = 200)]
        issuer: String,
        /// When it was approved.
        approved_on: NaiveDate,
    }
}

paper! {
    /// A paper of the dossier, by reference: canbo keeps where it is, not what stands in it. Sensitive.
    RotationDocument, NewRotationDocument, DocumentContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "item": "self_assessment", "number": "03-BTKĐ", "issued_on": "2026-01-10", "issuer": "Cá nhân", "sha256": null, "kept_at": "Tủ hồ sơ Ban Tổ chức Tỉnh ủy"};
    about cadre_id: Option<CadreId> => cadre: Option<Ref> = either;
    {
        /// Which paper.
        item: DossierItem,
        /// Number and sign.
        #[schema(max_length = 100)]
        number: Option<String>,
        /// When it was issued.
        issued_on: NaiveDate,
        /// Who issued it.
        #[schema(max_length = 200)]
        issuer: String,
        /// SHA-256 of the file, lower-case hexadecimal, where there is a file.
        #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
        sha256: Option<String>,
        /// Where it is kept.
        #[schema(max_length = 400)]
        kept_at: String,
    }
}

/// The people proposed, as they were proposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlateContent {
    /// The day that was foreseen.
    pub effective_from: NaiveDate,
    /// The moves.
    pub moves: Vec<RotationMove>,
}

/// The people that were proposed for a case, as they were proposed. Sensitive.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationSlate {
    /// Its id.
    pub id: PaperId,
    /// The day that was foreseen.
    pub effective_from: NaiveDate,
    /// The moves.
    #[schema(max_items = 100)]
    pub moves: Vec<RotationMove>,
    /// When they were proposed.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: Ref,
    /// When others took their place; null: they stand.
    pub superseded_at: Option<DateTime<Utc>>,
}

impl From<Paper<SlateContent>> for RotationSlate {
    fn from(paper: Paper<SlateContent>) -> Self {
        let Paper {
            id, content: SlateContent { effective_from, moves }, recorded_at, recorded_by, superseded_at, ..
        } = paper;
        Self { id, effective_from, moves, recorded_at, recorded_by, superseded_at }
    }
}

macro_rules! contents {
    ($($content:ident $kind:ident $recording:literal $listing:literal;)*) => {
        $(impl PaperContent for $content {
            const KIND: PaperKind = PaperKind::$kind;
            const RECORDING: &'static str = $recording;
            const LISTING: &'static str = $listing;
        })*
    };
}

contents! {
    ConclusionContent Conclusion "record_rotation_conclusion" "list_rotation_conclusions";
    InterviewContent Interview "record_rotation_interview" "list_rotation_interviews";
    ElectionContent Election "record_rotation_election" "list_rotation_elections";
}

impl PaperContent for OpinionContent {
    const KIND: PaperKind = PaperKind::Opinion;
    const RECORDING: &'static str = "record_rotation_opinion";
    const LISTING: &'static str = "list_rotation_opinions";

    fn slot(&self, cadre: Option<CadreId>) -> Option<String> {
        cadre.map(|cadre| format!("{cadre} {}", self.side.name()))
    }
}

impl PaperContent for WaiverContent {
    const KIND: PaperKind = PaperKind::Waiver;
    const RECORDING: &'static str = "record_rotation_waiver";
    const LISTING: &'static str = "list_rotation_waivers";

    fn slot(&self, cadre: Option<CadreId>) -> Option<String> {
        cadre.map(|cadre| format!("{cadre} {}", self.rule))
    }
}

impl PaperContent for DocumentContent {
    const KIND: PaperKind = PaperKind::Document;
    const RECORDING: &'static str = "record_rotation_document";
    const LISTING: &'static str = "list_rotation_documents";

    fn slot(&self, _: Option<CadreId>) -> Option<String> {
        None
    }
}

impl PaperContent for VoteContent {
    const KIND: PaperKind = PaperKind::Vote;
    const RECORDING: &'static str = "record_rotation_vote";
    const LISTING: &'static str = "list_rotation_votes";

    fn slot(&self, _: Option<CadreId>) -> Option<String> {
        Some("case".to_owned())
    }
}

impl PaperContent for SlateContent {
    const KIND: PaperKind = PaperKind::Slate;
    const RECORDING: &'static str = "propose_rotation_people";
    const LISTING: &'static str = "list_rotation_slates";

    fn slot(&self, _: Option<CadreId>) -> Option<String> {
        Some("case".to_owned())
    }
}
