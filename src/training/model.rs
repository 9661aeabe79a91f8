//! Programmes, courses, enrolments: values and names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalogues::{Catalogue, catalogue};
use crate::organisations::model::named;

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
    /// The catalogue that the level of a pass is in; none: a line of text.
    pub fn levels(self) -> Option<&'static Catalogue> {
        let name = match self {
            Self::Postgraduate | Self::ProfessionalDegree => "degrees",
            Self::PoliticalTheory => "political_theory_levels",
            Self::StateManagementByTitle | Self::StateManagementByRank => "state_management_levels",
            _ => return None,
        };
        catalogue(name)
    }

    /// Where a level stands in its catalogue, from the lowest up; the last where it is in none.
    pub fn rank_of(self, level: &str) -> usize {
        let place = |levels: &Catalogue| levels.items.iter().position(|item| item.code == level);
        self.levels().and_then(place).unwrap_or(usize::MAX)
    }
}
