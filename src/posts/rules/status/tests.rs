use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2025-01-01..2025-07-01`, either side possibly empty.
fn period(text: &str) -> Period {
    let (from, to) = text.split_once("..").unwrap();
    let side = |text: &str| (!text.is_empty()).then(|| day(text));
    Period::new(side(from), side(to)).unwrap()
}

/// An appointment of somebody of whom nothing else is known.
fn held(during: &str) -> Holding {
    Holding {
        during: period(during),
        basis: Basis::Appointed,
        born_on: None,
        sex: None,
        retires_on: None,
        by_case: false,
    }
}

/// 90 days are soon, 36 months the least of a rotation, men retire at 62 and women at 60.
fn outlook(on: &str) -> Outlook {
    Outlook {
        soon: day(on).checked_add_days(Days::new(90)),
        rotation_months: Some(36),
        schedule: vec![RetirementStep { from_year: 2000, male_months: 744, female_months: 720 }],
    }
}

/// Post, holdings, day, status and first vacant day.
type Case = (&'static str, &'static [&'static str], &'static str, Option<(PostStatus, Option<&'static str>)>);

#[test]
fn a_post_is_filled_vacant_or_vacant_soon() {
    use PostStatus::{Filled, Vacant, VacantSoon};
    let cases: &[Case] = &[
        ("2020-01-01..", &[], "2025-01-01", Some((Vacant, Some("2020-01-01")))),
        ("..", &[], "2025-01-01", Some((Vacant, None))),
        ("2020-01-01..", &["2020-01-01.."], "2025-01-01", Some((Filled, None))),
        ("2020-01-01..", &["2020-01-01..2024-01-01"], "2025-01-01", Some((Vacant, Some("2024-01-01")))),
        (
            "2020-01-01..",
            &["2020-01-01..2022-01-01", "2022-06-01..2024-01-01"],
            "2025-01-01",
            Some((Vacant, Some("2024-01-01"))),
        ),
        // The last day is still held, the day after is not.
        ("2020-01-01..", &["2020-01-01..2025-01-02"], "2025-01-01", Some((VacantSoon, Some("2025-01-02")))),
        ("2020-01-01..", &["2020-01-01..2025-01-01"], "2025-01-01", Some((Vacant, Some("2025-01-01")))),
        // 90 days are soon, 91 are not.
        ("2020-01-01..", &["2020-01-01..2025-04-01"], "2025-01-01", Some((VacantSoon, Some("2025-04-01")))),
        ("2020-01-01..", &["2020-01-01..2025-04-02"], "2025-01-01", Some((Filled, Some("2025-04-02")))),
        // A successor without a gap; with a gap; one who leaves soon too.
        ("2020-01-01..", &["2025-02-01..", "2020-01-01..2025-02-01"], "2025-01-01", Some((Filled, None))),
        (
            "2020-01-01..",
            &["2025-02-02..", "2020-01-01..2025-02-01"],
            "2025-01-01",
            Some((VacantSoon, Some("2025-02-01"))),
        ),
        (
            "2020-01-01..",
            &["2025-02-01..2025-03-01", "2020-01-01..2025-02-01"],
            "2025-01-01",
            Some((VacantSoon, Some("2025-03-01"))),
        ),
        // The post's own end.
        ("2020-01-01..2025-02-01", &["2020-01-01..2025-02-01"], "2025-01-01", Some((VacantSoon, Some("2025-02-01")))),
        ("2020-01-01..2026-02-01", &["2020-01-01..2026-02-01"], "2025-01-01", Some((Filled, Some("2026-02-01")))),
        ("2020-01-01..2025-01-01", &[], "2025-01-01", None),
        ("2020-01-01..", &[], "2019-12-31", None),
        // Nobody yet.
        ("2020-01-01..", &["2025-02-01.."], "2025-01-01", Some((Vacant, Some("2020-01-01")))),
    ];
    for (post, holdings, on, expected) in cases {
        let holdings: Vec<_> = holdings.iter().map(|text| held(text)).collect();
        let post = Tenure { during: period(post), term_months: None };
        let found =
            occupancy(post, &holdings, false, &outlook(on), day(on)).map(|found| (found.status, found.vacant_from));
        let expected = expected.map(|(status, from)| (status, from.map(day)));
        assert_eq!(found, expected, "{post:?} {holdings:?} {on}");
    }
}

/// What the post is like, who holds it, and on 2025-01-01: status, first vacant day, reason.
type Why = (Option<i32>, Option<&'static str>, Vec<Holding>, PostStatus, Option<&'static str>, Option<StatusReason>);

fn whys() -> Vec<Why> {
    use PostStatus::{Filled, Vacant, VacantSoon};
    use StatusReason::{DecidedMove, EndOfTerm, Left, NeverHeld, PostEnds, RecordedEnd, Retirement, RotationMinimum};
    let rotated = |during: &str| Holding { basis: Basis::Rotated, ..held(during) };
    let moved = |during: &str| Holding { by_case: true, ..held(during) };
    let born =
        |during: &str, born: &str, sex: Sex| Holding { born_on: Some(day(born)), sex: Some(sex), ..held(during) };
    vec![
        // Nobody.
        (Some(60), None, vec![], Vacant, Some("2015-01-01"), Some(NeverHeld)),
        (Some(60), None, vec![held("2020-01-01..2024-01-01")], Vacant, Some("2024-01-01"), Some(Left)),
        // No end in sight.
        (None, None, vec![held("2020-01-01..")], Filled, None, None),
        // The term.
        (Some(60), None, vec![held("2020-04-01..")], VacantSoon, Some("2025-04-01"), Some(EndOfTerm)),
        (Some(60), None, vec![held("2020-04-02..")], Filled, Some("2025-04-02"), Some(EndOfTerm)),
        (Some(60), None, vec![held("2015-06-01..")], VacantSoon, Some("2020-06-01"), Some(EndOfTerm)),
        (Some(1), None, vec![held("2024-12-31..")], VacantSoon, Some("2025-01-31"), Some(EndOfTerm)),
        // The least of a rotation, for those who were rotated alone.
        (None, None, vec![rotated("2022-03-01..")], VacantSoon, Some("2025-03-01"), Some(RotationMinimum)),
        (None, None, vec![rotated("2022-06-01..")], Filled, Some("2025-06-01"), Some(RotationMinimum)),
        (None, None, vec![moved("2022-03-01..")], Filled, None, None),
        // Retirement: the last day of the month in which the age is reached is served.
        (
            None,
            None,
            vec![born("2015-01-01..", "1963-03-15", Sex::Male)],
            VacantSoon,
            Some("2025-04-01"),
            Some(Retirement),
        ),
        (None, None, vec![born("2015-01-01..", "1963-04-01", Sex::Male)], Filled, Some("2025-05-01"), Some(Retirement)),
        (
            None,
            None,
            vec![born("2015-01-01..", "1965-02-01", Sex::Female)],
            VacantSoon,
            Some("2025-03-01"),
            Some(Retirement),
        ),
        // A day that was decided, earlier or later than that of the schedule, and without a schedule for the person.
        (
            None,
            None,
            vec![Holding { retires_on: Some(day("2025-02-15")), ..born("2015-01-01..", "1970-01-01", Sex::Male) }],
            VacantSoon,
            Some("2025-02-16"),
            Some(Retirement),
        ),
        (
            None,
            None,
            vec![Holding { retires_on: Some(day("2028-03-31")), ..born("2015-01-01..", "1963-03-15", Sex::Male) }],
            Filled,
            Some("2028-04-01"),
            Some(Retirement),
        ),
        (
            None,
            None,
            vec![Holding { retires_on: Some(day("2025-01-31")), ..held("2015-01-01..") }],
            VacantSoon,
            Some("2025-02-01"),
            Some(Retirement),
        ),
        // A decided move, an end that was recorded, the end of the post.
        (None, None, vec![moved("2020-01-01..2025-02-01")], VacantSoon, Some("2025-02-01"), Some(DecidedMove)),
        (None, None, vec![held("2020-01-01..2025-02-01")], VacantSoon, Some("2025-02-01"), Some(RecordedEnd)),
        (None, Some("2025-03-01"), vec![held("2020-01-01..")], VacantSoon, Some("2025-03-01"), Some(PostEnds)),
        // The first of several; on one day what is settled.
        (Some(60), None, vec![rotated("2022-03-01..")], VacantSoon, Some("2025-03-01"), Some(RotationMinimum)),
        (
            Some(36),
            None,
            vec![Holding { by_case: true, ..rotated("2022-03-01..2025-03-01") }],
            VacantSoon,
            Some("2025-03-01"),
            Some(DecidedMove),
        ),
        (Some(60), None, vec![moved("2020-01-15..2026-01-01")], VacantSoon, Some("2025-01-15"), Some(EndOfTerm)),
        // It is settled that they leave soon: the term does not count, and the successor's own end does.
        (
            Some(60),
            None,
            vec![moved("2020-01-15..2025-02-01"), held("2025-02-01..")],
            Filled,
            Some("2030-02-01"),
            Some(EndOfTerm),
        ),
        (
            None,
            None,
            vec![moved("2020-01-15..2025-02-01"), born("2025-02-01..", "1963-01-15", Sex::Male)],
            VacantSoon,
            Some("2025-02-01"),
            Some(Retirement),
        ),
    ]
}

#[test]
fn a_status_says_why_and_from_when() {
    for (term_months, ends, holdings, status, vacant_from, reason) in whys() {
        let during = Period::new(Some(day("2015-01-01")), ends.map(day)).unwrap();
        let found =
            occupancy(Tenure { during, term_months }, &holdings, false, &outlook("2025-01-01"), day("2025-01-01"));
        let expected = Occupancy { status, vacant_from: vacant_from.map(day), reason };
        assert_eq!(found, Some(expected), "{term_months:?} {ends:?} {holdings:?}");
    }
}

#[test]
fn without_rules_nothing_is_soon_and_nobody_retires() {
    let unknown = Outlook::default();
    let post = Tenure { during: period("2015-01-01.."), term_months: Some(60) };
    let holder = Holding {
        born_on: Some(day("1950-01-01")),
        sex: Some(Sex::Male),
        basis: Basis::Rotated,
        ..held("2020-01-15..")
    };
    let found = occupancy(post, &[holder], false, &unknown, day("2025-01-01")).unwrap();
    let due = Some(day("2025-01-15"));
    assert_eq!(
        found,
        Occupancy { status: PostStatus::Filled, vacant_from: due, reason: Some(StatusReason::EndOfTerm) }
    );
    assert_eq!(unknown.retiring(Sex::Male), None);
}

#[test]
fn a_frozen_post_that_somebody_holds_stays_theirs() {
    let post = Tenure { during: period("2015-01-01.."), term_months: None };
    let status = |holdings: &[Holding]| {
        occupancy(post, holdings, true, &outlook("2025-01-01"), day("2025-01-01")).unwrap().status
    };
    assert_eq!(status(&[]), PostStatus::Frozen);
    assert_eq!(status(&[held("2020-01-01..")]), PostStatus::Filled);
    assert_eq!(status(&[held("2020-01-01..2025-02-01")]), PostStatus::VacantSoon);
}
