//! For load balancers and scrapers.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::Answer;
use super::extract::{Nothing, Query};
use super::problem::Problem;
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::migrate;
use crate::platform::error::{Error, Result, code};

/// Set when the process has been told to stop: a load balancer takes it out while it finishes what runs.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// From now on `/readyz` says no.
pub fn stop_being_ready() {
    STOPPING.store(true, Ordering::SeqCst);
}

/// A word.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(max_length = 10, example = "ok")]
    pub status: &'static str,
}

/// Whether the process lives; says nothing else.
///
/// For the supervisor of the process. It asks no database, so that a database that is down restarts nothing; whether
/// requests can be served is told at `/readyz`.
#[utoipa::path(operation_id = "getHealth", tag = "system", security(()), responses((status = 200, body = Health, description = "It lives"), (status = 400, body = Problem, content_type = "application/problem+json", description = "There are no parameters")))]
#[get("/healthz")]
async fn get_health(_: Query<Nothing>) -> Result<Answer> {
    Answer::value(&Health { status: "ok" })
}

/// Whether requests can be served: the database is reachable and migrated, and the process is not stopping.
///
/// For load balancers: 503 before the schema is the one of this version, while the database cannot be reached, and from
/// the moment that the process has been told to stop.
#[utoipa::path(operation_id = "getReadiness", tag = "system", security(()), responses((status = 200, body = Health, description = "Ready"), (status = 400, body = Problem, content_type = "application/problem+json", description = "There are no parameters"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "Not ready")))]
#[get("/readyz")]
async fn get_readiness(app: App, _: Query<Nothing>) -> Result<Answer> {
    if STOPPING.load(Ordering::SeqCst) {
        return Err(Error::new(code::UNAVAILABLE).caused_by("stopping"));
    }
    let not_ready = |error: Error| Error::new(code::UNAVAILABLE).caused_by(error);
    let mut conn = app.db.read().await?;
    if migrate::is_current(&mut conn).await.map_err(not_ready)? {
        Answer::value(&Health { status: "ok" })
    } else {
        Err(Error::new(code::UNAVAILABLE).caused_by("the schema is not the one of this version: run canbo migrate"))
    }
}

/// Counters in Prometheus' text form.
///
/// For Prometheus, which shows the token of the settings (`CANBO_METRICS_TOKEN`) as a bearer token; for everybody else it
/// is not there. Requests by route and status, their durations, the connections to the database. The names of routes are those of
/// this document, so that no path of a caller becomes a label.
#[utoipa::path(operation_id = "getMetrics", tag = "system", security(()), responses((status = 200, body = String, content_type = "text/plain", description = "The counters"), (status = 404, body = Problem, content_type = "application/problem+json", description = "Not there without the token of the settings")))]
#[get("/metrics")]
async fn get_metrics(req: HttpRequest, app: App) -> Result<HttpResponse> {
    let shown = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let wanted = app.settings.limits.metrics_token.as_ref().map(Secret::reveal);
    // Who may not learns not even that it is there.
    if !shown.zip(wanted).is_some_and(|(shown, wanted)| bool::from(shown.as_bytes().ct_eq(wanted.as_bytes()))) {
        return Err(Error::not_found());
    }
    let text = app.metrics.text(app.db.pool_status())?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// The three paths.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(get_health).service(get_readiness).service(get_metrics);
}
