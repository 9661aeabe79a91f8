//! Everything about a person, as of a day, as known on an instant.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::cadres::model::{CadreId, Profile};
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
