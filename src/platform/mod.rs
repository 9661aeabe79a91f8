//! Machinery that knows no domain: settings, time, ids, text, errors, HTTP, the database and its one write door.
//!
//! NOT here: any word of the field (a cadre, a post, a role). Everything above may use it; it uses nothing above.

pub mod canonical;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod http;
pub mod id;
pub mod logging;
pub mod period;
pub mod seal;
pub mod text;
pub mod trail;
pub mod turns;
pub mod work;

use std::sync::Arc;

/// What every request and every use case works with; one per process, cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The database: reads, and the one write door.
    pub db: db::Db,
    /// The only source of "now" and "today".
    pub clock: clock::Clock,
    /// Signs the cursors of lists.
    pub cursors: http::page::Signer,
    /// Signs the checkpoints of the audit record.
    pub seal: seal::Seal,
    /// Where the audit record is anchored.
    pub audit: config::AuditSettings,
    /// Counters for `/metrics`.
    pub metrics: http::metrics::Metrics,
    /// How often callers asked of late.
    pub buckets: http::quota::Buckets,
    /// Turns for hashing passwords.
    pub turns: turns::Turns,
    /// Addresses and limits.
    pub settings: config::HttpSettings,
}

impl App {
    /// Bundles the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
