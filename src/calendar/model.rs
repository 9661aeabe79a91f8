//! Events and the span of days that is asked for.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::named;
use crate::platform::http::page::Ref;
use crate::regulations::{Parameter, Sex};

named! {
    /// What happens on a day.
    CalendarEventKind {
        /// The last day of an appointment whose end is on record, and that no case ends.
        AppointmentEnd "appointment_end",
        /// A decided case takes effect.
        CaseEffective "case_effective",
        /// Khai giảng.
        CourseBegin "course_begin",
        /// Bế giảng: the last day of a course.
        CourseEnd "course_end",
        /// The last day that a case expects somebody at their post: of a rotation or a secondment.
        ExpectedEnd "expected_end",
        /// The last day on which a value of law holds.
        RegulationEnd "regulation_end",
        /// An act that reorganises takes effect.
        Reorganisation "reorganisation",
        /// Nghỉ hưu: the last day in service, by the schedule or as it was decided.
        Retirement "retirement",
        /// A rotation reaches its least months.
        RotationMinimum "rotation_minimum",
        /// The last day of the term of who holds a post.
        TermEnd "term_end",
    }
}

/// The events that are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// First day.
    pub from: NaiveDate,
    /// Last day included.
    pub to: NaiveDate,
    /// In this unit and everything below it on the day, or on the day before.
    pub unit: Option<Uuid>,
    /// Of one kind.
    pub kind: Option<CalendarEventKind>,
}

/// What may be read where: a bit for each permission by which events are told.
pub struct Reading;

impl Reading {
    /// Cases.
    pub const ROTATIONS: i32 = 1;
    /// Posts and who holds them.
    pub const POSTS: i32 = 2;
    /// Files of people.
    pub const CADRES: i32 = 4;
    /// Courses.
    pub const TRAINING: i32 = 8;
    /// Units.
    pub const UNITS: i32 = 16;
}

/// People of one sex who were born in these days, `born_until` not included, have their last day in service on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Sex.
    pub sex: Sex,
    /// First day of birth.
    pub born_from: NaiveDate,
    /// The day after the last.
    pub born_until: NaiveDate,
    /// Last day in service.
    pub last_day: NaiveDate,
}

/// What the days of events follow from, beside the record.
#[derive(Clone, Debug)]
pub struct Grounds {
    /// The day of the reading.
    pub today: NaiveDate,
    /// Months that a rotation lasts at least.
    pub rotation: Option<Parameter<u32>>,
    /// Who retires when in the span, by the ages that the law sets.
    pub retiring: Vec<Cohort>,
    /// Where these ages come from.
    pub ages: Option<Parameter<()>>,
    /// Whether values of law are told.
    pub regulations: bool,
}

/// An event as it is known: what it is about, without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// When.
    pub day: NaiveDate,
    /// What.
    pub kind: CalendarEventKind,
    /// What it is the day of: a case, a move, an appointment, a person, a course, an act, a value.
    pub id: Uuid,
    /// Where.
    pub unit: Option<Ref>,
    /// Who.
    pub cadre: Option<Ref>,
    /// At which post.
    pub post: Option<Ref>,
    /// By or of which case.
    pub rotation: Option<Ref>,
    /// Which course.
    pub course: Option<Ref>,
    /// Which act.
    pub reorganisation: Option<Ref>,
    /// Which value of law.
    pub regulation: Option<Ref>,
    /// What it is called, where it is no person's.
    pub title: String,
    /// What the record itself cites.
    pub citation: Option<(String, bool)>,
    /// Whether the day was decided for this one, and follows from no rule.
    pub decided: bool,
}

/// Something that happens on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarEvent {
    /// What it is the day of: with `kind` it tells events apart, and stays the same when the day changes.
    pub id: Uuid,
    /// When.
    pub day: NaiveDate,
    /// What.
    pub kind: CalendarEventKind,
    /// In words, Vietnamese.
    #[schema(max_length = 2000, example = "Lò Văn An: hết thời hạn giữ chức vụ Chủ tịch, Ủy ban nhân dân xã Na Sang")]
    pub text_vi: String,
    /// In words, English.
    #[schema(max_length = 2000)]
    pub text_en: String,
    /// Where: the unit of the post, of the file, of the case, of the course; null for what is of no single unit.
    pub unit: Option<Ref>,
    /// Who; null where it is nobody's day.
    pub cadre: Option<Ref>,
    /// The post that they hold.
    pub post: Option<Ref>,
    /// The case that it is of, or that led to it.
    pub rotation: Option<Ref>,
    /// The course.
    pub course: Option<Ref>,
    /// The act.
    pub reorganisation: Option<Ref>,
    /// The value of law.
    pub regulation: Option<Ref>,
    /// The rule that gave the day; null where no rule did.
    #[schema(max_length = 400, example = "Nghị định 170/2025/NĐ-CP, Điều 48")]
    pub citation: Option<String>,
    /// Whether the province has confirmed that rule; null where no rule gave the day.
    pub confirmed: Option<bool>,
}
