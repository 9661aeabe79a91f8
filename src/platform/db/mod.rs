//! The database: a pool for reads, one door for writes.

mod address;
pub mod change;
mod entry;
pub mod failure;
mod idempotency;
pub mod local;
pub mod migrate;
mod pool;
mod record;
pub mod roles;
mod sealed;
mod tls;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use deadpool::managed::{Pool, PoolError, Timeouts};
use diesel::QueryableByName;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::clock::Clock;
use super::config::DatabaseSettings;
use super::error::{Error, Result, code};
use super::id::Ids;

use address::Address;
pub use change::Tx;
pub use entry::{Actor, ActorKind, Effect, Entry, Event, Expected, Origin, Outcome, Write};
pub use pool::Conn;
use pool::Connections;
use record::Recorder;
pub use record::{Notice, refusal};
pub use sealed::Sealed;

/// How often it is asked again for a connection when no further one can be opened.
const AGAIN: Duration = Duration::from_millis(20);

/// The database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Connections, Conn>,
    wait: Duration,
    clock: Clock,
    ids: Ids,
    recorder: Arc<Recorder>,
    watchers: Watchers,
}

/// Who is told what was changed in this process, after each change: kind and id of the thing.
type Watcher = Box<dyn Fn(&'static str, Uuid) + Send + Sync>;

/// Those who keep answers of PostgreSQL in memory.
#[derive(Clone, Default)]
struct Watchers(Arc<RwLock<Vec<Watcher>>>);

impl Watchers {
    fn tell(&self, touched: Option<(&'static str, Uuid)>) {
        let Some((kind, id)) = touched else { return };
        for watcher in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            watcher(kind, id);
        }
    }
}

impl Db {
    /// A pool that opens its connections when they are first needed, on the runtime that calls this.
    pub fn new(settings: &DatabaseSettings, clock: Clock, ids: Ids) -> Result<Self> {
        let patience = settings.patience;
        let address = Address::new(&settings.url, settings.ca_file.as_deref(), &Connections::options(&patience))
            .map_err(Error::internal)?;
        let pool = Pool::builder(Connections::new(address, patience, ids.clone()))
            .max_size(settings.pool_size)
            // Opening keeps its time itself, so that a caller who leaves does not hide what came of it.
            .timeouts(Timeouts { wait: Some(patience.wait), create: None, recycle: Some(patience.recycle) })
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(Error::internal)?;
        let (recorder, watchers) = (Arc::default(), Watchers::default());
        Ok(Self { pool, wait: patience.wait, clock, ids, recorder, watchers })
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Conn> {
        let since = Instant::now();
        loop {
            match self.pool.get().await {
                Ok(conn) => return Ok(conn),
                // The server takes no more of us; one that we have may soon be free.
                Err(PoolError::Backend(_)) if self.pool.status().size > 0 && since.elapsed() < self.wait => {
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(Error::new(code::UNAVAILABLE).caused_by(error)),
            }
        }
    }

    /// Runs a statement that writes and is no change: a count that nobody is told of. A server that takes no writes any
    /// more is left, and the statement is run once more on its successor: a statement that gives rows hides its failure
    /// from the watch of its connection, so the pool is told here.
    pub async fn aside<T>(&self, mut work: impl AsyncFnMut(&mut Conn) -> Result<T>) -> Result<T> {
        let answer = work(&mut self.read().await?).await;
        let cause = answer.as_ref().err().and_then(|error| std::error::Error::source(error)?.downcast_ref());
        if !cause.is_some_and(failure::spoils) {
            return answer;
        }
        self.pool.manager().replace_all();
        work(&mut self.read().await?).await
    }

    /// Refuses a server whose messages are not in English: some failures are known by their message alone.
    pub async fn check_server(&self) -> Result<()> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            language: String,
        }
        let row: Row = diesel::sql_query("SELECT current_setting('lc_messages') AS language")
            .get_result(&mut self.read().await?)
            .await?;
        if matches!(row.language.as_str(), "" | "C" | "POSIX" | "C.UTF-8" | "C.utf8") || row.language.starts_with("en_")
        {
            Ok(())
        } else {
            Err(Error::internal(format!(
                "the server's lc_messages is {}: set it to C (ALTER ROLE ... SET lc_messages = 'C')",
                row.language
            )))
        }
    }

    /// The clock that writes are stamped with.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of ids.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Connections in the pool: (open, idle, callers waiting).
    pub fn pool_status(&self) -> (usize, usize, usize) {
        let status = self.pool.status();
        (status.size, status.available, status.waiting)
    }

    /// Tells `watcher` of every change of this process from now on, before its caller is answered.
    pub fn watch(&self, watcher: impl Fn(&'static str, Uuid) + Send + Sync + 'static) {
        self.watchers.0.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(watcher));
    }

    /// Lets the connections go.
    pub fn close(&self) {
        self.pool.close();
    }
}
