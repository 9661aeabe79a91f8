//! Who may do what, proved by walking the document: what is hidden, what may be read, written and done by whom.

mod actions;
mod bodies;
mod duties;
mod files;
mod hidden;
mod paths;
mod sight;
pub mod world;
