//! The posts that a case leaves vacant, and who may come to them.

use std::collections::BTreeSet;

use super::proposed;
use crate::cadres::CadreId;
use crate::eligibility::{self, MoveKind, Question, Ranked};
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::error::Result;
use crate::platform::http::page::Ref;
use crate::posts::{self, PostId, Seat};
use crate::rotations::model::{ProposedMove, Rotation};
use crate::rotations::rules;

/// The posts that nobody holds from the effective day of a case on because it leaves them, in the order of its moves, each
/// with the people who come first for it; who moves in the case is none of them.
pub async fn vacancies<P>(app: &App, caller: &Caller<P>, rotation: &Rotation) -> Result<Vec<(Ref, Vec<Ranked>)>> {
    let (left, day) = (rules::left(rotation), rotation.effective_from);
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<PostId> = left.iter().map(|post| PostId(post.id)).collect();
    let mut conn = app.db.read().await?;
    let standings = posts::standing(&mut conn, &ids, &[], day).await?;
    // Who may see the case may see which posts it leaves.
    let seats = posts::seats(&mut conn, &Scope::everything(), &ids).await?;
    drop(conn);
    let moves: Vec<ProposedMove> = rotation.moves.iter().map(proposed).collect();
    let vacant = |seat: &Seat| seat.during.holds(day) && rules::is_vacant(seat.id, &standings, &moves, day);
    let seats: Vec<Seat> = seats.into_iter().filter(vacant).collect();
    let but_for: BTreeSet<CadreId> = rotation.moves.iter().map(|step| CadreId(step.cadre.id)).collect();
    let question = Question { kind: MoveKind::Appointment, day, expected_end_on: None };
    let mut proposed = eligibility::proposals(app, caller, question, seats, but_for, "list_rotation_vacancies").await?;
    let row = |post: Ref| proposed.remove(&PostId(post.id)).map(|people| (post, people));
    Ok(left.into_iter().filter_map(row).collect())
}
