//! The zones of the communes of the demo province: how many are in each is known, which ones is invented.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::load::{LoadFault, Result};
use crate::identity::Caller;
use crate::organisations;
use crate::organisations::founding::BadData;
use crate::organisations::model::{UnitId, Zone, ZoneText};
use crate::platform::App;
use crate::platform::period::{Period, WirePeriod};

const FILE: &str = "zones.csv";

#[derive(Deserialize)]
struct ZoneLine {
    commune_code: String,
    zone: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    decision_number: String,
}

impl ZoneLine {
    fn text(&self) -> std::result::Result<ZoneText, BadData> {
        let zone = Zone::of(&self.zone).ok_or_else(|| BadData::new(FILE, &self.zone))?;
        let during = WirePeriod { from: Some(self.valid_from), to: self.valid_to };
        let during = Period::try_from(during).map_err(|error| BadData::new(FILE, &error))?;
        Ok(ZoneText { zone, during, decision_number: self.decision_number.clone(), decided_on: None })
    }
}

/// Records them, as who keeps the units would.
pub(super) async fn zones(app: &App, caller: &Caller, units: &BTreeMap<String, UnitId>) -> Result<()> {
    let text = include_str!("../../data/zones.csv");
    for line in csv::Reader::from_reader(text.as_bytes()).deserialize::<ZoneLine>() {
        let line = line.map_err(|error| BadData::new(FILE, &error))?;
        let key = format!("commune:{}", line.commune_code);
        let unit = *units.get(&key).ok_or(LoadFault::Missing(key))?;
        organisations::create_zone(app, caller, unit, &line.text()?).await?;
    }
    Ok(())
}
