//! Corrections that people propose of their own record (đề nghị bổ sung, sửa hồ sơ).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{InitialQualification, PersonalData, QualificationKind, Sex};
use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::typed_id;

typed_id!(
    /// Id of a proposal.
    ProposalId
);

named! {
    /// How far a proposal has come.
    ProposalState {
        /// Waits for the officer.
        Proposed "proposed",
        /// Written into the record.
        Accepted "accepted",
        /// Not written, for a reason.
        Refused "refused",
        /// Taken back by the person.
        TakenBack "taken_back",
    }
}

/// What can be done with a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalAction {
    /// `POST /v1/proposals/{id}/accept`.
    Accept,
    /// `POST /v1/proposals/{id}/refuse`.
    Refuse,
    /// `POST /v1/proposals/{id}/take-back`.
    TakeBack,
}

impl ProposalAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Refuse, Self::TakeBack];
}

named! {
    /// A field of the record that its person may propose to change. Its unit follows the post, and whether the person is
    /// in service is for the unit to say.
    RecordField {
        /// Full name.
        FullName "full_name",
        /// Sex.
        Sex "sex",
        /// Day of birth.
        BornOn "born_on",
        /// Personal number. Sensitive.
        PersonalNumber "personal_number",
        /// Ethnic group. Sensitive.
        EthnicGroup "ethnic_group",
        /// Religion. Sensitive.
        Religion "religion",
        /// Quê quán.
        NativePlace "native_place",
        /// Quê quán as a unit, by its id.
        NativeUnitId "native_unit_id",
        /// Day of joining the Party. Sensitive.
        PartyJoinedOn "party_joined_on",
        /// Day of recruitment.
        RecruitedOn "recruited_on",
    }
}

impl RecordField {
    /// Whether it is shown only to those who may see sensitive fields.
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::PersonalNumber | Self::EthnicGroup | Self::Religion | Self::PartyJoinedOn)
    }

    /// Its value in a record, as text.
    pub fn of_record(self, person: &PersonalData) -> Option<String> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        match self {
            Self::FullName => Some(person.full_name.clone()),
            Self::Sex => Some(person.sex.name().to_owned()),
            Self::BornOn => Some(person.born_on.to_string()),
            Self::PersonalNumber => person.personal_number.clone(),
            Self::EthnicGroup => Some(person.ethnic_group.clone()),
            Self::Religion => person.religion.clone(),
            Self::NativePlace => person.native_place.clone(),
            Self::NativeUnitId => person.native_unit_id.map(|unit| unit.to_string()),
            Self::PartyJoinedOn => day(person.party_joined_on),
            Self::RecruitedOn => day(person.recruited_on),
        }
    }

    /// Puts a value into a record; one that the field cannot have leaves it as it is.
    fn put(self, person: &mut PersonalData, value: Option<&str>) {
        let text = value.map(str::to_owned);
        let day = value.and_then(|text| text.parse::<NaiveDate>().ok());
        match self {
            Self::FullName => person.full_name = text.unwrap_or_else(|| person.full_name.clone()),
            Self::Sex => person.sex = value.and_then(Sex::of).unwrap_or(person.sex),
            Self::BornOn => person.born_on = day.unwrap_or(person.born_on),
            Self::PersonalNumber => person.personal_number = text,
            Self::EthnicGroup => person.ethnic_group = text.unwrap_or_else(|| person.ethnic_group.clone()),
            Self::Religion => person.religion = text,
            Self::NativePlace => person.native_place = text,
            Self::NativeUnitId => person.native_unit_id = value.and_then(|id| id.parse().ok()),
            Self::PartyJoinedOn => person.party_joined_on = day,
            Self::RecruitedOn => person.recruited_on = day,
        }
    }
}

/// What a proposal makes of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub field: RecordField,
    /// Its value when the change was proposed.
    pub was: Option<String>,
    /// The value that is proposed; none: the field is cleared.
    pub would_be: Option<String>,
}

/// Everything that a proposal changes. A new kind of change is a member here, a member of the body, and a line in
/// the acceptance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ProposedChanges {
    /// Of the record itself.
    #[serde(default)]
    pub record: Vec<FieldChange>,
    /// The number is right although it does not agree with birth and sex.
    #[serde(default)]
    pub confirm_number_mismatch: bool,
    /// Learned, to be added.
    #[serde(default)]
    pub qualifications: Vec<ProposedQualification>,
}

impl ProposedChanges {
    /// Whether nothing is proposed.
    pub fn is_empty(&self) -> bool {
        self.record.is_empty() && self.qualifications.is_empty()
    }

    /// Whether it tells sensitive fields.
    pub fn is_sensitive(&self) -> bool {
        self.record.iter().any(|change| change.field.is_sensitive())
    }

    /// The record as it would be.
    #[must_use]
    pub fn over(&self, mut person: PersonalData) -> PersonalData {
        for change in &self.record {
            change.field.put(&mut person, change.would_be.as_deref());
        }
        person.confirm_number_mismatch = self.confirm_number_mismatch;
        person
    }
}

/// The document that shows a correction to be right, by reference: the document itself is kept elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalEvidence {
    /// Number and sign.
    #[schema(max_length = 100, example = "123/TLKH")]
    pub number: String,
    /// Who issued it.
    #[schema(max_length = 200, example = "UBND xã Na Sang")]
    pub issuer: String,
    /// When.
    pub issued_on: NaiveDate,
}

/// A proposal to be written down.
#[derive(Clone, Debug)]
pub struct CorrectionProposal {
    /// Fields with their values; what they were is looked up.
    pub fields: Vec<(RecordField, Option<String>)>,
    /// The number is right although it does not agree with birth and sex.
    pub confirm_number_mismatch: bool,
    /// Learned, to be added.
    pub qualifications: Vec<ProposedQualification>,
    /// Why.
    pub reason: String,
    /// What shows it.
    pub evidence: ProposalEvidence,
}

/// A field that a proposal changes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CorrectedField {
    /// The field.
    pub field: RecordField,
    /// Its value when the change was proposed; null: none.
    #[schema(max_length = 400)]
    pub was: Option<String>,
    /// Its value in the record now; null: none.
    #[schema(max_length = 400)]
    pub is_now: Option<String>,
    /// The value that is proposed; null: the field is cleared.
    #[schema(max_length = 400)]
    pub would_be: Option<String>,
    /// Whether the record says something else than when the change was proposed.
    pub changed_since: bool,
}

/// A qualification that a proposal adds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposedQualification {
    /// What kind.
    pub kind: QualificationKind,
    /// A code of the catalogue that fits the kind, or a line of text.
    #[schema(max_length = 200)]
    pub level: String,
    /// Field of study.
    #[schema(max_length = 200)]
    pub field: Option<String>,
    /// Who gave it.
    #[schema(max_length = 200)]
    pub institution: Option<String>,
    /// When.
    pub obtained_on: NaiveDate,
    /// Number of the certificate.
    #[schema(max_length = 100)]
    pub certificate_number: Option<String>,
}

impl From<InitialQualification> for ProposedQualification {
    fn from(of: InitialQualification) -> Self {
        let InitialQualification { kind, level, field, institution, obtained_on, certificate_number } = of;
        Self { kind, level, field, institution, obtained_on, certificate_number }
    }
}

impl From<ProposedQualification> for InitialQualification {
    fn from(of: ProposedQualification) -> Self {
        let ProposedQualification { kind, level, field, institution, obtained_on, certificate_number } = of;
        Self { kind, level, field, institution, obtained_on, certificate_number }
    }
}

/// What became of a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalSettlement {
    /// Who accepted, refused or took it back.
    pub by: Ref,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it was refused; null unless it was.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// A proposal in a list: which fields, not their values.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CorrectionSummary {
    /// Its id.
    pub id: ProposalId,
    /// Whose record.
    pub cadre: Ref,
    /// The unit that keeps the file.
    pub unit: Ref,
    /// How far it has come.
    pub state: ProposalState,
    /// The fields that it changes.
    #[schema(max_items = 20)]
    pub fields: Vec<RecordField>,
    /// How many qualifications it adds.
    #[schema(minimum = 0, maximum = 10)]
    pub qualifications: usize,
    /// When it was made.
    pub proposed_at: DateTime<Utc>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<ProposalAction>,
    /// Counts its changes.
    pub version: i32,
}

/// A proposal, and exactly what it would change in the record as it is now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// Its id.
    pub id: ProposalId,
    /// Whose record.
    pub cadre: Ref,
    /// The unit that keeps the file.
    pub unit: Ref,
    /// How far it has come.
    pub state: ProposalState,
    /// The fields that it changes; sensitive ones only for who may see them.
    #[schema(max_items = 20)]
    pub fields: Vec<CorrectedField>,
    /// How many fields are not shown.
    #[schema(minimum = 0, maximum = 20)]
    pub withheld: usize,
    /// What it adds to what the person learned.
    #[schema(max_items = 10)]
    pub qualifications: Vec<ProposedQualification>,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// What shows it.
    pub evidence: ProposalEvidence,
    /// When it was made.
    pub proposed_at: DateTime<Utc>,
    /// What became of it; null while it waits.
    pub settlement: Option<ProposalSettlement>,
    /// The version of the record now: what an officer sends to accept although the record has changed since.
    pub record_version: i32,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<ProposalAction>,
    /// Counts its changes.
    pub version: i32,
}
