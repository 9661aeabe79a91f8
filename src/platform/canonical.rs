//! The bytes that the audit record is hashed as, and the hash. AUDIT.md says the same in words, for who verifies the
//! record without canbo.
//!
//! Canonical JSON: UTF-8, no white space, members sorted by their names, texts in NFC and escaped only where JSON asks
//! for it, integers alone, instants in UTC to the microsecond.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

/// `prev_hash` of the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// What is recorded: who did what to what, when, by which request, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// When, by the clock of the service.
    pub recorded_at: DateTime<Utc>,
    /// `account`, `client` or `system`.
    pub actor_kind: String,
    /// Account or client.
    pub actor_id: Option<Uuid>,
    /// User name or client id.
    pub actor_label: String,
    /// What was asked, `decide_rotation`.
    pub action: String,
    /// Kind of the thing that it was done to.
    pub target_kind: String,
    /// The thing.
    pub target_id: Option<Uuid>,
    /// The unit that it belongs to.
    pub unit_id: Option<Uuid>,
    /// `done`, `refused` or `read`.
    pub outcome: String,
    /// Why it was refused.
    pub code: Option<String>,
    /// Digest of the target before.
    pub before_digest: Option<String>,
    /// Digest of the target after.
    pub after_digest: Option<String>,
    /// Effects, findings, roles.
    pub detail: Value,
    /// The request.
    pub request_id: String,
    /// Whose files it is about.
    pub subjects: Vec<Uuid>,
}

impl Record {
    /// The same with its texts in the form that is kept, and its subjects sorted.
    #[must_use]
    pub fn settled(mut self) -> Self {
        for text in [
            &mut self.actor_kind,
            &mut self.actor_label,
            &mut self.action,
            &mut self.target_kind,
            &mut self.outcome,
            &mut self.request_id,
        ] {
            *text = kept(text);
        }
        self.code = self.code.as_deref().map(kept);
        self.detail = settled(self.detail);
        self.subjects.sort_unstable();
        self.subjects.dedup();
        self
    }

    /// Its canonical JSON.
    pub fn canonical(&self) -> String {
        canonical(&json!({
            "v": 1,
            "id": self.id,
            "recorded_at": self.recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            "actor_kind": self.actor_kind,
            "actor_id": self.actor_id,
            "actor_label": self.actor_label,
            "action": self.action,
            "target_kind": self.target_kind,
            "target_id": self.target_id,
            "unit_id": self.unit_id,
            "outcome": self.outcome,
            "code": self.code,
            "before_digest": self.before_digest,
            "after_digest": self.after_digest,
            "detail": self.detail,
            "request_id": self.request_id,
            "subjects": self.subjects,
        }))
    }
}

/// NFC, without the one character that PostgreSQL cannot keep.
fn kept(text: &str) -> String {
    text.nfc().map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn settled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(kept(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(settled).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (kept(&name), settled(value))).collect())
        }
        plain => plain,
    }
}

/// The canonical JSON of a value.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => write_members(members, text),
        // serde_json escapes what JSON asks for and nothing else.
        plain => text.push_str(&plain.to_string()),
    }
}

fn write_members(members: &Map<String, Value>, text: &mut String) {
    let mut names: Vec<&String> = members.keys().collect();
    names.sort_unstable();
    text.push('{');
    for (index, name) in names.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::String(name.clone()).to_string());
        text.push(':');
        write(members.get(name).unwrap_or(&Value::Null), text);
    }
    text.push('}');
}

/// The hash of an entry: over that of the one before, its place, and its bytes.
pub fn link(before: &[u8], seq: i64, canonical: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(seq.to_be_bytes()).chain_update(canonical).finalize().into()
}

/// SHA-256, hex, of a value's canonical JSON; none for nothing.
pub fn digest(value: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok().filter(|value| !value.is_null())?;
    Some(hex(&Sha256::digest(canonical(&settled(value)))))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(nibble.into(), 16));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_texts_are_escaped_as_json_asks() {
        let value =
            json!({"b": [1, null, true, {"z": "", "a": -7}], "a": "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f} Lò \u{1f600}"});
        let wanted =
            "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u{7f} Lò \u{1f600}\",\"b\":[1,null,true,{\"a\":-7,\"z\":\"\"}]}";
        assert_eq!(canonical(&value), wanted);
    }

    /// A06: NFD and NFC of a name are one text, and what is kept is what is hashed.
    #[test]
    fn texts_are_settled_before_they_are_hashed() {
        let record = |label: &str| {
            Record {
                id: Uuid::from_u128(1),
                recorded_at: DateTime::from_timestamp_micros(1_795_393_800_000_007).unwrap(),
                actor_kind: "account".to_owned(),
                actor_id: None,
                actor_label: label.to_owned(),
                action: "x".to_owned(),
                target_kind: "y".to_owned(),
                target_id: None,
                unit_id: None,
                outcome: "done".to_owned(),
                code: None,
                before_digest: None,
                after_digest: None,
                detail: json!({"label": label}),
                request_id: "r".to_owned(),
                subjects: vec![Uuid::from_u128(3), Uuid::from_u128(2), Uuid::from_u128(3)],
            }
            .settled()
        };
        let (composed, decomposed) = (record("L\u{f2}\0"), record("Lo\u{300}\0"));
        assert_eq!(composed.canonical(), decomposed.canonical());
        assert!(composed.canonical().contains("\"actor_label\":\"L\u{f2}\u{fffd}\""));
        assert!(composed.canonical().contains(".000007Z\""), "{}", composed.canonical());
        assert_eq!(composed.subjects, [Uuid::from_u128(2), Uuid::from_u128(3)]);
    }

    #[test]
    fn hashes_are_as_others_compute_them() {
        // printf '\0%.0s' {1..32} ... | sha256sum, over 32 zero bytes, 0000000000000001, {}
        let mut bytes = vec![0; 32];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 1, b'{', b'}']);
        let whole: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(link(&GENESIS, 1, b"{}"), whole);
        assert_eq!(digest(&json!({})).unwrap(), hex(&Sha256::digest("{}")));
        assert_eq!(digest(&()), None);
        assert_eq!(hex(&[0, 0xa7, 0xff]), "00a7ff");
    }
}
