//! Random programs of everything that can be done with cases in steps, by everybody, against a small model of what canbo
//! promises. Each call is tried first: a dry run says what is done, changes nothing, and is refused as the call is. A program
//! that shows a difference is made as short as possible.
//!
//! `CANBO_MODEL_STEPS` is how many steps are done in all, `CANBO_MODEL_SEED` where the programs come from.

mod drive;
mod state;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::drive::Province;
use self::words::{Action, Paper, Procedure, Who};
use crate::model::number;

/// Steps of a program.
const LENGTH: usize = 40;

/// A move that is wanted: numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub person: usize,
    pub to: usize,
    /// From no post.
    pub entry: bool,
    pub elected: bool,
}

/// One call, or some days that pass.
#[derive(Clone, Debug)]
pub enum Step {
    Prepare {
        by: Who,
        procedure: Procedure,
        unit: usize,
        moves: Vec<Wanted>,
        days: i64,
    },
    Act {
        by: Who,
        case: usize,
        action: Action,
        stale: bool,
        moves: Vec<Wanted>,
        days: i64,
    },
    Paper {
        by: Who,
        case: usize,
        paper: Paper,
        person: usize,
        good: bool,
    },
    /// What brings the case on, whatever that is.
    Push {
        case: usize,
    },
    Advance {
        days: u64,
    },
}

/// How a step ended: its status and code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub step: &'static str,
    pub ended: (u16, String),
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        4 => Just(Who::Officer), 4 => Just(Who::Both), 4 => Just(Who::Decider), 2 => Just(Who::Local), 2 => Just(Who::Mover),
        1 => Just(Who::Machine), 1 => Just(Who::Reader),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Wanted>> {
    let flag = || prop_oneof![8 => Just(false), 1 => Just(true)];
    vec(
        (0..4_usize, 0..6_usize, flag(), flag()).prop_map(|(person, to, entry, elected)| Wanted {
            person,
            to,
            entry,
            elected,
        }),
        1..4,
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let procedure = prop_oneof![Just(Procedure::FiveSteps), Just(Procedure::Agreement), Just(Procedure::Direct)];
    let prepare = (who(), procedure, 0..2_usize, moves(), -4..20_i64)
        .prop_map(|(by, procedure, unit, moves, days)| Step::Prepare { by, procedure, unit, moves, days });
    let action = proptest::sample::select(Action::ALL.map(|(action, _)| action).to_vec());
    let stale = prop_oneof![10 => Just(false), 1 => Just(true)];
    let act = (who(), 0..8_usize, action, stale, moves(), -4..20_i64)
        .prop_map(|(by, case, action, stale, moves, days)| Step::Act { by, case, action, stale, moves, days });
    let paper = (
        who(),
        0..8_usize,
        proptest::sample::select(Paper::ALL.to_vec()),
        0..4_usize,
        prop_oneof![3 => Just(true), 1 => Just(false)],
    )
        .prop_map(|(by, case, paper, person, good)| Step::Paper { by, case, paper, person, good });
    let push = (0..8_usize).prop_map(|case| Step::Push { case });
    prop_oneof![4 => prepare, 6 => act, 5 => paper, 9 => push, 1 => (1..9_u64).prop_map(|days| Step::Advance { days })]
}

/// D17, Z09: whoever does what with cases in whatever order: each call ends as the model says, `allowed_actions` are what then
/// succeeds, no seat has two holders, versions count every change, and nothing that was recorded is lost.
#[test]
fn cases_go_through_their_steps_as_the_model_says() {
    let steps = number("CANBO_MODEL_STEPS", 160);
    let province = RefCell::new(Province::new());
    let (done, told) = (RefCell::new(0), RefCell::new(BTreeMap::<Told, usize>::new()));
    let program = |program: Vec<Step>| {
        if *done.borrow() >= steps {
            return Ok(());
        }
        if !province.borrow().has_room() {
            province.replace(Province::new());
        }
        let mut province = province.borrow_mut();
        let mut universe = province.universe();
        for (index, step) in program.iter().enumerate() {
            let differs = |what| TestCaseError::fail(format!("after step {index}, {step:?}: {what}"));
            if let Some(ended) = universe.step(step).map_err(differs)? {
                *told.borrow_mut().entry(ended).or_default() += 1;
                *done.borrow_mut() += 1;
            }
        }
        Ok(())
    };
    let cases = u32::try_from(steps).unwrap();
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("CANBO_MODEL_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let started = std::time::Instant::now();
    if let Err(failure) = runner.run(&vec(any_step(), LENGTH), program) {
        panic!("{failure}");
    }
    let told = told.into_inner();
    eprintln!("{steps} steps in {:?}: {told:#?}", started.elapsed());
    // Not by chance alone, nor refused each time.
    for step in [
        "prepare",
        "approve_policy",
        "propose_people",
        "conclude_preparation",
        "conclude_exchange",
        "decide",
        "push paper",
        "paper",
    ] {
        let good = told.keys().any(|one| one.step == step && one.ended.0 < 300);
        assert!(good, "{step} never succeeds");
    }
    for code in
        ["forbidden", "own_case", "separation_of_duties", "wrong_state", "step_incomplete", "refused", "post_taken"]
    {
        assert!(told.keys().any(|one| one.ended.1 == code), "nothing is refused with {code}");
    }
}
