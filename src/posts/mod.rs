//! Titles, posts, appointments: who holds what when.
//!
//! A TITLE (chức danh) is what a post is called and where it stands in the ladder. A POST (vị trí) is one seat: a title
//! in a unit, for as long as the seat exists. An APPOINTMENT says who holds a post when; the two promises of the whole
//! service are that no post has two holders on a day and no person two full-time posts, and PostgreSQL keeps them.
//!
//! Appointments have two axes: `during` is when it holds, `recorded_at` to `superseded_at` is when canbo believed it. A
//! change writes a new version with the same id.
//!
//! Worked example: the seat "Bí thư Đảng ủy, Đảng ủy xã Na Sang" exists since 2025-07-01; its holder's period ends on
//! 31 March and nobody follows: on 15 January it is `vacant_soon`, on 1 April `vacant`.
//!
//! NOT here: the person (the cadres room; an appointment keeps the holder's name so that this room need not ask), and
//! how a person comes to another post (rotations call [`open`], [`close`] and [`undo`]).

mod api;
pub mod founding;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{
    Appointment, AppointmentCorrection, AppointmentId, Basis, Level, NewAppointment, NewPostRow, NewTitleRow, Post,
    PostId, PostStatus, Seat, Standing, Title, TitleCategory, TitleId,
};
pub use rules::{VACANT_SOON_DAYS, inside_post};
pub use service::{create_posts, create_titles, load_titles, titles_by_code};
pub use store::{
    careers, close, correct, find_appointment_of, open, posts_held, rename_holder, seats, standing, title_refs, undo,
    withdraw,
};
