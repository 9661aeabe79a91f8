//! Rows of cadre records, qualifications and plannings.

mod entries;
mod proposals;
mod records;
mod search;

pub use entries::{
    Entries, find_planning, find_qualification, insert_plannings, planned_titles, plannings, qualifications,
    record_qualification, record_qualifications,
};
pub use proposals::{
    Met, ProposalFilter, Reach, find_proposal, insert_proposal, list_proposals, lock_proposal, settle_proposal,
};
pub use records::{
    files_of, find_cadre, insert_cadres, lock_people, lock_record, move_files, move_to_unit, people, personal_data,
    see, settle_files, units_in_scope, update_cadre,
};
pub use search::{CadreFilter, CadreSort, Listed, list_cadres};

use uuid::Uuid;

use crate::identity::model::Permission;
use crate::identity::{Caller, Scope};

/// What a caller may see of records.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Whose records.
    pub scope: Scope,
    /// In which units sensitive fields too.
    pub sensitive: Scope,
    /// The caller's own record, seen whole.
    pub own: Option<Uuid>,
}

impl Sight {
    /// That of a caller.
    pub fn of<P>(caller: &Caller<P>) -> Self {
        let nowhere = || Scope::of(Vec::new(), None);
        Self {
            scope: caller.scope().clone(),
            sensitive: caller.scope_for(Permission::ReadSensitive).unwrap_or_else(nowhere),
            own: caller.cadre_id(),
        }
    }
}
