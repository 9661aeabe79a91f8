//! Whether entries are a chain. AUDIT.md has the same rules in words.

use super::model::{AuditFault, AuditFaultReason, Checkpoint, Place, Stored};
use crate::platform::canonical::link;

fn fault(seq: i64, reason: AuditFaultReason) -> AuditFault {
    AuditFault { seq: Some(seq), reason }
}

/// Follows the chain from a place through the entries that are stored after it, in their order. Gives the last good place,
/// and the first bad one.
pub fn follow(from: Place, entries: &[Stored]) -> (Place, Option<AuditFault>) {
    let mut at = from;
    for entry in entries {
        let seq = at.seq + 1;
        let reason = if entry.seq != seq {
            Some(AuditFaultReason::Missing)
        } else if entry.prev_hash != at.hash {
            Some(AuditFaultReason::OutOfChain)
        } else if entry.hash != link(&entry.prev_hash, seq, &entry.canonical) {
            Some(AuditFaultReason::HashDiffers)
        } else if entry.record.canonical().as_bytes() != entry.canonical {
            Some(AuditFaultReason::ColumnsDiffer)
        } else {
            None
        };
        if let Some(reason) = reason {
            return (at, Some(fault(seq, reason)));
        }
        at = Place { seq, hash: entry.hash.clone() };
    }
    (at, None)
}

/// The first checkpoint, in the order of the record, that does not hold: what is stored at its place is another hash, or
/// nothing, or its signature is bad. `stored` knows the hashes of the record; `signed` says whether a signature is good,
/// nothing where its key is not known any more.
pub fn compare(
    checkpoints: &[Checkpoint],
    stored: impl Fn(i64) -> Option<Vec<u8>>,
    signed: impl Fn(&Checkpoint) -> Option<bool>,
) -> Option<AuditFault> {
    let mut sorted: Vec<&Checkpoint> = checkpoints.iter().collect();
    sorted.sort_by_key(|checkpoint| checkpoint.place.seq);
    sorted.into_iter().find_map(|checkpoint| {
        let seq = checkpoint.place.seq;
        match stored(seq) {
            None => Some(fault(seq, AuditFaultReason::CutOff)),
            Some(hash) if hash != checkpoint.place.hash => Some(fault(seq, AuditFaultReason::CheckpointDiffers)),
            Some(_) if signed(checkpoint) == Some(false) => Some(fault(seq, AuditFaultReason::SignatureBad)),
            Some(_) => None,
        }
    })
}
