//! Acts that reorganise: as they are proposed, and as they are kept.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::{ActId, ChangeKind, Share, UnitId, UnitKind, named};
use crate::platform::http::page::Ref;
use crate::posts::{PostId, TitleId};

named! {
    /// What an act can leave without its place.
    PlacementSubject {
        /// A seat in a unit that ends.
        Post "post",
        /// Somebody's holding of such a seat.
        Appointment "appointment",
        /// A role given at the unit.
        Grant "grant",
        /// A person's file that the unit keeps.
        Cadre "cadre",
        /// A course that the unit opened and that is not over.
        Course "course",
        /// A case that has not taken effect.
        Rotation "rotation",
    }
}

/// A unit that is there, or one that the act makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum UnitPlace {
    /// There already.
    Known(UnitId),
    /// Made by the act, under the caller's own name of it.
    New(String),
}

/// Seats of one title, to be made in a unit that the act makes.
#[derive(Clone, Debug, Serialize)]
pub struct ProposedSeats {
    /// Which title.
    pub title_id: TitleId,
    /// How many.
    pub seats: u32,
    /// Counted as staff.
    pub full_time: bool,
    /// Length of a term.
    pub term_months: Option<i32>,
}

/// A unit to be made.
#[derive(Clone, Debug, Serialize)]
pub struct ProposedUnit {
    /// The caller's own name of it in the act.
    pub key: Option<String>,
    /// What kind.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// Its type.
    pub unit_type: Option<String>,
    /// The unit above it.
    pub parent: UnitPlace,
    /// With the bodies that every unit of its level has.
    pub with_bodies: bool,
    /// With these seats.
    pub seats: Vec<ProposedSeats>,
}

/// One change of an act.
#[derive(Clone, Debug, Serialize)]
pub enum ProposedChange {
    /// A unit begins.
    Create(ProposedUnit),
    /// Units go into another one.
    Merge {
        /// Those that end.
        units: Vec<UnitId>,
        /// Where they go.
        into: UnitPlace,
    },
    /// A unit goes into several others.
    Split {
        /// The one that ends.
        unit: UnitId,
        /// Where its parts go.
        parts: Vec<(UnitPlace, Share)>,
    },
    /// A unit is called otherwise.
    Rename {
        /// Which.
        unit: UnitId,
        /// Its new name.
        name: String,
        /// Its new code.
        code: Option<String>,
        /// Its new type.
        unit_type: Option<String>,
    },
    /// A unit stands below another one.
    Move {
        /// Which.
        unit: UnitId,
        /// Below which.
        parent: UnitPlace,
    },
    /// A unit ends.
    Abolish {
        /// Which.
        unit: UnitId,
        /// Who takes over.
        successor: Option<UnitPlace>,
    },
}

/// Where the caller puts something that would be left hanging.
#[derive(Clone, Debug, Serialize)]
pub struct Placement {
    /// Kind of the thing.
    pub subject: PlacementSubject,
    /// The thing.
    pub subject_id: Uuid,
    /// The unit that it goes to.
    pub unit: Option<UnitPlace>,
    /// The post that its holder goes to.
    pub post_id: Option<PostId>,
}

/// An act to be carried out.
#[derive(Clone, Debug, Serialize)]
pub struct ReorganisationProposal {
    /// Number and sign.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// What it rests on.
    pub legal_basis: String,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// The day of its changes.
    pub effective_from: NaiveDate,
    /// Its changes.
    pub changes: Vec<ProposedChange>,
    /// Where things go.
    pub placements: Vec<Placement>,
    /// Everything else goes where it is proposed. No part of the content: who sends an act again need not repeat it.
    #[serde(skip)]
    pub accept_proposals: bool,
}

/// How many things an act changed in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReorganisationCount {
    /// What became of them, as in the effects.
    #[schema(max_length = 80, example = "appointment_closed")]
    pub effect: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub how_many: i32,
}

/// An act that reorganised units.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reorganisation {
    /// Its id: that of the act in histories and lineages.
    pub id: ActId,
    /// Number and sign.
    #[schema(max_length = 100, example = "1661/NQ-UBTVQH15")]
    pub number: String,
    /// What it is about.
    #[schema(max_length = 400)]
    pub title: String,
    /// Who issued it.
    #[schema(max_length = 200)]
    pub issuer: String,
    /// What it rests on; null: not recorded.
    #[schema(max_length = 400)]
    pub legal_basis: Option<String>,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// The day of its changes.
    pub effective_from: NaiveDate,
    /// Whether it was recorded after its day.
    pub back_dated: bool,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What it changed, counted; each thing is in the audit record. Empty for acts that came with the founding units.
    #[schema(max_items = 100)]
    pub counts: Vec<ReorganisationCount>,
    /// Counts its changes.
    pub version: i32,
}

/// One line of what an act does.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReorganisationChange {
    /// Place of the line in the act.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub position: i32,
    /// What.
    pub kind: ChangeKind,
    /// To which unit, by its name on the eve of the day; by its first name where it begins.
    pub unit: Ref,
    /// Where it goes, by the name on the day.
    pub into: Option<Ref>,
    /// How much of it.
    pub share: Option<Share>,
    /// It follows from another change of the act: a body ends with its commune.
    pub implied: bool,
}
