//! The units of the province from the files in `data/`: both frames around 1 July 2025, and the bodies in them. Pure.

use chrono::NaiveDate;

use super::model::{LineageKind, Share, UnitKind};
use crate::platform::period::Period;

/// Everything that there is to load, parents before children.
#[derive(Debug)]
pub struct Founding {
    /// The acts, by which units end and begin.
    pub acts: Vec<FoundingAct>,
    /// The units.
    pub units: Vec<FoundingUnit>,
    /// What went into what.
    pub lineage: Vec<FoundingLineage>,
}

/// An act.
#[derive(Debug)]
pub struct FoundingAct {
    /// Number and sign.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// From when it counts.
    pub effective_from: NaiveDate,
}

/// A unit with all its periods, oldest first.
#[derive(Debug)]
pub struct FoundingUnit {
    /// Names the unit inside this value: `province`, `district:097`, `commune_until_2025:03200`, `commune:03172`, `TEMPLATE@KEY`.
    pub key: String,
    /// The template of `data/bodies.csv`, for bodies.
    pub template: Option<String>,
    /// What kind.
    pub kind: UnitKind,
    /// Its periods.
    pub versions: Vec<FoundingVersion>,
}

/// What a unit was called, and where it stood.
#[derive(Debug)]
pub struct FoundingVersion {
    /// When.
    pub during: Period,
    /// Its name.
    pub name: String,
    /// Its code, for administrative units.
    pub code: Option<String>,
    /// Its type, for administrative units.
    pub unit_type: Option<String>,
    /// Key of the unit above it.
    pub parent: Option<String>,
    /// Index of the act that began the period.
    pub act: Option<usize>,
}

/// One edge.
#[derive(Debug)]
pub struct FoundingLineage {
    /// Key of the unit that went.
    pub from: String,
    /// Key of the unit that took it in.
    pub to: String,
    /// How.
    pub kind: LineageKind,
    /// How much.
    pub share: Share,
    /// Index of the act.
    pub act: usize,
}
