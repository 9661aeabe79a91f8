//! Training (đào tạo, bồi dưỡng): programmes, courses, enrolments, results.
//!
//! A PROGRAMME is what is taught: a kind of training at a level. A COURSE (lớp) is one class of it, opened by a unit, with
//! its days and seats. An ENROLMENT puts one person on one course and ends once: passed, failed or withdrawn. A pass
//! writes the qualification into the person's record, in the same transaction; each names the other.
//!
//! Worked example: the course "Trung cấp LLCT K65" of the kind political_theory at the level intermediate has 60 seats,
//! and 60 people are on it: the 61st is `course_full`. One withdraws and a seat is free; one passes, and their record
//! has the qualification political_theory, intermediate, that this enrolment led to.
//!
//! NOT here: the writing of qualifications (cadres), and what a title needs.

mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{
    Course, CourseId, Enrolment, EnrolmentId, EnrolmentState, NewCourseRow, NewProgrammeRow, Programme, ProgrammeId,
    ResultProposal, TrainingKind, TrainingOutcome, TrainingResult,
};
pub use service::{create_courses, create_programmes, enrol_many, record_results};
pub use store::{courses_of, move_courses};
