//! Counts of what happened in a period, in a unit and everything below it on the day that it happened.
//!
//! Turns (lượt người) and persons (người) are two figures and never mixed: who is moved twice is two turns and one
//! person. Beside each total stand the women, the ethnic minorities and the people who were in planning on that day,
//! with their shares. Ethnic groups are sensitive: where a row counts somebody whose sensitive fields the caller may not
//! see, their figures are null.
//!
//! Worked example: for the district Mường Chà from 2017 on, three rotations down to its communes and three transfers
//! between its bodies are 6 turns; a move from the district's inspectorate to the commune Ma Thì Hồ touches the district
//! at both ends and counts once. The district ended on 30 June 2025: nothing later counts for it.
//!
//! Rows by unit are told in one of two frames: `then`, the units of each event's day, or `now`, the units that those have
//! become, followed along the lineage. The frame names and groups; what is counted does not depend on it.
//!
//! NOT here: any write, and any list of names; the rooms that these figures come from give those.

mod api;
mod model;
mod service;
mod store;

pub use api::configure;
