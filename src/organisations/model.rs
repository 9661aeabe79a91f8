//! Units: what they are, what they were called, where they stood, what became of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::typed_id;

typed_id!(
    /// Id of a unit.
    UnitId
);
typed_id!(
    /// Id of an act that changes units.
    ActId
);

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// As in SQL and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The value of a name.
            pub fn of(name: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|value| value.name() == name)
            }
        }
    };
}
pub(crate) use named;

// Below the macro, which it uses.
mod places;
mod zones;

pub use places::{Lies, Locality, Places, Spot};
pub use zones::{UnitZone, UnitZoneId, Zone, ZoneText};

named! {
    /// What kind of unit.
    UnitKind {
        /// The whole country, where all of its provinces are kept.
        Country "country",
        /// Tỉnh.
        Province "province",
        /// Huyện, thị xã, thành phố thuộc tỉnh: until 30 June 2025.
        District "district",
        /// Xã, phường, thị trấn.
        Commune "commune",
        /// A body of the Party.
        Party "party",
        /// Hội đồng nhân dân and its bodies.
        Council "council",
        /// Ủy ban nhân dân and its bodies.
        Government "government",
        /// Mặt trận Tổ quốc.
        Front "front",
        /// Socio-political organisations.
        Mass "mass",
        /// Đơn vị sự nghiệp.
        PublicService "public_service",
        /// Military and police.
        Armed "armed",
    }
}

named! {
    /// What an act does to a unit on its way into another.
    LineageKind {
        /// Several become one.
        Merge "merge",
        /// One becomes several.
        Split "split",
        /// The same territory under another name.
        Rename "rename",
        /// Tasks and staff pass on.
        Succession "succession",
    }
}

named! {
    /// What an act does to a unit.
    ChangeKind {
        /// It begins.
        Create "create",
        /// It goes into another, as a whole.
        Merge "merge",
        /// It goes into several others.
        Split "split",
        /// It has another name from then on.
        Rename "rename",
        /// It stands below another unit from then on.
        Move "move",
        /// It ends.
        Abolish "abolish",
    }
}

named! {
    /// How much of the old unit went into the new one.
    Share {
        /// All of it.
        Whole "whole",
        /// The main part.
        PartMain "part_main",
        /// A part.
        Part "part",
    }
}

impl UnitKind {
    /// How far down an administrative unit stands, the country at the top; none for bodies.
    pub const fn rank(self) -> Option<u8> {
        match self {
            Self::Country => Some(0),
            Self::Province => Some(1),
            Self::District => Some(2),
            Self::Commune => Some(3),
            _ => None,
        }
    }

    /// Whether it is a place that posts and people are of: an administrative unit below the country.
    pub const fn is_locality(self) -> bool {
        matches!(self, Self::Province | Self::District | Self::Commune)
    }
}

impl ChangeKind {
    /// What an edge of the lineage says of it; none where nothing goes into anything.
    pub const fn lineage(self) -> Option<LineageKind> {
        match self {
            Self::Merge => Some(LineageKind::Merge),
            Self::Split => Some(LineageKind::Split),
            Self::Abolish => Some(LineageKind::Succession),
            Self::Create | Self::Rename | Self::Move => None,
        }
    }
}

/// A unit as it was on a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    /// Its id, the same whatever it is called.
    pub id: UnitId,
    /// What kind of unit.
    pub kind: UnitKind,
    /// Its name on the day.
    #[schema(max_length = 400, example = "Xã Ma Thì Hồ")]
    pub name: String,
    /// Code of the General Statistics Office on the day; means a unit only together with a day.
    #[schema(max_length = 20, example = "03200")]
    pub code: Option<String>,
    /// Xã, Phường, Thị trấn, Huyện, ...
    #[schema(max_length = 40, example = "Xã")]
    pub unit_type: Option<String>,
    /// The unit above it on the day.
    pub parent: Option<Ref>,
    /// Khu vực: the zone that an administrative unit is in on the day; null: none, or not recorded.
    pub zone: Option<Zone>,
    /// How long it was called so, stood there and bore the code.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that period stands on the day of reading.
    pub timeline: Timeline,
    /// Counts its changes.
    pub version: i32,
}

/// The instrument by which units change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Act {
    /// Its id.
    pub id: ActId,
    /// Number and sign of the instrument.
    #[schema(max_length = 100, example = "1661/NQ-UBTVQH15")]
    pub number: String,
    /// What it is about.
    #[schema(max_length = 400)]
    pub title: String,
    /// Who issued it.
    #[schema(max_length = 200)]
    pub issuer: String,
    /// What it rests on: the law and its article; null: not recorded.
    #[schema(max_length = 400)]
    pub legal_basis: Option<String>,
    /// When it was decided.
    pub decided_on: NaiveDate,
    /// From when it counts.
    pub effective_from: NaiveDate,
}

/// One period of a unit's history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitPeriod {
    /// When.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands today.
    pub timeline: Timeline,
    /// Its name then.
    #[schema(max_length = 400)]
    pub name: String,
    /// Its code then.
    #[schema(max_length = 20)]
    pub code: Option<String>,
    /// Its type then.
    #[schema(max_length = 40)]
    pub unit_type: Option<String>,
    /// The unit above it then, by the name that it had when the period began.
    pub parent: Option<Ref>,
    /// The act that began the period.
    pub act: Option<Act>,
}

/// One edge of the lineage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Lineage {
    /// The unit that went,
    pub from: Ref,
    /// into this one,
    pub to: Ref,
    /// in this way,
    pub kind: LineageKind,
    /// with so much of it,
    pub share: Share,
    /// by this act.
    pub act: Act,
}

/// A change of units, to be made by an act on its day.
#[derive(Clone, Debug)]
pub enum UnitChange {
    /// A unit begins.
    Create(CreatedUnit),
    /// Units go into another one and end.
    Merge {
        /// Those that end.
        units: Vec<UnitId>,
        /// Where they go.
        into: UnitId,
    },
    /// A unit goes into several others and ends.
    Split {
        /// The one that ends.
        unit: UnitId,
        /// Where it goes, one of them with its main part.
        parts: Vec<(UnitId, Share)>,
    },
    /// A unit is called otherwise.
    Rename {
        /// Which.
        unit: UnitId,
        /// Its new name.
        name: String,
        /// Its new code, if another.
        code: Option<String>,
        /// Its new type, if another.
        unit_type: Option<String>,
    },
    /// A unit stands below another one.
    Move {
        /// Which.
        unit: UnitId,
        /// Below which.
        parent: UnitId,
    },
    /// A unit ends.
    Abolish {
        /// Which.
        unit: UnitId,
        /// Who takes its tasks and staff.
        successor: Option<UnitId>,
    },
}

/// A unit that an act makes.
#[derive(Clone, Debug)]
pub struct CreatedUnit {
    /// Its id.
    pub id: UnitId,
    /// What kind.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
    /// Its code, for administrative units.
    pub code: Option<String>,
    /// Its type, for administrative units.
    pub unit_type: Option<String>,
    /// The unit above it.
    pub parent: UnitId,
}

/// One line of what an act does: to which unit, and into which other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// What.
    pub kind: ChangeKind,
    /// To which unit.
    pub unit: UnitId,
    /// Where it goes and how much of it.
    pub into: Option<(UnitId, Share)>,
    /// It follows from another change of the act.
    pub implied: bool,
}
