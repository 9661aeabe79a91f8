//! The record of writes, done and refused, and of reads of sensitive fields: who, what, on what, when, by which request.
//!
//! It is written by the write door, in the transaction of the change, and chained by hash; this room reads it, verifies
//! the chain, and signs where it stands, so that a cut is seen too. NOT here: any way to change it.

mod anchor;
mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{CadreAccess, Checkpoint};
pub use service::{accesses, checkpoint};
