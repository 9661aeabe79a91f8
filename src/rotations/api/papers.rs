//! What the steps of a case yield, kind by kind: listed, recorded, read. The operations of all kinds are alike.

mod conclusions;
mod documents;
mod elections;
mod evaluations;
mod extensions;
mod interviews;
mod nominations;
mod opinions;
mod placements;
mod self_reviews;
mod slates;
mod votes;
mod waivers;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(slates::list_rotation_slates)
        .service(nominations::list_rotation_nominations)
        .service(nominations::record_rotation_nomination)
        .service(nominations::get_rotation_nomination)
        .service(conclusions::list_rotation_conclusions)
        .service(conclusions::record_rotation_conclusion)
        .service(conclusions::get_rotation_conclusion)
        .service(opinions::list_rotation_opinions)
        .service(opinions::record_rotation_opinion)
        .service(opinions::get_rotation_opinion)
        .service(interviews::list_rotation_interviews)
        .service(interviews::record_rotation_interview)
        .service(interviews::get_rotation_interview)
        .service(votes::list_rotation_votes)
        .service(votes::record_rotation_vote)
        .service(votes::get_rotation_vote)
        .service(elections::list_rotation_elections)
        .service(elections::record_rotation_election)
        .service(elections::get_rotation_election)
        .service(waivers::list_rotation_waivers)
        .service(waivers::record_rotation_waiver)
        .service(waivers::get_rotation_waiver)
        .service(documents::list_rotation_documents)
        .service(documents::record_rotation_document)
        .service(documents::get_rotation_document)
        .service(documents::get_rotation_dossier)
        .service(evaluations::list_rotation_evaluations)
        .service(evaluations::record_rotation_evaluation)
        .service(evaluations::get_rotation_evaluation)
        .service(self_reviews::list_rotation_self_reviews)
        .service(self_reviews::record_rotation_self_review)
        .service(self_reviews::get_rotation_self_review)
        .service(extensions::list_rotation_extensions)
        .service(extensions::record_rotation_extension)
        .service(extensions::get_rotation_extension)
        .service(placements::list_rotation_placements)
        .service(placements::record_rotation_placement)
        .service(placements::get_rotation_placement);
}

/// Which papers of a case.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListOfCase {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}
