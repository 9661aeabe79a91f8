//! The cadre record (hồ sơ cán bộ): who the person is, what they learned, what they are planned for, the facts of the form
//! 2C and of the national database, and, beside what the posts room knows, their profile on any day.
//!
//! Nothing recorded is overwritten: a correction supersedes it with a reason, and `known_at` shows what was known before.
//!
//! A person's file is kept by one unit, `unit_id`, which follows the full-time post; who may see that unit may see the
//! file, and the person their own. Personal number, ethnic group, religion, the day of joining the Party, and the facts of
//! sensitive kinds ([`FactKind::is_sensitive`]) are seen by those alone who hold the permission for sensitive fields there.
//!
//! Worked example: as of 2024-06-01 the profile of a person shows "Chủ tịch, Ủy ban nhân dân xã Ma Thì Hồ", a unit that
//! is no more; `known_at` leaves out what was recorded later.
//!
//! What a person finds wrong in their own record they propose to correct; the officer of the unit sees what would change, and
//! accepts or refuses. It is written as the officer's own change is.
//!
//! NOT here: the writing of appointments (posts), how people move (rotations), courses (training).

mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{
    AssessmentContent, Cadre, CadreId, CadreProposal, CadreStatus, Closing, CorrectionProposal, DisciplineContent,
    DisciplineSide, Dossier, FactKind, FamilySide, FileState, HealthCertificateContent, InitialAppointment,
    InitialQualification, MemberOrganisation, MembershipContent, NewQualification, Person, PersonalData, PlanningId,
    ProposalEvidence, QualificationId, QualificationKind, RankContent, RecordField, Relation, RelativeContent,
    Retirement, RetirementGround, RewardContent, Sex, Source, Tenure,
};
pub use rules::{Examined, NativeRule, NativeVerdict, Roots, Stay, native_of};
pub use service::{propose, record_careers, record_facts, register, retirement_days, settle_files};
pub use store::{
    Sight, WantedFacts, Whom, dossiers, files_of, lock_people, move_files, move_to_unit, near, people, planned_titles,
    record_qualification, record_qualifications,
};
