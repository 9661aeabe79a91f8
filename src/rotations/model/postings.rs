//! What follows after a case took effect: how long somebody stays away, what is said of it, what becomes of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::papers::{Paper, PaperContent, PaperId, PaperKind, person};
use super::{Direction, MoveId, MoveKind, RotationMove};
use crate::cadres::CadreId;
use crate::organisations::model::named;
use crate::platform::http::page::Ref;

named! {
    /// Why somebody is evaluated.
    EvaluationOccasion {
        /// Hằng năm.
        Yearly "yearly",
        /// Theo yêu cầu.
        OnDemand "on_demand",
        /// Kết thúc luân chuyển, biệt phái.
        Final "final",
    }
}

named! {
    /// What becomes of somebody after a rotation or a secondment (bố trí sau luân chuyển).
    PlacementOutcome {
        /// Back where they came from.
        Returned "returned",
        /// To a higher post.
        HigherPost "higher_post",
        /// Kept at the destination for good: no longer counted as rotated.
        Kept "kept",
        /// Something else.
        Other "other",
    }
}

named! {
    /// Why a rotation or a secondment ended before its time.
    EarlyEndReason {
        /// Promoted, or needed for other work.
        Reassignment "reassignment",
        /// Kỷ luật.
        Discipline "discipline",
        /// Sức khỏe.
        Health "health",
        /// Sắp xếp tổ chức: the unit is no more.
        Reorganisation "reorganisation",
        /// Không hoàn thành nhiệm vụ.
        TasksNotMet "tasks_not_met",
        /// Something else.
        Other "other",
    }
}

/// Where a posting stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingState {
    /// Decided; its day has not come.
    Coming,
    /// The person is there.
    Current,
    /// The person has left.
    Ended,
}

/// What a posting waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingNeed {
    /// An evaluation by the destination, which the law asks for in such a time.
    Evaluation,
    /// Tự kiểm điểm.
    SelfReview,
    /// The destination's evaluation at the end.
    FinalEvaluation,
    /// The authority's conclusion, and what becomes of the person.
    Placement,
}

/// What can be recorded of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingAction {
    /// An evaluation.
    Evaluate,
    /// A self-review.
    Review,
    /// An extension.
    Extend,
    /// A placement.
    Place,
}

impl PostingAction {
    /// Every action, with the paper that it records.
    pub const ALL: [(Self, PaperKind); 4] = [
        (Self::Evaluate, PaperKind::Evaluation),
        (Self::Review, PaperKind::SelfReview),
        (Self::Extend, PaperKind::Extension),
        (Self::Place, PaperKind::Placement),
    ];
}

paper! {
    /// What the destination says of a person during a rotation or a secondment, or at its end (nhận xét, đánh giá); the unit that the
    /// person came from reads it too. Sensitive.
    RotationEvaluation, NewRotationEvaluation, EvaluationContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "occasion": "yearly", "from": "2026-01-01", "to": "2026-11-22", "class": "good",
        "text": "Hoàn thành tốt nhiệm vụ", "evaluated_on": "2026-11-22", "number": "21-NX/ĐU"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// Why.
        occasion: EvaluationOccasion,
        /// First day of the time that it is about.
        from: NaiveDate,
        /// Last day of it.
        to: NaiveDate,
        /// Code of the catalogue `classification_levels`.
        #[schema(max_length = 80)]
        class: Option<String>,
        /// What is said.
        #[schema(max_length = 4000)]
        text: String,
        /// When.
        evaluated_on: NaiveDate,
        /// Number and sign.
        #[schema(max_length = 100)]
        number: Option<String>,
    }
}

paper! {
    /// What a person says of their own work at the end of a rotation or a secondment (tự kiểm điểm). Sensitive.
    RotationSelfReview, NewRotationSelfReview, SelfReviewContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "text": "Tự nhận hoàn thành tốt nhiệm vụ", "reviewed_on": "2026-11-20", "number": null};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// What it says.
        #[schema(max_length = 4000)]
        text: String,
        /// When.
        reviewed_on: NaiveDate,
        /// Number and sign.
        #[schema(max_length = 100)]
        number: Option<String>,
    }
}

paper! {
    /// A rotation or a secondment lasts longer (gia hạn). Sensitive.
    RotationExtension, NewRotationExtension, ExtensionContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "until": "2027-12-31", "reason": "Hoàn thành đề án", "number": "240-QĐ/TU",
        "issuer": "Ban Thường vụ Tỉnh ủy", "decided_on": "2026-11-20"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// Last day expected there.
        until: NaiveDate,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
        /// Number and sign of the decision.
        #[schema(max_length = 100)]
        number: String,
        /// The authority.
        #[schema(max_length = 200)]
        issuer: String,
        /// When it was decided.
        decided_on: NaiveDate,
    }
}

paper! {
    /// What the authority concludes on a rotation or a secondment, and what becomes of the person (kết luận, bố trí sau luân chuyển).
    /// Sensitive.
    RotationPlacement, NewRotationPlacement, PlacementContent:
    {"cadre_id": "01994f7e-0000-7000-8000-000000000001", "outcome": "kept", "kept_from": "2027-01-01", "early_reason": null,
        "conclusion": "Hoàn thành tốt nhiệm vụ luân chuyển", "number": "52-KL/TU", "issuer": "Ban Thường vụ Tỉnh ủy", "concluded_on": "2026-11-20"};
    about cadre_id: CadreId => cadre: Ref = person;
    {
        /// What becomes of the person.
        outcome: PlacementOutcome,
        /// First day from which somebody who is kept for good no longer counts as rotated; required then, and only then.
        kept_from: Option<NaiveDate>,
        /// Why it ended before its time; required where it did.
        early_reason: Option<EarlyEndReason>,
        /// What the authority concludes.
        #[schema(max_length = 4000)]
        conclusion: String,
        /// Number and sign.
        #[schema(max_length = 100)]
        number: String,
        /// The authority.
        #[schema(max_length = 200)]
        issuer: String,
        /// When.
        concluded_on: NaiveDate,
    }
}

contents! {
    SelfReviewContent SelfReview "record_rotation_self_review" "list_rotation_self_reviews";
    PlacementContent Placement "record_rotation_placement" "list_rotation_placements";
}

macro_rules! any_number {
    ($($content:ident $kind:ident $recording:literal $listing:literal;)*) => {
        $(impl PaperContent for $content {
            const KIND: PaperKind = PaperKind::$kind;
            const RECORDING: &'static str = $recording;
            const LISTING: &'static str = $listing;

            fn slot(&self, _: Option<CadreId>) -> Option<String> {
                None
            }
        })*
    };
}

any_number! {
    EvaluationContent Evaluation "record_rotation_evaluation" "list_rotation_evaluations";
    ExtensionContent Extension "record_rotation_extension" "list_rotation_extensions";
}

/// What is on record of a posting, as far as it decides what it waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostingRecord {
    /// The last day that an evaluation is about.
    pub evaluated_to: Option<NaiveDate>,
    /// The destination has evaluated the whole.
    pub finally_evaluated: bool,
    /// The person has reviewed their own work.
    pub self_reviewed: bool,
    /// What becomes of the person.
    pub outcome: Option<PlacementOutcome>,
    /// Why it ended before its time.
    pub early_reason: Option<EarlyEndReason>,
}

/// A rotation or a secondment as it is stored: the move that began it, the days that it lasted.
#[derive(Clone, Debug)]
pub struct PostingFacts {
    /// The case.
    pub rotation: Ref,
    /// The move.
    pub step: RotationMove,
    /// The post that the person holds by it, or held last.
    pub post: Option<Ref>,
    /// First day there.
    pub from: NaiveDate,
    /// First day not there any more.
    pub to: Option<NaiveDate>,
    /// What is on record.
    pub record: PostingRecord,
}

/// The time that somebody is away by a rotation (luân chuyển) or a secondment (biệt phái), as seen from a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Posting {
    /// Its id: that of the move that began it.
    pub id: MoveId,
    /// The case that began it.
    pub rotation: Ref,
    /// Rotation or secondment.
    pub kind: MoveKind,
    /// Which way.
    pub direction: Direction,
    /// Who.
    pub cadre: Ref,
    /// The post that was left; null: none here.
    pub from_post: Option<Ref>,
    /// The post there: where an act has put another in its place, that one; null: outside the province.
    pub post: Option<Ref>,
    /// The body outside the province; null: within it.
    #[schema(max_length = 200)]
    pub to_outside: Option<String>,
    /// Where it stands on the day.
    pub state: PostingState,
    /// First day there.
    pub from: NaiveDate,
    /// Last day expected there, as it was extended last.
    pub expected_end_on: Option<NaiveDate>,
    /// Last day there; null: not known.
    pub ended_on: Option<NaiveDate>,
    /// Whole months there, up to the day or to its end.
    #[schema(minimum = 0, maximum = 120_000)]
    pub months_served: u32,
    /// The day on which the least time that the law asks for is over; null: no rule, or a secondment.
    pub least_until: Option<NaiveDate>,
    /// The rule that says so, of the day on which it began.
    #[schema(max_length = 400)]
    pub citation: Option<String>,
    /// Whether the province has confirmed that rule.
    pub confirmed: bool,
    /// It ended, or is known to end, before the least time or the expected end.
    pub ended_early: bool,
    /// Why it ended before its time, as the authority says.
    pub early_reason: Option<EarlyEndReason>,
    /// What becomes of the person, as the authority says.
    pub outcome: Option<PlacementOutcome>,
    /// What it waits for on the day.
    #[schema(max_items = 10)]
    pub lacking: Vec<PostingNeed>,
    /// What the caller may record of it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<PostingAction>,
}
