use uuid::Uuid;

use super::*;
use crate::platform::http::page::Ref;
use crate::rotations::model::{MoveKind, PostingAction, RotationProcedure, RotationState};
use crate::rotations::rules::steps::tests::case;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A posting from the start of 2024, for as long as it is expected to last, to the end that is known.
fn facts(kind: MoveKind, expected: Option<&str>, to: Option<&str>) -> PostingFacts {
    let mut step = case(RotationProcedure::Direct, RotationState::Effective).moves.remove(0);
    step.kind = kind;
    step.expected_end_on = expected.map(day);
    PostingFacts {
        rotation: Ref::new(Uuid::nil(), "HS-2024-0001"),
        post: step.to_post.clone(),
        step,
        from: day("2024-01-01"),
        to: to.map(day),
        record: PostingRecord::default(),
    }
}

fn law(kind: MoveKind) -> PostingLaw {
    let least =
        Parameter { value: 36, citation: "Nghị định 170/2025/NĐ-CP, Điều 48".to_owned(), confirmed: false };
    PostingLaw { least: (kind == MoveKind::Rotation).then_some(least), interval: Some(12) }
}

#[test]
fn it_ends_early_before_the_expected_end_or_the_least_time() {
    use MoveKind::{Rotation, Secondment};
    let cases = [
        ("no end is known", Rotation, None, None, false),
        ("after 36 months", Rotation, None, Some("2027-01-01"), false),
        ("a day before", Rotation, None, Some("2026-12-31"), true),
        ("on the expected end, short of 36 months", Rotation, Some("2025-12-31"), Some("2026-01-01"), false),
        ("before the expected end, beyond 36 months", Rotation, Some("2027-12-31"), Some("2027-06-01"), true),
        ("a secondment as expected", Secondment, Some("2024-12-31"), Some("2025-01-01"), false),
        ("a secondment cut short", Secondment, Some("2024-12-31"), Some("2024-12-31"), true),
    ];
    for (name, kind, expected, to, early) in cases {
        let seen = posting(facts(kind, expected, to), &law(kind), day("2028-01-01"));
        assert_eq!(seen.ended_early, early, "{name}");
    }
    let mut kept = facts(MoveKind::Rotation, None, Some("2026-01-01"));
    kept.record.outcome = Some(PlacementOutcome::Kept);
    assert!(!posting(kept, &law(MoveKind::Rotation), day("2028-01-01")).ended_early, "who is kept does not leave");
}

#[test]
fn months_are_whole_and_stop_at_the_end() {
    let on = |to: Option<&str>, day_of: &str| {
        let seen = posting(facts(MoveKind::Rotation, None, to), &law(MoveKind::Rotation), day(day_of));
        (seen.state, seen.months_served, seen.ended_on)
    };
    assert_eq!(on(None, "2023-12-31"), (PostingState::Coming, 0, None));
    assert_eq!(on(None, "2024-12-31"), (PostingState::Current, 11, None));
    assert_eq!(on(None, "2025-01-01"), (PostingState::Current, 12, None));
    assert_eq!(on(Some("2025-01-01"), "2024-12-31"), (PostingState::Current, 11, Some(day("2024-12-31"))));
    assert_eq!(on(Some("2025-01-01"), "2027-01-01"), (PostingState::Ended, 12, Some(day("2024-12-31"))));
}

#[test]
fn it_waits_for_an_evaluation_a_year_and_at_the_end_for_three_papers() {
    use PostingNeed::{Evaluation, FinalEvaluation, Placement, SelfReview};
    let lacks = |record: PostingRecord, to: Option<&str>, on: &str| {
        let facts = PostingFacts { record, ..facts(MoveKind::Rotation, None, to) };
        posting(facts, &law(MoveKind::Rotation), day(on)).lacking
    };
    let none = PostingRecord::default();
    assert_eq!(lacks(none.clone(), None, "2024-12-31"), []);
    assert_eq!(lacks(none.clone(), None, "2025-01-01"), [Evaluation]);
    let evaluated = PostingRecord { evaluated_to: Some(day("2024-12-31")), ..none.clone() };
    assert_eq!(lacks(evaluated.clone(), None, "2025-12-31"), []);
    assert_eq!(lacks(evaluated, None, "2026-01-01"), [Evaluation]);
    assert_eq!(lacks(none.clone(), Some("2025-06-01"), "2025-06-01"), [SelfReview, FinalEvaluation, Placement]);
    let whole = PostingRecord {
        finally_evaluated: true,
        self_reviewed: true,
        outcome: Some(PlacementOutcome::Returned),
        ..none
    };
    assert_eq!(lacks(whole, Some("2025-06-01"), "2025-06-01"), []);
}

#[test]
fn nothing_is_recorded_before_it_begins_or_after_it_is_concluded() {
    let at = |record: &PostingRecord, to: Option<&str>, on: &str| {
        let facts = PostingFacts { record: record.clone(), ..facts(MoveKind::Rotation, None, to) };
        let seen = posting(facts, &law(MoveKind::Rotation), day(on));
        PostingAction::ALL.map(|(_, kind)| fits_posting(&seen, record, kind).err().map(|error| error.code().name))
    };
    let (wrong, incomplete) = (Some("wrong_state"), Some("step_incomplete"));
    let none = PostingRecord::default();
    assert_eq!(at(&none, None, "2023-12-31"), [wrong; 4]);
    assert_eq!(at(&none, None, "2024-06-01"), [None, None, None, incomplete]);
    assert_eq!(at(&none, Some("2024-06-01"), "2024-06-01"), [None, None, wrong, incomplete]);
    let ready = PostingRecord { finally_evaluated: true, self_reviewed: true, ..none };
    assert_eq!(at(&ready, Some("2024-06-01"), "2024-06-01"), [None, None, wrong, None]);
    let concluded = PostingRecord { outcome: Some(PlacementOutcome::Returned), ..ready };
    assert_eq!(at(&concluded, Some("2024-06-01"), "2024-06-01"), [wrong; 4]);
}
