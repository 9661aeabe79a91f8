//! What is asked of who is to hold a title: criteria, each of a kind with its own fields and its own citation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::organisations::model::Zone;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::typed_id;

typed_id!(
    /// Id of a standard, the same over all its versions.
    StandardId
);

/// What may be done with a standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandardAction {
    /// Put another in its place.
    Supersede,
}

/// Where a criterion stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Number of the instrument.
    #[schema(max_length = 200, example = "Nghị định 33/2023/NĐ-CP")]
    pub instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    pub article: Option<String>,
    /// Whether the province has compared it with the official text; one that is not confirmed is no settled law.
    pub confirmed: bool,
}

/// A lower level that the province has decided for hard areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoweredLevel {
    /// Where.
    #[schema(min_items = 1, max_items = 3)]
    pub zones: Vec<Zone>,
    /// A code of the same catalogue, lower.
    #[schema(max_length = 80)]
    pub level: String,
    /// The decision.
    pub citation: Citation,
}

/// Fewer months that the province has decided for hard areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoweredMonths {
    /// Where.
    #[schema(min_items = 1, max_items = 3)]
    pub zones: Vec<Zone>,
    /// So many, fewer.
    #[schema(minimum = 0, maximum = 600)]
    pub months: u32,
    /// The decision.
    pub citation: Citation,
}

macro_rules! criteria {
    ($($(#[$doc:meta])* $variant:ident $name:literal $criterion:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $criterion {
                $($(#[$field_doc])* pub $field: $kind,)*
                /// Where it stands.
                pub citation: Citation,
            }
        )*

        /// One thing that is asked, by its kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Criterion { $($(#[$doc])* $variant($criterion)),* }

        impl Criterion {
            /// As in JSON.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),* }
            }

            /// Where it stands.
            pub const fn citation(&self) -> &Citation {
                match self { $(Self::$variant(one) => &one.citation),* }
            }

            /// Where it stands, to be cleaned.
            pub const fn citation_mut(&mut self) -> &mut Citation {
                match self { $(Self::$variant(one) => &mut one.citation),* }
            }
        }
    };
}

criteria! {
    /// Trình độ chuyên môn: a degree of this level or above.
    Degree "degree" DegreeCriterion {
        /// A code of `degrees`.
        #[schema(max_length = 80, example = "university")]
        level: String,
        /// For hard areas.
        lowered: Option<LoweredLevel>,
    }
    /// Trình độ giáo dục phổ thông: this grade or above.
    GeneralEducation "general_education" GeneralEducationCriterion {
        /// A code of `general_education`.
        #[schema(max_length = 80, example = "grade_12_of_12")]
        level: String,
        /// For hard areas.
        lowered: Option<LoweredLevel>,
    }
    /// Lý luận chính trị: this level or above.
    PoliticalTheory "political_theory" PoliticalTheoryCriterion {
        /// A code of `political_theory_levels`.
        #[schema(max_length = 80, example = "advanced")]
        level: String,
        /// For hard areas.
        lowered: Option<LoweredLevel>,
    }
    /// Quản lý nhà nước: a certificate of this level or above.
    StateManagement "state_management" StateManagementCriterion {
        /// A code of `state_management_levels`.
        #[schema(max_length = 80, example = "specialist")]
        level: String,
        /// For hard areas.
        lowered: Option<LoweredLevel>,
    }
    /// Ngoại ngữ, tiếng dân tộc thiểu số.
    Language "language" LanguageCriterion {
        /// Which, and how well.
        #[schema(max_length = 200)]
        level: String,
    }
    /// Độ tuổi: what is left to retirement when the person comes to the title for the first time.
    FullTermAge "full_term_age" FullTermAgeCriterion {
        /// So many months at least.
        #[schema(minimum = 0, maximum = 600)]
        months: u32,
        /// For hard areas.
        lowered: Option<LoweredMonths>,
    }
    /// Tuổi khi giữ chức vụ lần đầu: not older than this.
    MaximumAge "maximum_age" MaximumAgeCriterion {
        /// Years.
        #[schema(minimum = 18, maximum = 100)]
        years: u32,
    }
    /// Kinh qua: time in lower posts.
    LowerPosts "lower_posts" LowerPostsCriterion {
        /// So many months at least.
        #[schema(minimum = 0, maximum = 600)]
        months: u32,
        /// Codes of titles whose posts count; empty: any of the level below.
        #[schema(max_items = 50)]
        title_codes: Vec<String>,
        /// For hard areas.
        lowered: Option<LoweredMonths>,
    }
    /// Đảng viên.
    PartyMembership "party_membership" PartyMembershipCriterion {
        /// Chính thức: probation is over.
        full: bool,
    }
    /// Trong quy hoạch: planned for the title.
    Planning "planning" PlanningCriterion {
        /// Or for one of the same rank.
        equal_title_counts: bool,
    }
    /// Xếp loại chất lượng of the last years.
    Classification "classification" ClassificationCriterion {
        /// So many years in a row.
        #[schema(minimum = 1, maximum = 10)]
        years: u32,
        /// A code of `classification_levels`: this class or better.
        #[schema(max_length = 80, example = "good")]
        level: String,
    }
    /// Không trong thời gian chờ sau kỷ luật: the waiting times after a discipline are over.
    DisciplineWaiting "discipline_waiting" DisciplineWaitingCriterion {
        /// After a reprimand, months.
        #[schema(minimum = 0, maximum = 600)]
        reprimand_months: u32,
        /// After a warning, months.
        #[schema(minimum = 0, maximum = 600)]
        warning_months: u32,
        /// After a removal from a post, months.
        #[schema(minimum = 0, maximum = 600)]
        removal_months: u32,
    }
    /// Sức khỏe: a certificate.
    HealthCertificate "health_certificate" HealthCertificateCriterion {
        /// Not older than so many months.
        #[schema(minimum = 1, maximum = 600)]
        months: u32,
    }
    /// Người địa phương: whether the person may, or must not, be a native of the place.
    Origin "origin" OriginCriterion {
        /// False: must not be a native.
        native: bool,
    }
}

/// What a criterion asks by, as far as there are ranks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure<'a> {
    /// A code of a catalogue, and the lower one of hard areas.
    Level(&'static str, &'a str, Option<&'a LoweredLevel>),
    /// Months, and the fewer of hard areas.
    Months(u32, Option<&'a LoweredMonths>),
    /// Something else.
    Other,
}

impl Criterion {
    /// What it asks by.
    pub fn measure(&self) -> Measure<'_> {
        match self {
            Self::Degree(one) => Measure::Level("degrees", &one.level, one.lowered.as_ref()),
            Self::GeneralEducation(one) => Measure::Level("general_education", &one.level, one.lowered.as_ref()),
            Self::PoliticalTheory(one) => Measure::Level("political_theory_levels", &one.level, one.lowered.as_ref()),
            Self::StateManagement(one) => Measure::Level("state_management_levels", &one.level, one.lowered.as_ref()),
            Self::Classification(one) => Measure::Level("classification_levels", &one.level, None),
            Self::FullTermAge(one) => Measure::Months(one.months, one.lowered.as_ref()),
            Self::LowerPosts(one) => Measure::Months(one.months, one.lowered.as_ref()),
            Self::HealthCertificate(one) => Measure::Months(one.months, None),
            _ => Measure::Other,
        }
    }

    /// The citation of its lowered form, to be cleaned.
    pub fn lowered_citation_mut(&mut self) -> Option<&mut Citation> {
        match self {
            Self::Degree(DegreeCriterion { lowered, .. })
            | Self::GeneralEducation(GeneralEducationCriterion { lowered, .. })
            | Self::PoliticalTheory(PoliticalTheoryCriterion { lowered, .. })
            | Self::StateManagement(StateManagementCriterion { lowered, .. }) => {
                lowered.as_mut().map(|lowered| &mut lowered.citation)
            }
            Self::FullTermAge(FullTermAgeCriterion { lowered, .. })
            | Self::LowerPosts(LowerPostsCriterion { lowered, .. }) => {
                lowered.as_mut().map(|lowered| &mut lowered.citation)
            }
            _ => None,
        }
    }
}

/// What is asked of who is to hold a title, over a period, as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleStandard {
    /// Its id, the same over all its versions.
    pub id: StandardId,
    /// The title.
    pub title: Ref,
    /// When it holds.
    pub during: Period,
    /// What is asked, all of it.
    pub criteria: Vec<Criterion>,
    /// What is worth knowing of it.
    pub note: Option<String>,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
    /// Who told.
    pub recorded_by: String,
    /// When it came to know otherwise.
    pub superseded_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i32,
}

/// What a standard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardText {
    /// What is asked.
    pub criteria: Vec<Criterion>,
    /// What is worth knowing of it.
    pub note: Option<String>,
}

/// A standard as callers see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TitleStandardView {
    /// Its id, the same over all its versions.
    pub id: StandardId,
    /// The title.
    pub title: Ref,
    /// When it holds.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands on the day of reading.
    pub timeline: Timeline,
    /// What is asked, all of it.
    #[schema(max_items = 40)]
    pub criteria: Vec<Criterion>,
    /// What is worth knowing of it.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
    /// Who told.
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When it came to know otherwise; null for what is known now.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<StandardAction>,
    /// Counts its changes.
    pub version: i32,
}

impl TitleStandardView {
    /// A standard as seen from a day, by who keeps the titles of the whole province or does not.
    pub fn of(standard: TitleStandard, day: chrono::NaiveDate, keeps: bool) -> Self {
        let TitleStandard { id, title, during, criteria, note, recorded_at, recorded_by, superseded_at, version } =
            standard;
        let open = keeps && superseded_at.is_none();
        Self {
            id,
            title,
            during,
            timeline: during.timeline(day),
            criteria,
            note,
            recorded_at,
            recorded_by,
            superseded_at,
            allowed_actions: if open { vec![StandardAction::Supersede] } else { Vec::new() },
            version,
        }
    }
}
