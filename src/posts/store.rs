//! Rows of titles, posts and appointments.

mod appointments;
mod careers;
mod freezes;
mod localities;
mod posts;
mod retirements;
mod stand_ins;
mod standards;
mod titles;

pub use appointments::{close, correct, describe_holder, holdings, open, standing, undo, withdraw};
pub use careers::{AppointmentFilter, careers, find_appointment, find_appointment_of, list_appointments, posts_held};
pub use freezes::{freeze, freezes, insert_freezes, thaw};
pub use posts::{
    PostFilter, end_posts, find_post, insert_posts, last_seats, list_posts, lock_post, posts_of_units, seats,
    unit_lives, update_post, vacant_seats,
};
pub use retirements::keep_retirements;
pub use stand_ins::{in_charge, put_in_charge, take_out_of_charge};
pub use standards::{
    StandardFilter, any_standard, find_standard, insert_standards, list_standards, standards_of, standards_on,
    supersede_standard,
};
pub use titles::{
    TitleFilter, find_title, insert_titles, ladder, list_titles, lock_title, title_ids, title_refs, update_title,
};
