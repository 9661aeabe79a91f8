//! Entries of the record, and what verifying it tells.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::canonical::{Record, hex};

/// One write, done or refused, or one read of sensitive fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// Its place in the record, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// `account`, `client` or `system`.
    #[schema(max_length = 20)]
    pub actor_kind: String,
    /// Account or client.
    pub actor_id: Option<Uuid>,
    /// User name or client id.
    #[schema(max_length = 128)]
    pub actor_label: String,
    /// What was asked, `decide_rotation`.
    #[schema(max_length = 80)]
    pub action: String,
    /// Kind of the thing that it was done to.
    #[schema(max_length = 80)]
    pub target_kind: String,
    /// The thing.
    pub target_id: Option<Uuid>,
    /// The unit that it belongs to.
    pub unit_id: Option<Uuid>,
    /// `done`, `refused` or `read`.
    #[schema(max_length = 20)]
    pub outcome: String,
    /// Why it was refused.
    #[schema(max_length = 80)]
    pub code: Option<String>,
    /// SHA-256, hex, of the canonical JSON of the target before, where the change had it at hand.
    #[schema(max_length = 64)]
    pub before_digest: Option<String>,
    /// SHA-256, hex, of the canonical JSON of what the change returned.
    #[schema(max_length = 64)]
    pub after_digest: Option<String>,
    /// The effects of a change, the findings of a refusal, the roles of a reader.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// The request.
    #[schema(max_length = 128)]
    pub request_id: String,
}

/// Who read or changed the file of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct CadreAccess {
    /// Its place in the record.
    pub seq: i64,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// `account`, `client` or `system`.
    #[schema(max_length = 20)]
    pub actor_kind: String,
    /// User name or client id.
    #[schema(max_length = 128)]
    pub actor_label: String,
    /// The roles that they held then; empty for a change.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// What they did, `get_cadre`.
    #[schema(max_length = 80)]
    pub action: String,
    /// `read`, or `done` for a change of the record.
    #[schema(max_length = 20)]
    pub outcome: String,
    /// The request.
    #[schema(max_length = 128)]
    pub request_id: String,
}

/// An entry as it is stored: its columns, whose files it is about, the bytes that were hashed, and the links.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its place.
    pub seq: i64,
    /// What the columns say, with the subjects of the table beside.
    pub record: Record,
    /// The bytes.
    pub canonical: Vec<u8>,
    /// The hash of the one before.
    pub prev_hash: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// A place of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The entry.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// A place of the chain that the service signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which.
    pub place: Place,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The key.
    pub key_id: String,
    /// Ed25519.
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(place: &Place, made_at: DateTime<Utc>) -> String {
        let made_at = made_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        format!("canbo audit checkpoint 1\n{}\n{}\n{made_at}\n", place.seq, hex(&place.hash))
    }
}

/// What is wrong with a place of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFaultReason {
    /// The number that should follow is not there.
    Missing,
    /// It does not follow the entry before: one of the two was changed, or one between was taken away.
    OutOfChain,
    /// Its hash is not that of its bytes.
    HashDiffers,
    /// Its columns do not say what its bytes say.
    ColumnsDiffer,
    /// A checkpoint names an entry that is not there: the end was cut off, or an older copy was restored.
    CutOff,
    /// A checkpoint names another hash: what leads to it was written anew.
    CheckpointDiffers,
    /// The signature of a checkpoint is bad.
    SignatureBad,
    /// The file of checkpoints on another volume cannot be read.
    AnchorUnreadable,
}

/// The first place of the record that is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditFault {
    /// The entry; null where it is no entry's fault.
    pub seq: Option<i64>,
    /// What is wrong.
    pub reason: AuditFaultReason,
}

/// A place of the chain, as callers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditHead {
    /// The last entry.
    pub seq: i64,
    /// Its hash, hex.
    #[schema(max_length = 64)]
    pub hash: String,
}

impl From<Place> for AuditHead {
    fn from(place: Place) -> Self {
        Self { seq: place.seq, hash: hex(&place.hash) }
    }
}

/// What verifying a part of the record told.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Nothing that was looked at is bad.
    pub valid: bool,
    /// The first bad place.
    pub first_bad: Option<AuditFault>,
    /// Entries that were verified, from `from_seq`.
    pub entries: i64,
    /// The first that was looked at.
    pub from_seq: i64,
    /// Give it as `from_seq` to go on; null when the end was reached, or what follows cannot be told from what is bad.
    pub next_from_seq: Option<i64>,
    /// The end of the record; null while it is empty.
    pub head: Option<AuditHead>,
    /// Checkpoints that were compared with the record.
    pub checkpoints: i64,
    /// Checkpoints of the file on another volume that were compared; null where there is none.
    pub anchored: Option<i64>,
}

/// A signed place of the record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditCheckpoint {
    /// The entry.
    pub seq: i64,
    /// Its hash, hex.
    #[schema(max_length = 64)]
    pub hash: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The `kid` of the key in `/.well-known/jwks.json`.
    #[schema(max_length = 64)]
    pub key_id: String,
    /// Ed25519, hex.
    #[schema(max_length = 128)]
    pub signature: String,
}

impl From<Checkpoint> for AuditCheckpoint {
    fn from(made: Checkpoint) -> Self {
        let Checkpoint { place, made_at, key_id, signature } = made;
        Self { seq: place.seq, hash: hex(&place.hash), made_at, key_id, signature: hex(&signature) }
    }
}

impl TryFrom<AuditCheckpoint> for Checkpoint {
    type Error = ();
    fn try_from(told: AuditCheckpoint) -> Result<Self, ()> {
        let place = Place { seq: told.seq, hash: unhex(&told.hash).ok_or(())? };
        let signature = unhex(&told.signature).ok_or(())?;
        Ok(Self { place, made_at: told.made_at, key_id: told.key_id, signature })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// One line of an export: what somebody else needs to verify the record.
#[derive(Debug, Serialize)]
pub struct ExportLine<'a> {
    /// Its place.
    pub seq: i64,
    /// Hex.
    pub prev_hash: String,
    /// Hex.
    pub hash: String,
    /// The bytes that were hashed.
    pub canonical: &'a str,
}
