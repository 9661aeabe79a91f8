//! What a caller is now: alive or not, with which roles. A token alone says who calls; this says what that is worth.
//!
//! A read may use what was read from PostgreSQL up to [`FRESH`] ago; whatever changes something asks PostgreSQL. So a
//! revocation counts within [`FRESH`] in every process, at once for writes, and at once for everything in the process
//! that wrote it. What depends on the calendar, the end of a session and the day of a grant, is looked at each time.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::store;
use super::tokens::Subject;
use crate::platform::App;
use crate::platform::clock::{Clock, day_of, moment};
use crate::platform::error::Result;

pub use super::store::{Holding, Known};

/// How old the standing of a caller may be when something is read.
pub const FRESH: Duration = Duration::from_secs(2);
/// Callers that are remembered.
const REMEMBERED: usize = 16 * 1024;
/// Sessions share the counters of their changes.
const COUNTERS: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Session(Uuid),
    Client(Uuid),
    Name(Arc<str>),
}

impl Who {
    fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Account { session, .. } => Self::Session(*session),
            Subject::Client { client, .. } => Self::Client(*client),
            Subject::External { user_name, .. } => Self::Name(Arc::clone(user_name)),
        }
    }
}

#[derive(Clone)]
struct Standing {
    known: Arc<Known>,
    day: NaiveDate,
    read: Instant,
    /// The counters before it was read.
    changes: (u64, u64),
}

/// The standings of callers.
pub struct Standings {
    cache: Cache<Who, Standing>,
    hasher: RandomState,
    /// Counts changes of anybody's standing, and those of sessions.
    changes: AtomicU64,
    sessions: Vec<AtomicU64>,
}

impl Default for Standings {
    fn default() -> Self {
        Self {
            cache: Cache::new(REMEMBERED),
            hasher: RandomState::new(),
            changes: AtomicU64::new(0),
            sessions: std::iter::repeat_with(AtomicU64::default).take(COUNTERS).collect(),
        }
    }
}

impl Standings {
    /// Forgets what a change of this kind of thing may have made untrue; anything but what concerns callers is nothing.
    pub fn forget(&self, kind: &str, id: Uuid) {
        match kind {
            "session" => {
                if let Some(counter) = self.counter(&Who::Session(id)) {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            }
            // An act that ends units takes the grants there along.
            "account" | "client" | "grant" | "reorganisation" => {
                self.changes.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }

    fn counter(&self, who: &Who) -> Option<&AtomicU64> {
        let place = self.hasher.hash_one(who) % u64::try_from(COUNTERS).unwrap_or(1);
        self.sessions.get(usize::try_from(place).unwrap_or_default())
    }

    fn changes(&self, who: &Who) -> (u64, u64) {
        let of_session = self.counter(who).map_or(0, |counter| counter.load(Ordering::SeqCst));
        (self.changes.load(Ordering::SeqCst), of_session)
    }

    /// The standing of a subject, none where it may not call. `now` asks PostgreSQL in any case.
    pub async fn of(&self, app: &App, subject: &Subject, now: bool) -> Result<Option<Arc<Known>>> {
        if !now && let Some(known) = self.remembered(subject, &app.clock) {
            return Ok(Some(known).filter(|known| known.is(subject)));
        }
        let who = Who::of(subject);
        let (changes, day, read) = (self.changes(&who), app.clock.today(), moment());
        let mut conn = app.db.read().await?;
        let known = match subject {
            Subject::Account { account, session } => {
                store::account_in_session(&mut conn, *account, *session, app.clock.now(), day).await?
            }
            Subject::Client { client, .. } => store::client_with_grants(&mut conn, *client, day).await?,
            Subject::External { user_name, .. } => store::account_with_grants(&mut conn, user_name, day).await?,
        };
        let Some(known) = known.map(Arc::new) else {
            self.cache.remove(&who);
            return Ok(None);
        };
        self.cache.insert(who, Standing { known: Arc::clone(&known), day, read, changes });
        Ok(Some(known))
    }

    /// Remembers a standing that is true now: for who measures.
    pub fn learn(&self, subject: &Subject, known: Arc<Known>, clock: &Clock) {
        let who = Who::of(subject);
        let changes = self.changes(&who);
        self.cache.insert(who, Standing { known, day: clock.today(), read: moment(), changes });
    }

    /// What is remembered of a subject, where it is still to be used.
    pub fn remembered(&self, subject: &Subject, clock: &Clock) -> Option<Arc<Known>> {
        let who = Who::of(subject);
        let standing = self.cache.get(&who)?;
        let now = clock.now();
        let good = standing.read.elapsed() <= FRESH
            && standing.changes == self.changes(&who)
            && standing.day == day_of(now)
            && standing.known.ends.is_none_or(|ends| ends > now);
        good.then_some(standing.known)
    }
}
