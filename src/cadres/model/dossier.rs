//! What of a file speaks for or against a person in a post: the facts that rules of eligibility compare, and no others.
//!
//! It is kept with decisions, to be read years later: a field may be added, with a default; none changes its meaning.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::groups::DisciplineSide;
use super::{CadreId, CadreStatus, QualificationKind, Sex};
use crate::organisations::model::UnitId;
use crate::platform::period::Period;
use crate::posts::{PostId, TitleId};

/// A person as far as eligibility depends on them, as known now and seen from a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dossier {
    /// Whose.
    pub cadre_id: CadreId,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
    /// The unit that keeps the file.
    pub unit_id: Uuid,
    /// Quê quán as a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_unit_id: Option<UnitId>,
    /// Whether the person is in service.
    pub status: CadreStatus,
    /// Everything held, before the day and after.
    pub career: Vec<Tenure>,
    /// What was learned by the day.
    pub qualifications: Vec<Learned>,
    /// The titles that the person is planned for on the day.
    pub planned_for: Vec<TitleId>,
    /// The classes of years.
    pub assessments: Vec<YearClass>,
    /// A last day of service that was decided.
    pub decided_retirement: Option<DecidedRetirement>,
    /// What is sensitive; none: not to be seen by who asks.
    pub sensitive: Option<SensitiveFacts>,
}

/// A stay in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenure {
    /// The post.
    pub post_id: PostId,
    /// Its title.
    pub title_id: TitleId,
    /// Its unit.
    pub unit_id: Uuid,
    /// When.
    pub during: Period,
    /// Whether it was the one full-time post.
    pub full_time: bool,
    /// Length of a term of the post, months.
    pub term_months: Option<u32>,
}

/// Something learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// What kind.
    pub kind: QualificationKind,
    /// A code of the catalogue that fits the kind, or a line of text.
    pub level: String,
    /// When.
    pub obtained_on: NaiveDate,
}

/// The class of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearClass {
    /// The year.
    pub year: i32,
    /// Code of the catalogue `classification_levels`.
    pub class: String,
}

/// A last day of service that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedRetirement {
    /// The day.
    pub last_on: NaiveDate,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
}

/// What is sensitive of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensitiveFacts {
    /// Day of joining the Party, as the record has it.
    pub party_joined_on: Option<NaiveDate>,
    /// Memberships of the Party.
    pub party: Vec<PartyMember>,
    /// Disciplines.
    pub disciplines: Vec<Disciplined>,
    /// When health certificates were issued.
    pub health_certificates: Vec<NaiveDate>,
    /// Code of the catalogue `general_education`.
    pub general_education: Option<String>,
}

/// A membership of the Party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyMember {
    /// From joining to leaving.
    pub during: Period,
    /// When probation was over.
    pub official_on: Option<NaiveDate>,
}

/// A discipline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disciplined {
    /// Code of the catalogue `discipline_kinds`.
    pub measure: String,
    /// Whose it is.
    pub side: DisciplineSide,
    /// First day of its effect.
    pub from: NaiveDate,
}

impl Dossier {
    /// In one order, whatever the order in which it was read.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.career.sort_by_key(|stay| (stay.during.from(), stay.during.to(), stay.post_id, stay.full_time));
        self.qualifications.sort_by(|a, b| (a.kind, a.obtained_on, &a.level).cmp(&(b.kind, b.obtained_on, &b.level)));
        self.planned_for.sort_unstable();
        self.assessments.sort_by(|a, b| (a.year, &a.class).cmp(&(b.year, &b.class)));
        if let Some(facts) = &mut self.sensitive {
            facts.party.sort_by_key(|one| (one.during.from(), one.during.to(), one.official_on));
            facts.disciplines.sort_by(|a, b| (a.from, &a.measure, a.side).cmp(&(b.from, &b.measure, b.side)));
            facts.health_certificates.sort_unstable();
        }
        self
    }
}
