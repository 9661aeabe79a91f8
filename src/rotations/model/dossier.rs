//! The dossier of a person of a case.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::papers::RotationDocument;
use crate::platform::http::page::Ref;

/// Papers of the dossier (hồ sơ): those of an appointment, and those of its carrying out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DossierItem {
    /// Tờ trình.
    Submission,
    /// Biên bản, kết quả kiểm phiếu of each step.
    Minutes,
    /// Sơ yếu lý lịch, certified.
    CurriculumVitae,
    /// Bản tự kiểm điểm of the last three years.
    SelfAssessment,
    /// Nhận xét of party cell, committee and leadership on the last three years.
    EmployerComment,
    /// Nhận xét của chi ủy nơi cư trú.
    ResidenceComment,
    /// Kết luận tiêu chuẩn chính trị.
    PoliticalConclusion,
    /// Bản kê khai tài sản, thu nhập.
    AssetDeclaration,
    /// Giấy chứng nhận sức khỏe.
    HealthCertificate,
    /// Văn bằng, chứng chỉ, certified.
    Diplomas,
    /// Biên bản bàn giao.
    HandOver,
    /// Something else.
    Other,
}

/// Who is to bring a paper of the dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DossierParty {
    /// Cơ quan tham mưu.
    AdvisoryBody,
    /// Nơi đi.
    Origin,
    /// The person.
    Person,
    /// Chi ủy nơi cư trú.
    Residence,
}

impl DossierItem {
    /// What the dossier of an appointment has, in its order (NĐ 170/2025/NĐ-CP, article 35; partly from secondary sources).
    pub const REQUIRED: [Self; 10] = [
        Self::Submission,
        Self::Minutes,
        Self::CurriculumVitae,
        Self::SelfAssessment,
        Self::EmployerComment,
        Self::ResidenceComment,
        Self::PoliticalConclusion,
        Self::AssetDeclaration,
        Self::HealthCertificate,
        Self::Diplomas,
    ];

    /// Who is to bring it.
    pub const fn owed_by(self) -> DossierParty {
        match self {
            Self::Submission | Self::Minutes | Self::PoliticalConclusion | Self::HandOver | Self::Other => {
                DossierParty::AdvisoryBody
            }
            Self::CurriculumVitae
            | Self::SelfAssessment
            | Self::AssetDeclaration
            | Self::HealthCertificate
            | Self::Diplomas => DossierParty::Person,
            Self::EmployerComment => DossierParty::Origin,
            Self::ResidenceComment => DossierParty::Residence,
        }
    }
}

/// One paper of a dossier.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DossierEntry {
    /// Which.
    pub item: DossierItem,
    /// Whether it is there.
    pub there: bool,
    /// Who is to bring it.
    pub owed_by: DossierParty,
    /// Where it is; more than one: each counts.
    #[schema(max_items = 1000)]
    pub papers: Vec<RotationDocument>,
}

/// The dossier of a person of a case (hồ sơ nhân sự).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RotationDossier {
    /// Whose.
    pub cadre: Ref,
    /// Paper by paper.
    #[schema(max_items = 20)]
    pub entries: Vec<DossierEntry>,
}
