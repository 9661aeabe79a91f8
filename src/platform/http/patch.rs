//! Fields of a merge patch (RFC 7396): absent keeps, `null` clears, a value sets.

use serde::{Deserialize, Deserializer};

use crate::platform::error::{Finding, code};

/// What a patch says of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field is not in the patch.
    #[default]
    Keep,
    /// The field is `null`.
    Clear,
    /// The field has a value.
    Set(T),
}

impl<T> Change<T> {
    /// The field after the patch, for one that may be empty.
    pub fn over(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }
}

impl<T> Change<T> {
    /// The new value, if one, of a field that cannot be cleared.
    pub fn required(self, pointer: &'static str) -> Result<Option<T>, Finding> {
        match self {
            Self::Keep => Ok(None),
            Self::Set(new) => Ok(Some(new)),
            Self::Clear => Err(Finding::plain(pointer, code::REQUIRED)),
        }
    }
}

/// Use with `#[serde(default)]`, which makes an absent field `Keep`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Patch {
        #[serde(default)]
        name: Change<String>,
    }

    #[test]
    fn absent_null_and_value_differ() {
        let read = |text: &str| serde_json::from_str::<Patch>(text).unwrap().name;
        assert_eq!(read("{}"), Change::Keep);
        assert_eq!(read(r#"{"name": null}"#), Change::Clear);
        assert_eq!(read(r#"{"name": "x"}"#), Change::Set("x".to_owned()));
        assert_eq!(read("{}").over(Some("old".to_owned())).as_deref(), Some("old"));
    }
}
