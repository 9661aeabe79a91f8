//! The groups of the form 2C (Sơ yếu lý lịch 2C-BNV/2008) and of the national database of cadres (NĐ 27/2026) that are
//! entries of one shape: a content of their kind, a source, and who recorded it when.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::organisations::model::named;
use crate::platform::error::Finding;
use crate::platform::period::{Period, Timeline};
use crate::typed_id;

typed_id!(
    /// Id of a fact, the same over all its versions.
    FactId
);

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $name:literal $read:literal $list:literal $record:literal $correct:literal $sensitive:literal),* $(,)?) => {
        named! {
            /// What kind of fact.
            FactKind { $($(#[$doc])* $variant $name),* }
        }

        impl FactKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Whether it is seen by those alone who hold the permission for sensitive fields.
            pub const fn is_sensitive(self) -> bool {
                match self { $(Self::$variant => $sensitive),* }
            }

            /// Reading one of them, for the audit record.
            pub const fn reading(self) -> &'static str {
                match self { $(Self::$variant => $read),* }
            }

            /// Reading a list of them, for the audit record.
            pub const fn listing(self) -> &'static str {
                match self { $(Self::$variant => $list),* }
            }

            /// Recording one, for the audit record.
            pub const fn recording(self) -> &'static str {
                match self { $(Self::$variant => $record),* }
            }

            /// Correcting one, for the audit record.
            pub const fn correcting(self) -> &'static str {
                match self { $(Self::$variant => $correct),* }
            }
        }
    };
}

kinds! {
    /// Xếp loại chất lượng of a year.
    Assessment "assessment" "get_assessment" "list_assessments" "record_assessment" "correct_assessment" false,
    /// Khen thưởng.
    Reward "reward" "get_reward" "list_rewards" "record_reward" "correct_reward" false,
    /// Kỷ luật. Sensitive.
    Discipline "discipline" "get_discipline" "list_disciplines" "record_discipline" "correct_discipline" true,
    /// Membership of the Party, of an organisation, of the armed forces. Sensitive.
    Membership "membership" "get_membership" "list_memberships" "record_membership" "correct_membership" true,
    /// Ngạch, bậc, hệ số.
    Rank "rank" "get_rank" "list_ranks" "record_rank" "correct_rank" false,
    /// Giấy khám sức khỏe. Sensitive.
    HealthCertificate "health_certificate" "get_health_certificate" "list_health_certificates" "record_health_certificate" "correct_health_certificate" true,
    /// Quan hệ gia đình. Sensitive.
    Relative "relative" "get_relative" "list_relatives" "record_relative" "correct_relative" true,
    /// Nơi ở. Sensitive.
    Residence "residence" "get_residence" "list_residences" "record_residence" "correct_residence" true,
    /// Other fields of the form. Sensitive.
    Particular "particular" "get_particular" "list_particulars" "record_particular" "correct_particular" true,
}

/// What can be done with a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactAction {
    /// `POST` to its own path and `/correct`.
    Correct,
    /// `POST /v1/cadres/{id}/entries/{entry_id}/withdraw`.
    Withdraw,
}

impl FactAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::Correct, Self::Withdraw];
}

/// What a caller is to the facts of a person.
#[derive(Clone, Copy, Debug)]
pub struct FactStance {
    /// They are the person's own.
    pub own: bool,
    /// They keep files at the unit that keeps this one.
    pub keeps: bool,
    /// They may see what is sensitive there.
    pub sees: bool,
}

/// What a fact rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Number and sign of the decision or paper.
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// Who decided or issued it.
    pub decision_issuer: Option<String>,
}

/// A fact of a kind, as it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fact<C> {
    /// Its id.
    pub id: FactId,
    /// What it says.
    pub content: C,
    /// What it rests on.
    pub source: Source,
    /// When it holds.
    pub during: Period,
    /// Where that stands on the day.
    pub timeline: Timeline,
    /// Counts its corrections.
    pub version: i32,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it so.
    pub recorded_by: String,
    /// What the caller may do with it now.
    pub allowed_actions: Vec<FactAction>,
}

impl<C> Fact<C> {
    /// Sort keys of a page, newest first.
    pub fn keys(&self) -> Vec<String> {
        vec![self.during.from().unwrap_or_default().to_string(), self.id.to_string()]
    }
}

/// What a kind of fact says.
pub trait FactContent: Serialize + DeserializeOwned + Clone {
    /// The kind.
    const KIND: FactKind;

    /// When it holds; `birth` stands for a first day that it does not name.
    fn during(&self, birth: NaiveDate) -> Result<Period, Finding>;

    /// What a person has one of at a time; none: any number.
    fn slot(&self) -> Option<&'static str> {
        None
    }

    /// Whether it must name its decision.
    fn rests_on_a_decision(&self) -> bool {
        false
    }

    /// The same, with this as its last day, where one that follows ends it; none: it is not ended so.
    fn ended(self, _last: NaiveDate) -> Option<Self> {
        None
    }
}

/// A fact as callers see it.
pub trait FactView: From<Fact<Self::Content>> {
    /// What its kind says.
    type Content: FactContent;
}

/// Of one list of fields: the content as it is kept, what callers see, what they send, and how they correct it.
macro_rules! fact {
    (
        $(#[$doc:meta])*
        $view:ident, $new:ident, $correction:ident, $content:ident: $example:tt, $corrected:tt;
        { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub struct $content { $($(#[$field_doc])* pub $field: $type,)* }

        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $view {
            /// Its id.
            pub id: FactId,
            $($(#[$field_doc])* pub $field: $type,)*
            /// Number and sign of the decision or paper that it rests on.
            #[schema(max_length = 100)]
            pub decision_number: Option<String>,
            /// When that was decided.
            pub decided_on: Option<NaiveDate>,
            /// Who decided or issued it.
            #[schema(max_length = 200)]
            pub decision_issuer: Option<String>,
            /// Where it stands on the day.
            pub timeline: Timeline,
            /// Counts its corrections.
            #[schema(minimum = 1)]
            pub version: i32,
            /// When canbo came to know it so.
            pub recorded_at: DateTime<Utc>,
            /// Who recorded it so.
            #[schema(max_length = 200)]
            pub recorded_by: String,
            /// What the caller may do with it now; nothing with what was known once.
            #[schema(max_items = 10)]
            pub allowed_actions: Vec<FactAction>,
        }

        impl FactView for $view {
            type Content = $content;
        }

        impl From<Fact<$content>> for $view {
            fn from(fact: Fact<$content>) -> Self {
                let Fact { id, content, source, timeline, version, recorded_at, recorded_by, allowed_actions, .. } = fact;
                let Source { decision_number, decided_on, decision_issuer } = source;
                Self {
                    id, $($field: content.$field,)* decision_number, decided_on, decision_issuer, timeline, version,
                    recorded_at, recorded_by, allowed_actions,
                }
            }
        }

        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!($example))]
        pub struct $new {
            $($(#[$field_doc])* $field: $type,)*
            /// Number and sign of the decision or paper that it rests on.
            #[schema(max_length = 100)]
            decision_number: Option<String>,
            /// When that was decided.
            decided_on: Option<NaiveDate>,
            /// Who decided or issued it.
            #[schema(max_length = 200)]
            decision_issuer: Option<String>,
        }

        impl From<$new> for ($content, Source) {
            fn from(body: $new) -> Self {
                let $new { $($field,)* decision_number, decided_on, decision_issuer } = body;
                ($content { $($field,)* }, Source { decision_number, decided_on, decision_issuer })
            }
        }

        $(#[$doc])*
        ///
        /// The whole of it anew: what is left out is empty afterwards.
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!($corrected))]
        pub struct $correction {
            $($(#[$field_doc])* $field: $type,)*
            /// Number and sign of the decision or paper that it rests on.
            #[schema(max_length = 100)]
            decision_number: Option<String>,
            /// When that was decided.
            decided_on: Option<NaiveDate>,
            /// Who decided or issued it.
            #[schema(max_length = 200)]
            decision_issuer: Option<String>,
            /// Why what was recorded is not right.
            #[schema(max_length = 400)]
            reason: String,
        }

        impl From<$correction> for ($content, Source, String) {
            fn from(body: $correction) -> Self {
                let $correction { $($field,)* decision_number, decided_on, decision_issuer, reason } = body;
                ($content { $($field,)* }, Source { decision_number, decided_on, decision_issuer }, reason)
            }
        }
    };
}
pub(super) use fact;
