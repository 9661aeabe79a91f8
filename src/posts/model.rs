//! Titles, posts, appointments: their values and names.

mod standards;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::regulations::Sex;
use crate::typed_id;

pub use crate::organisations::model::Zone;
pub use standards::{
    Citation, Criterion, LoweredLevel, LoweredMonths, Measure, StandardId, StandardText, TitleStandard,
    TitleStandardView,
};

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
    /// Where a title stands in the ladder of titles (368-QĐ/TW).
    TitleGroup {
        /// Lãnh đạo chủ chốt.
        GroupI "group_i",
        /// Thuộc diện Bộ Chính trị quản lý.
        GroupIi "group_ii",
        /// Thuộc diện Ban Bí thư quản lý.
        GroupIii "group_iii",
        /// Khung chức danh thuộc diện cấp ủy, tổ chức đảng quản lý.
        GroupIv "group_iv",
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
        /// Held, and nobody is to leave it soon.
        Filled "filled",
        /// Held by nobody.
        Vacant "vacant",
        /// Held by nobody, and nobody may come to it but by a special case.
        Frozen "frozen",
        /// Held, but not for longer than the days of the regulation `posts.vacant_soon_days`, as far as it is known or
        /// expected.
        VacantSoon "vacant_soon",
    }
}

named! {
    /// Why a post is vacant, or will be.
    StatusReason {
        /// Nobody has held it yet.
        NeverHeld "never_held",
        /// Its last holder has left.
        Left "left",
        /// The post itself ends.
        PostEnds "post_ends",
        /// A decided case moves the holder.
        DecidedMove "decided_move",
        /// The appointment has a last day.
        RecordedEnd "recorded_end",
        /// Hết nhiệm kỳ, hết thời hạn bổ nhiệm: the term of the post is over.
        EndOfTerm "end_of_term",
        /// Đủ thời gian luân chuyển tối thiểu: the holder was rotated there, and has stayed as long as a rotation lasts
        /// at least.
        RotationMinimum "rotation_minimum",
        /// Nghỉ hưu: by a decision, else at the age of the schedule.
        Retirement "retirement",
    }
}

/// What may be done with a post, beside changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostAction {
    /// Suspend appointments to it.
    Freeze,
    /// Let it be filled again.
    Unfreeze,
}

impl PostAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::Freeze, Self::Unfreeze];
}

/// A time in which nobody comes to a post but by a special case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostFreeze {
    /// Its id.
    pub id: Uuid,
    /// When.
    #[schema(value_type = WirePeriod)]
    pub during: Period,
    /// Why.
    #[schema(max_length = 400, example = "Sắp xếp tổ chức bộ máy")]
    pub reason: String,
    /// Number and sign of the decision.
    #[schema(max_length = 100, example = "128-KL/TW")]
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
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
    /// Người đứng đầu: leads the body; a leader who is no head is a deputy.
    #[serde(default)]
    pub head: bool,
    /// Within a level, the smaller the higher.
    pub rank_order: i32,
    /// Normally filled by election.
    pub elected: bool,
    /// Its group in the ladder of titles; null: in none, or not known.
    pub group: Option<TitleGroup>,
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
    /// Địa bàn: the administrative unit that the unit is, or is the nearest one above it, on the day; null: none.
    pub locality: Option<Ref>,
    /// Khu vực: the zone of the locality on the day; null: none, or not recorded.
    pub zone: Option<Zone>,
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
    /// Phụ trách: who is in charge of it on the day, while nobody holds it; null: nobody was named.
    #[serde(default)]
    pub stand_in: Option<Ref>,
    /// First day that nobody holds it, as far as it is known or expected: at or before the day for a vacant post, and for
    /// one whose holder is overdue; null: not known.
    pub vacant_from: Option<NaiveDate>,
    /// Why it is or will be vacant; null: it is not known that it will.
    pub status_reason: Option<StatusReason>,
    /// The freeze that holds on the day, else the next one; null: none.
    pub freeze: Option<PostFreeze>,
    /// What the caller may do with it today.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<PostAction>,
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
    /// Leads the body.
    pub head: bool,
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
    /// When nobody comes to it but by a special case.
    pub freezes: Vec<PostFreeze>,
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
    /// What it is based on.
    pub basis: Basis,
    /// The case that opened it.
    pub rotation_id: Option<Uuid>,
}

/// A person as an appointment knows them: kept equal to the cadre record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The cadre.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
}

/// A stay in a post, as far as it says when the holder leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// When.
    pub during: Period,
    /// How the person came to it.
    pub basis: Basis,
    /// The holder's day of birth.
    pub born_on: Option<NaiveDate>,
    /// The holder's sex.
    pub sex: Option<Sex>,
    /// Their last day in service, where it was decided and that counts on the day from which the post is seen.
    pub retires_on: Option<NaiveDate>,
    /// Whether a case ends it.
    pub by_case: bool,
}

/// An appointment to be opened.
#[derive(Clone, Debug)]
pub struct NewAppointment {
    /// The holder.
    pub holder: Holder,
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
    /// Người đứng đầu: leads the body; a leader who is no head is a deputy.
    pub head: bool,
    /// Within a level, the smaller the higher.
    pub rank_order: i32,
    /// Normally filled by election.
    pub elected: bool,
    /// Its group in the ladder of titles.
    pub group: Option<TitleGroup>,
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
