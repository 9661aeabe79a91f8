//! What callers see of titles, posts and appointments.

mod appointments;
mod posts;
mod titles;

use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(titles::list_titles)
        .service(titles::create_title)
        .service(titles::get_title)
        .service(titles::update_title)
        .service(posts::list_posts)
        .service(posts::create_post)
        .service(posts::list_post_holders)
        .service(posts::get_post)
        .service(posts::update_post)
        .service(appointments::list_appointments)
        .service(appointments::get_appointment);
}
