//! The record of writes, done and refused: who, what, on what, when, by which request.
//!
//! It is written by the one write door, in the transaction of the change; this room reads it. NOT here: any way to change
//! it.

mod api;
mod model;
mod store;

pub use api::configure;
