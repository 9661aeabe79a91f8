//! Who decides on whom (phân cấp quản lý cán bộ): which post, by which rule; and who may sign for it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cadres::CadreId;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::{Level, PostId, TitleGroup, TitleId};
use crate::regulations::{RegulationConfirmation, citation};
use crate::typed_id;

typed_id!(
    /// Id of a rule that says which post decides.
    AppointingAuthorityId
);
typed_id!(
    /// Id of a delegation.
    DelegationId
);

/// What can be done with a rule that says which post decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointingAuthorityAction {
    /// Say that it was compared with the official text.
    Confirm,
    /// Give it a last day.
    End,
}

impl AppointingAuthorityAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::Confirm, Self::End];
}

/// What can be done with a delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DelegationAction {
    /// Take it back.
    Withdraw,
}

/// Which posts a rule is about: those of a title, or of a group of titles and a level, or of one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// Posts of this title.
    pub title_id: Option<TitleId>,
    /// Posts whose title stands in this group of the ladder.
    pub group: Option<TitleGroup>,
    /// Posts whose title stands at this level.
    pub level: Option<Level>,
}

/// A rule that says which post decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointingAuthority {
    /// Its id.
    pub id: AppointingAuthorityId,
    /// The title whose posts it is about.
    pub title: Option<Ref>,
    /// The group of the ladder whose posts it is about.
    pub group: Option<TitleGroup>,
    /// The level whose posts it is about.
    pub level: Option<Level>,
    /// The post that decides.
    pub authority_post: Ref,
    /// When it holds.
    pub during: Period,
    /// Number of the instrument.
    pub instrument: String,
    /// Article.
    pub article: Option<String>,
    /// That the province has compared it with the official text.
    pub confirmation: Option<RegulationConfirmation>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Counts its changes.
    pub version: i32,
}

impl AppointingAuthority {
    /// The post that decides.
    pub fn authority_post_id(&self) -> PostId {
        PostId(self.authority_post.id)
    }

    /// Instrument and article in one line.
    pub fn citation(&self) -> String {
        citation(&self.instrument, self.article.as_deref())
    }
}

/// A rule to be recorded.
pub struct NewAuthority {
    /// Which posts it is about.
    pub ruled: Ruled,
    /// The post that decides.
    pub authority_post_id: PostId,
    /// When it holds.
    pub during: Period,
    /// Number of the instrument.
    pub instrument: String,
    /// Article.
    pub article: Option<String>,
}

/// A delegation: who may sign for a post that decides, for a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// The post whose holder delegates.
    pub authority_post: Ref,
    /// The unit of that post.
    pub unit_id: Uuid,
    /// Who may sign.
    pub cadre: Ref,
    /// When.
    pub during: Period,
    /// Number and sign.
    pub number: String,
    /// Who delegated.
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Why it was taken back.
    pub withdrawal: Option<super::Withdrawal>,
    /// Counts its changes.
    pub version: i32,
}

/// A delegation to be recorded.
pub struct DelegationRow {
    /// The post whose holder delegates.
    pub authority_post_id: PostId,
    /// Who may sign.
    pub cadre_id: CadreId,
    /// When.
    pub during: Period,
    /// Number and sign.
    pub number: String,
    /// Who delegated.
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
}

/// Somebody who may sign for a post that decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Signer {
    /// Who.
    pub cadre: Ref,
    /// By which delegation; null: who holds the post.
    pub delegation_id: Option<DelegationId>,
}

/// Who decides on one move, and who may sign for them on the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled {
    /// The post that is entered, or, out of the province, the one that is left.
    pub to_post: Ref,
    /// The rule; none: there is none.
    pub rule: Option<AppointingAuthority>,
    /// Who may sign.
    pub signers: Vec<Signer>,
}

/// By which post somebody signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The post that decides; none: no rule names one that they sign for.
    pub authority_post_id: Option<PostId>,
    /// By which delegation of it.
    pub delegation_id: Option<DelegationId>,
}

/// Who signed a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionSigner {
    /// Who.
    pub cadre: Ref,
    /// The post by which they sign; null: no rule of that day names one.
    pub authority_post: Option<Ref>,
    /// By which delegation of that post; null: they held it.
    pub delegation_id: Option<DelegationId>,
}
