//! Programmes, courses, enrolments: values and names.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cadres::QualificationKind;
use crate::catalogues::{Catalogue, catalogue};
use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::typed_id;

typed_id!(
    /// Id of a programme.
    ProgrammeId
);
typed_id!(
    /// Id of a course.
    CourseId
);
typed_id!(
    /// Id of an enrolment.
    EnrolmentId
);

named! {
    /// The kind of a training.
    TrainingKind {
        /// Đào tạo sau đại học.
        Postgraduate "postgraduate",
        /// Đào tạo chuyên môn (trung cấp, cao đẳng, đại học).
        ProfessionalDegree "professional_degree",
        /// Lý luận chính trị.
        PoliticalTheory "political_theory",
        /// Quản lý nhà nước theo chức danh.
        StateManagementByTitle "state_management_by_title",
        /// Quản lý nhà nước theo ngạch.
        StateManagementByRank "state_management_by_rank",
        /// Kiến thức, kỹ năng theo vị trí việc làm.
        JobPositionSkills "job_position_skills",
        /// Kiến thức quốc phòng và an ninh.
        DefenceSecurity "defence_security",
        /// Khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số.
        ScienceTechnologyDigital "science_technology_digital",
        /// Ngoại ngữ.
        ForeignLanguage "foreign_language",
        /// Tin học.
        InformationTechnology "information_technology",
        /// Tiếng dân tộc thiểu số, kiến thức dân tộc.
        EthnicLanguageKnowledge "ethnic_language_knowledge",
        /// Bồi dưỡng cấp ủy viên mới, cán bộ dự nguồn.
        Induction "induction",
    }
}

impl TrainingKind {
    /// The kind of qualification that a pass writes.
    pub fn qualification(self) -> QualificationKind {
        match self {
            Self::Postgraduate | Self::ProfessionalDegree => QualificationKind::Degree,
            Self::PoliticalTheory => QualificationKind::PoliticalTheory,
            Self::StateManagementByTitle | Self::StateManagementByRank => QualificationKind::StateManagement,
            Self::JobPositionSkills => QualificationKind::ProfessionalSkills,
            Self::DefenceSecurity => QualificationKind::DefenceSecurity,
            Self::ScienceTechnologyDigital => QualificationKind::Digital,
            Self::ForeignLanguage => QualificationKind::Language,
            Self::InformationTechnology => QualificationKind::InformationTechnology,
            Self::EthnicLanguageKnowledge => QualificationKind::EthnicLanguage,
            Self::Induction => QualificationKind::Induction,
        }
    }

    /// The catalogue that the level of a pass is in; none: a line of text.
    pub fn levels(self) -> Option<&'static Catalogue> {
        self.qualification().catalogue().and_then(catalogue)
    }

    /// Where a level stands in its catalogue, from the lowest up; the last where it is in none.
    pub fn rank_of(self, level: &str) -> usize {
        let place = |levels: &Catalogue| levels.items.iter().position(|item| item.code == level);
        self.levels().and_then(place).unwrap_or(usize::MAX)
    }
}

named! {
    /// Where an enrolment stands.
    EnrolmentState {
        /// On the course.
        Enrolled "enrolled",
        /// Passed: the qualification is recorded.
        Passed "passed",
        /// Not passed.
        Failed "failed",
        /// Left the course; the seat is free again.
        Withdrawn "withdrawn",
    }
}

named! {
    /// How an enrolment ends.
    TrainingOutcome {
        /// Passed.
        Passed "passed",
        /// Not passed.
        Failed "failed",
        /// Left the course.
        Withdrawn "withdrawn",
    }
}

impl TrainingOutcome {
    /// Where the enrolment stands then.
    pub fn state(self) -> EnrolmentState {
        match self {
            Self::Passed => EnrolmentState::Passed,
            Self::Failed => EnrolmentState::Failed,
            Self::Withdrawn => EnrolmentState::Withdrawn,
        }
    }
}

named! {
    /// What can be done with an enrolment.
    EnrolmentAction {
        /// `POST /v1/enrolments/{id}/record-result`.
        RecordResult "record_result",
    }
}

/// What is taught: a kind of training at a level.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// Its code.
    #[schema(max_length = 80, example = "TC-LLCT")]
    pub code: String,
    /// Its name.
    #[schema(max_length = 400, example = "Trung cấp lý luận chính trị")]
    pub name: String,
    /// Kind of training.
    pub kind: TrainingKind,
    /// The level that a pass gives: a code of the catalogue of the kind's qualification, or a line of text.
    #[schema(max_length = 200, example = "intermediate")]
    pub level: String,
    /// Counts its changes.
    pub version: i32,
}

/// One class of a programme.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// Its code.
    #[schema(max_length = 80, example = "TC-LLCT-K65")]
    pub code: String,
    /// Its name.
    #[schema(max_length = 400, example = "Lớp trung cấp lý luận chính trị K65")]
    pub name: String,
    /// What is taught.
    pub programme: Ref,
    /// Kind of training.
    pub kind: TrainingKind,
    /// The level that a pass gives.
    #[schema(max_length = 200, example = "intermediate")]
    pub level: String,
    /// Who teaches and certifies.
    #[schema(max_length = 200, example = "Trường Chính trị tỉnh")]
    pub institution: String,
    /// The unit that opens it, by its latest name.
    pub unit: Ref,
    /// Its days.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands today.
    pub timeline: Timeline,
    /// How many it takes.
    #[schema(minimum = 1, maximum = 2000)]
    pub seats: i32,
    /// Seats that are free: withdrawing frees one.
    #[schema(minimum = 0, maximum = 2000)]
    pub free_seats: i64,
    /// People on the course, without a result yet.
    #[schema(minimum = 0)]
    pub enrolled: i64,
    /// People who passed.
    #[schema(minimum = 0)]
    pub passed: i64,
    /// People who did not.
    #[schema(minimum = 0)]
    pub failed: i64,
    /// People who left.
    #[schema(minimum = 0)]
    pub withdrawn: i64,
    /// Counts its changes.
    pub version: i32,
}

/// One person on one course.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// The course.
    pub course: Ref,
    /// Who.
    pub cadre: Ref,
    /// Kind of training.
    pub kind: TrainingKind,
    /// The level that a pass gives.
    #[schema(max_length = 200, example = "intermediate")]
    pub level: String,
    /// Where it stands.
    pub state: EnrolmentState,
    /// When the person was put on the course.
    pub enrolled_on: NaiveDate,
    /// When it ended.
    pub result_on: Option<NaiveDate>,
    /// Number of the certificate.
    #[schema(max_length = 100)]
    pub certificate_number: Option<String>,
    /// Why it ended so.
    #[schema(max_length = 400)]
    pub reason: Option<String>,
    /// The qualification that a pass wrote into the person's record.
    pub qualification_id: Option<Uuid>,
    /// What this caller may do next.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<EnrolmentAction>,
    /// Counts its changes.
    pub version: i32,
}

/// A programme to be made.
#[derive(Clone, Debug)]
pub struct NewProgrammeRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Kind of training.
    pub kind: TrainingKind,
    /// The level that a pass gives.
    pub level: String,
}

/// A course to be made.
#[derive(Clone, Debug)]
pub struct NewCourseRow {
    /// What is taught.
    pub programme_id: ProgrammeId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who teaches and certifies.
    pub institution: String,
    /// The unit that opens it.
    pub unit_id: Uuid,
    /// Its days, both ends known.
    pub during: Period,
    /// How many it takes.
    pub seats: i32,
}

/// How an enrolment ends.
#[derive(Clone, Debug)]
pub struct TrainingResult {
    /// How.
    pub outcome: TrainingOutcome,
    /// When.
    pub result_on: NaiveDate,
    /// Number of the certificate.
    pub certificate_number: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A result of one enrolment among many.
#[derive(Clone, Debug)]
pub struct ResultProposal {
    /// Whose.
    pub enrolment_id: EnrolmentId,
    /// How it ends.
    pub result: TrainingResult,
}
