//! What a person learned.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ListOfPerson, both};
use crate::cadres::model::{CadreId, InitialQualification, Qualification, QualificationId, QualificationKind};
use crate::cadres::service;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Something learned, to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "political_theory", "level": "intermediate", "institution": "Trường Chính trị tỉnh", "obtained_on": "2019-06-30"}))]
pub struct NewCadreQualification {
    /// What kind.
    kind: QualificationKind,
    /// A code of `degrees`, `political_theory_levels` or `state_management_levels` for those kinds, else a line of text.
    #[schema(max_length = 200)]
    level: String,
    /// Field of study.
    #[schema(max_length = 200)]
    field: Option<String>,
    /// Who gave it.
    #[schema(max_length = 200)]
    institution: Option<String>,
    /// When.
    obtained_on: NaiveDate,
    /// Number of the certificate.
    #[schema(max_length = 100)]
    certificate_number: Option<String>,
}

impl TryFrom<NewCadreQualification> for InitialQualification {
    type Error = Error;
    fn try_from(body: NewCadreQualification) -> Result<Self> {
        let mut findings = Findings::new();
        let level = findings.keep(line("/level", &body.level, 200));
        let field = findings.keep(optional_line("/field", body.field.as_deref(), 200));
        let institution = findings.keep(optional_line("/institution", body.institution.as_deref(), 200));
        let number = findings.keep(optional_line("/certificate_number", body.certificate_number.as_deref(), 100));
        findings.settle()?;
        let (Some(level), Some(field), Some(institution), Some(certificate_number)) =
            (level, field, institution, number)
        else {
            return Err(Error::internal("settled"));
        };
        let NewCadreQualification { kind, obtained_on, .. } = body;
        Ok(Self { kind, level, field, institution, obtained_on, certificate_number })
    }
}

/// What should have been recorded of something learned. The whole of it anew: what is left out is empty afterwards.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "political_theory", "level": "intermediate", "obtained_on": "2019-07-30", "reason": "Nhập sai ngày cấp"}))]
pub struct QualificationCorrection {
    /// What kind.
    kind: QualificationKind,
    /// A code of `degrees`, `political_theory_levels` or `state_management_levels` for those kinds, else a line of text.
    #[schema(max_length = 200)]
    level: String,
    /// Field of study.
    #[schema(max_length = 200)]
    field: Option<String>,
    /// Who gave it.
    #[schema(max_length = 200)]
    institution: Option<String>,
    /// When.
    obtained_on: NaiveDate,
    /// Number of the certificate.
    #[schema(max_length = 100)]
    certificate_number: Option<String>,
    /// Why what was recorded is not right.
    #[schema(max_length = 400)]
    reason: String,
}

/// What a person learned, newest first.
///
/// Degrees, certificates and courses passed. Those that a course wrote name their enrolment.
#[utoipa::path(operation_id = "listQualifications", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<Qualification>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/qualifications")]
pub async fn list_qualifications(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::qualifications(&app, &caller, id, &paging).await?;
    let keys = |row: &Qualification| vec![row.obtained_on.to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// Records what a person learned.
///
/// For what was learned elsewhere. A pass on a course of this service writes its qualification by itself.
#[utoipa::path(operation_id = "createQualification", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewCadreQualification,
    responses((status = 201, body = Qualification, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/qualifications")]
pub async fn create_qualification(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewCadreQualification>,
) -> Result<Answer> {
    let made = service::add_qualification(&app, &caller.with(send), id, &body.try_into()?).await?;
    Answer::created(made, |made| format!("/v1/cadres/{id}/qualifications/{}", made.id), |_| 1, |made| made)
}

/// One qualification of a person.
///
/// Seen by who may see the person.
#[utoipa::path(operation_id = "getQualification", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("qualification_id" = QualificationId, Path, description = "Id of the qualification")),
    responses((status = 200, body = Qualification, description = "The qualification"), ReadProblems))]
#[get("/cadres/{id}/qualifications/{qualification_id}")]
pub async fn get_qualification(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Path((cadre, id)): Path<(CadreId, QualificationId)>,
) -> Result<Answer> {
    let found = service::qualification(&app, &caller, cadre, id).await?;
    Answer::found(found.version, &found)
}

/// Corrects what was recorded of something learned: it is superseded, with the reason.
///
/// The whole entry anew. What was known before stays readable in the profile by `known_at`.
#[utoipa::path(operation_id = "correctQualification", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ("qualification_id" = QualificationId, Path, description = "Id of the qualification"), WriteQuery, EditHeaders),
    request_body = QualificationCorrection,
    responses((status = 200, body = Qualification, description = "Corrected, or, in a dry run, the effects"), WriteProblems))]
#[post("/cadres/{id}/qualifications/{qualification_id}/correct")]
pub async fn correct_qualification(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path((cadre, id)): Path<(CadreId, QualificationId)>,
    edit: Edit,
    Json(body): Json<QualificationCorrection>,
) -> Result<Answer> {
    let QualificationCorrection { kind, level, field, institution, obtained_on, certificate_number, reason } = body;
    let right = NewCadreQualification { kind, level, field, institution, obtained_on, certificate_number };
    let (right, reason) = both(right.try_into(), line("/reason", &reason, 400))?;
    let caller = caller.with(edit);
    let corrected = service::correct_qualification(&app, &caller, cadre, id, &right, &reason).await?;
    Answer::changed(corrected, |qualification| qualification.version, |qualification| qualification)
}
