//! What callers see of programmes, courses and enrolments.

mod courses;
mod enrolments;
mod programmes;

use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(programmes::list_programmes)
        .service(programmes::create_programme)
        .service(programmes::get_programme)
        .service(courses::list_courses)
        .service(courses::create_course)
        .service(courses::get_course)
        .service(enrolments::list_course_enrolments)
        .service(enrolments::create_enrolments)
        .service(enrolments::list_enrolments)
        .service(enrolments::get_enrolment)
        .service(enrolments::record_enrolment_result);
}
