//! The posts that a case leaves vacant.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::eligibility::Candidate;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::platform::http::{Answer, Path, ReadProblems};
use crate::rotations::model::RotationId;
use crate::rotations::{service, store};

/// A post that a case leaves, and who may come to it.
#[derive(Serialize, ToSchema)]
pub struct RotationVacancy {
    /// Which post.
    post: Ref,
    /// Who comes first for it, by the rules of an appointment on that day; people whom the caller may see alone.
    #[schema(max_items = 5)]
    proposals: Vec<Candidate>,
}

/// The posts that a case leaves vacant.
#[derive(Serialize, ToSchema)]
pub struct RotationVacancies {
    /// The effective day, whose rules were applied.
    as_of: NaiveDate,
    /// Post by post, in the order of the moves.
    #[schema(max_items = 100)]
    data: Vec<RotationVacancy>,
}

/// The posts that a case leaves vacant, each with up to five people who may come to it.
///
/// Posts that its moves leave, that none of them enters, and that nobody holds from the effective day on. Proposed are people in
/// service whom the case does not move, who are planned for the title on that day or whose file the unit of the post keeps, in
/// the order of `POST /v1/eligibility-checks/candidates`, each with the checks of an appointment. Nothing of it binds anybody.
#[utoipa::path(operation_id = "listRotationVacancies", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationVacancies, description = "The posts"), ReadProblems))]
#[get("/rotations/{id}/vacancies")]
pub async fn list_rotation_vacancies(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<RotationId>,
) -> Result<Answer> {
    let rotation = store::find(&mut *app.db.read().await?, caller.scope(), id).await?;
    let vacancies = service::vacancies(&app, &caller, &rotation).await?;
    let view = |(post, people): (Ref, Vec<_>)| RotationVacancy {
        post,
        proposals: people.into_iter().map(Candidate::from).collect(),
    };
    Answer::value(&RotationVacancies {
        as_of: rotation.effective_from,
        data: vacancies.into_iter().map(view).collect(),
    })
}
