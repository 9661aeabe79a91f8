//! The steps of a case: which it takes, how far it has come, what can be done, what is lacking.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::papers::OpinionSide;
use crate::organisations::model::named;
use crate::platform::http::page::Ref;

named! {
    /// Which steps a case takes.
    #[derive(Default)]
    RotationProcedure {
        /// Quy trình 5 bước: policy, people, preparation, exchange, decision.
        FiveSteps "five_steps",
        /// Both units and the person are asked, then it is decided: a transfer, a secondment.
        Agreement "agreement",
        /// The decision alone: what was gone through elsewhere, or fills what another case leaves.
        // An answer that was kept before there were procedures is read so.
        #[default]
        Direct "direct",
    }
}

named! {
    /// How far a case has come.
    RotationState {
        /// Bước 1: the policy is proposed, to be approved.
        PolicyProposed "policy_proposed",
        /// Bước 2: the policy is approved, people may be proposed.
        PolicyApproved "policy_approved",
        /// Bước 3: people are proposed, their standards are looked into.
        PeopleProposed "people_proposed",
        /// Prepared. Bước 4, where the case takes it: the units and the people are asked. Else it is to be decided.
        Prepared "prepared",
        /// Bước 5: everybody was asked, it is to be decided.
        Exchanged "exchanged",
        /// Decided; its day has not come.
        Decided "decided",
        /// Its day has come and it took effect.
        Effective "effective",
        /// Ended without a decision, for a reason.
        Refused "refused",
        /// Withdrawn before it took effect.
        Withdrawn "withdrawn",
    }
}

impl RotationState {
    /// Those before a decision.
    pub const UNDECIDED: [Self; 5] =
        [Self::PolicyProposed, Self::PolicyApproved, Self::PeopleProposed, Self::Prepared, Self::Exchanged];

    /// Whether it is before its decision.
    pub fn is_undecided(self) -> bool {
        Self::UNDECIDED.contains(&self)
    }
}

impl RotationProcedure {
    /// Whether it takes at least the steps of another.
    pub fn covers(self, least: Self) -> bool {
        match least {
            Self::Direct => true,
            Self::Agreement => self != Self::Direct,
            Self::FiveSteps => self == Self::FiveSteps,
        }
    }

    /// Where a case begins.
    pub const fn first_state(self) -> RotationState {
        match self {
            Self::FiveSteps => RotationState::PolicyProposed,
            Self::Agreement | Self::Direct => RotationState::Prepared,
        }
    }

    /// Where it is decided.
    pub const fn last_state(self) -> RotationState {
        match self {
            Self::FiveSteps | Self::Agreement => RotationState::Exchanged,
            Self::Direct => RotationState::Prepared,
        }
    }
}

/// What can be done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationAction {
    /// Phê duyệt chủ trương: let people be proposed.
    ApprovePolicy,
    /// Propose people, or others in their place.
    ProposePeople,
    /// Say that the standards have been looked into.
    ConcludePreparation,
    /// Say that the units and the people have been asked.
    ConcludeExchange,
    /// Decide it.
    Decide,
    /// End it without a decision.
    Refuse,
    /// Withdraw it.
    Withdraw,
    /// Take back what it did.
    Compensate,
}

impl RotationAction {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::ApprovePolicy,
        Self::ProposePeople,
        Self::ConcludePreparation,
        Self::ConcludeExchange,
        Self::Decide,
        Self::Refuse,
        Self::Withdraw,
        Self::Compensate,
    ];
}

/// What a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepNeed {
    /// Kết luận tiêu chuẩn chính trị, that the person meets them.
    Conclusion,
    /// Ý kiến của nơi đi, nơi đến.
    Opinion,
    /// Gặp gỡ cán bộ, who is ready to go.
    Interview,
    /// Biểu quyết tập thể, that carries it.
    Vote,
    /// Kết quả bầu cử, that is confirmed.
    Election,
}

/// Something that the present step of a case lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lack {
    /// What is needed.
    pub needed: StepNeed,
    /// On whom; null: on the case.
    pub cadre: Option<Ref>,
    /// Of which side, of an opinion.
    pub side: Option<OpinionSide>,
    /// It is there, and speaks against it.
    pub against: bool,
}

/// How the authority approved that people be proposed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyApproval {
    /// Number and sign.
    #[schema(max_length = 100, example = "112-TB/TU")]
    pub number: String,
    /// The authority.
    #[schema(max_length = 200)]
    pub issuer: String,
    /// When it was approved.
    pub approved_on: NaiveDate,
    /// Who recorded it.
    pub approved_by: Ref,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The units that are asked whom they propose.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub invited_units: Vec<Ref>,
}

/// How a case ended without a decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseRefusal {
    /// In which state.
    pub state: RotationState,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// When.
    pub refused_at: DateTime<Utc>,
    /// By whom.
    pub refused_by: Ref,
}
