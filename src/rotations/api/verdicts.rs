//! The verdicts that were kept with the decision of a case.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::eligibility::{Check, Summary};
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::platform::http::{Answer, Path, ReadProblems};
use crate::rotations::model::RotationId;
use crate::rotations::service::{self, Replayed};

/// What one person of a case was held against when it was decided, and what came of it.
#[derive(Serialize, ToSchema)]
pub struct RotationVerdict {
    /// The person.
    cadre: Ref,
    /// The day whose rules were applied.
    as_of: NaiveDate,
    /// When it was judged.
    judged_at: DateTime<Utc>,
    /// How many checks say what.
    summary: Summary,
    /// The checks.
    #[schema(max_items = 200)]
    checks: Vec<Check>,
    /// Whether the same facts, judged again now, give the very bytes that were kept.
    replays: bool,
}

/// The verdicts of a case.
#[derive(Serialize, ToSchema)]
pub struct RotationVerdicts {
    /// Person by person; empty before the decision.
    #[schema(max_items = 100)]
    data: Vec<RotationVerdict>,
}

/// The verdicts that were kept with the decision of a case, each judged again from the facts kept beside it.
///
/// Rules and records may have changed since: what was decided on does not. Who may not see what is sensitive of a person sees
/// the checks without it.
#[utoipa::path(operation_id = "listRotationVerdicts", tag = "rotations", security(("bearer" = ["rotations.papers.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationVerdicts, description = "The verdicts"), ReadProblems))]
#[get("/rotations/{id}/verdicts")]
pub async fn list_rotation_verdicts(
    app: App,
    caller: Caller<perm::ReadPapers>,
    Path(id): Path<RotationId>,
) -> Result<Answer> {
    let view = |Replayed { cadre, judged_at, assessment, replays }| RotationVerdict {
        cadre,
        as_of: assessment.day,
        judged_at,
        summary: assessment.summary,
        checks: assessment.checks,
        replays,
    };
    let data = service::verdicts(&app, &caller, id).await?.into_iter().map(view).collect();
    Answer::value(&RotationVerdicts { data })
}
