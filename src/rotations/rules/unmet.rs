//! What rules of law do not allow: those that the province has confirmed refuse, others are told.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::platform::error::{Error, Finding, Result};

/// The rules from which the authority excepts people, by person: each with the approval.
pub type Waived = HashMap<Uuid, BTreeMap<String, String>>;

/// Findings by rules of law.
#[derive(Debug, Default)]
pub struct Unmet {
    /// By rules that the province has confirmed.
    pub confirmed: Vec<Finding>,
    /// By others.
    pub others: Vec<Finding>,
}

impl Unmet {
    /// Adds what a rule finds.
    pub fn note(&mut self, confirmed: bool, found: impl IntoIterator<Item = Finding>) {
        if confirmed { self.confirmed.extend(found) } else { self.others.extend(found) }
    }

    /// Both together.
    pub fn and(mut self, more: Self) -> Self {
        self.confirmed.extend(more.confirmed);
        self.others.extend(more.others);
        self
    }

    /// Refuses where a rule that the province has confirmed is not met.
    pub fn enforced(self) -> Result<Self> {
        if self.confirmed.is_empty() { Ok(self) } else { Err(Error::refused(self.confirmed)) }
    }
}

/// Whether the authority lets somebody pass a rule.
pub(super) fn excepted(waived: &Waived, cadre: Uuid, rule: &str) -> bool {
    waived.get(&cadre).is_some_and(|rules| rules.contains_key(rule))
}
