//! Programmes: what is taught, the same for the whole province.

use actix_web::{get, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::line;
use crate::platform::http::write::{SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::training::model::{NewProgrammeRow, Programme, ProgrammeId, TrainingKind};
use crate::training::service;

/// A programme to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "TC-LLCT", "name": "Trung cấp lý luận chính trị", "kind": "political_theory", "level": "intermediate"}))]
pub struct NewProgramme {
    /// Its code.
    #[schema(max_length = 80)]
    code: String,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// Kind of training.
    kind: TrainingKind,
    /// The level that a pass gives. Degrees, political theory and state management have catalogues for it: `degrees`,
    /// `political_theory_levels`, `state_management_levels`; elsewhere it is a line of text.
    #[schema(max_length = 200)]
    level: String,
}

impl TryFrom<NewProgramme> for NewProgrammeRow {
    type Error = Error;
    fn try_from(body: NewProgramme) -> Result<Self> {
        let mut findings = Findings::new();
        let code = findings.keep(line("/code", &body.code, 80));
        let name = findings.keep(line("/name", &body.name, 200));
        let level = findings.keep(line("/level", &body.level, 200));
        findings.settle()?;
        let (Some(code), Some(name), Some(level)) = (code, name, level) else {
            return Err(Error::internal("settled"));
        };
        Ok(Self { code, name, kind: body.kind, level })
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListProgrammes {
    /// Those of one kind.
    kind: Option<TrainingKind>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Programmes, by code.
///
/// Chương trình đào tạo, bồi dưỡng, with what a pass of each is worth as a qualification.
#[utoipa::path(operation_id = "listProgrammes", tag = "training", security(("bearer" = ["training.read"])), params(ListProgrammes),
    responses((status = 200, body = Page<Programme>, description = "A page"), ListProblems))]
#[get("/programmes")]
pub async fn list_programmes(
    app: App,
    _: Caller<perm::ReadTraining>,
    Query(list): Query<ListProgrammes>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::programmes(&app, list.kind, &paging).await?;
    Ok(Answer::page(&paging.page(rows, total, |row| vec![row.code.clone()], |row| row))?.cacheable())
}

/// Makes a programme.
///
/// Its code is unique. What a pass is worth is a part of the programme and not of each course.
#[utoipa::path(operation_id = "createProgramme", tag = "training", security(("bearer" = ["training.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewProgramme,
    responses((status = 201, body = Programme, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/programmes")]
pub async fn create_programme(
    app: App,
    caller: Caller<perm::ManageTraining>,
    send: Send,
    Json(body): Json<NewProgramme>,
) -> Result<Answer> {
    let made = service::create_programme(&app, &caller.with(send), &body.try_into()?).await?;
    Answer::created(made, |made| format!("/v1/programmes/{}", made.id), |made| made.version, |made| made)
}

/// One programme.
///
/// With the `ETag` of its present version.
#[utoipa::path(operation_id = "getProgramme", tag = "training", security(("bearer" = ["training.read"])),
    params(("id" = ProgrammeId, Path, description = "Id of the programme")),
    responses((status = 200, body = Programme, description = "The programme"), ReadProblems))]
#[get("/programmes/{id}")]
pub async fn get_programme(app: App, _: Caller<perm::ReadTraining>, Path(id): Path<ProgrammeId>) -> Result<Answer> {
    let programme = service::programme(&app, id).await?;
    Ok(Answer::found(programme.version, &programme)?.cacheable())
}
