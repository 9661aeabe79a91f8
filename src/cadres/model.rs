//! People, their qualifications and plannings: values and names.

mod derived;
mod dossier;
mod facts;
mod groups;
mod profile;
mod proposals;
mod retirement;
mod spans;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::posts::{Basis, Holder, Level, PostId, TitleId};
pub use crate::regulations::Sex;
use crate::typed_id;

pub use derived::{DerivedFact, DerivedFacts, DerivedName, DerivedState, DerivedUnit, UsedFact};
pub use dossier::{DecidedRetirement, Disciplined, Dossier, Learned, PartyMember, SensitiveFacts, Tenure, YearClass};
pub use facts::{Fact, FactAction, FactContent, FactId, FactKind, FactStance, FactView, Source};
pub use groups::*;
pub use profile::{CodeUsed, Profile};
pub use proposals::{
    CorrectedField, Correction, CorrectionProposal, CorrectionSummary, FieldChange, ProposalAction, ProposalEvidence,
    ProposalId, ProposalSettlement, ProposalState, ProposedChanges, RecordField,
};
pub use retirement::{Retirement, RetirementGround};

typed_id!(
    /// Id of a cadre record.
    CadreId
);
typed_id!(
    /// Id of a qualification.
    QualificationId
);
typed_id!(
    /// Id of a planning.
    PlanningId
);

named! {
    /// Whether the person is in service.
    CadreStatus {
        /// In service.
        Active "active",
        /// Nghỉ hưu.
        Retired "retired",
        /// Thôi việc, chuyển ra ngoài.
        Left "left",
        /// Đã mất.
        Deceased "deceased",
    }
}

named! {
    /// What kind of qualification.
    QualificationKind {
        /// Degrees: levels of the catalogue `degrees`.
        Degree "degree",
        /// Lý luận chính trị: levels of the catalogue `political_theory_levels`.
        PoliticalTheory "political_theory",
        /// Quản lý nhà nước: levels of the catalogue `state_management_levels`.
        StateManagement "state_management",
        /// Professional skills.
        ProfessionalSkills "professional_skills",
        /// Quốc phòng, an ninh.
        DefenceSecurity "defence_security",
        /// Foreign languages.
        Language "language",
        /// Languages of ethnic groups.
        EthnicLanguage "ethnic_language",
        /// Tin học.
        InformationTechnology "information_technology",
        /// Chuyển đổi số.
        Digital "digital",
        /// Tập sự.
        Induction "induction",
    }
}

impl QualificationKind {
    /// The catalogue of its levels; none: a free line.
    pub fn catalogue(self) -> Option<&'static str> {
        match self {
            Self::Degree => Some("degrees"),
            Self::PoliticalTheory => Some("political_theory_levels"),
            Self::StateManagement => Some("state_management_levels"),
            _ => None,
        }
    }
}

/// A cadre record. Sensitive fields are absent without the permission for them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cadre {
    /// Its id.
    pub id: CadreId,
    /// Full name.
    #[schema(max_length = 200, example = "Lò Văn Hặc")]
    pub full_name: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth; 1 January where only the year is known.
    pub born_on: NaiveDate,
    /// Personal identification number, 12 digits. Sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 12)]
    pub personal_number: Option<String>,
    /// Code of the catalogue `ethnic_groups`. Sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 80)]
    pub ethnic_group: Option<String>,
    /// Code of the catalogue `religions`. Sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 80)]
    pub religion: Option<String>,
    /// Day of joining the Party. Sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_joined_on: Option<NaiveDate>,
    /// Quê quán.
    #[schema(max_length = 400)]
    pub native_place: Option<String>,
    /// Quê quán as an administrative unit, by the name on the day, or the last one that it had; null: not recorded.
    #[serde(default)]
    pub native_unit: Option<Ref>,
    /// Day of recruitment.
    pub recruited_on: Option<NaiveDate>,
    /// The unit that keeps the file: that of the full-time post.
    pub unit: Ref,
    /// Whether the person is in service.
    pub status: CadreStatus,
    /// Counts its changes.
    pub version: i32,
    /// When canbo came to know it so.
    #[serde(default)]
    pub recorded_at: Option<DateTime<Utc>>,
    /// Who recorded it so; null: before canbo kept it here.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub recorded_by: Option<String>,
}

/// A cadre record in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CadreSummary {
    /// Its id.
    pub id: CadreId,
    /// Full name.
    #[schema(max_length = 200, example = "Lò Văn Hặc")]
    pub full_name: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth; 1 January where only the year is known.
    pub born_on: NaiveDate,
    /// The unit that keeps the file.
    pub unit: Ref,
    /// The full-time post on the day.
    pub post: Option<Ref>,
    /// Whether the person is in service.
    pub status: CadreStatus,
    /// Counts its changes.
    pub version: i32,
}

/// What a person learned.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Qualification {
    /// Its id.
    pub id: QualificationId,
    /// What kind.
    pub kind: QualificationKind,
    /// A code of the catalogue that fits the kind, or a line of text.
    #[schema(max_length = 200, example = "advanced")]
    pub level: String,
    /// Field of study.
    #[schema(max_length = 200)]
    pub field: Option<String>,
    /// Who gave it.
    #[schema(max_length = 200)]
    pub institution: Option<String>,
    /// When.
    pub obtained_on: NaiveDate,
    /// Where that stands on the day.
    pub timeline: Timeline,
    /// Number of the certificate.
    #[schema(max_length = 100)]
    pub certificate_number: Option<String>,
    /// The enrolment that led to it.
    pub enrolment_id: Option<Uuid>,
    /// Counts its corrections.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: i32,
    /// Who recorded it so.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
}

/// For which title a person is planned (quy hoạch).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Planning {
    /// Its id.
    pub id: PlanningId,
    /// The title.
    pub title: Ref,
    /// When.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands on the day.
    pub timeline: Timeline,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    pub decision_number: Option<String>,
    /// Counts its corrections.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: i32,
    /// Who recorded it so.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
}

/// A person as rooms above need them for their decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The record.
    pub id: CadreId,
    /// Full name.
    pub full_name: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Code of the catalogue `ethnic_groups`.
    pub ethnic_group: String,
    /// Quê quán as a unit.
    pub native_unit_id: Option<Uuid>,
    /// The unit that keeps the file.
    pub unit_id: Uuid,
    /// Whether the person is in service.
    pub status: CadreStatus,
    /// Counts the changes of the record.
    pub version: i32,
}

impl Person {
    /// The person as the holder of a post.
    pub fn holder(&self) -> Holder {
        Holder { id: self.id.0, name: self.full_name.clone(), born_on: self.born_on, sex: self.sex }
    }
}

/// What is recorded of the person themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalData {
    /// Full name, cleaned.
    pub full_name: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// 12 digits.
    pub personal_number: Option<String>,
    /// Code of the catalogue `ethnic_groups`.
    pub ethnic_group: String,
    /// Code of the catalogue `religions`.
    pub religion: Option<String>,
    /// Quê quán.
    pub native_place: Option<String>,
    /// Quê quán as a unit.
    pub native_unit_id: Option<Uuid>,
    /// Day of joining the Party.
    pub party_joined_on: Option<NaiveDate>,
    /// Day of recruitment.
    pub recruited_on: Option<NaiveDate>,
    /// Whether the person is in service.
    pub status: CadreStatus,
    /// The number is right although it does not agree with birth and sex: they were corrected, it was not.
    pub confirm_number_mismatch: bool,
}

/// A person to be registered, with what is known of them.
#[derive(Clone, Debug)]
pub struct CadreProposal {
    /// Who they are.
    pub person: PersonalData,
    /// The unit that keeps the file, unless a full-time appointment that holds today says otherwise.
    pub unit_id: Uuid,
    /// Past and present appointments.
    pub appointments: Vec<InitialAppointment>,
    /// For which titles they are planned, and when.
    pub plannings: Vec<(TitleId, Period)>,
    /// What they learned.
    pub qualifications: Vec<InitialQualification>,
    /// They are somebody else than whoever has the same name, birth and native place.
    pub confirm_duplicate: bool,
}

/// Somebody who is known and may be the person that is to be registered.
#[derive(Clone, Debug)]
pub struct Namesake {
    /// Whose record.
    pub id: CadreId,
    /// Full name.
    pub full_name: String,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Quê quán.
    pub native_place: Option<String>,
}

/// An appointment that the person has or had already.
#[derive(Clone, Debug)]
pub struct InitialAppointment {
    /// The post.
    pub post_id: PostId,
    /// When; its first day is known and has come.
    pub during: Period,
    /// Whether it is their one full-time post; as the post is, unless given.
    pub full_time: Option<bool>,
    /// How they came to it.
    pub basis: Basis,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// Decided although the post was frozen.
    pub special_case: bool,
}

/// A qualification without its holder.
#[derive(Clone, Debug)]
pub struct InitialQualification {
    /// What kind.
    pub kind: QualificationKind,
    /// A code of the catalogue that fits the kind, or a line of text.
    pub level: String,
    /// Field of study.
    pub field: Option<String>,
    /// Who gave it.
    pub institution: Option<String>,
    /// When.
    pub obtained_on: NaiveDate,
    /// Number of the certificate.
    pub certificate_number: Option<String>,
}

/// A qualification to be recorded.
#[derive(Clone, Debug)]
pub struct NewQualification {
    /// Whose.
    pub cadre_id: CadreId,
    /// What kind.
    pub kind: QualificationKind,
    /// A code of the catalogue that fits the kind, or a line of text.
    pub level: String,
    /// Field of study.
    pub field: Option<String>,
    /// Who gave it.
    pub institution: Option<String>,
    /// When.
    pub obtained_on: NaiveDate,
    /// Number of the certificate.
    pub certificate_number: Option<String>,
    /// The enrolment that led to it.
    pub enrolment_id: Option<Uuid>,
}

/// A planning to be recorded.
#[derive(Clone, Debug)]
pub struct NewPlanning {
    /// Whose.
    pub cadre_id: CadreId,
    /// For which title.
    pub title_id: TitleId,
    /// When.
    pub during: Period,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
}

/// Where a title stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its level.
    pub level: Level,
    /// Within the level, the smaller the higher.
    pub rank_order: i32,
}

/// What a planning is held against.
#[derive(Clone, Debug)]
pub struct PlanningFacts {
    /// The title that the person is to be planned for.
    pub wanted: Planned,
    /// The titles that they are planned for beside it, at some time of the same period.
    pub titles: Vec<Planned>,
    /// How many others are planned for the title at some time of the same period.
    pub others: i64,
    /// What they hold full-time on the first day.
    pub held: Option<Planned>,
}

impl InitialQualification {
    /// As the qualification of a person.
    pub fn of(&self, cadre_id: CadreId) -> NewQualification {
        let Self { kind, level, field, institution, obtained_on, certificate_number } = self.clone();
        NewQualification {
            cadre_id,
            kind,
            level,
            field,
            institution,
            obtained_on,
            certificate_number,
            enrolment_id: None,
        }
    }
}

/// An appointment that ended.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Who held it.
    pub cadre_id: CadreId,
    /// Which post.
    pub post_id: PostId,
    /// The day after the last.
    pub before: NaiveDate,
    /// Why.
    pub reason: String,
}

/// Where a person's file stands.
#[derive(Clone, Copy, Debug)]
pub struct FileState {
    /// Who.
    pub cadre_id: CadreId,
    /// The unit that keeps the file.
    pub unit_id: Uuid,
    /// Whether they are in service.
    pub status: CadreStatus,
}
