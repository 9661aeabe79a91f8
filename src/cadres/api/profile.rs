//! Everything about a person, as of a day, as known on an instant.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::cadres::model::{CadreId, DerivedFacts, Profile};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, Path, Query, ReadProblems};

/// The two axes of time.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProfileTimes {
    /// Seen from this day; today unless given.
    as_of: Option<NaiveDate>,
    /// Only what was recorded by this instant and had not been superseded then; everything unless given.
    #[param(example = "2026-01-15T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// Everything about a person: record, posts on the day, career, and every other part of the file.
///
/// The whole file in one answer: as it was on a day (`as_of`: where each entry stands, the names of units), as it was
/// known at an instant (`known_at`: before later corrections; not found before canbo knew the person). Codes come with
/// their official list and validity. Sensitive parts are absent without `cadre.sensitive.read`.
#[utoipa::path(operation_id = "getCadreProfile", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ProfileTimes),
    responses((status = 200, body = Profile, description = "The profile"), ReadProblems))]
#[get("/cadres/{id}/profile")]
pub async fn get_cadre_profile(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    Query(times): Query<ProfileTimes>,
) -> Result<Answer> {
    let day = times.as_of.unwrap_or_else(|| app.clock.today());
    let profile = service::profile(&app, &caller, id, day, times.known_at).await?;
    Answer::found(profile.cadre.version, &profile)
}

/// The day that values are derived for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DerivedOn {
    /// For this day; today unless given.
    as_of: Option<NaiveDate>,
}

/// What follows from a person's file on a day, each value with how it was derived.
///
/// Age, retirement day, months remaining, in the post and in equal ones, terms in a row, native or not, until when a
/// discipline keeps the person from a higher post; each with the facts used, the rule and whether the province has
/// confirmed it. `unknown` where a fact or the province's rule is missing.
#[utoipa::path(operation_id = "getDerivedFacts", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), DerivedOn),
    responses((status = 200, body = DerivedFacts, description = "The values"), ReadProblems))]
#[get("/cadres/{id}/derived-facts")]
pub async fn get_derived_facts(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    Query(on): Query<DerivedOn>,
) -> Result<Answer> {
    let day = on.as_of.unwrap_or_else(|| app.clock.today());
    Answer::value(&service::derived_facts(&app, &caller, id, day).await?)
}
