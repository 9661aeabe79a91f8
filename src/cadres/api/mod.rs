//! What callers see of cadre records.

mod accesses;
mod appointments;
mod cadres;
mod facts;
mod plannings;
mod profile;
mod proposals;
mod qualifications;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::error::{Error, Finding, Result};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(cadres::list_cadres)
        .service(cadres::create_cadre)
        .service(accesses::list_cadre_accesses)
        .service(profile::get_cadre_profile)
        .service(profile::get_derived_facts)
        .service(appointments::list_cadre_appointments)
        .service(appointments::create_cadre_appointment)
        .service(appointments::correct_cadre_appointment)
        .service(appointments::end_cadre_appointment)
        .service(qualifications::list_qualifications)
        .service(qualifications::create_qualification)
        .service(qualifications::get_qualification)
        .service(qualifications::correct_qualification)
        .service(plannings::list_plannings)
        .service(plannings::create_planning)
        .service(plannings::get_planning)
        .service(proposals::list_cadre_proposals)
        .service(proposals::propose_correction)
        .service(proposals::list_proposals)
        .service(proposals::get_proposal)
        .service(proposals::accept_proposal)
        .service(proposals::refuse_proposal)
        .service(proposals::take_back_proposal)
        .service(plannings::correct_planning)
        .configure(facts::configure)
        .service(cadres::get_cadre)
        .service(cadres::update_cadre);
}

/// A body and the reason that came with it, or everything that is wrong with either.
fn both<T>(body: Result<T>, reason: Result<String, Finding>) -> Result<(T, String)> {
    match (body, reason) {
        (Ok(body), Ok(reason)) => Ok((body, reason)),
        (Ok(_), Err(finding)) => Err(Error::refused(vec![finding])),
        (Err(error), Ok(_)) => Err(error),
        (Err(error), Err(finding)) => Err(error.with(finding)),
    }
}

/// Parameters of the lists of one person's entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListOfPerson {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}
