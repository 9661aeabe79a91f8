//! The database: a pool for reads, one door for writes.

pub mod change;
mod entry;
pub mod failure;
mod idempotency;
pub mod local;
pub mod migrate;
mod record;
pub mod roles;
mod sealed;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use deadpool::managed::{Hook, HookError, Object, Pool, Timeouts};
use diesel::QueryableByName;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::clock::Clock;
use super::config::DatabaseSettings;
use super::error::{Error, Result, code};
use super::id::Ids;

pub use change::Tx;
pub use entry::{Actor, ActorKind, Effect, Entry, Event, Expected, Origin, Outcome, Write};
use record::Recorder;
pub use record::{Notice, refusal};
pub use sealed::Sealed;

/// A connection taken from the pool, for reads.
pub type Conn = Object<AsyncDieselConnectionManager<AsyncPgConnection>>;

/// How long a request waits for a free connection before it is told to come back.
const POOL_WAIT: Duration = Duration::from_millis(250);
/// How long opening a connection may take, all of it.
const POOL_CREATE: Duration = Duration::from_secs(2);
/// How long the check of a used connection may take.
const POOL_RECYCLE: Duration = Duration::from_millis(500);
/// A connection older than this is replaced, so that a change of servers is followed.
const CONNECTION_AGE: Duration = Duration::from_mins(10);

/// The database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncDieselConnectionManager<AsyncPgConnection>>,
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
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let runtime = tokio::runtime::Handle::current();
        config.custom_setup = Box::new(move |url| {
            let (url, runtime) = (url.to_owned(), runtime.clone());
            Box::pin(async move { connect(url, runtime).await })
        });
        let manager = AsyncDieselConnectionManager::new_with_config(settings.url.reveal(), config);
        let pool = Pool::builder(manager)
            .max_size(settings.pool_size)
            .timeouts(Timeouts { wait: Some(POOL_WAIT), create: Some(POOL_CREATE), recycle: Some(POOL_RECYCLE) })
            .runtime(deadpool::Runtime::Tokio1)
            .pre_recycle(Hook::sync_fn(|_, metrics| {
                if metrics.age() > CONNECTION_AGE { Err(HookError::message("old")) } else { Ok(()) }
            }))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { pool, clock, ids, recorder: Arc::default(), watchers: Watchers::default() })
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Conn> {
        self.pool.get().await.map_err(|error| Error::new(code::UNAVAILABLE).caused_by(error))
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

/// Opens a connection whose driver task runs on `runtime`: one that lived on a worker would die with it at shutdown,
/// under requests that still run.
async fn connect(url: String, runtime: tokio::runtime::Handle) -> diesel::ConnectionResult<AsyncPgConnection> {
    let bad = |error: &dyn std::fmt::Display| diesel::ConnectionError::BadConnection(error.to_string());
    let mut config: tokio_postgres::Config = url.parse().map_err(|error: tokio_postgres::Error| bad(&error))?;
    config
        .application_name("canbo")
        .options(
            // The server looks for deadlocks after 1 s: a shorter wait would end one as a lost lock, which is not run again.
            "-c timezone=UTC -c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s",
        )
        .connect_timeout(POOL_CREATE)
        .keepalives_idle(Duration::from_secs(30))
        .tcp_user_timeout(Duration::from_secs(10));
    let task = runtime.clone();
    runtime
        .spawn(async move {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(|error| bad(&error))?;
            task.spawn(async move {
                if let Err(error) = connection.await {
                    log::debug!("a database connection ended: {error}");
                }
            });
            AsyncPgConnection::try_from(client).await
        })
        .await
        .map_err(|error| bad(&error))?
}
