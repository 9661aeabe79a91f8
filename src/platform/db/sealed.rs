//! Sensitive content that opens only by being recorded.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::Db;
use super::change::Tx;
use super::entry::Actor;
use super::record::Notice;
use crate::platform::error::Result;

/// Something that a store has read and that may show sensitive fields of a person. Whoever wants to show it has it
/// recorded.
#[must_use = "it shows nothing until it is opened"]
pub struct Sealed<T> {
    content: T,
    about: BTreeSet<Uuid>,
}

impl<T> Sealed<T> {
    /// With sensitive fields of these cadres in it, or with none.
    pub fn new(content: T, about: impl IntoIterator<Item = Uuid>) -> Self {
        Self { content, about: about.into_iter().collect() }
    }

    /// With something else about the same people, so that both are one reading.
    pub fn and<U>(mut self, mut other: Sealed<U>) -> Sealed<(T, U)> {
        self.about.append(&mut other.about);
        Sealed { about: self.about, content: (self.content, other.content) }
    }

    /// Made of what is in it, if that can be.
    pub fn try_map<U>(self, make: impl FnOnce(T) -> Result<U>) -> Result<Sealed<U>> {
        Ok(Sealed { content: make(self.content)?, about: self.about })
    }

    /// Made of what is in it, where that shows only some of the people: those that `make` names.
    pub fn showing<U>(mut self, make: impl FnOnce(T) -> Result<(U, Vec<Uuid>)>) -> Result<Sealed<U>> {
        let (content, shown) = make(self.content)?;
        self.about.retain(|cadre| shown.contains(cadre));
        Ok(Sealed { content, about: self.about })
    }

    /// For a reader: that they read is on record within a second. `detail` says in which roles.
    pub fn read_by(self, db: &Db, reader: &Actor, action: &str, detail: Value) -> Result<T> {
        if let Some(first) = self.about.first() {
            let notice = Notice {
                action: action.to_owned(),
                target_kind: "cadre",
                target_id: Some(*first).filter(|_| self.about.len() == 1),
                subjects: self.about.iter().copied().collect(),
                refused: None,
                detail,
            };
            db.record(reader, notice)?;
        }
        Ok(self.content)
    }

    /// For a change, whose own entry says who saw it.
    pub fn within(self, _change: &Tx) -> T {
        self.content
    }
}
