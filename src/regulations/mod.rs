//! Law as data: parameters of rules with their validity, their citation, and whether the province has confirmed them.
//!
//! A rule asks for a parameter on the day that it is applied to: [`on`] gives the version that held then. No code repeats
//! a value from here; a value that is not known (`null`) refuses nothing.

mod api;
mod model;
mod service;
mod store;

pub use api::configure;
pub use model::{Parameter, Rulebook};
pub use service::{load, on};
