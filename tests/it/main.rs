//! The one integration test binary: the real service on a real PostgreSQL, over HTTP.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops with what it saw"
)]

mod support;
mod throttle;

mod audit;
mod audit_chain;
mod audit_crash;
mod authz;
mod cadre_file;
mod cadre_history;
mod cadres;
mod calendar;
mod catalogues;
mod change;
mod crash;
mod database;
mod effect_crash;
mod eligibility;
mod freezes;
mod gate;
mod identity;
mod law;
mod model;
mod natives;
mod oauth;
mod organisations;
mod passwords;
mod posts;
mod procedures;
mod proposals;
mod readme;
mod regulations;
mod reorganisations;
mod reports;
mod retirements;
mod rotations;
mod search;
mod standards;
mod storm;
mod story;
mod training;
mod wire;
mod zones;
