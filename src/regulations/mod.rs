//! Law as data: parameters of rules with their validity, their citation, and whether the province has confirmed them.
//!
//! A rule asks for a parameter on the day that it is applied to: [`on`] gives the version that held then. No code repeats
//! a value from here; a value that is not known (`null`) refuses nothing.
//!
//! Two axes: `during` is when a value holds; `recorded_at` to `superseded_at` is when canbo believed it. The province
//! confirms a value against the official text, or supersedes it: from a day on, or, as a correction, on all of its days.
//!
//! Worked example: `rotation.minimum_months` is 36 from 2025-07-01 on. A decree makes it 24 from 2027-01-01: the 36 keeps
//! its id and ends on 31 December, and a rule applied to 2026-12-01 still takes it.

mod api;
mod model;
mod rules;
mod service;
mod shipped;
mod store;

pub use api::configure;
pub use model::{
    Parameter, Ratio, Regulation, RegulationConfirmation, RegulationId, RetirementStep, Rulebook, Sex, citation,
};
pub use rules::{latest_birth, retirement_day};
pub use service::{in_force, load, on, on_days};
pub use shipped::shipped_retirement;
