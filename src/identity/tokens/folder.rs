//! The folder of our keys, which every replica reads: `canbo keys new`, `list`, `retire`.
//!
//! A file says by its name from which instant its key signs, `20261125T031500Z-x7Gk2QpL.pem`; one of another name has
//! signed since ever. So a new key is published before it signs, and all replicas change over at the same instant.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};

use super::keys::{BadKey, Key, KeySet};
use super::{LEEWAY, LIFE};
use crate::platform::id::Ids;

/// How long before it signs a new key is published: longer than anybody keeps the public keys.
pub const LEAD: TimeDelta = TimeDelta::minutes(10);
/// How far the clocks of replicas and of who changes the keys may differ, and how late a folder may be read again.
const SLACK: TimeDelta = TimeDelta::minutes(2);
/// Keys are small; what is larger is something else.
const LARGEST: u64 = 16 * 1024;
const NAME: &str = "%Y%m%dT%H%M%SZ";

/// Reads the keys of files and folders: each place with its key or what is wrong with it. In folders only `*.pem` counts.
pub fn read(source: &[PathBuf]) -> Vec<(PathBuf, Result<Key, BadKey>)> {
    let mut found = Vec::new();
    for path in source {
        if !path.is_dir() {
            found.push((path.clone(), key(path)));
            continue;
        }
        match fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => {
                let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
                files.sort();
                let keys = files.into_iter().filter(|file| {
                    let hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
                    !hidden && file.extension().is_some_and(|extension| extension == "pem")
                });
                found.extend(keys.map(|file| (file.clone(), key(&file))));
            }
            Err(error) => found.push((path.clone(), Err(BadKey::file(path, format!("cannot be listed: {error}"))))),
        }
    }
    found
}

fn key(file: &Path) -> Result<Key, BadKey> {
    let unreadable = |error: std::io::Error| BadKey::file(file, format!("cannot be read: {error}"));
    if fs::metadata(file).map_err(unreadable)?.len() > LARGEST {
        return Err(BadKey::file(file, "is too large for a key"));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let private = SigningKey::from_pkcs8_pem(&text).map_err(|_| {
        BadKey::file(
            file,
            "is not an Ed25519 private key in PKCS#8 PEM (canbo keys new, or openssl genpkey -algorithm ed25519)",
        )
    })?;
    Ok(Key::new(private, begins(file).unwrap_or(DateTime::UNIX_EPOCH), file.to_owned()))
}

/// The instant that a file name says.
fn begins(file: &Path) -> Option<DateTime<Utc>> {
    let stem = file.file_stem()?.to_str()?;
    let instant = stem.split_once('-').map_or(stem, |(instant, _)| instant);
    NaiveDateTime::parse_from_str(instant, NAME).ok().map(|instant| instant.and_utc())
}

/// Makes a key in a folder, readable by its owner alone, which is made where it is not there. The first signs at once,
/// others after `lead`. Gives its file and its id.
pub fn make(folder: &Path, lead: TimeDelta, ids: &Ids, now: DateTime<Utc>) -> Result<(PathBuf, String), BadKey> {
    let failed = |error: std::io::Error| BadKey::file(folder, format!("cannot be written: {error}"));
    fs::create_dir_all(folder).map_err(failed)?;
    let others = set(folder)?;
    let begins = if others.signer(now).is_none() { now } else { now + lead };
    let private = SigningKey::from_bytes(&ids.bytes());
    let pem = private.to_pkcs8_pem(LineEnding::LF).map_err(|error| BadKey::file(folder, error.to_string()))?;
    let kid = Key::new(private, begins, PathBuf::new()).kid().to_owned();
    let short: String = kid.chars().take(8).collect();
    let file = folder.join(format!("{}-{short}.pem", begins.format(NAME)));
    // Complete under a name that no replica reads, then under its own.
    let unfinished = folder.join(format!(".{kid}.new"));
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).map_err(failed)?;
    out.write_all(pem.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
    fs::rename(&unfinished, &file).map_err(failed)?;
    Ok((file, kid))
}

fn set(folder: &Path) -> Result<KeySet, BadKey> {
    let keys = read(&[folder.to_owned()]).into_iter().map(|(_, key)| key).collect::<Result<Vec<_>, _>>()?;
    Ok(KeySet::of(keys))
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It will sign from this instant.
    Waits(DateTime<Utc>),
    /// It signs now.
    Signs,
    /// Another signs; its last tokens end by this instant.
    Ends(DateTime<Utc>),
    /// No token of it lives: it may go.
    Done,
}

/// The keys of a folder: id, file, state.
pub fn list(folder: &Path, now: DateTime<Utc>) -> Result<Vec<(String, PathBuf, State)>, BadKey> {
    let set = set(folder)?;
    let keys: Vec<&Key> = set.iter().collect();
    let state = |place: usize, key: &Key| {
        if key.from() > now + SLACK {
            return State::Waits(key.from());
        }
        let Some(next) = keys.get(place + 1) else { return State::Signs };
        // A file that came late is followed late, whatever its name says.
        let came = fs::metadata(next.file()).and_then(|file| file.modified()).map_or(DateTime::UNIX_EPOCH, Into::into);
        let taken_over = next.from().max(came);
        if taken_over > now {
            return State::Signs;
        }
        let ends = taken_over + LIFE + LEEWAY + SLACK;
        if ends > now { State::Ends(ends) } else { State::Done }
    };
    let rows = keys.iter().enumerate();
    Ok(rows.map(|(place, key)| (key.kid().to_owned(), key.file().to_owned(), state(place, key))).collect())
}

/// Removes a key of which no token lives.
pub fn retire(folder: &Path, kid: &str, now: DateTime<Utc>) -> Result<PathBuf, BadKey> {
    let rows = list(folder, now)?;
    let (_, file, state) = rows
        .into_iter()
        .find(|(known, _, _)| known == kid)
        .ok_or_else(|| BadKey::file(folder, format!("holds no key {kid}")))?;
    match state {
        State::Signs => Err(BadKey::file(&file, "signs now: make another first")),
        State::Ends(until) => {
            Err(BadKey::file(&file, format!("has tokens that may live until {}", until.to_rfc3339())))
        }
        State::Waits(_) | State::Done => {
            fs::remove_file(&file).map_err(|error| BadKey::file(&file, format!("cannot be removed: {error}")))?;
            Ok(file)
        }
    }
}
