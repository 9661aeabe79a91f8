//! What the types of bodies cannot see: a key that stands twice in an object, wherever it is, and characters that no
//! text may have. Of two equal keys one reader takes the first and another the last: what was checked would not be what
//! is stored.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::platform::error::{Finding, code};
use crate::platform::text;

/// Faults after this many are not looked for: a body made of them is not worth an answer of its size.
const MOST: usize = 100;

/// What is wrong with a body; an error where it is no JSON at all, wherever in it the fault stands.
pub fn faults(bytes: &[u8]) -> Result<Vec<Finding>, serde_json::Error> {
    let found = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let scan = Scan { at: String::new(), found: &found };
    scan.deserialize(&mut reader)?;
    reader.end()?;
    Ok(found.into_inner())
}

struct Scan<'a> {
    at: String,
    found: &'a RefCell<Vec<Finding>>,
}

impl Scan<'_> {
    fn below(&self, name: &str) -> String {
        format!("{}/{}", self.at, name.replace('~', "~0").replace('/', "~1"))
    }

    fn push(&self, finding: Finding) {
        let mut found = self.found.borrow_mut();
        if found.len() < MOST {
            found.push(finding);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if text::is_unseen(value) {
            self.push(Finding::plain(self.at.clone(), code::BAD_CHARACTER));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        while items.next_element_seed(Scan { at: self.below(&index.to_string()), found: self.found })?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            let at = self.below(&name);
            if text::is_unseen(&name) {
                self.push(Finding::plain(self.at.clone(), code::BAD_CHARACTER));
            } else if !seen.insert(name) {
                self.push(Finding::plain(at.clone(), code::REPEATED));
            }
            fields.next_value_seed(Scan { at, found: self.found })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, &'static str)> {
        faults(text.as_bytes()).unwrap().into_iter().map(|f| (f.pointer.into_owned(), f.code.name)).collect()
    }

    /// I02 I04: wherever they stand.
    #[test]
    fn equal_keys_and_unseen_characters_are_found() {
        assert_eq!(found(r#"{"a": 1, "b": [{"c/d": 1, "c\u002fd": 2}]}"#), [("/b/0/c~1d".to_owned(), "repeated")]);
        assert_eq!(found(r#"{"a": "x\u0000"}"#), [("/a".to_owned(), "bad_character")]);
        assert_eq!(found(r#"{"a": ["\u202e"], "\u0000": 1}"#).len(), 2);
        assert_eq!(found(r#"{"a": "Lò Thị Hoà\n\tdòng hai", "b": {"a": 1}, "c": null, "d": -0.5}"#), []);
        for bad in ["", "{", "{} x", "1e400", "NaN"] {
            assert!(faults(bad.as_bytes()).is_err(), "{bad}");
        }
        let many = format!("[{}]", vec![r#""\u0000""#; 500].join(","));
        assert_eq!(found(&many).len(), MOST);
    }
}
