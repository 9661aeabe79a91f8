//! Rows of cadre records, qualifications, plannings and facts.

mod dossiers;
mod entries;
mod facts;
mod limits;
mod namesakes;
mod proposals;
mod reach;
mod records;
mod search;

pub use dossiers::{WantedFacts, Whom, dossiers, near};
pub use entries::{
    Entries, correct_planning, correct_qualification, find_planning, find_qualification, insert_plannings,
    planned_titles, plannings, qualifications, record_qualification, record_qualifications, withdraw_planning,
    withdraw_qualification,
};
pub use facts::{
    NewFact, decided_retirements, facts, file, find_fact, insert_facts, predecessor, standing_fact, supersede_fact,
};
pub use limits::{planned_people, planning_facts, title_places};
pub use namesakes::namesakes;
pub use proposals::{
    Met, ProposalFilter, Reach, find_proposal, insert_proposal, list_proposals, lock_proposal, open_proposals,
    settle_proposal,
};
pub use reach::{fact_stance, see};
pub use records::{
    files_of, find_cadre, find_cadre_known, insert_cadres, localities_in_scope, lock_people, lock_record, move_files,
    move_to_unit, people, personal_data, settle_files, units_in_scope, update_cadre,
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
