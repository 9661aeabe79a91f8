//! Facts of a person's file, kind by kind: listed, recorded, read, corrected; and withdrawn, whatever the kind.

mod assessments;
mod disciplines;
mod health_certificates;
mod memberships;
mod particulars;
mod ranks;
mod relatives;
mod residences;
mod rewards;
mod withdrawal;

use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(assessments::list_assessments)
        .service(assessments::create_assessment)
        .service(assessments::get_assessment)
        .service(assessments::correct_assessment)
        .service(rewards::list_rewards)
        .service(rewards::create_reward)
        .service(rewards::get_reward)
        .service(rewards::correct_reward)
        .service(disciplines::list_disciplines)
        .service(disciplines::create_discipline)
        .service(disciplines::get_discipline)
        .service(disciplines::correct_discipline)
        .service(memberships::list_memberships)
        .service(memberships::create_membership)
        .service(memberships::get_membership)
        .service(memberships::correct_membership)
        .service(ranks::list_ranks)
        .service(ranks::create_rank)
        .service(ranks::get_rank)
        .service(ranks::correct_rank)
        .service(health_certificates::list_health_certificates)
        .service(health_certificates::create_health_certificate)
        .service(health_certificates::get_health_certificate)
        .service(health_certificates::correct_health_certificate)
        .service(relatives::list_relatives)
        .service(relatives::create_relative)
        .service(relatives::get_relative)
        .service(relatives::correct_relative)
        .service(residences::list_residences)
        .service(residences::create_residence)
        .service(residences::get_residence)
        .service(residences::correct_residence)
        .service(particulars::list_particulars)
        .service(particulars::create_particular)
        .service(particulars::get_particular)
        .service(particulars::correct_particular)
        .service(withdrawal::withdraw_cadre_entry);
}
