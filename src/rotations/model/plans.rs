//! Plans of rotation: what is to be moved in a year or a term, before anybody is named, and how far it is carried out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MoveKind, RotationState, Withdrawal};
use crate::organisations::model::named;
use crate::platform::http::Change;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::TitleId;
use crate::typed_id;

typed_id!(
    /// Id of a plan.
    RotationPlanId
);
typed_id!(
    /// Id of a line of a plan.
    PlanItemId
);

named! {
    /// How far a plan has come.
    RotationPlanState {
        /// Dự thảo: it may be changed.
        Draft "draft",
        /// The authority approved it: cases may belong to it.
        Approved "approved",
        /// Withdrawn; no further case belongs to it.
        Withdrawn "withdrawn",
    }
}

/// What can be done with a plan, beside changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationPlanAction {
    /// Phê duyệt kế hoạch.
    Approve,
    /// Withdraw it.
    Withdraw,
}

impl RotationPlanAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Withdraw];
}

/// A line of a plan: how many are to come to posts of a title, where and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RotationPlanItem {
    /// Its id.
    pub id: PlanItemId,
    /// The title of the posts to be entered.
    pub title: Ref,
    /// The unit whose posts are meant, with everything below it; null: wherever the title is.
    pub unit: Option<Ref>,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// How many.
    #[schema(minimum = 1, maximum = 1000)]
    pub count: i32,
    /// What is expected to become of the people afterwards.
    #[schema(max_length = 1000)]
    pub placement: Option<String>,
    /// The day foreseen for the beginning.
    pub starts_on: Option<NaiveDate>,
    /// What else is to be known.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// How the authority approved a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RotationPlanApproval {
    /// Number and sign.
    #[schema(max_length = 100, example = "45-QĐ/TU")]
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
}

/// A plan of rotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RotationPlan {
    /// Its id.
    pub id: RotationPlanId,
    /// Its number, for people.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// The unit that keeps it.
    pub unit: Ref,
    /// The days that it is made for.
    pub during: Period,
    /// What it is needed for.
    pub need: Option<String>,
    /// The regime and policy for who is moved.
    pub policy: Option<String>,
    /// How far it has come.
    pub state: RotationPlanState,
    /// Its lines, in order.
    pub items: Vec<RotationPlanItem>,
    /// Who prepared it.
    pub prepared_by: Ref,
    /// When.
    pub prepared_at: DateTime<Utc>,
    /// How it was approved.
    pub approval: Option<RotationPlanApproval>,
    /// Why it was withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// Counts its changes.
    pub version: i32,
}

/// A line as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// The title of the posts to be entered.
    pub title_id: TitleId,
    /// The unit whose posts are meant, with everything below it.
    pub unit_id: Option<Uuid>,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// How many.
    pub count: i32,
    /// What is expected to become of the people afterwards.
    pub placement: Option<String>,
    /// The day foreseen for the beginning.
    pub starts_on: Option<NaiveDate>,
    /// What else is to be known.
    pub note: Option<String>,
}

/// A plan to be prepared.
pub struct PlanDraft {
    /// Its number; the next of the year unless given.
    pub number: Option<String>,
    /// What it is about.
    pub subject: String,
    /// The unit that keeps it.
    pub unit_id: Uuid,
    /// The days that it is made for.
    pub during: Period,
    /// What it is needed for.
    pub need: Option<String>,
    /// The regime and policy for who is moved.
    pub policy: Option<String>,
    /// Its lines, in order.
    pub items: Vec<PlanLine>,
}

/// Changes of a draft: what is not said stays.
pub struct PlanChange {
    /// What it is about.
    pub subject: Option<String>,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day included.
    pub to: Option<NaiveDate>,
    /// What it is needed for.
    pub need: Change<String>,
    /// The regime and policy for who is moved.
    pub policy: Change<String>,
    /// All of its lines, in order.
    pub items: Option<Vec<PlanLine>>,
}

/// A move of a case that belongs to a plan, as its lines count it.
#[derive(Clone, Debug)]
pub struct PlannedMove {
    /// How far its case has come.
    pub state: RotationState,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// The title of the post that is entered.
    pub title: Ref,
    /// The unit of that post.
    pub unit: Ref,
    /// The units at or above that unit which lines name, the nearest first.
    pub within: Vec<Uuid>,
}

/// How far the moves of one line have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanFigures {
    /// Moves of cases that are not decided.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub prepared: i32,
    /// Moves that are decided; their day has not come.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub decided: i32,
    /// Moves that took effect.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub done: i32,
}

impl PlanFigures {
    /// Counts one more move, by the state of its case; one of a case that ended without a decision counts nowhere.
    pub fn add(&mut self, state: RotationState) {
        match state {
            RotationState::Effective => self.done += 1,
            RotationState::Decided => self.decided += 1,
            state if state.is_undecided() => self.prepared += 1,
            _ => {}
        }
    }
}

/// How far one line is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanItemProgress {
    /// The line.
    pub item: RotationPlanItem,
    /// How far its moves have come.
    pub figures: PlanFigures,
    /// How many no case is there for yet.
    #[schema(minimum = 0, maximum = 1000)]
    pub remaining: i32,
}

/// Moves of cases of the plan that none of its lines has room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BeyondPlan {
    /// The title of the posts that are entered.
    pub title: Ref,
    /// Their unit.
    pub unit: Ref,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// How far they have come.
    pub figures: PlanFigures,
}
