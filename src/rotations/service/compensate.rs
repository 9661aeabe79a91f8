//! Taking back what an effective case did, by a case of its own.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::{admit, by, lock_for, not_allowed, prepared};
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Finding, Result, code};
use crate::posts;
use crate::rotations::model::{Proposal, Rotation, RotationAction, RotationId, RotationProcedure};
use crate::rotations::{rules, store};

/// Prepares the case that takes back, from a day on, what an effective one did: everybody goes back where they came from. It
/// is decided as any other.
pub async fn compensate(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (effective_from, reason): (NaiveDate, &str),
) -> Result<Outcome<Rotation>> {
    let by = by(caller)?;
    app.db
        .change(caller, "compensate_rotation", async |tx| {
            let rotation = lock_for(tx, caller, id, RotationAction::Compensate).await?;
            if effective_from <= rotation.effective_from {
                return Err(Error::refused(vec![Finding::plain("/effective_from", code::BAD_ORDER)]));
            }
            let people: Vec<Uuid> = rotation.moves.iter().map(|step| step.cadre.id).collect();
            let eve = effective_from.pred_opt().unwrap_or(effective_from);
            let mut held = posts::standing(tx.conn(), &[], &people, eve).await?;
            held.retain(|one| one.during.holds(eve));
            let moves = rules::reversed(&rotation, &held, reason).map_err(Error::refused)?;
            let (admitted, unmet) = admit(tx, caller, &moves, effective_from).await?;
            let proposal = Proposal {
                number: None,
                subject: format!("Thu hồi, hủy bỏ việc thực hiện {}", rotation.number),
                need: Some(reason.to_owned()),
                procedure: RotationProcedure::Direct,
                unit_id: rotation.unit.id,
                plan_id: None,
                effective_from,
                moves,
                compensates: Some(id),
            };
            let (made, entry) = prepared(tx, by, &proposal, &admitted).await?;
            // What is said of the case that is taken back changes too.
            store::set_state(tx, id, rotation.state).await?;
            let told: Vec<_> = not_allowed(&made, unmet).collect();
            let entry = entry.effects(told);
            let event = json!({"rotation_id": id, "by_rotation_id": made.id});
            Ok((store::find(tx.conn(), &Scope::everything(), id).await?, entry.event("rotation.compensated", event)))
        })
        .await
}
