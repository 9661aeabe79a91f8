//! What callers see of the regulations.

use actix_web::get;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Regulation;
use super::store;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, ListProblems, Query};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_regulations);
}

/// Which parameters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRegulations {
    /// Those that hold on this day; all versions unless given.
    #[param(example = "2019-06-01")]
    as_of: Option<NaiveDate>,
    /// One parameter.
    #[param(max_length = 100, example = "rotation.minimum_months")]
    key: Option<String>,
}

/// The parameters of the rules.
#[derive(Serialize, ToSchema)]
pub struct RegulationList {
    /// By key and period.
    #[schema(max_items = 1000)]
    data: Vec<Regulation>,
}

/// Law as data: each parameter with its validity, its citation, and whether the province has confirmed it.
///
/// Values, periods and citations of the rules that the service applies. A rule is applied with the version of the day
/// that it is applied to.
#[utoipa::path(operation_id = "listRegulations", tag = "regulations", security(("bearer" = ["regulations.read"])), params(ListRegulations),
    responses((status = 200, body = RegulationList, description = "The parameters"), ListProblems))]
#[get("/regulations")]
pub async fn list_regulations(
    app: App,
    _: Caller<perm::ReadRegulations>,
    Query(list): Query<ListRegulations>,
) -> Result<Answer> {
    let data = store::list(&mut *app.db.read().await?, list.as_of, list.key.as_deref()).await?;
    Ok(Answer::value(&RegulationList { data })?.cacheable())
}
