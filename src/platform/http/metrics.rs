//! Counters in Prometheus' text form.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::platform::error::{Error, Result};

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    connections: IntGauge,
    waiting: IntGauge,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Result<Self> {
        let make = || -> prometheus::Result<Self> {
            let registry = Registry::new();
            let requests = IntCounterVec::new(
                Opts::new("canbo_http_requests_total", "Requests answered, by method, route and status."),
                &["method", "route", "status"],
            )?;
            let durations = HistogramVec::new(
                HistogramOpts::new("canbo_http_request_duration_seconds", "Time from the first byte to the answer.")
                    .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]),
                &["method", "route"],
            )?;
            let connections = IntGauge::new("canbo_database_connections", "Open connections to the database.")?;
            let waiting = IntGauge::new("canbo_database_waiting", "Requests that wait for a connection.")?;
            registry.register(Box::new(requests.clone()))?;
            registry.register(Box::new(durations.clone()))?;
            registry.register(Box::new(connections.clone()))?;
            registry.register(Box::new(waiting.clone()))?;
            Ok(Self { registry, requests, durations, connections, waiting })
        };
        make().map_err(Error::internal)
    }

    /// Counts an answer.
    pub fn observe(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// The text for a scraper.
    pub fn text(&self, (open, _, waiting): (usize, usize, usize)) -> Result<String> {
        self.connections.set(i64::try_from(open).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(Error::internal)
    }
}
