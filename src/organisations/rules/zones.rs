//! What may be said of the zone of a unit.

use chrono::NaiveDate;

use super::joined;
use crate::organisations::model::{UnitKind, ZoneText};
use crate::platform::error::{Finding, Findings, Say, code};
use crate::platform::period::Period;

/// What is wrong with the zone of a unit of a kind that exists in some periods.
pub fn zone(said: &ZoneText, kind: UnitKind, life: &[Period], today: NaiveDate) -> Vec<Finding> {
    let mut findings = Findings::new();
    if !kind.is_locality() {
        let say = Say::new("Chỉ đơn vị hành chính có khu vực", "Only administrative units are in a zone");
        findings.push(Finding::new("/zone", code::OUT_OF_RANGE, say));
    }
    if !joined(life.to_vec()).iter().any(|period| period.encloses(&said.during)) {
        let say =
            Say::new("Đơn vị không tồn tại trong cả thời gian này", "The unit does not exist for all of this time");
        findings.push(Finding::new("/from", code::OUTSIDE_VALIDITY, say));
    }
    if said.decided_on.is_some_and(|day| day > today) {
        let say = Say::new("Không sau hôm nay", "Not after today");
        findings.push(Finding::new("/decided_on", code::OUT_OF_RANGE, say));
    }
    findings.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisations::model::Zone;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, before: Option<&str>) -> Period {
        Period::new(Some(day(from)), before.map(day)).unwrap()
    }

    #[test]
    fn a_zone_lies_in_the_life_of_an_administrative_unit() {
        let renamed = [period("2025-07-01", Some("2026-01-01")), period("2026-01-01", Some("2031-01-01"))];
        for (what, kind, during, decided_on, wrong) in [
            ("a commune", UnitKind::Commune, period("2025-07-01", Some("2031-01-01")), None, &[][..]),
            ("a province", UnitKind::Province, period("2026-01-01", Some("2027-01-01")), Some("2026-11-23"), &[]),
            ("a body", UnitKind::Party, period("2026-01-01", Some("2027-01-01")), None, &["/zone"]),
            ("the country", UnitKind::Country, period("2026-01-01", Some("2027-01-01")), None, &["/zone"]),
            ("before it", UnitKind::Commune, period("2025-06-30", Some("2026-01-01")), None, &["/from"]),
            ("beyond it", UnitKind::Commune, period("2026-01-01", None), None, &["/from"]),
            (
                "of a later decision",
                UnitKind::Commune,
                period("2027-01-01", None),
                Some("2026-11-24"),
                &["/from", "/decided_on"],
            ),
        ] {
            let said = ZoneText {
                zone: Zone::Iii,
                during,
                decision_number: "861/QĐ-TTg".to_owned(),
                decided_on: decided_on.map(day),
            };
            let found: Vec<_> = zone(&said, kind, &renamed, day("2026-11-23")).into_iter().map(|f| f.pointer).collect();
            assert_eq!(found, wrong, "{what}");
        }
    }
}
