//! Cases and moves.

mod authority;
mod dossier;
mod nominations;
#[macro_use]
mod papers;
mod plans;
mod postings;
mod steps;
mod verdicts;
mod votes;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cadres::CadreId;
pub use crate::eligibility::MoveKind;
use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::posts::{Basis, Level, PostId};
use crate::typed_id;

pub use authority::{
    AppointingAuthority, AppointingAuthorityAction, AppointingAuthorityId, DecisionSigner, Delegation,
    DelegationAction, DelegationId, DelegationRow, Entitled, NewAuthority, Ruled, Signature, Signer,
};
pub use dossier::{DossierEntry, DossierItem, RotationDossier};
pub use nominations::{Nomination, NominationContent, RotationNomination};
pub use papers::*;
pub use plans::{
    BeyondPlan, PlanChange, PlanDraft, PlanFigures, PlanItemId, PlanItemProgress, PlanLine, PlannedMove, RotationPlan,
    RotationPlanAction, RotationPlanApproval, RotationPlanId, RotationPlanItem, RotationPlanState,
};
pub use postings::*;
pub use steps::{CaseRefusal, Lack, PolicyApproval, RotationAction, RotationProcedure, RotationState, StepNeed};
pub use verdicts::KeptVerdict;
pub use votes::{Ballot, Meeting, RotationVote, VoteContent, VoteOutcome};

typed_id!(
    /// Id of a case.
    RotationId
);
typed_id!(
    /// Id of a move.
    MoveId
);

named! {
    /// Which way a move goes between the levels.
    Direction {
        /// To a lower level.
        Down "down",
        /// To a higher level.
        Up "up",
        /// Within a level.
        Sideways "sideways",
        /// From no post.
        Entry "entry",
        /// To no post: out of the province.
        Exit "exit",
    }
}

named! {
    /// What a move is for (mục đích).
    MovePurpose {
        /// Đào tạo, rèn luyện, thử thách.
        Training "training",
        /// Tăng cường cho cơ sở, lĩnh vực cần.
        Strengthening "strengthening",
        /// Bố trí người không phải người địa phương.
        NonLocal "non_local",
        /// Không giữ chức quá hai nhiệm kỳ liên tiếp.
        TwoTerms "two_terms",
        /// Yêu cầu nhiệm vụ.
        Task "task",
        /// Chuyển đổi vị trí công tác bắt buộc.
        RequiredChange "required_change",
    }
}

/// How the post that is entered compares with the one that is left, by level and rank of their titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveStanding {
    /// Tương đương.
    Equal,
    /// Cao hơn.
    Higher,
    /// Thấp hơn.
    Lower,
}

impl MoveStanding {
    /// From the height of one title to that of another: the smaller, the higher.
    pub fn between(from: (Level, i32), to: (Level, i32)) -> Self {
        match to.cmp(&from) {
            std::cmp::Ordering::Less => Self::Higher,
            std::cmp::Ordering::Equal => Self::Equal,
            std::cmp::Ordering::Greater => Self::Lower,
        }
    }
}

impl Direction {
    /// From the level of the post left, if one, to that of the post entered, if one.
    pub fn between(from: Option<Level>, to: Option<Level>) -> Self {
        // Declared from the province down: a greater level is a lower one.
        match (from, to) {
            (None, _) => Self::Entry,
            (Some(_), None) => Self::Exit,
            (Some(from), Some(to)) if to > from => Self::Down,
            (Some(from), Some(to)) if to < from => Self::Up,
            (Some(_), Some(_)) => Self::Sideways,
        }
    }
}

/// A move as it is proposed.
#[derive(Clone, Debug)]
pub struct ProposedMove {
    /// By which kind of decision.
    pub kind: MoveKind,
    /// Who.
    pub cadre_id: CadreId,
    /// The post that is left; none on entry.
    pub from_post_id: Option<PostId>,
    /// The body outside the province that the person comes from, on entry.
    pub from_outside: Option<String>,
    /// The post that is entered; none where the person goes outside.
    pub to_post_id: Option<PostId>,
    /// The body outside the province that the person goes to.
    pub to_outside: Option<String>,
    /// Who is in charge of the post that is left, until somebody comes to it.
    pub stand_in_id: Option<CadreId>,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
    /// Decided although the post that is entered is frozen.
    pub special_case: bool,
    /// The post is filled by election.
    pub by_election: bool,
    /// What it is for.
    pub purpose: Option<MovePurpose>,
    /// The position allowance of the post that is left is kept.
    pub allowance_kept: bool,
    /// Why.
    pub reason: Option<String>,
}

impl ProposedMove {
    /// The posts at its ends.
    pub fn posts(&self) -> impl Iterator<Item = PostId> {
        self.from_post_id.into_iter().chain(self.to_post_id)
    }

    /// The people that it names.
    pub fn people(&self) -> impl Iterator<Item = CadreId> {
        std::iter::once(self.cadre_id).chain(self.stand_in_id)
    }

    /// Whether the person leaves the service of the province: who is seconded or rotated comes back.
    pub fn leaves_service(&self) -> bool {
        self.to_post_id.is_none() && self.kind == MoveKind::Transfer
    }

    /// What the appointment that it opens is based on.
    pub const fn basis(&self) -> Basis {
        if self.by_election { Basis::Elected } else { self.kind.basis() }
    }
}

/// One person leaving one post and entering another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RotationMove {
    /// Its id.
    pub id: MoveId,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// Which way between the levels.
    pub direction: Direction,
    /// Who.
    pub cadre: Ref,
    /// The post that is left; null on entry.
    pub from_post: Option<Ref>,
    /// Nơi đi ngoài tỉnh: the body outside the province that the person comes from; null: from a post here, or newly recruited.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub from_outside: Option<String>,
    /// The post that is entered; null where the person goes outside.
    pub to_post: Option<Ref>,
    /// Nơi đến ngoài tỉnh: the body outside the province that the person goes to; null: to a post here.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub to_outside: Option<String>,
    /// Phụ trách: who is in charge of the post that is left, until somebody comes to it; null: nobody was named.
    #[serde(default)]
    pub stand_in: Option<Ref>,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
    /// Decided although the post that is entered is frozen.
    pub special_case: bool,
    /// The post is filled by election: the decision introduces the person, the confirmed result puts them there.
    #[serde(default)]
    pub by_election: bool,
    /// How the post that is entered compares with the one that is left; null: one of them lies outside.
    #[serde(default)]
    pub standing: Option<MoveStanding>,
    /// What it is for; null: not said.
    #[serde(default)]
    pub purpose: Option<MovePurpose>,
    /// Bảo lưu phụ cấp chức vụ: the allowance of the post that is left is kept where the new one is lower.
    #[serde(default)]
    pub allowance_kept: bool,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

impl RotationMove {
    /// The post by which it follows who decides: the one that is entered, or, out of the province, the one that is left.
    pub fn decided_post(&self) -> Option<&Ref> {
        self.to_post.as_ref().or(self.from_post.as_ref())
    }

    /// The posts at its ends.
    pub fn posts(&self) -> impl Iterator<Item = &Ref> {
        self.from_post.iter().chain(&self.to_post)
    }
}

/// The decision of a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RotationDecision {
    /// Number and sign.
    #[schema(max_length = 100, example = "315-QĐ/TU")]
    pub number: String,
    /// The authority.
    #[schema(max_length = 200, example = "Ban Thường vụ Tỉnh ủy")]
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// Who recorded it.
    pub decided_by: Ref,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The decision of the state body, beside that of the Party; null: there is one decision alone.
    pub state_decision: Option<StateDecision>,
    /// It was recorded after its effective day.
    #[serde(default)]
    pub back_dated: bool,
    /// Who signed it; null where that is not on record.
    #[serde(default)]
    pub signed_by: Option<DecisionSigner>,
}

/// The decision of the state body on a case that the Party has decided: an act of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateDecision {
    /// Number and sign.
    #[schema(max_length = 100, example = "1205/QĐ-UBND")]
    pub number: String,
    /// The authority.
    #[schema(max_length = 200, example = "Chủ tịch Ủy ban nhân dân tỉnh")]
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
}

/// Why a case was withdrawn.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Withdrawal {
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// When.
    pub withdrawn_at: DateTime<Utc>,
}

/// A case of linked moves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rotation {
    /// Its id.
    pub id: RotationId,
    /// Its number, for people.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// What it is needed for.
    pub need: Option<String>,
    /// The unit that keeps it.
    pub unit: Ref,
    /// The plan that it carries out a part of.
    #[serde(default)]
    pub plan: Option<Ref>,
    /// Which steps it takes.
    #[serde(default)]
    pub procedure: RotationProcedure,
    /// How far it has come.
    pub state: RotationState,
    /// The day on which its moves take place, or are to.
    pub effective_from: NaiveDate,
    /// How the authority approved that people be proposed.
    pub policy: Option<PolicyApproval>,
    /// The moves, in order.
    pub moves: Vec<RotationMove>,
    /// The effective case whose moves it takes back.
    #[serde(default)]
    pub compensates: Option<Ref>,
    /// The case that takes back its own.
    #[serde(default)]
    pub compensated_by: Option<Ref>,
    /// Who prepared it.
    pub prepared_by: Ref,
    /// When.
    pub prepared_at: DateTime<Utc>,
    /// Its decision.
    pub decision: Option<RotationDecision>,
    /// When it took effect.
    pub took_effect_at: Option<DateTime<Utc>>,
    /// How it ended without a decision.
    pub refusal: Option<CaseRefusal>,
    /// Why it was withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// What its standing papers mean for its steps.
    #[serde(default)]
    pub stances: Vec<Stance>,
    /// Counts its changes.
    pub version: i32,
}

impl Rotation {
    /// Whether this person moves in it.
    pub fn moves_person(&self, cadre: Uuid) -> bool {
        self.moves.iter().any(|step| step.cadre.id == cadre)
    }
}

/// A case to be prepared.
pub struct Proposal {
    /// Its number; the next of the year unless given.
    pub number: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What it is needed for.
    pub need: Option<String>,
    /// Which steps it takes.
    pub procedure: RotationProcedure,
    /// The unit that keeps it.
    pub unit_id: Uuid,
    /// The plan that it carries out a part of.
    pub plan_id: Option<RotationPlanId>,
    /// The day on which its moves take place.
    pub effective_from: NaiveDate,
    /// The moves.
    pub moves: Vec<ProposedMove>,
    /// The case whose moves it takes back.
    pub compensates: Option<RotationId>,
}

/// The people proposed for a case.
pub struct Slate {
    /// The day on which the moves are to take place; none: as foreseen.
    pub effective_from: Option<NaiveDate>,
    /// The moves.
    pub moves: Vec<ProposedMove>,
}

/// How the authority approves a policy.
pub struct Approval {
    /// Number and sign.
    pub number: String,
    /// The authority.
    pub issuer: String,
    /// When it was approved.
    pub approved_on: NaiveDate,
}

/// The decision of a case.
pub struct Decision {
    /// Number and sign.
    pub number: String,
    /// The authority.
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// The decision of the state body, beside that of the Party.
    pub state: Option<StateDecision>,
    /// Who signed it.
    pub signed_by: Option<CadreId>,
}
