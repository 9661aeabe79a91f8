//! How people sign in: what the hash of a password costs, and how many are made at a time.

use super::Reader;

/// What one argon2id hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl HashCost {
    /// The least that OWASP's password storage sheet allows for argon2id.
    pub const FLOOR: Self = Self { memory: 19 * 1024, passes: 2, lanes: 1 };
    /// As good, with more memory and one pass.
    const FLOOR_OF_ONE_PASS: Self = Self { memory: 46 * 1024, passes: 1, lanes: 1 };

    /// Whether it is at least one of the two.
    pub fn is_enough(self) -> bool {
        let at_least = |least: Self| self.memory >= least.memory && self.passes >= least.passes;
        at_least(Self::FLOOR) || at_least(Self::FLOOR_OF_ONE_PASS)
    }
}

/// How people sign in.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// What one hash costs.
    pub cost: HashCost,
    /// Hashes at a time in this process.
    pub hashes_at_once: usize,
}

impl Default for SignInSettings {
    fn default() -> Self {
        // Half of the cores: what else is asked for goes on meanwhile.
        let hashes_at_once = (super::default_workers() / 2).max(1);
        Self { cost: HashCost::FLOOR, hashes_at_once }
    }
}

impl Reader<'_> {
    pub(super) fn sign_in(&mut self) -> SignInSettings {
        let default = SignInSettings::default();
        let cost = HashCost {
            memory: self.parsed("CANBO_ARGON2_MEMORY_KIB", default.cost.memory, "a number of KiB"),
            passes: self.parsed("CANBO_ARGON2_PASSES", default.cost.passes, "a number of passes"),
            lanes: self.parsed("CANBO_ARGON2_LANES", default.cost.lanes, "a number of lanes"),
        };
        if !cost.is_enough() {
            self.faults.push(format!(
                "CANBO_ARGON2_MEMORY_KIB={} with CANBO_ARGON2_PASSES={} is too weak: at least 19456 with 2, or 47104 with 1",
                cost.memory, cost.passes
            ));
        }
        if cost.memory > 1024 * 1024 || cost.passes > 16 || !(1..=8).contains(&cost.lanes) {
            self.faults.push(
                "CANBO_ARGON2_* is more than a sign-in can wait for: at most 1048576 KiB, 16 passes, 1 to 8 lanes"
                    .to_owned(),
            );
        }
        let hashes_at_once = self.parsed("CANBO_HASHES_AT_ONCE", default.hashes_at_once, "a number of hashes");
        if !(1..=256).contains(&hashes_at_once) {
            self.faults.push(format!("CANBO_HASHES_AT_ONCE must be 1 to 256, not {hashes_at_once}"));
        }
        SignInSettings { cost, hashes_at_once }
    }
}
