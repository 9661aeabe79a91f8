//! The moves of a case held against the law and the standards.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use uuid::Uuid;

use crate::cadres::CadreId;
use crate::eligibility::{self, Assessment, MoveToJudge};
use crate::identity::Caller;
use crate::platform::App;
use crate::platform::error::Result;
use crate::posts::PostId;
use crate::rotations::model::{MoveId, Rotation, RotationMove};
use crate::rotations::store;

fn to_judge(step: &RotationMove, waived: &HashMap<Uuid, BTreeMap<String, String>>) -> MoveToJudge {
    MoveToJudge {
        kind: step.kind,
        cadre_id: CadreId(step.cadre.id),
        post_id: PostId(step.to_post.id),
        expected_end_on: step.expected_end_on,
        waived: waived.get(&step.cadre.id).cloned().unwrap_or_default(),
    }
}

/// The checks of each move of a case, by the rules that hold on its effective day.
pub async fn eligibility<P>(app: &App, caller: &Caller<P>, rotation: &Rotation) -> Result<Vec<(MoveId, Assessment)>> {
    let mut conn = app.db.read().await?;
    let waived = store::waived(&mut conn, caller.scope(), rotation.id).await?;
    let moves: Vec<MoveToJudge> = rotation.moves.iter().map(|step| to_judge(step, &waived)).collect();
    let judged = eligibility::judge_moves(&mut conn, caller, &moves, rotation.effective_from).await?;
    let in_roles = json!({"roles": caller.roles()});
    let judged = judged.read_by(&app.db, caller.actor(), "get_rotation_eligibility", in_roles)?;
    Ok(rotation.moves.iter().zip(judged).map(|(step, one)| (step.id, one.assessment)).collect())
}
