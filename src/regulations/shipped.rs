//! The values that canbo ships, from `data/regulations.json`. Pure.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use super::model::{Provision, RetirementStep, Subject};
use crate::platform::period::{Period, WirePeriod};

const SHIPPED: &str = include_str!("../../data/regulations.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedRow {
    key: String,
    value: Value,
    unit: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    instrument: String,
    article: Option<String>,
    source_note: Option<String>,
    description_vi: String,
    description_en: String,
    /// The file claims nothing: only the province confirms.
    confirmed: Unconfirmed,
}

/// `false`, and nothing else.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct Unconfirmed;

impl TryFrom<bool> for Unconfirmed {
    type Error = &'static str;
    fn try_from(confirmed: bool) -> Result<Self, Self::Error> {
        if confirmed { Err("a shipped value is confirmed by nobody") } else { Ok(Self) }
    }
}

/// One value of the file.
pub struct Shipped {
    /// Of what.
    pub subject: Subject,
    /// What it says.
    pub provision: Provision,
    /// When.
    pub during: Period,
}

/// The values of the file, in its order.
pub fn shipped() -> serde_json::Result<Vec<Shipped>> {
    let rows: Vec<ShippedRow> = serde_json::from_str(SHIPPED)?;
    rows.into_iter()
        .map(|row| {
            let ShippedRow { key, value, unit, valid_from, valid_to, instrument, article, source_note, .. } = row;
            let Unconfirmed = row.confirmed;
            let (description_vi, description_en) = (row.description_vi, row.description_en);
            let wire = WirePeriod { from: valid_from, to: valid_to };
            Ok(Shipped {
                subject: Subject { key, unit, description_vi, description_en },
                provision: Provision { value, instrument, article, source_note },
                during: Period::try_from(wire).map_err(<serde_json::Error as serde::de::Error>::custom)?,
            })
        })
        .collect()
}

/// The ages of retirement of the file: for who plans without a database.
pub fn shipped_retirement() -> serde_json::Result<Vec<RetirementStep>> {
    let schedules = shipped()?.into_iter().filter(|row| row.subject.key == "retirement.age_months");
    schedules
        .map(|row| serde_json::from_value::<Vec<RetirementStep>>(row.provision.value))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.concat())
}

/// The key as the file describes it; none for a key that is not shipped.
pub fn subject(key: &str) -> serde_json::Result<Option<Subject>> {
    Ok(shipped()?.into_iter().rev().map(|row| row.subject).find(|subject| subject.key == key))
}
