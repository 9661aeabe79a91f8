//! Where posts are, and who comes from there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::cadres::{Dossier, NativeRule, Roots, Stay, Tenure, native_of};
use crate::organisations::Places;
use crate::organisations::model::UnitId;
use crate::posts::{Seat, Zone};

/// What is known of the places of posts, and of those that people come from and have worked in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The day.
    pub day: NaiveDate,
    /// Who counts as a native.
    pub rule: NativeRule,
    /// What the units are on the day.
    pub places: Places,
    /// The zones of the localities of the posts.
    pub zones: BTreeMap<UnitId, Zone>,
}

impl Surroundings {
    /// The zone of the place of a post; none: not known.
    pub fn zone(&self, seat: &Seat) -> Option<Zone> {
        let locality = self.places.locality(UnitId(seat.unit_id))?;
        self.zones.get(&locality.unit).copied()
    }

    /// Whether a person is a native of the place of a post; none: not known.
    pub fn native(&self, subject: &Dossier, unit: Uuid) -> Option<bool> {
        if !self.rule.is_known() {
            return None;
        }
        let locality = self.places.locality(UnitId(unit))?;
        let worked = subject.career.iter().filter(|held| held.full_time);
        let begun = worked.filter(|held| held.during.from().is_some_and(|from| from <= self.day));
        let stay = |held: &Tenure| Stay { unit: UnitId(held.unit_id), months: held.during.months_by(self.day) };
        let stays = begun.map(stay).collect();
        native_of(&locality, &Roots { native_unit: subject.native_unit_id, stays }, &self.rule, &self.places).native
    }
}
