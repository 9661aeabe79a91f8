//! What the law and the standards ask of the moves of a case.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::eligibility::{Assessment, Check, Summary};
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::{Answer, Path, ReadProblems};
use crate::rotations::model::{MoveId, RotationId};
use crate::rotations::{service, store};

/// The checks of one move.
#[derive(Serialize, ToSchema)]
pub struct MoveEligibility {
    /// The move.
    move_id: MoveId,
    /// How many checks say what.
    summary: Summary,
    /// Its checks: regulations first, then the standard of the title.
    #[schema(max_items = 200)]
    checks: Vec<Check>,
}

/// The checks of a case.
#[derive(Serialize, ToSchema)]
pub struct RotationEligibility {
    /// The day whose rules were applied.
    as_of: NaiveDate,
    /// Move by move.
    #[schema(max_items = 100)]
    moves: Vec<MoveEligibility>,
}

/// What the law and the standards ask of each move, rule by rule, with the facts compared and the citation.
///
/// As `POST /v1/eligibility-checks` tells it of one person and one post. A rule that the province has confirmed refuses the
/// decision, unless a waiver names it; any other is told, and the authority decides.
#[utoipa::path(operation_id = "getRotationEligibility", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationEligibility, description = "The checks"), ReadProblems))]
#[get("/rotations/{id}/eligibility")]
pub async fn get_rotation_eligibility(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<RotationId>,
) -> Result<Answer> {
    let rotation = store::find(&mut *app.db.read().await?, caller.scope(), id).await?;
    let judged = service::eligibility(&app, &caller, &rotation).await?;
    let view = |(move_id, Assessment { summary, checks, .. })| MoveEligibility { move_id, summary, checks };
    Answer::value(&RotationEligibility {
        as_of: rotation.effective_from,
        moves: judged.into_iter().map(view).collect(),
    })
}
