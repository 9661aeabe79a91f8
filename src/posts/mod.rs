//! Titles, posts, appointments: who holds what when.
//!
//! A TITLE (chức danh) is what a post is called and where it stands in the ladder. A POST (vị trí) is one seat: a title
//! in a unit, for as long as the seat exists. An APPOINTMENT says who holds a post when; the two promises of the whole
//! service are that no post has two holders on a day and no person two full-time posts, and PostgreSQL keeps them.
//!
//! Appointments have two axes: `during` is when it holds, `recorded_at` to `superseded_at` is when canbo believed it. A
//! change writes a new version with the same id.
//!
//! A post is in a LOCALITY (địa bàn), the nearest administrative unit upwards from its own by the tree of the day, and in
//! the zone of that.
//!
//! A FREEZE (tạm dừng bổ nhiệm) keeps everybody from a post for a time, but for special cases.
//!
//! A STANDARD (tiêu chuẩn chức danh) says what is asked of who is to hold a title: on each day one at most, made of
//! criteria of closed kinds, each with its own citation, and perhaps lowered for hard areas. Nobody is held against it
//! here.
//!
//! Worked example: the seat "Bí thư Đảng ủy, Đảng ủy xã Na Sang" exists since 2025-07-01; its holder's period ends on
//! 31 March and nobody follows: on 15 January it is `vacant_soon`, on 1 April `vacant`.
//!
//! NOT here: the person (the cadres room; an appointment keeps the holder's name, birth and sex, and a table of this room
//! the retirement days that were decided, so that it need not ask), and how a person comes to another post (rotations call [`open`], [`close`] and [`undo`]).

mod api;
pub mod founding;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{
    Appointment, AppointmentCorrection, AppointmentId, Basis, Citation, Criterion, Holder, Level, LoweredLevel,
    LoweredMonths, Measure, NewAppointment, NewPostRow, NewTitleRow, Post, PostId, PostStatus, Seat, StandardId,
    Standing, Title, TitleCategory, TitleGroup, TitleId, TitleStandard, Zone,
};
pub use rules::{inside_post, unfrozen};
pub use service::{add, carry_freezes, create_posts, create_titles, load_standards, load_titles, titles_by_code};
pub use store::{
    careers, close, correct, describe_holder, end_posts, find_appointment_of, keep_retirements, ladder, open,
    posts_held, posts_of_units, put_in_charge, seats, standards_on, standing, take_out_of_charge, title_refs, undo,
    vacant_seats, withdraw,
};
