//! Sensitive content that opens only by being recorded.

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
    about: Vec<Uuid>,
}

impl<T> Sealed<T> {
    /// With sensitive fields of these cadres in it, or with none.
    pub fn new(content: T, about: impl IntoIterator<Item = Uuid>) -> Self {
        let mut about: Vec<Uuid> = about.into_iter().collect();
        about.sort_unstable();
        about.dedup();
        Self { content, about }
    }

    /// With something else, so that both are one reading.
    pub fn and<U>(self, other: Sealed<U>) -> Sealed<(T, U)> {
        Sealed::new((self.content, other.content), self.about.into_iter().chain(other.about))
    }

    /// Made of what is in it, if that can be.
    pub fn try_map<U>(self, make: impl FnOnce(T) -> Result<U>) -> Result<Sealed<U>> {
        Ok(Sealed { content: make(self.content)?, about: self.about })
    }

    /// For a reader: that they read is on record within a second. `detail` says in which roles.
    pub fn read_by(self, db: &Db, reader: &Actor, action: &str, detail: Value) -> Result<T> {
        if !self.about.is_empty() {
            let notice = Notice {
                action: action.to_owned(),
                target_kind: "cadre",
                target_id: if let [cadre] = self.about.as_slice() { Some(*cadre) } else { None },
                subjects: self.about,
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
