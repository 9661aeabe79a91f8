//! Who may do what with a plan, what is wrong with one, whether a case belongs to one, and how far it is carried out.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::period::Period;
use crate::posts::TitleId;
use crate::rotations::model::{
    BeyondPlan, PlanFigures, PlanItemProgress, PlanLine, PlannedMove, RotationPlan, RotationPlanAction,
    RotationPlanState, RotationState,
};

/// Lines that one plan may have.
const MOST_ITEMS: usize = 200;
/// People that one line may be about.
const MOST_PEOPLE: i32 = 1000;

/// Who acts on a plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanActor {
    /// Account or client.
    pub id: Option<Uuid>,
    /// May prepare plans of its unit.
    pub prepares: bool,
    /// May approve plans of its unit and of the units of its lines.
    pub decides: bool,
}

/// Whether this caller may do this now. What `allowed_actions` says is computed by this alone.
pub fn plan_guard(plan: &RotationPlan, action: RotationPlanAction, actor: PlanActor) -> Result<()> {
    let may = match (action, plan.state) {
        (RotationPlanAction::Withdraw, RotationPlanState::Draft) => actor.prepares,
        _ => actor.decides,
    };
    if !may {
        return Err(Error::new(code::FORBIDDEN));
    }
    let fits = match action {
        RotationPlanAction::Approve => plan.state == RotationPlanState::Draft,
        RotationPlanAction::Withdraw => plan.state != RotationPlanState::Withdrawn,
    };
    if !fits {
        return Err(wrong_state(plan));
    }
    if action == RotationPlanAction::Approve && actor.id == Some(plan.prepared_by.id) {
        return Err(Error::new(code::SEPARATION_OF_DUTIES));
    }
    Ok(())
}

/// Whether this caller may change the plan now.
pub fn changeable(plan: &RotationPlan, actor: PlanActor) -> Result<()> {
    if !actor.prepares {
        return Err(Error::new(code::FORBIDDEN));
    }
    if plan.state == RotationPlanState::Draft { Ok(()) } else { Err(wrong_state(plan)) }
}

fn wrong_state(plan: &RotationPlan) -> Error {
    let state = plan.state.name();
    Error::new(code::WRONG_STATE).detail(format!("Kế hoạch đang ở trạng thái {state}"), format!("The plan is {state}"))
}

/// Whether a plan has so many lines as one may have; asked before anything is looked up for them.
pub fn listable(items: usize) -> Result<(), Finding> {
    if (1..=MOST_ITEMS).contains(&items) {
        return Ok(());
    }
    let message = Say::new(format!("Từ 1 đến {MOST_ITEMS} dòng"), format!("1 to {MOST_ITEMS} lines"));
    Err(Finding::new("/items", code::OUT_OF_RANGE, message))
}

/// What is wrong with the lines of a plan: every fault. `titles` and `units` are those that there are and the caller sees.
pub fn lines(items: &[PlanLine], during: Period, titles: &BTreeSet<TitleId>, units: &BTreeSet<Uuid>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = |field: &str| format!("/items/{index}/{field}");
        if !titles.contains(&item.title_id) {
            found.push(Finding::plain(at("title_id"), code::UNKNOWN_REFERENCE));
        }
        if item.unit_id.is_some_and(|unit| !units.contains(&unit)) {
            found.push(Finding::plain(at("unit_id"), code::UNKNOWN_REFERENCE));
        }
        if !(1..=MOST_PEOPLE).contains(&item.count) {
            let message = Say::new(format!("Từ 1 đến {MOST_PEOPLE}"), format!("1 to {MOST_PEOPLE}"));
            found.push(Finding::new(at("count"), code::OUT_OF_RANGE, message));
        }
        if item.starts_on.is_some_and(|day| !during.holds(day)) {
            found.push(outside(at("starts_on"), during));
        }
    }
    found
}

fn outside(pointer: String, during: Period) -> Finding {
    let day = |day: Option<NaiveDate>| day.unwrap_or_default();
    let (first, last) = (day(during.from()), day(during.last_day()));
    let message =
        Say::new(format!("Kế hoạch từ {first} đến {last}"), format!("The plan is made for {first} to {last}"));
    Finding::new(pointer, code::OUTSIDE_VALIDITY, message)
}

/// What keeps a case from belonging to a plan: only an approved plan has cases, on its days.
pub fn belongs(plan: &RotationPlan, effective: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    if plan.state != RotationPlanState::Approved {
        let message =
            Say::new("Kế hoạch chưa được phê duyệt hoặc đã rút", "The plan is not approved, or was withdrawn");
        found.push(Finding::new("/plan_id", code::OUTSIDE_VALIDITY, message));
    }
    found.extend(on_its_days(plan, effective).err());
    found
}

/// Whether a case of a plan takes effect on one of its days.
pub fn on_its_days(plan: &RotationPlan, effective: NaiveDate) -> Result<(), Finding> {
    if plan.during.holds(effective) {
        return Ok(());
    }
    Err(outside("/effective_from".to_owned(), plan.during))
}

/// How far each line is carried out, and what goes beyond the plan. A move counts for the line of its title and form whose
/// unit is nearest above its post and that has room; what has come furthest counts first.
pub fn progress(plan: &RotationPlan, moves: &[PlannedMove]) -> (Vec<PlanItemProgress>, Vec<BeyondPlan>) {
    let mut lines: Vec<PlanItemProgress> = plan
        .items
        .iter()
        .map(|item| PlanItemProgress { item: item.clone(), figures: PlanFigures::default(), remaining: item.count })
        .collect();
    let mut beyond: Vec<BeyondPlan> = Vec::new();
    let mut standing: Vec<&PlannedMove> =
        moves.iter().filter(|step| !matches!(step.state, RotationState::Refused | RotationState::Withdrawn)).collect();
    standing.sort_by_key(|step| match step.state {
        RotationState::Effective => 0,
        RotationState::Decided => 1,
        _ => 2,
    });
    for step in standing {
        let open = lines.iter_mut().filter(|line| line.remaining > 0);
        let nearest = open.filter_map(|line| distance(line, step).map(|far| (far, line))).min_by_key(|(far, _)| *far);
        if let Some((_, line)) = nearest {
            line.figures.add(step.state);
            line.remaining -= 1;
            continue;
        }
        let same = |one: &&mut BeyondPlan| {
            one.title.id == step.title.id && one.unit.id == step.unit.id && one.kind == step.kind
        };
        if let Some(one) = beyond.iter_mut().find(same) {
            one.figures.add(step.state);
        } else {
            let mut figures = PlanFigures::default();
            figures.add(step.state);
            beyond.push(BeyondPlan { title: step.title.clone(), unit: step.unit.clone(), kind: step.kind, figures });
        }
    }
    (lines, beyond)
}

/// How far above the post of a move the unit of a line is; a line without one is the furthest. None: it is not about it.
fn distance(line: &PlanItemProgress, step: &PlannedMove) -> Option<usize> {
    let item = &line.item;
    if item.title.id != step.title.id || item.kind != step.kind {
        return None;
    }
    match &item.unit {
        None => Some(usize::MAX),
        Some(unit) => step.within.iter().position(|above| *above == unit.id),
    }
}
