//! The law: tests about the code itself, generated from the sources, the document and the database's catalog. None of
//! them lists what grows with the service; each asserts that it found something to look at.

mod architecture;
mod audited;
mod authz;
mod edge;
mod invariants;
mod migrations;
mod openapi;
mod plans;
mod problems;
mod roles;
mod schema;
pub mod source;
mod trust;
pub mod walker;

/// Fails with every breach at once.
#[track_caller]
pub fn none(law: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{law}\n  {}", breaches.join("\n  "));
}
