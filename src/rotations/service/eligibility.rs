//! The moves of a case held against the law and the standards.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use crate::cadres::{self, CadreId};
use crate::eligibility::{self, Assessment, Judged, MoveToJudge, judge};
use crate::identity::Caller;
use crate::identity::model::Permission;
use crate::platform::App;
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Finding, Result};
use crate::platform::http::page::Ref;
use crate::posts::PostId;
use crate::rotations::model::{MoveId, Rotation, RotationId, RotationMove};
use crate::rotations::{rules, store};

/// A move as it is judged; none of one out of the province, where another law holds.
fn to_judge(step: &RotationMove, waived: &HashMap<Uuid, BTreeMap<String, String>>) -> Option<MoveToJudge> {
    Some(MoveToJudge {
        kind: step.kind,
        cadre_id: CadreId(step.cadre.id),
        post_id: PostId(step.to_post.as_ref()?.id),
        expected_end_on: step.expected_end_on,
        waived: waived.get(&step.cadre.id).cloned().unwrap_or_default(),
    })
}

/// The moves of a case that are judged, with their places.
fn judged_moves(rotation: &Rotation) -> impl Iterator<Item = (usize, &RotationMove)> {
    rotation.moves.iter().enumerate().filter(|(_, step)| step.to_post.is_some())
}

/// The moves of a case held against the rules of its effective day, in their order.
async fn judged<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    rotation: &Rotation,
) -> Result<Sealed<Vec<Judged>>> {
    let waived = store::waived(conn, caller.scope(), rotation.id).await?;
    let moves: Vec<MoveToJudge> = rotation.moves.iter().filter_map(|step| to_judge(step, &waived)).collect();
    eligibility::judge_moves(conn, caller, &moves, rotation.effective_from).await
}

/// The checks of each move of a case, by the rules that hold on its effective day.
pub async fn eligibility<P>(app: &App, caller: &Caller<P>, rotation: &Rotation) -> Result<Vec<(MoveId, Assessment)>> {
    let judged = judged(&mut *app.db.read().await?, caller, rotation).await?;
    let in_roles = json!({"roles": caller.roles()});
    let judged = judged.read_by(&app.db, caller.actor(), "get_rotation_eligibility", in_roles)?;
    Ok(judged_moves(rotation).zip(judged).map(|((_, step), one)| (step.id, one.assessment)).collect())
}

/// Holds the moves of a case against the law before it is decided, and keeps what came of it. Refuses what a rule that the
/// province has confirmed does not allow, unless the authority made a special case of it; gives what others do not allow.
pub(super) async fn keep_verdicts(tx: &mut Tx, caller: &Caller, rotation: &Rotation) -> Result<Vec<Finding>> {
    let judged = judged(tx.conn(), caller, rotation).await?.within(tx);
    let places = judged_moves(rotation).map(|(index, _)| index);
    let assessments: Vec<(usize, &Assessment)> = places.zip(judged.iter().map(|one| &one.assessment)).collect();
    let found = rules::not_met(&assessments, true);
    if !found.is_empty() {
        return Err(Error::refused(found));
    }
    store::keep_verdicts(tx, rotation.id, &judged).await?;
    Ok(rules::not_met(&assessments, false))
}

/// A verdict as its reader may see it.
pub struct Replayed {
    /// The person.
    pub cadre: Ref,
    /// When it was judged.
    pub judged_at: DateTime<Utc>,
    /// What came of it.
    pub assessment: Assessment,
    /// Whether the same inputs give the very bytes that were kept.
    pub replays: bool,
}

/// The verdicts that were kept with the decision of a case, each judged again from what was kept beside it.
pub async fn verdicts<P>(app: &App, caller: &Caller<P>, id: RotationId) -> Result<Vec<Replayed>> {
    let mut conn = app.db.read().await?;
    store::find(&mut conn, caller.scope(), id).await?;
    let kept = store::verdicts(&mut conn, caller.scope(), id).await?;
    let in_roles = json!({"roles": caller.roles()});
    let kept = kept.read_by(&app.db, caller.actor(), "list_rotation_verdicts", in_roles)?;
    let people: Vec<CadreId> = kept.iter().map(|one| CadreId(one.cadre.id)).collect();
    let open = match caller.scope_for(Permission::ReadSensitive) {
        Some(scope) => cadres::people(&mut conn, &scope, &people).await?,
        None => Vec::new(),
    };
    kept.into_iter()
        .map(|one| {
            let again = judge(&one.inputs).canonical().map_err(Error::internal)?;
            let may_see = open.iter().any(|person| person.id.0 == one.cadre.id);
            let assessment = if may_see { one.assessment } else { judge(&one.inputs.veiled()) };
            Ok(Replayed { cadre: one.cadre, judged_at: one.judged_at, assessment, replays: again == one.kept })
        })
        .collect()
}
