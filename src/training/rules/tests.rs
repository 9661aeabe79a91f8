use uuid::Uuid;

use super::*;

const TODAY: &str = "2026-11-23";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Both days included.
fn days(from: &str, last: &str) -> Period {
    Period::new(Some(day(from)), day(last).succ_opt()).unwrap()
}

fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.pointer.as_ref(), finding.code.name)).collect()
}

#[test]
fn a_level_is_of_the_catalogue_of_its_kind() {
    use TrainingKind as K;
    for (kind, text, expected) in [
        (K::PoliticalTheory, "intermediate", None),
        (K::PoliticalTheory, "advanced", None),
        (K::PoliticalTheory, "none", Some("unknown_code")),
        (K::PoliticalTheory, "university", Some("unknown_code")),
        (K::Postgraduate, "master", None),
        (K::ProfessionalDegree, "university", None),
        (K::ProfessionalDegree, "Đại học", Some("unknown_code")),
        (K::StateManagementByRank, "specialist", None),
        (K::StateManagementByTitle, "division_leader", None),
        (K::StateManagementByTitle, "advanced", Some("unknown_code")),
        (K::JobPositionSkills, "Kỹ năng tiếp công dân", None),
        (K::ForeignLanguage, "A2", None),
        (K::Induction, "", Some("required")),
    ] {
        let found = level("/level".to_owned(), kind, text).err().map(|finding| finding.code.name);
        assert_eq!(found, expected, "{kind:?} {text}");
    }
}

#[test]
fn a_course_has_seats_and_a_unit() {
    let open = [Period::since(day("2025-07-01"))];
    for (unit, from, seats, expected) in [
        (&open[..], "2025-07-01", 1, vec![]),
        (&open[..], "2025-07-01", 2000, vec![]),
        (&open[..], "2025-06-30", 60, vec![("/from", "outside_validity")]),
        (&open[..], "2025-06-30", 0, vec![("/seats", "out_of_range"), ("/from", "outside_validity")]),
        (&[], "2025-07-01", 2001, vec![("/seats", "out_of_range"), ("/from", "outside_validity")]),
    ] {
        assert_eq!(codes(&course("", unit, days(from, "2026-12-31"), seats)), expected, "{from} {seats}");
    }
    assert_eq!(codes(&course("/3", &open, Period::since(day("2026-01-01")), 9)), [("/3/to", "bad_period")]);
}

/// People by number, each with what is known of them.
fn people(people: &[(u128, Option<bool>, bool, &str)]) -> Vec<Candidate> {
    let one = |(id, active, known, on): &(u128, Option<bool>, bool, &str)| Candidate {
        cadre: CadreId(Uuid::from_u128(*id)),
        active: *active,
        known: *known,
        on: day(on),
    };
    people.iter().map(one).collect()
}

#[test]
fn people_are_put_on_a_course_while_seats_are_free_and_all_findings_are_told() {
    let running = days("2026-11-01", "2026-12-31");
    let over = days("2016-03-01", "2016-09-30");
    let (free, two_left) =
        (Class { during: running, seats: 60, taken: 0 }, Class { during: running, seats: 60, taken: 58 });
    let past = Class { during: over, seats: 60, taken: 0 };
    let me = (1, Some(true), false, TODAY);
    for (class, candidates, expected) in [
        (free, vec![me], vec![]),
        (free, vec![(1, Some(true), false, "2026-10-01")], vec![]),
        (free, vec![(1, Some(false), false, TODAY)], vec![("/0", "not_active")]),
        (free, vec![(1, None, false, TODAY)], vec![("/0", "unknown_reference")]),
        (free, vec![(1, Some(true), true, TODAY)], vec![("/0", "repeated")]),
        (free, vec![me, me], vec![("/1", "repeated")]),
        (free, vec![(1, Some(true), false, "2026-11-24")], vec![("/0", "bad_order")]),
        // A course of the past: the day lies in it, and who retired since was in service then.
        (past, vec![(1, Some(false), false, "2016-03-01")], vec![]),
        (past, vec![(1, Some(true), false, "2016-10-01")], vec![("/0", "bad_order")]),
        // The third finds no seat; who cannot be enrolled anyway takes none.
        (two_left, vec![me, (2, Some(true), false, TODAY)], vec![]),
        (two_left, vec![me, (2, Some(true), false, TODAY), (3, Some(true), false, TODAY)], vec![("/2", "course_full")]),
        (
            two_left,
            vec![(9, Some(false), true, TODAY), me, (2, Some(true), false, TODAY), (3, Some(true), false, TODAY)],
            vec![("/0", "not_active"), ("/0", "repeated"), ("/3", "course_full")],
        ),
    ] {
        let found = enrolling(class, &people(&candidates), day(TODAY), |index| format!("/{index}")).into_vec();
        assert_eq!(codes(&found), expected, "{candidates:?}");
    }
}

#[test]
fn a_result_comes_after_the_beginning_and_not_from_the_future() {
    use TrainingOutcome::{Failed, Passed, Withdrawn};
    let standing = |enrolled: &str, level: &str| Standing {
        course: CourseId(Uuid::nil()),
        during: days("2026-03-01", "2026-09-30"),
        kind: TrainingKind::PoliticalTheory,
        level: level.to_owned(),
        cadre: CadreId(Uuid::nil()),
        enrolled_on: day(enrolled),
        state: EnrolmentState::Enrolled,
    };
    for (enrolled, level, outcome, on, certificate, expected) in [
        ("2026-02-01", "advanced", Passed, "2026-09-30", Some("01/CC"), vec![]),
        // Certificates come after the last day of a course.
        ("2026-02-01", "advanced", Passed, "2026-11-20", None, vec![]),
        ("2026-02-01", "advanced", Passed, "2026-02-28", None, vec![("/result_on", "bad_order")]),
        ("2026-04-01", "advanced", Passed, "2026-03-31", None, vec![("/result_on", "bad_order")]),
        ("2026-02-01", "advanced", Passed, "2026-11-24", None, vec![("/result_on", "bad_order")]),
        ("2026-02-01", "none", Passed, "2026-09-30", None, vec![("/outcome", "unknown_code")]),
        ("2026-02-01", "none", Failed, "2026-09-30", None, vec![]),
        ("2026-02-01", "advanced", Failed, "2026-09-30", Some("01"), vec![("/certificate_number", "invalid_body")]),
        ("2026-02-01", "advanced", Withdrawn, "2026-02-15", None, vec![]),
        ("2026-02-01", "advanced", Withdrawn, "2026-01-31", None, vec![("/result_on", "bad_order")]),
        ("2026-02-01", "", Passed, "2027-01-01", None, vec![("/result_on", "bad_order"), ("/outcome", "required")]),
    ] {
        let given = TrainingResult {
            outcome,
            result_on: day(on),
            certificate_number: certificate.map(str::to_owned),
            reason: None,
        };
        let found = result(&standing(enrolled, level), &given, day(TODAY), "");
        assert_eq!(codes(&found), expected, "{enrolled} {outcome:?} {on}");
    }
}

#[test]
fn a_result_is_recorded_once_by_who_keeps_the_course_and_not_of_oneself() {
    use EnrolmentState::{Enrolled, Failed, Passed, Withdrawn};
    for (state, manages, own, expected) in [
        (Enrolled, true, false, None),
        (Enrolled, false, false, Some("forbidden")),
        (Enrolled, true, true, Some("own_case")),
        (Passed, true, false, Some("wrong_state")),
        (Failed, true, false, Some("wrong_state")),
        (Withdrawn, true, false, Some("wrong_state")),
    ] {
        let access = Access { manages, own };
        let refused = guard(EnrolmentAction::RecordResult, state, access).err().map(|code| code.name);
        assert_eq!(refused, expected, "{state:?} {access:?}");
        assert_eq!(allowed(state, access).is_empty(), expected.is_some());
    }
}
