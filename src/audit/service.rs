//! Verifying the record, and signing where it stands.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{AuditFault, AuditFaultReason, AuditVerification, CadreAccess, Checkpoint, Place};
use super::{anchor, rules, store};
use crate::platform::App;
use crate::platform::canonical::GENESIS;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;

/// Entries that one statement reads.
const CHUNK: i64 = 500;
/// Checkpoints whose signatures are looked at, the newest.
const SIGNATURES: i64 = 1000;
/// A checkpoint is made after this many entries,
const CHECKPOINT_ENTRIES: i64 = 10_000;
/// or after this time, when there is anything new.
const CHECKPOINT_AGE: TimeDelta = TimeDelta::hours(1);

/// Who read or changed the file of a person whom the caller may see.
pub async fn accesses(
    conn: &mut AsyncPgConnection,
    cadre: Uuid,
    paging: &Paging,
) -> Result<(Vec<CadreAccess>, Option<i64>)> {
    store::accesses(conn, cadre, paging).await
}

/// The last entry before a number, where the chain is followed from.
async fn place_before(conn: &mut AsyncPgConnection, from_seq: i64) -> Result<Option<Place>> {
    let seq = from_seq - 1;
    if seq == 0 {
        return Ok(Some(Place { seq, hash: GENESIS.to_vec() }));
    }
    Ok(store::hashes(conn, &[seq]).await?.remove(&seq).map(|hash| Place { seq, hash }))
}

/// Follows the chain from a place, so many entries at most; gives the last good place and the first bad one.
async fn follow(conn: &mut AsyncPgConnection, mut at: Place, most: i64) -> Result<(Place, Option<AuditFault>)> {
    let end = at.seq.saturating_add(most);
    while at.seq < end {
        let entries = store::stored(conn, at.seq + 1, CHUNK.min(end - at.seq)).await?;
        if entries.is_empty() {
            break;
        }
        let (good, bad) = rules::follow(at, &entries);
        at = good;
        if bad.is_some() {
            return Ok((at, bad));
        }
    }
    Ok((at, None))
}

/// Whether checkpoints hold against the record.
async fn compare(app: &App, conn: &mut AsyncPgConnection, made: &[Checkpoint]) -> Result<Option<AuditFault>> {
    let seqs: Vec<i64> = made.iter().map(|checkpoint| checkpoint.place.seq).collect();
    let hashes: HashMap<i64, Vec<u8>> = store::hashes(conn, &seqs).await?;
    let signed = |made: &Checkpoint| {
        let text = Checkpoint::text(&made.place, made.made_at);
        app.seal.verifies(&made.key_id, &text, &made.signature)
    };
    Ok(rules::compare(made, |seq| hashes.get(&seq).cloned(), signed))
}

/// Verifies a part of the record: from `from_seq`, or from the last checkpoint that holds; at most `most` entries. All
/// checkpoints are compared each time, those of the file on another volume too.
pub async fn verify(app: &App, from_seq: Option<i64>, most: i64) -> Result<AuditVerification> {
    let mut conn = app.db.read().await?;
    // The end first: what is appended meanwhile is a matter of the next time.
    let head = store::head(&mut conn).await?;
    let newest = store::checkpoints(&mut conn, None, SIGNATURES).await?;
    let mut faults: Vec<AuditFault> = compare(app, &mut conn, &newest).await?.into_iter().collect();
    if let Some(broken) = store::first_broken_checkpoint(&mut conn).await? {
        faults.extend(compare(app, &mut conn, &[broken]).await?);
    }
    let mut anchored = None;
    if let Some(file) = &app.audit.anchor_file {
        match anchor::read(file) {
            Ok(lines) => {
                anchored = i64::try_from(lines.len()).ok();
                faults.extend(compare(app, &mut conn, &lines).await?);
            }
            Err(error) => {
                log::error!("{} cannot be read: {error}", file.display());
                faults.push(AuditFault { seq: None, reason: AuditFaultReason::AnchorUnreadable });
            }
        }
    }
    let good = newest.first().filter(|_| faults.is_empty()).map(|checkpoint| checkpoint.place.seq + 1);
    let from_seq = from_seq.or(good).unwrap_or(1);
    let (at, bad) = if let Some(place) = place_before(&mut conn, from_seq).await? {
        follow(&mut conn, place, most).await?
    } else {
        let missing = AuditFault { seq: Some(from_seq - 1), reason: AuditFaultReason::Missing };
        (Place { seq: from_seq - 1, hash: Vec::new() }, Some(missing))
    };
    faults.extend(bad);
    // In the order of the record; what is no entry's fault comes last.
    faults.sort_by_key(|fault| fault.seq.unwrap_or(i64::MAX));
    let more = bad.is_none() && head.as_ref().is_some_and(|head| head.seq > at.seq);
    Ok(AuditVerification {
        valid: faults.is_empty(),
        first_bad: faults.first().copied(),
        entries: at.seq + 1 - from_seq,
        from_seq,
        next_from_seq: more.then_some(at.seq + 1),
        head: head.map(Into::into),
        checkpoints: store::count_checkpoints(&mut conn).await?,
        anchored,
    })
}

/// Signs where the record stands, when it is time: into the file on another volume, the log, and the database. What does
/// not verify since the last checkpoint is not signed. Gives the checkpoint that was made.
pub async fn checkpoint(app: &App) -> Result<Option<Checkpoint>> {
    let mut conn = app.db.read().await?;
    let Some(head) = store::head(&mut conn).await? else { return Ok(None) };
    let now = app.clock.now();
    let last = store::checkpoints(&mut conn, None, 1).await?.pop();
    let from = match &last {
        None => Place { seq: 0, hash: GENESIS.to_vec() },
        Some(last) => {
            let grown = head.seq - last.place.seq;
            if grown == 0 || grown < CHECKPOINT_ENTRIES && grown > 0 && now - last.made_at < CHECKPOINT_AGE {
                return Ok(None);
            }
            last.place.clone()
        }
    };
    let mut earlier: Vec<Checkpoint> = last.into_iter().collect();
    if let Some(file) = &app.audit.anchor_file {
        earlier.extend(anchor::read(file).map_err(Error::internal)?);
    }
    if let Some(fault) = compare(app, &mut conn, &earlier).await? {
        return Err(broken(fault));
    }
    // The first checkpoint of a long record takes its word for what came before.
    let near = if head.seq - from.seq > CHECKPOINT_ENTRIES * 2 { None } else { Some(from) };
    if let Some(from) = near {
        let (at, bad) = follow(&mut conn, from, head.seq).await?;
        if let Some(fault) = bad {
            return Err(broken(fault));
        }
        if at.seq < head.seq {
            return Err(Error::internal("the end of the audit record has moved back"));
        }
    }
    let Some(signed) = app.seal.sign(&Checkpoint::text(&head, now)) else { return Ok(None) };
    let made = Checkpoint { place: head, made_at: now, key_id: signed.key_id, signature: signed.signature };
    // Elsewhere first: what only the database says can be taken away with it.
    if let Some(file) = &app.audit.anchor_file {
        anchor::append(file, &made).map_err(Error::internal)?;
    }
    log::info!(
        target: "audit",
        "checkpoint {}",
        serde_json::to_string(&super::model::AuditCheckpoint::from(made.clone())).unwrap_or_default()
    );
    store::insert_checkpoint(&mut conn, &made).await?;
    Ok(Some(made))
}

fn broken(fault: AuditFault) -> Error {
    Error::internal(format!("the audit record is broken at {:?}: {:?}", fault.seq, fault.reason))
}
