//! What takes back what a case did: nothing that was is unmade, everybody moves again.

use crate::cadres::CadreId;
use crate::platform::error::{Finding, Say, code};
use crate::posts::{PostId, Standing};
use crate::rotations::model::{MoveKind, ProposedMove, Rotation, RotationMove};

/// The moves that take back those of a case, from what its people hold by it. Somebody who came from nowhere has no way back.
pub fn reversed(rotation: &Rotation, held: &[Standing], reason: &str) -> Result<Vec<ProposedMove>, Vec<Finding>> {
    let (mut moves, mut found) = (Vec::new(), Vec::new());
    for (index, step) in rotation.moves.iter().enumerate() {
        let by_case = |one: &&Standing| one.cadre_id == step.cadre.id && one.rotation_id == Some(rotation.id.0);
        let now = held.iter().rfind(by_case).map(|one| one.post_id);
        let back = step.from_post.is_some() || step.from_outside.is_some();
        if back && (now.is_some() || step.to_post.is_none()) {
            moves.push(backwards(step, now, reason));
            continue;
        }
        let say = if back {
            Say::new(
                "Cán bộ không còn giữ chức danh theo hồ sơ này",
                "The person no longer holds the post by this case",
            )
        } else {
            Say::new("Cán bộ không có nơi để trở về", "The person came from nowhere that they could return to")
        };
        found.push(Finding::new(format!("/moves/{index}"), code::NOT_HELD, say));
    }
    if found.is_empty() { Ok(moves) } else { Err(found) }
}

fn backwards(step: &RotationMove, now: Option<PostId>, reason: &str) -> ProposedMove {
    ProposedMove {
        kind: MoveKind::Transfer,
        cadre_id: CadreId(step.cadre.id),
        from_post_id: now,
        from_outside: step.to_outside.clone(),
        to_post_id: step.from_post.as_ref().map(|post| PostId(post.id)),
        to_outside: step.from_outside.clone(),
        stand_in_id: None,
        expected_end_on: None,
        special_case: false,
        by_election: false,
        purpose: None,
        allowance_kept: false,
        reason: Some(reason.to_owned()),
    }
}
