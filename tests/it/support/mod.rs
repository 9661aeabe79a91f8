//! The harness: a database of its own for each test, the real service on port 0, clients as roles.

pub mod app;
pub mod client;
pub mod crowd;
pub mod database;
pub mod fixtures;
pub mod forge;
pub mod plans;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod replicas;
pub mod timing;

pub use app::TestApp;
pub use client::{Answer, Client};

/// The day on which tests take place unless they move the clock.
pub const TODAY: &str = "2026-11-23";
/// Password of every account of the harness.
pub const PASSWORD: &str = "canbo-demo";

/// A day.
pub fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}
