//! The connections of the pool: how one is opened, watched, found bad and replaced.
//!
//! A used connection is handed out again without asking the server, which would cost a round trip for each request. So
//! each connection is watched by what its statements came to, and by the task that drives it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::{AnsiTransactionManager, AsyncConnection, AsyncPgConnection, TransactionManager};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::address::{Address, Wire};
use super::failure::spoils;
use crate::platform::config::Patience;
use crate::platform::id::Ids;

/// A connection older than this, or a tenth less or more, is replaced, so that a change of servers is followed.
const AGE: Duration = Duration::from_mins(10);
/// How much longer than the server allows a statement we wait for its end before we take the connection for dead.
const GRACE: Duration = Duration::from_millis(400);
/// How often it is looked whether a statement is overdue.
const LOOK: Duration = Duration::from_millis(200);
/// Connections that are being opened at a time.
const OPENING: usize = 4;
/// How long nobody tries after the first failure to connect; twice as long after each further one.
const PAUSE: Duration = Duration::from_millis(25);
/// The longest such pause: so much later than the server can we be back.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// A connection taken from the pool.
pub struct Conn(Object<Connections>);

impl From<Object<Connections>> for Conn {
    fn from(object: Object<Connections>) -> Self {
        Self(object)
    }
}

impl Deref for Conn {
    type Target = AsyncPgConnection;
    fn deref(&self) -> &AsyncPgConnection {
        &self.0.conn
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.0.conn
    }
}

/// A connection and what is known of it.
pub struct Link {
    conn: AsyncPgConnection,
    watch: Arc<Watch>,
    lives: Duration,
}

/// What statements and the driving task tell of a connection.
struct Watch {
    born: Instant,
    /// Milliseconds of its life at which the statement that runs began; 0 while none runs.
    since: AtomicU64,
    /// A failure showed that it is of no more use.
    spoilt: AtomicBool,
    /// Nobody drives it any more.
    ended: AtomicBool,
    /// The generation that it belongs to.
    generation: u64,
    /// The present generation of the pool.
    newest: Arc<AtomicU64>,
}

impl Watch {
    fn begin(&self) {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(age.max(1), Ordering::SeqCst);
    }

    fn finish(&self, error: Option<&diesel::result::Error>) {
        self.since.store(0, Ordering::SeqCst);
        if error.is_some_and(spoils) {
            self.spoil();
        }
    }

    /// What ended this connection may have ended its sisters: none of its generation is handed out again.
    fn spoil(&self) {
        self.spoilt.store(true, Ordering::SeqCst);
        let (present, next) = (self.generation, self.generation + 1);
        if self.newest.compare_exchange(present, next, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            log::warn!("a database connection failed: all are replaced");
        }
    }

    /// A statement runs, or was left before its end.
    fn is_busy(&self) -> bool {
        self.since.load(Ordering::SeqCst) != 0
    }

    fn is_overdue(&self, most: Duration) -> bool {
        let since = self.since.load(Ordering::SeqCst);
        since != 0 && self.born.elapsed() > Duration::from_millis(since) + most
    }

    /// Why the connection is not handed out again.
    fn fault(&self) -> Option<&'static str> {
        if self.ended.load(Ordering::SeqCst) {
            Some("it is closed")
        } else if self.spoilt.load(Ordering::SeqCst) {
            Some("it failed")
        } else if self.is_busy() {
            Some("a statement was left before its end")
        } else if self.generation != self.newest.load(Ordering::SeqCst) {
            Some("a sister failed")
        } else {
            None
        }
    }
}

/// Tells a watch what statements come to.
struct Told(Arc<Watch>);

impl Instrumentation for Told {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.0.begin(),
            InstrumentationEvent::FinishQuery { error, .. } => self.0.finish(error),
            _ => {}
        }
    }
}

/// Why there is no connection.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoConnection(String);

/// Keeps a server that is not there, or full, from being asked by every request at once.
#[derive(Default)]
struct Gate(Mutex<Closed>);

#[derive(Default)]
struct Closed {
    failures: u32,
    until: Option<Instant>,
    why: String,
}

impl Gate {
    fn closed(&self) -> std::sync::MutexGuard<'_, Closed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets all through while connecting works, and otherwise one after each pause.
    fn enter(&self) -> Result<(), NoConnection> {
        let mut closed = self.closed();
        if closed.until.is_some_and(|until| Instant::now() < until) {
            return Err(NoConnection(format!("it failed a moment ago: {}", closed.why)));
        }
        if closed.failures > 0 {
            closed.until = Some(Instant::now() + LONGEST_PAUSE);
        }
        Ok(())
    }

    /// What came of trying.
    fn leave(&self, fault: Option<&str>, jitter: u8) {
        let mut closed = self.closed();
        let Some(fault) = fault else {
            *closed = Closed::default();
            return;
        };
        closed.failures = closed.failures.saturating_add(1);
        let pause = (PAUSE * 2_u32.saturating_pow(closed.failures.min(10) - 1)).min(LONGEST_PAUSE);
        // Between three quarters of it and all of it, so that replicas do not come together.
        closed.until = Some(Instant::now() + pause * 3 / 4 + pause * u32::from(jitter) / 1024);
        fault.clone_into(&mut closed.why);
    }
}

/// Opens and looks after connections.
pub struct Connections(Arc<Opener>);

struct Opener {
    address: Address,
    patience: Patience,
    runtime: Handle,
    ids: Ids,
    opening: Semaphore,
    gate: Gate,
    generation: Arc<AtomicU64>,
}

impl Connections {
    /// None of the connections that there are is handed out again.
    pub(super) fn replace_all(&self) {
        self.0.generation.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn new(address: Address, patience: Patience, ids: Ids) -> Self {
        Self(Arc::new(Opener {
            address,
            patience,
            runtime: Handle::current(),
            ids,
            opening: Semaphore::new(OPENING),
            gate: Gate::default(),
            generation: Arc::default(),
        }))
    }

    /// The settings of a session, as the server takes them with its start. What a province keeps lies in memory or on
    /// flash, where an index costs what it saves; and a request is one of many, so it takes one core.
    pub(super) fn options(patience: &Patience) -> String {
        format!(
            "-c timezone=UTC -c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout=10s \
             -c client_connection_check_interval=1s -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0",
            patience.statement.as_millis(),
            patience.lock.as_millis(),
        )
    }
}

impl Opener {
    async fn open(&self) -> Result<Link, String> {
        let most = self.patience.create;
        let opened = async {
            let _turn = self.opening.acquire().await.map_err(|error| error.to_string())?;
            let (client, wire) = self.address.connect(most).await?;
            let watch = Arc::new(Watch {
                born: Instant::now(),
                since: AtomicU64::new(0),
                spoilt: AtomicBool::new(false),
                ended: AtomicBool::new(false),
                generation: self.generation.load(Ordering::SeqCst),
                newest: self.generation.clone(),
            });
            // On the runtime that outlives the workers: one driven by a worker would die with it at shutdown, under
            // requests that still run.
            self.runtime.spawn(drive(wire, watch.clone(), self.patience.statement + GRACE));
            let mut conn = AsyncPgConnection::try_from(client).await.map_err(|error| error.to_string())?;
            conn.set_instrumentation(Told(watch.clone()));
            let [jitter] = self.ids.bytes::<1>();
            Ok(Link { conn, watch, lives: AGE * 9 / 10 + AGE * u32::from(jitter) / 1280 })
        };
        tokio::time::timeout(most, opened)
            .await
            .unwrap_or_else(|_| Err(format!("no connection within {} ms", most.as_millis())))
    }
}

/// Drives a connection until it ends or a statement is overdue: then the server, or the way to it, is dead, and nobody
/// would tell us for a quarter of an hour.
async fn drive(wire: Wire, watch: Arc<Watch>, most: Duration) {
    let mut wire = std::pin::pin!(wire);
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            ended = &mut wire => {
                if let Err(error) = ended {
                    log::debug!("a database connection ended: {error}");
                }
                break;
            }
            _ = look.tick() => {
                if watch.is_overdue(most) {
                    log::warn!("the database does not answer: the connection is given up");
                    watch.spoil();
                    break;
                }
            }
        }
    }
    watch.ended.store(true, Ordering::SeqCst);
}

impl Manager for Connections {
    type Type = Link;
    type Error = NoConnection;

    async fn create(&self) -> Result<Link, NoConnection> {
        self.0.gate.enter()?;
        let opener = self.0.clone();
        // To its end, whoever waits for it: what came of it counts for all.
        let attempt = self.0.runtime.spawn(async move {
            let link = opener.open().await;
            let [jitter] = opener.ids.bytes::<1>();
            opener.gate.leave(link.as_ref().err().map(String::as_str), jitter);
            link
        });
        attempt.await.unwrap_or_else(|error| Err(error.to_string())).map_err(NoConnection)
    }

    async fn recycle(&self, link: &mut Link, metrics: &Metrics) -> RecycleResult<NoConnection> {
        let fault = if AnsiTransactionManager::is_broken_transaction_manager(&mut link.conn) {
            Some("a transaction was left open")
        } else if metrics.age() > link.lives {
            Some("it is old")
        } else {
            link.watch.fault()
        };
        fault.map_or(Ok(()), |why| Err(RecycleError::message(why)))
    }
}
