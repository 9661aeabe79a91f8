//! Rows of titles, posts and appointments.

mod appointments;
mod careers;
mod posts;
mod titles;

pub use appointments::{close, correct, holdings, open, rename_holder, standing, undo, withdraw};
pub use careers::{AppointmentFilter, careers, find_appointment, find_appointment_of, list_appointments, posts_held};
pub use posts::{
    PostFilter, find_post, insert_posts, last_seats, list_posts, lock_post, seats, unit_lives, update_post,
};
pub use titles::{
    TitleFilter, find_title, insert_titles, list_titles, lock_title, title_ids, title_refs, update_title,
};
