//! Titles, posts, appointments: their values and names.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::typed_id;

typed_id!(
    /// Id of a title.
    TitleId
);
typed_id!(
    /// Id of a post.
    PostId
);
typed_id!(
    /// Id of an appointment, the same over all its versions.
    AppointmentId
);

named! {
    /// The branch of the political system that a title belongs to.
    TitleCategory {
        /// The Party.
        Party "party",
        /// People's Council.
        Council "council",
        /// People's Committee and state bodies.
        Government "government",
        /// Fatherland Front.
        Front "front",
        /// Socio-political organisations.
        Mass "mass",
        /// Professional titles.
        Professional "professional",
    }
}

named! {
    /// The level of government that a title stands at.
    Level {
        /// Tỉnh.
        Province "province",
        /// Huyện: until 30 June 2025.
        District "district",
        /// Xã, phường.
        Commune "commune",
    }
}

named! {
    /// How a person came to a post.
    Basis {
        /// Bổ nhiệm.
        Appointed "appointed",
        /// Chỉ định.
        Designated "designated",
        /// Bầu.
        Elected "elected",
        /// Luân chuyển.
        Rotated "rotated",
        /// Điều động.
        Transferred "transferred",
        /// Biệt phái.
        Seconded "seconded",
        /// Phân công.
        Assigned "assigned",
    }
}

named! {
    /// Whether somebody holds a post.
    PostStatus {
        /// Held, and for longer than the next 90 days.
        Filled "filled",
        /// Held by nobody.
        Vacant "vacant",
        /// Held, but not throughout the next 90 days.
        VacantSoon "vacant_soon",
    }
}

/// A title: what posts are called.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Title {
    /// Its id.
    pub id: TitleId,
    /// Stable code, lower_snake.
    #[schema(max_length = 80, example = "commune_party_secretary")]
    pub code: String,
    /// Vietnamese.
    #[schema(max_length = 200, example = "Bí thư Đảng ủy xã")]
    pub name_vi: String,
    /// English.
    #[schema(max_length = 200)]
    pub name_en: String,
    /// Branch of the political system.
    pub category: TitleCategory,
    /// Level of government.
    pub level: Level,
    /// Leader or manager.
    pub leadership: bool,
    /// Within a level, the smaller the higher.
    pub rank_order: i32,
    /// Normally filled by election.
    pub elected: bool,
    /// Counts its changes.
    pub version: i32,
}

/// A post as seen from a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Title and unit, by the unit's name on the day.
    #[schema(max_length = 800, example = "Bí thư Đảng ủy, Đảng ủy xã Na Sang")]
    pub label: String,
    /// Its title.
    pub title: Ref,
    /// Code of the title.
    #[schema(max_length = 80)]
    pub title_code: String,
    /// Level of the title.
    pub level: Level,
    /// Whether the title is one of leaders or managers.
    pub leadership: bool,
    /// Rank of the title within its level, the smaller the higher.
    pub rank_order: i32,
    /// Where it is, by the name on the day.
    pub unit: Ref,
    /// Number among the seats of the same title in the unit.
    #[schema(minimum = 1, maximum = 999)]
    pub seat: i32,
    /// Counted as staff; a concurrent post is not.
    pub full_time: bool,
    /// Length of a term; null: no term.
    #[schema(minimum = 1, maximum = 120)]
    pub term_months: Option<i32>,
    /// When the seat exists.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands on the day.
    pub timeline: Timeline,
    /// Whether somebody holds it on the day; null: the post does not exist that day.
    pub status: Option<PostStatus>,
    /// Who holds it on the day.
    pub holder: Option<Ref>,
    /// First day that nobody holds it: at or before the day for a vacant post; null: not known yet.
    pub vacant_from: Option<NaiveDate>,
    /// Counts its changes.
    pub version: i32,
}

/// Who holds a post when.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// The holder.
    pub cadre: Ref,
    /// The post, by the name that its unit had then.
    pub post: Ref,
    /// The title of the post.
    pub title: Ref,
    /// The unit of the post, by the name that it had then.
    pub unit: Ref,
    /// When.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Where that stands on the day.
    pub timeline: Timeline,
    /// Whether it is the person's one full-time post.
    pub full_time: bool,
    /// How the person came to it.
    pub basis: Basis,
    /// Number and sign of the decision.
    #[schema(max_length = 100)]
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// Why it ended.
    #[schema(max_length = 400)]
    pub end_reason: Option<String>,
    /// The case that opened it.
    pub rotation_id: Option<Uuid>,
    /// The case that ended it.
    pub ended_by_rotation_id: Option<Uuid>,
    /// Counts its versions.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: i32,
    /// Who recorded it so.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub recorded_by: String,
    /// When canbo came to know it so.
    pub recorded_at: DateTime<Utc>,
}

impl Appointment {
    /// Sort keys of a page, newest first.
    pub fn keys(&self) -> Vec<String> {
        vec![self.during.from().unwrap_or_default().to_string(), self.id.to_string()]
    }
}

/// A post as rooms above need it for their decisions; named by the latest name of its unit.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Its id.
    pub id: PostId,
    /// Its title.
    pub title_id: TitleId,
    /// Code of the title.
    pub title_code: String,
    /// Name of the title.
    pub title: String,
    /// Title and unit.
    pub label: String,
    /// Level of the title.
    pub level: Level,
    /// Rank within the level, the smaller the higher.
    pub rank_order: i32,
    /// Leader or manager.
    pub leadership: bool,
    /// Its unit.
    pub unit_id: Uuid,
    /// Name of the unit.
    pub unit: String,
    /// Counted as staff.
    pub full_time: bool,
    /// When the seat exists.
    pub during: Period,
    /// Length of a term.
    pub term_months: Option<i32>,
}

/// An appointment that stands: not superseded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: AppointmentId,
    /// The holder.
    pub cadre_id: Uuid,
    /// The holder's name.
    pub cadre_name: String,
    /// The post.
    pub post_id: PostId,
    /// Title and unit.
    pub post_label: String,
    /// When.
    pub during: Period,
    /// Whether it is the person's one full-time post.
    pub full_time: bool,
    /// The case that opened it.
    pub rotation_id: Option<Uuid>,
}

/// An appointment to be opened.
#[derive(Clone, Debug)]
pub struct NewAppointment {
    /// The holder.
    pub cadre_id: Uuid,
    /// The holder's name.
    pub cadre_name: String,
    /// The post.
    pub post_id: PostId,
    /// When; its first day is known.
    pub during: Period,
    /// Whether it is the person's one full-time post.
    pub full_time: bool,
    /// How the person came to it.
    pub basis: Basis,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// The case that opens it.
    pub rotation_id: Option<Uuid>,
}

/// What an appointment should have said.
#[derive(Clone, Debug)]
pub struct AppointmentCorrection {
    /// When; its first day is known.
    pub during: Period,
    /// Whether it is the person's one full-time post.
    pub full_time: bool,
    /// How the person came to it.
    pub basis: Basis,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

/// A title to be made.
#[derive(Clone, Debug)]
pub struct NewTitleRow {
    /// Stable code, lower_snake.
    pub code: String,
    /// Vietnamese.
    pub name_vi: String,
    /// English.
    pub name_en: String,
    /// Branch of the political system.
    pub category: TitleCategory,
    /// Level of government.
    pub level: Level,
    /// Leader or manager.
    pub leadership: bool,
    /// Within a level, the smaller the higher.
    pub rank_order: i32,
    /// Normally filled by election.
    pub elected: bool,
}

/// A post to be made.
#[derive(Clone, Debug)]
pub struct NewPostRow {
    /// Its title.
    pub title_id: TitleId,
    /// Where.
    pub unit_id: Uuid,
    /// Number among the seats of the title in the unit; the next free one unless given.
    pub seat: Option<i32>,
    /// Counted as staff.
    pub full_time: bool,
    /// Length of a term.
    pub term_months: Option<i32>,
    /// When the seat exists.
    pub during: Period,
}
