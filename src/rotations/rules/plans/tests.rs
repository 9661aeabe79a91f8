use chrono::DateTime;

use super::*;
use crate::platform::http::page::Ref;
use crate::rotations::model::{MoveKind, PlanItemId, RotationPlanApproval, RotationPlanId, RotationPlanItem};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn year() -> Period {
    Period::new(Some(day("2026-01-01")), Some(day("2027-01-01"))).unwrap()
}

/// A line: its title, its unit, how many.
fn item(title: u128, unit: Option<u128>, count: i32) -> RotationPlanItem {
    RotationPlanItem {
        id: PlanItemId(id(title * 1000 + unit.unwrap_or_default())),
        title: Ref::new(id(title), "Chức danh"),
        unit: unit.map(|unit| Ref::new(id(unit), "Đơn vị")),
        kind: MoveKind::Rotation,
        count,
        placement: None,
        starts_on: None,
        note: None,
    }
}

fn plan(state: RotationPlanState, items: Vec<RotationPlanItem>) -> RotationPlan {
    let approval = RotationPlanApproval {
        number: "45-QĐ/TU".to_owned(),
        issuer: "Ban Thường vụ".to_owned(),
        approved_on: day("2026-01-05"),
        approved_by: Ref::new(id(4), "decider"),
        recorded_at: DateTime::UNIX_EPOCH,
    };
    RotationPlan {
        id: RotationPlanId(id(1)),
        number: "KH-2026-0001".to_owned(),
        subject: "Luân chuyển năm 2026".to_owned(),
        unit: Ref::new(id(800), "Tỉnh"),
        during: year(),
        need: None,
        policy: None,
        state,
        items,
        prepared_by: Ref::new(id(2), "officer"),
        prepared_at: DateTime::UNIX_EPOCH,
        approval: (state == RotationPlanState::Approved).then_some(approval),
        withdrawal: None,
        version: 1,
    }
}

/// A move to a post of a title in a unit, with the units above it that lines name.
fn step(state: RotationState, title: u128, within: &[u128]) -> PlannedMove {
    PlannedMove {
        state,
        kind: MoveKind::Rotation,
        title: Ref::new(id(title), "Chức danh"),
        unit: Ref::new(id(900), "Xã"),
        within: within.iter().map(|unit| id(*unit)).collect(),
    }
}

#[test]
fn who_may_do_what_in_which_state() {
    use RotationPlanAction::{Approve, Withdraw};
    use RotationPlanState::{Approved, Draft, Withdrawn};
    let actor = |n, prepares, decides| PlanActor { id: Some(id(n)), prepares, decides };
    let (preparer, decider, both, reader) =
        (actor(2, true, false), actor(4, false, true), actor(2, true, true), actor(6, false, false));
    let said = |state, action, actor| {
        plan_guard(&plan(state, vec![]), action, actor).map_err(|error| error.code().name).err().unwrap_or("ok")
    };
    for (state, action, of_preparer, of_decider, of_both) in [
        (Draft, Approve, "forbidden", "ok", "separation_of_duties"),
        (Draft, Withdraw, "ok", "forbidden", "ok"),
        (Approved, Approve, "forbidden", "wrong_state", "wrong_state"),
        (Approved, Withdraw, "forbidden", "ok", "ok"),
        (Withdrawn, Approve, "forbidden", "wrong_state", "wrong_state"),
        (Withdrawn, Withdraw, "forbidden", "wrong_state", "wrong_state"),
    ] {
        let told = [preparer, decider, both, reader].map(|actor| said(state, action, actor));
        assert_eq!(told, [of_preparer, of_decider, of_both, "forbidden"], "{state:?} {action:?}");
    }
    let change = |state, actor| changeable(&plan(state, vec![]), actor).map_err(|error| error.code().name).err();
    assert_eq!([change(Draft, preparer), change(Draft, decider)], [None, Some("forbidden")]);
    assert_eq!(change(Approved, preparer), Some("wrong_state"));
}

#[test]
fn faults_of_lines_are_told_at_once_with_their_places() {
    let line = |title: u128, unit: Option<u128>, count, starts_on: &str| PlanLine {
        title_id: TitleId(id(title)),
        unit_id: unit.map(id),
        kind: MoveKind::Rotation,
        count,
        placement: None,
        starts_on: Some(day(starts_on)),
        note: None,
    };
    let (titles, units) = (BTreeSet::from([TitleId(id(20))]), BTreeSet::from([id(900)]));
    let good = [line(20, Some(900), 2, "2026-12-31"), line(20, None, 1000, "2026-01-01")];
    assert_eq!(lines(&good, year(), &titles, &units), []);
    let bad = [line(21, Some(901), 0, "2027-01-01"), line(20, None, 1001, "2025-12-31")];
    let found = lines(&bad, year(), &titles, &units);
    let told: Vec<_> = found.iter().map(|one| (one.pointer.as_ref(), one.code.name)).collect();
    assert_eq!(
        told,
        [
            ("/items/0/title_id", "unknown_reference"),
            ("/items/0/unit_id", "unknown_reference"),
            ("/items/0/count", "out_of_range"),
            ("/items/0/starts_on", "outside_validity"),
            ("/items/1/count", "out_of_range"),
            ("/items/1/starts_on", "outside_validity"),
        ]
    );
    assert!(listable(1).is_ok() && listable(200).is_ok() && listable(0).is_err() && listable(201).is_err());
}

#[test]
fn a_case_belongs_to_an_approved_plan_on_its_days() {
    for (state, on, wanted) in [
        (RotationPlanState::Approved, "2026-01-01", vec![]),
        (RotationPlanState::Approved, "2026-12-31", vec![]),
        (RotationPlanState::Approved, "2027-01-01", vec!["/effective_from"]),
        (RotationPlanState::Draft, "2026-06-01", vec!["/plan_id"]),
        (RotationPlanState::Withdrawn, "2025-12-31", vec!["/plan_id", "/effective_from"]),
    ] {
        let found = belongs(&plan(state, vec![]), day(on));
        assert_eq!(found.iter().map(|one| one.pointer.as_ref()).collect::<Vec<_>>(), wanted, "{state:?} {on}");
        assert!(found.iter().all(|one| one.code == code::OUTSIDE_VALIDITY));
    }
}

/// A move counts for the nearest line that has room, and beyond the plan where none has.
#[test]
fn progress_counts_each_move_once() {
    use RotationState::{Decided, Effective, Prepared, Refused, Withdrawn};
    let figures = |prepared, decided, done| PlanFigures { prepared, decided, done };
    // Of the commune 900 one, of the district body 950 above it one, anywhere two.
    let items = vec![item(20, None, 2), item(20, Some(900), 1), item(20, Some(950), 1), item(21, None, 3)];
    for (name, moves, wanted, beyond) in [
        ("nothing", vec![], [figures(0, 0, 0); 4], vec![]),
        (
            "the nearest line first, then those above it",
            vec![
                step(Prepared, 20, &[900, 950]),
                step(Effective, 20, &[900, 950]),
                step(Decided, 20, &[900, 950]),
                step(Prepared, 20, &[]),
            ],
            [figures(2, 0, 0), figures(0, 0, 1), figures(0, 1, 0), figures(0, 0, 0)],
            vec![],
        ),
        (
            "cases that ended count nowhere",
            vec![step(Refused, 20, &[900]), step(Withdrawn, 21, &[])],
            [figures(0, 0, 0); 4],
            vec![],
        ),
        (
            "what no line is about, and what is more than planned",
            vec![
                step(Prepared, 22, &[900]),
                step(Decided, 20, &[]),
                step(Prepared, 20, &[]),
                step(Effective, 20, &[]),
                step(Prepared, 22, &[900]),
            ],
            [figures(0, 1, 1), figures(0, 0, 0), figures(0, 0, 0), figures(0, 0, 0)],
            vec![(22, figures(2, 0, 0)), (20, figures(1, 0, 0))],
        ),
    ] {
        let (told, more) = progress(&plan(RotationPlanState::Approved, items.clone()), &moves);
        assert_eq!(told.iter().map(|line| line.figures).collect::<Vec<_>>(), wanted, "{name}");
        for line in &told {
            assert_eq!(
                line.remaining,
                line.item.count - line.figures.prepared - line.figures.decided - line.figures.done,
                "{name}"
            );
        }
        let more: Vec<_> = more.iter().map(|one| (one.title.id.as_u128(), one.figures)).collect();
        assert_eq!(more, beyond, "{name}");
    }
}

#[test]
fn another_form_is_not_what_was_planned() {
    let mut other = step(RotationState::Prepared, 20, &[]);
    other.kind = MoveKind::Secondment;
    let (told, beyond) = progress(&plan(RotationPlanState::Approved, vec![item(20, None, 1)]), &[other]);
    assert_eq!((told[0].remaining, beyond[0].kind), (1, MoveKind::Secondment));
}
