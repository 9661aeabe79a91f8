use std::fmt::Write;

use chrono::{DateTime, NaiveDate};

use super::*;
use crate::rotations::model::{Direction, MoveId, MoveKind, PaperKind, RotationId, Stance};
use crate::rotations::rules::recordable;

const GRID: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/law/rotation_grid.txt");
const STATES: [RotationState; 9] = [
    RotationState::PolicyProposed,
    RotationState::PolicyApproved,
    RotationState::PeopleProposed,
    RotationState::Prepared,
    RotationState::Exchanged,
    RotationState::Decided,
    RotationState::Effective,
    RotationState::Refused,
    RotationState::Withdrawn,
];
const PROCEDURES: [RotationProcedure; 3] =
    [RotationProcedure::FiveSteps, RotationProcedure::Agreement, RotationProcedure::Direct];

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A case of one move by election of the person 7, who leaves a post.
pub fn case(procedure: RotationProcedure, state: RotationState) -> Rotation {
    let step = RotationMove {
        id: MoveId(id(9)),
        kind: MoveKind::Rotation,
        direction: Direction::Down,
        cadre: Ref::new(id(7), "Lò Văn Bảy"),
        from_post: Some(Ref::new(id(11), "Chức danh đi")),
        from_outside: None,
        to_post: Some(Ref::new(id(12), "Chức danh đến")),
        to_outside: None,
        stand_in: None,
        expected_end_on: None,
        special_case: false,
        by_election: true,
        standing: None,
        purpose: None,
        allowance_kept: false,
        reason: None,
    };
    Rotation {
        id: RotationId(id(1)),
        number: "HS-2026-0001".to_owned(),
        subject: "Luân chuyển".to_owned(),
        need: None,
        unit: Ref::new(id(800), "Đơn vị"),
        plan: None,
        procedure,
        state,
        effective_from: day("2026-12-01"),
        policy: None,
        compensates: None,
        compensated_by: None,
        moves: vec![step],
        prepared_by: Ref::new(id(2), "officer"),
        prepared_at: DateTime::UNIX_EPOCH,
        decision: None,
        took_effect_at: None,
        refusal: None,
        withdrawal: None,
        stances: vec![],
        version: 1,
    }
}

fn stance(kind: PaperKind, side: Option<OpinionSide>, favourable: bool) -> Stance {
    let cadre = (kind != PaperKind::Vote).then(|| id(7));
    Stance { kind, cadre, side, favourable }
}

/// The same case with everything that its steps need.
fn complete(mut case: Rotation) -> Rotation {
    case.stances = vec![
        stance(PaperKind::Conclusion, None, true),
        stance(PaperKind::Opinion, Some(OpinionSide::Origin), true),
        stance(PaperKind::Opinion, Some(OpinionSide::Destination), true),
        stance(PaperKind::Interview, None, true),
        stance(PaperKind::Vote, None, true),
        stance(PaperKind::Election, None, true),
    ];
    case
}

/// Everybody who may be a caller, by what they are to the case.
fn actors() -> [(&'static str, Actor); 6] {
    let actor = |n, cadre: Option<u128>, prepares, decides| Actor {
        id: Some(id(n)),
        cadre_id: cadre.map(id),
        prepares,
        decides,
    };
    [
        ("preparer", actor(2, None, true, false)),
        ("officer", actor(3, None, true, false)),
        ("decider", actor(4, None, false, true)),
        ("preparer who decides", actor(2, None, true, true)),
        ("who is moved", actor(5, Some(7), true, true)),
        ("reader", actor(6, None, false, false)),
    ]
}

/// For every state, action and caller: allowed, or refused with which code. Checked in, so that a change is seen.
#[test]
fn what_the_grid_says_is_what_the_guards_say() {
    let mut grid = String::new();
    for procedure in PROCEDURES {
        for state in STATES {
            for (fullness, case) in
                [("incomplete", case(procedure, state)), ("complete", complete(case(procedure, state)))]
            {
                writeln!(grid, "{} {} {fullness}", procedure.name(), state.name()).unwrap();
                for (name, actor) in actors() {
                    let mut said: Vec<String> = Vec::new();
                    for action in RotationAction::ALL {
                        let code = guard(&case, action, actor, day("2026-11-30"))
                            .map_or_else(|error| error.code().name, |()| "ok");
                        said.push(format!("{action:?} {code}"));
                    }
                    for kind in PaperKind::ALL {
                        let code = recordable(&case, *kind, actor).map_or_else(|error| error.code().name, |()| "ok");
                        said.push(format!("{} {code}", kind.name()));
                    }
                    writeln!(grid, "    {name}: {}", said.join(", ")).unwrap();
                }
            }
        }
    }
    if std::fs::read_to_string(GRID).unwrap_or_default() != grid {
        std::fs::write(GRID, &grid).unwrap();
        panic!("who may do what has changed: tests/it/law/rotation_grid.txt is written anew, look at its diff");
    }
}

#[test]
fn on_its_day_a_decided_case_can_be_withdrawn_no_more() {
    let decider = Actor { id: Some(id(3)), cadre_id: None, prepares: false, decides: true };
    let case = case(RotationProcedure::Direct, RotationState::Decided);
    let on = |today| guard(&case, RotationAction::Withdraw, decider, day(today)).is_ok();
    assert!(on("2026-11-30") && !on("2026-12-01"));
}

#[test]
fn a_step_says_what_it_lacks_and_what_speaks_against_it() {
    type Row = (RotationProcedure, RotationState, Vec<Stance>, Vec<(StepNeed, bool)>);
    use RotationProcedure::{Agreement, Direct, FiveSteps};
    use RotationState::{Exchanged, PeopleProposed, Prepared};
    let of = |kind, favourable| stance(kind, None, favourable);
    let table: Vec<Row> = vec![
        (FiveSteps, PeopleProposed, vec![], vec![(StepNeed::Conclusion, false)]),
        (FiveSteps, PeopleProposed, vec![of(PaperKind::Conclusion, false)], vec![(StepNeed::Conclusion, true)]),
        (FiveSteps, PeopleProposed, vec![of(PaperKind::Conclusion, true)], vec![]),
        (
            Agreement,
            Prepared,
            vec![],
            vec![(StepNeed::Opinion, false), (StepNeed::Opinion, false), (StepNeed::Interview, false)],
        ),
        (
            Agreement,
            Prepared,
            vec![stance(PaperKind::Opinion, Some(OpinionSide::Origin), true), of(PaperKind::Interview, false)],
            vec![(StepNeed::Opinion, false), (StepNeed::Interview, true)],
        ),
        (FiveSteps, Exchanged, vec![], vec![(StepNeed::Election, false), (StepNeed::Vote, false)]),
        (Agreement, Exchanged, vec![of(PaperKind::Election, true)], vec![]),
        (
            Agreement,
            Exchanged,
            vec![of(PaperKind::Election, true), of(PaperKind::Vote, false)],
            vec![(StepNeed::Vote, true)],
        ),
        (Direct, Prepared, vec![of(PaperKind::Election, false)], vec![(StepNeed::Election, true)]),
    ];
    for (procedure, state, stances, expected) in table {
        let case = Rotation { stances, ..case(procedure, state) };
        let found: Vec<_> = lacking(&case).into_iter().map(|lack| (lack.needed, lack.against)).collect();
        assert_eq!(found, expected, "{procedure:?} {state:?} {:?}", case.stances);
    }
}

#[test]
fn who_enters_from_outside_leaves_no_unit_to_be_asked() {
    let mut case = case(RotationProcedure::Agreement, RotationState::Prepared);
    case.moves.iter_mut().for_each(|step| step.from_post = None);
    let sides: Vec<_> = lacking(&case).into_iter().map(|lack| lack.side).collect();
    assert_eq!(sides, [Some(OpinionSide::Destination), None]);
}
