//! How long each step of an answer may take, from the socket to the statement, how often a caller may ask, and whose word
//! on addresses counts.

use std::time::Duration;

use super::{Reader, Secret, list};
use crate::platform::http::peer::Network;

/// How long each step of a request may take, from outside in. [`super::Settings::read`] holds them to their order, so that
/// whoever waits longest learns what happened from who waits less.
#[derive(Clone, Copy, Debug)]
pub struct HttpPatience {
    /// What the proxy in front of canbo waits; canbo only compares with it.
    pub edge: Duration,
    /// From the first byte of a request to the first of its answer; also for taking what is written.
    pub exchange: Duration,
    /// The head of the first request of a connection.
    pub head: Duration,
    /// A body.
    pub body: Duration,
    /// A connection between two requests.
    pub keep_alive: Duration,
    /// After `/readyz` has begun to say no: load balancers look at it in this time.
    pub pause: Duration,
    /// What runs when the process stops.
    pub drain: Duration,
}

impl Default for HttpPatience {
    fn default() -> Self {
        Self {
            edge: Duration::from_secs(8),
            exchange: Duration::from_secs(12),
            head: Duration::from_secs(5),
            body: Duration::from_secs(4),
            keep_alive: Duration::from_secs(30),
            pause: Duration::from_secs(2),
            drain: Duration::from_secs(20),
        }
    }
}

/// Requests that one caller may make in a minute at one replica; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// Of an account or client.
    pub principal: u32,
    /// Of an address, without a good token.
    pub address: u32,
    /// Reports and counts of one account or client at the same time.
    pub heavy: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { principal: 12_000, address: 3_000, heavy: 4 }
    }
}

/// What callers are held to.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// How long.
    pub patience: HttpPatience,
    /// How often.
    pub quotas: Quotas,
    /// Proxies that are believed when they name the address of a caller.
    pub proxies: Vec<Network>,
    /// Who shows it may read `/metrics`; without one nobody may.
    pub metrics_token: Option<Secret>,
}

/// How long each step towards an answer of the database may take. Each fits into the deadline of a request.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One statement.
    pub statement: Duration,
    /// Waiting for a lock. The server looks for deadlocks after 1 s: who waits less long gives up before it is told, and a
    /// deadlock is run again while a lock waited for in vain is not.
    pub lock: Duration,
    /// Opening a connection: name, TCP, TLS, password, settings.
    pub create: Duration,
    /// Looking at a used connection.
    pub recycle: Duration,
    /// Waiting for a free connection.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            statement: Duration::from_secs(4),
            lock: Duration::from_millis(1500),
            create: Duration::from_secs(2),
            recycle: Duration::from_millis(500),
            wait: Duration::from_millis(250),
        }
    }
}

impl Reader<'_> {
    pub(super) fn patience(&mut self) -> Patience {
        let usual = Patience::default();
        Patience {
            statement: self.milliseconds("CANBO_STATEMENT_TIMEOUT_MS", usual.statement),
            lock: self.milliseconds("CANBO_LOCK_TIMEOUT_MS", usual.lock),
            create: self.milliseconds("CANBO_POOL_CREATE_MS", usual.create),
            recycle: self.milliseconds("CANBO_POOL_RECYCLE_MS", usual.recycle),
            wait: self.milliseconds("CANBO_POOL_WAIT_MS", usual.wait),
        }
    }

    fn http_patience(&mut self) -> HttpPatience {
        let usual = HttpPatience::default();
        let pause = u64::try_from(usual.pause.as_millis()).unwrap_or_default();
        HttpPatience {
            edge: self.milliseconds("CANBO_EDGE_DEADLINE_MS", usual.edge),
            exchange: self.milliseconds("CANBO_EXCHANGE_DEADLINE_MS", usual.exchange),
            head: self.milliseconds("CANBO_HEAD_DEADLINE_MS", usual.head),
            body: self.milliseconds("CANBO_BODY_DEADLINE_MS", usual.body),
            keep_alive: self.milliseconds("CANBO_KEEP_ALIVE_MS", usual.keep_alive),
            // The one that may be nothing.
            pause: Duration::from_millis(self.parsed("CANBO_READINESS_PAUSE_MS", pause, "a number of milliseconds")),
            drain: self.milliseconds("CANBO_DRAIN_MS", usual.drain),
        }
    }

    pub(super) fn limits(&mut self) -> Limits {
        let usual = Quotas::default();
        Limits {
            patience: self.http_patience(),
            quotas: Quotas {
                principal: self.parsed("CANBO_QUOTA_CALLER", usual.principal, "a number of requests in a minute"),
                address: self.parsed("CANBO_QUOTA_ADDRESS", usual.address, "a number of requests in a minute"),
                heavy: self.parsed("CANBO_QUOTA_HEAVY", usual.heavy, "a number of reports at the same time"),
            },
            proxies: self.trusted_proxies(),
            metrics_token: self.secret("CANBO_METRICS_TOKEN"),
        }
    }

    /// Each step waits longer than those inside it.
    pub(super) fn ladder(&mut self, request: Duration, http: &HttpPatience, inside: &Patience) {
        for ((outer, longer), (inner, shorter)) in [
            (("CANBO_EDGE_DEADLINE_MS", http.edge), ("CANBO_REQUEST_DEADLINE_MS", request)),
            (("CANBO_EXCHANGE_DEADLINE_MS", http.exchange), ("CANBO_REQUEST_DEADLINE_MS", request)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_BODY_DEADLINE_MS", http.body)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_STATEMENT_TIMEOUT_MS", inside.statement)),
            (("CANBO_STATEMENT_TIMEOUT_MS", inside.statement), ("CANBO_LOCK_TIMEOUT_MS", inside.lock)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_POOL_CREATE_MS", inside.create)),
            (("CANBO_POOL_CREATE_MS", inside.create), ("CANBO_POOL_RECYCLE_MS", inside.recycle)),
            (("CANBO_POOL_RECYCLE_MS", inside.recycle), ("CANBO_POOL_WAIT_MS", inside.wait)),
            (("CANBO_DRAIN_MS", http.drain), ("CANBO_REQUEST_DEADLINE_MS", request)),
        ] {
            if longer <= shorter {
                let (longer, shorter) = (longer.as_millis(), shorter.as_millis());
                self.faults.push(format!("{outer} ({longer}) must be more than {inner} ({shorter})"));
            }
        }
    }

    fn trusted_proxies(&mut self) -> Vec<Network> {
        let text = self.text("CANBO_TRUSTED_PROXIES").unwrap_or_default();
        let mut networks = Vec::new();
        for part in list(&text) {
            match part.parse() {
                Ok(network) => networks.push(network),
                Err(_) => self.faults.push(format!(
                    "CANBO_TRUSTED_PROXIES has {part:?}, which is no network like 10.0.0.0/8 or address"
                )),
            }
        }
        networks
    }
}
