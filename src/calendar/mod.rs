//! What is to come (lịch công tác cán bộ): the days on which something ends, begins or takes effect, as it is known today.
//!
//! An EVENT (sự kiện) is a day, a kind, and what it is about: a case, a person and their post, a course, an act, a value of
//! law. Where a rule gave the day (the least months of a rotation, the age of retirement), its citation stands beside it, and
//! whether the province has confirmed it; the rules are those of the day of the reading.
//!
//! A caller is told the kinds that they may read otherwise, in the units in which they may: without `rotations.read` nothing
//! of cases, without `training.read` nothing of courses.
//!
//! Worked example: an appointment by rotation since 1 July 2025 reaches its 36 months on 1 July 2028; its term of 60 months
//! has its last day on 30 June 2030.
//!
//! NOT here: any write, and whether somebody does leave on such a day; the rooms that these days come from give that.

mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
