//! Rows of programmes, courses and enrolments.

mod courses;
mod enrolments;
mod programmes;

pub use courses::{
    ClassRow, CourseFilter, classes, courses_of, find_course, insert_courses, list_courses, move_courses, unit_periods,
};
pub use enrolments::{
    Enrolled, EnrolmentFilter, EnrolmentOrder, Listed, enrolments_of, find_enrolment, insert_enrolments, known_pairs,
    list_enrolments, lock_standings, write_results,
};
pub use programmes::{find_programme, insert_programmes, known_programmes, list_programmes};

use uuid::Uuid;

use crate::identity::model::Permission;
use crate::identity::{Caller, Scope};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 3000;

/// What a caller may see of training, and where they may act on it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Courses and people that may be seen.
    pub seen: Scope,
    /// Courses that may be kept.
    pub kept: Scope,
    /// Who the caller is.
    pub own: Option<Uuid>,
}

impl Reach {
    /// That of a caller.
    pub fn of<P>(caller: &Caller<P>) -> Self {
        let scope = |permission| caller.scope_for(permission).unwrap_or_else(|| Scope::of(Vec::new(), None));
        let (seen, kept) = (scope(Permission::ReadTraining), scope(Permission::ManageTraining));
        Self { seen, kept, own: caller.cadre_id() }
    }
}
