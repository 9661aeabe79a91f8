//! Reorganisations (sắp xếp tổ chức): one act of law that renames, moves, merges, splits, abolishes and makes units on one
//! day, and what becomes of everything that was in the units that end.
//!
//! An act changes all its units together or none. What it would leave hanging (posts, appointments, grants, files,
//! courses, open cases) refuses it, each with a proposal of where it goes: to the unit that took the old one in, to the
//! free seat of the same title there, or to its end. The caller accepts the proposals, or says otherwise in `placements`.
//!
//! Worked example: the act of 1 July 2025 of Điện Biên ends 129 communes and 10 districts and makes 45 communes. Ma Thì
//! Hồ goes into Na Sang as a whole; its people's committee ends with it, and that of Na Sang took its tasks over.
//!
//! Appointments, posts and grants have periods: they change hands at midnight of the day. Files and courses have none:
//! they go at once where the day has come, else by [`take_due_effects`] when it comes.
//!
//! NOT here: the tree itself (organisations), and whether a person suits a seat (rotations).

mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use service::take_due_effects;
