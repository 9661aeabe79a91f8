//! Who may do what with a case in which state, and what its present step lacks.

#[cfg(test)]
pub(super) mod tests;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::http::page::Ref;
use crate::rotations::model::{
    Lack, OpinionSide, PaperKind, Rotation, RotationAction, RotationMove, RotationProcedure, RotationState, StepNeed,
};

/// Who acts on a case.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    /// Account or client.
    pub id: Option<Uuid>,
    /// The cadre that they are.
    pub cadre_id: Option<Uuid>,
    /// May prepare cases of this case's unit.
    pub prepares: bool,
    /// May decide them.
    pub decides: bool,
}

/// Whether this caller may do this now. What `allowed_actions` says is computed by this alone.
pub fn guard(rotation: &Rotation, action: RotationAction, actor: Actor, today: NaiveDate) -> Result<()> {
    use RotationAction::{
        ApprovePolicy, Compensate, ConcludeExchange, ConcludePreparation, Decide, ProposePeople, Refuse, Withdraw,
    };
    let may = match (action, rotation.state) {
        (ApprovePolicy | Decide, _) | (Withdraw, RotationState::Decided) => actor.decides,
        (ProposePeople | ConcludePreparation | ConcludeExchange | Compensate, _) => actor.prepares,
        (Refuse | Withdraw, _) => actor.prepares || actor.decides,
    };
    if !may {
        return Err(Error::new(code::FORBIDDEN));
    }
    if actor.cadre_id.is_some_and(|cadre| rotation.moves_person(cadre)) {
        return Err(Error::new(code::OWN_CASE));
    }
    if !fits(rotation, action, today) {
        return Err(wrong_state(rotation));
    }
    if matches!(action, ApprovePolicy | Decide) && actor.id == Some(rotation.prepared_by.id) {
        return Err(Error::new(code::SEPARATION_OF_DUTIES));
    }
    if matches!(action, ConcludePreparation | ConcludeExchange | Decide) {
        let lacking = lacking(rotation);
        if !lacking.is_empty() {
            let found =
                lacking.iter().map(|lack| Finding::new(place(rotation, lack), code::STEP_INCOMPLETE, told(lack)));
            return Err(found.fold(Error::new(code::STEP_INCOMPLETE), Error::with));
        }
    }
    Ok(())
}

/// What does not fit the state of a case.
pub(super) fn wrong_state(rotation: &Rotation) -> Error {
    let state = rotation.state.name();
    Error::new(code::WRONG_STATE).detail(format!("Hồ sơ đang ở trạng thái {state}"), format!("The case is {state}"))
}

fn fits(rotation: &Rotation, action: RotationAction, today: NaiveDate) -> bool {
    use RotationState::{Decided, Effective, PeopleProposed, PolicyApproved, PolicyProposed, Prepared};
    match action {
        RotationAction::ApprovePolicy => rotation.state == PolicyProposed,
        RotationAction::ProposePeople => matches!(rotation.state, PolicyApproved | PeopleProposed),
        RotationAction::ConcludePreparation => rotation.state == PeopleProposed,
        RotationAction::ConcludeExchange => {
            rotation.state == Prepared && rotation.procedure != RotationProcedure::Direct
        }
        RotationAction::Decide => rotation.state == rotation.procedure.last_state(),
        RotationAction::Refuse => rotation.state.is_undecided(),
        RotationAction::Compensate => rotation.state == Effective && rotation.compensated_by.is_none(),
        // Once its day has come it is too late, whether or not its effect has been written.
        RotationAction::Withdraw => {
            rotation.state.is_undecided() || rotation.state == Decided && rotation.effective_from > today
        }
    }
}

/// The move that something lacks for, or the case.
fn place(rotation: &Rotation, lack: &Lack) -> String {
    let of = |cadre: &Ref| rotation.moves.iter().position(|step| step.cadre.id == cadre.id);
    lack.cadre.as_ref().and_then(of).map_or_else(String::new, |index| format!("/moves/{index}"))
}

fn told(lack: &Lack) -> Say {
    let (vi, en) = match (lack.needed, lack.side) {
        (StepNeed::Conclusion, _) => ("kết luận tiêu chuẩn chính trị", "the conclusion on political standards"),
        (StepNeed::Opinion, Some(OpinionSide::Origin)) => ("ý kiến nơi đi", "the opinion of the unit that is left"),
        (StepNeed::Opinion, _) => ("ý kiến nơi đến", "the opinion of the unit that is entered"),
        (StepNeed::Interview, _) => ("biên bản gặp gỡ cán bộ", "the interview"),
        (StepNeed::Vote, _) => ("biểu quyết tập thể", "the vote"),
        (StepNeed::Election, _) => ("kết quả bầu cử được xác nhận", "the confirmed result of the election"),
    };
    let whom = lack.cadre.as_ref().map(|cadre| format!(" ({})", cadre.label)).unwrap_or_default();
    if lack.against {
        Say::new(format!("{vi}{whom}: không thuận"), format!("{en}{whom} speaks against it"))
    } else {
        Say::new(format!("Thiếu {vi}{whom}"), format!("Missing: {en}{whom}"))
    }
}

/// What the present step of a case needs and does not have, move by move.
pub fn lacking(rotation: &Rotation) -> Vec<Lack> {
    let mut found = Vec::new();
    match rotation.state {
        RotationState::PeopleProposed => {
            found
                .extend(rotation.moves.iter().filter_map(|step| of_person(rotation, step, StepNeed::Conclusion, None)));
        }
        RotationState::Prepared if rotation.procedure != RotationProcedure::Direct => {
            for step in &rotation.moves {
                let leaves = step.from_post.is_some() || step.from_outside.is_some();
                let origin = leaves.then(|| of_person(rotation, step, StepNeed::Opinion, Some(OpinionSide::Origin)));
                found.extend(origin.flatten());
                found.extend(of_person(rotation, step, StepNeed::Opinion, Some(OpinionSide::Destination)));
                found.extend(of_person(rotation, step, StepNeed::Interview, None));
            }
        }
        _ => {}
    }
    if rotation.state == rotation.procedure.last_state() {
        let elections = rotation.moves.iter().filter(|step| step.by_election);
        found.extend(elections.filter_map(|step| of_person(rotation, step, StepNeed::Election, None)));
        // A case that was decided elsewhere need not say how, but a vote that is on record counts.
        let vote = needed(rotation, None, StepNeed::Vote, None);
        found.extend(vote.filter(|vote| rotation.procedure == RotationProcedure::FiveSteps || vote.against));
    }
    found
}

fn of_person(rotation: &Rotation, step: &RotationMove, what: StepNeed, side: Option<OpinionSide>) -> Option<Lack> {
    needed(rotation, Some(step), what, side)
}

fn needed(rotation: &Rotation, step: Option<&RotationMove>, what: StepNeed, side: Option<OpinionSide>) -> Option<Lack> {
    let kind = match what {
        StepNeed::Conclusion => PaperKind::Conclusion,
        StepNeed::Opinion => PaperKind::Opinion,
        StepNeed::Interview => PaperKind::Interview,
        StepNeed::Vote => PaperKind::Vote,
        StepNeed::Election => PaperKind::Election,
    };
    let cadre = step.map(|step| step.cadre.id);
    let stands = rotation.stances.iter().find(|one| one.kind == kind && one.cadre == cadre && one.side == side);
    if stands.is_some_and(|one| one.favourable) {
        return None;
    }
    Some(Lack { needed: what, cadre: step.map(|step| step.cadre.clone()), side, against: stands.is_some() })
}
