//! The demo province: invented people over the real units of Điện Biên, since 2015.
//!
//! [`plan::plan`] says what is to happen, day by day, from a seed and the founding of the units, and touches nothing:
//! same seed, same value. [`load()`] carries it out as a caller would, through the services, so the demo obeys every
//! rule that a caller obeys. Files have classes of the last years, ranks, memberships and more, drawn after everything that
//! happens.
//!
//! Worked example: an inspector of the district of Mường Chà goes down to Ma Thì Hồ as vice chair of its people's
//! committee on 1 March 2018 by a case, comes back as deputy chief inspector on 1 April 2020 by an ordinary appointment,
//! and on 1 July 2025, when his district ends, chairs the Party inspection commission of the new commune Na Sang. The
//! names, and everybody in the plan, are invented.

mod load;
pub mod plan;
mod steps;
mod welcome;
mod zones;

pub use load::{LoadFault, load};
pub use plan::{Plan, plan};
pub use welcome::welcome;

/// The seed of the demo province.
pub const SEED: u64 = 2015;
