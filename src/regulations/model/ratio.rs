//! Parts of a whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a whole, as the law says it: two thirds, more than one half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    part: u32,
    whole: u32,
}

impl Ratio {
    /// Whether so many of so many are at least the part.
    pub fn reached_by(self, some: u32, all: u32) -> bool {
        u64::from(some) * u64::from(self.whole) >= u64::from(all) * u64::from(self.part)
    }

    /// Whether so many of so many are more than the part.
    pub fn exceeded_by(self, some: u32, all: u32) -> bool {
        u64::from(some) * u64::from(self.whole) > u64::from(all) * u64::from(self.part)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}
