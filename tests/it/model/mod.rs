//! Random programs of calls against a small model of what canbo promises: after them the service and the model must be
//! the same. A program that shows a difference is made as short as possible.
//!
//! `CANBO_MODEL_STEPS` is how many steps are done in all, `CANBO_MODEL_SEED` where the programs come from.

mod compare;
mod drive;
mod state;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::drive::{Province, Told};
use self::state::{From, Step, Wanted, Who};

/// Steps of a program.
const LENGTH: usize = 60;

/// A number from the environment.
#[expect(clippy::disallowed_methods, reason = "how deep a test goes is no setting of the service")]
pub fn number(name: &str, unless: u64) -> u64 {
    std::env::var(name).map_or(unless, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        3 => Just(Who::Officer), 3 => Just(Who::Both), 6 => Just(Who::Decider), 2 => Just(Who::Local),
        2 => Just(Who::Oneself), 1 => Just(Who::Machine), 1 => Just(Who::Stranger),
    ]
}

fn stale() -> impl Strategy<Value = bool> {
    prop_oneof![12 => Just(false), 1 => Just(true)]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let from = prop_oneof![2 => Just(From::Nothing), 6 => (0..4_usize).prop_map(From::Held), 1 => (0..8_usize).prop_map(From::Seat)];
    (0..8_usize, from, 0..8_usize).prop_map(|(person, from, to)| Wanted { person, from, to })
}

/// The steps of a case, by random people.
fn of_a_case() -> impl Strategy<Value = Step> {
    let prepare = (who(), 0..2_usize, vec(wanted(), 1..4), -6..30_i64)
        .prop_map(|(by, unit, moves, days)| Step::Prepare { by, unit, moves, days });
    let decide = (who(), 0..20_usize, stale()).prop_map(|(by, case, stale)| Step::Decide { by, case, stale });
    let withdraw = (who(), 0..20_usize, stale()).prop_map(|(by, case, stale)| Step::Withdraw { by, case, stale });
    prop_oneof![5 => prepare, 6 => decide, 3 => withdraw, 1 => (1..12_u64).prop_map(|days| Step::Advance { days })]
}

fn any_step() -> impl Strategy<Value = Step> {
    let seat = (0..2_usize, any::<bool>()).prop_map(|(unit, full_time)| Step::Seat { unit, full_time });
    let length = prop_oneof![2 => Just(None), 1 => (0..500_u64).prop_map(Some)];
    let appoint = (0..8_usize, 0..8_usize, -3..560_i64, length).prop_map(|(person, seat, ago, length)| Step::Appoint {
        person,
        seat,
        ago,
        length,
    });
    let enrol = (0..2_usize, vec(0..8_usize, 1..4)).prop_map(|(course, people)| Step::Enrol { course, people });
    let result = (0..8_usize, 0..3_usize, stale()).prop_map(|(enrolment, outcome, stale)| Step::Result {
        enrolment,
        outcome,
        stale,
    });
    let active = prop_oneof![1 => Just(false), 2 => Just(true)];
    let status = (0..8_usize, active).prop_map(|(person, active)| Step::Status { person, active });
    let days = prop_oneof![1 => Just(None), 2 => (0..40_u64).prop_map(Some)];
    let end = (0..8_usize, days).prop_map(|(seat, days)| Step::EndSeat { seat, days });
    prop_oneof![
        2 => (0..2_usize).prop_map(|unit| Step::Person { unit }), 2 => seat, 5 => appoint, 2 => enrol, 2 => result,
        1 => status, 2 => end, 14 => of_a_case(),
    ]
}

/// Runs programs of these steps until so many are done, comparing after every `every`th; gives how often each step ended
/// how.
fn run(steps: u64, every: usize, strategy: impl Strategy<Value = Vec<Step>>) -> BTreeMap<Told, usize> {
    let province = RefCell::new(Province::new());
    let (done, told) = (RefCell::new(0), RefCell::new(BTreeMap::new()));
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
                *told.borrow_mut().entry(ended).or_insert(0) += 1;
                *done.borrow_mut() += 1;
            }
            if index % every == 0 || index + 1 == program.len() {
                universe.compare().map_err(differs)?;
            }
        }
        Ok(())
    };
    let cases = u32::try_from(steps).unwrap();
    let config = Config { cases, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("CANBO_MODEL_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    if let Err(failure) = runner.run(&strategy, program) {
        panic!("{failure}");
    }
    told.into_inner()
}

/// Whether every step was seen to end so, by how it ends.
fn assert_seen(told: &BTreeMap<Told, usize>, wanted: &[(&'static str, &[u16])]) {
    for (step, statuses) in wanted {
        for status in *statuses {
            let times = told.get(&Told { step, status: *status }).copied().unwrap_or_default();
            assert!(times > 0, "{step} never ended with {status}: {told:?}");
        }
    }
}

/// D17: two cases end one appointment, the later day first; withdrawn in turn, each gives back what stood before it. The
/// second gave back the end that the first had set, although that was withdrawn.
#[test]
fn cases_on_one_appointment_are_taken_back_in_turn() {
    let mut province = Province::new();
    let mut universe = province.universe();
    let prepare = |days: i64, to: usize| {
        let moves = vec![Wanted { person: 1, from: From::Seat(2), to }];
        Step::Prepare { by: Who::Officer, unit: 0, moves, days }
    };
    let decide = |case: usize| Step::Decide { by: Who::Decider, case, stale: false };
    let withdraw = |case: usize| Step::Withdraw { by: Who::Decider, case, stale: false };
    let aside = || Step::Seat { unit: 0, full_time: false };
    let program = [
        Step::Appoint { person: 1, seat: 2, ago: 10, length: None },
        aside(),
        aside(),
        prepare(20, 3),
        decide(0),
        prepare(10, 4),
        decide(1),
        withdraw(0),
        withdraw(1),
        withdraw(0),
    ];
    let told: Vec<u16> = program
        .iter()
        .map(|step| {
            let status = universe.step(step).unwrap().unwrap().status;
            universe.compare().unwrap();
            status
        })
        .collect();
    assert_eq!(told, [201, 201, 201, 201, 200, 201, 200, 409, 200, 200]);
}

/// D17: people, seats, appointments, cases, courses and days in random programs: every answer and, after every few steps,
/// everything that can be read is as the model says.
#[test]
fn random_programs_end_as_the_model_says() {
    let steps = number("CANBO_MODEL_STEPS", 1600);
    let told = run(steps, 8, vec(any_step(), LENGTH));
    eprintln!("{steps} steps: {told:?}");
    assert_seen(
        &told,
        &[
            ("appoint", &[201, 409, 422]),
            ("prepare", &[201, 403, 409, 422]),
            ("decide", &[200, 403, 404, 409]),
            ("withdraw", &[200, 403, 404, 409]),
            ("enrol", &[201, 422]),
            ("result", &[200, 409]),
            ("end seat", &[200, 422]),
        ],
    );
}

/// Z09: a case is decided once, by somebody else than who prepared it and than whom it moves, in the version that they
/// saw, before it is withdrawn; whatever else is tried in whatever order is refused and leaves everything as it was.
#[test]
fn a_case_goes_its_way_whoever_tries_what() {
    let steps = number("CANBO_MODEL_STEPS", 400);
    let told = run(steps, 1, vec(of_a_case(), 25));
    eprintln!("{steps} steps: {told:?}");
    assert_seen(
        &told,
        &[("prepare", &[201, 403]), ("decide", &[200, 403, 404, 409, 412]), ("withdraw", &[200, 403, 404, 409, 412])],
    );
}
