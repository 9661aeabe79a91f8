//! What callers see of titles, posts and appointments.

mod appointments;
mod freezes;
mod posts;
mod standards;
mod titles;

use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(titles::list_titles)
        .service(titles::create_title)
        .service(titles::get_title)
        .service(titles::update_title)
        .service(standards::list_title_standards)
        .service(standards::create_title_standard)
        .service(standards::get_title_standard)
        .service(standards::supersede_title_standard)
        .service(posts::list_posts)
        .service(posts::create_post)
        .service(posts::create_posts_in_bulk)
        .service(posts::list_post_holders)
        .service(posts::get_post)
        .service(posts::update_post)
        .service(freezes::freeze_post)
        .service(freezes::unfreeze_post)
        .service(appointments::list_appointments)
        .service(appointments::get_appointment);
}
