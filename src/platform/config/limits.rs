//! What callers are held to: how long, how often, who is believed.

use std::net::IpAddr;
use std::time::Duration;

use super::Secret;

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
    pub proxies: Vec<IpAddr>,
    /// Who shows it may read `/metrics`; without one nobody may.
    pub metrics_token: Option<Secret>,
}
