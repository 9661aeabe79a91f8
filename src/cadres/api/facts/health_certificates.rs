//! A health certificate, as an entry of a person's file.

use actix_web::{get, post};

use crate::cadres::api::ListOfPerson;
use crate::cadres::model::{
    CadreId, Fact, FactId, HealthCertificate, HealthCertificateContent, HealthCertificateCorrection,
    NewHealthCertificate,
};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Health certificates, newest first.
///
/// Giấy khám sức khỏe: when it was issued, by whom, and the class.
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "listHealthCertificates", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<HealthCertificate>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/health-certificates")]
pub async fn list_health_certificates(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::facts::<HealthCertificateContent, _>(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Fact::keys, HealthCertificate::from))
}

/// Records a health certificate.
///
/// Giấy khám sức khỏe: when it was issued, by whom, and the class.
/// With the decision or paper that it rests on.
#[utoipa::path(operation_id = "createHealthCertificate", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewHealthCertificate,
    responses((status = 201, body = HealthCertificate, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/health-certificates")]
pub async fn create_health_certificate(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewHealthCertificate>,
) -> Result<Answer> {
    let made = service::record_fact::<HealthCertificateContent>(&app, &caller.with(send), id, &body.into()).await?;
    Answer::created(
        made,
        |fact| format!("/v1/cadres/{id}/health-certificates/{}", fact.id),
        |fact| fact.version,
        HealthCertificate::from,
    )
}

/// One of health certificates.
///
/// Seen by who may see what is sensitive of the person; not found for others.
#[utoipa::path(operation_id = "getHealthCertificate", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("health_certificate_id" = FactId, Path, description = "Id of the entry")),
    responses((status = 200, body = HealthCertificate, description = "The entry"), ReadProblems))]
#[get("/cadres/{id}/health-certificates/{health_certificate_id}")]
pub async fn get_health_certificate(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
) -> Result<Answer> {
    let found = service::fact::<HealthCertificateContent, _>(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &HealthCertificate::from(found))
}

/// Corrects a health certificate: what was recorded is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctHealthCertificate", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("health_certificate_id" = FactId, Path, description = "Id of the entry"), WriteQuery, EditHeaders),
    request_body = HealthCertificateCorrection,
    responses((status = 200, body = HealthCertificate, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/health-certificates/{health_certificate_id}/correct")]
pub async fn correct_health_certificate(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, FactId)>,
    edit: Edit,
    Json(body): Json<HealthCertificateCorrection>,
) -> Result<Answer> {
    let corrected =
        service::correct_fact::<HealthCertificateContent>(&app, &caller.with(edit), cadre, id, &body.into()).await?;
    Answer::changed(corrected, |fact| fact.version, HealthCertificate::from)
}
